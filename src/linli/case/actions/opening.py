"""Open a case: receive the appeal, locate, categorise, number, set deadlines, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction
from procrastinate.contrib.django import app as jobs

from linli.case import tables
from linli.case.actions.moving import move
from linli.case.deadlines import Deadlines, deadlines_for, first_rung
from linli.case.models import Case, Joined
from linli.case.rules import GENESIS, TOKEN_MAC_BYTES, chained, number_of, payload_of, token_of
from linli.case.states import CaseState, Relation
from linli.intake import queries as appeals
from linli.intake.models import Appeal
from linli.intake.rules import Channel, LocatedBy, Received, check, fingerprint, title_of
from linli.people import actions as people
from linli.place import queries as place
from linli.place.rules import to_cgcs2000
from linli.shared.crypto import mac
from linli.shared.hints import hint
from linli.shared.refusals import Conflict, Refused
from linli.shared.roles import Role
from linli.shared.urgency import Urgency
from linli.staff import queries as staff
from linli.staff.models import Unit, UnitKind
from linli.text import queries as text
from linli.text.models import Category
from linli.text.rules import Suggestion

WORDS_SCORE_MIN = 0.5  # below this an address in words is a guess; the desk places it
FIELD_CHANNELS = frozenset({Channel.VISIT, Channel.CALL, Channel.COUNCIL, Channel.INSPECTION, Channel.WALK_IN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The answer to an appeal: its case, the number to read out, the secret of the follow link."""

    case_id: int
    appeal_id: int
    number: str
    token: str
    due_at: datetime
    area_code: str
    category_code: str
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class _Spot:
    area_code: str
    located_by: LocatedBy
    lng: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everything decided about an appeal before the first row is written."""

    received: Received
    spot: _Spot
    category: Category
    suggested: Sequence[Suggestion]
    urgency: Urgency
    owner: Unit
    state: CaseState
    deadlines: Deadlines


def follow_token(appeal_id: int) -> str:
    """Return the secret of a resident's follow link; it can be made again and is kept nowhere (跟踪链接)."""
    return token_of(appeal_id, mac("follow link", str(appeal_id).encode())[:TOKEN_MAC_BYTES])


def open_case(*, received: Received, at: datetime) -> Opened:
    """Turn an appeal from any channel into a case with number, owner and deadlines (立案).

    The same idempotency key with the same content answers the same again.

    Raises:
        Refused: the appeal cannot be kept as it is; the sentence says how to mend it.
        Conflict: the key or external number already stands for other content.
    """
    check(received, at=at)
    plan = _planned(received, at=at)
    try:
        with transaction.atomic():
            contact_id = _keep_contact(received, at=at)
            ((appeal_id, case_id),) = tables.next_ids("intake_appeal_id_seq", "case_case_id_seq")
            appeal, case, event = _rows(plan, appeal_id=appeal_id, case_id=case_id, contact_id=contact_id, at=at)
            tables.insert_together([("intake_appeal", appeal), ("case_case", case), ("case_event", event)])
            _look_for_similar(case_id)
            hint(areas=[plan.spot.area_code], units=[plan.owner.pk])
    except IntegrityError:
        return _accepted_before(received)
    return _opened(plan, appeal_id=appeal_id, case_id=case_id, number=case["number"])


def open_many(*, received: Sequence[Received], at: datetime) -> list[Opened]:
    """Open a case for each of many appeals, all or none, by COPY (批量立案).

    Raises:
        Refused: one of them cannot be kept; check each first to say which.
        Conflict: one of them was accepted before.
    """
    plans = [_planned(one, at=at) for one in received]
    try:
        with transaction.atomic():
            ids = tables.next_ids("intake_appeal_id_seq", "case_case_id_seq", count=len(plans))
            rows = [
                _rows(
                    plan, appeal_id=ids[i][0], case_id=ids[i][1], contact_id=_keep_contact(plan.received, at=at), at=at
                )
                for i, plan in enumerate(plans)
            ]
            for index, table in enumerate(("intake_appeal", "case_case", "case_event")):
                tables.copy_rows(table, [row[index] for row in rows])
            hint(areas={plan.spot.area_code for plan in plans}, units={plan.owner.pk for plan in plans})
    except IntegrityError as fault:
        raise Conflict("这批诉求里有已经导入过的编号，没有导入任何一条。") from fault
    return [
        _opened(plan, appeal_id=ids[i][0], case_id=ids[i][1], number=rows[i][1]["number"])
        for i, plan in enumerate(plans)
    ]


def join(*, case: Case, received: Received, at: datetime) -> Opened:
    """Add a further resident's appeal to an open case, so that they are told as well (同样反映).

    The same idempotency key with the same content answers the same again.

    Raises:
        Refused: the case is no longer open, or the appeal cannot be kept.
        Conflict: the key already stands for other content.
    """
    check(received, at=at)
    try:
        appeal_id = _joined(case, received, at=at)
    except IntegrityError:
        return _accepted_before(received)
    return Opened(
        case_id=case.pk,
        appeal_id=appeal_id,
        number=case.number,
        token=follow_token(appeal_id),
        due_at=case.due_at,
        area_code=case.area_code,
        category_code=case.category_code,
    )


def _joined(case: Case, received: Received, *, at: datetime) -> int:
    with transaction.atomic():
        contact_id = _keep_contact(received, at=at)
        ((appeal_id,),) = tables.next_ids("intake_appeal_id_seq")
        spot = _Spot(case.area_code, LocatedBy.GIVEN, case.lng, case.lat)
        tables.insert_together(
            [
                (
                    "intake_appeal",
                    _appeal_row(received, spot=spot, suggested="", appeal_id=appeal_id, contact_id=contact_id, at=at),
                )
            ]
        )
        Joined.objects.create(case=case, appeal_id=appeal_id, at=at)
        move(
            case=case,
            name="join",
            role=Role.RESIDENT,
            post=None,
            at=at,
            known=frozenset({Relation.REPORTER}),
            detail={"appeal": appeal_id},
            joined_count=case.joined_count + 1,
        )
    return int(appeal_id)


def _planned(received: Received, *, at: datetime) -> _Plan:
    suggested = text.suggest_category(f"{received.title} {received.text}")
    category = _category(received, suggested)
    urgency = received.urgency or Urgency(category.urgency)
    spot = _located(received)
    is_placed = spot.located_by not in {LocatedBy.OUTSIDE, LocatedBy.UNKNOWN}
    owner = staff.unit_for_area(spot.area_code) if is_placed else staff.district_unit()
    state = CaseState.REGISTERED if owner.kind == UnitKind.DISTRICT else CaseState.DISPATCHED
    deadlines = deadlines_for(
        category=category, kind=received.kind, urgency=urgency, can_be_reached=received.contact is not None, start=at
    )
    return _Plan(received, spot, category, suggested, urgency, owner, state, deadlines)


def _category(received: Received, suggested: Sequence[Suggestion]) -> Category:
    code = received.category_code or (suggested[0].code if suggested else text.OTHER)
    found = text.category(code)
    if found is None:
        raise Refused("没有“%(code)s”这个分类。", code=code)
    return found


def _located(received: Received) -> _Spot:
    """Find the deepest known area: given code, then point, then address in words, else the district (定位)."""
    district = staff.district_unit().area_code
    if received.area_code:
        code = place.resolve(received.area_code)
        if not place.names([code]):
            raise Refused("没有“%(code)s”这个区域代码。", code=received.area_code)
        return _Spot(code, LocatedBy.GIVEN, *_point(received))
    if received.lng is not None and received.lat is not None:
        found = place.locate_point(lng=received.lng, lat=received.lat, datum=received.datum)
        point = _point(received)
        return _Spot(found.code, LocatedBy.POINT, *point) if found else _Spot(district, LocatedBy.OUTSIDE, *point)
    for words in (received.address, received.text):
        matches = place.locate_words(words) if words else []
        if matches and matches[0].score >= WORDS_SCORE_MIN:
            return _Spot(matches[0].code, LocatedBy.WORDS)
    return _Spot(district, LocatedBy.UNKNOWN)


def _point(received: Received) -> tuple[float | None, float | None]:
    if received.lng is None or received.lat is None:
        return None, None
    lng, lat = to_cgcs2000(received.lng, received.lat, received.datum)
    return float(lng), float(lat)


def _keep_contact(received: Received, *, at: datetime) -> int | None:
    given = received.contact
    return people.keep_contact(name=given.name, phone=given.phone, email=given.email, at=at) if given else None


def _rows(
    plan: _Plan, *, appeal_id: int, case_id: int, contact_id: int | None, at: datetime
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    suggested = plan.suggested[0].code if plan.suggested else ""
    appeal = _appeal_row(
        plan.received, spot=plan.spot, suggested=suggested, appeal_id=appeal_id, contact_id=contact_id, at=at
    )
    event = _event_row(plan, case_id=case_id, appeal_id=appeal_id, at=at)
    case = _case_row(plan, case_id=case_id, appeal_id=appeal_id, at=at) | {"head_hash": event["hash"]}
    return appeal, case, event


def _appeal_row(
    received: Received, *, spot: _Spot, suggested: str, appeal_id: int, contact_id: int | None, at: datetime
) -> dict[str, Any]:
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


def _case_row(plan: _Plan, *, case_id: int, appeal_id: int, at: datetime) -> dict[str, Any]:
    received, deadlines, owner = plan.received, plan.deadlines, plan.owner
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
        "lead_id": None,
        "opened_at": at,
        "dispatch_due_at": deadlines.dispatch_due_at,
        "contact_due_at": deadlines.contact_due_at,
        "due_at": deadlines.due_at,
        "due_since_at": at,
        "limit_words": str(deadlines.limit),
        "limit_rule": deadlines.limit_rule,
        "limit_version": deadlines.limit_version,
        "is_due_provisional": deadlines.is_provisional,
        "close_reason": "",
        "reopened_count": 0,
        "joined_count": 0,
        "supervision_level": 0,
        "next_supervision_at": first_rung(
            [
                (at, deadlines.dispatch_due_at, deadlines.dispatch_kind),
                (at, deadlines.contact_due_at, deadlines.contact_kind),
                (at, deadlines.due_at, deadlines.limit.kind),
            ]
        ),
        "moved_at": at,
        "event_count": 1,
    }


def _event_row(plan: _Plan, *, case_id: int, appeal_id: int, at: datetime) -> dict[str, Any]:
    received = plan.received
    role = Role.SYSTEM if received.by_post_id is None else Role.COMMUNITY
    if received.channel in {Channel.WEB, Channel.OPEN311}:
        role = Role.RESIDENT
    elif received.channel == Channel.HOTLINE:
        role = Role.HOTLINE
    detail = {
        "appeal": appeal_id,
        "to": plan.owner.pk,
        "area": plan.spot.area_code,
        "located_by": plan.spot.located_by.value,
        "category": plan.category.code,
        "suggested": [{"code": s.code, "words": list(s.words)} for s in plan.suggested],
        "due_at": plan.deadlines.due_at.astimezone(UTC).isoformat(),
        "limit": str(plan.deadlines.limit),
    }
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
    )
    return {
        "case_id": case_id,
        "sequence": 1,
        "at": at,
        "name": "open",
        "state_before": "",
        "state_after": plan.state.value,
        "by_role": role.value,
        "by_post_id": received.by_post_id,
        "by_unit_id": None,
        "reason": "",
        "detail": tables.as_json(detail),
        "is_told": True,
        "hash": chained(GENESIS, payload),
    }


def _opened(plan: _Plan, *, appeal_id: int, case_id: int, number: str) -> Opened:
    return Opened(
        case_id=case_id,
        appeal_id=appeal_id,
        number=number,
        token=follow_token(appeal_id),
        due_at=plan.deadlines.due_at,
        area_code=plan.spot.area_code,
        category_code=plan.category.code,
    )


def _accepted_before(received: Received) -> Opened:
    """Answer a repeated submission as the first one was answered.

    Raises:
        Conflict: the key came with other content.
        IntegrityError: the fault was another one.
    """
    appeal = appeals.by_key(received.idempotency_key) if received.idempotency_key else None
    if appeal is None and received.external_number:
        appeal = appeals.by_external_number(received.channel, received.external_number)
    if appeal is None:
        raise IntegrityError("an appeal could not be written, and none was accepted under its key before")
    if bytes(appeal.fingerprint) != fingerprint(received):
        raise Conflict("这个编号已经用于另一条内容不同的诉求，没有重复登记。")
    return _answer_of(appeal)


def _answer_of(appeal: Appeal) -> Opened:
    case = Case.objects.filter(first_appeal=appeal).first() or Joined.objects.get(appeal=appeal).case
    return Opened(
        case_id=case.pk,
        appeal_id=appeal.pk,
        number=case.number,
        token=follow_token(appeal.pk),
        due_at=case.due_at,
        area_code=case.area_code,
        category_code=case.category_code,
        is_repeat=True,
    )


def _look_for_similar(case_id: int) -> None:
    """Enqueue, in this transaction, the search for cases with the same wording."""
    # By name: tasks stand above actions, they load and then call one.
    jobs.configure_task("case.find_similar", queue="analysis").defer(case_id=case_id)
