"""Grids and buildings: every problem by row, history kept, the same file twice changes nothing."""

import json
from datetime import UTC, date, datetime

import pytest

from linli.place import queries as places
from linli.place.actions import ImportRefused, import_areas, import_grids
from linli.place.models import Area
from linli.place.rules import Datum, from_cgcs2000
from linli.shared.models import AuditEntry

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = datetime(2026, 9, 1, 9, tzinfo=UTC)
COMMUNITY, OTHER = "540102009003", "540102009005"
ONE, TWO, THREE = f"{COMMUNITY}001", f"{COMMUNITY}002", f"{COMMUNITY}003"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tree():
    names = {"540102": "城关区", "540102009": "金珠西路街道", COMMUNITY: "洛堆社区居委会", OTHER: "当巴社区居委会"}
    import_areas(rows=[{"as_of": "2023-06-30", "code": code, "name": name} for code, name in names.items()], at=AT)
    outlines = [box(COMMUNITY, 0, 0, 4, 4), box(OTHER, 4, 0, 8, 4)]
    import_grids(features=outlines, datum=Datum.CGCS2000, at=AT)


def ring(west, south, east, north):
    """A rectangle in thousandths of a degree (about 100 m) from a corner near Lhasa."""
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return [[round(91.07 + x / 1000, 6), round(29.65 + y / 1000, 6)] for x, y in corners]


def box(code, west, south, east, north, **properties):
    geometry = {"type": "Polygon", "coordinates": [ring(west, south, east, north)]}
    return {"type": "Feature", "geometry": geometry, "properties": {"code": code} | properties}


def halves():
    return [box(ONE, 0, 0, 2, 4, households=320), box(TWO, 2, 0, 4, 4, households=400)]


def take_in(features, at=AT, **more):
    return import_grids(features=features, datum=Datum.CGCS2000, at=at, **more)


def refused(features, **more):
    before = list(Area.objects.order_by("code").values())
    with pytest.raises(ImportRefused) as refusal:
        take_in(features, **more)
    assert list(Area.objects.order_by("code").values()) == before
    return [(problem.row, problem.message) for problem in refusal.value.report.errors]


def test_two_halves_of_a_community_are_taken_in_without_a_word():
    report = take_in(halves())

    assert report.problems == ()
    assert report.created == (ONE, TWO)
    assert places.locate_point(lng=91.071, lat=29.651, datum=Datum.WGS84).code == ONE
    assert places.full_name(ONE) == "金珠西路街道·洛堆社区·01网格"


def test_the_same_file_twice_changes_nothing():
    take_in(halves())

    again = take_in(halves(), at=LATER)

    assert (again.created, again.changed, again.closed, again.unchanged) == ((), (), (), 2)


def test_a_rehearsal_tells_everything_and_writes_nothing():
    report = take_in([*halves(), box(THREE, 1, 1, 3, 3)], dry_run=True)

    assert [problem.row for problem in report.errors] == [3, 3]
    assert not Area.objects.filter(level="GRID").exists()
    assert AuditEntry.objects.count() == 2


def test_an_overlap_names_both_grids():
    problems = refused([halves()[0], box(TWO, 1, 0, 4, 4, name="东网格")])

    assert len(problems) == 1
    row, message = problems[0]
    assert row == 2
    assert f"{TWO} 东网格" in message
    assert ONE in message


def test_an_overlap_with_a_grid_already_there_names_both():
    take_in(halves())

    (row, message) = refused([box(THREE, 1, 1, 2, 2)])[0]

    assert row == 1
    assert THREE in message
    assert f"{ONE} 01网格" in message


def test_grids_that_differ_by_less_than_a_metre_do_not_overlap():
    nearly = [box(ONE, 0, 0, 2.004, 4), box(TWO, 2, 0, 4, 4)]

    assert take_in(nearly).errors == ()


def test_a_grid_reaching_into_the_next_community_names_it():
    problems = refused([box(ONE, 2, 0, 6, 4)])

    assert problems[0][0] == 1
    assert "540102009003 洛堆社区" in problems[0][1]


def test_ground_without_a_grid_is_pointed_out():
    report = take_in([halves()[0]])

    assert [problem.is_error for problem in report.problems] == [False]
    assert "没有划入任何网格" in report.problems[0].message


@pytest.mark.parametrize(
    ("geometry", "part"),
    [
        ({"type": "Polygon", "coordinates": [ring(0, 0, 1, 1)[:-1]]}, "没有闭合"),
        ({"type": "Polygon", "coordinates": [[[91.07, 29.65], [91.07, 29.65]]]}, "没有闭合"),
        ({"type": "Point", "coordinates": [91.07, 29.65]}, "应为多边形"),
        ({"type": "Polygon", "coordinates": []}, "无法读取"),
        ({"type": "Polygon", "coordinates": [[["a", "b"]] * 5]}, "无法读取"),
        ({"type": "Polygon"}, "无法读取"),
        ("", "没有图形"),
        ([1, 2], "无法读取"),
        (
            {"type": "Polygon", "coordinates": [[[29.65, 91.07], [29.66, 91.07], [29.66, 91.08], [29.65, 91.07]]]},
            "颠倒",
        ),
        (
            {
                "type": "Polygon",
                "coordinates": [[[91.07, 29.65], [91.08, 29.66], [91.08, 29.65], [91.07, 29.66], [91.07, 29.65]]],
            },
            "多边形无效",
        ),
        ({"type": "Polygon", "coordinates": [[[float("nan"), 29.65]] * 5]}, "不是经纬度"),
    ],
)
def test_a_bad_outline_says_what_is_wrong_with_it(geometry, part):
    report = take_in([{"type": "Feature", "geometry": geometry, "properties": {"code": ONE}}], dry_run=True)

    assert [problem.row for problem in report.problems] == [1]
    assert part in report.problems[0].message


@pytest.mark.parametrize(
    ("properties", "part"),
    [
        ({"code": "54010200900300"}, "3 位数字"),
        ({"code": "abc"}, "不是区域编码"),
        ({}, "不是区域编码"),
        ({"code": "540102009999001"}, "上级区域 540102009999 不存在"),
        ({"code": "540102999"}, "先导入区划代码"),
        ({"code": ONE, "name": "字" * 81}, "超过 80 个字"),
        ({"code": ONE, "name": "网\u202e格"}, "不可见字符"),
        ({"code": ONE, "households": "很多"}, "不是非负整数"),
        ({"code": ONE, "households": -3}, "不是非负整数"),
        ({"code": ONE, "replaces": "540102009003009"}, "不是同级的现行区域"),
        ({"code": f"{ONE}00001"}, "名称为空"),
    ],
)
def test_a_bad_cell_says_what_is_wrong_with_it(properties, part):
    report = take_in([{"type": "Feature", "geometry": None, "properties": properties}], dry_run=True)

    assert part in report.errors[0].message


def test_one_code_twice_names_the_other_row():
    assert refused([*halves(), box(ONE, 0, 0, 2, 4)]) == [(3, "与第 1 行编码重复。")]


def test_unusual_numbers_of_households_and_people_are_only_pointed_out():
    report = take_in([box(ONE, 0, 0, 4, 4, households=120, people=2600)])

    assert [problem.message for problem in report.problems] == [
        "120 户，一般为 300 至 500 户。",
        "2600 人，一般不超过 2500 人。",
    ]


def test_a_redrawn_grid_needs_a_new_code():
    take_in(halves())

    problems = refused([box(ONE, 0, 0, 1, 4)])

    assert "重划的网格请用新编号" in problems[0][1]


def test_a_redrawn_grid_closes_the_old_one_and_its_records_follow():
    take_in(halves())

    report = take_in([box(THREE, 0, 0, 2, 4, replaces=[ONE])], at=LATER)

    old = Area.objects.get(code=ONE)
    assert report.closed == (ONE,)
    assert (old.valid_to, old.successor_code) == (date(2026, 9, 1), THREE)
    assert places.resolve(ONE) == THREE
    assert places.roll_up(THREE) == (THREE, ONE)
    assert places.locate_point(lng=91.071, lat=29.651, datum=Datum.CGCS2000).code == THREE
    assert take_in([box(THREE, 0, 0, 2, 4, replaces=[ONE])], at=LATER).unchanged == 1


def test_a_closed_code_is_never_used_again():
    take_in(halves())
    take_in([box(THREE, 0, 0, 2, 4, replaces=[ONE])], at=LATER)

    assert any("不能重复使用" in message for _row, message in refused([box(ONE, 0, 0, 2, 4)], at=LATER))


def test_a_grid_parted_in_two_falls_to_its_community():
    take_in(halves())
    parted = [box(THREE, 0, 0, 1, 4, replaces=[ONE]), box(f"{COMMUNITY}004", 1, 0, 2, 4, replaces=[ONE])]

    take_in(parted, at=LATER)

    assert places.resolve(ONE) == COMMUNITY


def test_buildings_lie_in_their_grid_and_not_in_each_other():
    take_in(halves())
    buildings = [
        box(f"{ONE}00001", 0.1, 0.1, 0.5, 0.3, name="路程巷3号院1栋"),
        box(f"{ONE}00002", 0.4, 0.1, 0.9, 0.3, name="路程巷3号院2栋"),
        box(f"{ONE}00003", 1.8, 1, 2.2, 1.3, name="路程巷3号院3栋"),
    ]

    problems = refused(buildings)

    assert [row for row, _message in problems] == [2, 3]
    assert take_in(buildings[:1]).created == (f"{ONE}00001",)
    assert places.locate_words("路程巷3号院1栋")[0].code == f"{ONE}00001"


def test_coordinates_in_gcj02_are_converted_at_the_edge():
    shifted = halves()
    for feature in shifted:
        corners = feature["geometry"]["coordinates"][0]
        feature["geometry"]["coordinates"] = [[list(from_cgcs2000(*pair, Datum.GCJ02)) for pair in corners]]

    report = import_grids(features=shifted, datum=Datum.GCJ02, at=AT)

    assert report.problems == ()
    assert Area.objects.get(code=ONE).polygon["coordinates"] == [ring(0, 0, 2, 4)]


def test_the_wrong_datum_is_suspected_and_named():
    shifted = [box(ONE, 0.1, 0.1, 3.9, 3.9)]
    corners = shifted[0]["geometry"]["coordinates"][0]
    shifted[0]["geometry"]["coordinates"] = [[list(from_cgcs2000(*pair, Datum.GCJ02)) for pair in corners]]

    report = import_grids(features=shifted, datum=Datum.CGCS2000, at=AT, dry_run=True)

    assert any("若按 GCJ02 读取" in problem.message for problem in report.warnings)


def test_a_table_may_hold_wkt_or_geojson_under_chinese_headings():
    wkt = "POLYGON ((" + ", ".join(f"{x} {y}" for x, y in ring(0, 0, 2, 4)) + "))"
    geojson = json.dumps(halves()[1]["geometry"])
    rows = [
        {"网格编码": ONE, "网格名称": "", "街巷": "路程巷、平安巷", "户数": "320", "范围": wkt},
        {"网格编码": TWO, "网格名称": "东网格", "街巷": "", "户数": "", "范围": geojson},
    ]

    report = import_grids(rows=rows, datum=Datum.CGCS2000, at=AT)

    assert report.problems == ()
    one, two = Area.objects.filter(level="GRID")
    assert (one.name, one.aliases, one.households) == ("01网格", ["路程巷", "平安巷"], 320)
    assert (two.name, two.aliases, two.households) == ("东网格", [], None)


def test_an_import_leaves_one_audit_entry_with_what_closed():
    take_in(halves())
    take_in([box(THREE, 0, 0, 2, 4, replaces=[ONE])], at=LATER, by_words="grids.geojson")

    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.subject, entry.by_words) == ("import_grids", COMMUNITY, "grids.geojson")
    assert entry.detail == {"created": 1, "changed": 0, "closed": [ONE], "datum": "CGCS2000"}
