"""What holds for every moment and every limit: order, inverses, no gap and no overlap, arrays equal to scalars."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.shared.calendar import (
    BEIJING,
    Limit,
    TimerKind,
    advance,
    due,
    due_after_pause,
    elapsed,
    length,
    load,
    part,
    working_minutes_between,
)
from linli.shared.calendar.vectors import due_many, working_minutes_many

calendars = st.sampled_from(["statutory", "lhasa"]).map(load)
kinds = st.sampled_from(TimerKind)
# whole days and half hours as often as odd moments: the mistakes live on the edges of office hours
half_hours = st.integers(0, 24 * 365 * 24 * 2).map(
    lambda count: datetime(2005, 1, 1, tzinfo=BEIJING) + timedelta(minutes=30 * count)
)
moments = half_hours | st.datetimes(datetime(2005, 1, 1), datetime(2028, 12, 31), timezones=st.just(BEIJING))
limits = st.builds(Limit, st.integers(1, 60), kinds)
by_office_or_nonstop = st.sampled_from([kind for kind in TimerKind if kind is not TimerKind.NATURAL_DAYS])


@given(calendars, st.tuples(moments, moments), st.integers(1, 60), by_office_or_nonstop)
def test_a_later_start_never_ends_earlier(calendar, pair, amount, kind):
    early, late = sorted(pair)
    limit = Limit(amount, kind)

    assert due(calendar=calendar, start=early, limit=limit) <= due(calendar=calendar, start=late, limit=limit)


@given(calendars, st.tuples(moments, moments), st.integers(1, 60))
def test_a_later_start_never_ends_on_an_earlier_day(calendar, pair, amount):
    early, late = sorted(pair)
    limit = Limit(amount, TimerKind.NATURAL_DAYS)

    first = due(calendar=calendar, start=early, limit=limit)
    second = due(calendar=calendar, start=late, limit=limit)

    assert first.date() <= second.date()


@given(calendars, moments, limits, st.integers(1, 30))
def test_a_longer_limit_never_ends_earlier(calendar, start, limit, more):
    longer = Limit(limit.amount + more, limit.kind)

    assert due(calendar=calendar, start=start, limit=limit) <= due(calendar=calendar, start=start, limit=longer)


@given(calendars, moments, limits)
def test_a_deadline_leaves_the_whole_limit_on_its_own_clock(calendar, start, limit):
    deadline = due(calendar=calendar, start=start, limit=limit)

    counted = elapsed(calendar=calendar, start=start, end=deadline, kind=limit.kind)

    if limit.kind is TimerKind.NATURAL_DAYS:  # a last day that is off adds the days until offices open
        assert counted >= length(calendar=calendar, limit=limit)
        assert calendar.is_working_day(deadline.date())
    else:
        assert counted == length(calendar=calendar, limit=limit)


@given(calendars, st.lists(moments, min_size=2, max_size=8), kinds)
def test_however_a_period_is_split_the_parts_sum_to_the_whole(calendar, points, kind):
    points = sorted(points)

    whole = elapsed(calendar=calendar, start=points[0], end=points[-1], kind=kind)
    parts = [elapsed(calendar=calendar, start=start, end=end, kind=kind) for start, end in pairwise(points)]

    assert sum(parts, timedelta()) == whole
    if not kind.is_in_office_time:
        assert whole == points[-1] - points[0]


@given(calendars, moments, st.timedeltas(timedelta(), timedelta(days=90)), kinds)
def test_advancing_and_counting_are_inverse(calendar, start, counted, kind):
    moment = advance(calendar=calendar, start=start, counted=counted, kind=kind)

    assert elapsed(calendar=calendar, start=start, end=moment, kind=kind) == counted


@given(calendars, st.tuples(moments, moments).filter(lambda pair: pair[0] != pair[1]), kinds,
       st.lists(st.floats(0, 3), min_size=2, max_size=2))  # fmt: skip
def test_parts_of_a_limit_come_in_order(calendar, pair, kind, fractions):
    start, deadline = sorted(pair)
    # three times a quarter of a century leaves the table
    start = max(start, deadline - timedelta(days=365))

    first, second = (
        part(calendar=calendar, start=start, due=deadline, fraction=fraction, kind=kind)
        for fraction in sorted(fractions)
    )

    assert start <= first <= second
    assert part(calendar=calendar, start=start, due=deadline, fraction=1, kind=kind) == deadline


@given(calendars, moments, st.integers(1, 20), st.sampled_from([0.25, 0.5, 0.75, 1.5, 2]))
def test_a_part_holds_that_share_of_the_working_minutes(calendar, start, amount, fraction):
    deadline = due(calendar=calendar, start=start, limit=Limit(4 * amount, TimerKind.WORKING_HOURS))

    moment = part(calendar=calendar, start=start, due=deadline, fraction=fraction, kind=TimerKind.WORKING_HOURS)

    assert working_minutes_between(calendar=calendar, start=start, end=moment) == 240 * amount * fraction


@given(calendars, moments, st.integers(1, 30), by_office_or_nonstop, st.floats(0, 1), st.timedeltas(
    timedelta(), timedelta(days=60)))  # fmt: skip
def test_a_pause_costs_nothing_and_gives_nothing(calendar, start, amount, kind, share, pause):
    limit = Limit(amount, kind)
    deadline = due(calendar=calendar, start=start, limit=limit)
    paused_at = start + (deadline - start) * share
    resumed_at = paused_at + pause

    later = due_after_pause(
        calendar=calendar, due=deadline, paused_at=paused_at, resumed_at=resumed_at, kind=kind
    )  # fmt: skip

    before = elapsed(calendar=calendar, start=start, end=paused_at, kind=kind)
    after = elapsed(calendar=calendar, start=min(resumed_at, later), end=later, kind=kind)
    assert before + after == length(calendar=calendar, limit=limit)


@given(calendars, st.lists(moments, min_size=1, max_size=20), limits)
def test_arrays_give_what_single_moments_give(calendar, starts, limit):
    vector = np.array([start.astimezone(UTC).replace(tzinfo=None) for start in starts], dtype="datetime64[us]")

    answers = due_many(calendar, vector, limit)

    expected = [due(calendar=calendar, start=start, limit=limit).astimezone(UTC) for start in starts]
    assert [answer.replace(tzinfo=UTC) for answer in answers.tolist()] == expected


@given(calendars, moments, moments)
def test_working_minutes_of_arrays_equal_those_of_single_moments(calendar, one, other):
    start, end = sorted((one, other))
    first, last = (np.array([each.astimezone(UTC).replace(tzinfo=None)], "datetime64[us]") for each in (start, end))

    assert working_minutes_many(calendar, first, last).tolist() == [
        working_minutes_between(calendar=calendar, start=start, end=end)
    ]


@pytest.mark.parametrize("kind", TimerKind)
def test_an_array_outside_the_table_is_refused(kind):
    limit = Limit(40, kind)

    for words in ("1999-01-01", "2060-12-31T12:00", "2061-01-01", "NaT"):
        with pytest.raises(ValueError, match="covers the years 2004 to 2060"):
            due_many(load("lhasa"), np.array([words, "2026-01-01"], dtype="datetime64[s]"), limit)
    with pytest.raises(ValueError, match="must be datetime64"):
        due_many(load("lhasa"), np.array([1, 2]), limit)
    with pytest.raises(ValueError, match="lies before its start"):
        working_minutes_many(
            load("lhasa"), np.array(["2026-01-02"], "datetime64[s]"), np.array(["2026-01-01"], "datetime64[s]")
        )


def test_an_empty_array_has_no_deadlines():
    assert due_many(load("lhasa"), np.array([], dtype="datetime64[us]"), Limit(1, TimerKind.WORKING_DAYS)).size == 0
