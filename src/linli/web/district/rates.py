"""The three rates side by side: of streets, communities, units or categories (三率对比)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.place.rules import Level
from linli.report import queries as reports
from linli.report.rules import Rate, ThreeRates
from linli.staff.queries import Post
from linli.web.casepage import words as case_words
from linli.web.district import board, links, places, words
from linli.web.district.keeping import kept
from linli.web.district.periods import Period

SCOPE_OF = {"street": "area", "community": "area", "unit": "unit", "category": "category"}
LEVEL_OF = {"street": Level.STREET, "community": Level.COMMUNITY}


@dataclass(frozen=True, slots=True)
class RateRow:
    """One line of the table: whose rates, the rates with their links, what was left out."""

    key: str
    name: str
    rates: ThreeRates
    cells: list[board.RateShown]
    excluded_url: str
    case_count: int
    case_url: str


@dataclass(frozen=True, slots=True)
class Head:
    """One head of the table: its label, and where a click on it leads."""

    label: str
    url: str
    sorted: str


def side_of(request: HttpRequest, *, post: Post) -> str:
    """Return by what the table sets the rates side by side."""
    asked = request.GET.get("side", "")
    return asked if asked in sides(post) else sides(post)[0]


def sides(post: Post) -> list[str]:
    """Return the sides a post may choose: a street's own communities, not the other streets."""
    return [side for side in reports.SIDES if side != "street" or len(post.area_code) < places.DIGITS[Level.STREET]]


def rows(side: str, *, prefix: str, period: Period, sort: str) -> list[RateRow]:
    """Return the lines of the table, sorted; who has no rate stands last (三率对比)."""
    found = kept(reports.three_rates_by, side, prefix=prefix, since=period.since, until=period.until)
    lines = [_row(side, key, rates, period=period) for key, rates in found.items()]
    return sorted(lines, key=lambda line: _order(line, sort))


def heads(request: HttpRequest, *, sort: str) -> list[Head]:
    """Return the heads of the table with the links that sort by them."""
    labels = {"name": _("名称"), **words.RATES, "composite": _("综合"), "n": _("工单")}
    return [_head(request, key, str(label), sort=sort) for key, label in labels.items()]


def table(lines: list[RateRow], *, side: str) -> Iterator[list[Any]]:
    """Return the table as rows of a file, each rate with what was met and its n."""
    counted = [word for label in words.RATES.values() for word in (f"{label} %", _("分子"), "n")]
    yield [str(words.SIDES[side]), *counted, _("综合") + " %", _("不计入"), _("登记")]
    for line in lines:
        numbers = [word for cell in line.cells for word in (cell.rate.percent, cell.rate.met, cell.rate.n)]
        yield [line.name, *numbers, line.rates.composite, line.rates.excluded_count, line.case_count]


def _row(side: str, key: str, rates: ThreeRates, *, period: Period) -> RateRow:
    asked = _asked(side, key)
    scope = {SCOPE_OF[side]: asked}
    return RateRow(
        key=key,
        name=_name(side, key, asked),
        rates=rates,
        cells=board.rate_cells(rates, before=None, period=period, **scope),
        excluded_url=links.opened(period, figure="excluded", **scope),
        case_count=rates.response.n + rates.excluded_count,
        case_url=links.opened(period, **scope),
    )


def _asked(side: str, key: str) -> str:
    is_shallow = side in LEVEL_OF and len(key) < places.DIGITS[LEVEL_OF[side]]
    return f"{places.EXACTLY}{key}" if is_shallow else key


def _name(side: str, key: str, asked: str) -> str:
    if side == "unit":
        return case_words.unit_label(int(key))
    return case_words.category_label(key) if side == "category" else places.label(asked)


def _order(line: RateRow, sort: str) -> tuple[bool, float, str]:
    name = sort.removeprefix("-")
    value: float | None = 0.0
    if name == "composite":
        value = line.rates.composite
    elif name == "n":
        value = float(line.case_count)
    elif name in words.RATES:
        rate: Rate = getattr(line.rates, name)
        value = rate.percent
    sign = -1 if sort.startswith("-") else 1
    return value is None, sign * (value or 0.0), line.key


def _head(request: HttpRequest, key: str, label: str, *, sort: str) -> Head:
    is_chosen = sort.removeprefix("-") == key
    is_descending = sort.startswith("-")
    query = request.GET.copy()
    query["sort"] = f"-{key}" if is_chosen and not is_descending else key
    query.pop("export", None)
    direction = ("descending" if is_descending else "ascending") if is_chosen else ""
    return Head(label, f"{request.path}?{query.urlencode()}", direction)
