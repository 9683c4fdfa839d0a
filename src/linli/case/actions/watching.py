"""Watch deadlines: record each rung of the supervision ladder once, and tell the unit above (督办)."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from linli.case.actions.moving import move
from linli.case.deadlines import rungs, table_named
from linli.case.models import Case, Event, Supervision
from linli.case.rules import DEADLINE_LABELS, RUNGS, Deadline
from linli.case.states import CaseState, Relation
from linli.shared.batches import one_by_one
from linli.shared.calendar import Limit, TimerKind
from linli.shared.hints import hint
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.shared.urgency import Urgency
from linli.staff import queries as staff
from linli.staff.models import Post

EVERYWHERE = Q()
STREET_DIGITS = 9
CARD_LEVEL_MIN = 3  # yellow and red cards
LEVEL_MAX = dict.fromkeys(Deadline, 4) | {Deadline.CONTACT: 2, Deadline.ANSWER: 2, Deadline.RULING: 2}  # (ours)


def supervise(*, at: datetime, within: Q = EVERYWHERE) -> int:
    """Let every case whose next rung is due climb it; return how many were looked at (督办扫描).

    ``within`` is a condition on cases for a watcher that looks after a part of them only.
    """
    due = Case.objects.select_for_update(skip_locked=True).filter(within, next_supervision_at__lte=at)
    return one_by_one(due.order_by("next_supervision_at"), partial(_supervise_case, at=at), duty="supervise")


def climb(
    *,
    case: Case,
    deadline: Deadline,
    unit_id: int,
    start: datetime,
    due_at: datetime,
    kind: TimerKind,
    at: datetime,
    called_id: int = 0,
    turn: int | None = None,
) -> datetime | None:
    """Record each rung a running deadline has reached and not yet recorded; return when the next one comes.

    ``called_id`` tells apart several deadlines of one kind; ``turn`` counts how often it began anew, by default with
    each time the case was sent back.
    """
    turn = round_of(case, deadline) if turn is None else turn
    moments = rungs(start=start, due_at=due_at, kind=kind, level_max=LEVEL_MAX[deadline])
    reached = [level for level, moment in moments if moment <= at]
    if reached:
        recorded = Supervision.objects.filter(
            case=case, called_id=called_id, deadline=deadline, round=turn
        ).values_list("level", flat=True)
        for level in sorted(set(reached) - set(recorded)):
            record_rung(
                case,
                deadline=deadline,
                unit_id=unit_id,
                level=level,
                due_at=due_at,
                at=at,
                called_id=called_id,
                round=turn,
            )
    return min((moment for _level, moment in moments if moment > at), default=None)


def clear(*, case: Case, deadlines: Iterable[Deadline], at: datetime, called_id: int = 0, is_met: bool = True) -> None:
    """Clear the supervision of deadlines that are met; the record stays (销督).

    Where a deadline was moved and not met, only what the clock itself raised is cleared.
    """
    if case.supervision_level == 0:
        return
    standing = Supervision.objects.filter(case=case, cleared_at__isnull=True)
    over = standing.filter(deadline__in=list(deadlines))
    if called_id:
        over = over.filter(called_id=called_id)
    (over if is_met else over.filter(by_post_id__isnull=True)).update(cleared_at=at)
    _lower(case)


def clear_by_hand(*, supervision: Supervision, post: Post, reason: str, at: datetime) -> Event:
    """Clear one standing supervision with a reason; its record stays, and the deadline it was about (销督).

    Raises:
        Refused: no reason, or a card that only the district takes back, or a reminder of a higher desk.
        Overtaken: it is cleared already.
    """
    case = supervision.case
    if supervision.level >= CARD_LEVEL_MIN and post.role != Role.DISTRICT:
        raise Refused("黄牌、红牌由区中心销督。")
    raiser = staff.post(supervision.by_post_id) if supervision.by_post_id else None
    if raiser is not None and raiser.role == Role.DISTRICT != post.role:
        raise Refused("区中心督办的事项由区中心销督。")
    with transaction.atomic():
        standing = Supervision.objects.filter(pk=supervision.pk, cleared_at__isnull=True)
        if not standing.update(cleared_at=at, cleared_by_post_id=post.pk, clear_reason=reason.strip()[:300] or "—"):
            raise Overtaken("这一条已经销督了，请刷新后再看。")
        event = move(
            case=case,
            name="clear",
            role=Role(post.role),
            post=post,
            at=at,
            reason=reason,
            detail={"level": supervision.level, "deadline": supervision.deadline, "supervision": supervision.pk},
        )
        _lower(case)
    hint(units=[supervision.unit_id, supervision.raised_to_id])
    return event


def _lower(case: Case) -> None:
    standing = Supervision.objects.filter(case=case, cleared_at__isnull=True)
    level = standing.aggregate(highest=Max("level"))["highest"] or 0
    if level != case.supervision_level:
        Case.objects.filter(pk=case.pk).update(supervision_level=level)
        case.supervision_level = level


def _supervise_case(case: Case, *, at: datetime) -> None:
    upcoming = [
        climb(case=case, deadline=deadline, unit_id=unit_id, start=start, due_at=due_at, kind=kind, at=at)
        for deadline, unit_id, start, due_at, kind in _running(case)
    ]
    next_at = min((moment for moment in upcoming if moment is not None), default=None)
    Case.objects.filter(pk=case.pk).update(next_supervision_at=next_at)


def _running(case: Case) -> list[tuple[Deadline, int, datetime, datetime, TimerKind]]:
    if not case.is_open:
        return []
    running = []
    if case.dispatched_at is None and case.state in {CaseState.REGISTERED, CaseState.DISPATCHED}:
        kind = opened_limit(case, Deadline.DISPATCH).kind
        since = case.dispatch_since_at or case.opened_at
        running.append((Deadline.DISPATCH, case.owner_id, since, case.dispatch_due_at, kind))
    if case.contact_due_at is not None and case.contacted_at is None:
        kind = opened_limit(case, Deadline.CONTACT).kind
        running.append((Deadline.CONTACT, case.owner_id, case.opened_at, case.contact_due_at, kind))
    if case.state != CaseState.FINISHED and case.suspended_until is None:
        running.append(
            (
                Deadline.FINISH,
                case.lead_id or case.owner_id,
                case.due_since_at,
                case.due_at,
                Limit.parse(case.limit_words).kind,
            )
        )
    return running


def opened_limit(case: Case, deadline: Deadline) -> Limit:
    """Return the limit to sign or to speak to the resident that a case opened under, whatever was corrected since."""
    kept = case.dispatch_limit_words if deadline == Deadline.DISPATCH else case.contact_limit_words
    if kept:
        return Limit.parse(kept)
    table, urgency = table_named(case.limit_version), Urgency(case.urgency)
    words = f"{case.title} {case.first_appeal.text}" if table.has_conditions(case.category_code) else ""
    return table.line(deadline, urgency=urgency, category_code=case.category_code, words=words).limit


def round_of(case: Case, deadline: Deadline) -> int:
    """Return the turn of a ladder: it is climbed anew when a case is sent back, and when due_at is set anew."""
    return case.due_round if deadline == Deadline.FINISH else case.reopened_count


def record_rung(
    case: Case,
    *,
    deadline: Deadline,
    unit_id: int,
    level: int,
    due_at: datetime,
    at: datetime,
    detail: dict[str, Any] | None = None,
    **which: int,
) -> None:
    """Record that a rung was reached, once and for good, and tell whom it is raised to (督办记录)."""
    raised_to_id = _raised_to(unit_id=unit_id, level=level)
    Supervision.objects.create(
        case=case,
        **which,
        deadline=deadline,
        level=level,
        at=at,
        due_at=due_at,
        unit_id=unit_id,
        raised_to_id=raised_to_id,
    )
    # The event is not told to the resident: a deadline missed is said on the page by the deadline itself.
    move(
        case=case,
        name="supervise",
        role=Role.SYSTEM,
        post=None,
        at=at,
        known=frozenset({Relation.CLOCK}),
        detail={
            "level": level,
            "label": RUNGS[level].label,
            "deadline": deadline.value,
            "what": DEADLINE_LABELS[deadline],
            "unit": unit_id,
            "raised_to": raised_to_id,
        }
        | (detail or {}),
        supervision_level=max(case.supervision_level, level),
    )
    hint(units=[unit_id, raised_to_id])


def _raised_to(*, unit_id: int, level: int) -> int:
    """Return who is told: the unit itself first, then one level up, then the district (提级)."""
    if level == 1:
        return unit_id
    unit, district = staff.unit(unit_id), staff.district_unit()
    if level == 2 and unit.kind == "COMMUNITY":
        return staff.unit_for_area(unit.area_code[:STREET_DIGITS]).pk
    return district.pk
