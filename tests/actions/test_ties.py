"""Merged, taken apart again, split and linked: nobody is lost, no time is lost."""

import pytest

from linli.case import actions as cases
from linli.case import queries as case_queries
from linli.case import ties
from linli.case.actions import Part
from linli.case.actions import clock as case_actions
from linli.case.chains import is_whole
from linli.case.models import Case, Event, Tie
from linli.case.rules import CloseReason
from linli.case.states import Relation
from linli.confirm import actions as confirms
from linli.handling import actions as handling
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.whistle import actions as whistles
from linli.whistle.states import WhistleKind
from tests import make

pytestmark = pytest.mark.django_db


def fresh(case):
    return Case.objects.select_related("first_appeal", "merged_into").get(pk=case.pk)


def opened(at=make.AT, **columns):
    return cases.open_case(received=make.received(**columns), at=at)


def merged():
    """A case in hand, and a repeat with a joined reporter merged into it."""
    case, worker = make.case_in_hand()
    repeat = make.case(text="楼道又黑了", contact=make.contact())
    cases.join(case=repeat, received=make.received(text="我也看到了"), at=make.later(minutes=10))
    handling.merge(case=fresh(repeat), into=fresh(case), post=worker, reason="同一盏灯", at=make.later(hours=1))
    return fresh(case), fresh(repeat), worker


# -- merge and un-merge ---------------------------------------------------------------------------------------------


def test_every_reporter_of_a_merged_case_is_a_reporter_of_the_one_that_goes_on():
    case, repeat, _worker = merged()

    appeals = ties.appeals_of(case)

    assert case.joined_count == 2
    assert [appeal.text for appeal in appeals] == ["楼道灯坏了三天，晚上看不见路。", "楼道又黑了", "我也看到了"]
    assert [one.number for one in ties.merged_into(case)] == [repeat.number]


def test_a_merge_of_a_merge_still_keeps_everybody():
    case, _repeat, worker = merged()
    third = make.case(text="第三件")
    handling.merge(case=case, into=third, post=worker, reason="还是同一件", at=make.later(hours=2))

    appeals = ties.appeals_of(fresh(third))

    assert fresh(third).joined_count == 3
    assert len(appeals) == 4


def test_a_merge_taken_back_gives_the_case_its_owner_clock_and_reporters_again():
    case, repeat, worker = merged()
    before = Case.objects.values("due_at", "due_since_at", "owner_id", "opened_at").get(pk=repeat.pk)

    cases.unmerge(case=repeat, post=worker, reason="不是同一栋楼", at=make.later(hours=3))

    again = fresh(repeat)
    assert (again.state, again.closed_at, again.close_reason, again.merged_into_id) == ("DISPATCHED", None, "", None)
    assert Case.objects.values("due_at", "due_since_at", "owner_id", "opened_at").get(pk=repeat.pk) == before
    assert again.next_supervision_at is not None
    assert (fresh(case).joined_count, len(ties.appeals_of(fresh(case)))) == (0, 1)
    assert len(ties.appeals_of(again)) == 2
    assert is_whole(again)
    assert is_whole(fresh(case))


def test_a_merge_cannot_be_taken_back_once_the_other_case_is_over():
    case, repeat, worker = merged()
    cases.end(
        case=case,
        name="withdraw",
        reason=CloseReason.WITHDRAWN,
        at=make.later(hours=2),
        role=Role.RESIDENT,
        post=None,
        known=frozenset({Relation.REPORTER}),
    )

    with pytest.raises(Refused):
        cases.unmerge(case=fresh(repeat), post=worker, reason="不是同一栋楼", at=make.later(hours=3))

    assert fresh(repeat).state == "MERGED"


def test_taking_a_merge_back_needs_a_reason_and_writes_nothing_without():
    case, repeat, worker = merged()

    with pytest.raises(Refused):
        cases.unmerge(case=repeat, post=worker, reason=" ", at=make.later(hours=3))

    assert fresh(repeat).state == "MERGED"
    assert fresh(case).joined_count == 2


def test_the_reporter_of_a_merged_case_follows_the_other_and_after_it_was_taken_back_their_own():
    worker_case, worker = make.case_in_hand()
    own = opened(text="楼道又黑了")
    repeat = Case.objects.get(pk=own.case_id)
    handling.merge(case=repeat, into=worker_case, post=worker, reason="同一盏灯", at=make.later(hours=1))

    followed = case_queries.followed(own.number, own.token)
    assert (followed.case.pk, [case.pk for case in followed.came_by]) == (worker_case.pk, [repeat.pk])
    cases.unmerge(case=fresh(repeat), post=worker, reason="不是", at=make.later(hours=2))

    followed = case_queries.followed(own.number, own.token)
    assert (followed.case.pk, followed.came_by) == (repeat.pk, ())


# -- split ----------------------------------------------------------------------------------------------------------


def split(case, worker, *owners, at=None):
    parts = [Part(f"第 {n} 件要办的", case.category_code, unit.pk) for n, unit in enumerate(owners, 1)]
    return cases.split(case=fresh(case), post=worker, parts=parts, reason="几家的事", at=at or make.later(hours=2))


def test_each_part_has_its_own_owner_and_category_and_a_clock_counted_from_the_whole():
    case, worker = make.case_in_hand(contact=make.contact())
    power, water = make.department("供电公司"), make.department("水务局")

    children = split(case, worker, power, water)

    case = fresh(case)
    assert [child.owner_id for child in children] == [power.pk, water.pk]
    assert {child.due_since_at for child in children} == {case.due_since_at}
    assert {child.opened_at for child in children} == {case.opened_at}
    assert {child.first_receiver_id for child in children} == {case.first_receiver_id}
    assert {child.first_appeal.contact_id for child in children} == {case.first_appeal.contact_id}
    assert all(child.due_at > child.due_since_at and is_whole(child) for child in children)
    event = Event.objects.get(case=case, name="split")
    assert event.is_told is True
    assert event.detail["numbers"] == [child.number for child in children]


def test_the_time_the_whole_stood_still_stands_still_for_its_parts():
    case, worker = make.case_in_hand()
    handling.finish(case=fresh(case), post=worker, result="好了", at=make.later(hours=2))
    confirms.send_back(case=fresh(case), reason="没好", at=make.later(hours=26))

    (child,) = split(case, worker, make.department(), at=make.later(hours=30))

    again = case_actions.run_anew(child)
    assert (again["due_at"], again["due_since_at"]) == (child.due_at, child.due_since_at)
    assert (child.due_at, child.due_since_at) == (fresh(case).due_at, fresh(case).due_since_at)


def test_the_whole_cannot_be_finished_before_its_parts_unless_it_says_why():
    case, worker = make.case_in_hand()
    power = make.post(Role.DEPARTMENT, unit=make.department("供电公司"))
    (child,) = split(case, worker, power.unit)

    with pytest.raises(Refused) as refused:
        handling.finish(case=fresh(case), post=worker, result="好了", at=make.later(hours=3))
    assert child.number in refused.value.sentence
    cases.take(case=child, post=power, at=make.later(hours=3))
    handling.finish(case=child, post=power, result="通电了", at=make.later(hours=4))

    handling.finish(case=fresh(case), post=worker, result="好了", at=make.later(hours=5))

    assert fresh(case).state == "FINISHED"


@pytest.mark.parametrize("fault", ["none", "many", "wordless", "ownerless", "category", "nested"])
def test_a_split_that_makes_no_sense_writes_nothing(fault):
    case, worker = make.case_in_hand()
    unit = make.department()
    if fault == "nested":
        (case,) = split(case, worker, unit)
    good = Part("办这个", "0104", unit.pk)
    parts = {
        "none": [],
        "many": [good] * 11,
        "wordless": [Part("  ", "0104", unit.pk)],
        "ownerless": [Part("办这个", "0104", 0)],
        "category": [good, Part("办这个", "9876", unit.pk)],
        "nested": [good],
    }[fault]
    before = Case.objects.count()

    with pytest.raises(Refused):
        cases.split(case=fresh(case), post=worker, parts=parts, reason="几家的事", at=make.later(hours=2))

    assert Case.objects.count() == before
    assert not Event.objects.filter(case=case, name="split").exists()


# -- link -----------------------------------------------------------------------------------------------------------


def test_a_linked_case_keeps_its_owner_and_clock_and_the_whole_waits_for_it():
    case, worker = make.case_in_hand()
    other = make.case(text="另一件")
    due_at = other.due_at

    cases.link(case=fresh(case), child=fresh(other), post=worker, reason="是它的一部分", at=make.later(hours=1))

    assert (fresh(other).due_at, ties.parent_of(other).number) == (due_at, case.number)
    with pytest.raises(Refused):
        handling.finish(case=fresh(case), post=worker, result="好了", at=make.later(hours=3))


@pytest.mark.parametrize("fault", ["itself", "has_parent", "has_children", "under_a_part"])
def test_cases_hang_together_in_one_step_only(fault):
    case, worker = make.case_in_hand()
    one, two = make.case(text="一"), make.case(text="二")
    asked = {
        "itself": (case, case),
        "has_parent": (one, two),
        "has_children": (one, case),
        "under_a_part": (two, one),
    }[fault]
    cases.link(case=fresh(case), child=fresh(two), post=worker, reason="一部分", at=make.later(hours=1))

    with pytest.raises(Refused):
        cases.link(case=fresh(asked[0]), child=fresh(asked[1]), post=worker, reason="一部分", at=make.later(hours=2))

    assert Tie.objects.count() == 1


def test_a_whistle_can_be_blown_on_a_part_like_on_any_case():
    case, worker = make.case_in_hand()
    (child,) = split(case, worker, worker.unit)
    power = make.department("供电公司")

    whistles.blow(
        case=child,
        post=worker,
        kind=WhistleKind.SERVICE,
        unit_ids=[power.pk],
        lead_id=power.pk,
        message="",
        at=make.later(hours=3),
    )

    assert fresh(child).state == "WHISTLED"
