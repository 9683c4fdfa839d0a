"""Lists with boxes, by keyboard and by thumb: choose, count, send; typing never chooses anything."""

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.case.models import Case
from linli.shared.roles import Role
from tests import make

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

    assert "已选 2 件" in page.locator("[data-together-count]").inner_text()
    look(page, "list-chosen-1440")
    page.keyboard.press("?")
    assert "选上或不选这一条" in page.locator("dialog").inner_text()
    page.keyboard.press("Escape")
    page.locator("form[data-together] select").select_option("take")
    page.locator("form[data-together] button").click()
    page.wait_for_url("**/together/")
    look(page, "together-1440")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/together/done/")
    look(page, "together-done-1440")
    assert sorted(Case.objects.values_list("state", flat=True)) == ["DISPATCHED", "HANDLING", "HANDLING"]


def test_typing_in_the_search_chooses_nothing_and_opens_nothing(open_page, worker):
    page = open_page(LIST, width=1440, post=worker)

    page.keyboard.press("j")
    page.keyboard.press("/")
    page.keyboard.type("xjm?")

    assert page.locator("input[data-pick]:checked").count() == 0
    assert page.locator("#top-search").input_value() == "xjm?"
    assert page.locator("dialog").count() == 0


@pytest.mark.parametrize("language", ["zh-hans", "bo"])
def test_the_list_and_its_views_fit_a_phone(open_page, look, worker, language):
    page = open_page(f"{LIST}?late=no&hide=channel", width=390, language=language, post=worker)

    page.locator("input[data-pick]").first.check()
    look(page, f"list-chosen-390-{language}")
    page.locator(".list-views summary").click()
    look(page, f"list-view-form-390-{language}")
