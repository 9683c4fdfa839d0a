"""The scorecard of a period: read from the roll-ups, with what they do not know yet counted live beside them (考评).

Two statements: which cases have changed since they were last rolled up; then the sums of cells, plus what those cases
count for now, minus what their facts said. The second sees one moment, in which every case counts once: by its cells,
or as it is. So the answer is exact whether or not the roll-up has caught up, or does so in between.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import add
from typing import Any

from django.db import connection

from linli.place import queries as place
from linli.report.models import AREA_DIGITS, COUNTERS
from linli.report.queries.boards import BEIJING
from linli.report.queries.figures import EXCLUSIONS, prefixes
from linli.report.queries.rates import DIGITS, GROUP_DIGITS, rates_of, three_rates
from linli.report.queries.rolling import ADDED, CHANGE, FACTS, NAMED, NO_END, PARTS, SUMMED, live_facts, stale_cases
from linli.report.rules import ThreeRates
from linli.shared.prefixes import AFTER_DIGITS

KEYS = "area_code, owner_id, lead_id, category_code, excluded_for"
KEY_COUNT = 5
NEITHER = {"B": "owner_id, lead_id, ''", "C": "0, 0, category_code", "F": "owner_id, lead_id, category_code"}
COUNTED_BY = {name: position for position, name in enumerate(COUNTERS)}

ADDED_UP = """{ctes}
SELECT {keys}, {summed} FROM (
    {kept}{tail}
) s ({keys}, {added}) GROUP BY {keys}"""
CTES = "WITH {named}, {live}, {change}, parts AS ({parts})"
TAIL = """
    UNION ALL
    SELECT {area}, {bodies}, excluded_for, {added} FROM parts
    WHERE opened_on >= %s AND opened_on < %s AND ({here}){only}"""
CELLS = """SELECT {area}, owner_id, lead_id, category_code, excluded_for, {added} FROM report_cell
    WHERE kind = '{kind}' AND ({spans}) AND ({here})"""
OF_FACTS = "SELECT {area}, {bodies}, excluded_for, {added} FROM ({parts}) p"
OF_PERIOD = """(
    SELECT 1 AS sign, {fact} FROM report_fact WHERE opened_on >= %s AND opened_on < %s AND ({here}){only}
)"""

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The counts of a period by area, owner, lead and category; summed up as one asks (考评表)."""

    rows: list[Row]

    def total(self, *, unit_id: int | None = None) -> ThreeRates:
        """Return the rates of everything, or of what a unit owned or led."""
        return _summed((row for row in self.rows if unit_id is None or unit_id in {row[1], row[2]}), _everything)[""]

    def by(self, side: str, *, unit_id: int | None = None) -> dict[str, ThreeRates]:
        """Return the rates of each street, community, owner, lead, unit or group of categories."""
        rows = (row for row in self.rows if unit_id is None or unit_id in {row[1], row[2]})
        found = _summed(rows, SIDE_KEYS[side])
        return {key: found[key] for key in sorted(found)}


def scorecard(
    *,
    prefix: str,
    first: date,
    last: date,
    category_code: str = "",
    of_units: bool = True,
    of_categories: bool = False,
    of_areas: bool = True,
) -> Scorecard:
    """Return the counts of the cases opened from a first to a last day in an area (考评表).

    By bodies or by categories they come from the sums; by both at once from the facts of the cases. Whoever sets
    nothing side by side by area need not have the areas apart.
    """
    is_fine = bool(category_code) or of_categories
    kind = "B" if not is_fine else "F" if of_units else "C"
    area = "area_code" if of_areas else "''"
    statement, values = _statement(kind, area, prefix, first, last, category_code, stale_cases(None, NO_END))
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return Scorecard(cursor.fetchall())


def rates_of_area(*, prefix: str, first: date, last: date) -> ThreeRates:
    """Return the three rates of an area in a period; below a community they are counted over the tables (三率)."""
    if is_rolled(prefix):
        return scorecard(prefix=prefix, first=first, last=last, of_areas=False).total()
    return three_rates(prefix=prefix, since=midnight(first), until=midnight(last + timedelta(days=1)))


def is_rolled(prefix: str) -> bool:
    """Tell whether the roll-ups go deep enough for an area and all it succeeded."""
    return all(len(each) <= AREA_DIGITS for each in prefixes(prefix))


def spans(first: date, last: date) -> Iterator[tuple[str, date, date]]:
    """Part a period into whole months and the days beside them, each until a day not counted (分段)."""
    until = last + timedelta(days=1)
    begin, end = _month_from(first), until.replace(day=1)
    if begin >= end:
        yield "D", first, until
        return
    yield "M", begin, end
    for since, before in ((first, begin), (end, until)):
        if since < before:
            yield "D", since, before


def _statement(
    kind: str, area: str, prefix: str, first: date, last: date, category_code: str, stale: list[int]
) -> tuple[str, list[Any]]:
    here, codes = _here(prefix)
    days = [first, last + timedelta(days=1)]
    only = " AND category_code >= %s AND category_code < %s" if category_code else ""
    chosen = [category_code, category_code + AFTER_DIGITS] if category_code else []
    live, values = live_facts()
    if kind == "F":
        period = OF_PERIOD.format(fact=FACTS, here=here, only=only)
        kept = OF_FACTS.format(
            area=area, bodies=NEITHER["F"], added=ADDED, parts=PARTS.format(facts=period, added=ADDED)
        )
        asked: list[Any] = [*days, *codes, *chosen]
    else:
        parts = list(spans(first, last))
        within_spans = " OR ".join("grain = %s AND starts_on >= %s AND starts_on < %s" for _part in parts)
        kept = CELLS.format(area=area, added=ADDED, kind=kind, spans=within_spans, here=here) + only
        asked = [*(value for part in parts for value in part), *codes, *chosen]
    statement = ADDED_UP.format(
        ctes=CTES.format(
            named=NAMED, live=live, change=CHANGE.format(fact=FACTS), parts=PARTS.format(facts="change", added=ADDED)
        ) if stale else "",
        tail=TAIL.format(area=area, bodies=NEITHER[kind], added=ADDED, here=here, only=only) if stale else "",
        keys=KEYS, summed=SUMMED, kept=kept, added=ADDED,
    )  # fmt: skip
    if not stale:
        return statement, asked
    return statement, [stale, *values, *asked, *days, *codes, *chosen]


def _here(prefix: str) -> tuple[str, list[str]]:
    found = prefixes(prefix)
    condition = " OR ".join("area_code >= %s AND area_code < %s" for _each in found)
    return condition, [word for each in found for word in (each, each + AFTER_DIGITS)]


def _summed(rows: Iterator[Row], keys_of: Callable[[Row], tuple[str, ...]]) -> dict[str, ThreeRates]:
    sums: dict[tuple[str, str], Row] = {}
    for row in rows:
        why, numbers = row[4], row[KEY_COUNT:]
        for key in keys_of(row):
            so_far = sums.get((key, why))
            sums[key, why] = numbers if so_far is None else tuple(map(add, so_far, numbers))
    counted: dict[str, dict[str, int]] = {"": _nothing()} if keys_of is _everything else {}
    for (key, why), numbers in sums.items():
        _count(counted.setdefault(key, _nothing()), why, numbers)
    return {key: rates_of(counts) for key, counts in counted.items() if key == "" or any(counts.values())}


def _count(counts: dict[str, int], why: str, numbers: Row) -> None:
    if why:
        counts[why] += numbers[0]
        return
    counts["n"] += numbers[0]
    for name, position in COUNTED_BY.items():
        if position:
            counts[name] += numbers[position]


def _nothing() -> dict[str, int]:
    return dict.fromkeys(("n", *COUNTERS[1:], *EXCLUSIONS), 0)


def _everything(_row: Row) -> tuple[str, ...]:
    return ("",)


def _bodies(row: Row) -> tuple[str, ...]:
    return (str(row[1]), str(row[2])) if row[2] else (str(row[1]),)


SIDE_KEYS: dict[str, Callable[[Row], tuple[str, ...]]] = {
    "street": lambda row: (place.resolve(row[0])[: DIGITS["street"]],),
    "community": lambda row: (place.resolve(row[0])[: DIGITS["community"]],),
    "owner": lambda row: (str(row[1]),),
    "lead": lambda row: (str(row[2]),) if row[2] else (),
    "unit": _bodies,
    "category": lambda row: (row[3][:GROUP_DIGITS],),
}


def _month_from(day: date) -> date:
    """Return the first day of a month that is not before a day."""
    return day if day.day == 1 else (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def midnight(day: date) -> datetime:
    """Return the moment a day begins in the district (零点)."""
    return datetime.combine(day, time(), tzinfo=BEIJING)
