"""``./linli bench locate``: points to grids per second, beside a raw search-tree query of the same points.

The peer is shapely's own search tree asked with its predicate, which is what one would write first. Both answer the
same points in the same run, and the answers are compared.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely

from linli.place.rules import Datum, to_cgcs2000
from linli.place.rules.address import Called, WordIndex
from linli.place.rules.codes import Level
from linli.place.rules.points import PointIndex

WEST, SOUTH, EAST, NORTH = 91.0, 29.6, 91.25, 29.75
CORNERS = 46  # as many as a grid of the demo district has
SCALAR_POINTS = 20_000
AIM_PER_SECOND = 500_000


def polygons(count: int, chance: np.random.Generator) -> Any:
    """Cover a rectangle with irregular shapes that share their borders."""
    middles = np.column_stack((chance.uniform(WEST, EAST, count), chance.uniform(SOUTH, NORTH, count)))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(middles)))
    return shapely.segmentize(
        shapely.intersection(cells, shapely.box(WEST, SOUTH, EAST, NORTH)), 4.8 / CORNERS * 0.2 / np.sqrt(count)
    )


def timed(call: Any, rounds: int) -> tuple[float, Any]:
    """Return the best of several rounds: the machine is shared."""
    best, answer = float("inf"), None
    for _round in range(rounds):
        start = time.perf_counter()
        answer = call()
        best = min(best, time.perf_counter() - start)
    return best, answer


def measure(count: int, points: int, rounds: int, seed: int) -> dict[str, Any]:
    chance = np.random.default_rng(seed)
    shapes = polygons(count, chance)
    codes = [f"{number:015d}" for number in range(count)]
    lng, lat = chance.uniform(WEST, EAST, points), chance.uniform(SOUTH, NORTH, points)
    tree = shapely.STRtree(shapes)
    start = time.perf_counter()
    index = PointIndex(codes, shapes)
    built = time.perf_counter() - start

    raw, (asked, found) = timed(lambda: tree.query(shapely.points(lng, lat), predicate="intersects"), rounds)
    ours, positions = timed(lambda: index.find_many(lng, lat), rounds)
    shifted, _moved = timed(lambda: index.find_many(*to_cgcs2000(lng, lat, Datum.GCJ02)), rounds)
    some = list(zip(lng[:SCALAR_POINTS].tolist(), lat[:SCALAR_POINTS].tolist(), strict=True))
    single, _codes = timed(lambda: [index.find(east, north) for east, north in some], rounds)

    expected = np.full(points, count)
    np.minimum.at(expected, asked, found)
    return {
        "polygons": count,
        "corners": round(float(shapely.get_num_coordinates(shapes).mean()), 1),
        "points": points,
        "build_seconds": round(built, 3),
        "points_per_second": round(points / ours),
        "points_per_second_gcj02": round(points / shifted),
        "peer_points_per_second": round(points / raw),
        "ratio": round(raw / ours, 2),
        "one_by_one_microseconds": round(single / len(some) * 1e6, 2),
        "same_answers": bool((expected == positions).all()),
    }


def measure_words(rounds: int) -> dict[str, Any]:
    """Read addresses against a district's worth of names."""
    signs = "路平安和顺康宁福祥瑞丰盛兴隆永泰长春新光明德善友"
    lanes = [f"{one}{other}巷" for one in signs for other in signs if one != other]
    called = [
        Called(f"540102{1 + number // 100:03d}{1 + number // 20 % 50:03d}", Level.COMMUNITY, f"{lane[:2]}社区")
        for number, lane in enumerate(lanes)
        if number % 20 == 0
    ]
    texts = []
    for number, lane in enumerate(lanes):
        grid = f"540102{1 + number // 100:03d}{1 + number // 20 % 50:03d}{1 + number % 20:03d}"
        called.append(Called(grid, Level.GRID, f"{1 + number % 20:02d}网格", (lane,)))
        for block in range(1, 7):
            called.append(Called(f"{grid}{block:05d}", Level.BUILDING, f"{lane}{block}号院2栋"))
            texts.append(f"拉萨市城关区{lane}{block}号院2栋1单元302室")
    start = time.perf_counter()
    index = WordIndex(called)
    built = time.perf_counter() - start
    taken, found = timed(lambda: [index.find(text) for text in texts], rounds)
    sure = sum(bool(matches) and matches[0].score == 1.0 for matches in found)
    return {
        "names": len(called),
        "addresses": len(texts),
        "build_seconds": round(built, 3),
        "microseconds_per_address": round(taken / len(texts) * 1e6, 1),
        "certain": sure,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 if a figure misses its aim."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--polygons", type=int, nargs="+", default=[1_150, 100_000])
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(argv)
    figures = {
        "bench": "locate",
        "points": [measure(count, chosen.points, chosen.rounds, chosen.seed) for count in chosen.polygons],
        "words": measure_words(chosen.rounds),
    }
    misses = list(missed(figures["points"]))
    figures["missed"] = misses
    if chosen.json:
        print(json.dumps(figures))
    else:
        show(figures)
    return 1 if misses else 0


def missed(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Name every aim that was missed."""
    for row in rows:
        if row["points_per_second"] < AIM_PER_SECOND:
            yield f"{row['points_per_second']:,} points/s < {AIM_PER_SECOND:,} among {row['polygons']:,} polygons"
        if not row["same_answers"]:
            yield f"other answers than the search tree among {row['polygons']:,} polygons"


def show(figures: dict[str, Any]) -> None:
    """Print for a person."""
    for row in figures["points"]:
        print(
            f"{row['polygons']:>7,} polygons of {row['corners']} corners: {row['points_per_second']:>10,} points/s, "
            f"search tree {row['peer_points_per_second']:>9,} points/s, ratio {row['ratio']}; "
            f"from GCJ-02 {row['points_per_second_gcj02']:,}; one by one {row['one_by_one_microseconds']} µs; "
            f"built in {row['build_seconds']} s; same answers: {row['same_answers']}"
        )
    words = figures["words"]
    print(
        f"{words['addresses']:>7,} addresses against {words['names']:,} names: "
        f"{words['microseconds_per_address']} µs each, {words['certain']:,} certain"
    )
    for miss in figures["missed"]:
        print(f"missed: {miss}")


if __name__ == "__main__":
    sys.exit(main())
