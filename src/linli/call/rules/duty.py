"""Rosters and leave on plain values: hours of a shift, weeks, gaps, and who stands in for whom (值班、请假)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from linli.shared.refusals import Refused
from linli.shared.roles import Role

SHIFT_HOURS_MAX = 36
LEAVE_DAYS_MAX = 366
REPEAT_DAYS_MAX = 92
BACK_DAYS_MAX = 7  # a roster is for those who will be told, not a record of who was there
DAYS_AHEAD_MAX = 400
# Who is told of calls may be on a roster; whoever walks a grid is told without one.
ON_ROSTER = frozenset({Role.GRID, Role.COMMUNITY, Role.STREET, Role.HEALTH, Role.DISTRICT})
# Who writes the roster of their unit, and the leave of everybody in it.
HEADS = frozenset({Role.COMMUNITY, Role.STREET, Role.HEALTH, Role.DISTRICT})


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment until another, which is not part of it."""

    starts_at: datetime
    ends_at: datetime

    def holds(self, at: datetime) -> bool:
        """Return whether a moment lies in it."""
        return self.starts_at <= at < self.ends_at

    def overlaps(self, other: "Span") -> bool:
        """Return whether both share a moment."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def stands_in(post_id: int, away: Mapping[int, int | None]) -> int | None:
    """Return who is told instead of a post: itself, or the end of the chain of substitutes (替班).

    Nobody (None) when the chain ends with somebody away whom nobody stands in for, or runs in a circle.
    """
    seen: set[int] = set()
    now: int | None = post_id
    while now is not None and now in away:
        if now in seen:
            return None
        seen.add(now)
        now = away[now]
    return now


def can_see(*, area_code: str, substitute_area_code: str, is_same_unit: bool) -> bool:
    """Return whether a substitute sees the calls it would be told of: of its own unit, or of an area around it."""
    return is_same_unit or (substitute_area_code != "" and area_code.startswith(substitute_area_code))


def monday(day: date) -> date:
    """Return the first day of the week of a day."""
    return day - timedelta(days=day.weekday())


def gaps(spans: Iterable[Span], *, within: Span) -> list[Span]:
    """Return where nobody is on the roster (空班)."""
    found, until = [], within.starts_at
    for span in sorted(spans, key=lambda one: one.starts_at):
        if span.starts_at >= within.ends_at:
            break
        if span.starts_at > until:
            found.append(Span(until, span.starts_at))
        until = max(until, span.ends_at)
    if until < within.ends_at:
        found.append(Span(until, within.ends_at))
    return found


def check_shift(span: Span, *, at: datetime) -> Span:
    """Return the hours of a shift.

    Raises:
        Refused: it ends before it begins, is too long, long past, or too far ahead.
    """
    if span.ends_at <= span.starts_at:
        raise Refused("结束时间要晚于开始时间。")
    if span.ends_at - span.starts_at > timedelta(hours=SHIFT_HOURS_MAX):
        raise Refused("一个班次最长 %(most)s 小时，请分成几个班次。", most=SHIFT_HOURS_MAX)
    _check_when(span, at=at)
    return span


def check_leave(span: Span, *, at: datetime) -> Span:
    """Return from when until when somebody is away.

    Raises:
        Refused: it ends before it begins, is too long, long past, or too far ahead.
    """
    if span.ends_at <= span.starts_at:
        raise Refused("结束时间要晚于开始时间。")
    if span.ends_at - span.starts_at > timedelta(days=LEAVE_DAYS_MAX):
        raise Refused("请假最长 %(most)s 天。", most=LEAVE_DAYS_MAX)
    _check_when(span, at=at)
    return span


def repeated(span: Span, *, until: date, weekdays: Iterable[int]) -> list[Span]:
    """Return the same hours on the days after, up to and with a last day, on some days of the week (重复).

    Raises:
        Refused: the last day lies before the first, or too far after it.
    """
    first = span.starts_at.date()
    if not first <= until <= first + timedelta(days=REPEAT_DAYS_MAX):
        raise Refused("重复到哪天：从第一天起，最多 %(most)s 天。", most=REPEAT_DAYS_MAX)
    wanted = set(weekdays) or set(range(7))
    steps = (timedelta(days=days) for days in range((until - first).days + 1))
    shifted = [Span(span.starts_at + step, span.ends_at + step) for step in steps]
    return [one for one in shifted if one.starts_at == span.starts_at or one.starts_at.weekday() in wanted]


def _check_when(span: Span, *, at: datetime) -> None:
    if span.ends_at <= at - timedelta(days=BACK_DAYS_MAX):
        raise Refused("这段时间早已过去。")
    if span.ends_at > at + timedelta(days=DAYS_AHEAD_MAX):
        raise Refused("最多提前 %(most)s 天安排。", most=DAYS_AHEAD_MAX)
