"""Deadlines of a case, frozen at opening: from its category, kind and urgency by the district's profile (时限)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from linli.case.rules import LADDER
from linli.intake.rules import Kind
from linli.shared.calendar import Calendar, Limit, Profile, TimerKind, advance, due, elapsed, load, part, profile
from linli.shared.urgency import Urgency
from linli.text.models import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """The due times of a case and the rule each came from."""

    dispatch_due_at: datetime
    contact_due_at: datetime | None
    due_at: datetime
    dispatch_kind: TimerKind
    contact_kind: TimerKind
    limit: Limit
    limit_rule: str
    limit_version: str
    is_provisional: bool


def calendar() -> Calendar:
    """Return the district's working calendar."""
    return load(settings.CALENDAR)


def limits() -> Profile:
    """Return the district's table of default deadlines."""
    return profile(settings.PROFILE)


def limit_for(*, category: Category, kind: Kind, urgency: Urgency) -> tuple[Limit, str]:
    """Return the limit for finishing and the rule that set it: the category's, else by urgency and kind."""
    if category.limit_words:
        return Limit.parse(category.limit_words), f"category:{category.code}"
    table = limits()
    limit = table.feedback_for(urgency=urgency, kind=kind)
    return limit, f"urgency:{urgency}" if limit == table.feedback[urgency] else f"kind:{kind}"


def deadlines_for(
    *, category: Category, kind: Kind, urgency: Urgency, can_be_reached: bool, start: datetime
) -> Deadlines:
    """Compute every deadline of a case that opens at ``start`` (算时限)."""
    days, table = calendar(), limits()
    limit, rule = limit_for(category=category, kind=kind, urgency=urgency)
    due_at = due(calendar=days, start=start, limit=limit)
    contact_due_at = due(calendar=days, start=start, limit=table.contact[urgency]) if can_be_reached else None
    return Deadlines(
        dispatch_due_at=due(calendar=days, start=start, limit=table.dispatch[urgency]),
        contact_due_at=contact_due_at,
        due_at=due_at,
        dispatch_kind=table.dispatch[urgency].kind,
        contact_kind=table.contact[urgency].kind,
        limit=limit,
        limit_rule=rule,
        limit_version=table.version,
        is_provisional=days.is_provisional(due_at.year),
    )


def rungs(*, start: datetime, due_at: datetime, kind: TimerKind, level_max: int = 4) -> list[tuple[int, datetime]]:
    """Return each rung of the supervision ladder with its moment, by the limit's own clock."""
    days = calendar()
    return [
        (rung.level, part(calendar=days, start=start, due=max(due_at, start), fraction=rung.part, kind=kind))
        for rung in LADDER
        if rung.level <= level_max
    ]


def first_rung(periods: Iterable[tuple[datetime, datetime | None, TimerKind]]) -> datetime:
    """Return the moment of the first reminder among several running deadlines."""
    days = calendar()
    return min(
        part(calendar=days, start=start, due=due_at, fraction=LADDER[0].part, kind=kind)
        for start, due_at, kind in periods
        if due_at is not None
    )


def shifted(moment: datetime, *, limit: Limit, stopped_at: datetime, at: datetime) -> datetime:
    """Move a moment of a clock on by the time for which the clock stood still, so that used time and overrun stay."""
    days, kind = calendar(), limit.kind
    stood_still = elapsed(calendar=days, start=stopped_at, end=max(at, stopped_at), kind=kind)
    return advance(calendar=days, start=moment, counted=stood_still, kind=kind)
