"""The clock of a case: it runs from the opening, stands still in pauses, and is given more by extensions (计时).

Everything here is worked out again from what happened, never from an earlier result: a change of category, of the
calendar or of the owner loses neither used nor paused time (domain.md §1.4).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from linli.case.deadlines.memory import calendar, limit_table
from linli.case.deadlines.tables import LimitTable
from linli.case.rules import LADDER, Deadline, PauseReason
from linli.intake.rules import Kind
from linli.shared.calendar import Calendar, Limit, Profile, TimerKind, advance, due, elapsed, part, profile
from linli.shared.urgency import Urgency
from linli.text.models import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """The due times of a case and the rule each came from."""

    dispatch_due_at: datetime
    contact_due_at: datetime | None
    due_at: datetime
    dispatch_limit: Limit
    contact_limit: Limit
    limit: Limit
    limit_rule: str
    limit_version: str
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class Stood:
    """A time for which the clock stood still."""

    paused_at: datetime
    resumed_at: datetime
    why: PauseReason = PauseReason.SUSPENDED

    @property
    def moment(self) -> datetime:
        """When it began to count for the deadline."""
        return self.resumed_at


@dataclass(frozen=True, slots=True)
class Given:
    """More time given at a moment."""

    moment: datetime
    limit: Limit


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A deadline, and since when its clock would have run without a pause."""

    since: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of a case's life: the clock ran, or stood still and why (时段)."""

    start: datetime
    end: datetime
    why: PauseReason | None = None

    @property
    def is_running(self) -> bool:
        """True while the clock ran."""
        return self.why is None


def limits() -> Profile:
    """Return what the district's profile sets beside the table of limits: extensions, returns, call-backs."""
    return profile(settings.PROFILE)


def limit_for(
    table: LimitTable, *, category: Category, kind: Kind, urgency: Urgency, words: str = ""
) -> tuple[Limit, str]:
    """Return the limit for finishing and the rule that set it: the category's, else by urgency and kind."""
    if table.is_shipped and category.limit_words:
        return Limit.parse(category.limit_words), f"category:{category.code}"
    line = table.line(Deadline.FINISH, urgency=urgency, category_code=category.code, kind=kind, words=words)
    return line.limit, line.rule


def deadlines_for(
    *,
    category: Category,
    kind: Kind,
    urgency: Urgency,
    can_be_reached: bool,
    start: datetime,
    words: str = "",
) -> Deadlines:
    """Compute every deadline of a case that opens at ``start`` (算时限)."""
    days, table = calendar(), limit_table(at=start)
    limit, rule = limit_for(table, category=category, kind=kind, urgency=urgency, words=words)
    dispatch, contact = (
        table.line(deadline, urgency=urgency, category_code=category.code, words=words).limit
        for deadline in (Deadline.DISPATCH, Deadline.CONTACT)
    )
    due_at = due(calendar=days, start=start, limit=limit)
    return Deadlines(
        dispatch_due_at=due(calendar=days, start=start, limit=dispatch),
        contact_due_at=due(calendar=days, start=start, limit=contact) if can_be_reached else None,
        due_at=due_at,
        dispatch_limit=dispatch,
        contact_limit=contact,
        limit=limit,
        limit_rule=rule,
        limit_version=table.version,
        is_provisional=days.is_provisional(due_at.year),
    )


def reckon(*, days: Calendar, start: datetime, limit: Limit, changes: Iterable[Stood | Given] = ()) -> Reckoned:
    """Work a deadline out from the opening: the limit, then every pause and extension in the order they counted.

    What was left at a pause is left after it; what was overrun stays overrun.
    """
    since, due_at = start, due(calendar=days, start=start, limit=limit)
    for change in sorted(changes, key=lambda change: change.moment):
        if isinstance(change, Given):
            due_at = due(calendar=days, start=due_at, limit=change.limit)
        else:
            since = shifted(since, days=days, kind=limit.kind, stood=change)
            due_at = _due_after(due_at, days=days, kind=limit.kind, stood=change)
    return Reckoned(since, due_at)


def reckon_named(start: datetime, due_at: datetime, *, stood: Iterable[Stood]) -> Reckoned:
    """Move a time that was named, and since when it runs, on by every pause; its clock runs day and night."""
    still = sum((pause.resumed_at - pause.paused_at for pause in stood), timedelta())
    return Reckoned(start + still, due_at + still)


def shifted(moment: datetime, *, days: Calendar, kind: TimerKind, stood: Stood) -> datetime:
    """Move a moment of a clock on by the time for which the clock stood still."""
    stood_still = elapsed(calendar=days, start=stood.paused_at, end=stood.resumed_at, kind=kind)
    return advance(calendar=days, start=moment, counted=stood_still, kind=kind)


def _due_after(due_at: datetime, *, days: Calendar, kind: TimerKind, stood: Stood) -> datetime:
    moment = shifted(due_at, days=days, kind=kind, stood=stood)
    if kind is not TimerKind.NATURAL_DAYS or due_at <= stood.paused_at:
        return moment
    # A last day that is off moves to the next working day (民法典 203); an overrun is not moved away with it.
    return due(calendar=days, start=moment - timedelta(days=1), limit=Limit(1, TimerKind.NATURAL_DAYS))


def extension_limit(*, days: Calendar, due_at: datetime, limit: Limit, most: Limit) -> Limit:
    """Return how much one extension gives: the limit once more, but no more than the most (延期一次)."""
    once, at_most = due(calendar=days, start=due_at, limit=limit), due(calendar=days, start=due_at, limit=most)
    return limit if once <= at_most else most


def periods_of(*, start: datetime, end: datetime, stood: Sequence[Stood]) -> list[Period]:
    """Return the life of a clock in periods that follow each other without gap or overlap (时段)."""
    periods, since = [], start
    for pause in sorted(stood, key=lambda pause: pause.paused_at):
        paused_at, resumed_at = min(pause.paused_at, end), min(pause.resumed_at, end)
        periods += [Period(since, paused_at), Period(paused_at, resumed_at, pause.why)]
        since = resumed_at
    periods.append(Period(since, end))
    return [period for period in periods if period.start < period.end]


def used_in(periods: Iterable[Period], *, days: Calendar, kind: TimerKind) -> timedelta:
    """Add up what a clock counted while it ran (已用时间)."""
    return sum(
        (
            elapsed(calendar=days, start=period.start, end=period.end, kind=kind)
            for period in periods
            if period.is_running
        ),
        timedelta(),
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
