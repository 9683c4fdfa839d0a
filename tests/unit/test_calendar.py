"""Deadlines on known dates (domain.md §3), and what the calendar refuses."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from linli.shared.calendar import (
    BEIJING,
    Limit,
    TimerKind,
    advance,
    calendar_warnings,
    due,
    due_after_pause,
    elapsed,
    length,
    load,
    part,
    working_minutes_between,
)
from linli.shared.calendar.days import forecast


def beijing(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("name", "start", "limit", "expected"),
    [
        # the acceptance cases
        ("lhasa", "2026-02-14T17:00", "5 working days", "2026-03-04T17:00"),
        ("lhasa", "2025-02-26T17:30", "2 working hours", "2025-03-05T11:00"),
        # urgent hours never stop
        ("lhasa", "2026-02-15T23:30", "2 urgent hours", "2026-02-16T01:30"),
        ("statutory", "2026-10-01T10:00", "30 urgent minutes", "2026-10-01T10:30"),
        # working hours: through the noon break, the night, the weekend; up to the close of business, not beyond
        ("lhasa", "2026-03-04T12:30", "1 working hour", "2026-03-04T16:00"),
        ("lhasa", "2026-03-06T17:45", "1 working hour", "2026-03-09T10:15"),
        ("lhasa", "2026-03-04T09:30", "6 working hours", "2026-03-04T18:00"),
        ("lhasa", "2026-03-04T14:00", "30 working minutes", "2026-03-04T16:00"),
        ("lhasa", "2026-03-07T12:00", "4 working hours", "2026-03-09T16:00"),
        ("statutory", "2026-09-30T17:00", "4 working hours", "2026-10-08T12:00"),
        # working days: the first is not counted, the time of day is kept, make-up days count
        ("statutory", "2026-02-13T10:00", "1 working day", "2026-02-14T10:00"),
        ("statutory", "2026-03-06T08:00", "1 working day", "2026-03-09T08:00"),
        ("statutory", "2026-03-06T00:00", "1 working day", "2026-03-09T00:00"),
        ("statutory", "2026-03-06T13:00", "1 working day", "2026-03-09T13:00"),
        # received after hours or on a day off: the last day ends at the close of business (民法典 203)
        ("statutory", "2026-03-06T21:00", "1 working day", "2026-03-09T18:00"),
        ("statutory", "2026-03-07T10:00", "1 working day", "2026-03-09T18:00"),
        ("statutory", "2026-03-07T10:00", "5 working days", "2026-03-13T18:00"),
        # natural days: a last day that is off moves to the next working day
        ("statutory", "2026-03-02T10:00", "7 natural days", "2026-03-09T10:00"),
        ("statutory", "2026-09-24T10:00", "7 natural days", "2026-10-08T10:00"),
        ("statutory", "2026-02-07T10:00", "7 natural days", "2026-02-14T10:00"),
        # a year whose arrangement is not published: Monday to Friday and the statutory days
        ("statutory", "2027-02-04T10:00", "1 working day", "2027-02-09T10:00"),
        ("statutory", "2027-04-30T10:00", "1 working day", "2027-05-03T10:00"),
    ],
)
def test_a_deadline_falls_where_the_rules_put_it(name, start, limit, expected):
    moment = due(calendar=load(name), start=beijing(start), limit=Limit.parse(limit))

    assert moment == beijing(expected)
    assert moment.tzinfo is BEIJING


def test_a_start_in_another_zone_is_the_same_moment():
    start = beijing("2026-02-14T17:00").astimezone(ZoneInfo("America/New_York"))

    moment = due(calendar=load("lhasa"), start=start, limit=Limit.parse("5 working days"))

    assert moment.isoformat() == "2026-03-04T17:00:00+08:00"


def test_seconds_and_microseconds_are_kept():
    start = beijing("2026-03-04T17:59:59.999999")

    assert due(calendar=load("lhasa"), start=start, limit=Limit.parse("1 working hour")) == beijing(
        "2026-03-05T10:29:59.999999"
    )


@pytest.mark.parametrize(
    ("start", "limit", "message"),
    [
        (datetime(2026, 3, 4, 17), "1 working hour", "has no time zone"),
        (datetime(2003, 12, 31, 17, tzinfo=BEIJING), "1 working hour", "covers the years 2004 to 2060, not 2003"),
        (datetime(2061, 1, 1, tzinfo=BEIJING), "1 natural day", "covers the years 2004 to 2060, not 2061"),
        (datetime(2060, 12, 31, 17, tzinfo=BEIJING), "9 urgent hours", "not 2061"),
        (datetime(2060, 12, 31, 17, tzinfo=BEIJING), "9 working hours", "not 2061"),
        (datetime(2060, 12, 31, 17, tzinfo=BEIJING), "1 working day", "not 2061"),
        (datetime(2060, 12, 31, 17, tzinfo=BEIJING), "1 natural day", "not 2061"),
        (datetime.max.replace(tzinfo=ZoneInfo("America/New_York")), "1 natural day", "not 9999"),
    ],
)
def test_a_moment_without_zone_or_outside_the_table_is_refused(start, limit, message):
    with pytest.raises(ValueError, match=message):
        due(calendar=load("statutory"), start=start, limit=Limit.parse(limit))


def test_an_unknown_calendar_is_refused_with_the_choices():
    with pytest.raises(ValueError, match="choose one of statutory, beijing, five-workday, lhasa"):
        load("mars")


def test_working_minutes_count_office_time_only():
    minutes = working_minutes_between(
        calendar=load("lhasa"), start=beijing("2026-02-14T17:00"), end=beijing("2026-03-04T17:00")
    )

    assert minutes == 5 * 6 * 60


def test_time_cannot_be_counted_backwards():
    early, late = beijing("2026-03-04T10:00"), beijing("2026-03-04T11:00")

    with pytest.raises(ValueError, match="lies before the start"):
        elapsed(calendar=load("lhasa"), start=late, end=early, kind=TimerKind.URGENT_HOURS)
    with pytest.raises(ValueError, match="backwards"):
        advance(calendar=load("lhasa"), start=early, counted=timedelta(-1), kind=TimerKind.URGENT_HOURS)
    with pytest.raises(ValueError, match="before the pause"):
        due_after_pause(calendar=load("lhasa"), due=late, paused_at=late, resumed_at=early, kind=TimerKind.URGENT_HOURS)


def test_every_moment_needs_a_zone():
    lhasa, aware, naive = load("lhasa"), beijing("2026-03-04T10:00"), datetime(2026, 3, 4, 11)
    kind = TimerKind.URGENT_HOURS

    for ask in (
        lambda: elapsed(calendar=lhasa, start=aware, end=naive, kind=kind),
        lambda: advance(calendar=lhasa, start=naive, counted=timedelta(hours=1), kind=kind),
        lambda: part(calendar=lhasa, start=aware, due=naive, fraction=0.5),
        lambda: due_after_pause(calendar=lhasa, due=naive, paused_at=aware, resumed_at=aware, kind=kind),
    ):
        with pytest.raises(ValueError, match="has no time zone"):
            ask()


@pytest.mark.parametrize(
    ("start", "limit", "fraction", "expected"),
    [
        ("2026-02-14T17:00", "5 working days", 0, "2026-02-14T17:00"),
        ("2026-02-14T17:00", "5 working days", 0.4, "2026-02-28T17:00"),
        ("2026-02-14T17:00", "5 working days", 1, "2026-03-04T17:00"),
        ("2026-02-14T17:00", "5 working days", 2, "2026-03-11T17:00"),
        ("2026-03-04T09:30", "4 working hours", 0.75, "2026-03-04T12:30"),
        ("2026-03-04T09:30", "4 working hours", 1.5, "2026-03-04T18:00"),
        ("2026-03-04T22:00", "2 urgent hours", 1.5, "2026-03-05T01:00"),
        ("2026-03-02T10:00", "7 natural days", 2, "2026-03-16T10:00"),
    ],
)
def test_a_part_of_a_limit_is_measured_on_its_own_clock(start, limit, fraction, expected):
    lhasa, parsed = load("lhasa"), Limit.parse(limit)
    deadline = due(calendar=lhasa, start=beijing(start), limit=parsed)

    moment = part(calendar=lhasa, start=beijing(start), due=deadline, fraction=fraction, kind=parsed.kind)

    assert moment == beijing(expected)


def test_without_a_named_clock_a_day_runs_on_and_longer_limits_keep_office_time():
    lhasa = load("lhasa")
    night, week = beijing("2026-03-04T22:00"), beijing("2026-02-14T17:00")

    assert part(calendar=lhasa, start=night, due=beijing("2026-03-05T00:00"), fraction=0.75) == beijing(
        "2026-03-04T23:30"
    )
    assert part(calendar=lhasa, start=week, due=beijing("2026-03-04T17:00"), fraction=0.4) == beijing(
        "2026-02-28T17:00"
    )


def test_a_deadline_set_by_hand_within_the_holidays_still_has_parts():
    start, deadline = beijing("2026-02-16T10:00"), beijing("2026-02-20T10:00")

    moment = part(calendar=load("lhasa"), start=start, due=deadline, fraction=1.5, kind=TimerKind.WORKING_DAYS)

    assert moment == beijing("2026-02-22T10:00")


@pytest.mark.parametrize("fraction", [-0.1, float("nan"), float("inf"), 1001])
def test_a_fraction_that_makes_no_sense_is_refused(fraction):
    with pytest.raises(ValueError, match="is not between 0 and 1000"):
        part(
            calendar=load("lhasa"),
            start=beijing("2026-03-04T10:00"),
            due=beijing("2026-03-04T12:00"),
            fraction=fraction,
        )


@pytest.mark.parametrize(
    ("due_at", "paused", "resumed", "kind", "expected"),
    [
        ("2026-03-09T17:00", "2026-03-04T17:00", "2026-04-08T17:00", "WORKING_DAYS", "2026-04-13T17:00"),
        ("2026-03-04T12:00", "2026-03-04T10:00", "2026-03-04T17:30", "WORKING_HOURS", "2026-03-05T11:00"),
        ("2026-03-04T12:00", "2026-03-04T10:00", "2026-03-04T23:30", "URGENT_HOURS", "2026-03-05T01:30"),
        ("2026-03-09T10:00", "2026-03-06T10:00", "2026-03-11T10:00", "NATURAL_DAYS", "2026-03-16T10:00"),
        ("2026-03-04T12:00", "2026-03-04T13:00", "2026-03-09T10:00", "WORKING_HOURS", "2026-03-04T12:00"),
        ("2026-03-04T12:00", "2026-03-04T11:00", "2026-03-04T11:00", "WORKING_DAYS", "2026-03-04T12:00"),
    ],
)
def test_what_was_left_at_the_pause_is_left_when_it_resumes(due_at, paused, resumed, kind, expected):
    moment = due_after_pause(
        calendar=load("lhasa"),
        due=beijing(due_at),
        paused_at=beijing(paused),
        resumed_at=beijing(resumed),
        kind=TimerKind(kind),
    )

    assert moment == beijing(expected)


def test_a_limit_has_a_length_on_its_own_clock():
    lhasa = load("lhasa")

    assert length(calendar=lhasa, limit=Limit.parse("2 working days")) == timedelta(hours=12)
    assert length(calendar=lhasa, limit=Limit.parse("2 natural days")) == timedelta(days=2)
    assert length(calendar=lhasa, limit=Limit.parse("90 working minutes")) == timedelta(minutes=90)


def test_days_follow_the_statutory_calendar_and_the_overlay():
    statutory, lhasa = load("statutory"), load("lhasa")

    assert statutory.is_working_day(date(2026, 2, 14))
    assert not statutory.is_working_day(date(2026, 2, 23))
    assert statutory.is_working_day(date(2026, 2, 24))
    assert not lhasa.is_working_day(date(2026, 2, 24))
    assert statutory.is_working_day(date(2025, 2, 28))
    assert not lhasa.is_working_day(date(2025, 2, 28))


def test_an_unpublished_year_has_its_thirteen_statutory_days():
    assert forecast(2027) == [
        date(2027, 1, 1),
        date(2027, 2, 5),
        date(2027, 2, 6),
        date(2027, 2, 7),
        date(2027, 2, 8),
        date(2027, 4, 5),
        date(2027, 5, 1),
        date(2027, 5, 2),
        date(2027, 6, 9),
        date(2027, 9, 15),
        date(2027, 10, 1),
        date(2027, 10, 2),
        date(2027, 10, 3),
    ]


def test_deadlines_of_an_unpublished_year_are_provisional():
    assert not load("statutory").is_provisional(2026)
    assert load("statutory").is_provisional(2027)
    assert load("lhasa").is_provisional(2027)


@pytest.mark.parametrize(
    ("name", "at", "expected"),
    [
        ("statutory", "2026-10-31T23:59", []),
        ("statutory", "2026-11-01T00:00", [(2027, "法定节假日安排")]),
        ("statutory", "2027-03-01T00:00", [(2027, "法定节假日安排")]),
        ("lhasa", "2026-11-23T00:00", [(2027, "法定节假日安排"), (2027, "本地节假日")]),
        ("lhasa", "2026-05-31T00:00", []),
        ("lhasa", "2026-06-01T00:00", [(2026, "雪顿节")]),
        ("lhasa", "2026-09-01T00:00", []),
    ],
)
def test_missing_dates_are_asked_for_in_time(name, at, expected):
    missing = calendar_warnings(calendar=load(name), at=beijing(at))

    assert [(each.year, each.name) for each in missing] == expected


def test_a_warning_is_a_sentence_and_needs_a_zone():
    statutory = load("statutory")

    (missing,) = calendar_warnings(calendar=statutory, at=beijing("2026-11-01T00:00"))

    assert missing.sentence == "2027年的法定节假日安排尚未录入，落在该年的时限均为暂定。"
    with pytest.raises(ValueError, match="has no time zone"):
        calendar_warnings(calendar=statutory, at=datetime(2026, 11, 1))
