"""The administrator's desk in a real browser: every page at a phone's and a desk's width, and one import by hand."""

import pytest
from playwright.sync_api import expect

from linli.place.models import Area
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from tests import make
from tests.browsing import follow
from tests.web.test_admin import AREAS

PAGES = ["", "areas/", "areas/import/grids/", "units/", "categories/", "categories/0104/", "keys/", "calendar/"]


@pytest.fixture
def administrator():
    with acting(EVERYTHING):
        make.neighbourhood()
        yield make.post(Role.ADMIN)


@pytest.mark.parametrize("address", PAGES)
def test_its_pages_can_be_read_on_a_phone_and_at_a_desk(open_page, look, administrator, address):
    page = open_page(f"/admin/{address}", width=390, post=administrator)
    look(page, f"admin-{address.replace('/', '-')}390")

    page.set_viewport_size({"width": 1440, "height": 900})

    look(page, f"admin-{address.replace('/', '-')}1440")


def test_area_codes_are_checked_first_and_then_taken_in(open_page, look, administrator):
    page = open_page("/admin/areas/", width=1024, post=administrator)
    follow(page, page.get_by_role("link", name="导入区划代码"))
    page.locator("input[type=file]").set_input_files(
        {"name": "areas.csv", "mimeType": "text/csv", "buffer": AREAS.encode("gb18030")}
    )

    follow(page, page.get_by_role("button", name="检查文件"))
    expect(page.locator("h1")).to_have_text("检查结果")
    look(page, "admin-report-1024")
    follow(page, page.get_by_role("button", name="导入"))

    expect(page.locator("main")).to_contain_text("已导入")
    assert Area.objects.get(code="540102003004").name == "吉日社区"
