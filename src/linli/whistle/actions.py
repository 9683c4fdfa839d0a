"""Verbs of the whistle: blow, report in, decline, counter, release."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from linli.case import actions as cases
from linli.case.deadlines import calendar, first_rung, limits
from linli.case.models import Case
from linli.case.rules import Deadline
from linli.case.states import BY_NAME, CaseState, Relation
from linli.shared.calendar import TimerKind, due
from linli.shared.hints import hint
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.shared.urgency import Urgency
from linli.staff import queries as staff
from linli.staff.models import Post, Unit
from linli.whistle.models import Called, Whistle
from linli.whistle.states import CalledState, WhistleKind

CALLED = frozenset({Relation.CALLED})
MESSAGE_MAX = 1000
UNITS_MAX = 20
BATCH = 200
EVERYWHERE = Q()


def blow(
    *,
    case: Case,
    post: Post,
    kind: WhistleKind,
    unit_ids: Sequence[int],
    lead_id: int,
    message: str,
    at: datetime,
) -> Whistle:
    """Call units to a case, one leading, and set when each must report in (吹哨).

    Raises:
        Refused: no unit, an inactive one, the own one, one that is called already, or a lead that is not called.
    """
    units = _callable(case=case, post=post, unit_ids=unit_ids, lead_id=lead_id)
    if len(message) > MESSAGE_MAX:
        raise Refused("说明太长：最多 %(most)s 个字。", most=MESSAGE_MAX)
    urgency = Urgency.URGENT if kind == WhistleKind.EMERGENCY else Urgency(case.urgency)
    limit = limits().report_in[urgency]
    report_in_due_at = due(calendar=calendar(), start=at, limit=limit)
    with transaction.atomic():
        cases.move(
            case=case,
            name="blow",
            role=Role(post.role),
            post=post,
            at=at,
            lead_id=lead_id,
            dispatched_at=case.dispatched_at or at,
            detail={
                "units": [unit.pk for unit in units],
                "lead": lead_id,
                "kind": kind.value,
                "words": message,
                "report_in_due_at": report_in_due_at.astimezone(UTC).isoformat(),
            },
        )
        whistle = Whistle.objects.create(
            case=case,
            kind=kind.value,
            blown_at=at,
            blown_by_post_id=post.pk,
            blown_by_unit_id=post.unit_id,
            message=message,
        )
        _hand_over_lead(case, lead_id=lead_id)
        Called.objects.bulk_create(
            [
                Called(
                    whistle=whistle,
                    case=case,
                    unit=unit,
                    is_lead=unit.pk == lead_id,
                    state=CalledState.CALLED.value,
                    called_at=at,
                    report_in_due_at=report_in_due_at,
                    due_at=report_in_due_at,
                    next_supervision_at=first_rung([(at, report_in_due_at, limit.kind)]),
                )
                for unit in units
            ]
        )
        cases.clear(case=case, deadlines=[Deadline.DISPATCH], at=at)
        hint(areas=[case.area_code], units=[unit.pk for unit in units])
    return whistle


def report_in(*, called: Called, post: Post, at: datetime, words: str = "") -> Called:
    """Say that the unit has come; a late one still may (报到).

    Raises:
        Overtaken: a colleague answered first.
        Refused: another unit's call, or the case is past that.
    """
    return _answer(
        called,
        post=post,
        at=at,
        move="report_in",
        state=CalledState.REPORTED_IN,
        words=words,
        reported_in_at=at,
        due_at=max(called.case.due_at, at),
        next_supervision_at=None,
    )


def decline(*, called: Called, post: Post, reason: str, at: datetime) -> Called:
    """Say that it is not this unit's, with the reason; the caller sees it at once (不接)."""
    return _answer(
        called,
        post=post,
        at=at,
        move="decline",
        state=CalledState.DECLINED,
        words=reason,
        ended_at=at,
        is_lead=False,
        next_supervision_at=None,
    )


def counter(*, called: Called, post: Post, reason: str, proposed_due_at: datetime, at: datetime) -> Called:
    """Propose another time or another way; the call stands until the caller answers (另提方案).

    Raises:
        Refused: the proposed time lies in the past.
    """
    if proposed_due_at <= at:
        raise Refused("提出的时间应在现在之后。")
    return _answer(
        called,
        post=post,
        at=at,
        move="counter",
        state=CalledState.COUNTERED,
        words=reason,
        proposed_due_at=proposed_due_at,
    )


def release(*, called: Called, post: Post, reason: str, at: datetime) -> Called:
    """Let a called unit go, so that a silent one does not hold the case (解除)."""
    with transaction.atomic():
        cases.move(
            case=called.case,
            name="release",
            role=Role(post.role),
            post=post,
            at=at,
            reason=reason,
            detail={"unit": called.unit_id},
            **_lead_after(called),
        )
        _set(called, state=CalledState.RELEASED, ended_at=at, is_lead=False, words=reason, next_supervision_at=None)
        cases.clear(case=called.case, deadlines=[Deadline.REPORT_IN], at=at, called_id=called.pk)
        hint(units=[called.unit_id])
    return called


def end_calls(*, case: Case, state: CalledState, at: datetime) -> None:
    """End every open call of a case, when it is finished, withdrawn or merged."""
    open_calls = Called.objects.filter(case=case, ended_at__isnull=True)
    units = list(open_calls.values_list("unit_id", flat=True))
    open_calls.update(state=state.value, ended_at=at, next_supervision_at=None)
    hint(units=units)


def reopen_calls(*, case: Case, at: datetime) -> None:
    """Open again the calls that a finish had ended, when the resident sends the case back."""
    last = Called.objects.filter(case=case, state=CalledState.FINISHED.value).order_by("unit_id", "-called_at")
    newest = {row.unit_id: row for row in reversed(list(last))}
    for row in newest.values():
        _set(row, state=CalledState.REPORTED_IN, ended_at=None, due_at=max(case.due_at, at))
    hint(units=newest)


def supervise_called(*, at: datetime, within: Q = EVERYWHERE) -> int:
    """Let every silent call whose next rung is due climb the ladder; ``within`` is a condition on calls (报到督办)."""
    looked_at = 0
    while True:
        with transaction.atomic():
            due_calls = Called.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
                "case", "whistle"
            )
            batch = list(due_calls.filter(within, next_supervision_at__lte=at).order_by("next_supervision_at")[:BATCH])
            for called in batch:
                next_at = None
                if called.ended_at is None and called.reported_in_at is None and called.case.is_open:
                    next_at = cases.climb(
                        case=called.case,
                        deadline=Deadline.REPORT_IN,
                        unit_id=called.unit_id,
                        start=called.called_at,
                        due_at=called.report_in_due_at,
                        kind=_report_in_kind(called),
                        at=at,
                        called_id=called.pk,
                    )
                Called.objects.filter(pk=called.pk).update(next_supervision_at=next_at)
        looked_at += len(batch)
        if len(batch) < BATCH:
            return looked_at


def _report_in_kind(called: Called) -> TimerKind:
    is_emergency = called.whistle.kind == WhistleKind.EMERGENCY
    return limits().report_in[Urgency.URGENT if is_emergency else Urgency(called.case.urgency)].kind


def _callable(*, case: Case, post: Post, unit_ids: Sequence[int], lead_id: int) -> list[Unit]:
    if not unit_ids:
        raise Refused("请至少选择一个单位。")
    if len(set(unit_ids)) > UNITS_MAX:
        raise Refused("一次最多吹哨 %(most)s 个单位。", most=UNITS_MAX)
    if lead_id not in unit_ids:
        raise Refused("请指定一个牵头单位，牵头单位要在被吹哨的单位里。")
    units = [staff.unit(unit_id) for unit_id in dict.fromkeys(unit_ids)]
    for unit in units:
        if not unit.is_active or unit.pk == post.unit_id:
            raise Refused("不能向%(unit)s吹哨。", unit=unit.name)
    standing = Called.objects.filter(case=case, unit__in=units, ended_at__isnull=True).values_list(
        "unit__name", flat=True
    )
    for name in standing[:1]:
        raise Refused("已经向%(unit)s吹过哨，正在等它。", unit=name)
    return units


def _hand_over_lead(case: Case, *, lead_id: int) -> None:
    """A new lead replaces the former one, who stays as an assisting unit."""
    Called.objects.filter(case=case, ended_at__isnull=True, is_lead=True).exclude(unit_id=lead_id).update(is_lead=False)


def _answer(
    called: Called, *, post: Post, at: datetime, move: str, state: CalledState, words: str, **columns: object
) -> Called:
    if post.unit_id != called.unit_id:
        raise Refused("这一哨不是吹给您的单位的，不能“%(label)s”。", label=BY_NAME[move].label)
    if called.state not in {CalledState.CALLED, CalledState.COUNTERED}:
        raise Overtaken("您的单位已经答复过这一哨了，请刷新后再看。")
    lead = _lead_after(called) if state == CalledState.DECLINED else {}
    is_reason, was_lead = BY_NAME[move].needs_reason, called.is_lead
    with transaction.atomic():
        _set(called, state=state, words=words, **columns)
        cases.move(
            case=called.case,
            name=move,
            role=Role(post.role),
            post=post,
            at=at,
            known=CALLED,
            reason=words if is_reason else "",
            target=CaseState.HANDLING if move == "report_in" else None,
            detail={"called": called.pk, "words": words, "is_lead": was_lead},
            **lead,
        )
        if state != CalledState.COUNTERED:
            cases.clear(case=called.case, deadlines=[Deadline.REPORT_IN], at=at, called_id=called.pk)
    return called


def _lead_after(called: Called) -> dict[str, Any]:
    """A lead that goes leaves the case without one; its owner answers until another leads."""
    return {"lead_id": None} if called.is_lead else {}


def _set(called: Called, **columns: object) -> None:
    """Change a call if it is still as it was read.

    Raises:
        Overtaken: somebody answered first.
    """
    read = called.state
    plain = {name: getattr(value, "value", value) for name, value in columns.items()}
    if not Called.objects.filter(pk=called.pk, state=read).update(**plain):
        raise Overtaken("您的单位已经答复过这一哨了，请刷新后再看。")
    for name, value in plain.items():
        setattr(called, name, value)
