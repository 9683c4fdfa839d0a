"""Presses on plain values: serials, what a device may say, its clock, the number of a call."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from linli.shared.refusals import Refused

SERIAL_MAX = 40
REF_MAX = 64
# A dot, a wildcard or a slash in a serial would break the topics of the broker (stack.md).
SERIAL = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{2,{SERIAL_MAX - 1}}}")
CLOCK_OFF_SECONDS = 120  # (ours) more than this and the device's clock is wrong
SERIAL_MODULUS = 10_000


class PressKind(StrEnum):
    """What the device says happened (按键种类)."""

    PRESS = "PRESS"
    FALL = "FALL"
    SMOKE = "SMOKE"
    GAS = "GAS"
    TEST = "TEST"


PRESS_KIND_LABELS: dict[PressKind, str] = {
    PressKind.PRESS: "一键呼叫",
    PressKind.FALL: "跌倒报警",
    PressKind.SMOKE: "烟雾报警",
    PressKind.GAS: "燃气报警",
    PressKind.TEST: "设备试按",
}


class Via(StrEnum):
    """By which way a press came in (途径)."""

    MQTT = "MQTT"
    THINGSBOARD = "THINGSBOARD"
    HTTPS = "HTTPS"
    PAGE = "PAGE"
    PHONE = "PHONE"  # somebody told the duty desk


VIA_LABELS: dict[Via, str] = {
    Via.MQTT: "设备",
    Via.THINGSBOARD: "网关",
    Via.HTTPS: "厂商平台",
    Via.PAGE: "演示手环",
    Via.PHONE: "值班台登记",
}


class Result(IntEnum):
    """What the device is told of its press (interfaces.md, Devices)."""

    HANDLED = 0
    NOT_UNDERSTOOD = 1
    INVALID = 2
    NOT_TREATED = 5
    BUSY = 6


ACK_RESULTS = frozenset(Result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A press as it came in, whatever is known about the device; ``said`` is what it sent, word for word.

    ``ref`` is the device's own mark of this press; ``pressed_at`` its own clock. Coordinates are WGS-84.
    """

    serial: str
    ref: str
    via: Via
    kind: PressKind = PressKind.PRESS
    pressed_at: datetime | None = None
    lng: float | None = None
    lat: float | None = None
    said: str = ""
    fault: str = ""  # why it could not be read as it should
    stored_at: datetime | None = None  # when the broker took it, the same however often it is delivered; None: now


def check_serial(serial: str) -> str:
    """Return a device's serial as it is kept.

    Raises:
        Refused: it has other characters than letters, digits, ``-`` and ``_``, or another length.
    """
    serial = serial.strip()
    if not SERIAL.fullmatch(serial):
        raise Refused("设备编号用字母、数字、“-”和“_”，3 到 %(most)s 个字符，不能有点、空格和斜线。", most=SERIAL_MAX)
    return serial


def clock_off_seconds(*, pressed_at: datetime | None, at: datetime) -> int | None:
    """Return by how many seconds the device's clock is ahead of ours; None when it did not say."""
    return None if pressed_at is None else round((pressed_at - at).total_seconds())


def is_clock_wrong(off_seconds: int | None) -> bool:
    """Return whether a device's clock is off by more than a delayed message explains."""
    return off_seconds is not None and abs(off_seconds) > CLOCK_OFF_SECONDS


def number_of(*, call_id: int, at: datetime) -> str:
    """Return the number people read out: H, day, and the last four digits of the id (呼叫编号)."""
    return f"H{at:%y%m%d}-{call_id % SERIAL_MODULUS:04d}"


SAME_REF_WITHIN_SECONDS = 3600
SAME_WORDS_WITHIN_SECONDS = 60


def is_same_press(
    *, earlier: datetime | None, now: datetime | None, apart_seconds: float, has_ref: bool = True
) -> bool:
    """Return whether a ref that comes again is the same press, and not a device that counts from one again.

    A device repeats until it hears us, within the hour whatever it says; after that only the same moment of its own
    clock makes it the same: an alarm too many is better than one lost. Words without a ref are a repeat for a minute
    only: whoever presses again after that is heard again (ours).
    """
    within = SAME_REF_WITHIN_SECONDS if has_ref else SAME_WORDS_WITHIN_SECONDS
    return abs(apart_seconds) < within or (earlier is not None and earlier == now)
