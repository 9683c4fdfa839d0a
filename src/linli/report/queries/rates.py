"""The three rates counted over the very tables: what the roll-ups must equal (三率重算)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Expression, F, QuerySet
from django.db.models.functions import Left

from linli.place import queries as place
from linli.report.queries.boards import RESOLVED_DIGITS
from linli.report.queries.figures import (
    ANSWERS,
    CALL_BACKS,
    COUNTED,
    EXCLUSIONS,
    RESPONDED,
    answers_counted,
    call_backs_counted,
    cases_counted,
    listed_under,
)
from linli.report.rules import Rate, ThreeRates

DIGITS = {"street": 9, "community": 12}
GROUP_DIGITS = 2
SIDES = ("street", "community", "owner", "lead", "unit", "category")
ANSWERED = ("answered", "solved", "rated", "satisfied")
CALLED = ("called", "reached", "declined", "not_reached", "no_contact", "asked_not")
CASE_COUNTS = {
    "n": Count("pk", filter=COUNTED),
    "responded": Count("pk", filter=RESPONDED),
    **{name: Count("pk", filter=listed_under(name)) for name in EXCLUSIONS},
}
ANSWER_COUNTS = {name: Count("pk", filter=ANSWERS[name]) for name in ANSWERED}
CALL_COUNTS = {name: Count("pk", filter=CALL_BACKS[name]) for name in CALLED}
NOTHING = dict.fromkeys((*CASE_COUNTS, *ANSWER_COUNTS, *CALL_COUNTS), 0)


def three_rates(
    *, prefix: str, since: datetime, until: datetime, unit_id: int | None = None, category_code: str = ""
) -> ThreeRates:
    """Return the three rates of the cases opened in a period, for an area and, if given, one unit or category (三率).

    A unit is scored on both sides: as the owner that answered for a case, and as the lead that handled it.
    """
    scope: dict[str, Any] = {
        "prefix": prefix, "since": since, "until": until, "unit_id": unit_id, "category_code": category_code,
    }  # fmt: skip
    opened, said = cases_counted(**scope), answers_counted(**scope).order_by()
    called = call_backs_counted(**scope).order_by()
    return rates_of(opened.aggregate(**CASE_COUNTS) | said.aggregate(**ANSWER_COUNTS) | called.aggregate(**CALL_COUNTS))


def three_rates_by(side: str, *, prefix: str, since: datetime, until: datetime) -> dict[str, ThreeRates]:
    """Return the three rates side by side: of each street, community, unit or group of categories (三率对比).

    Three statements; six for units, which are scored as owners and as leads.
    """
    scope: dict[str, Any] = {"prefix": prefix, "since": since, "until": until}
    opened, said, called = cases_counted(**scope), answers_counted(**scope), call_backs_counted(**scope)
    owners = [
        _grouped(opened, F("owner_id"), CASE_COUNTS),
        _grouped(said, F("owner_id"), ANSWER_COUNTS),
        _grouped(called, F("case__owner_id"), CALL_COUNTS),
    ]
    if side == "owner":
        return _added(owners, digits=0)
    if side in {"lead", "unit"}:
        handled = opened.filter(lead_id__isnull=False).exclude(lead_id=F("owner_id"))
        asked = called.filter(case__lead_id__isnull=False).exclude(case__lead_id=F("case__owner_id"))
        leads = [
            _grouped(handled, F("lead_id"), CASE_COUNTS),
            _grouped(said.exclude(handler_id=F("owner_id")), F("handler_id"), ANSWER_COUNTS),
            _grouped(asked, F("case__lead_id"), CALL_COUNTS),
        ]
        return _added(leads if side == "lead" else [*owners, *leads], digits=0)
    own, other = _keys(side)
    parts = [
        _grouped(opened, own, CASE_COUNTS),
        _grouped(said, other, ANSWER_COUNTS),
        _grouped(called, other, CALL_COUNTS),
    ]
    return _added(parts, digits=DIGITS.get(side, 0))


def rates_of(counts: dict[str, int]) -> ThreeRates:
    """Return the rates of counts by name, whichever way they were counted."""
    return ThreeRates(
        response=Rate(counts["responded"], counts["n"]),
        resolution=Rate(counts["solved"], counts["answered"]),
        satisfaction=Rate(counts["satisfied"], counts["rated"]),
        call_back=Rate(counts["reached"], counts["called"]),
        exclusions={name: counts[name] for name in EXCLUSIONS},
        calls={name: counts[name] for name in CALLED},
    )


def _keys(side: str) -> tuple[Expression, Expression]:
    if side in DIGITS:
        return Left("area_code", RESOLVED_DIGITS), Left("case__area_code", RESOLVED_DIGITS)
    return Left("category_code", GROUP_DIGITS), Left("case__category_code", GROUP_DIGITS)


def _grouped(rows: QuerySet[Any], key: Any, counts: dict[str, Count]) -> list[dict[str, Any]]:
    return list(rows.order_by().values(key=key).annotate(**counts).order_by("key"))


def _added(parts: Iterable[Iterable[dict[str, Any]]], *, digits: int) -> dict[str, ThreeRates]:
    sums: dict[str, dict[str, int]] = {}
    for part in parts:
        for row in part:
            key = str(row.pop("key"))
            found = sums.setdefault(place.resolve(key)[:digits] if digits else key, dict(NOTHING))
            for name, count in row.items():
                found[name] += count
    return {key: rates_of(counts) for key, counts in sorted(sums.items())}
