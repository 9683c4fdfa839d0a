"""Where a coordinate really is: every incoming one names its datum and becomes CGCS2000 at the edge (坐标基准).

CGCS2000 equals WGS-84 at street scale. GCJ-02 and BD-09 have a published forward formula only; the way back is found
by repeating it, to about a millimetre.
"""

import math
from collections.abc import Callable
from enum import StrEnum
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from linli.shared.refusals import Refused

Floats = npt.NDArray[np.float64]

# The ellipsoid of the shift (Krasovsky 1940) and the rectangle outside which nothing is shifted.
SEMI_MAJOR = 6_378_245.0
ECCENTRICITY_2 = 0.006_693_421_622_965_943
WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271
BAIDU_LNG, BAIDU_LAT = 0.0065, 0.006
BAIDU_TURN = math.pi * 3000.0 / 180.0
# Each round leaves about a hundredth of the error: 500 m become a tenth of a millimetre.
ROUNDS = 4


class Datum(StrEnum):
    """What a pair of numbers is measured against (坐标基准)."""

    WGS84 = "WGS84"
    CGCS2000 = "CGCS2000"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


@overload
def to_cgcs2000(lng: float, lat: float, datum: Datum) -> tuple[float, float]: ...
@overload
def to_cgcs2000(lng: Floats, lat: Floats, datum: Datum) -> tuple[Floats, Floats]: ...
def to_cgcs2000(lng: Any, lat: Any, datum: Datum) -> tuple[Any, Any]:
    """Return the same place in CGCS2000 (转为国家大地坐标).

    Raises:
        Refused: a number is not finite or outside the globe.
    """
    _refuse_nonsense(lng, lat)
    if datum in (Datum.WGS84, Datum.CGCS2000):
        return lng, lat
    return _inverse(lng, lat, _gcj02 if datum is Datum.GCJ02 else _bd09)


@overload
def from_cgcs2000(lng: float, lat: float, datum: Datum) -> tuple[float, float]: ...
@overload
def from_cgcs2000(lng: Floats, lat: Floats, datum: Datum) -> tuple[Floats, Floats]: ...
def from_cgcs2000(lng: Any, lat: Any, datum: Datum) -> tuple[Any, Any]:
    """Return the same place as another datum writes it (转出).

    Raises:
        Refused: a number is not finite or outside the globe.
    """
    _refuse_nonsense(lng, lat)
    if datum in (Datum.WGS84, Datum.CGCS2000):
        return lng, lat
    return _where_shifted(lng, lat, *(_gcj02 if datum is Datum.GCJ02 else _bd09)(lng, lat))


def _refuse_nonsense(lng: Any, lat: Any) -> None:
    if isinstance(lng, np.ndarray):
        finite = bool(np.isfinite(lng).all() and np.isfinite(lat).all())
        inside = finite and bool((np.abs(lng) <= 180).all() and (np.abs(lat) <= 90).all())
    else:
        finite = math.isfinite(lng) and math.isfinite(lat)
        inside = finite and abs(lng) <= 180 and abs(lat) <= 90
    if not finite:
        raise Refused("坐标不是有效的数字。")
    if not inside:
        raise Refused("坐标超出范围：经度应在 -180 到 180 之间，纬度应在 -90 到 90 之间。")


def _inverse(lng: Any, lat: Any, forward: Callable[[Any, Any], tuple[Any, Any]]) -> tuple[Any, Any]:
    guess_lng, guess_lat = lng, lat
    for _round in range(ROUNDS):
        shifted_lng, shifted_lat = forward(guess_lng, guess_lat)
        guess_lng, guess_lat = guess_lng - (shifted_lng - lng), guess_lat - (shifted_lat - lat)
    return _where_shifted(lng, lat, guess_lng, guess_lat)


def _where_shifted(lng: Any, lat: Any, moved_lng: Any, moved_lat: Any) -> tuple[Any, Any]:
    """Keep points outside China as they are."""
    if isinstance(lng, np.ndarray):
        inside = (lng >= WEST) & (lng <= EAST) & (lat >= SOUTH) & (lat <= NORTH)
        return np.where(inside, moved_lng, lng), np.where(inside, moved_lat, lat)
    inside = WEST <= lng <= EAST and SOUTH <= lat <= NORTH
    return (moved_lng, moved_lat) if inside else (lng, lat)


def _gcj02(lng: Any, lat: Any) -> tuple[Any, Any]:
    tools: Any = np if isinstance(lng, np.ndarray) else math
    sin, sqrt, pi = tools.sin, tools.sqrt, math.pi
    x, y = lng - 105.0, lat - 35.0
    root = sqrt(abs(x))
    ripple = 20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north = north + (ripple + 20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north = north + (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east = east + (ripple + 20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east = east + (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    radians = lat / 180.0 * pi
    flattened = 1.0 - ECCENTRICITY_2 * sin(radians) ** 2
    meridian = SEMI_MAJOR * (1.0 - ECCENTRICITY_2) / (flattened * sqrt(flattened))
    parallel = SEMI_MAJOR / sqrt(flattened) * tools.cos(radians)
    return lng + east * 180.0 / (parallel * pi), lat + north * 180.0 / (meridian * pi)


def _bd09(lng: Any, lat: Any) -> tuple[Any, Any]:
    tools: Any = np if isinstance(lng, np.ndarray) else math
    x, y = _gcj02(lng, lat)
    radius = tools.sqrt(x * x + y * y) + 0.000_02 * tools.sin(y * BAIDU_TURN)
    turn = (np.arctan2 if tools is np else math.atan2)(y, x) + 0.000_003 * tools.cos(x * BAIDU_TURN)
    return radius * tools.cos(turn) + BAIDU_LNG, radius * tools.sin(turn) + BAIDU_LAT
