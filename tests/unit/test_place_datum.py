"""Datums: every coordinate says what it is measured against."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.place.rules import Datum, from_cgcs2000, to_cgcs2000
from linli.shared.refusals import Refused

LHASA = (91.132911, 29.659472)
china_lng, china_lat = st.floats(73.6, 134.7), st.floats(18.2, 53.4)


def metres(one, other):
    north = (one[1] - other[1]) * 110_850
    east = (one[0] - other[0]) * 111_320 * math.cos(math.radians(one[1]))
    return math.hypot(north, east)


def test_at_lhasa_gcj02_is_336_metres_off():
    shifted = from_cgcs2000(*LHASA, Datum.GCJ02)

    assert metres(LHASA, shifted) == pytest.approx(336.5, abs=0.2)


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.CGCS2000])
def test_wgs84_and_cgcs2000_are_one_at_street_scale(datum):
    assert to_cgcs2000(*LHASA, datum) == LHASA


@given(lng=china_lng, lat=china_lat, datum=st.sampled_from(Datum))
def test_there_and_back_is_the_same_place(lng, lat, datum):
    back = to_cgcs2000(*from_cgcs2000(lng, lat, datum), datum)

    assert metres((lng, lat), back) < 0.01


@given(points=st.lists(st.tuples(china_lng, china_lat), min_size=1, max_size=20), datum=st.sampled_from(Datum))
def test_many_at_once_are_converted_like_one_by_one(points, datum):
    lng, lat = np.array(points).T

    many = to_cgcs2000(lng, lat, datum)

    singles = [to_cgcs2000(*point, datum) for point in points]
    assert np.allclose(np.column_stack(many), singles, rtol=0, atol=1e-11)


@pytest.mark.parametrize("point", [(2.35, 48.85), (-74.0, 40.7), (151.2, -33.9), (180.0, 90.0)])
@pytest.mark.parametrize("datum", list(Datum))
def test_a_point_outside_china_is_left_where_it_is(point, datum):
    assert to_cgcs2000(*point, datum) == point
    assert from_cgcs2000(*point, datum) == point


@pytest.mark.parametrize("point", [(math.nan, 29.6), (91.1, math.inf), (-math.inf, 0.0)])
def test_what_is_no_number_is_refused(point):
    with pytest.raises(Refused, match="不是有效的数字"):
        to_cgcs2000(*point, Datum.WGS84)


@pytest.mark.parametrize("point", [(181.0, 0.0), (29.6, 91.1), (-181.0, 10.0), (500_000.0, 3_281_000.0)])
def test_swapped_or_projected_coordinates_are_refused(point):
    with pytest.raises(Refused, match="超出范围"):
        to_cgcs2000(*point, Datum.GCJ02)


def test_one_wrong_number_among_many_is_refused():
    with pytest.raises(Refused, match="不是有效的数字"):
        to_cgcs2000(np.array([91.1, math.nan]), np.array([29.6, 29.6]), Datum.GCJ02)
