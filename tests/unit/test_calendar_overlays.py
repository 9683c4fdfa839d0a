"""A district's own days, from a file or from a form."""

import os
from datetime import date, datetime

import pytest

from linli.shared.calendar import BEIJING, Change, Limit, Overlay, calendar_warnings, due, load, read_overlay

SHOTON = Change("off", date(2026, 8, 12), date(2026, 8, 18), "雪顿节")


def write(folder, name, text, encoding="utf-8"):
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_district_enters_its_festival_as_csv_in_any_usual_encoding(tmp_path, encoding):
    path = write(tmp_path, "local.csv", "kind,from,to,name\noff,2026-08-12,2026-08-18,雪顿节\n", encoding)

    assert read_overlay(path).changes == (SHOTON,)


def test_a_festival_moves_deadlines_and_stops_its_warning():
    lhasa = load("lhasa", Overlay("form", changes=(SHOTON,)))
    start = datetime(2026, 8, 11, 10, tzinfo=BEIJING)

    assert due(calendar=lhasa, start=start, limit=Limit.parse("1 working day")) == start.replace(day=19)
    assert due(calendar=load("lhasa"), start=start, limit=Limit.parse("1 working day")) == start.replace(day=12)
    assert calendar_warnings(calendar=lhasa, at=start) == []


def test_a_file_that_has_changed_is_read_again(tmp_path):
    path = write(tmp_path, "local.toml", "")
    assert load("lhasa", path).is_working_day(date(2026, 8, 12))

    write(tmp_path, "local.toml", "[[off]]\nfrom = 2026-08-12\n")
    os.utime(path, ns=(1, 1))

    assert not load("lhasa", path).is_working_day(date(2026, 8, 12))


def test_an_overlay_brings_office_hours_and_a_published_year(tmp_path):
    path = write(
        tmp_path,
        "2027.toml",
        """
        office_hours = [["10:00", "16:00"]]
        statutory_years = [2027]
        [[off]]
        from = "2027-02-05"
        to = "2027-02-11"
        name = "春节"
        [[working]]
        from = 2027-02-13
        name = "春节调休"
        """,
    )
    calendar = load("statutory", path)

    assert not calendar.is_provisional(2027)
    assert calendar.is_provisional(2028)
    assert calendar.is_working_day(date(2027, 2, 13))
    assert calendar.is_working_day(date(2027, 4, 5))  # the file says which days are off; nothing is forecast
    assert due(
        calendar=calendar, start=datetime(2027, 2, 4, 15, tzinfo=BEIJING), limit=Limit.parse("2 working hours")
    ) == datetime(2027, 2, 12, 11, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "day,name\n", "the first row must be kind,from,to,name"),
        ("a.csv", "kind,from,to,name\nholiday,2026-08-12,,雪顿节\n", "row 2: 'holiday' is neither off nor working"),
        ("a.csv", "kind,from,to,name\noff,12/8/2026,,雪顿节\n", "row 2: '12/8/2026' is not a date"),
        ("a.csv", "kind,from,to,name\noff,2026-08-12,2026-08-01,雪顿节\n", "row 2: .* is not a run"),
        ("a.csv", "kind,from,to,name\noff,2066-08-12,,雪顿节\n", "row 2: .* is not between 2004 and 2060"),
        ("a.csv", "kind,from,to,name\noff\n", "row 2: None is not a date"),
        ("a.toml", "[[off]]\nname = 'x'\n", "off 1: there is no from"),
        ("a.toml", "offf = 1\n", "unknown entry offf"),
        ("a.toml", "off = 1\n", "off must be a list of tables"),
        ("a.toml", "office_hours = [['09:00', '08:00']]\n", "follow each other through the day"),
        ("a.toml", "office_hours = [['9', '18:00', '19:00']]\n", "office_hours must be pairs"),
        ("a.toml", "office_hours = []\n[[[", "Cannot|Invalid|Expected"),
        ("a.toml", "statutory_years = 2027\n", "statutory_years must be a list of years"),
        ("a.toml", "expected = [{name = '雪顿节', month = 13}]\n", "a name and a month"),
    ],
)
def test_a_wrong_overlay_names_the_file_and_the_row(tmp_path, name, text, message):
    path = write(tmp_path, name, text)

    with pytest.raises(ValueError, match=f"the calendar overlay .*{name} is wrong: .*({message})"):
        load("lhasa", path)


def test_an_overlay_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="cannot read the calendar overlay"):
        load("lhasa", tmp_path / "none.toml")
    with pytest.raises(ValueError, match="cannot read the calendar overlay"):
        read_overlay(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "photo.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xff\xff")

    with pytest.raises(ValueError, match="is wrong"):
        read_overlay(path)
