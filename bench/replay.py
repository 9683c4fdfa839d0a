"""``./linli bench replay FILE``: years of real cases brought in with their own times, then counted against plain SQL.

FILE is a CSV (plain or gzip) with unique_key, opendate, closedate, complaint_type, descriptor and council_dist, as New
York's council districts publish theirs. Each council district becomes a community of a made-up district. Afterwards
what is open, what was opened and closed in each year, and how long it took, are asked of linli's own questions and of
the raw table by bare SQL: every pair must be equal.
"""

import argparse
import csv
import gzip
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import harness

AIM_SECONDS = 300
DISTRICT = "540102"
FIRST_ROW = 2  # as a spreadsheet counts
HEADINGS = ("编号", "内容", "反映时间", "办结时间", "区域代码")

RAW = """
CREATE TABLE bench_raw (number text, opened date, closed date, area text)
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Replay, compare, print, and return 1 if anything differs or the aim is missed."""
    parser = argparse.ArgumentParser(prog="linli bench replay", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(argv)
    with harness.system(scale="district") as bench:
        figures = replay(bench, asked.file)
    harness.show_json(figures) if asked.json else show(figures)
    return 1 if figures["missed"] else 0


def replay(bench: harness.Bench, file: Path) -> dict[str, Any]:
    from django.core.management import call_command

    communities = [
        code for (code,) in bench.rows("SELECT area_code FROM staff_unit WHERE kind = 'COMMUNITY' ORDER BY area_code")
    ]
    table, rejected = bench.folder / "past.csv", bench.folder / "rejected.csv"
    row_count = _write(file, table, communities)
    began = time.perf_counter()
    call_command("bring_in_history", table, rejected=rejected)
    seconds = time.perf_counter() - began
    with rejected.open(encoding="utf-8-sig", newline="") as kept_out:
        named = {int(row["行 row"]) for row in csv.DictReader(kept_out)}
    _load_raw(bench, table, without=named)
    differences = list(_compare(communities))
    figures = {
        "bench": "replay",
        "rows": row_count,
        "cases": bench.sql("SELECT count(*) FROM case_case")[0],
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


def _write(file: Path, table: Path, communities: Sequence[str]) -> int:
    """Write the file in linli's own headings; the same council district is always the same community."""
    places: dict[str, str] = {}
    count = 0
    with gzip.open(file, "rt", encoding="utf-8", newline="") as raw, table.open("w", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(HEADINGS)
        for row in csv.DictReader(raw):
            council = row["council_dist"]
            area = places.setdefault(council, communities[len(places) % len(communities)])
            words = f"{row['complaint_type']}: {row['descriptor']}".strip(": ") or "no words"
            writer.writerow([row["unique_key"], words, row["opendate"], row["closedate"], area])
            count += 1
    return count


def _load_raw(bench: harness.Bench, table: Path, *, without: set[int]) -> None:
    import psycopg

    with psycopg.connect(bench.url) as connection:
        connection.execute(RAW)
        with (
            table.open(encoding="utf-8", newline="") as file,
            connection.cursor().copy("COPY bench_raw FROM STDIN") as copy,
        ):
            for number, row in enumerate(csv.DictReader(file), FIRST_ROW):
                if number not in without:
                    copy.write_row((row["编号"], row["反映时间"], row["办结时间"] or None, row["区域代码"]))


def _compare(communities: Sequence[str]) -> Iterator[str]:
    """Ask every figure twice: of linli, and of the raw table."""
    from django.db import connection

    from linli.report import queries as reports
    from linli.shared.scope import EVERYTHING, acting

    def raw(statement: str, *values: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    now = datetime.now(UTC)
    with acting(EVERYTHING):
        board = reports.board(prefix=DISTRICT, at=now)
        yield from _differs("open", board.open_count, raw("SELECT count(*) FROM bench_raw WHERE closed IS NULL")[0][0])
        for code in communities:
            mine = reports.board(prefix=code, at=now).open_count
            theirs = raw("SELECT count(*) FROM bench_raw WHERE closed IS NULL AND area = %s", code)[0][0]
            yield from _differs(f"open in {code}", mine, theirs)
        for (year,) in raw("SELECT DISTINCT extract(year FROM opened)::int FROM bench_raw ORDER BY 1"):
            yield from _year(reports, raw, year)


def _year(reports: Any, raw: Any, year: int) -> Iterator[str]:
    from zoneinfo import ZoneInfo

    from linli.case.models import Case

    zone = ZoneInfo("Asia/Shanghai")
    since, until = datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    counted = reports.by_day(prefix=DISTRICT, since=since, until=until)
    spans = (f"{year}-01-01", f"{year + 1}-01-01")
    opened, closed = sum(day[1] for day in counted), sum(day[2] for day in counted)
    yield from _differs(
        f"opened in {year}",
        opened,
        raw("SELECT count(*) FROM bench_raw WHERE opened >= %s AND opened < %s", *spans)[0][0],
    )
    yield from _differs(
        f"closed in {year}",
        closed,
        raw("SELECT count(*) FROM bench_raw WHERE closed >= %s AND closed < %s", *spans)[0][0],
    )
    rates = reports.three_rates(prefix=DISTRICT, since=since, until=until)
    yield from _differs(
        f"counted for the response rate of {year}",
        rates.response.n,
        Case.objects.filter(opened_at__gte=since, opened_at__lt=until).count(),
    )
    ages = raw(
        "SELECT percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY (closed_at - opened_at)) FROM case_case"
        " WHERE opened_at >= %s AND opened_at < %s AND closed_at IS NOT NULL",
        since,
        until,
    )[0][0]
    wanted = raw(
        "SELECT percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY (closed - opened)) FROM bench_raw"
        " WHERE opened >= %s AND opened < %s AND closed IS NOT NULL",
        *spans,
    )[0][0]
    yield from _differs(f"days to close in {year}", [age.days for age in ages or []], wanted or [])


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
