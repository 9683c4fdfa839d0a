"""The demo's shapes go through the real import and can be found again."""

from collections import defaultdict
from datetime import UTC, datetime

import pytest

from demo import shapes
from linli.place import queries as places
from linli.place.actions import import_areas, import_grids
from linli.place.models import Area
from linli.place.rules import Datum, Level

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_the_small_demo_is_taken_in_without_an_error():
    drawing = shapes.draw("small", seed=1)

    import_areas(rows=drawing.area_rows, at=AT)
    report = import_grids(features=drawing.features, datum=Datum.CGCS2000, at=AT)

    assert [problem.message for problem in report.errors] == []
    assert len(places.areas(level=Level.STREET)) == 2
    assert len(places.areas(level=Level.COMMUNITY)) == 6
    assert len(places.areas(level=Level.GRID)) == 24
    assert len(places.areas(level=Level.BUILDING)) == 288
    assert not Area.objects.filter(polygon__isnull=True).exists()


def test_the_address_of_the_example_leads_to_its_building():
    drawing = shapes.draw("small", seed=7)
    import_areas(rows=drawing.area_rows, at=AT)
    import_grids(features=drawing.features, datum=Datum.CGCS2000, at=AT)

    best = places.locate_words("洛堆社区路程巷3号院2栋")[0]

    assert best.score == 1.0
    assert best.code.startswith("540102009003001")
    assert places.full_name(best.code) == "金珠西路街道·洛堆社区·01网格·路程巷3号院2栋"


def test_the_whole_district_has_its_494_compounds_each_in_one_community():
    drawing = shapes.draw("district", seed=1)

    houses = [(house["properties"]["code"], house["properties"]["name"]) for house in drawing.buildings]
    compounds = defaultdict(set)
    for code, name in houses:
        compounds[code[:9], name.partition("号院")[0]].add(code[:12])
    assert (len(drawing.grids), len(houses), len(set(houses))) == (1150, 3450, 3450)
    assert {code[:15] for code, _name in houses} == {grid["properties"]["code"] for grid in drawing.grids}
    assert len(compounds) == 494
    assert {len(communities) for communities in compounds.values()} == {1}


def test_the_same_seed_draws_the_same_district_and_another_seed_another():
    assert shapes.draw("small", seed=3) == shapes.draw("small", seed=3)
    assert shapes.draw("small", seed=3).grids != shapes.draw("small", seed=4).grids
