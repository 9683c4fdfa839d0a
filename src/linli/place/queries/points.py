"""From a point to the area around it (按点找地)."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from linli.place.queries.atlas import atlas
from linli.place.rules import Datum, Level, level_of, to_cgcs2000


@dataclass(frozen=True, slots=True)
class Located:
    """The deepest area around a point, and the point in CGCS2000 (落点)."""

    code: str
    level: Level
    lng: float
    lat: float


def locate_point(*, lng: float, lat: float, datum: Datum) -> Located | None:
    """Return the deepest area around the point, nothing outside the district (按点找地).

    Raises:
        Refused: the numbers are no coordinate.
    """
    east, north = to_cgcs2000(lng, lat, Datum(datum))
    for index in atlas().indexes:
        code = index.find(east, north)
        if code:
            return Located(code, level_of(code), east, north)
    return None


def locate_points(*, lng: Any, lat: Any, datum: Datum = Datum.CGCS2000) -> npt.NDArray[np.str_]:
    """Return the deepest area's code for each point, empty outside the district (批量按点找地).

    Raises:
        Refused: some numbers are no coordinates.
    """
    east, north = to_cgcs2000(np.asarray(lng, dtype=np.float64), np.asarray(lat, dtype=np.float64), Datum(datum))
    codes = np.zeros(len(east), dtype="<U20")
    missing = np.arange(len(east))
    for index in atlas().indexes:
        if not len(missing):
            break
        positions = index.find_many(east[missing], north[missing])
        found = positions >= 0
        codes[missing[found]] = index.codes[positions[found]]
        missing = missing[~found]
    return codes


def outside_distance_m(*, lng: float, lat: float, datum: Datum) -> float:
    """Return how many metres outside the district a point lies: 0 inside, infinite while nothing is drawn (界外距离).

    Raises:
        Refused: the numbers are no coordinate.
    """
    east, north = to_cgcs2000(lng, lat, Datum(datum))
    surroundings = atlas().surroundings
    return surroundings.distance_m(east, north) if surroundings else math.inf
