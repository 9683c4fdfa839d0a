"""Decide which polygon a point lies in, one by one or by the million (点落面)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from linli.place.rules.plane import Plane

Floats = npt.NDArray[np.float64]


class PointIndex:
    """Polygons of one level under a search tree; a point on a shared edge belongs to the smaller code (空间索引)."""

    def __init__(self, codes: Sequence[str], polygons: Sequence[Any]) -> None:
        order = np.argsort(np.array(codes, dtype=str), kind="stable")
        self.codes: npt.NDArray[np.str_] = np.array(codes, dtype=str)[order]
        self._shapes = np.array(polygons, dtype=object)[order]
        shapely.prepare(self._shapes)
        self._tree = shapely.STRtree(self._shapes)

    def find(self, lng: float, lat: float) -> str:
        """Return the code of the polygon around the point, empty when there is none."""
        found = self._tree.query(shapely.Point(lng, lat), predicate="intersects")
        return str(self.codes[found.min()]) if len(found) else ""

    def find_many(self, lng: Floats, lat: Floats) -> npt.NDArray[np.int64]:
        """Return the position in ``codes`` for each point, -1 where no polygon is around it."""
        asked, found = self._tree.query(shapely.points(lng, lat), predicate="intersects")
        positions = np.full(len(lng), -1, dtype=np.int64)
        positions[asked] = found
        shared = asked[1:][asked[1:] == asked[:-1]]
        if len(shared):
            on_edge = np.isin(asked, shared)
            smallest = np.full(len(lng), len(self.codes), dtype=np.int64)
            np.minimum.at(smallest, asked[on_edge], found[on_edge])
            edges = np.unique(shared)
            positions[edges] = smallest[edges]
        return positions


class Surroundings:
    """The whole district as one shape, to say how far outside a point lies (区界)."""

    def __init__(self, polygons: Sequence[Any]) -> None:
        self._plane = Plane.around(polygons)
        self._shape = shapely.union_all(self._plane.flat(np.array(polygons, dtype=object)))
        shapely.prepare(self._shape)

    def distance_m(self, lng: float, lat: float) -> float:
        """Return the metres to the nearest edge, 0 inside."""
        return float(shapely.distance(self._shape, self._plane.flat(shapely.Point(lng, lat))))
