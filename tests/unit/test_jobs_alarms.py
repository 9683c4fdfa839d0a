"""The time of the alarms, the trouble of a stream, and how messages are read."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.call.rules import PressKind, Via
from linli.call.rules.topics import GATEWAY_TELEMETRY, TELEMETRY
from linli.call.rules.troubles import TroubleKind
from linli.jobs.alarms.moments import REMEMBERED_SECONDS, SETTLED_SECONDS, SLEW, Moments
from linli.jobs.alarms.reading import bare, heard, state
from linli.jobs.alarms.watching import Outage

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


class Clocks:
    """A wall clock that anybody may set, and a steady one."""

    def __init__(self):
        self.wall, self.steady = AT, 1000.0

    def pass_(self, seconds):
        self.wall += timedelta(seconds=seconds)
        self.steady += seconds

    def moments(self):
        return Moments(wall=lambda: self.wall, steady=lambda: self.steady)


def test_the_wall_clock_holds_while_it_goes_on():
    clocks = Clocks()
    moments = clocks.moments()
    clocks.pass_(10)

    assert moments.now() == AT + timedelta(seconds=10)
    assert moments.jumped_by is None


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_jump_is_believed_when_it_lasts_and_what_waits_was_moved(jump):
    clocks = Clocks()
    moments = clocks.moments()
    clocks.wall += jump
    clocks.pass_(1)

    assert (moments.now(), moments.settled()) == (AT + timedelta(seconds=1), None)
    assert moments.jumped_by == jump

    clocks.pass_(SETTLED_SECONDS)
    settled = moments.settled()

    assert moments.now() == AT + timedelta(seconds=1 + SETTLED_SECONDS)
    assert (settled.before, settled.after) == (moments.now(), clocks.wall)
    moments.believe(settled)
    assert (moments.now(), moments.jumped_by, moments.settled()) == (clocks.wall, None, None)
    assert moments.lately_jumped_by == jump
    clocks.pass_(REMEMBERED_SECONDS + 1)
    assert moments.lately_jumped_by is None


def test_a_clock_that_jumps_there_and_back_was_never_away():
    clocks = Clocks()
    moments = clocks.moments()
    clocks.wall += timedelta(hours=1)
    moments.now()
    clocks.wall -= timedelta(hours=1)
    clocks.pass_(1)

    assert moments.now() == AT + timedelta(seconds=1)
    assert moments.jumped_by is None


@given(st.lists(st.tuples(st.floats(0, 60), st.integers(-7200, 7200)), max_size=30))
def test_whatever_the_wall_does_time_goes_on_as_the_steady_clock_or_as_the_wall(steps):
    clocks = Clocks()
    moments = clocks.moments()
    before, steady = moments.now(), clocks.steady
    for seconds, jump in steps:
        clocks.wall += timedelta(seconds=jump)
        clocks.pass_(seconds)
        now = moments.now()
        as_steady = before + timedelta(seconds=clocks.steady - steady)

        assert now == clocks.wall or abs(now - as_steady) <= SLEW
        before, steady = now, clocks.steady


def of(**parts):
    used = {"bytes": 0, "messages": 0} | {key: parts[key] for key in ("bytes", "messages") if key in parts}
    config = SimpleNamespace(max_bytes=parts.get("max_bytes", 1000), max_msgs=parts.get("max_msgs", 100))
    return SimpleNamespace(state=SimpleNamespace(**used), config=config)


@pytest.mark.parametrize(
    ("stream", "is_full"),
    [
        (of(bytes=799), False),
        (of(bytes=800), True),
        (of(messages=80), True),
        (of(bytes=10**9, max_bytes=-1), False),
        (of(), False),
    ],
)
def test_a_stream_is_nearly_full_in_bytes_or_in_messages(stream, is_full):
    from linli.jobs.alarms.watching import filled

    assert [seen.kind for seen in filled(stream)] == [TroubleKind.STREAM_FULL] * is_full


def test_each_subject_is_read_in_its_own_way():
    own = heard("linli.B0001.press", b'{"ref": "1", "kind": "FALL"}')
    one = heard(TELEMETRY, b'{"serial": "B0002", "sos": true}')
    many = heard(GATEWAY_TELEMETRY, b'{"B0003": [{"ts": 1780000000000, "values": {"sos": 1}}]}')

    assert [(press.serial, press.kind, press.via) for press in own.presses] == [("B0001", PressKind.FALL, Via.MQTT)]
    assert [press.serial for press in (*one.presses, *many.presses)] == ["B0002", "B0003"]
    assert state("linli.B0004.state", b'{"online": false}').is_online is False


@given(st.binary(max_size=300), st.sampled_from(["linli.B0001.press", TELEMETRY, GATEWAY_TELEMETRY, "odd"]))
def test_no_message_is_too_strange_to_be_read(content, subject):
    read = heard(subject, content)

    assert all(bare(press, "x").said.isascii() for press in read.presses)
    if subject == "linli.B0001.press":
        assert len(read.presses) == 1


def test_an_outage_of_the_database_is_said_afterwards_for_a_while_and_a_hiccup_is_not():
    clocks = Clocks()
    outage = Outage(steady=lambda: clocks.steady)
    outage.begin()
    clocks.pass_(1)
    outage.end()
    assert outage.seconds_lately is None

    for _look in range(3):
        outage.begin()
        clocks.pass_(3)
    outage.end()

    assert outage.seconds_lately == 9
    clocks.pass_(REMEMBERED_SECONDS + 1)
    assert outage.seconds_lately is None
