"""Appeals accepted per second over HTTP, beside the same rows written as one bare transaction by pgbench.

POST /open311/v2/requests.json against the product's own web server (granian, 2 processes of 4 threads) and embedded
PostgreSQL with fsync on, role linli_app under row-level security: each appeal is located by its point among 1,150
grids, given a category, a number, deadlines, its sealed contact, its first event and its job, and committed. The peer
in the same run is pgbench writing the same five rows in one prepared statement. Client, server and database share the
machine's cores. With ``--cases`` so many cases lie there already. The bulk section imports a hotline file as
the worker does: one process, from the kept bytes to the rejected rows.
"""

import argparse
import csv
import io
import random
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from bench import harness, past

AIM_PER_SECOND, AIM_P99_MS, AIM_STATEMENTS, AIM_SHARE, AIM_BULK = 560, 50, 10, 0.20, 5_000
CLIENTS = (1, 8, 32)
BAD_EVERY = 500
TEXTS = (
    "楼道灯坏了三天，晚上看不见路，老人上下楼很不方便，请尽快派人来修。",
    "单元门口的下水道堵了，污水漫到路上，气味很大，已经两天没人管。",
    "小区门口路面塌陷，有一个大坑，昨天有人骑车摔倒。",
    "楼下垃圾桶满了没人清运，猫狗翻得到处都是。",
    "家里停水一上午了，打物业电话没人接，想问什么时候来水。",
)

BARE = """
WITH ids AS MATERIALIZED (
    SELECT nextval('intake_appeal_id_seq') AS appeal, nextval('case_case_id_seq') AS case_id,
        nextval('people_contactpoint_id_seq') AS contact
), contact AS (
    INSERT INTO people_contactpoint ({contact_columns}) SELECT {contact_values} FROM ids
), appeal AS (
    INSERT INTO intake_appeal ({appeal_columns}) SELECT {appeal_values} FROM ids
), opened AS (
    INSERT INTO case_case ({case_columns}) SELECT {case_values} FROM ids
), event AS (
    INSERT INTO case_event ({event_columns}) SELECT {event_values} FROM ids
)
INSERT INTO procrastinate_jobs (queue_name, task_name, args)
SELECT 'analysis', 'bare', jsonb_build_object('case_id', case_id) FROM ids;
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 if a figure misses its aim."""
    parser = argparse.ArgumentParser(prog="linli bench intake", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--bulk", type=int, default=20_000, help="rows of the bulk section")
    parser.add_argument("--clients", type=int, nargs="+", default=CLIENTS)
    parser.add_argument("--only", choices=("http", "bulk"))
    parser.add_argument("--cases", type=int, default=0, help="cases that lie there before, such as 5000000")
    parser.add_argument("--scale", choices=("small", "district"), default="district")
    asked = parser.parse_args(argv)
    with harness.system(scale=asked.scale) as bench:
        figures: dict[str, Any] = {"bench": "intake", "cases_before": asked.cases}
        if asked.cases:
            owner = past.prepare(bench, cases=asked.cases)
            past.fill(bench, first=1, last=asked.cases, whole=asked.cases, owner=owner)
        if asked.only != "bulk":
            figures |= over_http(bench, asked.seconds, asked.clients)
        if asked.only != "http":
            figures["bulk"] = in_bulk(asked.bulk)
    misses = list(missed(figures))
    figures["missed"] = misses
    harness.show_json(figures) if asked.json else show(figures)
    return 1 if misses else 0


def over_http(bench: harness.Bench, seconds: int, clients_tried: Sequence[int]) -> dict[str, Any]:
    from linli.intake import actions as intake
    from linli.intake.rules import Channel
    from linli.shared.scope import EVERYTHING, acting

    with acting(EVERYTHING):
        secret = intake.create_key(
            name="bench", channel=Channel.OPEN311, rate_per_minute=intake.RATE_MAX, at=datetime.now(UTC)
        ).secret
    requests = forms(secret, 4_000 * seconds // 4)
    bench.serve()
    harness.load(bench.port, requests[:800], clients=8, seconds=3)  # every thread has its connection and its caches
    runs = [_run(bench, requests, clients, seconds) for clients in clients_tried]
    script = bare_script(bench)
    harness.pgbench(bench.url, script, clients=8, seconds=2)
    bare = {
        str(clients): harness.pgbench(bench.url, script, clients=clients, seconds=seconds) for clients in clients_tried
    }
    for run in runs:
        run["share_of_bare"] = round(run["per_second"] / bare[str(run["clients"])]["per_second"], 3)
    return {"http": runs, "bare": bare}


def _run(bench: harness.Bench, requests: list[bytes], clients: int, seconds: int) -> dict[str, Any]:
    bench.sql("SELECT pg_stat_statements_reset()")
    cpu, commits = bench.cpu_seconds(), _commits(bench)
    cases = bench.sql("SELECT count(*) FROM case_case")[0]
    random.shuffle(requests)
    load = harness.load(bench.port, requests, clients=clients, seconds=seconds)
    time.sleep(1.2)  # the database reports its counters at most once a second
    used = bench.cpu_seconds()
    opened = bench.sql("SELECT count(*) FROM case_case")[0] - cases
    statements = bench.sql(
        "SELECT sum(calls) FROM pg_stat_statements JOIN pg_roles ON pg_roles.oid = userid WHERE rolname = 'linli_app'"
    )[0]
    if load.refused or opened != load.answers:
        raise RuntimeError(f"{load.refused} refused, {load.answers} answers, {opened} cases opened")
    return {
        "clients": clients,
        "per_second": round(load.per_second, 1),
        "p50_ms": round(load.part(0.5), 1),
        "p99_ms": round(load.part(0.99), 1),
        "statements_per_appeal": round(float(statements) / opened, 2),
        "commits_per_appeal": round((_commits(bench) - commits) / opened, 2),
        "cpu_ms_per_appeal": {
            "client": round(load.client_cpu_seconds * 1000 / opened, 2),
            **{name: round((used[name] - cpu[name]) * 1000 / opened, 2) for name in used},
        },
    }


def _commits(bench: harness.Bench) -> int:
    return int(bench.sql("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")[0])


def forms(secret: str, count: int) -> list[bytes]:
    """Make the requests beforehand: points all over the district, five wordings, a name and a phone number each."""
    west, south, east, north = _bounds()
    chance = random.Random(7)
    made = []
    for serial in range(count):
        form = {
            "api_key": secret,
            "service_code": chance.choice(("0101", "0103", "0201", "0301")) if serial % 2 else "0103",
            "lat": f"{chance.uniform(south, north):.6f}",
            "long": f"{chance.uniform(west, east):.6f}",
            "address_string": "路程巷3号院2栋",
            "description": f"{chance.choice(TEXTS)}（第{serial}件）",
            "first_name": "扎西",
            "phone": f"139{serial:08d}",
        }
        body = urlencode(form).encode()
        head = (
            "POST /open311/v2/requests.json HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


def _bounds() -> tuple[float, float, float, float]:
    from linli.place.queries import areas

    points = [(row.lng, row.lat) for row in areas(level="GRID") if row.lng is not None]
    lngs, lats = zip(*points, strict=True)
    return min(lngs), min(lats), max(lngs), max(lats)


def bare_script(bench: harness.Bench) -> str:
    """Take one of the rows just written and repeat it with new ids: the same columns, the same sizes."""
    columns: dict[str, str] = {}
    for name, table, changed in (
        ("contact", "people_contactpoint", {"id": "contact"}),
        ("appeal", "intake_appeal", {"id": "appeal", "contact_id": "NULL", "idempotency_key": "NULL"}),
        (
            "case",
            "case_case",
            {"id": "case_id", "first_appeal_id": "appeal", "number": "'b' || lpad(case_id::text, 10, '0')"},
        ),
        ("event", "case_event", {"id": "nextval('case_event_id_seq')", "case_id": "case_id"}),
    ):
        row = _last_row(bench, table)
        values = {column: changed.get(column, literal) for column, literal in row.items()}
        columns[f"{name}_columns"] = ", ".join(f'"{column}"' for column in values)
        columns[f"{name}_values"] = ", ".join(values.values())
    return BARE.format(**columns)


def _last_row(bench: harness.Bench, table: str) -> dict[str, str]:
    names = [
        row[0]
        for row in _rows(
            bench,
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
            table,
        )
    ]
    quoted = ", ".join(f"quote_nullable({name}) || '::' || pg_typeof({name})" for name in map(_quoted, names))
    literals = bench.sql(f"SELECT {quoted} FROM {table} ORDER BY id DESC LIMIT 1")  # noqa: S608 -- our own tables
    return dict(zip(names, literals, strict=True))


def _quoted(name: str) -> str:
    return f'"{name}"'


def _rows(bench: harness.Bench, statement: str, *values: Any) -> list[Any]:
    import psycopg

    with psycopg.connect(bench.url, autocommit=True) as connection:
        return connection.execute(statement.encode(), values).fetchall()


def in_bulk(count: int) -> dict[str, Any]:
    """Import a hotline file as the worker does, from its kept bytes to its rejected rows; the first ten warm up."""
    from linli.case import actions as cases
    from linli.intake import queries as appeals
    from linli.shared.collector import spare_what_is_loaded
    from linli.shared.scope import EVERYTHING, acting

    at = datetime.now(UTC)
    spare_what_is_loaded()  # as the worker does
    with acting(EVERYTHING):
        cases.import_file(file_id=_kept(hotline_file("G", 10), rows=10, at=at), at=at)
        file_id = _kept(hotline_file("H", count), rows=count, at=at)
        began = time.perf_counter()
        cases.import_file(file_id=file_id, at=at)
        seconds = time.perf_counter() - began
        file = appeals.hotline_file(file_id)
    rejected = len(range(BAD_EVERY - 1, count, BAD_EVERY))
    if (file.state, file.opened_count, file.rejected_count) != ("DONE", count - rejected, rejected):
        raise RuntimeError(f"{file.state}: {file.opened_count} opened, {file.rejected_count} rejected of {count}")
    return {"rows": count, "seconds": round(seconds, 2), "per_second": round(count / seconds)}


def hotline_file(letter: str, count: int) -> bytes:
    """Make a file as a hotline sends it: points all over the district, five wordings, one row in 500 without text."""
    west, south, east, north = _bounds()
    chance, yesterday = random.Random(11), datetime.now(UTC) - timedelta(days=1)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("工单编号", "来电时间", "诉求类型", "诉求内容", "事发地址", "经度", "纬度", "来电人", "联系电话"))
    for serial in range(count):
        text = "" if serial % BAD_EVERY == BAD_EVERY - 1 else f"{chance.choice(TEXTS)}（第{serial}件）"
        point = f"{chance.uniform(west, east):.6f}", f"{chance.uniform(south, north):.6f}"
        called_at = f"{yesterday:%Y-%m-%d} {8 + serial % 12:02d}:{serial % 60:02d}:00"
        number = f"{letter}{serial:010d}"
        writer.writerow((number, called_at, "求助", text, "路程巷3号院2栋", *point, "扎西", f"139{serial:08d}"))
    return out.getvalue().encode()


def _kept(content: bytes, *, rows: int, at: datetime) -> UUID:
    from linli.intake import actions as intake
    from linli.intake import forms
    from linli.staff import queries as staff

    columns = forms.guessed(forms.rows_of(content)[0].cells)
    post = staff.every_post()[0]
    file = intake.keep_file(name="12345.csv", content=content, columns=columns, rows=rows, post_id=post.pk, at=at)
    intake.start_file(file=file, post_id=post.pk, at=at)
    return file.pk


def missed(figures: dict[str, Any]) -> Any:
    """Name every aim that was missed."""
    for run in figures.get("http", []):
        if run["statements_per_appeal"] > AIM_STATEMENTS:
            yield f"statements {run['statements_per_appeal']} > {AIM_STATEMENTS}"
        if run["clients"] != 8:
            continue
        if run["per_second"] < AIM_PER_SECOND:
            yield f"{run['per_second']}/s < {AIM_PER_SECOND}/s at 8 clients"
        if run["p99_ms"] > AIM_P99_MS:
            yield f"p99 {run['p99_ms']} ms > {AIM_P99_MS} ms at 8 clients"
        if run["share_of_bare"] < AIM_SHARE:
            yield f"{run['share_of_bare']:.0%} of the bare transaction < {AIM_SHARE:.0%}"
    if "bulk" in figures and figures["bulk"]["per_second"] < AIM_BULK:
        yield f"bulk {figures['bulk']['per_second']}/s < {AIM_BULK}/s"


def show(figures: dict[str, Any]) -> None:
    print(f"{figures['cases_before']:,} cases before")
    if "http" in figures:
        print(f"{'clients':>8}{'appeals/s':>11}{'p50 ms':>8}{'p99 ms':>8}{'statements':>12}{'commits':>9}"
              f"{'bare/s':>9}{'share':>7}   cpu ms per appeal")  # fmt: skip
    for run in figures.get("http", []):
        bare = figures["bare"][str(run["clients"])]["per_second"]
        cpu = ", ".join(f"{name} {value}" for name, value in run["cpu_ms_per_appeal"].items())
        print(
            f"{run['clients']:>8}{run['per_second']:>11,.0f}{run['p50_ms']:>8.1f}{run['p99_ms']:>8.1f}"
            f"{run['statements_per_appeal']:>12.2f}{run['commits_per_appeal']:>9.2f}"
            f"{bare:>9,.0f}{run['share_of_bare']:>7.1%}   {cpu}"
        )
    if "bulk" in figures:
        bulk = figures["bulk"]
        print(f"bulk: {bulk['rows']:,} rows in {bulk['seconds']} s = {bulk['per_second']:,}/s")
    for miss in figures["missed"]:
        print(f"missed: {miss}")


if __name__ == "__main__":
    sys.exit(main())
