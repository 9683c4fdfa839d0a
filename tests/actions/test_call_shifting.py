"""A clock that jumps moves what waits along: no rung too early, none left out, no page taken for closed."""

from datetime import timedelta

import pytest

from linli.call import actions as calls
from linli.call.models import CallEvent, Presence, Told
from linli.call.rules import Way
from linli.shared.roles import Role
from tests import make, make_call

pytestmark = pytest.mark.django_db
LASTED = timedelta(seconds=3)


def names(call):
    return list(CallEvent.objects.filter(call=call).order_by("sequence").values_list("name", flat=True))


def jump(hours, *, seconds):
    """The clock jumps while so many seconds have passed since the press; return the time it says now."""
    before = make.later(seconds=seconds)
    after = before + timedelta(hours=hours)
    calls.shift_clock(before=before, after=after, lasted=LASTED)
    return after


@pytest.fixture
def watched():
    """A call of which an open page knows."""
    make.neighbourhood()
    for role in (Role.GRID, Role.DISTRICT):
        calls.present(
            key=f"page-of-{role.value}", post=make.post(role, area_code=make.GRID if role is Role.GRID else ""),
            has_sound=True, at=make.AT,
        )  # fmt: skip
    return make_call.call()


@pytest.mark.parametrize("hours", [1, -1, 30, -30])
def test_the_ladder_goes_on_as_if_the_clock_had_not_jumped(watched, hours):
    after = jump(hours, seconds=10)

    assert calls.climb_due(at=after + timedelta(seconds=19)) == 0
    assert calls.climb_due(at=after + timedelta(seconds=20)) == 1

    watched.refresh_from_db()
    told = Told.objects.filter(call=watched).exclude(at=make.AT)
    assert set(told.values_list("audience", flat=True)) == {"COMMUNITY"}
    assert watched.climbs_from == make.AT + timedelta(hours=hours)


@pytest.mark.parametrize("hours", [1, -1])
def test_a_page_stays_open_and_a_screen_keeps_its_ten_seconds(watched, hours):
    after = jump(hours, seconds=5)

    assert calls.take_up_told(at=after + timedelta(seconds=4), ways=[Way.SCREEN]) == []
    assert len(calls.take_up_told(at=after + timedelta(seconds=5), ways=[Way.SCREEN])) == 2
    assert set(Presence.objects.values_list("seen_at", flat=True)) == {make.AT + timedelta(hours=hours)}


@pytest.mark.parametrize("hours", [1, -1])
def test_moved_twice_is_moved_once(watched, hours):
    jump(hours, seconds=5)
    jump(hours, seconds=5)

    watched.refresh_from_db()
    assert watched.climbs_from == make.AT + timedelta(hours=hours)


@pytest.mark.parametrize("hours", [1, -1])
def test_what_was_written_after_the_jump_stays(watched, hours):
    worker = make.post(Role.GRID, area_code=make.GRID)
    wall = make.later(seconds=8) + timedelta(hours=hours)
    calls.answer(call=watched, post=worker, at=wall)

    jump(hours, seconds=10)

    watched.refresh_from_db()
    assert watched.arrive_due_at == wall + timedelta(minutes=15)


@pytest.mark.parametrize("minutes", [10, -10])
def test_whoever_is_on_the_way_has_as_long_as_before(watched, minutes):
    calls.answer(call=watched, post=make.post(Role.GRID, area_code=make.GRID), at=make.later(seconds=8))

    after = jump(minutes / 60, seconds=20)
    calls.climb_due(at=after + timedelta(minutes=14))
    assert "late" not in names(watched)
    calls.climb_due(at=after + timedelta(minutes=15))

    assert names(watched)[-1] == "late"
