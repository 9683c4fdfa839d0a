"""Decisions about outside bodies on plain values: the token of a link, when it ends, when to remind."""

import base64
from datetime import datetime, timedelta

MAC_BYTES = 12
LATE_DAYS = 7  # (ours) a late answer is still an answer; after this the link is dead
REMINDERS_MAX = 4  # three quarters of the time, the deadline, and two days after it
REMIND_AT = 0.75
SERIAL_MAX = 250
ID_BYTES = 6


def token_of(asked_id: int, serial: int, mac: bytes) -> str:
    """Return the secret of a link: what was asked, the link's serial, and a keyed digest, in lower-case base32."""
    raw = asked_id.to_bytes(ID_BYTES, "big") + bytes([serial]) + mac[:MAC_BYTES]
    return base64.b32encode(raw).decode().rstrip("=").lower()


def asked_of(token: str) -> tuple[int, int, bytes] | None:
    """Return what was asked, the serial and the digest that a token carries, or nothing when it is none."""
    if not 0 < len(token) <= 40 or not token.isascii():
        return None
    try:
        raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except ValueError:
        return None
    if len(raw) != ID_BYTES + 1 + MAC_BYTES:
        return None
    return int.from_bytes(raw[:ID_BYTES], "big"), raw[ID_BYTES], raw[ID_BYTES + 1 :]


def link_ends_at(due_at: datetime) -> datetime:
    """Return when a link stops working by itself (链接失效)."""
    return due_at + timedelta(days=LATE_DAYS)


def next_reminder_at(*, asked_at: datetime, due_at: datetime, reminded_count: int) -> datetime | None:
    """Return when to remind next: at three quarters, at the deadline, then a day and two days after it (提醒)."""
    moments = (
        asked_at + (due_at - asked_at) * REMIND_AT,
        due_at,
        due_at + timedelta(days=1),
        due_at + timedelta(days=2),
    )
    return moments[reminded_count] if reminded_count < REMINDERS_MAX else None
