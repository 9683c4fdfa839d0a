"""The 12345 hotline hands over what it received: one by one, or many at once (热线接口)."""

import re
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from ninja import Path, Router, Schema
from pydantic import Field, field_validator

from linli.api.answers import JSON, TYPES, Fault, as_json, moment
from linli.api.keys import let_in
from linli.api.open311.shapes import FaultRow
from linli.case import actions as cases
from linli.case import published
from linli.case.actions import Outcome, Taken
from linli.case.states import STATE_LABELS, CaseState
from linli.intake.queries import ApiKey
from linli.intake.rules import (
    ADDRESS_MAX,
    CONTROL,
    REFERENCE_MAX,
    TEXT_MAX,
    TITLE_MAX,
    Channel,
    ContactGiven,
    Kind,
    Received,
)
from linli.place.rules import Datum
from linli.shared.refusals import Conflict, Refused
from linli.shared.urgency import Urgency
from linli.staff import queries as staff

BULK_MAX = 1000
FAULTS: dict[Any, Any] = dict.fromkeys((400, 403, 409, 413, 429, 503), list[FaultRow])
BEARER = re.compile(r"Bearer\s+(\S+)")

router = Router(tags=["12345 hotline"])


class Plain(Schema):
    """A shape whose words hold no control characters."""

    @field_validator("*", mode="after")
    @classmethod
    def without_control_characters(cls, value: Any) -> Any:
        """Refuse what the database cannot keep."""
        if isinstance(value, str) and CONTROL.search(value):
            raise ValueError("control characters")
        return value


class ContactIn(Plain):
    """How the caller may be reached."""

    name: Annotated[str, Field(max_length=60)] = ""
    phone: Annotated[str, Field(max_length=30)] = ""
    email: Annotated[str, Field(max_length=200)] = ""


class AppealIn(Plain):
    """An appeal as the hotline received it."""

    external_number: Annotated[str, Field(min_length=1, max_length=REFERENCE_MAX)]
    text: Annotated[str, Field(min_length=1, max_length=TEXT_MAX)]
    title: Annotated[str, Field(max_length=TITLE_MAX)] = ""
    kind: Kind = Kind.HELP
    category_code: Annotated[str, Field(max_length=8)] = ""
    occurred_at: datetime | None = None
    address: Annotated[str, Field(max_length=ADDRESS_MAX)] = ""
    area_code: Annotated[str, Field(max_length=20)] = ""
    # Strict: read loosely, "false" would be nobody affected, or a place in the Gulf of Guinea.
    lng: Annotated[float, Field(ge=-180, le=180, strict=True)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90, strict=True)] | None = None
    datum: Datum = Datum.WGS84
    urgency: Urgency | None = None
    contact: ContactIn | None = None
    is_confidential: Annotated[bool, Field(strict=True)] = False
    people_affected: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] | None = None


class BulkIn(Schema):
    """Many appeals."""

    appeals: Annotated[list[AppealIn], Field(max_length=BULK_MAX)]


class AppealOut(Schema):
    """What became of one appeal."""

    external_number: str
    outcome: Outcome
    number: str
    problem: str


class BulkOut(Schema):
    """What became of many."""

    opened: int
    repeated: int
    rejected: int
    appeals: list[AppealOut]


class Standing(Schema):
    """Where the case of an appeal stands."""

    external_number: str
    number: str
    state: CaseState
    state_label: str
    owner: str
    lead: str
    opened_at: str
    due_at: str
    closed_at: str | None
    is_solved: bool | None
    rating: int | None


@router.post("/appeals", response=FAULTS | {200: AppealOut, 201: AppealOut})
def post_appeal(request: HttpRequest, given: AppealIn) -> HttpResponse:
    """Take in one appeal; the same number with the same content is answered again with 200."""
    key = key_of(request)
    (taken,) = cases.take_in(received=[_received(given, key)], channel=Channel.HOTLINE, at=timezone.now())
    if taken.refusal is not None:
        is_known = taken.refusal.message_id == cases.OTHER_CONTENT
        raise Conflict(taken.refusal.message_id, **taken.refusal.places) if is_known else taken.refusal
    return _answer(_row(given, taken), status=201 if taken.outcome == Outcome.OPENED else 200)


@router.post("/appeals/bulk", response=FAULTS | {200: BulkOut})
def post_appeals(request: HttpRequest, given: BulkIn) -> HttpResponse:
    """Take in many appeals; a bad one keeps none of the others out."""
    key = key_of(request)
    received = [_received(one, key) for one in given.appeals]
    taken = cases.take_in(received=received, channel=Channel.HOTLINE, at=timezone.now())
    counts = {outcome: sum(one.outcome == outcome for one in taken) for outcome in Outcome}
    return _answer(
        {
            "opened": counts[Outcome.OPENED],
            "repeated": counts[Outcome.REPEATED],
            "rejected": counts[Outcome.REJECTED],
            "appeals": [_row(one, each) for one, each in zip(given.appeals, taken, strict=True)],
        }
    )


@router.get("/appeals/{external_number}", response=FAULTS | {200: Standing, 404: list[FaultRow]})
def standing(request: HttpRequest, external_number: Annotated[str, Path(max_length=REFERENCE_MAX)]) -> HttpResponse:
    """Say where the case of one of the hotline's appeals stands."""
    key_of(request)
    if CONTROL.search(external_number):
        raise Fault(400, "编号里有不能保存的控制字符。")
    case = published.of_hotline(external_number)
    if case is None:
        raise Fault(404, "没有编号为“%(number)s”的诉求。", number=external_number[:60])
    return _answer(
        {
            "external_number": external_number,
            "number": case.number,
            "state": case.state,
            "state_label": gettext(STATE_LABELS[CaseState(case.state)]),
            "owner": staff.unit(case.owner_id).name,
            "lead": staff.unit(case.lead_id).name if case.lead_id else "",
            "opened_at": moment(case.opened_at),
            "due_at": moment(case.due_at),
            "closed_at": moment(case.closed_at),
            "is_solved": case.is_solved,
            "rating": case.rating,
        }
    )


def key_of(request: HttpRequest) -> ApiKey:
    """Return the hotline's key, from ``Authorization: Bearer`` or ``X-Api-Key``.

    Raises:
        Fault: none, or a wrong one.
    """
    found = BEARER.fullmatch(request.META.get("HTTP_AUTHORIZATION", "").strip())
    secret = found.group(1) if found else request.META.get("HTTP_X_API_KEY", "").strip()
    return let_in(request, secret=secret, channel=Channel.HOTLINE)


def _received(given: AppealIn, key: ApiKey) -> Received:
    contact = given.contact
    named = ContactGiven(name=contact.name, phone=contact.phone, email=contact.email) if contact else None
    if named == ContactGiven():
        named = None
    occurred_at = given.occurred_at
    if occurred_at is not None and not 1900 < occurred_at.year < 9000:
        raise Refused("看不懂时间“%(words)s”。", words=str(occurred_at))
    if occurred_at is not None and occurred_at.tzinfo is None:
        occurred_at = timezone.make_aware(occurred_at)
    return Received(
        channel=Channel.HOTLINE,
        text=given.text,
        title=given.title,
        kind=given.kind,
        occurred_at=occurred_at,
        address=given.address,
        lng=given.lng,
        lat=given.lat,
        datum=given.datum,
        area_code=given.area_code,
        category_code=given.category_code,
        urgency=given.urgency,
        contact=named,
        is_anonymous=named is None,
        is_confidential=given.is_confidential,
        external_number=given.external_number.strip(),
        people_affected=given.people_affected,
        by_key_id=key.pk,
    )


def _row(given: AppealIn, taken: Taken) -> dict[str, Any]:
    refusal = taken.refusal
    problem = gettext(refusal.message_id) % refusal.places if refusal else ""
    return {
        "external_number": given.external_number,
        "outcome": taken.outcome.value,
        "number": taken.number,
        "problem": problem,
    }


def _answer(row: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return HttpResponse(as_json(row), content_type=TYPES[JSON], status=status)
