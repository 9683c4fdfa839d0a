"""The rows that an opened case begins with: appeal, case, first event, contact and job (首批记录)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from linli.case import tables
from linli.case.actions.planning import Plan, Spot
from linli.case.rules import GENESIS, chained, number_of, payload_of
from linli.case.states import CaseState
from linli.intake.rules import Channel, LocatedBy, Received, fingerprint, title_of
from linli.people import actions as people
from linli.shared.roles import Role

Row = dict[str, Any]

# Columns that begin the same in every case.
FIXED: dict[str, Row] = {
    "case_case": {
        "close_reason": "",
        "reopened_count": 0,
        "joined_count": 0,
        "supervision_level": 0,
        "event_count": 1,
    },
    "case_event": {"sequence": 1, "name": "open", "state_before": "", "reason": "", "is_told": True},
}

FIND_SIMILAR = "case.find_similar"  # the task; it stands above the actions, so it is called by name
ANALYSIS = "analysis"  # its queue; the database wakes no worker for it (decision 0010)


def rows_of(
    plan: Plan,
    *,
    appeal_id: int,
    case_id: int,
    contact_id: int | None,
    at: datetime,
    brought_in_at: datetime | None = None,
) -> dict[str, Row]:
    """Return the rows of an appeal, its case and its first event, by table."""
    suggested = plan.suggested[0].code if plan.suggested else ""
    appeal = appeal_row(
        plan.received, spot=plan.spot, suggested=suggested, appeal_id=appeal_id, contact_id=contact_id, at=at
    )
    event = _event_row(plan, case_id=case_id, appeal_id=appeal_id, at=at, brought_in_at=brought_in_at)
    case = _case_row(plan, case_id=case_id, appeal_id=appeal_id, at=at) | {"head_hash": event["hash"]}
    return {"intake_appeal": appeal, "case_case": case, "case_event": event}


def appeal_row(
    received: Received, *, spot: Spot, suggested: str, appeal_id: int, contact_id: int | None, at: datetime
) -> Row:
    """Return the row of an appeal as it was received."""
    return {
        "id": appeal_id,
        "channel": received.channel.value,
        "kind": received.kind.value,
        "received_at": at,
        "occurred_at": received.occurred_at,
        "title": received.title,
        "text": received.text,
        "language": received.language,
        "address": received.address,
        "lng": received.lng,
        "lat": received.lat,
        "datum": received.datum.value,
        "area_code": spot.area_code,
        "located_by": spot.located_by.value,
        "category_suggested": suggested,
        "contact_id": contact_id,
        "is_anonymous": received.is_anonymous,
        "is_confidential": received.is_confidential,
        "external_number": received.external_number,
        "idempotency_key": received.idempotency_key or None,
        "fingerprint": fingerprint(received),
        "photo_ids": list(received.photo_ids),
        "media_urls": list(received.media_urls),
        "people_affected": received.people_affected,
        "by_post_id": received.by_post_id,
        "by_key_id": received.by_key_id,
    }


def closed_row(opened: Mapping[str, Row], *, name: str, at: datetime, brought_in_at: datetime) -> Row:
    """Return the event by which a case that is brought in already closed was closed elsewhere, chained to its first."""
    first, case = opened["case_event"], opened["case_case"]
    detail = _brought_in(brought_in_at)
    event = {
        "case_id": case["id"],
        "at": at.astimezone(UTC),
        "name": name,
        "state_before": case["state"],
        "state_after": CaseState.CLOSED.value,
        "by_role": Role.SYSTEM.value,
        "by_post_id": None,
        "reason": "",
    }
    payload = payload_of(**event, by_unit_id=None, detail=detail, is_told=True)
    hashed = chained(first["hash"], payload, sequence=2)
    return event | {"sequence": 2, "detail": tables.as_json(detail), "is_told": True, "hash": hashed}


def _case_row(plan: Plan, *, case_id: int, appeal_id: int, at: datetime) -> Row:
    received, deadlines, owner = plan.received, plan.deadlines, plan.route.unit
    return {
        "id": case_id,
        "number": number_of(serial=case_id, opened_at=at),
        "state": plan.state.value,
        "kind": received.kind.value,
        "channel": received.channel.value,
        "category_code": plan.category.code,
        "title": title_of(received),
        "area_code": plan.spot.area_code,
        "is_outside": plan.spot.located_by == LocatedBy.OUTSIDE,
        "lng": plan.spot.lng,
        "lat": plan.spot.lat,
        "address": received.address,
        "urgency": plan.urgency.value,
        "people_affected": received.people_affected,
        "first_appeal_id": appeal_id,
        "first_receiver_id": owner.pk,
        "owner_id": owner.pk,
        **plan.route.columns(),
        "opened_at": at,
        "dispatch_due_at": deadlines.dispatch_due_at,
        "dispatch_limit_words": str(deadlines.dispatch_limit),
        "contact_due_at": deadlines.contact_due_at,
        "contact_limit_words": str(deadlines.contact_limit),
        "due_at": deadlines.due_at,
        "due_since_at": at,
        "limit_words": str(deadlines.limit),
        "limit_rule": deadlines.limit_rule,
        "limit_version": deadlines.limit_version,
        "is_due_provisional": deadlines.is_provisional,
        "next_supervision_at": plan.first_rung_at,
        "moved_at": at,
    }


def _event_row(plan: Plan, *, case_id: int, appeal_id: int, at: datetime, brought_in_at: datetime | None) -> Row:
    received = plan.received
    role = Role.SYSTEM if received.by_post_id is None else Role.COMMUNITY
    if received.channel in {Channel.WEB, Channel.OPEN311}:
        role = Role.RESIDENT
    elif received.channel == Channel.HOTLINE:
        role = Role.HOTLINE
    detail = {
        "appeal": appeal_id,
        "to": plan.route.unit.pk,
        "route": plan.route.detail(),
        "area": plan.spot.area_code,
        "located_by": plan.spot.located_by.value,
        "category": plan.category.code,
        "suggested": [{"code": s.code, "words": list(s.words)} for s in plan.suggested],
        "due_at": plan.deadlines.due_at.astimezone(UTC).isoformat(),
        "limit": str(plan.deadlines.limit),
    } | (_brought_in(brought_in_at) if brought_in_at else {})
    at = at.astimezone(UTC)
    payload = payload_of(
        case_id=case_id,
        at=at,
        name="open",
        state_before="",
        state_after=plan.state.value,
        by_role=role.value,
        by_post_id=received.by_post_id,
        by_unit_id=None,
        reason="",
        detail=detail,
        is_told=True,  # as FIXED says
    )
    return {
        "case_id": case_id,
        "at": at,
        "state_after": plan.state.value,
        "by_role": role.value,
        "by_post_id": received.by_post_id,
        "detail": tables.as_json(detail),
        "hash": chained(GENESIS, payload, sequence=1),
    }


def _brought_in(at: datetime) -> Row:
    return {"brought_in_at": at.astimezone(UTC).isoformat()}


def contact_row(received: Received, *, contact_id: int, area_code: str, at: datetime) -> Row | None:
    """Return the sealed row of the contact given, nothing when none was.

    Raises:
        Refused: the phone number or e-mail address cannot be one.
    """
    given = received.contact
    if given is None:
        return None
    row = people.contact_row(name=given.name, phone=given.phone, email=given.email, area_code=area_code, at=at)
    return {"id": contact_id} | row if row else None


def job_row(case_ids: Sequence[int]) -> Row:
    """Return the row of the job that looks for cases with wording alike."""
    wanted = {"case_id": case_ids[0]} if len(case_ids) == 1 else {"case_ids": list(case_ids)}
    return {"queue_name": ANALYSIS, "task_name": FIND_SIMILAR, "args": tables.as_json(wanted)}
