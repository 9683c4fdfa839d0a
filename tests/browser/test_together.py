"""Lists with boxes, by keyboard and by thumb: choose, count, send; typing never chooses anything."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from linli.case.models import Case
from linli.shared.roles import Role
from tests import make
from tests.browsing import follow

LIST = "/community/lists/to-take/"


@pytest.fixture
def worker():
    make.neighbourhood()
    post = make.post(Role.COMMUNITY)
    for hours in (3, 2, 1):
        make.case(at=timezone.now() - timedelta(hours=hours))
    return post


def test_rows_are_chosen_by_keyboard_and_moved_together(open_page, look, worker):
    page = open_page(LIST, width=1440, post=worker)

    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")

    expect(page.locator("[data-together-count]")).to_contain_text("已选 2 件")
    look(page, "list-chosen-1440")
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_contain_text("选上或不选这一条")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    page.locator("form[data-together] select").select_option("take")
    follow(page, "form[data-together] button")
    page.wait_for_url("**/together/")
    look(page, "together-1440")
    follow(page, "main form button[type=submit]")
    page.wait_for_url("**/together/done/")
    look(page, "together-done-1440")
    assert sorted(Case.objects.values_list("state", flat=True)) == ["DISPATCHED", "HANDLING", "HANDLING"]


def test_typing_in_the_search_chooses_nothing_and_opens_nothing(open_page, worker):
    page = open_page(LIST, width=1440, post=worker)

    page.keyboard.press("j")
    page.keyboard.press("/")
    page.keyboard.type("xjm?")

    expect(page.locator("#top-search")).to_have_value("xjm?")
    expect(page.locator("input[data-pick]:checked")).to_have_count(0)
    expect(page.locator("dialog")).to_have_count(0)


@pytest.mark.parametrize("language", ["zh-hans", "bo"])
def test_the_list_and_its_views_fit_a_phone(open_page, look, worker, language):
    page = open_page(f"{LIST}?late=no&hide=channel", width=390, language=language, post=worker)

    page.locator("input[data-pick]").first.check()
    look(page, f"list-chosen-390-{language}")
    page.locator(".list-views summary").click()
    look(page, f"list-view-form-390-{language}")
