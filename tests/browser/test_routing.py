"""The responsibility list, its dry run and its inbox in a real browser: on a phone and at a desk."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from linli.routing import actions as routing
from linli.routing.actions import Terms
from linli.routing.models import RoutingRule
from linli.routing.rules import RuleState
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.staff import actions as staff_actions
from tests import make
from tests.browsing import follow

PAGES = ["/routing/", "/routing/try/?text=楼道灯坏了&area=540102001001", "/routing/replay/?days=7", "/routing/duties/",
         "/admin/replies/BEYOND_DUTY/", "/admin/emergency/?text=老人晕倒了"]  # fmt: skip


@pytest.fixture
def listed():
    with acting(EVERYTHING):
        make.neighbourhood()
        lights, closed = make.department("路灯管理所"), make.department("旧水务局")
        for unit, terms in (
            (closed, {"category_code": "02"}),
            (lights, {"category_code": "0104", "hours": "周一至周五 09:30-18:00；周六 10:00-14:00"}),
            (lights, {"category_code": "01", "area_code": make.STREET, "state": RuleState.DRAFT, "note": "年度调整"}),
        ):
            routing.add_rule(terms=Terms(unit_id=unit.pk, **terms), at=make.AT)
        staff_actions.close_unit(unit=closed, reason="改革", at=make.AT)
        make.case(at=timezone.now(), category_code="0101", text="路面塌了一个坑")
        yield


@pytest.mark.parametrize("address", PAGES)
def test_its_pages_can_be_read_on_a_phone_and_at_a_desk(open_page, look, listed, address):
    name = address.partition("?")[0].strip("/").replace("/", "-")
    page = open_page(address, width=390, post=make.post(Role.ADMIN))
    look(page, f"{name}-390")

    page.set_viewport_size({"width": 1440, "height": 900})

    look(page, f"{name}-1440")


def test_an_unmatched_case_becomes_a_rule_in_one_step(open_page, look, listed):
    page = open_page("/district/unmatched/", width=390, post=make.post(Role.DISTRICT))
    look(page, "unmatched-390")
    page.goto(page.get_by_role("link", name="路面塌了一个坑").get_attribute("href"))
    look(page, "assign-390")

    page.get_by_label("派给谁").select_option(label="路灯管理所")
    follow(page, page.get_by_role("button", name="派单"))

    expect(page.locator("main")).to_contain_text("并记成第")
    assert RoutingRule.objects.filter(category_code="0101").count() == 1


def test_the_number_to_call_appears_while_the_worker_types(open_page, look, listed):
    page = open_page("/community/register/", width=390, post=make.post(Role.COMMUNITY))
    page.locator("#id_text").press_sequentially("楼上着火了")

    expect(page.locator("#emergency-box a[href='tel:119']")).to_be_visible()
    look(page, "register-emergency-390")
