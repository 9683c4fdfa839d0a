"""Decisions of a case on plain values: its number, the chain of its events, the rungs of supervision."""

import base64
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from linli.shared import chains

SERIAL_MODULUS = 1_000_000
TOKEN_MAC_BYTES = 12
GENESIS = chains.GENESIS
PAYLOAD_VERSION = 2


class Deadline(StrEnum):
    """What must have happened by a due time (时限种类)."""

    DISPATCH = "DISPATCH"
    CONTACT = "CONTACT"
    REPORT_IN = "REPORT_IN"
    FINISH = "FINISH"
    ANSWER = "ANSWER"  # the caller, to a counter-proposal
    PART = "PART"  # an assisting unit, of the time it agreed on
    TASK = "TASK"
    LEAD = "LEAD"
    RULING = "RULING"


DEADLINE_LABELS = {
    Deadline.DISPATCH: "签收",
    Deadline.CONTACT: "联系居民",
    Deadline.REPORT_IN: "报到",
    Deadline.FINISH: "办结",
    Deadline.ANSWER: "答复方案",
    Deadline.PART: "约定的办理",
    Deadline.TASK: "子任务",
    Deadline.LEAD: "有单位牵头",
    Deadline.RULING: "裁定",
}


class PauseReason(StrEnum):
    """Why the clock of a case stood still (停表原因)."""

    RESIDENT = "RESIDENT"
    SUSPENDED = "SUSPENDED"


PAUSE_LABELS = {PauseReason.RESIDENT: "等居民确认", PauseReason.SUSPENDED: "挂账"}


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the supervision ladder: reached when this part of a limit has passed."""

    level: int
    part: float
    label: str


# domain.md §3: 75 % remind, 100 % supervise, +50 % yellow, +100 % red.
LADDER = (Rung(1, 0.75, "催办"), Rung(2, 1.0, "督办"), Rung(3, 1.5, "黄牌"), Rung(4, 2.0, "红牌"))
RUNGS = {rung.level: rung for rung in LADDER}


PASSES_PER_RUNG = 3  # domain.md §3: sent back ≥ 3 times, or between ≥ 3 units without a lead


@dataclass(frozen=True, slots=True)
class Passing:
    """How often a case was sent back, and through which units it went (转手)."""

    sent_back: int
    unit_ids: tuple[int, ...]


def rung_of_passing(passing: Passing, *, has_lead: bool) -> int:
    """Return the rung that a case sent back or passed on so often has reached: 督办 at 3, one more every 3."""
    most = max(passing.sent_back, 0 if has_lead else len(passing.unit_ids))
    return min(1 + most // PASSES_PER_RUNG, 4) if most >= PASSES_PER_RUNG else 0


class CloseReason(StrEnum):
    """Why a case is closed (结案原因)."""

    CONFIRMED = "CONFIRMED"
    LAPSED = "LAPSED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    MERGED = "MERGED"
    BROUGHT_IN = "BROUGHT_IN"  # closed elsewhere, before linli; nobody confirmed it here


def check_digit(digits: str) -> str:
    """Return the ISO/IEC 7064 MOD 11,10 check digit: finds every single wrong digit and most swaps."""
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def number_of(*, serial: int, opened_at: datetime) -> str:
    """Return the number people read out: year, month, six digits and a check digit (事项编号)."""
    digits = f"{opened_at:%y%m}{serial % SERIAL_MODULUS:06d}"
    return digits + check_digit(digits)


def is_number(words: str) -> bool:
    """Tell whether these digits are a case number and not a slip of the tongue."""
    return len(words) == 11 and words.isascii() and words.isdigit() and check_digit(words[:-1]) == words[-1]


def bare_number(words: str) -> str:
    """Return the digits of a number as people type it, with spaces, dashes or full-width digits."""
    return "".join(str(int(letter)) for letter in words if letter.isdecimal())


def spoken_number(number: str) -> str:
    """Return a number in groups for reading aloud: 2611 0004 217."""
    return f"{number[:4]} {number[4:8]} {number[8:]}"


def token_of(appeal_id: int, mac: bytes) -> str:
    """Return the secret of a follow link: the appeal's id and a keyed digest, in lower-case base32."""
    return base64.b32encode(appeal_id.to_bytes(6, "big") + mac[:TOKEN_MAC_BYTES]).decode().rstrip("=").lower()


def appeal_of(token: str) -> tuple[int, bytes] | None:
    """Return the appeal's id and the digest that a token carries, or nothing when it is none."""
    if not 0 < len(token) <= 40 or not token.isascii():
        return None
    try:
        raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except ValueError:
        return None
    return (int.from_bytes(raw[:6], "big"), raw[6:]) if len(raw) == 6 + TOKEN_MAC_BYTES else None


def payload_of(
    *,
    case_id: int,
    at: datetime,
    name: str,
    state_before: str,
    state_after: str,
    by_role: str,
    by_post_id: int | None,
    by_unit_id: int | None,
    reason: str,
    detail: dict[str, Any],
    is_told: bool | None,
) -> bytes:
    """Return the words of an event that its hash covers, in one fixed order.

    Without ``is_told`` they are those of the first version, whose rows are still there.
    """
    words: dict[str, Any] = {
        "case": case_id,
        "at": at.timestamp(),
        "name": name,
        "before": state_before,
        "after": state_after,
        "role": by_role,
        "post": by_post_id,
        "unit": by_unit_id,
        "reason": reason,
        "detail": detail,
    }
    if is_told is not None:
        words |= {"told": is_told, "version": PAYLOAD_VERSION}
    return chains.payload_of(words)


def chained(previous: bytes, payload: bytes, *, sequence: int | None) -> bytes:
    """Return the hash of an event: SHA-256 over the hash before it, its place in the row and its own words.

    The first version left the place out. ``case.actions.moving`` says the same in SQL.
    """
    place = b"" if sequence is None else sequence.to_bytes(4, "big")
    return chains.chained(previous, place + payload)
