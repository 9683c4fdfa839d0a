"""How far the clock of a case has run, and when it stood still (用时)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from linli.case.deadlines.memory import calendar
from linli.case.deadlines.reckoning import Period, Stood, periods_of, used_in
from linli.case.models import Case, Pause
from linli.case.rules import PauseReason
from linli.shared.calendar import Limit, elapsed


@dataclass(frozen=True, slots=True)
class Clock:
    """How far the limit of a case has run, by its own clock."""

    limit: Limit
    elapsed: timedelta
    left: timedelta
    part: float  # 1.0 at the deadline, more after it
    stood_still: timedelta = timedelta()  # by the wall clock


def clock_of(case: Case, *, at: datetime) -> Clock:
    """Return how much of its limit a case has used and has left; it uses none while it stands still (用时)."""
    limit, days = Limit.parse(case.limit_words), calendar()
    periods = periods_for(case, at=at)
    used = used_in(periods, days=days, kind=limit.kind)
    since = case.due_since_at
    whole = elapsed(calendar=days, start=since, end=max(case.due_at, since), kind=limit.kind)
    stood_still = sum((period.end - period.start for period in periods if not period.is_running), timedelta())
    return Clock(limit, used, whole - used, used / whole if whole else 1.0 + (used > whole), stood_still)


def periods_for(case: Case, *, at: datetime) -> list[Period]:
    """Return the life of a case's clock until a moment, in periods that ran or stood still (时段)."""
    end = max(case.closed_at or at, case.opened_at)
    # A clock that never stood still since has not been moved: most cases need no statement.
    rows = Pause.objects.filter(case=case) if case.due_since_at != case.opened_at else ()
    stood = [Stood(row.paused_at, row.resumed_at or end, PauseReason(row.why)) for row in rows]
    if case.finished_at is not None:
        stood.append(Stood(case.finished_at, end, PauseReason.RESIDENT))
    return periods_of(start=case.opened_at, end=end, stood=stood)
