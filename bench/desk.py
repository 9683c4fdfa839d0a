"""``./linli bench desk``: a department's list of 50 rows per second, with ten thousand to five million cases.

The page is asked over HTTP as a logged-in department, from the real web server in the application's role, row-level
security on. Beside it stands the bare statement that reads the same 50 rows, run by pgbench on the same server in the
same run. The list must cost the same however many years of cases lie behind it.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import harness, past

SIZES = (10_000, 100_000, 1_000_000)
AIM_PER_SECOND, AIM_FIRST_TO_LAST, AIM_STATEMENTS = 250, 1.3, 8
STEP = 250_000
OPEN_SHARE = 20  # one case in so many is open; eight departments have them, so that the smallest size fills a page
CLIENTS = 8
SECONDS = 6
PATH = "/department/"

FILL = """
INSERT INTO intake_appeal (id, channel, kind, received_at, title, text, language, address, datum, area_code, located_by,
    category_suggested, is_anonymous, is_confidential, external_number, fingerprint, photo_ids)
SELECT n, 'HOTLINE', 'HELP', now() - n * interval '1 minute', '', '楼道灯坏了三天，晚上看不见路。', 'zh-hans',
    '路程巷3号院', 'WGS84', %(area)s, 'GIVEN', '0104', false, false, '', sha256(n::text::bytea), '{}'
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n;

INSERT INTO case_case (id, number, state, kind, channel, category_code, title, area_code, is_outside, address, urgency,
    first_appeal_id, first_receiver_id, owner_id, lead_id, opened_at, dispatch_due_at, due_at, due_since_at,
    limit_words, limit_rule, limit_version, is_due_provisional, closed_at, close_reason, reopened_count, joined_count,
    supervision_level, moved_at, event_count, head_hash)
SELECT n, lpad(n::text, 11, '0'), CASE WHEN n %% %(share)s = 0 THEN 'HANDLING' ELSE 'CLOSED' END, 'HELP', 'HOTLINE',
    '0104', '楼道灯坏了三天', %(area)s, false, '路程巷3号院', 'GENERAL', n, %(owner)s, %(owner)s, u.id,
    now() - n * interval '1 minute', now(), now() + (n %% 9000) * interval '1 minute', now() - n * interval '1 minute',
    '3 working days', 'category:0104', 'lhasa-1', false,
    CASE WHEN n %% %(share)s = 0 THEN NULL ELSE now() END,
    CASE WHEN n %% %(share)s = 0 THEN '' ELSE 'CONFIRMED' END, 0, 0, 0, now(), 1, sha256(n::text::bytea)
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM staff_unit WHERE kind = 'DEPARTMENT') u
    ON u.place = (n / %(share)s) %% 8;

INSERT INTO whistle_whistle (id, case_id, kind, blown_at, blown_by_post_id, blown_by_unit_id, message)
SELECT id, id, 'SERVICE', opened_at, 1, owner_id, '' FROM case_case WHERE id BETWEEN %(first)s AND %(last)s;

INSERT INTO whistle_called (whistle_id, case_id, unit_id, is_lead, state, called_at, report_in_due_at, reported_in_at,
    due_at, ended_at, words)
SELECT id, id, lead_id, true, CASE WHEN closed_at IS NULL THEN 'CALLED' ELSE 'FINISHED' END, opened_at, due_at,
    NULL, due_at, closed_at, ''
FROM case_case WHERE id BETWEEN %(first)s AND %(last)s;

INSERT INTO case_event (case_id, sequence, at, name, state_before, state_after, by_role, reason, detail, is_told, hash)
SELECT id, 1, opened_at, 'open', '', 'DISPATCHED', 'HOTLINE', '', '{}', true, head_hash
FROM case_case WHERE id BETWEEN %(first)s AND %(last)s;
"""
TABLES = ("intake_appeal", "case_case", "case_event", "whistle_whistle", "whistle_called")
SEQUENCES = ("intake_appeal_id_seq", "case_case_id_seq", "whistle_whistle_id_seq")

BARE = """
SELECT c.id, c.state, c.due_at, c.is_lead, k.number, k.title, k.area_code, k.category_code, k.state, k.owner_id
FROM whistle_called c JOIN case_case k ON k.id = c.case_id
WHERE c.unit_id = {unit} AND c.ended_at IS NULL AND c.state IN ('CALLED', 'COUNTERED') ORDER BY c.due_at, c.id LIMIT 51;
"""


def fill(bench: harness.Bench, *, first: int, last: int, area: str, owner: int) -> None:
    past.years(bench, since=datetime.now(UTC) - timedelta(minutes=last))
    for start in range(first, last + 1, STEP):
        given = {"first": start, "last": min(start + STEP - 1, last), "area": area, "owner": owner, "share": OPEN_SHARE}
        past.written(bench, FILL, given)
    past.settle(bench, TABLES, SEQUENCES)


def session_cookie(username: str) -> str:
    """Log in as a department without the cost of the password hash in the measurement."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from linli.staff.models import Account
    from linli.staff.sessions import SessionStore

    account = Account.objects.get(username=username)
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": 0}]
    session["account_authentication_methods_user"] = str(account.pk)
    session["seen_at"] = datetime.now(UTC).timestamp()
    session.save()
    return str(session.session_key)


def request(port: int, cookie: str) -> bytes:
    return (
        f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: sessionid={cookie}\r\nAccept-Language: zh-CN\r\n\r\n"
    ).encode()


def calls_so_far(bench: harness.Bench) -> int:
    """Count the statements the application has said, the measurement's own left out."""
    return int(
        bench.sql("SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE strpos(query, 'pg_stat') = 0")[0]
    )


def measure(bench: harness.Bench, *, size: int, unit: int, cookie: str) -> dict[str, Any]:
    harness.load(bench.port, [request(bench.port, cookie)] * 200, clients=CLIENTS, seconds=3, expected=b"200")
    before = calls_so_far(bench)
    load = harness.load(
        bench.port, [request(bench.port, cookie)] * 100_000, clients=CLIENTS, seconds=SECONDS, expected=b"200"
    )
    statements = calls_so_far(bench) - before
    bare = harness.pgbench(bench.url, BARE.format(unit=unit), clients=CLIENTS, seconds=SECONDS)
    return {
        "cases": size,
        "lists_per_second": round(load.per_second, 1),
        "refused": load.refused,
        "p50_ms": round(load.part(0.5), 1),
        "p99_ms": round(load.part(0.99), 1),
        "statements_per_list": round(float(statements) / max(load.answers, 1), 2),
        "bare_per_second": round(bare["per_second"]),
        "ratio_to_bare": round(load.per_second / bare["per_second"], 3),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 if a figure misses its aim."""
    parser = argparse.ArgumentParser(prog="linli bench desk", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="numbers of cases, up to 5000000")
    asked = parser.parse_args(argv)
    figures: list[dict[str, Any]] = []
    with harness.system(scale="small") as bench:
        unit = bench.sql("SELECT id FROM staff_unit WHERE code = 'CG'")[0]
        owner, area = bench.sql("SELECT id, area_code FROM staff_unit WHERE kind = 'COMMUNITY' ORDER BY id LIMIT 1")
        cookie = session_cookie("dept-cg")
        bench.serve()
        filled = 0
        for size in sorted(asked.sizes):
            fill(bench, first=filled + 1, last=size, area=area, owner=owner)
            filled = size
            figures.append(measure(bench, size=size, unit=unit, cookie=cookie))
            if not asked.json:
                print("  ".join(f"{name} {value}" for name, value in figures[-1].items()), flush=True)
    flat = round(figures[0]["lists_per_second"] / figures[-1]["lists_per_second"], 2)
    misses = list(missed(figures, flat=flat))
    if asked.json:
        harness.show_json({"bench": "desk", "sizes": figures, "first_to_last": flat, "missed": misses})
    else:
        print(f"the first size is {flat:.2f} times as fast as the last")
        for words in misses:
            print(f"missed: {words}")
    return 1 if misses else 0


def missed(figures: Sequence[dict[str, Any]], *, flat: float) -> Iterator[str]:
    """Name every aim that was missed."""
    for run in figures:
        at = f"at {run['cases']:,} cases"
        if run["refused"]:
            yield f"{run['refused']} answers were no list {at}"
        if run["lists_per_second"] < AIM_PER_SECOND:
            yield f"{run['lists_per_second']}/s < {AIM_PER_SECOND}/s {at}"
        if run["statements_per_list"] > AIM_STATEMENTS:
            yield f"{run['statements_per_list']} statements > {AIM_STATEMENTS} {at}"
    if flat > AIM_FIRST_TO_LAST:
        yield f"the first size is {flat} times as fast as the last, > {AIM_FIRST_TO_LAST}"


if __name__ == "__main__":
    sys.exit(main())
