"""``./linli bench rates``: the district's scorecard for a year of 1.5 million cases, beside the bare sum of its cells.

A year of cases, answers and call-backs is generated, rolled up by the product's own duty, and asked for as the page
asks: everything, by street, community, whistling and reporting units, by category. Beside each stands the bare
aggregate query over the same cells in the same role, as a program would write it that knew nothing of what has changed
since. Then a thousand cases change and are not rolled up: what the tail costs. Last the page itself over HTTP, as the
district sees it: this year beside the year before, both full; first counted each time (every request asks for another
last day), then as many people see it who look at the same page.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench import desk, harness, past

CASES = 1_500_000  # a year; the year before has as many
DAYS = 365
PAGE_CLIENTS, PAGE_SECONDS = 8, 6
ROUNDS = 15
AIM_MS, AIM_RATIO = 300.0, 1.5
CHUNK = 250_000
CHANGED = 1_000

FILL = """
INSERT INTO intake_appeal (id, channel, kind, received_at, title, text, language, address, datum, area_code, located_by,
    category_suggested, is_anonymous, is_confidential, external_number, fingerprint, photo_ids)
SELECT n, 'HOTLINE', 'HELP', %(until)s - (n %% 525600) * interval '1 minute', '', '楼道灯坏了', 'zh-hans', '', 'WGS84',
    '540102', 'GIVEN', '0104', true, false, '', sha256(n::text::bytea), '{}'
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n;

INSERT INTO case_case (id, number, state, kind, channel, category_code, title, area_code, is_outside, address, urgency,
    first_appeal_id, first_receiver_id, owner_id, lead_id, opened_at, dispatched_at, dispatch_due_at, due_at,
    due_since_at, limit_words, limit_rule, limit_version, is_due_provisional, finished_at, closed_at, close_reason,
    reopened_count, joined_count, supervision_level, moved_at, event_count, head_hash)
SELECT n, lpad(n::text, 11, '0'), s.state, 'HELP', 'HOTLINE', k.codes[1 + (n / 3) %% cardinality(k.codes)], '灯坏了',
    o.areas[s.own], false, '', 'GENERAL', n, o.ids[s.own], o.ids[s.own],
    CASE WHEN n %% 2 = 0 THEN u.ids[1 + (n / 7) %% cardinality(u.ids)] END, s.at, s.at + (n %% 36) * interval '1 hour',
    s.at + interval '24 hours', s.at + interval '3 days', s.at, '3 working days', 'category:0104', 'lhasa-1', false,
    s.at + interval '2 days', CASE WHEN s.state <> 'HANDLING' THEN s.at + interval '4 days' END,
    CASE s.state WHEN 'HANDLING' THEN '' WHEN 'CLOSED' THEN 'CONFIRMED' ELSE s.state END,
    0, 0, 0, s.at, 1, sha256(n::text::bytea)
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids, array_agg(area_code ORDER BY id) AS areas
            FROM staff_unit WHERE kind = 'COMMUNITY') o
CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM staff_unit WHERE kind = 'DEPARTMENT') u
CROSS JOIN (SELECT array_agg(code ORDER BY code) AS codes FROM text_category WHERE parent_code <> '') k
CROSS JOIN LATERAL (SELECT %(until)s - (n %% 525600) * interval '1 minute' AS at,
    1 + abs(hashint8(n)::bigint) %% cardinality(o.ids) AS own,
    CASE WHEN n %% 25 = 0 THEN 'HANDLING' WHEN n %% 29 = 0 THEN 'MERGED' WHEN n %% 31 = 0 THEN 'WITHDRAWN'
        ELSE 'CLOSED' END AS state) s;

INSERT INTO case_event (case_id, sequence, at, name, state_before, state_after, by_role, reason, detail, is_told, hash)
SELECT id, 1, opened_at, 'open', '', state, 'HOTLINE', '', '{}', true, head_hash
FROM case_case WHERE id BETWEEN %(first)s AND %(last)s;

INSERT INTO confirm_confirmation (case_id, round, at, is_solved, rating, reason, area_code, owner_id, handler_id)
SELECT id, 0, closed_at, id %% 11 <> 0, CASE WHEN id %% 13 = 0 THEN NULL ELSE id %% 5 + 1 END, '', area_code, owner_id,
    coalesce(lead_id, owner_id)
FROM case_case WHERE id BETWEEN %(first)s AND %(last)s AND state = 'CLOSED' AND id %% 5 <> 0;

INSERT INTO confirm_callback (case_id, round, area_code, state, excluded_for, way, tries, created_at, due_at, ended_at,
    reminded_level)
SELECT id, 0, area_code, CASE WHEN id %% 5 = 0 THEN 'NOT_REACHED' ELSE 'ANSWERED' END,
    CASE WHEN id %% 17 = 0 THEN 'NO_CONTACT' ELSE '' END, 'PHONE', 1, finished_at, closed_at, closed_at, 0
FROM case_case WHERE id BETWEEN %(first)s AND %(last)s AND state = 'CLOSED';
"""
TABLES = ("intake_appeal", "case_case", "case_event", "confirm_confirmation", "confirm_callback", "report_fact",
          "report_cell")  # fmt: skip


def fill(bench: harness.Bench, *, cases: int, until: datetime) -> float:
    """Generate this year's cases and as many of the year before, in chunks; return the seconds it took."""
    began = time.perf_counter()
    past.years(bench, since=until - timedelta(days=2 * DAYS + 1))
    for earlier, start in ((1, 1), (0, cases + 1)):
        for first in range(start, start + cases, CHUNK):
            last = min(first + CHUNK, start + cases) - 1
            past.written(bench, FILL, {"first": first, "last": last, "until": until - timedelta(days=earlier * DAYS)})
    past.settle(bench, TABLES[:-2], past.SEQUENCES)
    return time.perf_counter() - began


def roll(bench: harness.Bench) -> tuple[int, float]:
    """Let the duty roll up and settle as the clock does, a minute apart; return how many cases, in how many seconds."""
    from linli.report import actions as rolling
    from linli.shared.scope import EVERYTHING, acting

    at, rolled, began = datetime.now(UTC), 0, time.perf_counter()
    with acting(EVERYTHING):
        rolled = rolling.roll_up(at=at)
        seconds = time.perf_counter() - began
        for minute in range(1, 4):
            rolling.roll_up(at=at + minute * timedelta(seconds=61))
    settled, top = bench.sql("SELECT (SELECT settled_id FROM report_mark), (SELECT max(id) FROM case_event)")
    if settled != top:
        raise RuntimeError(f"rolled up to event {settled} of {top}")
    for table in TABLES[-2:]:
        bench.sql(f"VACUUM ANALYZE {table}")
    return rolled, seconds


def timed(ask: Callable[[], Any]) -> float:
    """Return the median of some rounds in milliseconds, after one to warm up."""
    ask()
    took = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def bare(kind: str, *, prefix: str, first: date, last: date) -> Callable[[], Any]:
    """Return the aggregate query over the same cells, alone."""
    from django.db import connection

    from linli.report.queries.rolling import SUMMED
    from linli.report.queries.scorecard import spans

    parts = list(spans(first, last))
    where = " OR ".join("grain = %s AND starts_on >= %s AND starts_on < %s" for _part in parts)
    keys = {"B": "area_code, owner_id, lead_id, excluded_for", "C": "category_code, excluded_for"}[kind]
    statement = (
        f"SELECT {keys}, {SUMMED} FROM report_cell WHERE kind = '{kind}' AND ({where})"  # noqa: S608 -- our own words
        f" AND area_code >= %s AND area_code < %s GROUP BY {keys}"
    )
    values = [value for part in parts for value in part] + [prefix, prefix + ":"]

    def ask() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    return ask


def measure(*, prefix: str, first: date, last: date) -> list[dict[str, Any]]:
    """Measure each way the page asks, beside the bare sum."""
    from linli.report import queries as reports

    def scorecard(*sides: str, **how: Any) -> Callable[[], Any]:
        def ask() -> Any:
            card = reports.scorecard(prefix=prefix, first=first, last=last, **how)
            return card.total(), [card.by(side) for side in sides]

        return ask

    asked = {
        "whole scorecard": ("B", scorecard("street", "community", "owner", "lead")),
        "by street": ("B", scorecard("street")),
        "by category": ("C", scorecard("category", of_units=False, of_categories=True, of_areas=False)),
    }
    figures = []
    for name, (kind, ask) in asked.items():
        ours, theirs = timed(ask), timed(bare(kind, prefix=prefix, first=first, last=last))
        figures.append({"what": name, "ms": round(ours, 1), "bare_ms": round(theirs, 1),
                        "ratio": round(ours / theirs, 2)})  # fmt: skip
    fine = timed(scorecard("owner", category_code="01"))
    return [*figures, {"what": "by unit of one group of categories (facts)", "ms": round(fine, 1)}]


def change(bench: harness.Bench) -> None:
    """Let some cases move without the roll-up hearing of it."""
    bench.sql(
        "WITH moved AS (UPDATE case_case SET event_count = event_count + 1, category_code = '0102'"
        " WHERE id <= %s RETURNING id, opened_at, state, head_hash)"
        " INSERT INTO case_event (case_id, sequence, at, name, state_before, state_after, by_role, reason, detail,"
        " is_told, hash) SELECT id, 2, opened_at, 'correct', state, state, 'COMMUNITY', '', '{}', false, head_hash"
        " FROM moved",
        CHANGED,
    )


def page(bench: harness.Bench, *, last: date) -> list[dict[str, Any]]:
    """Ask for the page over HTTP: counted each time, and as it is kept for many who look at once."""
    cookie = desk.session_cookie("district")
    bench.serve()

    def asked(until: date) -> bytes:
        days = f"since={until - timedelta(days=DAYS - 1)}&until={until}"
        head = f"GET /district/rates/?period=custom&{days} HTTP/1.1\r\nHost: 127.0.0.1:{bench.port}\r\n"
        return f"{head}Cookie: sessionid={cookie}\r\nAccept-Language: zh-CN\r\n\r\n".encode()

    fresh = [asked(last - timedelta(days=day)) for day in range(1, ROUNDS + 1)]
    harness.load(bench.port, [asked(last)] * 40, clients=PAGE_CLIENTS, seconds=2, expected=b"200")
    counted = harness.load(bench.port, fresh, clients=1, seconds=600, expected=b"200")
    seen = harness.load(
        bench.port, [asked(last)] * 100_000, clients=PAGE_CLIENTS, seconds=PAGE_SECONDS, expected=b"200"
    )
    return [
        {"what": name, "ms": round(load.part(0.5), 1), "most_ms": round(load.part(1), 1), "refused": load.refused,
         "per_second": round(load.per_second, 1)}
        for name, load in (("the page, counted each time", counted), ("the page, many at once", seen))
    ]  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 if a figure misses its aim."""
    parser = argparse.ArgumentParser(prog="linli bench rates", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cases", type=int, default=CASES, help="of a year; the year before has as many")
    asked = parser.parse_args(argv)
    with harness.system(scale="district") as bench:
        answer = {"bench": "rates", "cases": asked.cases} | measured(bench, cases=asked.cases)
    harness.show_json(answer) if asked.json else show(answer)
    return 1 if answer["missed"] else 0


def measured(bench: harness.Bench, *, cases: int) -> dict[str, Any]:
    """Fill two years, roll them up, and measure the questions and the page."""
    from django.db import connection

    from linli.shared.scope import Scope, acting

    last = datetime.now(UTC).date()
    filled = fill(bench, cases=cases, until=datetime.now(UTC))
    rolled, seconds = roll(bench)
    pages = page(bench, last=last)
    prefix = bench.sql("SELECT area_code FROM staff_unit WHERE kind = 'DISTRICT'")[0]
    with acting(Scope(area_code=prefix)):
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE linli_app")
        figures = measure(prefix=prefix, first=last - timedelta(days=DAYS - 1), last=last)
        change(bench)
        changed = measure(prefix=prefix, first=last - timedelta(days=DAYS - 1), last=last)[0]
    facts, cells = bench.sql("SELECT (SELECT count(*) FROM report_fact), (SELECT count(*) FROM report_cell)")
    return {
        "facts": facts,
        "cells": cells,
        "figures": figures,
        "pages": pages,
        "with_changed_cases": {**changed, "what": f"whole scorecard, {CHANGED:,} cases changed since"},
        "filled_seconds": round(filled),
        "rolled_per_second": round(rolled / seconds),
        "missed": list(missed(figures, pages)),
    }


def missed(figures: Sequence[dict[str, Any]], pages: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Name every aim that was missed."""
    for row in figures[:3]:
        if row["ms"] >= AIM_MS:
            yield f"{row['what']}: {row['ms']} ms >= {AIM_MS:.0f} ms"
        if row["ratio"] > AIM_RATIO:
            yield f"{row['what']}: {row['ratio']} times the bare sum > {AIM_RATIO}"
    for row in pages:
        if row["refused"]:
            yield f"{row['what']}: {row['refused']} answers were no page"
    if pages[0]["ms"] >= AIM_MS:
        yield f"{pages[0]['what']}: {pages[0]['ms']} ms >= {AIM_MS:.0f} ms"


def show(answer: dict[str, Any]) -> None:
    """Print for a person."""
    print(f"{answer['cases']:,} cases a year, {answer['facts']:,} facts, {answer['cells']:,} cells;"
          f" {answer['rolled_per_second']:,} cases/s rolled up")  # fmt: skip
    for row in [*answer["figures"], answer["with_changed_cases"], *answer["pages"]]:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    for words in answer["missed"]:
        print(f"missed: {words}")


if __name__ == "__main__":
    sys.exit(main())
