"""``./linli bench replay FILE``: years of real cases brought in with their own times, then counted against plain SQL.

FILE is a CSV (plain or gzip) with unique_key, opendate, closedate, complaint_type, descriptor and council_dist, as New
York's council districts publish theirs. Each council district becomes a community of a made-up district. Every row of
the file is also put into a raw table. What is open, what was opened and closed in each year, how long it took, what the
rates count and leave out, and which rows were turned away, are then asked of linli's own questions and of the raw table
by bare SQL: every pair must be equal.
"""

import argparse
import csv
import gzip
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench import harness

AIM_SECONDS = 300
DISTRICT = "540102"
FIRST_ROW = 2  # as a spreadsheet counts
HEADINGS = ("编号", "内容", "反映时间", "办结时间", "区域代码")

# What may be brought in is decided here once more, from the raw rows alone: a number counts once, where it stands
# first, and no case is closed before it was opened.
RAW = """
CREATE TABLE bench_raw (row int, number text, opened date, closed date, area text)
"""
KEPT = """
CREATE TABLE bench_kept AS SELECT row, number, opened, closed, area FROM (
    SELECT *, row_number() OVER (PARTITION BY number ORDER BY row) AS time FROM bench_raw
) numbered WHERE time = 1 AND number <> '' AND opened >= '2000-01-01' AND (closed IS NULL OR closed >= opened)
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Replay, compare, print, and return 1 if anything differs or the aim is missed."""
    parser = argparse.ArgumentParser(prog="linli bench replay", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(argv)
    with harness.system(scale="district") as bench, gzip.open(asked.file, "rt", encoding="utf-8", newline="") as raw:
        figures = replay(csv.DictReader(raw), folder=bench.folder)
    harness.show_json(figures) if asked.json else show(figures)
    return 1 if figures["missed"] else 0


def replay(past: Iterable[dict[str, str]], *, folder: Path) -> dict[str, Any]:
    """Bring the rows in, and say in which figures linli and plain SQL differ; Django's database is used for both."""
    from django.core.management import call_command

    from linli.case.models import Case

    communities = [
        code for (code,) in _raw("SELECT area_code FROM staff_unit WHERE kind = 'COMMUNITY' ORDER BY area_code")
    ]
    table, rejected = folder / "past.csv", folder / "rejected.csv"
    row_count = _write(past, table, communities)
    began = time.perf_counter()
    call_command("bring_in_history", table, rejected=rejected)
    seconds = time.perf_counter() - began
    with rejected.open(encoding="utf-8-sig", newline="") as kept_out:
        named = {int(row["行 row"]) for row in csv.DictReader(kept_out)}
    _load_raw(table)
    differences = list(_compare(communities, named))
    figures = {
        "bench": "replay",
        "rows": row_count,
        "cases": Case.objects.count(),
        "named_by_row": len(named),
        "seconds": round(seconds, 1),
        "per_second": round(row_count / seconds),
        "differences": differences,
    }
    figures["missed"] = [
        words
        for words, is_missed in (
            (f"{seconds:.0f} s > {AIM_SECONDS} s", seconds > AIM_SECONDS),
            ("rows are missing", figures["cases"] + len(named) != row_count),
            (f"{len(differences)} figures differ", bool(differences)),
        )
        if is_missed
    ]
    return figures


def _write(past: Iterable[dict[str, str]], table: Path, communities: Sequence[str]) -> int:
    """Write the file in linli's own headings; the same council district is always the same community."""
    places: dict[str, str] = {}
    count = 0
    with table.open("w", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(HEADINGS)
        for row in past:
            council = row["council_dist"]
            area = places.setdefault(council, communities[len(places) % len(communities)])
            words = f"{row['complaint_type']}: {row['descriptor']}".strip(": ") or "no words"
            writer.writerow([row["unique_key"], words, row["opendate"], row["closedate"], area])
            count += 1
    return count


def _load_raw(table: Path) -> None:
    """Put every row into the raw table, also those that linli turned away."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(RAW)
        with (
            table.open(encoding="utf-8", newline="") as file,
            cursor.copy("COPY bench_raw FROM STDIN") as copy,
        ):
            for number, row in enumerate(csv.DictReader(file), FIRST_ROW):
                copy.write_row((number, row["编号"], row["反映时间"], row["办结时间"] or None, row["区域代码"]))
        cursor.execute(KEPT)


def _raw(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _compare(communities: Sequence[str], named: set[int]) -> Iterator[str]:
    """Ask every figure twice: of linli, and of the raw table."""
    from linli.case.models import Case
    from linli.report import actions as rolling
    from linli.report import queries as reports
    from linli.shared.scope import EVERYTHING, acting

    now = datetime.now(UTC)
    turned_away = {row for (row,) in _raw("SELECT row FROM bench_raw EXCEPT SELECT row FROM bench_kept")}
    yield from _differs("rows turned away", sorted(named), sorted(turned_away))
    with acting(EVERYTHING):
        yield from _differs("cases", Case.objects.count(), _raw("SELECT count(*) FROM bench_kept")[0][0])
        rolling.roll_up(at=now)
        board = reports.board(prefix=DISTRICT, at=now)
        yield from _differs(
            "open", board.open_count, _raw("SELECT count(*) FROM bench_kept WHERE closed IS NULL")[0][0]
        )
        for code in communities:
            mine = reports.board(prefix=code, at=now).open_count
            theirs = _raw("SELECT count(*) FROM bench_kept WHERE closed IS NULL AND area = %s", code)[0][0]
            yield from _differs(f"open in {code}", mine, theirs)
        for (year,) in _raw("SELECT DISTINCT extract(year FROM opened)::int FROM bench_kept ORDER BY 1"):
            yield from _year(reports, year)
            yield from _rates(reports, year)


def _year(reports: Any, year: int) -> Iterator[str]:
    since, until = _span(year)
    counted = reports.by_day(prefix=DISTRICT, since=since, until=until)
    spans = (f"{year}-01-01", f"{year + 1}-01-01")
    opened, closed = sum(day[1] for day in counted), sum(day[2] for day in counted)
    yield from _differs(
        f"opened in {year}",
        opened,
        _raw("SELECT count(*) FROM bench_kept WHERE opened >= %s AND opened < %s", *spans)[0][0],
    )
    yield from _differs(
        f"closed in {year}",
        closed,
        _raw("SELECT count(*) FROM bench_kept WHERE closed >= %s AND closed < %s", *spans)[0][0],
    )
    ages = _raw(
        "SELECT percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY (closed_at - opened_at)) FROM case_case"
        " WHERE opened_at >= %s AND opened_at < %s AND closed_at IS NOT NULL",
        since,
        until,
    )[0][0]
    wanted = _raw(
        "SELECT percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY (closed - opened)) FROM bench_kept"
        " WHERE opened >= %s AND opened < %s AND closed IS NOT NULL",
        *spans,
    )[0][0]
    yield from _differs(f"days to close in {year}", [age.days for age in ages or []], wanted or [])


def _rates(reports: Any, year: int) -> Iterator[str]:
    """Every row began elsewhere, so none is counted and every one is named as left out: live, summed, by community."""
    since, until = _span(year)
    rows = _raw(
        "SELECT area, count(*) FROM bench_kept WHERE opened >= %s AND opened < %s GROUP BY area ORDER BY area",
        f"{year}-01-01",
        f"{year + 1}-01-01",
    )
    wanted = {area: (0, 0, {"brought_in": count}) for area, count in rows}
    whole = 0, 0, {"brought_in": sum(count for _area, count in rows)}
    live = reports.three_rates(prefix=DISTRICT, since=since, until=until)
    card = reports.scorecard(prefix=DISTRICT, first=date(year, 1, 1), last=date(year, 12, 31))
    by_area = reports.three_rates_by("community", prefix=DISTRICT, since=since, until=until)
    yield from _differs(f"response rate of {year}, over the tables", _response(live), whole)
    yield from _differs(f"response rate of {year}, rolled up", _response(card.total()), whole)
    yield from _differs(
        f"response rate of each community in {year}",
        {area: _response(found) for area, found in by_area.items()},
        wanted,
    )
    yield from _differs(
        f"response rate of each community in {year}, rolled up",
        {area: _response(found) for area, found in card.by("community").items()},
        wanted,
    )


def _response(rates: Any) -> tuple[int, int, dict[str, int]]:
    return rates.response.n, rates.response.met, {name: count for name, count in rates.exclusions.items() if count}


def _span(year: int) -> tuple[datetime, datetime]:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Asia/Shanghai")
    return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)


def _differs(what: str, ours: Any, theirs: Any) -> Iterator[str]:
    if ours != theirs:
        yield f"{what}: {ours} here, {theirs} in the table"


def show(figures: dict[str, Any]) -> None:
    """Print for a person."""
    print(
        f"{figures['rows']:,} rows: {figures['cases']:,} cases in {figures['seconds']} s = {figures['per_second']:,}/s,"
        f" {figures['named_by_row']:,} named by row"
    )
    print("every figure equals plain SQL" if not figures["differences"] else "\n".join(figures["differences"]))
    for miss in figures["missed"]:
        print(f"missed: {miss}")


if __name__ == "__main__":
    sys.exit(main())
