"""Blow the whistle: call units to a case, by the rules of its kind (吹哨)."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction

from linli.case import actions as cases
from linli.case.deadlines import calendar, first_rung
from linli.case.models import Case
from linli.case.rules import Deadline
from linli.routing import queries as routing
from linli.shared.calendar import Limit, due
from linli.shared.hints import hint
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.holding import keep_in_use
from linli.staff.models import Post, Unit
from linli.whistle import queries as calls
from linli.whistle.models import Called, Whistle
from linli.whistle.states import KIND_RULES, CalledState, WhistleKind

MESSAGE_MAX = 1000
UNITS_MAX = 200  # a district has fewer; more is a slip of a program


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
        Refused: no unit, an inactive one, the own one, one that is called already, a lead that is not called, a
            community whose duty list denies the category, or the kind of whistle asks for more.
    """
    units = _units(post=post, unit_ids=unit_ids, lead_id=lead_id)
    if len(message) > MESSAGE_MAX:
        raise Refused("说明太长：最多 %(most)s 个字。", most=MESSAGE_MAX)
    _check_kind(kind, units=units, lead_id=lead_id, message=message)
    with transaction.atomic():
        # Two people may call the same unit at the same moment: what stands is read when nobody else can change it.
        cases.held(case, name="blow")
        keep_in_use(unit.pk for unit in units)
        _check_standing(case, units)
        limit = calls.report_in_limit(case, kind=kind, at=at)
        report_in_due_at = due(calendar=calendar(), start=at, limit=limit)
        outside = [unit.pk for unit in units if routing.check_duty(unit, case.category_code)]
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
                **({"outside_duty": outside} if outside else {}),
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
        call_units(whistle, units=units, lead_id=lead_id, due_at=report_in_due_at, limit=limit, at=at)
        cases.clear(case=case, deadlines=[Deadline.DISPATCH], at=at)
        hint(areas=[case.area_code], units=[unit.pk for unit in units])
    return whistle


def call_units(
    whistle: Whistle, *, units: Sequence[Unit], lead_id: int | None, due_at: datetime, limit: Limit, at: datetime
) -> None:
    """Call each unit to the whistle's case, to answer by its due time."""
    Called.objects.bulk_create(
        [
            Called(
                whistle=whistle,
                case_id=whistle.case_id,
                unit=unit,
                is_lead=unit.pk == lead_id,
                state=CalledState.CALLED.value,
                called_at=at,
                report_in_due_at=due_at,
                due_at=due_at,
                limit_words=str(limit),
                next_supervision_at=first_rung([(at, due_at, limit.kind)]),
            )
            for unit in units
        ]
    )


def _units(*, post: Post, unit_ids: Sequence[int], lead_id: int) -> list[Unit]:
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
    return units


def _check_standing(case: Case, units: Sequence[Unit]) -> None:
    standing = Called.objects.filter(case=case, unit__in=units, ended_at__isnull=True).values_list(
        "unit__name", flat=True
    )
    for name in standing[:1]:
        raise Refused("已经向%(unit)s吹过哨，正在等它。", unit=name)


def _check_kind(kind: WhistleKind, *, units: Sequence[Unit], lead_id: int, message: str) -> None:
    rule = KIND_RULES[kind]
    if len(units) < rule.units_min:
        raise Refused("联合执法哨至少要叫 %(least)s 个单位。", least=rule.units_min)
    lead = next(unit for unit in units if unit.pk == lead_id)
    if rule.lead_kinds and lead.kind not in rule.lead_kinds:
        raise Refused("联合执法要由部门或街道牵头，%(unit)s不能牵头。", unit=lead.name)
    if rule.needs_message and not message.strip():
        raise Refused("联合执法哨要写明集合的时间、地点和要查的事。")


def _hand_over_lead(case: Case, *, lead_id: int) -> None:
    """A new lead replaces the former one, who stays as an assisting unit."""
    Called.objects.filter(case=case, ended_at__isnull=True, is_lead=True).exclude(unit_id=lead_id).update(is_lead=False)
