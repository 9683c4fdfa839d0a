"""Yearly area codes: closed codes stay, successors answer, roll-ups follow."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from linli.place import queries as places
from linli.place.actions import ImportRefused, import_areas
from linli.place.forms import read_table
from linli.place.models import Area, AreaVersion
from linli.shared.models import AuditEntry

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
CARRIED = ROOT / "src" / "linli" / "place" / "data" / "area_540102.csv"
SHARED = ROOT.parent / "shared" / "data" / "area_540102_versions.csv"
BECAME_STREETS = {
    "540102200": "540102010",
    "540102201": "540102013",
    "540102202": "540102012",
    "540102203": "540102011",
}
pytestmark = pytest.mark.django_db


def row(as_of, code, name, **more):
    return {"as_of": as_of, "code": code.ljust(12, "0"), "name": name} | more


BEFORE = [
    row("2017-10-31", "540102", "城关区"),
    row("2017-10-31", "540102003", "吉日街道办事处"),
    row("2017-10-31", "540102003004", "吉日社区居委会"),
    row("2017-10-31", "540102201", "纳金乡"),
    row("2017-10-31", "540102201001", "纳如社区居委会"),
    row("2017-10-31", "540102201204", "纳金村委会"),
]
AFTER = [
    row("2019-10-31", "540102", "城关区"),
    row("2019-10-31", "540102003", "吉日街道"),
    row("2019-10-31", "540102003004", "吉日社区居委会"),
    row("2019-10-31", "540102013", "纳金街道"),
    row("2019-10-31", "540102013001", "纳如社区居委会"),
    row("2019-10-31", "540102013204", "纳金村委会"),
]


def test_a_township_that_became_a_street_keeps_its_code_and_names_its_successor():
    import_areas(rows=BEFORE + AFTER, at=AT)

    township = Area.objects.get(code="540102201")
    assert (township.valid_from, township.valid_to) == (date(2017, 10, 31), date(2019, 10, 31))
    assert township.successor_code == "540102013"
    assert places.resolve("540102201204") == "540102013204"
    assert places.resolve("540102003004") == "540102003004"


def test_roll_ups_follow_the_successor():
    import_areas(rows=BEFORE + AFTER, at=AT)

    assert places.roll_up("540102013") == ("540102013", "540102201")
    assert places.roll_up("540102013001") == ("540102013001", "540102201001")
    assert places.roll_up("540102003") == ("540102003",)
    assert places.roll_up("540102") == ("540102",)


def test_the_editions_may_come_in_any_order_and_one_by_one():
    import_areas(rows=AFTER, at=AT)
    import_areas(rows=BEFORE, at=AT)

    assert Area.objects.get(code="540102201001").successor_code == "540102013001"
    assert Area.objects.get(code="540102013").valid_from == date(2019, 10, 31)


def test_taking_in_the_same_edition_again_changes_nothing():
    import_areas(rows=BEFORE + AFTER, at=AT)

    again = import_areas(rows=BEFORE + AFTER, at=AT)

    assert (again.created, again.changed, again.closed, again.unchanged) == ((), (), (), 9)
    assert AreaVersion.objects.count() == 12


def test_a_rehearsal_writes_nothing_and_tells_what_would_happen():
    rehearsal = import_areas(rows=BEFORE + AFTER, at=AT, dry_run=True)

    assert len(rehearsal.created) == 9
    assert rehearsal.closed == ("540102201", "540102201001", "540102201204")
    assert rehearsal.problems == ()
    assert not Area.objects.exists()
    assert not AreaVersion.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_row_may_name_the_successor_itself():
    before = [*BEFORE[:3], row("2017-10-31", "540102201", "纳金乡", successor_code="540102003000")]

    import_areas(rows=before + AFTER[:3], at=AT)

    assert places.resolve("540102201") == "540102003"
    assert places.roll_up("540102003") == ("540102003", "540102201")


def test_a_closed_area_without_successor_is_pointed_out_and_falls_to_what_is_around_it():
    report = import_areas(rows=BEFORE + AFTER[:3], at=AT)

    assert [problem.code for problem in report.warnings] == ["540102201", "540102201001", "540102201204"]
    assert places.resolve("540102201204") == "540102"


def test_every_problem_is_listed_by_its_row_and_nothing_is_written():
    wrong = [
        row("2019-10-31", "540102", "城关区"),
        row("2019-10-31", "54010x", "吉日街道"),
        row("2019-10-31", "540102003", ""),
        row("31.10.2019", "540102003", "吉日街道"),
        row("2019-10-31", "540102009003", "洛堆社区居委会"),
        row("2019-10-31", "540102", "城关区"),
        row("2019-10-31", "540102004", "吉崩岗街道", level="community"),
        row("2019-10-31", "540102004", "吉崩岗街道", parent_code="540103000000"),
        row("2019-10-31", "540102004", "吉崩岗\x07街道"),
        row("2019-10-31", "540102005", "扎细街道", successor_code="540102999000"),
    ]

    with pytest.raises(ImportRefused) as refusal:
        import_areas(rows=wrong, at=AT)

    assert [problem.row for problem in refusal.value.report.errors] == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert not Area.objects.exists()


def test_an_edition_that_was_published_is_never_rewritten():
    import_areas(rows=BEFORE, at=AT)

    with pytest.raises(ImportRefused, match="已公布的名录不能改写"):
        import_areas(rows=[BEFORE[0], row("2017-10-31", "540102003", "吉日镇")], at=AT)

    assert AreaVersion.objects.get(code="540102003").name == "吉日街道办事处"


def test_an_edition_that_was_cut_off_is_refused():
    import_areas(rows=BEFORE, at=AT)

    with pytest.raises(ImportRefused, match="像是不完整"):
        import_areas(rows=AFTER[:2], at=AT)


def test_a_street_keeps_its_former_name_as_an_alias_and_gets_the_newest():
    import_areas(rows=[*BEFORE[:1], row("2017-10-31", "540102003", "吉日镇")], at=AT)
    import_areas(rows=AFTER[:2], at=AT)

    street = Area.objects.get(code="540102003")
    assert (street.name, street.aliases) == ("吉日街道", ["吉日镇"])


def test_an_import_leaves_one_audit_entry():
    import_areas(rows=BEFORE + AFTER, at=AT, by_words="versions.csv")

    entry = AuditEntry.objects.get()
    assert (entry.stage, entry.verb, entry.by_words) == ("place", "import_areas", "versions.csv")
    assert entry.detail["closed"] == ["540102201", "540102201001", "540102201204"]


@pytest.mark.parametrize("path", [CARRIED, SHARED], ids=["carried", "shared"])
def test_the_four_real_townships_became_streets_and_every_old_community_is_answered_for(path):
    if not path.exists():
        pytest.skip(f"{path.name} is not on this machine")

    report = import_areas(rows=read_table(path.read_bytes()), at=AT)

    assert report.problems == ()
    assert {code: places.resolve(code) for code in BECAME_STREETS} == BECAME_STREETS
    closed = Area.objects.filter(valid_to__isnull=False)
    assert {area.valid_to for area in closed} == {date(2019, 10, 31)}
    assert all(places.exists(area.successor_code) for area in closed)
    assert {places.name(area.code) for area in closed.filter(level="COMMUNITY")} == {
        places.name(area.successor_code) for area in closed.filter(level="COMMUNITY")
    }
    assert len(places.areas(level="STREET")) == 12
    assert len(places.areas(level="COMMUNITY")) == 53
    assert places.roll_up("540102013") == ("540102013", "540102201")
    assert places.locate_words("纳金乡塔玛村委会")[0].code == "540102013203"
