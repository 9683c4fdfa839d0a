"""Questions about places; none of them costs a statement once the atlas is open (问地)."""

from linli.place.queries.atlas import Place, forget
from linli.place.queries.layers import layer, layer_version
from linli.place.queries.points import Located, locate_point, locate_points, outside_distance_m
from linli.place.queries.tree import (
    GRID_LENGTH,
    ancestry,
    areas,
    children,
    closed_inside,
    current_codes,
    exists,
    full_name,
    grid_of,
    level_label,
    name,
    names,
    place,
    published,
    resolve,
    roll_up,
)
from linli.place.queries.words import WordMatch, locate_words

__all__ = [
    "GRID_LENGTH",
    "Located",
    "Place",
    "WordMatch",
    "ancestry",
    "areas",
    "children",
    "closed_inside",
    "current_codes",
    "exists",
    "forget",
    "full_name",
    "grid_of",
    "layer",
    "layer_version",
    "level_label",
    "locate_point",
    "locate_points",
    "locate_words",
    "name",
    "names",
    "outside_distance_m",
    "place",
    "published",
    "resolve",
    "roll_up",
]
