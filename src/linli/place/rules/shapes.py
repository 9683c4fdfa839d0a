"""Read a drawn outline: closed, valid, on this earth (图形)."""

import math
import re
from typing import Any

import shapely

from linli.place.rules.findings import Fault, Unfit

CORNERS_MAX = 20_000
CORNERS_LEAST = 4
WKT = re.compile(r"\s*(?:SRID=\d+;)?\s*(MULTIPOLYGON|POLYGON)\s*(?:Z|M|ZM)?\s*\(", re.IGNORECASE)
WKT_RING = re.compile(r"\(([^()]*)\)")
WKT_PARTS = re.compile(r"\(\s*(\([^()]*\)(?:\s*,\s*\([^()]*\))*)\s*\)")


def read_shape(written: Any) -> Any:
    """Return the polygon or polygons of a GeoJSON geometry or a WKT text (读图形).

    Raises:
        Unfit: says which rule of a good outline is broken.
    """
    parts = _wkt_parts(written) if isinstance(written, str) else _geojson_parts(written)
    if sum(len(ring) for rings in parts for ring in rings) > CORNERS_MAX:
        raise Unfit(Fault.TOO_MANY_CORNERS, most=CORNERS_MAX)
    polygons = [shapely.Polygon(rings[0], rings[1:]) for rings in parts]
    shape = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    if not shape.is_valid:
        raise Unfit(Fault.INVALID, reason=shapely.is_valid_reason(shape))
    return shape


def _geojson_parts(written: Any) -> list[list[list[tuple[float, float]]]]:
    if not isinstance(written, dict):
        raise Unfit(Fault.UNREADABLE)
    kind, coordinates = written.get("type"), written.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise Unfit(Fault.NOT_A_POLYGON, kind=str(kind)[:30])
    parts = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(parts, list) or not parts:
        raise Unfit(Fault.UNREADABLE)
    return [_rings(rings) for rings in parts]


def _rings(rings: Any) -> list[list[tuple[float, float]]]:
    if not isinstance(rings, list) or not rings:
        raise Unfit(Fault.UNREADABLE)
    return [_ring(ring) for ring in rings]


def _ring(ring: Any) -> list[tuple[float, float]]:
    if not isinstance(ring, list) or len(ring) < CORNERS_LEAST:
        raise Unfit(Fault.UNCLOSED)
    if len(ring) > CORNERS_MAX:
        raise Unfit(Fault.TOO_MANY_CORNERS, most=CORNERS_MAX)
    corners = [_corner(pair) for pair in ring]
    if corners[0] != corners[-1]:
        raise Unfit(Fault.UNCLOSED)
    return corners


def _corner(pair: Any) -> tuple[float, float]:
    try:
        lng, lat = float(pair[0]), float(pair[1])
    except (TypeError, ValueError, IndexError, KeyError, OverflowError) as unreadable:
        raise Unfit(Fault.UNREADABLE) from unreadable
    if not (math.isfinite(lng) and math.isfinite(lat) and abs(lng) <= 180 and abs(lat) <= 90):
        raise Unfit(Fault.NOT_ON_EARTH, lng=f"{lng:g}", lat=f"{lat:g}")
    return lng, lat


def _wkt_parts(written: str) -> list[list[list[tuple[float, float]]]]:
    opening = WKT.match(written)
    if opening is None:
        named = re.match(r"\s*([A-Za-z]{4,20})\s*\(", written)
        raise Unfit(Fault.NOT_A_POLYGON, kind=named.group(1)) if named else Unfit(Fault.UNREADABLE)
    body = written[opening.end() - 1 :].strip()
    if body.count("(") != body.count(")"):
        raise Unfit(Fault.UNREADABLE)
    groups = [body[1:-1]] if opening.group(1).upper() == "POLYGON" else WKT_PARTS.findall(body[1:-1])
    parts = [[_ring(_wkt_pairs(ring)) for ring in WKT_RING.findall(group)] for group in groups]
    if not parts or not all(parts):
        raise Unfit(Fault.UNREADABLE)
    return parts


def _wkt_pairs(ring: str) -> list[list[str]]:
    return [pair.split() for pair in ring.split(",")]
