"""The scorecard: the three rates side by side, of areas, of both kinds of bodies, of categories (三率对比)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.place import queries as place
from linli.place.rules import Level
from linli.report import queries as reports
from linli.report.queries import Scorecard
from linli.report.rules import Rate, ThreeRates
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.staff.queries import Post
from linli.text import queries as text
from linli.web.casepage import words as case_words
from linli.web.district import links, places, scoring, words
from linli.web.district.keeping import kept
from linli.web.district.periods import Period, labels

SCOPE_OF = {"street": "area", "community": "area", "owner": "owner", "lead": "lead", "category": "category"}
LEVEL_OF = {"street": Level.STREET, "community": Level.COMMUNITY}
BODIES = frozenset({"owner", "lead"})
CHART_ROWS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address bar asks the scorecard: which area, body and category, set side by side by what (所问)."""

    area: str
    unit_id: int | None
    category: str
    side: str

    @property
    def scope(self) -> dict[str, str]:
        """Return what narrows every list behind a number."""
        return {"area": self.area, "unit": str(self.unit_id or ""), "category": self.category}

    def card(self, period: Period) -> Scorecard:
        """Return the counts of a period, as finely as this question needs them."""
        return kept(
            reports.scorecard,
            prefix=self.area,
            first=period.first,
            last=period.last,
            category_code=self.category,
            of_categories=self.side == "category",
            of_units=self.unit_id is not None or self.side in BODIES,
            of_areas=self.side in LEVEL_OF,
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """The counts of two periods, and the weights of each (对比)."""

    period: Period
    previous: Period
    now: Scorecard
    before: Scorecard
    book: reports.WeightsBook


@dataclass(frozen=True, slots=True)
class RateRow:
    """One line of the table: whose rates, the rates with their links and changes, what was left out."""

    key: str
    name: str
    rates: ThreeRates
    cells: list[scoring.RateShown]
    composite: float | None
    composite_change: float | None
    excluded_url: str
    case_url: str
    call_back_urls: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Control:
    """One choice above the table: its name in the address, its label, what it offers, what is chosen."""

    name: str
    label: str
    offered: list[tuple[str, str]]
    value: str


@dataclass(frozen=True, slots=True)
class Head:
    """One head of the table: its label, and where a click on it leads."""

    label: str
    url: str
    sorted: str


def asked_of(request: HttpRequest, *, post: Post) -> Asked:
    """Return the question in the address bar (所问).

    Raises:
        Refused: the area is not the post's to see, or there is no such area, unit or category.
    """
    given = request.GET
    area = given.get("area", "") or post.area_code
    if not area.startswith(post.area_code):
        raise Refused("这个区域不在您的范围内。")
    if area != post.area_code and (place.place(area) is None or len(area) > places.DIGITS[Level.COMMUNITY]):
        raise Refused("没有这个区域。")
    unit, category = given.get("unit", ""), given.get("category", "")
    if unit and unit not in {str(each.pk) for each in staff.units()}:
        raise Refused("没有这个单位。")
    if category and category not in {each.code for each in text.categories()}:
        raise Refused("没有“%(code)s”这个分类。", code=category[:8])
    side = given.get("side", "")
    offered = sides(area)
    return Asked(
        area=area,
        unit_id=int(unit) if unit else None,
        category=category,
        side=side if side in offered else offered[0],
    )


def sides(area: str) -> list[str]:
    """Return by what an area can be set side by side: a street by its communities, not by the other streets."""
    deep_enough = {side for side, level in LEVEL_OF.items() if len(area) >= places.DIGITS[level]}
    return [side for side in words.SIDES if side not in deep_enough]


def page(request: HttpRequest, asked: Asked, both: Compared, *, post: Post, lines: list[RateRow]) -> dict[str, Any]:
    """Return what the scorecard shows; the total is counted from what the lines were counted from."""
    period = both.period
    scope = {name: value for name, value in asked.scope.items() if value}
    is_year = request.GET.get("with") == "year"
    compare = {"with": "year"} if is_year else {}
    address = {**scope, **compare, "side": asked.side}
    total, before = (card.total(unit_id=asked.unit_id) for card in (both.now, both.before))
    compares = (("before", _("上一段时间"), not is_year), ("year", _("去年同期"), is_year))
    return {
        "lines": lines,
        "tabs": [
            (
                words.SIDES[each],
                links.address("rates", **(address | {"side": each}), **period.address),
                each == asked.side,
            )
            for each in sides(asked.area)
        ],
        "periods": [
            (label, links.address("rates", **address, period=key), key == period.key)
            for key, label in labels().items()
            if key != "custom"
        ],
        "compares": [
            (label, links.address("rates", **(address | {"with": key}), **period.address), is_chosen)
            for key, label, is_chosen in compares
        ],
        "choosing": choices(request, asked, post=post),
        "chart": chart(lines),
        "period": period,
        "side": asked.side,
        "kept": address,
        "chosen": {**compare, **period.address, "side": asked.side},
        **scoring.shown(total, before, period=period, previous=both.previous, book=both.book, **scope),
    }


def choices(request: HttpRequest, asked: Asked, *, post: Post) -> list[Control]:
    """Return what the scorecard can be narrowed to: an area, a unit, a category (筛选)."""
    units = [(str(each.pk), staff.unit_name(each)) for each in staff.units()]
    categories = [(each.code, "　" * bool(each.parent_code) + case_words.category_label(each.code))
                  for each in text.categories()]  # fmt: skip
    return [
        Control("area", _("区域"), places.choices(request, post=post), asked.area),
        Control("unit", _("单位"), units, str(asked.unit_id or "")),
        Control("category", _("分类"), categories, asked.category),
    ]


def compared(request: HttpRequest, asked: Asked, *, period: Period) -> Compared:
    """Return the counts of a period beside those of the one before, or of the same days of last year (对比)."""
    previous = period.year_before if request.GET.get("with") == "year" else period.previous
    return Compared(period, previous, asked.card(period), asked.card(previous), reports.weights_book())


def rows(asked: Asked, both: Compared, *, sort: str) -> list[RateRow]:
    """Return the lines of the table, sorted; who has no rate stands last (三率对比)."""
    before = both.before.by(asked.side, unit_id=asked.unit_id)
    now = both.now.by(asked.side, unit_id=asked.unit_id)
    return sorted(
        (_row(asked, key, rates, before.get(key), both=both) for key, rates in now.items()),
        key=lambda line: _order(line, sort),
    )


def heads(request: HttpRequest, *, sort: str) -> list[Head]:
    """Return the heads of the table with the links that sort by them."""
    labels = {"name": _("名称"), **words.RATES, "composite": _("综合"), "call_back": _("回访成功率"), "n": _("工单")}
    return [_head(request, key, str(label), sort=sort) for key, label in labels.items()]


def chart(lines: list[RateRow]) -> dict[str, Any]:
    """Return the three rates of the first lines as bars; the same numbers stand in the table."""
    shown = [line for line in lines if line.rates.case_count][:CHART_ROWS]
    tones = {"response": "accent", "resolution": "light", "satisfaction": "soon"}
    series = [
        {"name": str(label), "values": [getattr(line.rates, name).percent for line in shown], "tone": tones[name]}
        for name, label in words.RATES.items()
    ]
    return {"kind": "bar", "labels": [line.name for line in shown], "series": series, "unit": "%", "min": 0, "max": 100}


def table(lines: list[RateRow], *, asked: Asked, both: Compared) -> Iterator[list[Any]]:
    """Return the table as rows of a file: each rate with what was met and its n, and everything left out by reason."""
    counted = [word for label in words.RATES.values() for word in (f"{label} %", _("分子"), "n", _("变化"))]
    yield [
        str(words.SIDES[asked.side]), *counted, f"{_('综合')} % ({both.book.on(both.period.last).words})", _("变化"),
        _("回访成功率") + " %", str(words.CALL_BACKS["reached"]), str(words.CALL_BACKS["called"]),
        *(str(label) for name, label in words.CALL_BACKS.items() if name in _REASONS),
        *(str(label) for label in words.EXCLUSIONS.values()), _("登记"),
    ]  # fmt: skip
    for line in lines:
        numbers = [word for cell in line.cells for word in (cell.rate.percent, cell.rate.met, cell.rate.n, cell.change)]
        called = line.rates.call_back
        yield [
            line.name, *numbers, line.composite, line.composite_change, called.percent, called.met, called.n,
            *(line.rates.calls.get(name, 0) for name in words.CALL_BACKS if name in _REASONS),
            *(line.rates.exclusions.get(name, 0) for name in words.EXCLUSIONS), line.rates.case_count,
        ]  # fmt: skip


_REASONS = frozenset({"declined", "not_reached", "no_contact", "asked_not"})


def _row(asked: Asked, key: str, rates: ThreeRates, before: ThreeRates | None, *, both: Compared) -> RateRow:
    period = both.period
    own = _exactly(asked.side, key)
    scope = {name: value for name, value in (asked.scope | {SCOPE_OF[asked.side]: own}).items() if value}
    composite = rates.composite_by(both.book.on(period.last))
    composite_before = before.composite_by(both.book.on(both.previous.last)) if before else None
    return RateRow(
        key=key,
        name=_name(asked.side, key, own),
        rates=rates,
        cells=scoring.cells(rates, before=before or _NONE, period=period, **scope),
        composite=composite,
        composite_change=scoring.points(composite, composite_before),
        excluded_url=links.opened(period, figure="excluded", **scope),
        case_url=links.opened(period, **scope),
        call_back_urls=(
            links.call_backs(period, figure="reached", **scope),
            links.call_backs(period, figure="called", **scope),
        ),
    )


_NONE = ThreeRates(response=Rate(0, 0), resolution=Rate(0, 0), satisfaction=Rate(0, 0), call_back=Rate(0, 0))


def _exactly(side: str, key: str) -> str:
    is_shallow = side in LEVEL_OF and len(key) < places.DIGITS[LEVEL_OF[side]]
    return f"{places.EXACTLY}{key}" if is_shallow else key


def _name(side: str, key: str, own: str) -> str:
    if side in BODIES:
        return case_words.unit_label(int(key))
    return case_words.category_label(key) if side == "category" else places.label(own)


def _order(line: RateRow, sort: str) -> tuple[bool, float, str]:
    name = sort.removeprefix("-")
    value: float | None = 0.0
    if name == "composite":
        value = line.composite
    elif name == "n":
        value = float(line.rates.case_count)
    elif name in words.RATES or name == "call_back":
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
