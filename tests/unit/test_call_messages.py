"""Whatever a device or a gateway sends is a press, a heartbeat or both, and never an exception."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.call.rules import PressKind, Received, Via
from linli.call.rules.messages import BYTES_MAX, Heartbeat, heartbeat_from, moment_of, press_from
from linli.call.rules.thingsboard import gateway_from, telemetry_from

AT = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
MILLISECONDS = round(AT.timestamp() * 1000)


def as_bytes(value):
    return json.dumps(value, ensure_ascii=False).encode()


def test_a_press_says_its_ref_its_moment_and_its_kind():
    content = as_bytes({"ref": "17", "at": "2026-11-20T09:02:03+08:00", "kind": "fall", "lng": 91.1, "lat": 29.6})

    assert press_from(content, serial="B1") == Received(
        serial="B1", ref="17", via=Via.MQTT, kind=PressKind.FALL, pressed_at=AT, lng=91.1, lat=29.6,
        said=content.decode(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "不是 JSON"),
        (b"\xff\xfe", "不是 UTF-8 文字"),
        (b"[1,2]", "JSON 里不是一组值"),
        (b'{"ref": NaN}', "不是 JSON"),
        (b"[" * 9000, "不是 JSON"),
        (b'{"ref":"1","x":' + b"9" * 6000 + b"}", "不是 JSON"),
        (b'{"ref":"1"}' + b" " * BYTES_MAX, "消息太长，只留开头"),
        (b'{"kind":"PRESS"}', "没有编号 ref"),
        (b'{"ref":"1","kind":"dance"}', "不认识的种类"),
        (b'{"ref":"1","at":"yesterday"}', "时间看不懂"),
        (b'{"ref":["1"],"kind":7,"at":{}}', "没有编号 ref；不认识的种类；时间看不懂"),
    ],
)
def test_what_cannot_be_read_is_a_press_with_its_fault(content, fault):
    press = press_from(content, serial="B1")

    assert (press.serial, press.kind, press.fault) == ("B1", PressKind.PRESS, fault)


@pytest.mark.parametrize("value", [0, -1, 1e300, "1e9999", float("inf"), True, "0001-01-01T00:00:00+14:00", "x", None])
def test_no_moment_is_made_up(value):
    assert moment_of(value) is None


@pytest.mark.parametrize("value", ["2026-11-20T01:02:03Z", AT.timestamp(), MILLISECONDS, str(MILLISECONDS)])
def test_a_moment_is_read_in_every_spelling(value):
    assert moment_of(value) == AT


@pytest.mark.parametrize(
    ("content", "beat"),
    [
        (b'{"battery": 17, "signal": -97}', Heartbeat(serial="B1", battery=17, signal=-97)),
        (b'{"battery": 170, "signal": 3}', Heartbeat(serial="B1")),
        (b'{"battery": "86.4"}', Heartbeat(serial="B1", battery=86)),
        (b'{"online": false}', Heartbeat(serial="B1", is_online=False)),
        (b'{"state": "OFFLINE"}', Heartbeat(serial="B1", is_online=False)),
        (b"offline", Heartbeat(serial="B1", is_online=False)),
        (b"\xff", Heartbeat(serial="B1")),
    ],
)
def test_a_heartbeat_says_what_it_can(content, beat):
    assert heartbeat_from(content, serial="B1") == beat


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"sos": True}, PressKind.PRESS),
        ({"SOS": 1}, PressKind.PRESS),
        ({"alarm": "SOS"}, PressKind.PRESS),
        ({"alarm": "low battery"}, PressKind.PRESS),
        ({"fall_detected": "true", "sos": True}, PressKind.FALL),
        ({"smoke": 1}, PressKind.SMOKE),
        ({"gasLeak": True}, PressKind.GAS),
        ({"test": True}, PressKind.TEST),
        ({"test": True, "sos": True}, PressKind.PRESS),
    ],
)
def test_telemetry_with_a_press_key_is_a_press(values, kind):
    heard = telemetry_from(as_bytes(values), serial="T1")

    assert [(press.serial, press.kind, press.via) for press in heard.presses] == [("T1", kind, Via.THINGSBOARD)]


@pytest.mark.parametrize("values", [{"sos": False}, {"alarm": "normal"}, {"smoke": 0.02}, {"press": 0}, {"test": 0}])
def test_telemetry_that_says_no_is_a_heartbeat(values):
    heard = telemetry_from(as_bytes({"battery": 40, **values}), serial="T1")

    assert (heard.presses, heard.heartbeats) == ((), (Heartbeat(serial="T1", battery=40),))


def test_a_press_with_a_battery_is_both():
    heard = telemetry_from(as_bytes({"serial": "T1", "sos": True, "batteryLevel": 9, "rssi": -111}))

    assert [press.serial for press in heard.presses] == ["T1"]
    assert heard.heartbeats == (Heartbeat(serial="T1", battery=9, signal=-111),)


def test_the_moment_is_the_mark_where_a_gateway_gives_none():
    content = as_bytes({"ts": MILLISECONDS, "values": {"sos": True, "lng": 91, "lat": 29}})

    press = telemetry_from(content, serial="T1").presses[0]

    assert (press.ref, press.pressed_at, press.lng, press.fault) == (f"P{MILLISECONDS}", AT, 91, "")


def test_a_gateway_speaks_for_several_devices():
    rows = {
        "T1": [{"ts": MILLISECONDS, "values": {"sos": 1}}, {"ts": MILLISECONDS + 1, "values": {"sos": 1}}],
        "T2": [{"values": {"battery": 12}}],
        "T3": {"alarm": True, "ref": 5},
    }

    heard = gateway_from(as_bytes(rows))

    assert [(one.serial, one.ref) for one in heard.presses] == [
        ("T1", f"P{MILLISECONDS}"), ("T1", f"P{MILLISECONDS + 1}"), ("T3", "5"),
    ]  # fmt: skip
    assert Heartbeat(serial="T2", battery=12) in heard.heartbeats


def test_two_rows_without_marks_are_two_presses():
    heard = telemetry_from(as_bytes([{"sos": 1}, {"sos": 1}]), serial="T1")

    assert len({press.said for press in heard.presses}) == 2


@pytest.mark.parametrize("read", [telemetry_from, gateway_from])
@pytest.mark.parametrize("content", [b"", b"7", b"\xff", b'{"T1":', b"[" * 9000])
def test_telemetry_that_cannot_be_read_rings(read, content):
    heard = read(content)

    assert [bool(press.fault) for press in heard.presses] == [True]


def test_a_row_that_is_none_rings_beside_the_others():
    heard = gateway_from(as_bytes({"T1": [{"values": {"battery": 3}}, 7], "T2": None}))

    assert [(press.serial, press.fault) for press in heard.presses] == [
        ("T1", "JSON 里不是一组值"), ("T2", "JSON 里不是一组值"),
    ]  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ref", "at", "ts", "values", "sos", "battery", "T1", "kind"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_nothing_a_device_sends_is_an_exception(content):
    assert press_from(content, serial="B1").serial == "B1"
    assert heartbeat_from(content, serial="B1").serial == "B1"
    assert isinstance(telemetry_from(content, serial="T1").presses, tuple)
    assert isinstance(gateway_from(content).presses, tuple)
