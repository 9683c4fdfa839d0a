"""Telemetry as ThingsBoard gateways send it, mapped to presses and heartbeats (网关消息).

Shapes, from ThingsBoard's MQTT and HTTP device API and its gateway API: ``{"key": value}``, ``{"ts": …, "values":
{…}}``, a list of either; a gateway names the device first, ``{"Device A": [{"ts": …, "values": {…}}]}``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from linli.call.rules.messages import FAULTS, Heartbeat, heartbeat_of, is_yes, moment_of, point_of, read, ref_of
from linli.call.rules.presses import PressKind, Received, Via

SERIAL_KEYS = ("serial", "deviceserial", "sn", "imei")
REF_KEYS = ("ref", "alarmid", "messageid", "msgid", "id")
BATTERY_KEYS = ("battery", "batterylevel", "batterypercent")
SIGNAL_KEYS = ("signal", "rssi")
MOMENT_KEYS = ("at", "ts", "timestamp", "time")
# The gravest first. A key of the first group says yes with any value that is not a no.
PRESS_KEYS = ("sos", "press", "pressed", "alarm", "button", "panic", "help", "call")
# These are measured as well ("smoke": 0.02): only a plain yes is an alarm.
KIND_KEYS: tuple[tuple[PressKind, tuple[str, ...]], ...] = (
    (PressKind.FALL, ("fall", "falldetected", "fallalarm")),
    (PressKind.SMOKE, ("smoke", "smokealarm", "firealarm")),
    (PressKind.GAS, ("gas", "gasalarm", "gasleak")),
    (PressKind.TEST, ("test", "testpress")),
)
PLAIN_YES = frozenset({"1", "true", "yes", "on", "alarm", "active"})


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message of a gateway held: any number of presses and heartbeats, in order."""

    presses: tuple[Received, ...] = ()
    heartbeats: tuple[Heartbeat, ...] = ()


def telemetry_from(content: bytes, *, serial: str = "", via: Via = Via.THINGSBOARD) -> Heard:
    """Read what one device sent; where the way in did not say which, its values do (设备遥测)."""
    words = read(content)
    if not isinstance(words.value, dict | list):
        return _unread(words.said, words.fault or FAULTS["shape"], serial=serial, via=via)
    return _heard(words.value, serial=serial, via=via, said=words.said)


def gateway_from(content: bytes, *, via: Via = Via.THINGSBOARD) -> Heard:
    """Read what a gateway sent for its devices, each under its name (网关遥测)."""
    words = read(content)
    if not isinstance(words.value, dict):
        return _unread(words.said, words.fault or FAULTS["shape"], serial="", via=via)
    parts = [_heard(rows, serial=name.strip(), via=via, said=words.said) for name, rows in words.value.items()]
    return Heard(
        tuple(press for part in parts for press in part.presses),
        tuple(beat for part in parts for beat in part.heartbeats),
    )


def _heard(value: Any, *, serial: str, via: Via, said: str) -> Heard:
    presses: list[Received] = []
    heartbeats: list[Heartbeat] = []
    for values in _rows(value):
        if values is None:
            presses += _unread(said, FAULTS["shape"], serial=serial, via=via).presses
            continue
        who = serial or _words(values, SERIAL_KEYS)
        kind = _kind(values)
        if kind is not None:
            presses.append(_press(values, kind, serial=who, via=via, said=said))
        if who:
            heartbeats.append(_heartbeat(values, serial=who))
    return Heard(tuple(_apart(presses)), tuple(heartbeats))


def _rows(value: Any) -> Iterator[dict[str, Any] | None]:
    """Give the values of each row with the moment among them; None for a row that is none."""
    for row in value if isinstance(value, list) else [value]:
        inner = row.get("values", row) if isinstance(row, dict) else None
        if not isinstance(row, dict) or not isinstance(inner, dict):
            yield None
            continue
        moment = {"ts": row["ts"]} if "ts" in row and inner is not row else {}
        yield {_plain(name): given for name, given in {**moment, **inner}.items()}


def _kind(values: dict[str, Any]) -> PressKind | None:
    for kind, keys in KIND_KEYS[:-1]:
        if any(_is_plain_yes(values.get(key)) for key in keys):
            return kind
    if any(key in values and is_yes(values[key]) for key in PRESS_KEYS):
        return PressKind.PRESS
    kind, keys = KIND_KEYS[-1]
    return kind if any(_is_plain_yes(values.get(key)) for key in keys) else None


def _press(values: dict[str, Any], kind: PressKind, *, serial: str, via: Via, said: str) -> Received:
    pressed_at = next((at for key in MOMENT_KEYS if (at := moment_of(values.get(key))) is not None), None)
    given = next((ref for key in REF_KEYS if (ref := ref_of(values.get(key)))), "")
    # A gateway that gives no mark says the moment, which a repeat keeps.
    ref = given or (f"{kind[0]}{round(pressed_at.timestamp() * 1000)}" if pressed_at else "")
    lng, lat = point_of(values)
    fault = FAULTS["serial"] if not serial else FAULTS["ref"] if not ref else ""
    return Received(
        serial=serial, ref=ref, via=via, kind=kind, pressed_at=pressed_at, lng=lng, lat=lat, said=said, fault=fault
    )


def _apart(presses: list[Received]) -> Iterator[Received]:
    """Give the presses of one message marks of their own where it gave none: two rows are two presses."""
    for place, press in enumerate(presses):
        without = not press.ref and len(presses) > 1
        yield replace(press, said=f"#{place + 1} {press.said}") if without else press


def _heartbeat(values: dict[str, Any], *, serial: str) -> Heartbeat:
    known = {
        "battery": _first(values, BATTERY_KEYS),
        "signal": _first(values, SIGNAL_KEYS),
        "at": _first(values, MOMENT_KEYS),
    }
    return heartbeat_of({**values, **known}, serial=serial)


def _unread(said: str, fault: str, *, serial: str, via: Via) -> Heard:
    return Heard((Received(serial=serial, ref="", via=via, said=said, fault=fault),))


def _is_plain_yes(value: Any) -> bool:
    return value is True or (isinstance(value, int | str) and str(value).strip().lower() in PLAIN_YES)


def _first(values: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((values[key] for key in keys if values.get(key) is not None), None)


def _words(values: dict[str, Any], keys: tuple[str, ...]) -> str:
    given = _first(values, keys)
    return str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else ""


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "").replace("-", "")
