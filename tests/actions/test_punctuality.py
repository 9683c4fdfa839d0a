"""How soon calls were answered, counted in one statement and compared with a plain count."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from linli.call.models import Call
from linli.call.queries.punctuality import (
    ANSWERED_WITHIN,
    Timely,
    answered_within,
    attended_in_time,
    counted_calls,
    had_to_come,
    punctuality,
)
from linli.shared.roles import Role
from tests import make, make_call

pytestmark = pytest.mark.django_db
GRIDS = ("540102001001001", "540102001001002", "540102001001003")
SPAN = {"since": make.AT - timedelta(days=30), "until": make.AT + timedelta(days=1), "at": make.AT}


def past(device, number, *, raised_at, answered=None, scene=None, outcome="FALL", kind="PRESS", area=GRIDS[0]):
    """A call of the past as its row was left."""
    press = device.presses.create(serial=device.serial, ref=str(number), kind=kind, via="MQTT", received_at=raised_at)
    return Call.objects.create(
        press=press, number=f"H{number}", kind=kind, device=device, area_code=area, raised_at=raised_at,
        climbs_from=raised_at, state="CLOSED", closed_at=raised_at + timedelta(hours=1), outcome=outcome,
        answered_at=None if answered is None else raised_at + timedelta(seconds=answered),
        on_scene_at=None if scene is None else raised_at + timedelta(seconds=scene),
        head_hash=b"\0" * 32,
    )  # fmt: skip


def plainly(calls):
    """Count the same without the database."""
    come = [call for call in calls if call.on_scene_at or call.outcome not in {"MISTAKE", "FAULT"}]
    answered = {
        seconds: sum(
            call.answered_at is not None and (call.answered_at - call.raised_at).total_seconds() <= seconds
            for call in calls
        )
        for seconds in ANSWERED_WITHIN
    }
    attended = sum(
        call.on_scene_at is not None and call.on_scene_at - call.raised_at <= timedelta(minutes=15) for call in come
    )
    return Timely(len(calls), answered, len(come), attended)


def test_the_counts_are_those_of_a_plain_count(django_assert_num_queries):
    device, chance = make_call.device(), random.Random(4)
    rows = [
        past(
            device, number, raised_at=make.AT - timedelta(minutes=chance.randrange(16, 40_000)),
            answered=chance.choice([None, 0, 30, 31, 60, 61, 180, 181]), scene=chance.choice([None, 60, 900, 901]),
            outcome=chance.choice(["MISTAKE", "FALL", "FAULT", "OTHER"]), area=chance.choice(GRIDS),
        )
        for number in range(400)
    ]  # fmt: skip
    post = make.post(Role.COMMUNITY)

    with django_assert_num_queries(1):
        found = punctuality(post, **SPAN)

    assert found.whole == plainly(rows)
    for grid in GRIDS:
        assert found.by_grid[grid] == plainly([row for row in rows if row.area_code == grid])
    for hour, counted in found.by_hour.items():
        assert counted == plainly([row for row in rows if timezone.localtime(row.raised_at).hour == hour])
    listed = counted_calls(post, **SPAN)
    assert listed.filter(answered_within(60)).count() == found.whole.answered[60]
    assert listed.filter(had_to_come(), attended_in_time()).count() == found.whole.attended


def test_tests_unknown_devices_and_what_is_not_over_yet_are_left_out():
    device, post = make_call.device(), make.post(Role.COMMUNITY)
    past(device, 1, raised_at=make.AT - timedelta(minutes=20), kind="TEST", outcome="TEST")
    past(device, 2, raised_at=make.AT - timedelta(minutes=20), outcome="TEST")
    past(device, 3, raised_at=make.AT - timedelta(minutes=14))
    Call.objects.filter(pk=past(device, 4, raised_at=make.AT - timedelta(days=1)).pk).update(is_known=False)

    assert punctuality(post, **SPAN).whole.count == 0


def test_another_area_is_not_counted():
    past(make_call.device(), 1, raised_at=make.AT - timedelta(days=1), area="540102002001001")

    assert punctuality(make.post(Role.COMMUNITY), **SPAN).whole.count == 0
    assert punctuality(make.post(Role.DISTRICT), **SPAN).whole.count == 1
