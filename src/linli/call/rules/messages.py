"""What devices say, on plain values: bytes become a press or a heartbeat, and never an exception (设备消息).

What cannot be read is kept word for word with its fault: a device that stammers may belong to somebody who fell.
"""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from linli.call.rules.presses import REF_MAX, PressKind, Received, Via

BYTES_MAX = 16_384
# A device that lost its clock begins in 1970; what is outside of these years is no moment at all.
YEARS = range(2000, 2100)
MILLISECONDS_FROM = 100_000_000_000  # epoch numbers above it are milliseconds
SIGNALS = range(-200, 1)  # dBm
NO = frozenset(
    {"", "0", "false", "no", "off", "none", "null", "normal", "ok", "clear", "cleared", "inactive", "released"}
)

FAULTS = {
    "size": "消息太长，只留开头",
    "letters": "不是 UTF-8 文字",
    "json": "不是 JSON",
    "shape": "JSON 里不是一组值",
    "ref": "没有编号 ref",
    "kind": "不认识的种类",
    "at": "时间看不懂",
    "serial": "没有说是哪台设备",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A sign of life: what a device says of itself; unknown stays None (心跳)."""

    serial: str
    battery: int | None = None
    signal: int | None = None
    is_online: bool = True
    device_at: datetime | None = None  # by its own clock


@dataclass(frozen=True, slots=True)
class Words:
    """A message as far as it could be read; ``said`` is what came, word for word."""

    value: Any
    said: str
    fault: str = ""


def read(content: bytes, *, most: int = BYTES_MAX) -> Words:
    """Read bytes as JSON; whatever they are, something comes back (读消息)."""
    said = content[:BYTES_MAX].decode("utf-8", errors="backslashreplace")
    if len(content) > most:
        return Words(None, said, FAULTS["size"])
    try:
        return Words(json.loads(content.decode("utf-8"), parse_constant=_no_number), said)
    except UnicodeDecodeError:
        return Words(None, said, FAULTS["letters"])
    except (ValueError, RecursionError):
        return Words(None, said, FAULTS["json"])


def press_from(content: bytes, *, serial: str, via: Via = Via.MQTT) -> Received:
    """Return the press that a message of our own topics is; what cannot be read rings all the same (按键消息)."""
    words = read(content)
    if not isinstance(words.value, dict):
        return Received(serial=serial, ref="", via=via, said=words.said, fault=words.fault or FAULTS["shape"])
    return press_of(words.value, serial=serial, via=via, said=words.said)


def press_of(values: dict[str, Any], *, serial: str, via: Via, said: str) -> Received:
    """Return the press that named values are."""
    ref, kind, pressed_at = ref_of(values.get("ref")), _kind(values.get("kind")), moment_of(values.get("at"))
    faults = [
        FAULTS["ref"] if not ref else "",
        FAULTS["kind"] if kind is None else "",
        FAULTS["at"] if pressed_at is None and values.get("at") not in (None, "") else "",
    ]
    lng, lat = point_of(values)
    return Received(
        serial=serial,
        ref=ref,
        via=via,
        kind=kind or PressKind.PRESS,
        pressed_at=pressed_at,
        lng=lng,
        lat=lat,
        said=said,
        fault="；".join(fault for fault in faults if fault),
    )


def heartbeat_from(content: bytes, *, serial: str) -> Heartbeat:
    """Return the heartbeat that a state message is; that it came at all is a sign of life (心跳消息)."""
    value = read(content).value
    if isinstance(value, dict):
        return heartbeat_of(value, serial=serial)
    return Heartbeat(serial=serial, is_online=not _is_gone(content.decode("utf-8", errors="replace").strip(' "')))


def heartbeat_of(values: dict[str, Any], *, serial: str) -> Heartbeat:
    """Return the heartbeat that named values are; a last will says that the device is gone."""
    return Heartbeat(
        serial=serial,
        battery=_whole(values.get("battery"), range(101)),
        signal=_whole(values.get("signal"), SIGNALS),
        is_online=values.get("online") is not False and not _is_gone(values.get("state", values.get("status"))),
        device_at=moment_of(values.get("at")),
    )


def ref_of(value: Any) -> str:
    """Return a device's own mark of a press: words or a number, empty when it has none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    try:
        ref = str(value).strip()
    except ValueError:  # thousands of digits
        return ""
    return ref if len(ref) <= REF_MAX else ""


def moment_of(value: Any) -> datetime | None:
    """Return the moment a device names: ISO 8601, or seconds or milliseconds since 1970; None when it is none."""
    try:
        if isinstance(value, str) and not value.strip().isdigit():
            moment = datetime.fromisoformat(value.strip())
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        elif isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        else:
            number = float(value)
            seconds = number / 1000 if number >= MILLISECONDS_FROM else number
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year in YEARS else None


def point_of(values: dict[str, Any]) -> tuple[float | None, float | None]:
    """Return longitude and latitude (WGS-84), both or neither."""
    lng, lat = _number(values.get("lng", values.get("longitude"))), _number(values.get("lat", values.get("latitude")))
    if lng is None or lat is None or not (-180 <= lng <= 180 and -90 <= lat <= 90):
        return None, None
    return lng, lat


def is_yes(value: Any) -> bool:
    """Return whether a value says that something happened; words nobody knows do, an alarm too many is better."""
    if isinstance(value, str):
        return value.strip().lower() not in NO
    return bool(value)


def _is_gone(state: Any) -> bool:
    return isinstance(state, str) and state.strip().lower() == "offline"


def _kind(value: Any) -> PressKind | None:
    if value is None or value == "":
        return PressKind.PRESS
    try:
        return PressKind(value.strip().upper()) if isinstance(value, str) else None
    except ValueError:
        return None


def _whole(value: Any, allowed: range) -> int | None:
    number = _number(value)
    return round(number) if number is not None and round(number) in allowed else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _no_number(words: str) -> Any:
    raise ValueError(words)
