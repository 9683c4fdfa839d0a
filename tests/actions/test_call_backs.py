"""Call-backs: each finished case has one, three tries at most, and nobody is made satisfied."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from linli.case import chains
from linli.case import queries as case_queries
from linli.case.models import Case, Event
from linli.confirm import actions as confirms
from linli.confirm import queries
from linli.confirm.actions.calling import Tried
from linli.confirm.models import CallBack, CallBackTry, Confirmation
from linli.confirm.rules import Outcome, Way
from linli.handling import actions as handling
from linli.jobs.clock import DUTIES
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, NOTHING, Scope
from tests import make
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db

NOBODY = Tried(way=Way.PHONE, outcome=Outcome.NOT_REACHED, words="没有人接")
SOLVED = Tried(way=Way.PHONE, outcome=Outcome.REACHED, spoke_with="本人", is_solved=True, rating=4, words="灯亮了")
UNSOLVED = Tried(
    way=Way.DOORSTEP, outcome=Outcome.REACHED, spoke_with="女儿", is_solved=False, rating=2, words="还是黑"
)


def finished(**columns):
    case, worker = make.case_in_hand(**({"contact": make.contact()} | columns))
    handling.finish(case=case, post=worker, result="修好了", at=make.later(hours=2))
    confirms.ask_finished(at=make.later(hours=2, seconds=10))
    return case, worker


def lapsed():
    case, worker = finished()
    confirms.lapse_due(at=make.later(days=4))
    case.refresh_from_db()
    return case, worker


def call_back(case):
    return CallBack.objects.filter(case=case).latest("round")


def written():
    return Event.objects.count(), CallBackTry.objects.count(), Confirmation.objects.count()


def test_a_finished_case_is_called_back_within_three_days():
    case, worker = finished()

    made = call_back(case)
    assert (made.state, made.round, made.due_at, made.tries) == ("WAITING", 0, make.later(hours=2, days=3), 0)
    assert [row.case_id for row in queries.waiting_call_backs(worker)] == [case.pk]


def test_asking_again_makes_no_second_call_back():
    case, _worker = finished()

    made = confirms.ask_finished(at=make.later(hours=3))

    assert (made, CallBack.objects.filter(case=case).count()) == (0, 1)


def test_a_reporter_without_contact_is_not_called_and_the_story_says_why():
    case, worker = finished(contact=None)

    made = call_back(case)
    assert (made.state, made.excluded_for) == ("EXCLUDED", "NO_CONTACT")
    assert not queries.waiting_call_backs(worker).exists()
    assert case_queries.story(case)[-1].detail == {"excluded": "NO_CONTACT"}
    with pytest.raises(Refused, match="没有留下联系方式"):
        confirms.record_try(case=case, post=worker, tried=NOBODY, at=make.later(hours=4))


def test_a_reporter_who_asked_not_to_be_contacted_is_not_called():
    case, worker = make.case_in_hand(contact=make.contact())
    confirms.ask_not_to_be_called(appeal_id=case.first_appeal_id, at=make.later(hours=1))
    handling.finish(case=case, post=worker, result="修好了", at=make.later(hours=2))

    confirms.ask_finished(at=make.later(hours=3))

    made = call_back(case)
    assert (made.state, made.excluded_for) == ("EXCLUDED", "ASKED_NOT")
    assert queries.callable_appeals(case) == []


def test_who_asks_later_leaves_the_queue():
    case, worker = finished()

    confirms.ask_not_to_be_called(appeal_id=case.first_appeal_id, at=make.later(hours=4))

    assert (call_back(case).state, call_back(case).excluded_for) == ("EXCLUDED", "ASKED_NOT")
    assert not queries.waiting_call_backs(worker).exists()


def test_three_tries_without_success_end_it_and_leave_no_answer():
    case, worker = finished()

    for hour in (4, 20, 40):
        confirms.record_try(case=case, post=worker, tried=NOBODY, at=make.later(hours=hour))

    made = call_back(case)
    assert (made.state, made.tries, made.way) == ("NOT_REACHED", 3, "PHONE")
    assert [(row.number, row.outcome) for row in queries.tries_of(made)] == [(n, "NOT_REACHED") for n in (1, 2, 3)]
    assert Confirmation.objects.count() == 0
    with pytest.raises(Overtaken):
        confirms.record_try(case=case, post=worker, tried=NOBODY, at=make.later(hours=50))


def test_a_solved_answer_closes_the_case_whatever_the_rating():
    case, worker = finished()
    unhappy = Tried(way=Way.PHONE, outcome=Outcome.REACHED, is_solved=True, rating=1)

    confirms.record_try(case=case, post=worker, tried=unhappy, at=make.later(hours=4))

    case.refresh_from_db()
    assert (case.state, case.close_reason, case.rating, case.is_solved) == ("CLOSED", "CONFIRMED", 1, True)
    assert (call_back(case).state, call_back(case).way) == ("ANSWERED", "PHONE")
    assert [event.name for event in case_queries.story(case)][-3:] == ["finish", "call_back", "confirm"]
    assert chains.is_whole(case)


def test_a_solved_answer_without_a_rating_is_kept_without_one():
    case, worker = finished()
    quiet = Tried(way=Way.PHONE, outcome=Outcome.REACHED, is_solved=True)

    confirms.record_try(case=case, post=worker, tried=quiet, at=make.later(hours=4))

    answer = Confirmation.objects.get(case=case)
    assert (answer.is_solved, answer.rating, answer.by_post_id) == (True, None, worker.pk)


def test_not_solved_goes_back_to_the_same_owner_with_its_time():
    case, worker = finished()
    due_at, owner = case.due_at, case.owner_id

    confirms.record_try(case=case, post=worker, tried=UNSOLVED, at=make.later(hours=26))

    case.refresh_from_db()
    assert (case.state, case.owner_id, case.reopened_count, case.is_solved) == ("HANDLING", owner, 1, False)
    assert case.due_at == due_at + timedelta(hours=24)  # the resident's time to answer is given back, no more
    assert (call_back(case).state, call_back(case).way) == ("ANSWERED", "DOORSTEP")


def test_the_next_finish_is_called_back_again():
    case, worker = finished()
    confirms.record_try(case=case, post=worker, tried=UNSOLVED, at=make.later(hours=4))
    handling.finish(case=case, post=worker, result="这次好了", at=make.later(hours=6))

    confirms.ask_finished(at=make.later(hours=7))

    assert [(row.round, row.state) for row in CallBack.objects.filter(case=case).order_by("round")] == [
        (0, "ANSWERED"),
        (1, "WAITING"),
    ]


def test_a_call_back_outlives_the_lapse_of_its_case():
    case, worker = lapsed()

    assert (case.state, case.close_reason) == ("CLOSED", "LAPSED")
    assert [row.case_id for row in queries.waiting_call_backs(worker)] == [case.pk]


def test_a_good_word_after_the_lapse_is_kept_and_the_case_stays_closed():
    case, worker = lapsed()

    confirms.record_try(case=case, post=worker, tried=SOLVED, at=make.later(days=5))

    case.refresh_from_db()
    assert (case.state, case.close_reason, case.rating, case.is_solved) == ("CLOSED", "LAPSED", 4, True)
    assert Confirmation.objects.get(case=case).rating == 4
    assert (call_back(case).state, chains.is_whole(case)) == ("ANSWERED", True)


def test_not_solved_after_the_lapse_opens_the_case_again():
    case, worker = lapsed()
    owner = case.owner_id

    confirms.record_try(case=case, post=worker, tried=UNSOLVED, at=make.later(days=5))

    case.refresh_from_db()
    assert (case.state, case.closed_at, case.close_reason, case.owner_id) == ("HANDLING", None, "", owner)
    assert case.due_at == make.later(days=9, hours=6)  # of three working days, Monday's two hours were used
    assert case_queries.story(case)[-1].name == "reopen"


def test_who_is_reached_and_will_not_answer_is_not_asked_again():
    case, worker = finished()
    refusing = Tried(way=Way.PHONE, outcome=Outcome.REFUSED, words="在忙，不想说")

    confirms.record_try(case=case, post=worker, tried=refusing, at=make.later(hours=4))

    assert (call_back(case).state, Confirmation.objects.count()) == ("DECLINED", 0)


def test_a_wish_said_on_the_phone_is_kept_and_excludes_the_call_back():
    case, worker = finished()
    never = Tried(way=Way.PHONE, outcome=Outcome.REFUSED, words="不要再打", is_last=True)

    confirms.record_try(case=case, post=worker, tried=never, at=make.later(hours=4))

    assert (call_back(case).state, call_back(case).excluded_for) == ("EXCLUDED", "ASKED_NOT")
    assert queries.is_unwilling(case.first_appeal_id)


def test_the_resident_answering_by_link_ends_the_call_back():
    case, worker = finished()

    confirms.confirm(case=case, rating=5, at=make.later(hours=4))

    assert (call_back(case).state, call_back(case).way) == ("ANSWERED", "LINK")
    assert not queries.waiting_call_backs(worker).exists()


def test_who_answers_before_the_call_back_was_given_counts_as_asked():
    case, worker = make.case_in_hand()
    handling.finish(case=case, post=worker, result="修好了", at=make.later(hours=2))

    confirms.confirm(case=case, rating=5, at=make.later(hours=2, seconds=1))

    assert (call_back(case).state, call_back(case).way) == ("ANSWERED", "LINK")


def test_a_withdrawn_case_is_not_called_back():
    case, worker = finished()

    confirms.withdraw(case=case, reason="不用了", at=make.later(hours=4))

    assert call_back(case).state == "DROPPED"
    assert not queries.waiting_call_backs(worker).exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Tried(way=Way.LINK, outcome=Outcome.REACHED, is_solved=True), "电话或上门"),
        (Tried(way=Way.DOORSTEP, outcome=Outcome.REACHED, is_solved=True), "见到了谁"),
        (Tried(way=Way.PHONE, outcome=Outcome.REACHED), "办好了还是没办好"),
        (Tried(way=Way.PHONE, outcome=Outcome.REACHED, is_solved=False), "哪里没有办好"),
        (Tried(way=Way.PHONE, outcome=Outcome.REACHED, is_solved=True, rating=6), "满意程度"),
        (Tried(way=Way.PHONE, outcome=Outcome.NOT_REACHED, words="x" * 1001), "太长"),
    ],
)
def test_a_try_that_lacks_something_is_refused_and_writes_nothing(wrong, words):
    case, worker = finished()
    before = written()

    with pytest.raises(Refused, match=words):
        confirms.record_try(case=case, post=worker, tried=wrong, at=make.later(hours=4))

    assert (written(), call_back(case).tries) == (before, 0)


def test_a_department_does_not_call_back_for_itself():
    case, _worker = finished()
    before = written()

    with pytest.raises(Refused, match="不能“回访”"):
        confirms.record_try(case=case, post=make.post(Role.DEPARTMENT), tried=NOBODY, at=make.later(hours=4))

    assert (written(), call_back(case).tries) == (before, 0)


def test_two_workers_at_one_call_back_give_one_answer():
    case, worker = finished()
    other = Case.objects.get(pk=case.pk)
    confirms.record_try(case=case, post=worker, tried=SOLVED, at=make.later(hours=4))
    before = written()

    with pytest.raises(Overtaken):
        confirms.record_try(case=other, post=worker, tried=UNSOLVED, at=make.later(hours=4))

    assert written() == before


def test_a_late_call_back_is_reminded_of_twice_and_no_more():
    case, _worker = finished()

    reminded = [confirms.remind_due(at=make.later(hours=2, days=day)) for day in (1, 2.5, 2.6, 3.5, 9)]

    assert reminded == [0, 1, 0, 1, 0]
    assert (call_back(case).reminded_level, call_back(case).next_reminder_at) == (2, None)
    levels = [event.detail["level"] for event in case_queries.story(case) if "level" in event.detail]
    assert levels == [1, 2]


def test_the_clock_gives_and_watches_call_backs():
    assert {"linli.confirm.actions.ask_finished", "linli.confirm.actions.remind_due"} <= {duty.verb for duty in DUTIES}


@pytest.mark.parametrize("wrong", [{"state": "DONE"}, {"tries": 4}, {"ended_at": make.AT}, {"state": "NOT_REACHED"}])
def test_the_database_keeps_the_promises_of_a_call_back(wrong):
    case, _worker = finished()

    with pytest.raises(IntegrityError), transaction.atomic():
        CallBack.objects.filter(case=case).update(**wrong)


def test_the_application_calls_back_inside_its_own_area_and_rewrites_no_try():
    case, worker = finished()

    with as_application(Scope(area_code=worker.area_code, unit_id=worker.unit_id)):
        confirms.record_try(case=case, post=worker, tried=NOBODY, at=make.later(hours=4))
    with as_application(NOTHING):
        assert (CallBack.objects.count(), CallBackTry.objects.count()) == (0, 0)
    with as_application(EVERYTHING), pytest.raises(DatabaseError), transaction.atomic():
        CallBackTry.objects.update(words="改过的话")

    assert CallBackTry.objects.get().words == "没有人接"
