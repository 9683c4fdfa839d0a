"""The three rates as they are shown: each with its n, its rows, its change, and what was left out (三率)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from linli.report import queries as reports
from linli.report.rules import Rate, ThreeRates
from linli.web.district import links, words
from linli.web.district.keeping import kept
from linli.web.district.periods import Period


@dataclass(frozen=True, slots=True)
class RateShown:
    """One rate with its n, its rows, and the change since the period before."""

    name: str
    label: str
    rate: Rate
    met_url: str
    n_url: str
    before: Rate

    @property
    def change(self) -> float | None:
        """How many points it has changed."""
        return points(self.rate.percent, self.before.percent)


@dataclass(frozen=True, slots=True)
class Counted:
    """One number beside the rates, with the link to its rows."""

    label: str
    count: int
    url: str


def of_area(code: str, *, period: Period) -> dict[str, Any]:
    """Return the three rates of an area in a period beside those of the period before (三率)."""
    now = kept(reports.rates_of_area, prefix=code, first=period.first, last=period.last)
    previous = period.previous
    before = kept(reports.rates_of_area, prefix=code, first=previous.first, last=previous.last)
    return shown(now, before, period=period, previous=previous, book=reports.weights_book(), area=code)


def shown(
    now: ThreeRates, before: ThreeRates, *, period: Period, previous: Period, book: reports.WeightsBook, **scope: str
) -> dict[str, Any]:
    """Return the rates of a period beside those of another, with everything that was left out (三率)."""
    weights = book.on(period.last)
    composite, composite_before = now.composite_by(weights), before.composite_by(book.on(previous.last))
    return {
        "rates": cells(now, before=before, period=period, **scope),
        "composite": composite,
        "composite_change": points(composite, composite_before),
        "weights": weights,
        "call_back": now.call_back,
        "call_back_change": points(now.call_back.percent, before.call_back.percent),
        "call_back_met_url": links.call_backs(period, figure="reached", **scope),
        "call_back_n_url": links.call_backs(period, figure="called", **scope),
        "calls": list(_calls(now, period=period, **scope)),
        "exclusions": list(_exclusions(now, period=period, **scope)),
        "excluded_count": now.excluded_count,
        "excluded_url": links.opened(period, figure="excluded", **scope),
        "previous": previous,
    }


def cells(now: ThreeRates, *, before: ThreeRates | None, period: Period, **scope: str) -> list[RateShown]:
    """Return the three rates as cells, each with the links to what was met and what was counted."""
    rows = {
        "response": (
            links.opened(period, figure="responded", **scope),
            links.opened(period, figure="counted", **scope),
        ),
        "resolution": (
            links.answers(period, figure="solved", **scope),
            links.answers(period, figure="answered", **scope),
        ),
        "satisfaction": (
            links.answers(period, figure="satisfied", **scope),
            links.answers(period, figure="rated", **scope),
        ),
    }
    return [
        RateShown(name, str(words.RATES[name]), getattr(now, name), *rows[name], getattr(before or now, name))
        for name in words.RATES
    ]


def points(now: float | None, before: float | None) -> float | None:
    """Return by how many points a percentage has changed, nothing where there was none."""
    return None if now is None or before is None else round(now - before, 1)


def _calls(now: ThreeRates, *, period: Period, **scope: str) -> Iterator[Counted]:
    for name in ("declined", "not_reached", "no_contact", "asked_not"):
        url = links.call_backs(period, figure=name, **scope)
        yield Counted(str(words.CALL_BACKS[name]), now.calls.get(name, 0), url)


def _exclusions(now: ThreeRates, *, period: Period, **scope: str) -> Iterator[Counted]:
    for name, count in now.exclusions.items():
        figure = f"excluded_{name}"
        yield Counted(str(words.EXCLUSIONS[name]), count, links.opened(period, figure=figure, **scope))
