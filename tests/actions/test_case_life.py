"""The life of a case, by its verbs."""

from datetime import timedelta

import pytest

from linli.case import actions as cases
from linli.case import queries as case_queries
from linli.case.chains import is_whole
from linli.case.models import Case, Event, Supervision
from linli.confirm import actions as confirms
from linli.handling import actions as handling
from linli.shared.refusals import Conflict, Overtaken, Refused
from linli.shared.roles import Role
from linli.whistle import actions as whistles
from linli.whistle import queries as calls
from linli.whistle.models import Called
from linli.whistle.states import WhistleKind
from tests import make

pytestmark = pytest.mark.django_db


def blown(*, names=("城管局", "供电公司")):
    case, worker = make.case_in_hand()
    units = [make.department(name) for name in names]
    whistles.blow(
        case=case,
        post=worker,
        kind=WhistleKind.SERVICE,
        unit_ids=[u.pk for u in units],
        lead_id=units[0].pk,
        message="请来看看",
        at=make.later(minutes=10),
    )
    posts = [make.post(Role.DEPARTMENT, unit=unit) for unit in units]
    return case, worker, posts


def call_of(case, post):
    return Called.objects.select_related("case").get(case=case, unit=post.unit)


def test_an_appeal_becomes_a_case_with_number_owner_and_deadlines():
    case = make.case()

    assert case.state == "DISPATCHED"
    assert case.owner.kind == "COMMUNITY"
    assert case.category_code == "0104"
    assert case.limit_rule == "category:0104"
    assert case.due_at == make.AT + timedelta(days=3)
    assert len(case.number) == 11
    assert [event.name for event in case_queries.story(case)] == ["open"]


def test_the_same_key_answers_the_same_case_again():
    make.neighbourhood()

    first = cases.open_case(received=make.received(idempotency_key="k1"), at=make.AT)
    again = cases.open_case(received=make.received(idempotency_key="k1"), at=make.later(minutes=1))

    assert (again.case_id, again.number, again.token, again.is_repeat) == (
        first.case_id,
        first.number,
        first.token,
        True,
    )
    assert Case.objects.count() == 1


def test_the_same_key_with_other_words_is_a_conflict_and_writes_nothing():
    make.neighbourhood()
    cases.open_case(received=make.received(idempotency_key="k1"), at=make.AT)

    with pytest.raises(Conflict):
        cases.open_case(received=make.received(idempotency_key="k1", text="完全不同的事"), at=make.AT)

    assert Case.objects.count() == 1


def test_a_case_goes_all_the_way_round():
    case, _worker, (lead, other) = blown()

    whistles.report_in(called=call_of(case, lead), post=lead, at=make.later(minutes=30))
    case.refresh_from_db()
    whistles.decline(called=call_of(case, other), post=other, reason="不是供电线路", at=make.later(minutes=40))
    case.refresh_from_db()
    handling.record_step(case=case, post=lead, words="已派人现场查看", at=make.later(hours=1))
    handling.speak(case=case, post=lead, words="约好下午三点上门", at=make.later(hours=1))
    handling.finish(case=case, post=lead, result="更换了灯泡和声控开关", at=make.later(hours=3))
    confirms.send_back(case=case, reason="二楼的灯还是不亮", at=make.later(hours=5))
    handling.finish(case=case, post=lead, result="二楼也换好了", at=make.later(hours=6))
    confirms.confirm(case=case, rating=5, at=make.later(hours=7))

    case.refresh_from_db()
    assert (case.state, case.rating, case.is_solved, case.reopened_count) == ("CLOSED", 5, True, 1)
    assert [event.name for event in case_queries.story(case)] == [
        "open",
        "take",
        "blow",
        "report_in",
        "decline",
        "step",
        "contact",
        "finish",
        "send_back",
        "finish",
        "confirm",
    ]
    assert is_whole(case)


def test_sending_back_gives_the_waiting_time_back_and_keeps_the_owner():
    case, worker = make.case_in_hand()
    owner, due_at = case.owner_id, case.due_at
    handling.finish(case=case, post=worker, result="修好了", at=make.later(hours=3))

    confirms.send_back(case=case, reason="没修好", at=make.later(hours=27))

    case.refresh_from_db()
    assert (case.state, case.owner_id) == ("HANDLING", owner)
    assert case.due_at == due_at + timedelta(hours=24)


def test_another_department_cannot_answer_and_nothing_is_written():
    case, _worker, (lead, _other) = blown()
    stranger = make.post(Role.DEPARTMENT, unit=make.department("林业局"))

    with pytest.raises(Refused):
        whistles.report_in(called=call_of(case, lead), post=stranger, at=make.later(minutes=30))

    assert call_of(case, lead).reported_in_at is None
    assert Event.objects.filter(case=case, name="report_in").count() == 0


def test_the_second_of_two_people_is_told_who_was_first():
    case, worker = make.case_in_hand()
    stale = Case.objects.get(pk=case.pk)
    handling.finish(case=case, post=worker, result="修好了", at=make.later(hours=1))

    with pytest.raises(Overtaken) as refusal:
        handling.finish(case=stale, post=worker, result="也修好了", at=make.later(hours=2))

    assert worker.unit.name in refusal.value.sentence
    assert Event.objects.filter(case=case, name="finish").count() == 1


def test_silence_climbs_the_ladder_by_itself_once_per_rung():
    case = make.case()

    cases.supervise(at=make.later(days=30))
    cases.supervise(at=make.later(days=30, minutes=1))

    rungs = Supervision.objects.filter(case=case, deadline="FINISH").order_by("level")
    assert [row.level for row in rungs] == [1, 2, 3, 4]
    assert [row.raised_to.kind for row in rungs] == ["COMMUNITY", "STREET", "DISTRICT", "DISTRICT"]
    case.refresh_from_db()
    assert case.supervision_level == 4


def test_a_rung_already_climbed_is_not_recorded_again_when_the_next_is_reached():
    case = make.case(contact=make.contact())

    for hours in (20, 30, 60, 90, 200):
        cases.supervise(at=make.later(hours=hours))

    recorded = list(Supervision.objects.filter(case=case).values_list("deadline", "level"))
    assert len(recorded) == len(set(recorded))
    assert {level for deadline, level in recorded if deadline == "DISPATCH"} == {1, 2, 3, 4}
    assert {level for deadline, level in recorded if deadline == "CONTACT"} == {1, 2}


def test_sending_back_puts_the_case_in_the_leads_hands_again():
    case, _worker, (lead, _other) = blown()
    whistles.report_in(called=call_of(case, lead), post=lead, at=make.later(minutes=30))
    case.refresh_from_db()
    handling.finish(case=case, post=lead, result="修好了", despite="不用等供电公司", at=make.later(hours=1))
    assert list(calls.in_hand_for(lead)) == []

    confirms.send_back(case=case, reason="还是不亮", at=make.later(hours=2))

    assert [row.case_id for row in calls.in_hand_for(lead)] == [case.pk]


@pytest.mark.parametrize(
    ("spot", "is_outside"),
    [({"area_code": ""}, False), ({"area_code": "", "lng": 121.47, "lat": 31.23}, True)],
)
def test_what_cannot_be_placed_is_kept_marked_and_waits_at_the_district(spot, is_outside):
    case = make.case(text="有件事想说一下", **spot)

    assert (case.state, case.owner.kind, case.is_outside, case.area_code) == (
        "REGISTERED",
        "DISTRICT",
        is_outside,
        make.DISTRICT,
    )


def test_a_silent_department_is_supervised_for_reporting_in():
    case, _worker, (lead, _other) = blown()

    whistles.supervise_called(at=make.later(days=2))

    assert set(Supervision.objects.filter(case=case, unit=lead.unit).values_list("deadline", flat=True)) == {
        "REPORT_IN"
    }


def test_events_cannot_be_changed():
    from django.db import DatabaseError, transaction

    case = make.case()

    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(case=case).update(reason="改过")

    assert is_whole(case)


def test_a_follow_link_opens_only_its_own_case():
    make.neighbourhood()
    mine = cases.open_case(received=make.received(), at=make.AT)
    other = cases.open_case(received=make.received(text="路面有坑"), at=make.AT)

    assert case_queries.followed(mine.number, mine.token).case.pk == mine.case_id
    with pytest.raises(Refused):
        case_queries.followed(mine.number, other.token)
    with pytest.raises(Refused):
        case_queries.followed(mine.number, ("b" if mine.token[0] == "a" else "a") + mine.token[1:])


def test_an_unanswered_finish_lapses_without_a_rating():
    case, worker = make.case_in_hand()
    handling.finish(case=case, post=worker, result="修好了", at=make.later(hours=3))

    confirms.lapse_due(at=make.later(days=10))

    case.refresh_from_db()
    assert (case.state, case.close_reason, case.rating) == ("CLOSED", "LAPSED", None)
