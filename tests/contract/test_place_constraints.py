"""The database keeps the promises of the tree."""

import uuid
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError

from linli.place.models import Area, AreaVersion, Edition

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def area(**given):
    defaults = {"code": "540102009003", "level": "COMMUNITY", "name": "洛堆社区", "valid_from": date(2020, 1, 1)}
    return Area.objects.create(**defaults | given)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"level": "VILLAGE"}, "code_fits_level"),
        ({"level": "STREET"}, "code_fits_level"),
        ({"code": "54010200900A"}, "code_fits_level"),
        ({"code": "5401020090", "level": "STREET"}, "code_fits_level"),
        ({"valid_to": date(2020, 1, 1)}, "closes_after_it_opens"),
        ({"valid_to": date(2019, 1, 1)}, "closes_after_it_opens"),
        ({"successor_code": "540102009004"}, "successor_is_another_closed"),
        ({"valid_to": date(2021, 1, 1), "successor_code": "540102009003"}, "successor_is_another_closed"),
        ({"lng": 91.1}, "label_has_both"),
        ({"lat": 29.6}, "label_has_both"),
        ({"lng": 291.1, "lat": 29.6}, "label_has_both"),
    ],
)
def test_a_row_that_breaks_the_tree_is_refused(given, name):
    with pytest.raises(IntegrityError, match=name):
        area(**given)


def test_a_code_exists_once():
    area()

    with pytest.raises(IntegrityError):
        area()


def test_an_edition_lists_a_code_once():
    row = {"as_of": date(2020, 6, 30), "code": "540102", "level": "DISTRICT", "name": "城关区"}
    AreaVersion.objects.create(**row)

    with pytest.raises(IntegrityError):
        AreaVersion.objects.create(**row)


def test_there_is_one_edition_stamp():
    with pytest.raises(IntegrityError, match="one_row"):
        Edition.objects.create(id=2, stamp=uuid.uuid4(), changed_at=AT)


def test_codes_are_compared_byte_by_byte_so_that_a_prefix_is_one_range():
    area(code="540102009003001", level="GRID", name="01网格")
    area(code="54010200900300100001", level="BUILDING", name="1栋")
    area(code="540102009004")

    inside = Area.objects.filter(code__gte="540102009003", code__lt="540102009003:")

    assert [found.code for found in inside] == ["540102009003001", "54010200900300100001"]
    assert Area._meta.get_field("code").db_collation == "C"
