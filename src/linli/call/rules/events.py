"""What the hash of an event covers, the same for calls and for devices (记录的原文)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from linli.shared.chains import payload_of


def event_words(
    subject: Mapping[str, Any],
    *,
    at: datetime,
    name: str,
    before: str,
    after: str,
    role: str,
    post_id: int | None,
    unit_id: int | None,
    words: str,
    detail: Mapping[str, Any],
) -> bytes:
    """Return the words of an event that its hash covers; the subject says of which call or device it is."""
    said = {
        "at": at.timestamp(),
        "name": name,
        "before": before,
        "after": after,
        "role": role,
        "post": post_id,
        "unit": unit_id,
        "words": words,
        "detail": detail,
    }
    return payload_of({**subject, **said})
