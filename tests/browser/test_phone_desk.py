"""A desk on a phone: four pages and the way to all of them under the thumb, a list that begins on the first screen."""

import pytest
from playwright.sync_api import expect

from linli.shared.roles import Role
from tests import make

HIDDEN_UNDER_THE_BAR = """() => [...document.querySelectorAll('.desk-nav .nav-item')]
  .filter((one) => one.offsetParent !== null && one.getBoundingClientRect().right > innerWidth + 1).length"""


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("role", [Role.DISTRICT, Role.COMMUNITY, Role.GRID, Role.HEALTH, Role.DEPARTMENT])
def test_the_bar_cuts_no_page_and_all_pages_are_one_press_away(open_page, width, role):
    page = open_page("/desk/", width=width, post=make.post(role))
    bar = page.get_by_role("navigation", name="工作台页面")

    assert page.evaluate(HIDDEN_UNDER_THE_BAR) == 0
    assert bar.locator(".nav-item:visible").count() == 5

    more = bar.get_by_role("button", name="全部")
    if role != Role.DEPARTMENT:  # five pages: all of them stand in the bar
        more.click()
    assert bar.locator("a.nav-item:visible").count() >= 5
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_sheet_of_pages_is_walked_and_closed_by_the_keyboard(open_page, look):
    page = open_page("/district/", width=390, post=make.post(Role.DISTRICT))
    bar = page.get_by_role("navigation", name="工作台页面")

    bar.get_by_role("button", name="全部").focus()
    page.keyboard.press("Enter")

    expect(bar.get_by_role("link", name="看板")).to_be_focused()
    expect(bar.get_by_role("link", name="沉默单位")).to_be_visible()
    look(page)
    page.keyboard.press("Escape")
    expect(bar.get_by_role("button", name="全部")).to_be_focused()
    expect(bar.get_by_role("link", name="沉默单位")).to_be_hidden()


def test_filters_wait_behind_one_button_that_says_how_many_are_in_force(open_page):
    page = open_page("/district/cases/?state=HANDLING", width=390, post=make.post(Role.DISTRICT))

    expect(page.get_by_label("状态", exact=True)).to_be_hidden()
    expect(page.locator("[data-fold] .badge")).to_have_text("1")
    page.locator("[data-fold]").click()
    expect(page.get_by_label("状态", exact=True)).to_be_visible()
    expect(page.locator("[data-fold]")).to_have_attribute("aria-expanded", "true")


def test_at_a_desk_nothing_is_folded_and_the_pages_stand_in_groups(open_page):
    page = open_page("/district/cases/", width=1440, post=make.post(Role.DISTRICT))

    expect(page.get_by_label("状态", exact=True)).to_be_visible()
    expect(page.locator("[data-fold]")).to_be_hidden()
    page.locator(".nav-head", has_text="盯紧").click()
    expect(page.get_by_role("link", name="沉默单位")).to_be_hidden()


def test_why_a_step_was_not_made_is_brought_into_view_beside_the_list(open_page):
    make.neighbourhood()
    case = make.case(address="路程巷3号院2栋")
    page = open_page(f"/community/lists/all/?open={case.pk}", width=1440, post=make.post())
    page.locator("#panel").get_by_role("link", name="更正").click()
    page.locator(".move-form button[type=submit]").click()

    said = page.locator("#panel [role=alert]")
    expect(said).to_contain_text("这一步没有做")
    expect(said).to_be_in_viewport()
    expect(said).to_be_focused()
