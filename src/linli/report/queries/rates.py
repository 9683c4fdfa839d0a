"""The three rates, for an area as a whole or side by side (三率)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Expression, F, Q, QuerySet
from django.db.models.functions import Left

from linli.place import queries as place
from linli.report.queries.boards import RESOLVED_DIGITS
from linli.report.queries.figures import ANSWERS, COUNTED, RESPONDED, answers_counted, cases_counted
from linli.report.rules import Rate, ThreeRates

DIGITS = {"street": 9, "community": 12}
GROUP_DIGITS = 2
SIDES = ("street", "community", "unit", "category")
CASE_COUNTS = {
    "n": Count("pk", filter=COUNTED),
    "responded": Count("pk", filter=RESPONDED),
    "excluded": Count("pk", filter=~COUNTED),
    "ended": Count("pk", filter=Q(close_reason__in=["CONFIRMED", "LAPSED"])),
    "confirmed": Count("pk", filter=Q(close_reason="CONFIRMED")),
}
ANSWER_COUNTS = {name: Count("pk", filter=ANSWERS[name]) for name in ("answered", "solved", "rated", "satisfied")}
NOTHING = dict.fromkeys((*CASE_COUNTS, *ANSWER_COUNTS), 0)


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
    return _rates(opened.aggregate(**CASE_COUNTS) | said.aggregate(**ANSWER_COUNTS))


def three_rates_by(side: str, *, prefix: str, since: datetime, until: datetime) -> dict[str, ThreeRates]:
    """Return the three rates side by side: of each street, community, unit or group of categories (三率对比).

    Two statements; four for units, which are scored as owners and as leads.
    """
    opened = cases_counted(prefix=prefix, since=since, until=until)
    said = answers_counted(prefix=prefix, since=since, until=until)
    if side == "unit":
        handled = opened.filter(lead_id__isnull=False).exclude(lead_id=F("owner_id"))
        spoken = said.exclude(handler_id=F("owner_id"))
        parts = [
            _grouped(opened, F("owner_id"), CASE_COUNTS),
            _grouped(handled, F("lead_id"), CASE_COUNTS),
            _grouped(said, F("owner_id"), ANSWER_COUNTS),
            _grouped(spoken, F("handler_id"), ANSWER_COUNTS),
        ]
    else:
        own, other = _keys(side)
        parts = [_grouped(opened, own, CASE_COUNTS), _grouped(said, other, ANSWER_COUNTS)]
    return _added(parts, digits=DIGITS.get(side, 0))


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
    return {key: _rates(counts) for key, counts in sorted(sums.items())}


def _rates(counts: dict[str, int]) -> ThreeRates:
    return ThreeRates(
        response=Rate(counts["responded"], counts["n"]),
        resolution=Rate(counts["solved"], counts["answered"]),
        satisfaction=Rate(counts["satisfied"], counts["rated"]),
        call_back=Rate(counts["confirmed"], counts["ended"]),
        excluded_count=counts["excluded"],
    )
