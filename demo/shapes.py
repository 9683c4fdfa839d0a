"""Draw a synthetic district on real area codes: streets, communities, grids, lanes and buildings (演示图形).

Nobody surveyed these outlines. The codes and the names of streets and communities are real, the shapes, lanes and
buildings are invented: an outline is parted again and again, then every common edge is bent by one smooth field, so
that neighbours always share their border and it looks like a map rather than a diagram.

    python -m demo.shapes --scale small --out FOLDER
"""

import argparse
import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from linli.place.rules import Level, level_of
from linli.place.rules.codes import from_official
from linli.place.rules.plane import Plane

AREA_CODES = Path(__file__).resolve().parent.parent / "src" / "linli" / "place" / "data" / "area_540102.csv"
DISTRICT = "540102"
DECIMALS = 6

# Roughly where each street's middle lies; the outer ones were townships and are large.
STREET_MIDDLES = {
    "540102002": (91.132, 29.653),
    "540102003": (91.141, 29.648),
    "540102004": (91.124, 29.661),
    "540102005": (91.146, 29.669),
    "540102006": (91.104, 29.660),
    "540102007": (91.160, 29.656),
    "540102008": (91.122, 29.642),
    "540102009": (91.074, 29.652),
    "540102010": (91.205, 29.643),
    "540102011": (91.160, 29.698),
    "540102012": (91.112, 29.692),
    "540102013": (91.200, 29.682),
}
SMALL_MIDDLES = {"540102003": (91.120, 29.650), "540102009": (91.096, 29.652)}
SMALL_COMMUNITIES = (
    "540102003002",
    "540102003003",
    "540102003004",
    "540102009003",
    "540102009005",
    "540102009006",
)
LANE_FIRST = "路平安和顺康宁福祥瑞丰盛兴隆永泰长春新光明德善友邻静清泉林柳杨松梅兰竹桃杏槐石桥井塔云霞雪月星晨阳东南"
LANE_SECOND = "程安和顺康宁福祥瑞丰盛兴隆永泰宁春新光华德善友居静泉溪林柳杨松园庭院坡桥井台岭霞月辉阳园苑里"
LANE_KINDS = ("巷", "巷", "巷", "路", "胡同")
# The address of the example leads here.
EXAMPLE_COMMUNITY, EXAMPLE_LANE = "540102009003", "路程巷"

# Waves that bend the edges: metres of sway, metres of length.
WAVES = ((170.0, 4200.0), (32.0, 900.0), (7.0, 190.0))
EDGE_STEP_M = 28.0
EDGE_STEPS_MAX = 10
BUILDING_M = (34.0, 12.0)
TRIES = 40


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a district to draw (规模)."""

    middles: dict[str, tuple[float, float]]
    communities: tuple[str, ...]
    grids: int
    households: int
    compounds: int
    houses_each: int  # in a grid
    middle: tuple[float, float]
    radii_m: tuple[float, float]


SCALES = {
    "small": Scale(SMALL_MIDDLES, SMALL_COMMUNITIES, 24, 1_200, 72, 12, (91.108, 29.651), (2_300.0, 1_150.0)),
    "district": Scale(STREET_MIDDLES, (), 1_150, 170_000, 494, 3, (91.132, 29.668), (11_600.0, 4_900.0)),
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything the real import takes in, in its order (演示区)."""

    area_rows: list[dict[str, str]]
    outlines: list[dict[str, Any]]
    grids: list[dict[str, Any]]
    buildings: list[dict[str, Any]]

    @property
    def features(self) -> list[dict[str, Any]]:
        """Outlines, grids and buildings as one list of features."""
        return [*self.outlines, *self.grids, *self.buildings]


def draw(scale: str, *, seed: int = 1) -> Drawing:
    """Draw the district: the same seed gives the same map (画一个区)."""
    size, chance = SCALES[scale], np.random.default_rng(seed)
    rows = area_rows(scale)
    newest = max(row["as_of"] for row in rows)
    named = {from_official(row["code"]): row for row in rows if row["as_of"] == newest}
    communities = [code for code in sorted(named) if level_of(code) is Level.COMMUNITY]
    plane = Plane(*size.middle)
    straight = _parted(size, plane, communities, chance)
    bent = _bent(straight, chance)
    grids = {code: shapely.Polygon(shape.exterior, shape.interiors) for code, shape in bent.items()}
    outlines = [
        _outline(plane, code, [grids[grid] for grid in grids if grid.startswith(code)]) for code in sorted(named)
    ]
    lanes = _lanes(sorted(grids), chance)
    names = _house_names(sorted(grids), lanes, size)
    buildings = [each for code in sorted(grids) for each in _buildings(plane, code, grids[code], names[code])]
    homes = _shared_out(size.households, chance.uniform(0.7, 1.3, len(grids)))
    features = [
        _feature(plane.round(grids[code]), _grid_properties(code, lanes[code], households))
        for code, households in zip(sorted(grids), homes, strict=True)
    ]
    return Drawing(rows, outlines, features, buildings)


def area_rows(scale: str) -> list[dict[str, str]]:
    """Return the real area codes of this scale, as ``import_areas`` takes them (区划代码)."""
    size = SCALES[scale]
    with AREA_CODES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not size.communities:
        return rows
    kept = {DISTRICT, *size.middles, *size.communities}
    newest = max(row["as_of"] for row in rows)
    return [row for row in rows if from_official(row["code"]) in kept and row["as_of"] == newest]


# Part the outline: streets around their middles, then even communities, then even grids -----------------------------


def _parted(size: Scale, plane: Plane, communities: list[str], chance: np.random.Generator) -> dict[str, Any]:
    outline = _blob(size.radii_m, chance)
    streets = sorted(size.middles)
    middles = [plane.flat(shapely.Point(*size.middles[code])) for code in streets]
    shapes = dict(zip(streets, _cells(outline, shapely.get_coordinates(middles)), strict=True))
    areas: dict[str, Any] = {}
    for street, shape in shapes.items():
        inside = [code for code in communities if code.startswith(street)]
        areas |= zip(inside, _even(shape, len(inside), chance), strict=True)
    # Denser in town: a grid's share grows more slowly than its community's ground.
    weights = np.array([areas[code].area ** 0.35 for code in communities])
    grids: dict[str, Any] = {}
    for code, count in zip(communities, _shared_out(size.grids, weights), strict=True):
        parts = _even(areas[code], count, chance)
        grids |= {f"{code}{number:03d}": part for number, part in enumerate(_in_reading_order(parts), 1)}
    return grids


def _blob(radii_m: tuple[float, float], chance: np.random.Generator) -> Any:
    """A rounded, slightly lobed outline."""
    turns = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    waves = sum(chance.uniform(0.02, 0.05) * np.sin(count * turns + chance.uniform(0, 6)) for count in (2, 3, 5, 8))
    return shapely.Polygon(
        np.column_stack((radii_m[0] * np.cos(turns), radii_m[1] * np.sin(turns))) * (1 + waves)[:, None]
    )


def _cells(outline: Any, middles: Any) -> list[Any]:
    cells = shapely.voronoi_polygons(shapely.MultiPoint(middles), extend_to=outline, ordered=True)
    return [shapely.intersection(cell, outline) for cell in cells.geoms]


def _even(outline: Any, count: int, chance: np.random.Generator) -> list[Any]:
    """Part an outline into pieces of about one size, none of them torn."""
    if count == 1:
        return [outline]
    for _try in range(TRIES):
        middles = _scattered(outline, count, chance)
        for _round in range(4):
            parts = _cells(outline, middles)
            middles = shapely.get_coordinates(shapely.centroid(parts))
        parts = _cells(outline, middles)
        if all(part.geom_type == "Polygon" and part.area > 0 for part in parts):
            return parts
    raise RuntimeError(f"no even parting into {count} found")


def _scattered(outline: Any, count: int, chance: np.random.Generator) -> Any:
    west, south, east, north = outline.bounds
    shapely.prepare(outline)
    found = np.zeros((0, 2))
    while len(found) < count:
        tried = np.column_stack((chance.uniform(west, east, 4 * count), chance.uniform(south, north, 4 * count)))
        found = np.vstack((found, tried[shapely.contains_xy(outline, tried[:, 0], tried[:, 1])]))
    return found[:count]


def _in_reading_order(parts: list[Any]) -> list[Any]:
    """From north-west to south-east, in bands, as people number their grids."""
    height = max(1.0, np.mean([np.sqrt(part.area) for part in parts]))
    return sorted(parts, key=lambda part: (-round(part.centroid.y / height), part.centroid.x))


def _shared_out(total: int, weights: Any) -> list[int]:
    """Share a whole number by weight, at least one each, the largest remainders first."""
    exact = np.asarray(weights) / np.sum(weights) * (total - len(weights)) + 1
    whole = np.floor(exact).astype(int)
    for place in np.argsort(whole - exact, kind="stable")[: total - int(whole.sum())]:
        whole[place] += 1
    return [int(each) for each in whole]


# Bend every common edge once ------------------------------------------------------------------------------------------


def _bent(parts: dict[str, Any], chance: np.random.Generator) -> dict[str, Any]:
    """Cut all borders where they meet, bend each piece, and close the faces again."""
    codes = sorted(parts)
    shapes = np.array([parts[code] for code in codes], dtype=object)
    # Snapping to a centimetre joins borders that should be one.
    borders = shapely.union_all(shapely.boundary(shapes), grid_size=0.01)
    sway = _sway(chance)
    pieces = [shapely.LineString(sway(_stepped(shapely.get_coordinates(line)))) for line in borders.geoms]
    faces = shapely.get_parts(shapely.polygonize(pieces))
    middles = shapely.points(sway(shapely.get_coordinates(shapely.point_on_surface(shapes))))
    asked, found = shapely.STRtree(faces).query(middles, predicate="within")
    if len(asked) != len(codes) or len(set(found)) != len(codes):
        raise RuntimeError("a border was bent over its neighbour")
    return {codes[one]: faces[other] for one, other in zip(asked, found, strict=True)}


def _stepped(corners: Any) -> Any:
    """Put corners along straight stretches so that they can bend."""
    made = [corners[:1]]
    for start, end in pairwise(corners):
        steps = int(min(EDGE_STEPS_MAX, max(1, round(float(np.hypot(*(end - start))) / EDGE_STEP_M))))
        made.append(start + (end - start) * np.linspace(0, 1, steps + 1)[1:, None])
    return np.vstack(made)


def _sway(chance: np.random.Generator) -> Any:
    waves = []
    for amount, length in WAVES:
        for turn in chance.uniform(0, np.pi, 3):
            along = np.array([np.cos(turn), np.sin(turn)]) * 2 * np.pi / length
            waves.append((amount / 3, along, chance.uniform(0, 2 * np.pi), chance.uniform(0, 2 * np.pi)))

    def moved(pairs: Any) -> Any:
        east = sum(amount * np.sin(pairs @ along + phase) for amount, along, phase, _other in waves)
        north = sum(amount * np.sin(pairs @ along[::-1] + phase) for amount, along, _other, phase in waves)
        # Rounded, so that a corner bent in two pieces stays one corner.
        return np.round(pairs + np.column_stack((east, north)), 3)

    return moved


# Lanes, buildings, features -------------------------------------------------------------------------------------------


def _lanes(grids: list[str], chance: np.random.Generator) -> dict[str, tuple[str, ...]]:
    """Give every grid one or two lanes; a name is used once in a street, and may return in another."""
    used: dict[str, set[str]] = defaultdict(set)
    found: dict[str, tuple[str, ...]] = {}
    for code in grids:
        taken = used[code[:9]]
        names = [EXAMPLE_LANE] if code == f"{EXAMPLE_COMMUNITY}001" else []
        while len(names) < 1 + (int(code[-3:]) % 3 == 1):
            first, second, kind = (str(chance.choice(list(signs))) for signs in (LANE_FIRST, LANE_SECOND, LANE_KINDS))
            name = first + second + kind
            if first != second and name != EXAMPLE_LANE and name not in taken:
                names.append(name)
                taken.add(name)
        found[code] = tuple(names)
    return found


def _house_names(grids: list[str], lanes: dict[str, tuple[str, ...]], size: Scale) -> dict[str, list[str]]:
    """Name the houses of every grid by lane, compound and block: some compounds lie in a grid, or over a few (小区)."""
    names: dict[str, list[str]] = {code: [] for code in grids}
    numbers: Counter[tuple[str, str]] = Counter()
    for compound in _compounds(grids, size):
        gate = compound[0]
        lane = min(lanes[gate], key=lambda name: numbers[gate, name])
        numbers[gate, lane] += 1
        # Odd numbers stand on this side of the lane; number one is the gate.
        yard = f"{lane}{2 * numbers[gate, lane] + 1}号院"
        blocks = size.houses_each * len(compound) // max(1, size.compounds // size.grids)
        for block in range(blocks):
            names[compound[block * len(compound) // blocks]].append(f"{yard}{block + 1}栋")
    return names


def _compounds(grids: list[str], size: Scale) -> Iterator[tuple[str, ...]]:
    """Share the compounds out: each with its grids, which lie side by side in one community."""
    if size.compounds >= size.grids:
        for code in grids:
            yield from [(code,)] * (size.compounds // size.grids)
        return
    inside = [tuple(codes) for _community, codes in groupby(grids, key=lambda code: code[:12])]
    shares = _shared_out(size.compounds, [len(codes) for codes in inside])
    for codes, count in zip(inside, shares, strict=True):
        yield from (tuple(map(str, part)) for part in np.array_split(codes, count))


def _buildings(plane: Plane, grid: str, shape: Any, names: list[str]) -> list[dict[str, Any]]:
    return [
        _feature(plane.round(spot), {"code": f"{grid}{order:05d}", "name": name})
        for order, (spot, name) in enumerate(zip(_spots(shape, len(names)), names, strict=False), 1)
    ]


def _spots(shape: Any, wanted: int) -> list[Any]:
    """Return long houses all over the grid, in rows along its longer side."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))
    sides = np.diff(corners[:3], axis=0)
    along = sides[int(np.argmax(np.hypot(*sides.T)))]
    turn = np.arctan2(along[1], along[0])
    apart = 0.8 * np.sqrt(shape.area / wanted)
    for shrink in (1.0, 0.7, 0.5, 0.35, 0.2, 0.1):
        spots = _rows(shape.buffer(-4 * shrink), turn, (BUILDING_M[0] * shrink, BUILDING_M[1] * shrink), apart, wanted)
        if len(spots) == wanted:
            return spots
        apart *= 0.75
    return spots


def _rows(room: Any, turn: float, house_m: tuple[float, float], apart: float, wanted: int) -> list[Any]:
    (length, depth), middle = house_m, room.centroid
    east, north = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    corner = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) - 0.5
    house = corner[:, :1] * length * east + corner[:, 1:] * depth * north + [middle.x, middle.y]
    x_step, y_step = max(apart, length * 1.4), max(apart, depth * 2.2)
    steps = np.array([(x * x_step, y * y_step) for x in range(-9, 10) for y in range(-9, 10)])
    steps = steps[np.argsort(np.hypot(*steps.T), kind="stable")]
    spots = shapely.polygons(house + (steps[:, :1] * east + steps[:, 1:] * north)[:, None, :])
    shapely.prepare(room)
    chosen = np.flatnonzero(shapely.contains(room, spots))[:wanted]
    # Row by row, so that a compound's houses stand together.
    return list(spots[chosen[np.lexsort((steps[chosen, 0], -steps[chosen, 1]))]])


def _outline(plane: Plane, code: str, parts: list[Any]) -> dict[str, Any]:
    whole = shapely.coverage_union_all(parts)
    return _feature(plane.round(whole), {"code": code})


def _grid_properties(code: str, lanes: tuple[str, ...], households: int) -> dict[str, Any]:
    number = int(code[-3:])
    return {
        "code": code,
        "name": f"{number:02d}网格",
        "name_en": f"Grid {number:02d}",
        "aliases": list(lanes),
        "households": households,
        "people": round(households * 2.8),
    }


def _feature(shape: Any, properties: dict[str, Any]) -> dict[str, Any]:
    polygons = list(shape.geoms) if shape.geom_type == "MultiPolygon" else [shape]
    drawn = [
        [np.round(shapely.get_coordinates(ring), DECIMALS).tolist() for ring in (each.exterior, *each.interiors)]
        for each in polygons
    ]
    kind, coordinates = ("Polygon", drawn[0]) if len(drawn) == 1 else ("MultiPolygon", drawn)
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def main() -> None:
    """Write the drawing as files that the import takes in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", choices=sorted(SCALES), default="small")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    drawing = draw(chosen.scale, seed=chosen.seed)
    for name in ("outlines", "grids", "buildings"):
        collection = {"type": "FeatureCollection", "features": getattr(drawing, name)}
        (chosen.out / f"{name}.geojson").write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
