"""Signs of life in one statement, and the tasks that come of them: never an alarm."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.call import actions as calls
from linli.call.models import Call, DeviceTask
from linli.call.rules.messages import Heartbeat
from tests import make, make_call

pytestmark = pytest.mark.django_db


def beat(device, **said):
    return Heartbeat(serial=device.serial, **said)


def open_tasks(device):
    return sorted(DeviceTask.objects.filter(device=device, done_at__isnull=True).values_list("kind", flat=True))


@pytest.fixture
def worn():
    held = make_call.holding()
    held.device.tested_at = held.device.last_seen_at = make.AT
    held.device.save()
    return held.device


def test_many_heartbeats_are_one_statement_and_keep_what_was_not_said(worn):
    others = [make_call.device() for _ in range(5)]
    worn.battery = 80
    worn.save()
    with CaptureQueriesContext(connection) as asked:
        count = calls.mark_heard(
            heartbeats=[beat(worn, signal=-70), *(beat(one, battery=55) for one in others), beat(worn, signal=-80)],
            at=make.AT,
        )

    assert (len(asked), count) == (1, 6)
    worn.refresh_from_db()
    assert (worn.battery, worn.signal, worn.last_seen_at, worn.is_offline) == (80, -80, make.AT, False)


def test_heartbeats_write_into_no_index(worn):
    others = [make_call.device() for _ in range(5)]
    before = updates()

    for minute in range(3):
        beats = [beat(one, battery=90 - minute, signal=-70 - minute, is_online=minute != 1) for one in (worn, *others)]
        calls.mark_heard(heartbeats=beats, at=make.later(minutes=minute))

    assert [after - earlier for after, earlier in zip(updates(), before, strict=True)] == [18, 18]


def updates():
    """Count the updates of devices in this transaction, and those that touched no index."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_get_xact_tuples_updated(t), pg_stat_get_xact_tuples_hot_updated(t)"
            " FROM (SELECT 'call_device'::regclass::oid AS t) AS found"
        )
        return cursor.fetchone()


def test_an_unknown_device_and_an_empty_round_change_nothing(worn):
    assert calls.mark_heard(heartbeats=[Heartbeat(serial="NOBODY01")], at=make.AT) == 0
    assert calls.mark_heard(heartbeats=[], at=make.AT) == 0


def test_a_last_will_makes_it_offline_and_is_no_sign_of_life(worn):
    calls.mark_heard(heartbeats=[beat(worn, is_online=False)], at=make.later(hours=1))

    worn.refresh_from_db()
    assert worn.is_offline
    assert worn.last_seen_at == make.AT


@pytest.mark.parametrize(
    ("said", "kind", "well"),
    [
        ({"battery": 19}, "BATTERY", {"battery": 60}),
        ({"signal": -112}, "SIGNAL", {"signal": -80}),
        ({"device_at": make.AT - timedelta(hours=1)}, "CLOCK", {"device_at": make.AT}),
    ],
)
def test_what_is_measured_opens_one_task_and_closes_it_again(worn, said, kind, well):
    calls.mark_heard(heartbeats=[beat(worn, **said)], at=make.AT)
    assert calls.keep_fleet(at=make.AT) == 1
    assert calls.keep_fleet(at=make.AT) == 0
    assert open_tasks(worn) == [kind]

    calls.mark_heard(heartbeats=[beat(worn, **well)], at=make.AT)
    calls.keep_fleet(at=make.AT)

    assert open_tasks(worn) == []
    assert Call.objects.count() == 0


def test_a_battery_just_above_the_line_does_not_close_its_task(worn):
    calls.mark_heard(heartbeats=[beat(worn, battery=15)], at=make.AT)
    calls.keep_fleet(at=make.AT)
    calls.mark_heard(heartbeats=[beat(worn, battery=21)], at=make.AT)
    calls.keep_fleet(at=make.AT)

    assert open_tasks(worn) == ["BATTERY"]


def test_three_intervals_of_silence_are_a_task_and_one_word_ends_it(worn):
    worn.heartbeat_seconds = 60
    worn.save()
    calls.keep_fleet(at=make.later(seconds=179))
    assert open_tasks(worn) == []

    calls.keep_fleet(at=make.later(seconds=181))
    worn.refresh_from_db()
    assert (open_tasks(worn), worn.is_offline) == (["SILENT"], True)

    calls.mark_heard(heartbeats=[beat(worn)], at=make.later(seconds=200))
    calls.keep_fleet(at=make.later(seconds=201))
    assert open_tasks(worn) == []


def test_a_device_is_to_be_tried_every_month_and_never_before_it_is_handed_out(worn):
    stock = make_call.device()
    worn.last_seen_at = make.later(days=32)
    worn.save()

    calls.keep_fleet(at=make.later(days=32))

    assert open_tasks(worn) == ["TEST"]
    assert open_tasks(stock) == []


def test_a_device_that_was_taken_back_has_nothing_left_to_do(worn):
    calls.mark_heard(heartbeats=[beat(worn, battery=5)], at=make.AT)
    calls.keep_fleet(at=make.AT)
    worn.refresh_from_db()
    worn.state = "IN_STOCK"
    worn.save()

    calls.keep_fleet(at=make.AT)

    assert open_tasks(worn) == []
