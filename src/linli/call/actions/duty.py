"""Write the roster of a unit, and who is away and who stands in (值班表、请假与替班)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from linli.call.models import Leave, Shift
from linli.call.queries.duty import leaves_between, may_head, midnight, shifts_between
from linli.call.rules.duty import ON_ROSTER, Span, can_see, check_leave, check_shift, monday, stands_in
from linli.shared import audit
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.staff.models import Post, Unit

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of a week that was copied: what came, and what was left out, because it lies there already."""

    added: tuple[Shift, ...]
    left_out: int


@transaction.atomic
def add_shifts(*, unit: Unit, on_duty: Post, spans: Iterable[Span], post: Post, at: datetime) -> list[Shift]:
    """Put a post on the roster of its unit, once or on several days (排班).

    Raises:
        Refused: not one's own unit, a post of another unit or that is never told, or it is on the roster then.
    """
    _lead(unit, post)
    wanted = [check_shift(span, at=at) for span in spans]
    _fits(on_duty, unit, at=at)
    known = _locked(unit, wanted)
    for span in wanted:
        if any(shift.post_id == on_duty.pk and _span(shift).overlaps(span) for shift in known):
            raise Refused(
                "%(name)s %(day)s 已经排了班，时间重叠。",
                name=on_duty.account.name,
                day=f"{timezone.localtime(span.starts_at):%m-%d %H:%M}",
            )
    made = Shift.objects.bulk_create(_shift(unit, on_duty.pk, span) for span in wanted)
    _record("add_shifts", unit, post, at=at, detail={"shifts": len(made), "post": on_duty.pk})
    return made


@transaction.atomic
def copy_week(*, unit: Unit, week_on: date, post: Post, at: datetime) -> Copied:
    """Write into a week what stood in the week before; what lies there already stays (照上周排).

    Raises:
        Refused: not one's own unit, a week long past or far ahead, or nothing in the week before.
    """
    _lead(unit, post)
    if monday(week_on) != week_on:
        raise Refused("要从星期一开始。")
    begins_at = midnight(week_on)
    before = [one for one in shifts_between(unit, begins_at - WEEK, begins_at) if one.starts_at >= begins_at - WEEK]
    if not before:
        raise Refused("上一周没有排班。")
    known = _locked(unit, [Span(begins_at - WEEK, begins_at + WEEK + WEEK)])
    wanted, left_out = [], 0
    for shift in before:
        span = check_shift(Span(shift.starts_at + WEEK, shift.ends_at + WEEK), at=at)
        is_there = any(one.post_id == shift.post_id and _span(one).overlaps(span) for one in known)
        if is_there or not _is_held(shift.post, at=span.starts_at):
            left_out += 1
        else:
            wanted.append(_shift(unit, shift.post_id, span))
    made = Shift.objects.bulk_create(wanted)
    _record("copy_week", unit, post, at=at, detail={"shifts": len(made), "week": week_on.isoformat()})
    return Copied(tuple(made), left_out)


@transaction.atomic
def withdraw_shift(*, shift: Shift, post: Post, at: datetime) -> None:
    """Take a shift off the roster; one that is over stays as it was (撤班).

    Raises:
        Refused: not one's own unit, it is over, or somebody took it off already.
    """
    _lead(shift.unit, post)
    standing = Shift.objects.filter(pk=shift.pk, withdrawn_at__isnull=True, ends_at__gt=at)
    if not standing.update(withdrawn_at=at):
        raise Refused("这个班次已经结束或撤掉了。")
    _record("withdraw_shift", shift.unit, post, at=at, detail={"shift": shift.pk})


@transaction.atomic
def take_leave(*, away: Post, substitute: Post | None, span: Span, post: Post, at: datetime) -> Leave:
    """Say that a post is away and who is told instead: for one's own post, or by the head of the unit (请假).

    Raises:
        Refused: somebody else's post, away then already, or a substitute who cannot stand in; it says why.
    """
    _may_say_of(away, post)
    span = check_leave(span, at=at)
    _lock(away.unit_id)
    known = leaves_between(span.starts_at, span.ends_at)
    if any(leave.post_id == away.pk for leave in known):
        raise Refused("%(name)s这段时间已经请了假，先撤掉再改。", name=away.account.name)
    if substitute is not None:
        _may_stand_in(away, substitute, span, known, at=at)
    leave = Leave.objects.create(post=away, substitute=substitute, starts_at=span.starts_at, ends_at=span.ends_at)
    detail = {"leave": leave.pk, "post": away.pk, "substitute": substitute.pk if substitute else None}
    _record("take_leave", away.unit, post, at=at, detail=detail)
    return leave


@transaction.atomic
def withdraw_leave(*, leave: Leave, post: Post, at: datetime) -> None:
    """Say that a post is not away, or is back sooner (销假).

    Raises:
        Refused: somebody else's post, or the leave is over or withdrawn.
    """
    _may_say_of(leave.post, post)
    standing = Leave.objects.filter(pk=leave.pk, withdrawn_at__isnull=True, ends_at__gt=at)
    if not standing.update(withdrawn_at=at):
        raise Refused("这次请假已经结束或撤掉了。")
    _record("withdraw_leave", leave.post.unit, post, at=at, detail={"leave": leave.pk})


def _lead(unit: Unit, post: Post) -> None:
    if not may_head(post, unit):
        raise Refused("只能排本单位的班。")


def _may_say_of(away: Post, post: Post) -> None:
    if away.pk != post.pk and not may_head(post, away.unit):
        raise Refused("只能给自己请假；别人的假由本单位的值班人员登记。")


def _fits(on_duty: Post, unit: Unit, *, at: datetime) -> None:
    if on_duty.unit_id != unit.pk:
        raise Refused("“%(name)s”不在这个单位。", name=on_duty.account.name)
    if on_duty.role not in ON_ROSTER or not _is_held(on_duty, at=at):
        raise Refused("“%(name)s”的岗位不接呼叫，不能排班。", name=on_duty.account.name)


def _may_stand_in(away: Post, substitute: Post, span: Span, known: list[Leave], *, at: datetime) -> None:
    name = substitute.account.name
    if substitute.pk == away.pk:
        raise Refused("不能由自己替自己。")
    if substitute.role not in ON_ROSTER or not _is_held(substitute, at=max(span.starts_at, at)):
        raise Refused("“%(name)s”的岗位不接呼叫，不能替班。", name=name)
    is_same_unit = substitute.unit_id == away.unit_id
    sees = staff.scope_of(substitute).area_code
    if not can_see(area_code=away.area_code, substitute_area_code=sees, is_same_unit=is_same_unit):
        raise Refused("“%(name)s”看不到这片区域的呼叫，不能替班。", name=name)
    for moment in {span.starts_at, *(leave.starts_at for leave in known if span.holds(leave.starts_at))}:
        gone = {leave.post_id: leave.substitute_id for leave in known if _leave_span(leave).holds(moment)}
        if stands_in(away.pk, gone | {away.pk: substitute.pk}) is None:
            raise Refused("“%(name)s”这段时间也请假，没有别人替，会没有人接到通知。", name=name)


def _is_held(post: Post, *, at: datetime) -> bool:
    return post.account.is_active and post.valid_from <= at and (post.valid_to is None or post.valid_to > at)


def _locked(unit: Unit, spans: list[Span]) -> list[Shift]:
    _lock(unit.pk)
    if not spans:
        return []
    return shifts_between(unit, min(one.starts_at for one in spans), max(one.ends_at for one in spans))


def _lock(unit_id: int) -> None:
    """Let only one write of a unit's roster and leave at a time: two who look first would both find room."""
    Unit.objects.select_for_update().get(pk=unit_id)


def _shift(unit: Unit, post_id: int, span: Span) -> Shift:
    return Shift(unit=unit, post_id=post_id, starts_at=span.starts_at, ends_at=span.ends_at)


def _span(shift: Shift) -> Span:
    return Span(shift.starts_at, shift.ends_at)


def _leave_span(leave: Leave) -> Span:
    return Span(leave.starts_at, leave.ends_at)


def _record(verb: str, unit: Unit, post: Post, *, at: datetime, detail: Mapping[str, object]) -> None:
    audit.record(stage="call", verb=verb, subject=unit.code, at=at, by_post_id=post.pk, detail=dict(detail))
