"""Shapes for the map, as GeoJSON (图层)."""

from typing import Any

import numpy as np
import shapely

from linli.place.queries.atlas import Place, atlas
from linli.place.rules import Level, parent

DECIMALS = 6
SIMPLIFY_ABOVE = 100
SIMPLIFY_DEGREES = 0.000_15


def layer(*, level: Level | str, prefix: str = "", is_simplified: bool | None = None) -> dict[str, Any]:
    """Return the areas of a level under a prefix as a feature collection for the map (图层).

    Many areas at once are drawn with fewer corners; common edges stay common. Do not change what you get: it is kept
    for the next reader.
    """
    book = atlas()
    key = (Level(level), prefix, is_simplified)
    return book.kept(key) or book.keep(key, _drawn(Level(level), prefix, is_simplified=is_simplified))


def layer_version() -> str:
    """Return a word that changes whenever a layer may have changed, fit for an ETag (图层版本)."""
    stamp = atlas().stamp
    return stamp.hex if stamp else "0"


def _drawn(level: Level, prefix: str, *, is_simplified: bool | None) -> dict[str, Any]:
    book = atlas()
    drawn = book.buildings(prefix) if level is Level.BUILDING else book.polygons
    places = [place for place in book.under(prefix) if place.level is level and place.code in drawn]
    shapes = np.array([drawn[place.code] for place in places], dtype=object)
    if is_simplified is None:
        is_simplified = len(places) > SIMPLIFY_ABOVE and level is not Level.BUILDING
    if is_simplified and places:
        shapes = shapely.coverage_simplify(shapes, SIMPLIFY_DEGREES)
    features = [_feature(place, shape) for place, shape in zip(places, shapes, strict=True)]
    return {"type": "FeatureCollection", "version": layer_version(), "features": features}


def _feature(place: Place, shape: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": place.code,
        "geometry": to_geojson(shape),
        "properties": {
            "code": place.code,
            "name": place.name,
            "name_bo": place.name_bo,
            "name_en": place.name_en,
            "level": place.level.value,
            "parent": parent(place.code),
            "lng": place.lng,
            "lat": place.lat,
            "households": place.households,
        },
    }


def to_geojson(shape: Any) -> dict[str, Any]:
    """Return a shape as GeoJSON with six decimals, a tenth of a metre."""
    polygons = list(shape.geoms) if shape.geom_type == "MultiPolygon" else [shape]
    coordinates = [[_pairs(ring) for ring in (part.exterior, *part.interiors)] for part in polygons]
    if len(coordinates) == 1:
        return {"type": "Polygon", "coordinates": coordinates[0]}
    return {"type": "MultiPolygon", "coordinates": coordinates}


def _pairs(ring: Any) -> list[list[float]]:
    return [[float(lng), float(lat)] for lng, lat in np.round(shapely.get_coordinates(ring), DECIMALS)]


__all__ = ["layer", "layer_version", "to_geojson"]
