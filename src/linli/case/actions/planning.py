"""Decide everything about an appeal before the first row is written: place, category, owner, deadlines (立案前)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from linli.case.deadlines import Deadlines, LimitTable, calendar, deadlines_for, first_rung, limit_table
from linli.case.states import CaseState
from linli.intake.rules import Kind, LocatedBy, Received
from linli.place import queries as place
from linli.place.rules import Datum, to_cgcs2000
from linli.routing import queries as routing
from linli.shared.calendar import Calendar
from linli.shared.refusals import Refused
from linli.shared.urgency import Urgency
from linli.staff import queries as staff
from linli.staff.models import UnitKind
from linli.text import queries as text
from linli.text.models import Category
from linli.text.rules import Suggestion

WORDS_SCORE_MIN = 0.5  # below this an address in words is a guess; the desk places it


_Clocks = dict[tuple[str, str, Kind, Urgency, bool, str], tuple[Deadlines, datetime]]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an appeal is: the deepest known area, how it was found, and the point in CGCS2000."""

    area_code: str
    located_by: LocatedBy
    lng: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything decided about an appeal before the first row is written."""

    received: Received
    spot: Spot
    category: Category
    suggested: Sequence[Suggestion]
    urgency: Urgency
    route: routing.Route
    state: CaseState
    deadlines: Deadlines
    first_rung_at: datetime


def look_again(*, at: datetime) -> None:
    """Look whether what planning knows by heart still holds, before it runs where it may not ask (再看一眼)."""
    place.layer_version()
    text.categories()
    staff.units()
    routing.duty_mode()
    limit_table(at=at)


def planned(received: Received, *, at: datetime) -> Plan:
    """Decide about one appeal.

    Raises:
        Refused: its category or area is unknown.
    """
    return _planned(received, located(received), _Lately.clocks(at), at=at)


def planned_many(received: Sequence[Received], *, at: datetime) -> list[Plan | Refused]:
    """Decide about many appeals, each its plan or why not; their points are located together."""
    spots = _located_together(received)
    clocks: _Clocks = {}
    return [_planned_or_not(one, spots.get(i), clocks, at=at) for i, one in enumerate(received)]


def _planned_or_not(received: Received, spot: Spot | None, clocks: _Clocks, *, at: datetime) -> Plan | Refused:
    try:
        return _planned(received, spot or located(received), clocks, at=at)
    except Refused as refusal:
        return refusal


def located(received: Received) -> Spot:
    """Find the deepest known area: given code, then point, then address in words, else the district (定位).

    Raises:
        Refused: the code given is unknown.
    """
    if received.area_code:
        code = place.resolve(received.area_code)
        if not place.exists(code):
            raise Refused("没有“%(code)s”这个区域代码。", code=received.area_code)
        return Spot(code, LocatedBy.GIVEN, *_point(received))
    if received.lng is not None and received.lat is not None:
        found = place.locate_point(lng=received.lng, lat=received.lat, datum=received.datum)
        if found:
            return Spot(found.code, LocatedBy.POINT, found.lng, found.lat)
        return Spot(_district(), LocatedBy.OUTSIDE, *_point(received))
    for words in (received.address, received.text):
        matches = place.locate_words(words) if words else []
        if matches and matches[0].score >= WORDS_SCORE_MIN:
            return Spot(matches[0].code, LocatedBy.WORDS)
    return Spot(_district(), LocatedBy.UNKNOWN)


def _located_together(received: Sequence[Received]) -> dict[int, Spot]:
    found: dict[int, Spot] = {}
    for datum in {one.datum for one in received}:
        chosen = [
            i for i, one in enumerate(received) if one.datum == datum and one.lng is not None and not one.area_code
        ]
        if chosen:
            found |= _of_datum(received, chosen, datum)
    return found


def _of_datum(received: Sequence[Received], chosen: list[int], datum: Datum) -> dict[int, Spot]:
    lng = np.array([received[i].lng for i in chosen], dtype=np.float64)
    lat = np.array([received[i].lat for i in chosen], dtype=np.float64)
    east, north = to_cgcs2000(lng, lat, datum)
    codes = place.locate_points(lng=east, lat=north)
    rows = zip(chosen, codes.tolist(), east.tolist(), north.tolist(), strict=True)
    return {
        i: Spot(code, LocatedBy.POINT, x, y) if code else Spot(_district(), LocatedBy.OUTSIDE, x, y)
        for i, code, x, y in rows
    }


def _planned(received: Received, spot: Spot, clocks: _Clocks, *, at: datetime) -> Plan:
    suggested = text.suggest_category(f"{received.title} {received.text}")
    category = _category(received, suggested)
    urgency = received.urgency or Urgency(category.urgency)
    # What lies outside the district is nobody's by rule; what lies somewhere in it, rules for the whole of it may know.
    is_inside = spot.located_by != LocatedBy.OUTSIDE
    route = routing.route(
        category_code=category.code, area_code=spot.area_code, at=at, is_inside=is_inside, days=calendar()
    )
    state = CaseState.REGISTERED if route.unit.kind == UnitKind.DISTRICT else CaseState.DISPATCHED
    deadlines, first_rung_at = _clock(category, received, urgency, clocks, at=at)
    return Plan(received, spot, category, suggested, urgency, route, state, deadlines, first_rung_at)


def _clock(
    category: Category, received: Received, urgency: Urgency, clocks: _Clocks, *, at: datetime
) -> tuple[Deadlines, datetime]:
    """Compute the deadlines once for all appeals of a moment that share them."""
    can_be_reached = received.contact is not None
    table = limit_table(at=at)
    words = f"{received.title} {received.text}" if table.has_conditions(category.code) else ""
    alike = (category.code, category.limit_words, received.kind, urgency, can_be_reached, words)
    if alike not in clocks:
        deadlines = deadlines_for(
            category=category,
            kind=received.kind,
            urgency=urgency,
            can_be_reached=can_be_reached,
            start=at,
            words=words,
        )
        periods = [
            (at, deadlines.dispatch_due_at, deadlines.dispatch_limit.kind),
            (at, deadlines.contact_due_at, deadlines.contact_limit.kind),
            (at, deadlines.due_at, deadlines.limit.kind),
        ]
        clocks[alike] = deadlines, first_rung(periods)
    return clocks[alike]


class _Lately:
    """The deadlines of the latest moment: doors whose clock ticks in seconds find them here under load."""

    kept: tuple[tuple[datetime, Calendar, LimitTable] | None, _Clocks] = (None, {})

    @classmethod
    def clocks(cls, at: datetime) -> _Clocks:
        moment = at, calendar(), limit_table(at=at)
        kept, clocks = cls.kept
        if kept != moment:
            clocks = {}
            cls.kept = moment, clocks
        return clocks


def _category(received: Received, suggested: Sequence[Suggestion]) -> Category:
    code = received.category_code or (suggested[0].code if suggested else text.OTHER)
    found = text.category(code)
    if found is None:
        raise Refused("没有“%(code)s”这个分类。", code=code)
    return found


def _district() -> str:
    return staff.district_unit().area_code


def _point(received: Received) -> tuple[float | None, float | None]:
    if received.lng is None or received.lat is None:
        return None, None
    lng, lat = to_cgcs2000(received.lng, received.lat, received.datum)
    return float(lng), float(lat)
