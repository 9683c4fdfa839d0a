"""``./linli bench rates``: the district's scorecard for a year of 1.5 million cases, beside the bare sum of its cells.

A year of cases, answers and call-backs is generated, rolled up by the product's own duty, and asked for as the page
asks: everything, by street, community, whistling and reporting units, by category. Beside each stands the bare
aggregate query over the same cells in the same role, as a program would write it that knew nothing of what has changed
since. Then a thousand cases change and are not rolled up: what the tail costs.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench import harness

CASES = 1_500_000
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
    """Generate the cases in chunks; return the seconds it took."""
    import psycopg

    began = time.perf_counter()
    with psycopg.connect(bench.url, autocommit=True) as connection:
        for first in range(1, cases + 1, CHUNK):
            bounds = {"first": first, "last": min(first + CHUNK - 1, cases), "until": until}
            for statement in FILL.split(";\n\n"):
                connection.execute(statement, bounds)
    return time.perf_counter() - began


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
    keys = "area_code, owner_id, lead_id, category_code, excluded_for"
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
        "by category": ("C", scorecard("category", of_units=False, of_categories=True)),
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


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench rates", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cases", type=int, default=CASES)
    chosen = parser.parse_args()
    last = datetime.now(UTC).date()
    with harness.system(scale="district") as bench:
        from django.db import connection

        from linli.report import actions as rolling
        from linli.shared.scope import EVERYTHING, Scope, acting

        filled = fill(bench, cases=chosen.cases, until=datetime.now(UTC))
        for table in TABLES:
            bench.sql(f"VACUUM ANALYZE {table}")
        began = time.perf_counter()
        with acting(EVERYTHING):
            rolled = rolling.roll_up(at=datetime.now(UTC))
        rolling_seconds = time.perf_counter() - began
        for table in TABLES[-2:]:
            bench.sql(f"VACUUM ANALYZE {table}")
        bench.sql("UPDATE report_mark SET settled_id = (SELECT max(id) FROM case_event)")  # as it is a minute later
        prefix = bench.sql("SELECT area_code FROM staff_unit WHERE kind = 'DISTRICT'")[0]
        with acting(Scope(area_code=prefix)):
            with connection.cursor() as cursor:
                cursor.execute("SET ROLE linli_app")
            figures = measure(prefix=prefix, first=last - timedelta(days=364), last=last)
            change(bench)
            changed = measure(prefix=prefix, first=last - timedelta(days=364), last=last)[0]
        cells = dict(zip(("cells", "facts"), bench.sql(
            "SELECT (SELECT count(*) FROM report_cell), (SELECT count(*) FROM report_fact)"), strict=True))  # fmt: skip
    answer = {
        "bench": "rates",
        "cases": chosen.cases,
        **cells,
        "figures": figures,
        "with_changed_cases": {"changed": CHANGED, **changed},
        "filled_seconds": round(filled),
        "rolled_per_second": round(rolled / rolling_seconds),
        "is_met": all(row["ms"] < AIM_MS and row.get("ratio", 0) <= AIM_RATIO for row in figures[:3]),
    }
    if chosen.json:
        harness.show_json(answer)
        return
    print(f"{chosen.cases:,} cases, {cells['facts']:,} facts, {cells['cells']:,} cells; "
          f"{answer['rolled_per_second']:,} cases/s rolled up")  # fmt: skip
    for row in [*figures, {**changed, "what": f"whole scorecard, {CHANGED:,} cases changed since"}]:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    print("met" if answer["is_met"] else f"missed: under {AIM_MS:.0f} ms and {AIM_RATIO} times the bare sum")


if __name__ == "__main__":
    main()
