"""The call-backs in a real browser: the list and the form, on a phone and at a desk."""

import pytest
from playwright.sync_api import expect

from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from tests import make
from tests.browsing import follow
from tests.web.test_call_backs import finished


@pytest.fixture
def desk():
    """A community with one call-back that waits."""
    with acting(EVERYTHING):
        case = finished()
        yield make.post(Role.COMMUNITY), case


@pytest.mark.parametrize(("width", "language"), [(320, "zh-hans"), (390, "bo"), (1440, "zh-hans")])
def test_a_call_back_is_made_at_every_width(open_page, look, desk, width, language):
    post, case = desk

    page = open_page(f"/community/call-backs/{case.pk}/", width=width, language=language, post=post)
    look(page, f"call-back-{language}-{width}")
    page.locator("input[name=outcome][value=REACHED]").check()
    page.locator("input[name=is_solved][value=yes]").check()
    follow(page, "form.move-form button[type=submit]")

    expect(page).to_have_url(f"{page.url.split('/community/')[0]}/community/call-backs/")
    look(page, f"call-backs-{language}-{width}")
    case.refresh_from_db()
    assert case.state == "CLOSED"
