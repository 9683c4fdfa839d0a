"""Decide which polygon a point lies in, one by one or by the million (点落面).

A sheet of small cells lies over the polygons. Most cells are crossed by no border: what is inside them is known
without geometry. Only points in the other cells are tested against the polygons themselves, which always decide.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from linli.place.rules.plane import Plane

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

CELLS_EACH = 800
CELLS_LEAST = 40_000
CELLS_MOST = 6_000_000
NONE, CROSSED = -1, -2


class PointIndex:
    """Polygons of one level; a point on a shared edge belongs to the smaller code (空间索引)."""

    def __init__(self, codes: Sequence[str], polygons: Sequence[Any]) -> None:
        order = np.argsort(np.array(codes, dtype=str), kind="stable")
        self.codes: npt.NDArray[np.str_] = np.array(codes, dtype=str)[order]
        self._names = self.codes.tolist()
        self._shapes = np.array(polygons, dtype=object)[order]
        shapely.prepare(self._shapes)
        self._tree = shapely.STRtree(self._shapes)
        self._sheet = _Sheet(self._shapes, self._test)

    def find(self, lng: float, lat: float) -> str:
        """Return the code of the polygon around the point, empty when there is none."""
        known = self._sheet.look(lng, lat)
        if known == CROSSED:
            near = self._tree.query(shapely.Point(lng, lat))
            around = near[shapely.intersects_xy(self._shapes[near], lng, lat)]
            known = int(around.min()) if len(around) else NONE
        return self._names[known] if known >= 0 else ""

    def find_many(self, lng: Floats, lat: Floats) -> Positions:
        """Return the position in ``codes`` for each point, -1 where no polygon is around it."""
        positions = self._sheet.look_many(lng, lat)
        crossed = np.flatnonzero(positions == CROSSED)
        positions[crossed] = self._test(lng[crossed], lat[crossed])
        return positions

    def _test(self, lng: Floats, lat: Floats) -> Positions:
        """Ask the polygons, one polygon after the other, so that each is unpacked once."""
        positions = np.full(len(lng), len(self._names), dtype=np.int64)
        asked, near = self._tree.query(shapely.points(lng, lat))
        order = np.argsort(near, kind="stable")
        asked, near = asked[order], near[order]
        around = shapely.intersects_xy(self._shapes[near], lng[asked], lat[asked])
        # From the last to the first: the smallest position is written last.
        positions[asked[around][::-1]] = near[around][::-1]
        positions[positions == len(self._names)] = NONE
        return positions


class _Sheet:
    """Cells that know their polygon, or that a border crosses them."""

    def __init__(self, shapes: Any, test: Any) -> None:
        west, south, east, north = (float(edge) for edge in shapely.total_bounds(shapes))
        count = min(CELLS_MOST, max(CELLS_LEAST, CELLS_EACH * len(shapes)))
        self.side = math.sqrt(max((east - west) * (north - south), 1e-12) / count)
        # A margin of one empty cell all around, so that looking needs no special case at the rim.
        self.west, self.south = west - self.side, south - self.side
        self.width, self.height = int((east - west) / self.side) + 4, int((north - south) / self.side) + 4
        cells = np.full(self.width * self.height, NONE, dtype=np.int32)
        cells[self._crossed(shapes)] = CROSSED
        self.cells = self._filled(cells, test)

    def _crossed(self, shapes: Any) -> Positions:
        """Return the cells that a border may touch, some of them often: all between the ends of each short piece."""
        # A little shorter than a cell, so that rounding never lets a piece step over one.
        lines = shapely.segmentize(shapely.get_parts(shapely.boundary(shapes)), 0.9 * self.side)
        pairs, line = shapely.get_coordinates(lines, return_index=True)
        column, row = self._place(pairs[:, 0], pairs[:, 1])
        one = np.flatnonzero(line[1:] == line[:-1])
        found = [
            row[one + down] * self.width + column[one + right]  # the four corners of a piece's box are all its cells
            for down in (0, 1)
            for right in (0, 1)
        ]
        return np.concatenate(found)

    def _filled(self, cells: Any, test: Any) -> Any:
        """Along a row nothing changes between borders: test one cell of each run for the whole run."""
        is_open = cells != CROSSED
        opens = is_open & np.concatenate(([True], ~is_open[:-1]))
        starts = np.flatnonzero(opens)
        lng = self.west + (starts % self.width + 0.5) * self.side
        lat = self.south + (starts // self.width + 0.5) * self.side
        cells[is_open] = test(lng, lat).astype(np.int32)[np.cumsum(opens)[is_open] - 1]
        return cells

    def _place(self, lng: Floats, lat: Floats) -> tuple[Positions, Positions]:
        column = ((lng - self.west) / self.side).astype(np.int64)
        return column, ((lat - self.south) / self.side).astype(np.int64)

    def look(self, lng: float, lat: float) -> int:
        """Return the polygon's position, or that there is none, or that a border crosses the cell."""
        x, y = (lng - self.west) / self.side, (lat - self.south) / self.side
        if not (0 <= x < self.width and 0 <= y < self.height):
            return NONE
        return int(self.cells[int(y) * self.width + int(x)])

    def look_many(self, lng: Floats, lat: Floats) -> Positions:
        """Return the same for each of many points."""
        x, y = (lng - self.west) / self.side, (lat - self.south) / self.side
        inside = (x >= 0) & (x < self.width) & (y >= 0) & (y < self.height)
        at = np.where(inside, y, 0).astype(np.int64) * self.width + np.where(inside, x, 0).astype(np.int64)
        return np.where(inside, self.cells[at], NONE).astype(np.int64)


class Surroundings:
    """The whole district as one shape, to say how far outside a point lies (区界)."""

    def __init__(self, polygons: Sequence[Any]) -> None:
        self._plane = Plane.around(polygons)
        self._shape = shapely.union_all(self._plane.flat(np.array(polygons, dtype=object)))
        shapely.prepare(self._shape)

    def distance_m(self, lng: float, lat: float) -> float:
        """Return the metres to the nearest edge, 0 inside."""
        return float(shapely.distance(self._shape, self._plane.flat(shapely.Point(lng, lat))))
