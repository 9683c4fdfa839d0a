"""Asking, ruling and the table of limits in a real browser: nothing sticks out, axe finds nothing serious."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from linli.handling import actions as handling
from linli.handling.rules import ApplicationKind
from linli.shared.roles import Role
from tests import make
from tests.browsing import follow


@pytest.fixture
def asked(live_server):
    """A case whose community asks for a suspension, and the street that rules."""
    now = timezone.now()
    case, worker = make.case_in_hand(at=now - timedelta(hours=1), area_code=make.GRID, category_code="0104")
    street, until = make.post(Role.STREET), now + timedelta(days=40)
    handling.ask(case=case, post=worker, kind=ApplicationKind.SUSPENSION, reason="冬天不能施工", until=until, at=now)
    return case, worker, street


@pytest.mark.parametrize(("width", "language"), [(390, "zh-hans"), (1024, "bo")])
def test_a_desk_grants_from_its_queue(open_page, look, asked, width, language):
    case, _worker, street = asked

    page = open_page("/community/lists/to-rule/", width=width, language=language, post=street)
    look(page, f"to-rule-{width}")
    page.goto(f"/community/cases/{case.pk}/moves/suspend/")
    look(page, f"suspend-{width}")
    follow(page, "form[action*='moves/suspend'] button[type=submit]")
    expect(page).to_have_url(re.compile(f"/cases/{case.pk}/$"))
    look(page, f"suspended-{width}")

    case.refresh_from_db()
    assert case.suspended_until is not None


@pytest.mark.parametrize("width", [390, 1024])
def test_the_administrator_looks_at_the_limits(open_page, look, asked, width):
    post = make.post(Role.ADMIN)

    for address in ("limits/", "limits/lhasa-1/", "limits/import/", "calendar/", "calendar/days/"):
        page = open_page(f"/admin/{address}", width=width, post=post)
        look(page, f"{address.strip('/').replace('/', '-')}-{width}")
