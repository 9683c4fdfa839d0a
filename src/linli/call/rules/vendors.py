"""What a vendor's cloud says in one request: presses or states of many devices, none of which is lost (厂商平台)."""

import json
from typing import Any

from linli.call.rules.messages import BYTES_MAX, FAULTS, Heartbeat, heartbeat_of, press_of, read, ref_of
from linli.call.rules.presses import SERIAL_MAX, Received, Result, Via

REQUEST_BYTES_MAX = 1_000_000
AT_ONCE_MAX = 500
WINDOW_SECONDS = 300  # a request older than this, or from further ahead, may be somebody else's who says it again
NAME_MAX = 60
STATES_PER_MINUTE = 6000
# What of a press could not be read at all; a ref or a moment that is missing leaves it a press.
UNREAD = tuple(FAULTS[name] for name in ("size", "letters", "json", "shape", "serial"))


def presses_from(content: bytes) -> list[Received]:
    """Return the presses of a request: one object, a list, or a list under ``presses``; unread words are one, too."""
    rows, said, fault = _rows(content, "presses")
    if rows is None:
        return [Received(serial="", ref="", via=Via.HTTPS, said=said, fault=fault)]
    return [_press(row) for row in rows]


def states_from(content: bytes) -> list[Heartbeat]:
    """Return the states of a request: one object, a list, or a list under ``states``; what is none is left out."""
    rows, _said, _fault = _rows(content, "states")
    known = [row for row in rows or [] if isinstance(row, dict)]
    return [heartbeat_of(row, serial=serial) for row in known if (serial := _serial(row))]


def result_of(received: Received) -> Result:
    """Return what is answered to a press that was kept: whether it could be read; it rings either way."""
    return Result.NOT_UNDERSTOOD if received.fault.startswith(UNREAD) else Result.HANDLED


def _rows(content: bytes, name: str) -> tuple[list[Any] | None, str, str]:
    words = read(content, most=REQUEST_BYTES_MAX)
    value = words.value
    if isinstance(value, dict):
        inner = value.get(name)
        return (inner if isinstance(inner, list) else [value]), words.said, ""
    return (value if isinstance(value, list) else None), words.said, words.fault or FAULTS["shape"]


def _press(row: Any) -> Received:
    said = json.dumps(row, ensure_ascii=False)[:BYTES_MAX]
    if not isinstance(row, dict):
        return Received(serial="", ref="", via=Via.HTTPS, said=said, fault=FAULTS["shape"])
    serial = _serial(row)
    press = press_of(row, serial=serial, via=Via.HTTPS, said=said)
    if serial:
        return press
    fault = "；".join(words for words in (FAULTS["serial"], press.fault) if words)
    return Received(
        serial="", ref="", via=Via.HTTPS, kind=press.kind, pressed_at=press.pressed_at, said=said, fault=fault
    )


def _serial(row: dict[str, Any]) -> str:
    """Return which device a row names; what is too long for a serial is none."""
    serial = ref_of(row.get("serial"))
    return serial if len(serial) <= SERIAL_MAX else ""
