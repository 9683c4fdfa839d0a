"""Rosters, leave and substitutes: who is told, and what cannot be written."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from linli.call import actions as calls
from linli.call.models import Leave, Shift, Told
from linli.call.queries import duty
from linli.call.queries.audience import on_shift
from linli.call.queries.rehearsal import rehearsed
from linli.call.rules import Audience, Rung
from linli.call.rules.duty import Span, gaps, repeated
from linli.shared.models import AuditEntry
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff.queries import scope_of
from tests import make, make_call
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db
WEEK_ON = date(2026, 11, 23)  # the Monday of AT


@pytest.fixture
def head():
    make.neighbourhood()
    return make.post(Role.COMMUNITY)


def night(days=0):
    return Span(make.later(hours=8, days=days), make.later(hours=23, days=days))


def add(head, who, *spans, at=make.AT):
    return calls.add_shifts(unit=head.unit, on_duty=who, spans=spans or [night()], post=head, at=at)


def leave(who, substitute=None, *, by=None, span=None, at=make.AT):
    return calls.take_leave(away=who, substitute=substitute, span=span or night(), post=by or who, at=at)


def written():
    return Shift.objects.count(), Leave.objects.count(), AuditEntry.objects.count()


def test_whoever_is_on_the_roster_is_told_and_otherwise_everybody(head):
    second = make.post(Role.COMMUNITY)
    assert duty.now_on_duty(head.unit, at=make.later(hours=9)).is_everybody

    add(head, second)

    now = duty.now_on_duty(head.unit, at=make.later(hours=9))
    assert (now.posts, now.is_everybody) == ((second,), False)
    assert AuditEntry.objects.get().verb == "add_shifts"


def test_a_shift_taken_off_the_roster_counts_no_more(head):
    shift = add(head, head)[0]

    calls.withdraw_shift(shift=shift, post=head, at=make.AT)

    assert duty.now_on_duty(head.unit, at=make.later(hours=9)).is_everybody
    with pytest.raises(Refused):
        calls.withdraw_shift(shift=shift, post=head, at=make.AT)


def test_a_shift_that_is_over_stays_as_it_was(head):
    shift = add(head, head)[0]

    with pytest.raises(Refused):
        calls.withdraw_shift(shift=shift, post=head, at=make.later(days=2))

    shift.refresh_from_db()
    assert shift.withdrawn_at is None


@pytest.mark.parametrize("who", ["other unit", "administrator", "gone", "stranger writes", "grid worker writes"])
def test_who_cannot_be_on_a_roster_or_write_it_is_refused_and_nothing_is_written(head, who):
    posts = {
        "other unit": make.post(Role.STREET),
        "administrator": make.post(Role.ADMIN),
        "gone": make.post(Role.COMMUNITY, valid_to=make.later(days=-1)),
    }
    by = {"stranger writes": make.post(Role.STREET), "grid worker writes": make.post(Role.GRID)}.get(who, head)

    with pytest.raises(Refused):
        calls.add_shifts(unit=head.unit, on_duty=posts.get(who, head), spans=[night()], post=by, at=make.AT)

    assert written() == (0, 0, 0)


@pytest.mark.parametrize(
    "span",
    [
        Span(make.later(hours=2), make.later(hours=2)),
        Span(make.AT, make.later(hours=37)),
        Span(make.later(days=-9), make.later(days=-8)),
        Span(make.later(days=500), make.later(days=500, hours=1)),
    ],
)
def test_hours_that_cannot_be_are_refused_and_nothing_is_written(head, span):
    with pytest.raises(Refused):
        add(head, head, night(1), span)

    assert written() == (0, 0, 0)


def test_nobody_is_on_a_roster_twice_at_once(head):
    add(head, head)

    with pytest.raises(Refused):
        add(head, head, Span(make.later(hours=22), make.later(hours=25)))

    assert Shift.objects.count() == 1


def test_a_shift_is_repeated_on_the_days_of_the_week_that_are_said():
    found = repeated(night(), until=WEEK_ON + timedelta(days=9), weekdays=[0, 2])

    assert [span.starts_at.day for span in found] == [23, 25, 30, 2]


def test_the_week_before_is_copied_once(head):
    add(head, head, night(0), night(2))
    following = WEEK_ON + timedelta(days=7)

    first = calls.copy_week(unit=head.unit, week_on=following, post=head, at=make.AT)
    second = calls.copy_week(unit=head.unit, week_on=following, post=head, at=make.AT)

    assert (len(first.added), first.left_out, len(second.added), second.left_out) == (2, 0, 0, 2)
    assert {shift.starts_at for shift in first.added} == {night(7).starts_at, night(9).starts_at}


def test_an_empty_week_is_not_copied(head):
    with pytest.raises(Refused):
        calls.copy_week(unit=head.unit, week_on=WEEK_ON, post=head, at=make.AT)

    assert written() == (0, 0, 0)


def test_gaps_of_a_day_are_told_in_the_hours_of_the_neighbourhood(head):
    add(head, head, Span(make.later(hours=-10), make.later(hours=8)))

    days = duty.week(head.unit, week_on=WEEK_ON)

    monday = [(timezone.localtime(gap.starts_at).hour, timezone.localtime(gap.ends_at).hour) for gap in days[0].gaps]
    assert monday == [(18, 0)]
    assert [len(day.gaps) for day in days] == [1] * 7


def test_shifts_that_overlap_leave_no_gap():
    whole = Span(make.AT, make.later(hours=24))

    assert (
        gaps([Span(make.AT, make.later(hours=20)), Span(make.later(hours=3), make.later(hours=24))], within=whole) == []
    )
    assert gaps([], within=whole) == [whole]


# Leave -----------------------------------------------------------------------------------------------


def test_whoever_stands_in_is_told_instead(head):
    second = make.post(Role.COMMUNITY)
    add(head, head)

    leave(head, second)

    assert on_shift(head.unit, at=make.later(hours=9)) == [second]


def test_back_sooner_is_told_again(head):
    second = make.post(Role.COMMUNITY)
    add(head, head)
    taken = leave(head, second)

    calls.withdraw_leave(leave=taken, post=head, at=make.later(hours=9))

    assert on_shift(head.unit, at=make.later(hours=9, minutes=1)) == [head]


def test_a_street_may_stand_in_for_its_community_but_not_for_another(head):
    street, other = make.post(Role.STREET), make.post(Role.COMMUNITY, unit=make.unit(area_code="540102001002"))

    assert leave(head, street).substitute == street
    with pytest.raises(Refused):
        leave(other, head)

    assert Leave.objects.count() == 1


@pytest.mark.parametrize("why", ["itself", "administrator", "away too", "another's", "twice"])
def test_leave_that_would_leave_nobody_is_refused_and_nothing_is_written(head, why):
    second, grid = make.post(Role.COMMUNITY), make.post(Role.GRID, area_code=make.GRID)
    if why == "away too":
        leave(second)
    if why == "twice":
        leave(head)
    before = written()
    given = {
        "itself": (head, head, head),
        "administrator": (head, make.post(Role.ADMIN), head),
        "away too": (head, second, head),
        "another's": (head, second, grid),
        "twice": (head, second, head),
    }[why]

    with pytest.raises(Refused):
        leave(given[0], given[1], by=given[2])

    assert written() == before


def test_no_circle_of_substitutes_can_be_written(head):
    second, third = make.post(Role.COMMUNITY), make.post(Role.COMMUNITY)
    leave(head, second)
    leave(second, third)

    with pytest.raises(Refused):
        leave(third, head)

    assert Leave.objects.count() == 2
    assert on_shift(head.unit, at=make.later(hours=9)) == [third]


def test_the_head_sees_everybody_of_the_unit_and_a_grid_worker_only_their_own(head):
    grid = make.post(Role.GRID, area_code=make.GRID)
    mine, theirs = leave(grid, head), leave(head, make.post(Role.COMMUNITY))

    assert set(duty.leaves(head.unit, post=head, at=make.AT)) == {mine, theirs}
    assert set(duty.leaves(grid.unit, post=grid, at=make.AT)) == {mine}
    with pytest.raises(Refused):
        duty.leave(theirs.pk, post=grid)


def test_a_rehearsal_says_who_would_be_told_and_writes_nothing(head):
    worker = make.post(Role.GRID, area_code=make.GRID)
    calls.present(key=f"page-{worker.pk:08d}", post=worker, has_sound=True, at=make.AT)

    found = rehearsed(area_code=make.GRID, at=make.AT)

    assert [(one.audience, one.after_seconds) for one in found][:4] == [
        (Audience.DUTY, 0), (Audience.GRID, 0), (Audience.HEALTH, 0), (Audience.COMMUNITY, 30),
    ]  # fmt: skip
    assert [one.after_seconds for one in found if one.is_sooner] == [30, 30, 30]
    assert {one.audience for one in found if one.is_reached} == {Audience.GRID, Audience.ADVISE_120}


def test_a_rehearsal_is_what_a_call_then_does(head):
    expected = {(one.audience, t.way, t.post_id, t.fault) for one in rehearsed(area_code=make.GRID, at=make.AT)
                for t in one.targets if one.after_seconds == 0}  # fmt: skip

    call = make_call.call()
    calls.climb_due(at=make.AT)
    calls.climb_due(at=make.AT)
    calls.climb_due(at=make.AT)

    told = Told.objects.filter(call=call).values_list("audience", "way", "post_id", "fault")
    assert expected == set(told)


def test_roster_leave_and_ladder_are_written_with_the_rights_of_the_application(head):
    second, district = make.post(Role.COMMUNITY), make.post(Role.DISTRICT)

    with as_application(scope_of(head)):
        shift = add(head, head)[0]
        taken = leave(head, second)
        told = on_shift(head.unit, at=make.later(hours=9))
        calls.withdraw_leave(leave=taken, post=head, at=make.AT)
        calls.withdraw_shift(shift=shift, post=head, at=make.AT)
    with as_application(scope_of(district)):
        calls.set_ladder(rungs=[Rung(5, Audience.STREET)], since_at=make.AT, reason="夜里", post=district, at=make.AT)

    assert told == [second]
    assert AuditEntry.objects.count() == 5
