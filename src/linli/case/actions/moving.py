"""Move a case: one conditional update and one event, or nothing (流转)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Q

from linli.case import tables
from linli.case.models import Case, Event
from linli.case.rules import payload_of
from linli.case.states import BY_NAME, NOT_WHILE_SUSPENDED, STATE_LABELS, CaseState, Move, Relation
from linli.shared.database.prepared import row_prepared
from linli.shared.hints import hint
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.models import Post

TRIES = 3
REASON_MAX = 1000
MEETING_MOVES = frozenset({"report_in", "agree"})  # several units may make this move at the same moment


@dataclass(frozen=True, slots=True)
class More:
    """A column that grows by so much, whatever it was when the case was read."""

    by: int


MOVED = """
WITH moved AS (
    UPDATE case_case SET {columns}, event_count = event_count + 1, moved_at = $1,
        head_hash = sha256(head_hash || int4send(event_count + 1) || $2)
    WHERE id = $3 AND state = $4 AND owner_id = $5 AND suspended_until IS NOT DISTINCT FROM $6
    RETURNING id, event_count, head_hash
)
INSERT INTO case_event (case_id, sequence, at, name, state_before, state_after, by_role, by_post_id, by_unit_id,
    reason, detail, is_told, hash)
SELECT id, event_count, $1, $7, $4, $8, $9, $10::bigint, $11::bigint, $12, $13::jsonb, $14::boolean, head_hash
FROM moved
RETURNING id, sequence, hash
"""
COLUMNS_FROM = 15  # the place of the first further column of the case


def move(
    *,
    case: Case,
    name: str,
    role: Role,
    post: Post | None,
    at: datetime,
    reason: str = "",
    detail: dict[str, Any] | None = None,
    known: frozenset[Relation] = frozenset(),
    target: CaseState | None = None,
    **columns: Any,
) -> Event:
    """Make one step of the table: change the state if it is still what was read, append the event (流转).

    ``known`` are relations the calling stage has checked itself; ``columns`` are further columns of the case to set,
    named as in the table (``owner_id``).

    Raises:
        Refused: the table does not allow this move to this role, in this state, or a reason is missing.
        Overtaken: somebody moved the case first; the sentence says who.
    """
    step = BY_NAME[name]
    for attempt in range(TRIES):
        try:
            allow(case=case, step=step, role=role, post=post, known=known)
        except Refused as refusal:
            if attempt:  # it was allowed a moment ago: say who was first
                raise overtaken(case) from refusal
            raise
        _check_reason(step, reason)
        event = _write(
            case=case,
            step=step,
            role=role,
            post=post,
            at=at,
            reason=reason,
            detail=detail or {},
            target=target or step.target,
            columns=columns,
        )
        if event is not None:
            units = {case.owner_id, case.lead_id or case.owner_id, case.first_receiver_id}
            hint(areas=[case.area_code], units=units, cases=[case.pk])
            return event
        may_stay = step.target is None or step.name in MEETING_MOVES
        if not may_stay or attempt == TRIES - 1:
            raise overtaken(case)
        case.refresh_from_db()
    raise overtaken(case)


def allow(*, case: Case, step: Move, role: Role, post: Post | None, known: frozenset[Relation] = frozenset()) -> None:
    """Refuse a move that the table does not give to this role, state and relation.

    Raises:
        Refused: with the sentence that says why.
    """
    if role not in step.roles:
        raise Refused("您的岗位不能“%(label)s”。", label=step.label)
    if case.state not in step.sources:
        raise Refused("“%(state)s”的事项不能“%(label)s”。", state=STATE_LABELS[CaseState(case.state)], label=step.label)
    if case.suspended_until is not None and step.name in NOT_WHILE_SUSPENDED:
        raise Refused("这件事正在挂账，恢复办理以后才能“%(label)s”。", label=step.label)
    if not step.relations & (known | relations_of(case=case, post=post)):
        raise Refused("这件事不归您的岗位，不能“%(label)s”。", label=step.label)


def ensure_unmoved(*, case: Case, step: Move, seen: int) -> None:
    """Refuse a move that was decided on a page older than the last move of somebody else (先后).

    Moves that leave the state as it is, and units meeting at one case, do not stand in each other's way.

    Raises:
        Overtaken: somebody moved the case after ``seen`` events; the sentence says who.
    """
    if step.target is None or step.name in MEETING_MOVES or case.event_count <= seen:
        return
    since = Event.objects.filter(case_id=case.pk, at__gte=case.opened_at, sequence__gt=seen)
    moved = ~Q(state_before=F("state_after")) | Q(name__in=["dispatch", "blow"])
    first = since.filter(moved).exclude(name__in=MEETING_MOVES).order_by("sequence").first()
    if first is not None:
        raise _overtaken_by(first)


def overtaken(case: Case) -> Overtaken:
    """Return the refusal that says who moved a case last (先后)."""
    return _overtaken_by(Event.objects.filter(case_id=case.pk).order_by("-sequence").first())


def relations_of(*, case: Case, post: Post | None) -> frozenset[Relation]:
    """Return what a post is to a case: its owner, its lead, a desk over its area."""
    if post is None:
        return frozenset()
    relations = set()
    if post.unit_id == case.owner_id:
        relations.add(Relation.OWNER)
    if post.unit_id == case.lead_id:
        relations.add(Relation.LEAD)
    if post.role in {Role.COMMUNITY, Role.STREET, Role.DISTRICT, Role.GRID} and case.area_code.startswith(
        post.area_code
    ):
        relations.add(Relation.AREA)
    return frozenset(relations)


def _check_reason(step: Move, reason: str) -> None:
    if step.needs_reason and not reason.strip():
        raise Refused("“%(label)s”要写明原因。", label=step.label)
    if len(reason) > REASON_MAX:
        raise Refused("原因太长：最多 %(most)s 个字。", most=REASON_MAX)


def _write(
    *,
    case: Case,
    step: Move,
    role: Role,
    post: Post | None,
    at: datetime,
    reason: str,
    detail: dict[str, Any],
    target: CaseState | None,
    columns: dict[str, Any],
) -> Event | None:
    state_after = (target or CaseState(case.state)).value
    at = at.astimezone(UTC)
    post_id, unit_id = (post.pk, post.unit_id) if post else (None, None)
    is_told = bool(step.resident_words)
    payload = payload_of(
        case_id=case.pk,
        at=at,
        name=step.name,
        state_before=case.state,
        state_after=state_after,
        by_role=role.value,
        by_post_id=post_id,
        by_unit_id=unit_id,
        reason=reason,
        detail=detail,
        is_told=is_told,
    )
    changed = {"state": state_after} | columns
    settings = ", ".join(
        f'"{name}" = "{name}" + ${place}' if isinstance(value, More) else f'"{name}" = ${place}'
        for place, (name, value) in enumerate(changed.items(), COLUMNS_FROM)
    )
    row = row_prepared(
        MOVED.format(columns=settings),
        [
            at,
            payload,
            case.pk,
            case.state,
            case.owner_id,
            case.suspended_until,
            step.name,
            state_after,
            role.value,
            post_id,
            unit_id,
            reason,
            tables.as_json(detail),
            is_told,
            *(_plain(value) for value in changed.values()),
        ],
    )
    if row is None:
        return None
    event = Event(
        pk=row[0],
        case=case,
        sequence=row[1],
        at=at,
        name=step.name,
        state_before=case.state,
        state_after=state_after,
        by_role=role.value,
        by_post_id=post_id,
        by_unit_id=unit_id,
        reason=reason,
        detail=detail,
        is_told=is_told,
        hash=row[2],
    )
    for name, value in changed.items():
        setattr(case, name, getattr(case, name) + value.by if isinstance(value, More) else value)
    case.event_count, case.head_hash, case.moved_at = row[1], row[2], at
    return event


def _plain(value: Any) -> Any:
    """Return what the driver takes: the count of a ``More``, the word of an enumeration."""
    if isinstance(value, More):
        return value.by
    return value.value if hasattr(value, "value") else value


def _overtaken_by(event: Event | None) -> Overtaken:
    if event is None or event.by_unit_id is None:
        return Overtaken("这件事刚被别人处理了，请刷新后再看。")
    step = BY_NAME.get(event.name)
    return Overtaken(
        "这件事刚被%(who)s处理了（%(what)s），请刷新后再看。",
        who=staff.unit(event.by_unit_id).name,
        what=step.label if step else event.name,
    )
