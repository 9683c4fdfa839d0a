"""Every reporter is called back, wherever merges and splits led them, and nobody against their wish."""

from importlib import import_module

import pytest
from django.db import connection

from linli.case import actions as cases
from linli.case.actions import Part
from linli.case.models import Case
from linli.confirm import actions as confirms
from linli.confirm import queries
from linli.confirm.actions.calling import Tried
from linli.confirm.models import CallBack, CallBackTry, NoCall
from linli.confirm.rules import Outcome, Way
from linli.handling import actions as handling
from linli.notice import actions as notices
from linli.notice.models import Notice
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from tests import make, make_notice

pytestmark = pytest.mark.django_db
NEVER = {"way": Way.PHONE, "outcome": Outcome.REFUSED, "words": "不要再打", "is_last": True}


def fresh(case):
    return Case.objects.select_related("first_appeal", "merged_into").get(pk=case.pk)


def merge(case, into, worker, *, hours=1):
    handling.merge(case=fresh(case), into=fresh(into), post=worker, reason="同一盏灯", at=make.later(hours=hours))


def finish(case, worker, *, hours=2):
    handling.finish(case=fresh(case), post=worker, result="修好了", despite="-", at=make.later(hours=hours))
    confirms.ask_finished(at=make.later(hours=hours, seconds=10))


def standing(case):
    made = CallBack.objects.filter(case=case).latest("round")
    return made.state, made.excluded_for


def wish(case, *, hours):
    confirms.ask_not_to_be_called(appeal_id=case.first_appeal_id, at=make.later(hours=hours))


def merged_chain():
    """A case into which another was merged, and into that a third: only who reported the third can be reached."""
    case, worker = make.case_in_hand()
    between, last = make.case(text="楼道又黑了"), make.case(text="二楼黑", contact=make.contact())
    merge(last, between, worker)
    merge(between, case, worker)
    return case, last, worker


def split():
    """A case whose reporter can be reached, and the part split from it."""
    case, worker = make.case_in_hand(contact=make.contact())
    part = Part("修三楼的灯", "0104", make.department("供电公司").pk)
    (child,) = cases.split(case=fresh(case), post=worker, parts=[part], reason="两件事", at=make.later(hours=1))
    return case, child, worker


def finish_part(child):
    worker = make.post(Role.DEPARTMENT, unit=child.owner)
    cases.take(case=child, post=worker, at=make.later(hours=2))
    finish(child, worker, hours=3)


def test_the_reporter_of_a_merged_case_is_called_back():
    case, last, worker = merged_chain()

    finish(case, worker)

    assert standing(case) == ("WAITING", "")
    assert [one.pk for one in queries.callable_appeals(fresh(case))] == [last.first_appeal_id]


def test_a_merged_case_in_which_nobody_left_a_contact_is_not_called_back():
    case, worker = make.case_in_hand()
    merge(make.case(text="楼道又黑了"), case, worker)

    finish(case, worker)

    assert standing(case) == ("EXCLUDED", "NO_CONTACT")


@pytest.mark.parametrize("wished_at", [1.5, 4])
def test_the_wish_of_a_merged_reporter_holds_for_the_case_that_goes_on(wished_at):
    case, last, worker = merged_chain()
    if wished_at < 2:
        wish(last, hours=wished_at)
    finish(case, worker)
    if wished_at > 2:
        wish(last, hours=wished_at)

    assert standing(case) == ("EXCLUDED", "ASKED_NOT")


def test_a_merge_taken_back_takes_its_reporter_along():
    case, worker = make.case_in_hand()
    repeat = make.case(text="楼道又黑了", contact=make.contact())
    merge(repeat, case, worker)
    cases.unmerge(case=fresh(repeat), post=worker, reason="不是同一栋楼", at=make.later(hours=1.5))

    finish(case, worker)

    assert standing(case) == ("EXCLUDED", "NO_CONTACT")


def test_a_wish_said_before_the_split_holds_for_the_parts():
    case, worker = make.case_in_hand(contact=make.contact())
    wish(case, hours=0.5)
    part = Part("修三楼的灯", "0104", make.department("供电公司").pk)
    (child,) = cases.split(case=fresh(case), post=worker, parts=[part], reason="两件事", at=make.later(hours=1))

    finish_part(child)

    assert standing(child) == ("EXCLUDED", "ASKED_NOT")
    assert queries.is_unwilling(child.first_appeal_id)


def test_a_wish_said_about_the_whole_ends_the_call_backs_of_its_parts():
    case, child, _worker = split()
    finish_part(child)
    before = standing(child)

    wish(case, hours=4)

    assert (before[0], *standing(child)) == ("WAITING", "EXCLUDED", "ASKED_NOT")


def test_a_wish_said_about_a_part_ends_the_call_back_of_the_whole():
    case, child, worker = split()
    finish(case, worker)

    wish(child, hours=4)

    assert standing(case) == ("EXCLUDED", "ASKED_NOT")


def test_who_asked_to_be_left_alone_is_told_nothing_of_the_parts():
    make_notice.gateway("https://sms.example.org/send")
    case, child, _worker = split()
    wish(case, hours=1.5)

    finish_part(child)
    notices.derive(at=make.later(hours=3, minutes=1))

    assert not Notice.objects.filter(case=child, recipient__startswith="contact:").exists()


def with_two_reporters():
    case, worker = make.case_in_hand(contact=make.contact())
    other = make.case(text="楼道又黑了", contact=make.contact(name="旺堆", phone="13900000002"))
    merge(other, case, worker)
    finish(case, worker)
    return case, other, worker


def test_a_wish_said_on_the_phone_is_only_that_of_who_said_it():
    case, other, worker = with_two_reporters()

    tried = Tried(**NEVER, appeal_id=other.first_appeal_id)
    confirms.record_try(case=fresh(case), post=worker, tried=tried, at=make.later(hours=4))

    assert list(NoCall.objects.values_list("appeal_id", flat=True)) == [other.first_appeal_id]
    assert standing(case) == ("WAITING", "")
    assert [one.pk for one in queries.callable_appeals(fresh(case))] == [case.first_appeal_id]


def test_when_the_last_of_them_asks_not_to_be_called_the_call_back_ends():
    case, other, worker = with_two_reporters()

    for hours, appeal_id in enumerate((other.first_appeal_id, case.first_appeal_id), start=4):
        tried = Tried(**NEVER, appeal_id=appeal_id)
        confirms.record_try(case=fresh(case), post=worker, tried=tried, at=make.later(hours=hours))

    assert standing(case) == ("EXCLUDED", "ASKED_NOT")


def test_a_wish_after_an_answer_is_kept_beside_the_answer():
    case, other, worker = with_two_reporters()
    tried = Tried(
        way=Way.PHONE, outcome=Outcome.REACHED, is_solved=True, rating=5, is_last=True, appeal_id=other.first_appeal_id
    )

    confirms.record_try(case=fresh(case), post=worker, tried=tried, at=make.later(hours=4))

    assert standing(case) == ("ANSWERED", "")
    assert queries.is_unwilling(other.first_appeal_id)
    assert not queries.is_unwilling(case.first_appeal_id)


@pytest.mark.parametrize("appeal_id", [None, 0])
def test_with_several_reporters_the_wish_needs_to_say_whose_it_is(appeal_id):
    case, _other, worker = with_two_reporters()

    with pytest.raises(Refused, match="哪一位反映人"):
        confirms.record_try(
            case=fresh(case), post=worker, tried=Tried(**NEVER, appeal_id=appeal_id), at=make.later(hours=4)
        )

    assert (CallBackTry.objects.count(), NoCall.objects.count()) == (0, 0)


def test_wishes_said_before_they_had_a_contact_are_given_it_once_and_again():
    case, child, _worker = split()
    NoCall.objects.create(appeal_id=case.first_appeal_id, at=make.later(hours=2))
    fill = import_module("linli.confirm.migrations.0006_contact_of_earlier_wishes").FILL

    for _time in range(2):
        with connection.cursor() as cursor:
            cursor.execute(fill)

    assert queries.is_unwilling(child.first_appeal_id)
