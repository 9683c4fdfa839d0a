"""Points in polygons: the sheet of cells never decides differently from the polygons."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.place.rules.points import PointIndex, Surroundings

LEFT = shapely.box(91.0, 29.0, 91.1, 29.1)
RIGHT = shapely.box(91.1, 29.0, 91.2, 29.1)


def voronoi(count, seed):
    chance = np.random.default_rng(seed)
    cells = shapely.voronoi_polygons(shapely.MultiPoint(chance.uniform(0, 1, (count, 2))))
    return shapely.intersection(shapely.get_parts(cells), shapely.box(0, 0, 1, 1))


def test_a_point_on_a_shared_edge_belongs_to_the_smaller_code():
    index = PointIndex(["2", "1"], [LEFT, RIGHT])

    assert index.find(91.1, 29.05) == "1"
    assert index.codes[index.find_many(np.array([91.1]), np.array([29.05]))].tolist() == ["1"]


def test_outside_everything_is_no_code():
    index = PointIndex(["1", "2"], [LEFT, RIGHT])

    assert index.find(91.3, 29.05) == ""
    assert index.find(-170.0, -80.0) == ""
    assert index.find_many(np.array([91.3, 91.05, 0.0]), np.array([29.05, 29.05, 0.0])).tolist() == [-1, 0, -1]


def test_a_hole_is_outside():
    index = PointIndex(["1"], [LEFT.difference(shapely.box(91.04, 29.04, 91.06, 29.06))])

    assert index.find(91.05, 29.05) == ""
    assert index.find(91.01, 29.05) == "1"


def test_no_points_have_no_answers():
    index = PointIndex(["1"], [LEFT])

    assert index.find_many(np.array([]), np.array([])).tolist() == []


@settings(deadline=None, max_examples=60)
@given(count=st.integers(2, 60), seed=st.integers(0, 10_000))
def test_the_cells_agree_with_the_polygons_everywhere(count, seed):
    shapes = voronoi(count, seed)
    index = PointIndex([f"{number:03d}" for number in range(count)], shapes)
    chance = np.random.default_rng(seed)
    corners = shapely.get_coordinates(shapes)
    pairs = np.vstack((chance.uniform(-0.1, 1.1, (400, 2)), corners, (corners[1:] + corners[:-1]) / 2))

    many = index.find_many(pairs[:, 0], pairs[:, 1])

    around = [np.flatnonzero(shapely.intersects_xy(shapes, lng, lat)) for lng, lat in pairs]
    assert many.tolist() == [int(found.min()) if len(found) else -1 for found in around]
    names = [f"{number:03d}" if number >= 0 else "" for number in many]
    assert [index.find(lng, lat) for lng, lat in pairs.tolist()] == names


def test_the_distance_outside_is_told_in_metres():
    whole = Surroundings([LEFT, RIGHT])

    assert whole.distance_m(91.15, 29.05) == 0.0
    assert whole.distance_m(91.2 + 0.01, 29.05) == pytest.approx(math.cos(math.radians(29.05)) * 1113.2, rel=0.003)
