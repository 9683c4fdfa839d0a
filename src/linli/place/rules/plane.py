"""A flat map of the district in metres (平面).

Areas and distances need metres, not degrees. At the size of a district (30 km) one scale per axis is exact to about
one part in a thousand, which is finer than any drawn boundary; a national projection would add a dependency for less.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

MERIDIAN_DEGREE_M = 111_132.954


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of one point."""

    lng: float
    lat: float

    @classmethod
    def around(cls, shapes: Sequence[Any]) -> "Plane":
        """Return the plane through the middle of the shapes."""
        west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object))
        return cls(float(west + east) / 2, float(south + north) / 2)

    @property
    def scale(self) -> tuple[float, float]:
        """Metres per degree east and north, on the ellipsoid."""
        turn = math.radians(self.lat)
        north = MERIDIAN_DEGREE_M - 559.822 * math.cos(2 * turn) + 1.175 * math.cos(4 * turn)
        east = 111_412.84 * math.cos(turn) - 93.5 * math.cos(3 * turn) + 0.118 * math.cos(5 * turn)
        return east, north

    def flat(self, shapes: Any) -> Any:
        """Return the shapes in metres."""
        origin, scale = np.array([self.lng, self.lat]), np.array(self.scale)
        return shapely.transform(shapes, lambda pairs: (pairs - origin) * scale)

    def round(self, shapes: Any) -> Any:
        """Return shapes in metres to degrees."""
        origin, scale = np.array([self.lng, self.lat]), np.array(self.scale)
        return shapely.transform(shapes, lambda pairs: pairs / scale + origin)
