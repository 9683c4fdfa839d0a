"""The whole tree in memory, replaced as soon as its edition changes (地图册).

A question about places costs no statement: each process keeps one atlas and looks at most once a second whether the
edition's stamp is still the same.
"""

import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

import shapely
from django.db.models import QuerySet

from linli.place.models import Area, Edition
from linli.place.rules import Level, ancestors, fits, parent
from linli.place.rules.address import Called, WordIndex
from linli.place.rules.points import PointIndex, Surroundings
from linli.shared import looks
from linli.shared.prefixes import AFTER_DIGITS, under

CHECK_SECONDS = 1.0
LOCATED_LEVELS = (Level.GRID, Level.COMMUNITY, Level.STREET, Level.DISTRICT)


class Place(NamedTuple):
    """One area, without its shape."""

    code: str
    level: Level
    name: str
    name_bo: str
    name_en: str
    aliases: tuple[str, ...]
    is_current: bool
    successor_code: str
    lng: float | None
    lat: float | None
    households: int | None


class Atlas:
    """All areas of one edition (地图册)."""

    def __init__(self, stamp: UUID | None, places: list[Place]) -> None:
        self.stamp = stamp
        self.places = {place.code: place for place in places}
        self._codes = sorted(self.places)
        self._layers: dict[tuple[Any, ...], dict[str, Any]] = {}

    @classmethod
    def read(cls) -> "Atlas":
        """Read the tree in two statements."""
        stamp = _stamp()
        columns = ("code", "level", "name", "name_bo", "name_en", "aliases", "valid_to", "successor_code")
        rows = Area.objects.order_by("code").values_list(*columns, "lng", "lat", "households")
        return cls(stamp, [_place(*row) for row in rows.iterator(chunk_size=5000)])

    def under(self, prefix: str) -> Iterator[Place]:
        """Go through the areas in force whose code begins so, in order."""
        first, last = bisect_left(self._codes, prefix), bisect_left(self._codes, prefix + AFTER_DIGITS)
        for code in self._codes[first:last]:
            if self.places[code].is_current:
                yield self.places[code]

    @cached_property
    def children(self) -> dict[str, tuple[Place, ...]]:
        """The areas in force directly inside each area."""
        inside: dict[str, list[Place]] = defaultdict(list)
        for place in self.under(""):
            inside[parent(place.code)].append(place)
        return {code: tuple(places) for code, places in inside.items()}

    @cached_property
    def polygons(self) -> dict[str, Any]:
        """The shapes of the areas in force, by code; one that is not drawn is the sum of those inside it."""
        shapes = _shapes(Area.objects.exclude(level=Level.BUILDING))
        for level in (Level.COMMUNITY, Level.STREET, Level.DISTRICT):
            for place in [place for place in self.under("") if place.level is level and place.code not in shapes]:
                parts = [shapes[child.code] for child in self.children.get(place.code, ()) if child.code in shapes]
                if parts:
                    shapes[place.code] = shapely.union_all(parts)
        return shapes

    def buildings(self, prefix: str) -> dict[str, Any]:
        """Read the shapes of buildings, which are not kept: there are many and only a close map shows them."""
        return _shapes(Area.objects.filter(under(prefix, column="code"), level=Level.BUILDING))

    @cached_property
    def indexes(self) -> tuple[PointIndex, ...]:
        """One search tree for each level that has shapes, deepest first."""
        found = []
        for level in LOCATED_LEVELS:
            codes = [code for code in self.polygons if self.places[code].level is level]
            if codes:
                found.append(PointIndex(codes, [self.polygons[code] for code in codes]))
        return tuple(found)

    @cached_property
    def surroundings(self) -> Surroundings | None:
        """The outline of everything drawn."""
        return Surroundings(list(self.polygons.values())) if self.polygons else None

    @cached_property
    def words(self) -> WordIndex:
        """Every name, former ones included, to the area in force."""
        return WordIndex(
            Called(
                self.successor(place.code),
                place.level,
                place.name,
                place.aliases,
                tuple(name for name in (place.name_bo, place.name_en) if name),
            )
            for place in self.places.values()
            if place.is_current or place.successor_code
        )

    def successor(self, code: str) -> str:
        """Return the area in force that answers for the code today (沿革)."""
        seen: set[str] = set()
        while code not in seen:
            seen.add(code)
            place = self.places.get(code)
            if place is not None and place.is_current:
                return code
            following = place.successor_code if place else ""
            code = following or (self._above(code) if fits(code) else code)
        return code

    def _above(self, code: str) -> str:
        """A closed area without successor falls to what is around it, or to that one's successor."""
        return next((above for above in ancestors(code) if above in self.places), code)

    def kept(self, key: tuple[Any, ...]) -> dict[str, Any] | None:
        """Return a layer drawn before."""
        return self._layers.get(key)

    def keep(self, key: tuple[Any, ...], layer: dict[str, Any]) -> dict[str, Any]:
        """Keep a drawn layer for the next reader."""
        self._layers[key] = layer
        return layer


def _shapes(areas: QuerySet[Area]) -> dict[str, Any]:
    drawn = areas.filter(valid_to__isnull=True, polygon__isnull=False).order_by("code")
    return {
        code: to_shape(shape["type"], shape["coordinates"])
        for code, shape in drawn.values_list("code", "polygon")
        if shape
    }


def to_shape(kind: str, coordinates: Any) -> Any:
    """Build a shape from what is stored as GeoJSON."""
    polygons = [coordinates] if kind == "Polygon" else coordinates
    built = [shapely.Polygon(rings[0], rings[1:]) for rings in polygons]
    return built[0] if len(built) == 1 else shapely.MultiPolygon(built)


def _place(code: str, level: str, *rest: Any) -> Place:
    name, name_bo, name_en, aliases, valid_to, successor_code, lng, lat, households = rest
    is_current = valid_to is None
    return Place(
        code, Level(level), name, name_bo, name_en, tuple(aliases), is_current, successor_code, lng, lat, households
    )


def _stamp() -> UUID | None:
    return Edition.objects.values_list("stamp", flat=True).first()


class _Shelf:
    """The one atlas of this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.atlas: Atlas | None = None
        self.looked_at = 0.0


_shelf = _Shelf()


def atlas() -> Atlas:
    """Return the tree as it is now, or was less than a second ago."""
    held = _shelf.atlas
    if held is not None and not looks.is_due(_shelf.looked_at, CHECK_SECONDS):
        return held
    with _shelf.lock:
        held = _shelf.atlas
        if held is None or held.stamp != _stamp():
            held = Atlas.read()
        _shelf.atlas, _shelf.looked_at = held, time.monotonic()
        return held


def forget() -> None:
    """Make the next question in this process read the tree anew."""
    _shelf.atlas = None


__all__ = ["Atlas", "Place", "atlas", "forget", "to_shape"]
