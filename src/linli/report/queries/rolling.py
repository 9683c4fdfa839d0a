"""The statements of the roll-up: what a case counts for, what has changed, how facts become sums (汇总语句).

``LIVE`` is compiled from the figures that also count and list rows, so a number has one definition everywhere.
"""

import hashlib
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Case as Choose
from django.db.models import Count, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Left, TruncDate

from linli.case.models import Case
from linli.confirm.models import CallBack
from linli.report.models import AREA_DIGITS, COUNTERS
from linli.report.queries.boards import BEIJING
from linli.report.queries.figures import ANSWERS, CALL_BACKS, EXCLUDED_FOR, RESPONDED, last_words

NO_END = 9_223_372_036_854_775_807
STALE = RawSQL("SELECT id FROM stale", ())
ANSWERED = ("answered", "solved", "rated", "satisfied")
CALLED = ("called", "reached", "declined", "not_reached", "no_contact", "asked_not")
ADDED = ", ".join(COUNTERS)
SUMMED = ", ".join(f"sum({name})::bigint AS {name}" for name in COUNTERS)

# Cases with an event in a window of ids whose fact is missing or older than they are.
STALE_CASES = """
SELECT c.id FROM (SELECT DISTINCT case_id AS id FROM case_event WHERE id > {low} AND id <= {high}) changed
JOIN case_case c USING (id) LEFT JOIN report_fact f ON f.case_id = c.id
WHERE f.event_count IS DISTINCT FROM c.event_count"""
# Their ids are named in the statement itself, so that the server knows how many there are and plans for as many.
NAMED = "stale AS MATERIALIZED (SELECT unnest(%s::bigint[]) AS id)"
# From a case with its last answer and its call-backs to one fact.
LIVE = """
live AS MATERIALIZED (
    SELECT c.id AS case_id, c.event_count, c.opened_on, c.area AS area_code, c.category_code, c.owner_id,
        CASE WHEN c.lead_id IS NULL OR c.lead_id = c.owner_id THEN 0 ELSE c.lead_id END AS lead_id,
        coalesce(a.owner_id, 0) AS said_owner_id,
        CASE WHEN a.handler_id IS NULL OR a.handler_id = a.owner_id THEN 0 ELSE a.handler_id END AS said_lead_id,
        c.excluded AS excluded_for, c.has_responded AS responded, {answered}, {called}
    FROM ({cases}) c LEFT JOIN ({answers}) a ON a.case_id = c.id LEFT JOIN ({call_backs}) b ON b.case_id = c.id
),
kept AS MATERIALIZED (SELECT f.* FROM report_fact f JOIN stale ON stale.id = f.case_id)"""
# What a fact adds to sums: a case and its call-backs count for who has it, an answer for whom it was about.
PARTS = """
SELECT f.opened_on, f.area_code, f.category_code, f.excluded_for, p.*
FROM {facts} f CROSS JOIN LATERAL (VALUES
    (f.owner_id, f.lead_id, f.sign, f.sign * f.responded, 0, 0, 0, 0, f.sign * f.called, f.sign * f.reached,
        f.sign * f.declined, f.sign * f.not_reached, f.sign * f.no_contact, f.sign * f.asked_not),
    (f.said_owner_id, f.said_lead_id, 0, 0, f.sign * f.answered, f.sign * f.solved, f.sign * f.rated,
        f.sign * f.satisfied, 0, 0, 0, 0, 0, 0)
) p (owner_id, lead_id, {added})
WHERE p.owner_id <> 0"""
FACT = (
    "case_id", "event_count", "opened_on", "area_code", "category_code", "owner_id", "lead_id", "said_owner_id",
    "said_lead_id", "excluded_for", "responded", *ANSWERED, *CALLED,
)  # fmt: skip
FACTS = ", ".join(FACT)
CHANGE = "change AS (SELECT 1 AS sign, {fact} FROM live UNION ALL SELECT -1, {fact} FROM kept)"
CELL = "kind, grain, starts_on, area_code, owner_id, lead_id, category_code, excluded_for"
# Only the roll-up writes cells, one at a time, so a new sum is the old one and the difference.
ROLL = """
WITH {named}, {live}, {change}, parts AS ({parts}),
differences AS (
    SELECT k.kind, k.grain, k.starts_on, p.area_code, k.owner_id, k.lead_id, k.category_code, p.excluded_for, {summed}
    FROM parts p CROSS JOIN LATERAL (VALUES
        ('B', 'D', p.opened_on, p.owner_id, p.lead_id, ''),
        ('B', 'M', date_trunc('month', p.opened_on)::date, p.owner_id, p.lead_id, ''),
        ('C', 'D', p.opened_on, 0, 0, p.category_code),
        ('C', 'M', date_trunc('month', p.opened_on)::date, 0, 0, p.category_code)
    ) k (kind, grain, starts_on, owner_id, lead_id, category_code)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
),
cells AS (
    INSERT INTO report_cell ({cell}, {added})
    SELECT {cell}, {raised} FROM differences d LEFT JOIN report_cell c USING ({cell})
    ON CONFLICT ({cell}) DO UPDATE SET {replaced}
),
facts AS (
    INSERT INTO report_fact ({fact}) SELECT {fact} FROM live ON CONFLICT (case_id) DO UPDATE SET {renewed}
)
SELECT count(*) FROM live"""


def stale_cases(low: int | None, high: int) -> list[int]:
    """Return the cases with events in a window of ids that are not yet, or no longer, as their facts say.

    Without a lower bound the window begins where the roll-up has come to for good.
    """
    statement = STALE_CASES.format(low="(SELECT settled_id FROM report_mark)" if low is None else "%s", high="%s")
    with connection.cursor() as cursor:
        cursor.execute(statement, [high] if low is None else [low, high])
        return [case_id for (case_id,) in cursor.fetchall()]


@lru_cache(maxsize=1)
def roll_statement() -> tuple[str, tuple[Any, ...]]:
    """Return the statement that rolls up some cases, and its values after their ids."""
    live, values = live_facts()
    statement = ROLL.format(
        named=NAMED,
        live=live,
        change=CHANGE.format(fact=FACTS),
        cell=CELL,
        parts=PARTS.format(facts="change", added=ADDED),
        added=ADDED,
        summed=SUMMED,
        fact=FACTS,
        raised=", ".join(f"d.{name} + coalesce(c.{name}, 0)" for name in COUNTERS),
        replaced=", ".join(f"{name} = EXCLUDED.{name}" for name in COUNTERS),
        renewed=", ".join(f"{name} = EXCLUDED.{name}" for name in FACT[1:]),
    )
    return statement, values


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Return a fingerprint of what counts: another one, and every fact must be counted anew."""
    statement, values = roll_statement()
    return hashlib.sha256(repr((statement, [str(value) for value in values])).encode()).hexdigest()


@lru_cache(maxsize=1)
def live_facts() -> tuple[str, tuple[Any, ...]]:
    """Return the part of a statement that says what each stale case counts for now, and its values."""
    cases = (
        Case.objects.filter(pk__in=STALE)
        .order_by()
        .values("id", "event_count", "category_code", "owner_id", "lead_id")
        .annotate(
            opened_on=TruncDate("opened_at", tzinfo=BEIJING),
            area=Left("area_code", AREA_DIGITS),
            excluded=EXCLUDED_FOR,
            has_responded=_as_number(RESPONDED),
        )
    )
    answers = (
        last_words()
        .filter(case_id__in=STALE)
        .order_by()
        .values("case_id", "owner_id", "handler_id")
        .annotate(**{f"is_{name}": _as_number(ANSWERS[name]) for name in ANSWERED})
    )
    call_backs = (
        CallBack.objects.filter(case_id__in=STALE)
        .order_by()
        .values("case_id")
        .annotate(**{f"is_{name}": Count("pk", filter=CALL_BACKS[name]) for name in CALLED})
    )
    parts = [_compiled(rows) for rows in (cases, answers, call_backs)]
    statement = LIVE.format(
        answered=", ".join(f"coalesce(a.is_{name}, 0) AS {name}" for name in ANSWERED),
        called=", ".join(f"coalesce(b.is_{name}, 0) AS {name}" for name in CALLED),
        cases=parts[0][0],
        answers=parts[1][0],
        call_backs=parts[2][0],
    )
    return statement, tuple(value for _text, values in parts for value in values)


def _as_number(condition: Q) -> Choose:
    return Choose(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())


def _compiled(rows: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    text, values = rows.query.sql_with_params()
    return text, tuple(values)
