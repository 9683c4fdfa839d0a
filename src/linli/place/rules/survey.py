"""Check drawn areas against each other and against what is known, row by row (图形核查).

An overlap or an overhang counts only where it is wider than a metre: outlines drawn twice never agree to the last
digit, and coordinates with six decimals move by a tenth of a metre.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from linli.place.rules.codes import Level, ancestors, level_of, parent
from linli.place.rules.findings import Fault, Finding
from linli.place.rules.plane import Plane

TOLERANCE_M = 0.5
GAP_M2 = 100
REDRAWN_SHARE = 0.02
HOUSEHOLDS_USUAL = (300, 500)
PEOPLE_MOST = 2_500
DRAWN_LEVELS = (Level.DISTRICT, Level.STREET, Level.COMMUNITY, Level.GRID, Level.BUILDING)


@dataclass(frozen=True, slots=True)
class Known:
    """An area as it stands before the import."""

    level: Level
    name: str
    is_current: bool
    shape: Any = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """One row of an import, read (导入行)."""

    row: int
    code: str
    level: Level
    given: Mapping[str, Any]
    shape: Any = None
    replaces: tuple[str, ...] = ()


def survey(drawn: list[Drawn], known: Mapping[str, Known]) -> list[Finding]:
    """Return everything a person should know before these rows are taken (核查)."""
    findings = [*_codes(drawn, known), *_sizes(drawn)]
    rows = _first_of_each(drawn)
    replaced = {code for each in drawn for code in each.replaces}
    standing = {code: area for code, area in known.items() if area.is_current and code not in replaced}
    if any(each.shape is not None for each in rows.values()):
        findings += _Map(rows, standing).findings()
    findings += [
        Finding(each.row, each.code, Fault.NO_SHAPE)
        for each in rows.values()
        if each.shape is None
        and each.level is Level.GRID
        and (each.code not in known or known[each.code].shape is None)
    ]
    return sorted(findings, key=lambda found: (found.row, found.fault))


def _first_of_each(drawn: list[Drawn]) -> dict[str, Drawn]:
    rows: dict[str, Drawn] = {}
    for each in drawn:
        rows.setdefault(each.code, each)
    return rows


def _codes(drawn: list[Drawn], known: Mapping[str, Known]) -> Iterator[Finding]:
    rows = _first_of_each(drawn)
    for each in drawn:
        first, standing = rows[each.code], known.get(each.code)
        if first is not each:
            yield Finding(each.row, each.code, Fault.DUPLICATE, {"other": first.row})
        if standing is not None and not standing.is_current:
            yield Finding(each.row, each.code, Fault.CLOSED_CODE)
        elif standing is None and each.level in (Level.DISTRICT, Level.STREET, Level.COMMUNITY):
            yield Finding(each.row, each.code, Fault.UNKNOWN_AREA)
        yield from _parent(each, rows, known)
        yield from _replaced(each, known)


def _parent(each: Drawn, rows: Mapping[str, Drawn], known: Mapping[str, Known]) -> Iterator[Finding]:
    above = parent(each.code)
    if each.level not in (Level.GRID, Level.BUILDING) or above in rows:
        return
    if above not in known or not known[above].is_current:
        yield Finding(each.row, each.code, Fault.UNKNOWN_PARENT, {"parent": above})


def _replaced(each: Drawn, known: Mapping[str, Known]) -> Iterator[Finding]:
    for code in each.replaces:
        old = known.get(code)
        if each.code in known and old is not None and not old.is_current:
            continue  # taken in before
        if code == each.code or old is None or old.level is not each.level or not old.is_current:
            yield Finding(each.row, each.code, Fault.BAD_REPLACED, {"other": code})


def _sizes(drawn: list[Drawn]) -> Iterator[Finding]:
    least, most = HOUSEHOLDS_USUAL
    for each in drawn:
        households, people = each.given.get("households"), each.given.get("people")
        if each.level is Level.GRID and households is not None and not least <= households <= most:
            words = {"count": households, "least": least, "most": most}
            yield Finding(each.row, each.code, Fault.HOUSEHOLDS, words)
        if each.level is Level.GRID and people is not None and people > PEOPLE_MOST:
            yield Finding(each.row, each.code, Fault.PEOPLE, {"count": people, "most": PEOPLE_MOST})


class _Map:
    """The new outlines on one flat map with those that stay."""

    def __init__(self, rows: Mapping[str, Drawn], standing: Mapping[str, Known]) -> None:
        self.rows = {code: each for code, each in rows.items() if each.shape is not None}
        self.standing = standing
        around = {above for code in self.rows for above in (code, *ancestors(code))}
        shapes = {
            code: area.shape
            for code, area in standing.items()
            if area.shape is not None and (code in around or parent(code) in around)
        }
        before = {code: shape for code, shape in shapes.items() if code in self.rows}
        shapes |= {code: each.shape for code, each in self.rows.items()}
        plane = Plane.around(list(shapes.values()))
        self.flat = dict(zip(shapes, plane.flat(np.array(list(shapes.values()), dtype=object)), strict=True))
        self.before = dict(zip(before, plane.flat(np.array(list(before.values()), dtype=object)), strict=True))

    def findings(self) -> Iterator[Finding]:
        """Return overlaps, overhangs, changes and gaps."""
        for level in DRAWN_LEVELS:
            codes = sorted(code for code in self.flat if level_of(code) is level)
            yield from self._overlaps(codes)
        yield from self._overhangs()
        yield from self._changes()
        yield from self._gaps()

    def _overlaps(self, codes: list[str]) -> Iterator[Finding]:
        shapes = np.array([self.flat[code] for code in codes], dtype=object)
        one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        is_new = np.array([code in self.rows for code in codes], dtype=bool)
        pairs = (one < other) & (is_new[one] | is_new[other]) if len(codes) else np.zeros(0, dtype=bool)
        one, other = one[pairs], other[pairs]
        common = shapely.intersection(shapes[one], shapes[other])
        wide = ~shapely.is_empty(shapely.buffer(common, -TOLERANCE_M, quad_segs=2))
        for first, second, shared in zip(one[wide], other[wide], common[wide], strict=True):
            told, against = (codes[second], codes[first]) if is_new[second] else (codes[first], codes[second])
            words: dict[str, str | int] = {"other": self._name(against), "area": round(shapely.area(shared))}
            yield Finding(self.rows[told].row, told, Fault.OVERLAP, {"this": self._name(told), **words})

    def _name(self, code: str) -> str:
        row = self.rows.get(code)
        name = row.given.get("name") if row else None
        if not name and code in self.standing:
            name = self.standing[code].name
        return f"{code} {name or ''}".strip()

    def _overhangs(self) -> Iterator[Finding]:
        pairs = [(code, parent(code)) for code in sorted(self.rows) if parent(code) in self.flat]
        inner = np.array([self.flat[code] for code, _above in pairs], dtype=object)
        outer = np.array([self.flat[above] for _code, above in pairs], dtype=object)
        outside = shapely.difference(inner, outer)
        wide = ~shapely.is_empty(shapely.buffer(outside, -TOLERANCE_M, quad_segs=2))
        for (code, above), over in zip(np.array(pairs)[wide] if pairs else (), outside[wide], strict=True):
            words: dict[str, str | int] = {"parent": self._name(above), "area": round(shapely.area(over))}
            yield Finding(self.rows[code].row, str(code), Fault.OUTSIDE_PARENT, words)

    def _changes(self) -> Iterator[Finding]:
        """A grid whose outline really changes needs a new code; a larger area is only pointed out."""
        for code, old in self.before.items():
            moved = shapely.area(shapely.symmetric_difference(old, self.flat[code])) / max(shapely.area(old), 1.0)
            level = self.rows[code].level
            if moved > REDRAWN_SHARE and level is not Level.BUILDING:
                fault = Fault.REDRAWN if level is Level.GRID else Fault.MOVED
                yield Finding(self.rows[code].row, code, fault, {"percent": round(100 * moved)})

    def _gaps(self) -> Iterator[Finding]:
        inside: dict[str, list[str]] = defaultdict(list)
        for code in self.flat:
            if level_of(code) is Level.GRID:
                inside[parent(code)].append(code)
        for community in sorted({parent(code) for code in self.rows if self.rows[code].level is Level.GRID}):
            if community in self.flat:
                yield from self._gap(community, inside[community])

    def _gap(self, community: str, grids: Iterable[str]) -> Iterator[Finding]:
        codes = list(grids)
        left = shapely.difference(self.flat[community], shapely.union_all([self.flat[code] for code in codes]))
        bare = shapely.area(shapely.buffer(left, -TOLERANCE_M, quad_segs=2))
        if bare > GAP_M2:
            row = min(self.rows[code].row for code in codes if code in self.rows)
            yield Finding(row, community, Fault.GAP, {"community": self._name(community), "area": round(bare)})
