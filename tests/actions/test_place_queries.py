"""Questions about places cost no statement, and every process sees a change."""

import uuid
from datetime import UTC, datetime

import numpy as np
import pytest
from django.db import connection

from demo import shapes
from linli.place import queries as places
from linli.place.actions import import_areas, import_grids
from linli.place.models import Area, Edition
from linli.place.queries import atlas
from linli.place.rules import Datum, Level, from_cgcs2000
from linli.shared.refusals import Refused

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DRAWING = shapes.draw("small", seed=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _district(monkeypatch):
    import_areas(rows=DRAWING.area_rows, at=AT)
    import_grids(features=DRAWING.features, datum=Datum.CGCS2000, at=AT)
    monkeypatch.setattr(atlas, "CHECK_SECONDS", 3600.0)


def middle(code):
    area = Area.objects.get(code=code)
    return {"lng": area.lng, "lat": area.lat}


def grids():
    return [feature["properties"]["code"] for feature in DRAWING.grids]


def test_every_grid_finds_the_point_in_its_middle():
    assert [places.locate_point(**middle(code), datum=Datum.WGS84).code for code in grids()] == grids()


def test_a_point_in_gcj02_is_found_in_its_true_grid():
    point = middle(grids()[0])
    shifted = dict(zip(("lng", "lat"), from_cgcs2000(point["lng"], point["lat"], Datum.GCJ02), strict=True))

    located = places.locate_point(**shifted, datum=Datum.GCJ02)

    assert (located.code, located.level) == (grids()[0], Level.GRID)
    assert (located.lng, located.lat) == pytest.approx((point["lng"], point["lat"]), abs=1e-8)


def test_outside_the_district_is_no_area_and_the_distance_is_known():
    assert places.locate_point(lng=91.3, lat=29.65, datum=Datum.CGCS2000) is None
    assert 15_000 < places.outside_distance_m(lng=91.3, lat=29.65, datum=Datum.CGCS2000) < 18_000
    assert places.outside_distance_m(**middle(grids()[0]), datum=Datum.CGCS2000) == 0.0


def test_many_points_are_located_like_one_by_one():
    chance = np.random.default_rng(1)
    lng, lat = chance.uniform(91.07, 91.15, 500), chance.uniform(29.63, 29.67, 500)

    many = places.locate_points(lng=lng, lat=lat)

    singles = [places.locate_point(lng=x, lat=y, datum=Datum.CGCS2000) for x, y in zip(lng, lat, strict=True)]
    assert many.tolist() == [found.code if found else "" for found in singles]


def test_where_no_grid_is_drawn_the_community_is_found():
    code = grids()[0]
    point = middle(code)
    Area.objects.filter(code=code).update(polygon=None)
    places.forget()

    assert places.locate_point(**point, datum=Datum.CGCS2000).code == code[:12]


@pytest.mark.parametrize("point", [(float("nan"), 29.6), (29.65, 91.1)])
def test_what_is_no_coordinate_is_refused(point):
    with pytest.raises(Refused):
        places.locate_point(lng=point[0], lat=point[1], datum=Datum.WGS84)


def test_questions_cost_no_statement_once_the_atlas_is_open(django_assert_num_queries):
    point = middle(grids()[0])
    places.locate_point(**point, datum=Datum.WGS84)

    with django_assert_num_queries(0):
        places.locate_point(**point, datum=Datum.BD09)
        places.locate_words("洛堆社区路程巷3号院2栋")
        places.names(grids(), "en")
        places.full_name(grids()[0])
        places.children("540102")
        places.layer(level=Level.GRID, prefix="540102009")
        places.resolve(grids()[0])


def test_names_come_in_three_languages_and_fall_back_to_chinese():
    codes = ["540102003", "540102009003", "999999"]

    assert places.names(codes) == {"540102003": "吉日街道", "540102009003": "洛堆社区", "999999": "999999"}
    assert places.names(codes, "en")["540102009003"] == "Luodui Community"
    assert places.names(codes, "bo")["540102009003"] == "洛堆社区"


def test_the_tree_is_walked_by_prefix():
    assert [place.code for place in places.children("540102")] == ["540102003", "540102009"]
    assert len(places.areas(level=Level.GRID, prefix="540102009003")) == 4
    assert places.ancestry(grids()[0])[0] == "540102"
    assert places.exists(grids()[0])
    assert not places.exists("540102009003999")


def test_a_layer_is_geojson_that_neighbours_share():
    layer = places.layer(level=Level.GRID, prefix="540102009")

    assert layer["type"] == "FeatureCollection"
    assert len(layer["features"]) == 12
    first = layer["features"][0]
    assert first["properties"]["name"] == "01网格"
    assert first["geometry"]["type"] == "Polygon"
    assert all(round(lng, 6) == lng for lng, _lat in first["geometry"]["coordinates"][0])


def test_a_layer_of_buildings_is_read_when_asked_for():
    layer = places.layer(level=Level.BUILDING, prefix=grids()[0])

    assert len(layer["features"]) == 12


def test_a_simplified_layer_is_smaller_and_still_without_gaps():
    full = places.layer(level=Level.GRID, is_simplified=False)
    simple = places.layer(level=Level.GRID, is_simplified=True)

    corners = [
        sum(len(feature["geometry"]["coordinates"][0]) for feature in each["features"]) for each in (full, simple)
    ]
    assert corners[1] < corners[0] / 2


def test_an_area_that_is_not_drawn_is_the_sum_of_those_inside_it():
    Area.objects.filter(level__in=("STREET", "DISTRICT")).update(polygon=None)
    places.forget()

    assert len(places.layer(level=Level.STREET)["features"]) == 2
    assert len(places.layer(level=Level.DISTRICT)["features"]) == 1


def test_an_import_is_seen_at_once_in_its_own_process():
    before = places.layer_version()

    import_grids(features=[{"properties": {"code": "540102009", "name_en": "Golden"}}], datum=Datum.CGCS2000, at=AT)

    assert places.name("540102009", "en") == "Golden"
    assert places.layer_version() != before


def test_a_change_by_another_process_is_seen_at_the_next_check(monkeypatch):
    places.names([])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE place_area SET name = '新名字' WHERE code = '540102009003'")
    Edition.objects.update(stamp=uuid.uuid4())
    assert places.name("540102009003") == "洛堆社区"

    monkeypatch.setattr(atlas, "CHECK_SECONDS", 0.0)

    assert places.name("540102009003") == "新名字"


def test_an_unchanged_edition_is_checked_with_one_statement(monkeypatch, django_assert_num_queries):
    places.names([])
    monkeypatch.setattr(atlas, "CHECK_SECONDS", 0.0)

    with django_assert_num_queries(1):
        places.names([])


def test_an_empty_tree_answers_nothing_without_failing():
    Area.objects.all().delete()
    places.forget()

    assert places.locate_point(lng=91.1, lat=29.65, datum=Datum.WGS84) is None
    assert places.locate_points(lng=[91.1], lat=[29.65]).tolist() == [""]
    assert places.locate_words("洛堆社区") == []
    assert places.layer(level=Level.GRID)["features"] == []
    assert places.outside_distance_m(lng=91.1, lat=29.65, datum=Datum.WGS84) == float("inf")
    assert places.resolve("540102009003") == "540102009003"
