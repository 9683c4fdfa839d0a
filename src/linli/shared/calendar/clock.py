"""The calendar's clock: office minutes laid end to end, so that a deadline is arithmetic (工作时钟).

All computing is in whole microseconds of Beijing time, which has had no summer time since 1991. Days are numbered from
the first day of the table; office time is a number too: working days before × length of a working day + time worked
today.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from linli.shared.calendar.days import FIRST_DAY, FIRST_YEAR, LAST_YEAR
from linli.shared.calendar.limits import Limit, TimerKind

BEIJING = ZoneInfo("Asia/Shanghai")
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
FRACTION_MAX = 1_000
FIRST_ORDINAL = FIRST_DAY.toordinal()
MOMENT_ZERO = datetime.combine(FIRST_DAY, time(), tzinfo=BEIJING)
# looked up once: intake sets three deadlines for every appeal, and an Enum's members are slow to reach and to hash
_WORKING_HOURS, _WORKING_DAYS, _NATURAL_DAYS = (
    TimerKind.WORKING_HOURS, TimerKind.WORKING_DAYS, TimerKind.NATURAL_DAYS)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The years whose dates a calendar knows, and the festivals entered year by year (已知年份)."""

    statutory_until: int
    local_until: int | None = None
    expected: tuple[tuple[str, int], ...] = ()
    entered: frozenset[tuple[int, str]] = frozenset()


class Calendar:
    """One place's working days and office hours, with tables that turn moments into office time and back (工作日历)."""

    __slots__ = (
        "day_count", "day_length", "days", "known", "name", "next_working", "office_hours", "span_ends", "span_starts",
        "span_worked", "worked_before", "working_days",
    )  # fmt: skip

    def __init__(self, *, name: str, days: bytes, office_hours: tuple[tuple[time, time], ...], known: Known) -> None:
        self.name = name
        self.days = days
        self.day_count = len(days)
        self.office_hours = office_hours
        self.known = known
        self.span_starts = [_moment_of_day(opens) for opens, _ in office_hours]
        self.span_ends = [_moment_of_day(closes) for _, closes in office_hours]
        self.span_worked, self.day_length = _lay_end_to_end(self.span_starts, self.span_ends)
        self.working_days = [day for day, is_worked in enumerate(days) if is_worked]
        self.worked_before = _count_before(days)
        self.next_working = _next_working(days)

    def __repr__(self) -> str:
        return f"<Calendar {self.name}>"

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices are open on a day (是否工作日)."""
        return bool(self.days[self.number_of(day)])

    def is_provisional(self, year: int) -> bool:
        """Tell whether a year's holidays are still a forecast (是否暂定)."""
        known_until = self.known.statutory_until
        if self.known.local_until is not None:
            known_until = min(known_until, self.known.local_until)
        return year > known_until

    def number_of(self, day: date) -> int:
        """Return a day's number in the tables.

        Raises:
            ValueError: the day lies outside the years of the table.
        """
        number = day.toordinal() - FIRST_ORDINAL
        if not 0 <= number < self.day_count:
            _refuse_year(day.year)
        return number

    def locate(self, moment: datetime) -> tuple[int, int]:
        """Return the day's number and the microsecond of the day, by Beijing time.

        Raises:
            ValueError: the moment has no time zone or lies outside the years of the table.
        """
        if moment.tzinfo is None:
            raise ValueError(f"the moment {moment.isoformat()} has no time zone")
        local = moment if moment.tzinfo is BEIJING else _in_beijing(moment)
        number = local.toordinal() - FIRST_ORDINAL
        if not 0 <= number < self.day_count:
            _refuse_year(local.year)
        return number, ((local.hour * 60 + local.minute) * 60 + local.second) * SECOND + local.microsecond

    def office_time(self, day: int, moment_of_day: int) -> int:
        """Return the office time that has passed since the table began."""
        before = self.worked_before[day] * self.day_length
        return before + self.worked_until(moment_of_day) if self.days[day] else before

    def worked_until(self, moment_of_day: int) -> int:
        """Return the office time between midnight and a moment of a working day."""
        span = bisect_right(self.span_starts, moment_of_day) - 1
        if span < 0:
            return 0
        return self.span_worked[span] + min(moment_of_day, self.span_ends[span]) - self.span_starts[span]

    def moment_at(self, office_time: int) -> int:
        """Return the first moment, in microseconds since the table began, at which so much office time has passed."""
        count, within = divmod(office_time, self.day_length)
        if within == 0:
            count, within = count - 1, self.day_length
        if not 0 <= count < len(self.working_days):
            _refuse_year(LAST_YEAR + 1)
        span = len(self.span_worked) - 1
        while self.span_worked[span] >= within:
            span -= 1
        return self.working_days[count] * DAY + self.span_starts[span] + within - self.span_worked[span]

    def nth_working_day(self, day: int, amount: int) -> int:
        """Return the day's number of the nth working day after a day, which is itself not counted (民法典 201)."""
        position = self.worked_before[day] + (amount if self.days[day] else amount - 1)
        if position >= len(self.working_days):
            _refuse_year(LAST_YEAR + 1)
        return self.working_days[position]

    def working_day_from(self, day: int) -> int:
        """Return a day's own number if it is worked, else that of the next working day (民法典 203)."""
        if day >= self.day_count or self.next_working[day] >= self.day_count:
            _refuse_year(LAST_YEAR + 1)
        return self.next_working[day]


def due(*, calendar: Calendar, start: datetime, limit: Limit) -> datetime:
    """Return the last moment of a limit that begins at a moment (到期时刻).

    Hours run from the start. Days do not count the day of the start: working days keep the time of day and end at the
    close of business at the latest; natural days keep the time of day and move to the next working day when the last
    one is off (民法典 201, 203).

    Raises:
        ValueError: the start has no time zone, or the deadline lies outside the years of the table.
    """
    day, moment_of_day = calendar.locate(start)
    kind = limit.kind
    if kind is _WORKING_HOURS:
        moment = calendar.moment_at(calendar.office_time(day, moment_of_day) + limit.minutes * MINUTE)
    elif kind is _WORKING_DAYS:
        moment = _working_days_due(calendar, day, moment_of_day, limit.amount)
    elif kind is _NATURAL_DAYS:
        moment = calendar.working_day_from(day + limit.amount) * DAY + moment_of_day
    else:
        moment = _within(calendar, day * DAY + moment_of_day + limit.minutes * MINUTE)
    return MOMENT_ZERO + timedelta(microseconds=moment)


def _working_days_due(calendar: Calendar, day: int, moment_of_day: int, amount: int) -> int:
    closing = calendar.span_ends[-1]
    kept = min(moment_of_day, closing) if calendar.days[day] else closing
    return calendar.nth_working_day(day, amount) * DAY + kept


def elapsed(*, calendar: Calendar, start: datetime, end: datetime, kind: TimerKind) -> timedelta:
    """Return the time a clock has counted between two moments (已用时间).

    Exact to the microsecond and additive: however a period is split, the parts sum to the whole. Clocks in office time
    count office time (one working day is one office day long), the others count every minute.

    Raises:
        ValueError: the end lies before the start, or a moment has no time zone or lies outside the years of the table.
    """
    first, last = calendar.locate(start), calendar.locate(end)
    if last < first:
        raise ValueError(f"the end {end.isoformat()} lies before the start {start.isoformat()}")
    if kind.is_in_office_time:
        return timedelta(microseconds=calendar.office_time(*last) - calendar.office_time(*first))
    return timedelta(microseconds=(last[0] - first[0]) * DAY + last[1] - first[1])


def working_minutes_between(*, calendar: Calendar, start: datetime, end: datetime) -> int:
    """Return the whole office minutes between two moments (工作分钟数)."""
    return elapsed(calendar=calendar, start=start, end=end, kind=TimerKind.WORKING_HOURS) // timedelta(minutes=1)


def advance(*, calendar: Calendar, start: datetime, counted: timedelta, kind: TimerKind) -> datetime:
    """Return the first moment at which a clock has counted so much since the start (推进), the inverse of `elapsed`.

    Raises:
        ValueError: the time is negative, or a moment has no time zone or lies outside the years of the table.
    """
    if counted < timedelta():
        raise ValueError(f"cannot count {counted} backwards")
    day, moment_of_day = calendar.locate(start)
    amount = counted // timedelta(microseconds=1)
    if not amount:
        return _moment(day * DAY + moment_of_day)
    if kind.is_in_office_time:
        return _moment(calendar.moment_at(calendar.office_time(day, moment_of_day) + amount))
    return _moment(_within(calendar, day * DAY + moment_of_day + amount))


def part(
    *, calendar: Calendar, start: datetime, due: datetime, fraction: float, kind: TimerKind | None = None
) -> datetime:
    """Return the moment when a fraction of a limit has passed, by that limit's own clock (时限进度点).

    A fraction above one lies after the deadline: 1.5 is half the limit again. Where the caller does not name the clock,
    a period of a day at most, or one without office time, runs on the clock that never stops; a longer one runs in
    office time.

    Raises:
        ValueError: the fraction is negative or not a number, or the deadline lies before the start.
    """
    if not 0 <= fraction <= FRACTION_MAX:
        raise ValueError(f"a fraction of {fraction} is not between 0 and {FRACTION_MAX}")
    nonstop = elapsed(calendar=calendar, start=start, end=due, kind=TimerKind.URGENT_HOURS)
    kind = kind or (TimerKind.URGENT_HOURS if nonstop <= timedelta(days=1) else TimerKind.WORKING_HOURS)
    whole = elapsed(calendar=calendar, start=start, end=due, kind=kind) if kind.is_in_office_time else nonstop
    if not whole:  # a deadline set by hand may leave no office time at all
        kind, whole = TimerKind.URGENT_HOURS, nonstop
    counted = whole * fraction
    if counted == whole:
        return _in_beijing(due)
    return advance(calendar=calendar, start=start, counted=counted, kind=kind)


def due_after_pause(
    *, calendar: Calendar, due: datetime, paused_at: datetime, resumed_at: datetime, kind: TimerKind
) -> datetime:
    """Return the new deadline of a limit that was paused: what was left at the pause is left at the resumption (顺延).

    A limit that was already over when it was paused keeps its deadline.

    Raises:
        ValueError: the resumption lies before the pause, or a moment has no time zone or lies outside the table.
    """
    paused, resumed = calendar.locate(paused_at), calendar.locate(resumed_at)
    if resumed < paused:
        raise ValueError(f"the resumption {resumed_at.isoformat()} lies before the pause {paused_at.isoformat()}")
    if paused >= calendar.locate(due) or resumed == paused:
        return _in_beijing(due)
    left = elapsed(calendar=calendar, start=paused_at, end=due, kind=kind)
    moment = advance(calendar=calendar, start=resumed_at, counted=left, kind=kind)
    if kind is not TimerKind.NATURAL_DAYS:
        return moment
    day, moment_of_day = calendar.locate(moment)
    return _moment(calendar.working_day_from(day) * DAY + moment_of_day)


def length(*, calendar: Calendar, limit: Limit) -> timedelta:
    """Return a limit's length on its own clock, the unit of `elapsed` and `advance` (时限长度)."""
    if limit.kind is TimerKind.WORKING_DAYS:
        return timedelta(microseconds=limit.amount * calendar.day_length)
    if limit.kind is TimerKind.NATURAL_DAYS:
        return timedelta(days=limit.amount)
    return timedelta(minutes=limit.minutes)


def _moment(microseconds: int) -> datetime:
    return MOMENT_ZERO + timedelta(microseconds=microseconds)


def _within(calendar: Calendar, moment: int) -> int:
    if moment >= calendar.day_count * DAY:
        _refuse_year(LAST_YEAR + 1)
    return moment


def _in_beijing(moment: datetime) -> datetime:
    try:
        return moment.astimezone(BEIJING)
    except OverflowError:
        _refuse_year(moment.year)


def _refuse_year(year: int) -> NoReturn:
    raise ValueError(f"the calendar covers the years {FIRST_YEAR} to {LAST_YEAR}, not {year}")


def _moment_of_day(moment: time) -> int:
    return (moment.hour * 60 + moment.minute) * MINUTE + moment.second * SECOND


def _lay_end_to_end(starts: list[int], ends: list[int]) -> tuple[list[int], int]:
    worked, total = [], 0
    for opens, closes in zip(starts, ends, strict=True):
        worked.append(total)
        total += closes - opens
    return worked, total


def _count_before(days: bytes) -> list[int]:
    counts, total = [], 0
    for is_worked in days:
        counts.append(total)
        total += is_worked
    return counts


def _next_working(days: bytes) -> list[int]:
    following, nearest = [len(days)] * len(days), len(days)
    for day in range(len(days) - 1, -1, -1):
        nearest = day if days[day] else nearest
        following[day] = nearest
    return following
