"""The scorecard told again from the events alone, to hold against the one that is kept (重述)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from linli.case.models import Case, Event
from linli.case.refusals import LEAVING_RATES
from linli.report.models import AREA_DIGITS, COUNTERS
from linli.report.queries.figures import within
from linli.report.queries.scorecard import Row, Scorecard, midnight
from linli.report.rules.recount import Told, counters, excluded_for, has_responded, retold

CASE_PART = ("cases", "responded", "called", "reached", "declined", "not_reached", "no_contact", "asked_not")
CHUNK = 2_000


def retold_scorecard(*, prefix: str, first: date, last: date) -> Scorecard:
    """Return the counts of a period, each case told again from its events; slow, and owing nothing to what is kept."""
    opened = Case.objects.filter(
        within(prefix), opened_at__gte=midnight(first), opened_at__lt=midnight(last + timedelta(days=1))
    )
    limits = {pk: (due, contact_due) for pk, due, contact_due in opened.values_list(
        "pk", "dispatch_due_at", "contact_due_at")}  # fmt: skip
    rows: list[Row] = []
    for case_id, events in _stories(opened.values("pk")):
        rows.extend(_rows(events, *limits[case_id]))
    return Scorecard(rows)


def _stories(wanted: QuerySet[Case, Any]) -> Iterator[tuple[int, list[Told]]]:
    told: list[Told] = []
    current = 0
    events = Event.objects.filter(case_id__in=wanted).order_by("case_id", "sequence")
    for case_id, name, at, detail, after in events.values_list(
        "case_id", "name", "at", "detail", "state_after"
    ).iterator(chunk_size=CHUNK):
        if case_id != current and told:
            yield current, told
            told = []
        current = case_id
        told.append(Told(name, at, detail, after))
    if told:
        yield current, told


def _rows(events: list[Told], dispatch_due_at: datetime, contact_due_at: datetime | None) -> Iterator[Row]:
    """Return what a case adds: with its call-backs for who has it, its answer for whom it was about."""
    case = retold(events)
    why = excluded_for(case, leaving=LEAVING_RATES)
    is_in_time = has_responded(case, dispatch_due_at=dispatch_due_at, contact_due_at=contact_due_at)
    counted = counters(case, has_answered_in_time=is_in_time and not why)
    area = case.area_code[:AREA_DIGITS]
    own = [counted[name] if name in CASE_PART else 0 for name in COUNTERS]
    yield area, case.owner_id, case.led_by, case.category_code, why, *own
    if case.answer is not None:
        said = [0 if name in CASE_PART else counted[name] for name in COUNTERS]
        yield area, case.said_owner_id, case.said_lead_id, case.category_code, why, *said
