"""A half-written report: kept sealed in the session, so that back, errors or another language lose nothing (草稿)."""

import base64
import json
import secrets
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from django.http import HttpRequest

from linli.shared.crypto import seal, unseal

DRAFT = "report"
SENT = "report_sent"  # the key, number and token of what this browser sent last: a second press is answered with it


@dataclass(slots=True, kw_only=True)
class Draft:
    """What a resident has said so far; every field as they typed it."""

    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    text: str = ""
    is_what_said: bool = False
    photos: list[str] = field(default_factory=list)
    area: str = ""  # from the code on a building
    is_in_area: bool = True
    address: str = ""
    lng: str = ""
    lat: str = ""
    datum: str = "WGS84"
    is_place_unknown: bool = False
    category: str = ""
    is_category_said: bool = False
    is_place_said: bool = False
    join: str = ""  # the number of the open case that is the same
    is_same_asked: bool = False
    name: str = ""
    phone: str = ""
    email: str = ""
    is_confidential: bool = False
    is_call_unwanted: bool = False
    is_agreed: bool = False
    is_contact_said: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """Return this browser's draft, or a new one."""
        kept = _opened(request.session.get(DRAFT, ""))
        known = {name: value for name, value in kept.items() if name in cls.__dataclass_fields__}
        return cls(**known)

    def keep(self, request: HttpRequest) -> None:
        """Keep the draft for the next page."""
        request.session[DRAFT] = _sealed(asdict(self))

    @property
    def has_contact(self) -> bool:
        """True when there is some way to reach the resident."""
        return bool(self.name or self.phone or self.email)


def is_begun(request: HttpRequest) -> bool:
    """Tell whether this browser has something half written."""
    return DRAFT in request.session


def drop(request: HttpRequest) -> None:
    """Forget the draft."""
    request.session.pop(DRAFT, None)


def forget(request: HttpRequest) -> None:
    """Forget the draft and what was sent."""
    drop(request)
    request.session.pop(SENT, None)


def remember_sent(request: HttpRequest, *, key: str, number: str, token: str) -> None:
    """Forget the draft and remember what came of it."""
    drop(request)
    request.session[SENT] = _sealed({"key": key, "number": number, "token": token})


def sent_before(request: HttpRequest, key: str) -> tuple[str, str] | None:
    """Return number and token when this very report was sent already."""
    sent = _opened(request.session.get(SENT, ""))
    if not key or sent.get("key") != key:
        return None
    return sent["number"], sent["token"]


def _sealed(words: dict[str, Any]) -> str:
    # Sealed because it holds a phone number, and sessions are rows that outlive the page.
    return base64.b64encode(seal(json.dumps(words))).decode()


def _opened(sealed: str) -> dict[str, Any]:
    if not sealed:
        return {}
    try:
        opened = json.loads(unseal(base64.b64decode(sealed)))
    except (InvalidTag, ValueError):  # the secret was changed: the draft cannot be read any more
        return {}
    return opened if isinstance(opened, dict) else {}
