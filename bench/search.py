"""``./linli bench search``: words looked for in a hundred thousand to five million cases, as a desk asks for them.

The cases are made up by the database from a list of words as often as in life: a few common, many rare. The product's
own indexer reads them, in the application's role. Each search then runs as the page runs it (find the newest thousand,
rank them, read fifty rows with the stretch to show), for a community, a department and the district, in turn. Beside it
in the same run stand the barest index query there is (the same pieces, fifty rows, no order, no scope) and a scan.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from bench import harness

SIZES = (100_000, 1_000_000)
ROUNDS = 15
AIM_P50_MS = 100.0
COMMON = (
    "楼道灯坏了",
    "垃圾没有清运",
    "井盖松动",
    "水管漏水",
    "停电",
    "噪声扰民",
    "路面破损",
    "占道经营",
    "电梯故障",
    "暖气不热",
)
SEARCHES = {
    "common": "楼道灯",
    "two words": "水管 漏水",
    "a place": "路程巷",
    "rare": "经幡杆歪了",
    "one in a million": "第七泵站",
    "nothing": "海滩救生员",
}
WORDS_TABLE = """
CREATE TABLE bench_words AS SELECT row_number() OVER () - 1 AS place, words FROM unnest(%(words)s::text[]) words;
CREATE TABLE bench_areas AS SELECT row_number() OVER (ORDER BY code) - 1 AS place, code FROM place_area
    WHERE level = 'GRID';
CREATE TABLE bench_units AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, id FROM staff_unit
    WHERE kind = 'DEPARTMENT'
"""
# The spread of words is that of a hash: the first of the list in one case of ten, the later ones ever more rarely.
FILL = """
CREATE TEMPORARY TABLE made AS
SELECT n, now() - (%(whole)s - n) * interval '1 minute' AS at, a.code AS area, u.id AS unit,
    w.words || '，' || v.words
        || CASE WHEN n %% 9973 = 0 THEN '，经幡杆歪了' WHEN n = %(first)s THEN '，第七泵站没有人' ELSE '' END
        || '。请尽快派人来看一看，谢谢。第' || n || '次反映。' AS said,
    s.words || n %% 40 + 1 || '号院' || n %% 7 + 1 || '栋' AS address
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
JOIN bench_words w ON w.place = abs(hashint8(n)) %% 10
JOIN bench_words v ON v.place = 10 + abs(hashint8(n * 31 + 7)) %% 400
JOIN bench_words s ON s.place = 410 + abs(hashint8(n * 17 + 3)) %% 200
JOIN bench_areas a ON a.place = abs(hashint8(n * 13 + 5)) %% (SELECT count(*) FROM bench_areas)
JOIN bench_units u ON u.place = abs(hashint8(n * 11 + 1)) %% (SELECT count(*) FROM bench_units);

INSERT INTO intake_appeal (id, channel, kind, received_at, title, text, language, address, datum, area_code, located_by,
    category_suggested, is_anonymous, is_confidential, external_number, fingerprint, photo_ids)
SELECT n, 'HOTLINE', 'HELP', at, '', said, 'zh-hans', address, 'WGS84', area, 'GIVEN', '0104', false, false, '',
    sha256(n::text::bytea), '{}' FROM made;

INSERT INTO case_case (id, number, state, kind, channel, category_code, title, area_code, is_outside, address, urgency,
    first_appeal_id, first_receiver_id, owner_id, lead_id, opened_at, dispatch_due_at, due_at, due_since_at,
    limit_words, limit_rule, limit_version, is_due_provisional, closed_at, close_reason, reopened_count, joined_count,
    supervision_level, moved_at, event_count, head_hash)
SELECT n, lpad(n::text, 11, '0'), CASE WHEN n %% 20 = 0 THEN 'HANDLING' ELSE 'CLOSED' END, 'HELP', 'HOTLINE',
    '0104', left(said, 30), area, false, address, 'GENERAL', n, %(owner)s, %(owner)s, unit,
    at, at, at, at, '3 working days', 'category:0104', 'lhasa-1', false,
    CASE WHEN n %% 20 = 0 THEN NULL ELSE at END, CASE WHEN n %% 20 = 0 THEN '' ELSE 'CONFIRMED' END, 0, 0, 0, at, 1,
    sha256(n::text::bytea) FROM made ORDER BY n;

INSERT INTO case_event (case_id, sequence, at, name, state_before, state_after, by_role, reason, detail, is_told, hash)
SELECT n, 1, at, 'open', '', 'DISPATCHED', 'HOTLINE', '', '{}', true, sha256(n::text::bytea) FROM made ORDER BY n;

DROP TABLE made;
"""
BARE = "SELECT case_id FROM case_wording WHERE pieces @> '{{{pieces}}}' LIMIT 50;"
SCAN = "SELECT c.id FROM case_case c JOIN intake_appeal a ON a.id = c.first_appeal_id WHERE a.text LIKE %s LIMIT 50"
STEP = 250_000


def words() -> list[str]:
    """Ten common openings, four hundred endings, two hundred lanes."""
    signs = "路平安和顺康宁福祥瑞丰盛兴隆永泰长春新"
    things = ("树枝", "栏杆", "门禁", "雨棚", "车棚", "花坛", "公厕", "路灯", "电线", "围墙")
    faults = ("断了", "歪了", "漏水", "有异味", "生锈", "倒了", "松了", "堵住了", "没人管", "太暗")
    places = ("院里", "门口", "后墙", "路边")
    endings = [f"{place}{thing}{fault}" for place in places for thing in things for fault in faults]
    lanes = ["路程巷", *(f"{one}{other}巷" for one in signs for other in signs if one != other)][:200]
    return [*COMMON, *endings, *lanes]


def fill(bench: harness.Bench, *, first: int, last: int, whole: int, owner: int) -> None:
    """Make up cases, appeals and events; their clocks run on to this minute."""
    import psycopg

    with psycopg.connect(bench.url, autocommit=True) as connection:
        for start in range(first, last + 1, STEP):
            given = {"first": start, "last": min(start + STEP - 1, last), "whole": whole, "owner": owner}
            with connection.transaction():
                for statement in FILL.split(";\n\n"):
                    connection.execute(statement, given)
    for table in ("intake_appeal", "case_case", "case_event"):
        bench.sql(f"VACUUM ANALYZE {table}")


@contextmanager
def as_application(scope: Any) -> Iterator[None]:
    """Act as the web server does: in the role that owns nothing, within a scope."""
    from django.db import connection

    from linli.shared.scope import acting

    with connection.cursor() as cursor:
        cursor.execute("SET ROLE linli_app")
    try:
        with acting(scope):
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def index(size: int) -> dict[str, float]:
    """Let the product's own indexer read what is new."""
    from linli.case.actions import index_words
    from linli.shared.scope import EVERYTHING

    began, count = time.perf_counter(), 0
    with as_application(EVERYTHING):
        while count < size:
            count += index_words(at=datetime.now(UTC), seconds=3600)
    seconds = time.perf_counter() - began
    return {"cases": count, "seconds": round(seconds, 1), "per_second": round(count / seconds)}


def posts() -> dict[str, Any]:
    """Return one post of each kind that searches."""
    from linli.staff.models import Post

    return {
        role.lower(): Post.objects.filter(role=role).select_related("unit").order_by("pk").first()
        for role in ("COMMUNITY", "DEPARTMENT", "DISTRICT")
    }


def page(post: Any, said: str) -> int:
    """Do what the page of what was found does; return how many there are."""
    from linli.case import finding
    from linli.whistle import queries as calls

    found = finding.found(said, at=datetime.now(UTC))
    cases = finding.ranked(calls.visible_to(post).filter(pk__in=found.case_ids), found.terms)
    list(finding.with_words(cases, found.terms).order_by("-fitness", "-pk")[:51])
    return len(found.case_ids)


def timed(call: Callable[[], Any], rounds: int = ROUNDS) -> tuple[dict[str, float], Any]:
    """Return how long a call takes, and what it answered."""
    answer, seconds = call(), []
    for _round in range(rounds):
        began = time.perf_counter()
        answer = call()
        seconds.append((time.perf_counter() - began) * 1000)
    ordered = sorted(seconds)
    return {"p50_ms": round(statistics.median(ordered), 2), "most_ms": round(ordered[-1], 2)}, answer


def measure(bench: harness.Bench) -> list[dict[str, Any]]:
    """Ask every search as every post; the bare query and the scan stand beside."""
    from linli.staff.queries import scope_of
    from linli.text.rules import terms_of, wanted_pieces

    figures = []
    for name, said in SEARCHES.items():
        pieces = ",".join(map(str, sorted(wanted_pieces(terms_of(said)))))
        bare, _rows = timed(lambda pieces=pieces: bench_rows(bench, BARE.format(pieces=pieces)))
        for role, post in posts().items():
            with as_application(scope_of(post)):
                ours, count = timed(lambda post=post, said=said: page(post, said))
            figures.append({"search": name, "as": role, "found": count, **ours, "bare_ms": bare["p50_ms"],
                            "ratio_to_bare": round(ours["p50_ms"] / bare["p50_ms"], 1)})  # fmt: skip
    return figures


def bench_rows(bench: harness.Bench, statement: str, *values: Any) -> Any:
    """Ask as the owner of the tables, on a connection that stays open."""
    import psycopg

    if "connection" not in _open:
        _open["connection"] = psycopg.connect(bench.url, autocommit=True)
    return _open["connection"].execute(statement.encode(), values or None).fetchall()


_open: dict[str, Any] = {}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench search", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    chosen = parser.parse_args()
    runs = []
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with harness.system(scale="small") as bench:
        import psycopg

        with psycopg.connect(bench.url, autocommit=True) as connection:
            for statement in WORDS_TABLE.split(";\n"):
                connection.execute(statement.replace("%(words)s", psycopg.sql.Literal(words()).as_string(connection)))
        owner = bench.sql("SELECT id FROM staff_unit WHERE kind = 'COMMUNITY' ORDER BY id LIMIT 1")[0]
        filled, whole = 0, max(chosen.sizes)
        for size in sorted(chosen.sizes):
            fill(bench, first=filled + 1, last=size, whole=whole, owner=owner)
            indexed = index(size - filled)
            bench.sql("VACUUM ANALYZE case_wording")
            filled = size
            scan, _rows = timed(lambda: bench_rows(bench, SCAN, "%海滩救生员%"), rounds=3)
            space = bench.sql("SELECT pg_table_size('case_wording'), pg_indexes_size('case_wording')")
            run = {
                "cases": size,
                "indexed_per_second": indexed["per_second"],
                "bytes_per_case": round(sum(space) / size),
                "scan_ms": scan["p50_ms"],
                "searches": measure(bench),
            }
            run["p50_ms"] = round(statistics.median(one["p50_ms"] for one in run["searches"]), 1)
            run["slowest_p50_ms"] = max(one["p50_ms"] for one in run["searches"])
            runs.append(run)
            if not chosen.json:
                show(run)
    missed = [f"{run['p50_ms']} ms at {run['cases']:,}" for run in runs if run["p50_ms"] > AIM_P50_MS]
    if chosen.json:
        harness.show_json({"sizes": runs, "aim_p50_ms": AIM_P50_MS, "missed": missed})
    elif missed:
        print("missed:", "; ".join(missed))


def show(run: dict[str, Any]) -> None:
    print(
        f"{run['cases']:,} cases: p50 {run['p50_ms']} ms, slowest search {run['slowest_p50_ms']} ms; a scan "
        f"{run['scan_ms']:,} ms; indexed {run['indexed_per_second']:,}/s, {run['bytes_per_case']} bytes a case"
    )
    for one in run["searches"]:
        print("  " + "  ".join(f"{name} {value}" for name, value in one.items()), flush=True)


if __name__ == "__main__":
    main()
