from linli.jobs.live import LOOK_AGAIN, WAITING_HINTS_MAX, Page, Viewer
from linli.shared.scope import EVERYTHING, NOTHING, Scope

HINT = {"areas": ["540102001001", "540102002001"], "units": [7, 8], "cases": [41, 42]}


def test_a_community_hears_of_its_own_area_and_unit_only():
    viewer = Viewer(Scope(area_code="540102001001", unit_id=7))

    assert viewer.share(HINT) == {"areas": ["540102001001"], "units": [7]}


def test_a_department_hears_of_its_unit_only():
    assert Viewer(Scope(unit_id=8)).share(HINT) == {"areas": [], "units": [8]}


def test_the_district_hears_of_every_area():
    assert Viewer(Scope(area_code="540102")).share(HINT) == {"areas": HINT["areas"], "units": []}


def test_a_resident_hears_of_their_own_case_and_of_no_area_or_unit():
    assert Viewer(NOTHING, case_id=42).share(HINT) == {"cases": [42]}


def test_a_resident_hears_nothing_of_other_cases():
    assert Viewer(NOTHING, case_id=43).share(HINT) is None


def test_without_a_scope_nothing_is_heard():
    assert Viewer(NOTHING).share(HINT) is None
    assert Viewer(EVERYTHING).share(HINT) == {"areas": HINT["areas"], "units": [7, 8]}


def test_a_page_too_slow_to_read_is_told_once_to_look_again():
    page = Page(Viewer(EVERYTHING))

    for _ in range(WAITING_HINTS_MAX + 1):
        page.hear(HINT)

    assert page.waiting.qsize() == 1
    assert page.waiting.get_nowait() == LOOK_AGAIN
