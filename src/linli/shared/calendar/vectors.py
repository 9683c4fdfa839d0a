"""Deadlines of whole arrays at once, by the same tables as one by one (批量时限)."""

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from linli.shared.calendar.clock import DAY, FIRST_ORDINAL, MINUTE, Calendar
from linli.shared.calendar.days import FIRST_YEAR, LAST_YEAR
from linli.shared.calendar.limits import Limit, TimerKind

Moments = NDArray[np.datetime64]
Numbers = NDArray[np.int64]

EPOCH_ORDINAL = 719_163  # 1970-01-01
# microseconds from the start of the table, which is midnight in Beijing, eight hours ahead of UTC, to 1970-01-01 UTC
TO_TABLE = 8 * 60 * MINUTE - (FIRST_ORDINAL - EPOCH_ORDINAL) * DAY


def due_many(calendar: Calendar, starts: Moments, limit: Limit) -> Moments:
    """Return the deadline of one limit for each start, as `due` would (批量到期时刻).

    Starts and deadlines are moments in UTC, as numpy keeps them.

    Raises:
        ValueError: a start or a deadline is not a time or lies outside the years of the table.
    """
    since = _microseconds(calendar, starts)
    match limit.kind:
        case TimerKind.URGENT_HOURS:
            due = since + limit.minutes * MINUTE
        case TimerKind.WORKING_HOURS:
            due = _working_hours_due(calendar, since, limit.minutes * MINUTE)
        case TimerKind.WORKING_DAYS:
            due = _working_days_due(calendar, since, limit.amount)
        case TimerKind.NATURAL_DAYS:
            due = _natural_days_due(calendar, since, limit.amount)
    _check(due, calendar)
    due -= TO_TABLE
    return due.view("datetime64[us]")


def working_minutes_many(calendar: Calendar, starts: Moments, ends: Moments) -> Numbers:
    """Return the whole office minutes between each start and its end (批量工作分钟数).

    Raises:
        ValueError: a moment is not a time or lies outside the years of the table, or an end lies before its start.
    """
    first, last = _microseconds(calendar, starts), _microseconds(calendar, ends)
    if np.any(last < first):
        raise ValueError("an end lies before its start")
    return np.asarray((_office_time(calendar, last) - _office_time(calendar, first)) // MINUTE, dtype=np.int64)


class _Tables:
    """A calendar's tables as arrays; one entry more at the end stands for “beyond the table”."""

    __slots__ = ("next_working", "office_before", "position", "working_days")

    def __init__(self, calendar: Calendar) -> None:
        beyond = calendar.day_count
        days = np.frombuffer(calendar.days, dtype=np.uint8).astype(np.int64)
        before = np.asarray(calendar.worked_before, dtype=np.int64)
        self.office_before = before * calendar.day_length
        self.position = before + days - 1
        self.next_working = np.asarray([*calendar.next_working, beyond], dtype=np.int64) * DAY
        self.working_days = np.asarray([*calendar.working_days, beyond], dtype=np.int64) * DAY


@lru_cache(maxsize=8)
def _tables(calendar: Calendar) -> _Tables:
    return _Tables(calendar)


def _microseconds(calendar: Calendar, moments: Moments) -> Numbers:
    if moments.dtype.kind != "M":
        raise ValueError(f"moments must be datetime64, not {moments.dtype}")
    since: Numbers = moments.astype("datetime64[us]").view(np.int64) + TO_TABLE
    _check(since, calendar)
    return since


def _check(since: Numbers, calendar: Calendar) -> None:
    if since.size and not (since.min() >= 0 and since.max() < calendar.day_count * DAY):
        raise ValueError(f"the calendar covers the years {FIRST_YEAR} to {LAST_YEAR}; a moment lies outside them")


def _split(since: Numbers) -> tuple[Numbers, Numbers]:
    day = since // DAY
    return day, since - day * DAY


def _office_time(calendar: Calendar, since: Numbers) -> Numbers:
    day, moment_of_day = _split(since)
    worked = np.zeros_like(moment_of_day)
    for opens, closes in zip(calendar.span_starts, calendar.span_ends, strict=True):
        worked += np.clip(moment_of_day, opens, closes) - opens
    worked *= np.frombuffer(calendar.days, dtype=np.uint8)[day]
    worked += _tables(calendar).office_before[day]
    return worked


def _working_hours_due(calendar: Calendar, since: Numbers, amount: int) -> Numbers:
    # one less and one more: a limit that ends with the day ends at the close of business, not at the next opening
    target = _office_time(calendar, since) + (amount - 1)
    count = target // calendar.day_length
    within = target - count * calendar.day_length + 1
    day = _tables(calendar).working_days.take(count, mode="clip")
    spans = list(zip(calendar.span_starts, calendar.span_worked, strict=True))
    due = day + within + spans[0][0]
    for (earlier, worked_earlier), (opens, worked) in pairwise(spans):
        due += (within > worked) * (opens - worked - earlier + worked_earlier)
    return due


def _working_days_due(calendar: Calendar, since: Numbers, amount: int) -> Numbers:
    tables = _tables(calendar)
    day, moment_of_day = _split(since)
    closing = calendar.span_ends[-1]
    is_worked = np.frombuffer(calendar.days, dtype=np.bool_)[day]
    kept = np.where(is_worked, np.minimum(moment_of_day, closing), closing)
    return tables.working_days.take(tables.position[day] + amount, mode="clip") + kept


def _natural_days_due(calendar: Calendar, since: Numbers, amount: int) -> Numbers:
    day, moment_of_day = _split(since)
    return _tables(calendar).next_working.take(day + amount, mode="clip") + moment_of_day
