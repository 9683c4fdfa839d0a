"""The board in a real browser: at each width and language, drilled down, by the keyboard, on the wall, printed."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from linli.case.models import Case
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from tests import make
from tests.browsing import follow, settled
from tests.web import test_district as lives

LISTS = ["cases/?is=overdue", "placing/", "silent/", "supervision/", "answers/", "rates/?side=owner", "called/",
         "weights/", "chains/?check=1"]  # fmt: skip
WIDTHS = [320, 390, 1024, 1440]


@pytest.fixture
def centre():
    """A district at work, with its grid drawn."""
    with acting(EVERYTHING):
        make.neighbourhood()
        post = make.post(Role.DISTRICT)
        lives.life(timezone.now())
        square = [[91.1, 29.6], [91.11, 29.6], [91.11, 29.61], [91.1, 29.61], [91.1, 29.6]]
        make.area(make.GRID, "01网格", polygon={"type": "Polygon", "coordinates": [square]}, lng=91.105, lat=29.605)
        make.case(at=timezone.now() - timedelta(days=8), area_code=make.GRID, lng=91.104, lat=29.604)
        yield post


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["zh-hans", "bo"])
def test_the_board_can_be_read_at_every_width(open_page, look, centre, width, language):
    page = open_page("/district/", width=width, language=language, post=centre)

    expect(page.locator(".tile").first).to_be_visible()
    look(page, f"district-{language}-{width}")


@pytest.mark.parametrize(
    "address",
    [
        "cases/?is=overdue",
        "placing/",
        "silent/",
        "supervision/",
        "answers/",
        "rates/?side=owner",
        "called/",
        "weights/",
        "chains/?check=1",
    ],
)
def test_its_lists_can_be_read_on_a_phone_and_at_a_desk(open_page, look, centre, address):
    page = open_page(f"/district/{address}", width=390, post=centre)
    look(page, f"district-{address.partition('/')[0]}-390")

    page.set_viewport_size({"width": 1440, "height": 900})

    look(page, f"district-{address.partition('/')[0]}-1440")


def test_one_goes_down_from_the_district_to_a_case_and_back(open_page, centre):
    page = open_page("/district/", width=1440, post=centre)

    for name in ("区域540102001", "洛堆社区", "01网格"):
        follow(page, page.locator(".area-rows").get_by_role("link", name=name, exact=True))
        expect(page.locator(".trail h1")).to_have_text(name)
    page.locator(".board-cases a").first.click()

    expect(page.locator("#panel")).to_be_visible()
    expect(page.locator("#panel-content h1, #panel-content h2").first).to_be_visible()
    expect(page).to_have_url(re.compile("area=540102001001001"))
    expect(page).to_have_url(re.compile("open="))
    page.go_back()
    expect(page.locator("#panel")).to_be_hidden()


def test_a_case_without_a_place_gets_one_beside_the_list(open_page, look, centre):
    page = open_page("/district/placing/", width=1440, post=centre)

    page.locator("td.is-main a").first.click()
    page.locator("#panel-content select[name=area]").select_option(make.COMMUNITY)
    look(page, "district-placing-1440")
    page.locator("#panel-content button", has_text="定位并派单").click()

    expect(page.locator("#panel-content")).to_contain_text("已定位")
    expect(page.locator("#list-to-place")).to_contain_text("都有地点了")


def test_an_empty_district_says_so_everywhere(open_page, look):
    with acting(EVERYTHING):
        make.neighbourhood()
        post = make.post(Role.DISTRICT)

    page = open_page("/district/", width=1024, post=post)

    expect(page.locator("#board-rates")).to_contain_text("这段时间没有")
    look(page, "district-empty-1024")


def test_the_wall_fits_one_screen(open_page, look, centre):
    page = open_page("/district/?wall=1", width=1440, post=centre)
    page.set_viewport_size({"width": 1920, "height": 1080})

    look(page, "district-wall")
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080
    smallest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('.tile-number')].map(e => parseFloat(getComputedStyle(e).fontSize)))"
    )
    assert smallest >= 60


def test_new_numbers_come_without_reloading(open_page, centre):
    page = open_page("/district/", width=1440, post=centre)
    before = int(page.locator(".tile-number").first.inner_text())
    page.evaluate("window.stayed = true")
    with acting(EVERYTHING):
        make.case(at=timezone.now())

    # Without the live process a page asks every 20 seconds.
    expect(page.locator(".tile-number").first).to_have_text(str(before + 1), timeout=60_000)

    assert page.evaluate("window.stayed")
    told = json.loads(page.locator("#board-counts").text_content())
    assert told["540102001"][0] > 0


def test_a_title_of_any_length_breaks_nothing(open_page, look, centre):
    Case.objects.update(title="路" * 120, address="巷" * 300)

    page = open_page("/district/cases/", width=390, post=centre)

    look(page, "district-long-390")


def test_the_board_can_be_used_with_the_keyboard_alone(open_page, centre):
    page = open_page("/district/", width=1440, post=centre)

    page.locator(".tile").nth(1).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("超时")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_visible()


def test_the_board_prints_its_numbers_and_not_its_map(open_page, centre):
    page = open_page("/district/", width=1024, post=centre)

    settled(page).emulate_media(media="print")

    expect(page.locator("[data-map]")).to_be_hidden()
    expect(page.locator(".area-rows")).to_be_visible()
    expect(page.locator(".topbar")).to_be_hidden()
