"""Overlays: what one place adds to the statutory calendar, from TOML or CSV files (日历附加表)."""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from linli.shared.calendar.days import FIRST_YEAR, LAST_YEAR

KINDS = ("off", "working")
ENTRIES = {*KINDS, "office_hours", "statutory_years", "local_years", "expected"}
RUN_MAX = 60  # longer than any holiday: a slip of the pen


@dataclass(frozen=True, slots=True)
class Change:
    """Some days in a row that are off, or worked, whatever the statutory calendar says (调整)."""

    kind: str
    first_on: date
    last_on: date
    name: str

    def days(self) -> Iterator[date]:
        """Return every day of the change (各日)."""
        return (self.first_on + timedelta(days=offset) for offset in range((self.last_on - self.first_on).days + 1))


@dataclass(frozen=True, slots=True)
class Expected:
    """A festival whose dates the district enters every year (每年录入的节日)."""

    name: str
    month: int


@dataclass(frozen=True, slots=True)
class Overlay:
    """One file's additions; empty hours leave the hours as they are (附加表)."""

    source: str
    changes: tuple[Change, ...] = ()
    office_hours: tuple[tuple[time, time], ...] = ()
    statutory_years: tuple[int, ...] = ()
    local_years: tuple[int, ...] = ()
    expected: tuple[Expected, ...] = ()


def read_overlay(path: Path) -> Overlay:
    """Read an overlay file, TOML or CSV (读附加表).

    Raises:
        ValueError: the file cannot be read, or a row is wrong; the sentence names the file and the row.
    """
    try:
        content = path.read_bytes()
    except OSError as trouble:
        raise ValueError(f"cannot read the calendar overlay {path}: {trouble.strerror}") from trouble
    try:
        return overlay_of(path.name, content)
    except ValueError as trouble:
        raise ValueError(f"the calendar overlay {path} is wrong: {trouble}") from trouble


def overlay_of(name: str, content: bytes) -> Overlay:
    """Read an overlay from what a file of this name holds (读附加表).

    Raises:
        ValueError: it is not a text, or a row is wrong; the sentence names the row.
    """
    try:
        text = _decode(content)
    except UnicodeDecodeError as trouble:
        raise ValueError("it is not a text") from trouble
    return _from_csv(name, text) if name.lower().endswith(".csv") else _from_toml(name, tomllib.loads(text))


def together(overlays: Sequence[Overlay]) -> Overlay:
    """Return several overlays as one, a later one on top of an earlier one (叠加)."""
    hours = [overlay.office_hours for overlay in overlays if overlay.office_hours]
    return Overlay(
        source=" + ".join(overlay.source for overlay in overlays),
        changes=tuple(change for overlay in overlays for change in overlay.changes),
        office_hours=hours[-1] if hours else (),
        statutory_years=tuple(sorted({year for overlay in overlays for year in overlay.statutory_years})),
        local_years=tuple(sorted({year for overlay in overlays for year in overlay.local_years})),
        expected=tuple(festival for overlay in overlays for festival in overlay.expected),
    )


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")  # spreadsheets of Chinese offices


def _from_csv(source: str, text: str) -> Overlay:
    rows = csv.DictReader(io.StringIO(text))
    if not {"kind", "from", "to", "name"} <= set(rows.fieldnames or ()):
        raise ValueError("the first row must be kind,from,to,name")
    changes = [_change(row["kind"], row, f"row {number}") for number, row in enumerate(rows, start=2)]
    return Overlay(source=source, changes=tuple(changes))


def _from_toml(source: str, table: Mapping[str, Any]) -> Overlay:
    if unknown := sorted(set(table) - ENTRIES):
        raise ValueError(f"unknown entry {unknown[0]}")
    changes = [
        _change(kind, row, f"{kind} {number}")
        for kind in KINDS
        for number, row in enumerate(_rows(table, kind), start=1)
    ]
    return Overlay(
        source=source,
        changes=tuple(changes),
        office_hours=_hours(table.get("office_hours", [])),
        statutory_years=_years(table, "statutory_years"),
        local_years=_years(table, "local_years"),
        expected=tuple(_expected(row) for row in _rows(table, "expected")),
    )


def _rows(table: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    rows = table.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{name} must be a list of tables, each headed [[{name}]]")
    return rows


def _years(table: Mapping[str, Any], name: str) -> tuple[int, ...]:
    years = table.get(name, [])
    if not isinstance(years, list) or not all(type(year) is int and FIRST_YEAR <= year <= LAST_YEAR for year in years):
        raise ValueError(f"{name} must be a list of years between {FIRST_YEAR} and {LAST_YEAR}")
    return tuple(years)


def _expected(row: Mapping[str, Any]) -> Expected:
    name, month = row.get("name"), row.get("month")
    if not isinstance(name, str) or type(month) is not int or not 1 <= month <= 12:
        raise ValueError("an expected festival has a name and a month from 1 to 12")
    return Expected(name, month)


def _hours(rows: Any) -> tuple[tuple[time, time], ...]:
    try:
        hours = tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in rows)
    except (TypeError, ValueError):
        raise ValueError('office_hours must be pairs such as [["09:30", "13:00"], ["15:30", "18:00"]]') from None
    moments = [moment for span in hours for moment in span]
    if moments != sorted(set(moments)):
        raise ValueError("office hours must follow each other through the day without overlap")
    return hours


def _change(kind: str, row: Mapping[str, Any], where: str) -> Change:
    if kind not in KINDS:
        raise ValueError(f"{where}: {kind!r} is neither off nor working")
    if "from" not in row:
        raise ValueError(f"{where}: there is no from")
    first = _day(row["from"], where)
    last = _day(row.get("to") or row["from"], where)
    if last < first or (last - first).days >= RUN_MAX:
        raise ValueError(f"{where}: {first} to {last} is not a run of 1 to {RUN_MAX} days")
    return Change(kind, first, last, str(row.get("name") or ""))


def _day(value: object, where: str) -> date:
    try:
        day = value if type(value) is date else date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError(f"{where}: {value!r} is not a date such as 2026-02-15") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{where}: {day} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return day
