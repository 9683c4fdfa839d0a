"""Devices in a real browser, at the door and at the desk: register, hand out, swap, take back."""

import pytest
from playwright.sync_api import expect

from linli.call.models import Device, DeviceTask, Holding
from linli.people import actions as people
from linli.people.rules import ConsentGiven
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from tests import make, make_call
from tests.browsing import follow

SUBMIT = "main form button[type=submit].btn-primary"


@pytest.fixture
def worker():
    """A community worker, and somebody of 78 at home."""
    with acting(EVERYTHING):
        make.neighbourhood()
        home = people.register_household(area_code=make.GRID, address="路程巷3号院2栋302", at=make.AT, post=None)
        people.register_resident(
            household=home, name="次仁", consent=ConsentGiven(giver="SELF", way="SIGNED"), at=make.AT, post=None
        )
        yield make.post(Role.COMMUNITY)


@pytest.mark.parametrize(("width", "language"), [(390, "zh-hans"), (320, "bo")])
def test_a_device_is_registered_handed_out_swapped_and_taken_back_on_a_phone(open_page, look, worker, width, language):
    page = open_page("/devices/register/", width=width, language=language, post=worker)
    for serial in ("B-2", "B-1"):
        page.fill("[name=serial]", serial)
        follow(page, SUBMIT)
        expect(page.locator("code.secret")).to_be_visible()
    look(page, f"device-registered-{language}-{width}")

    follow(page, "a[href$='/hand-out/']")
    page.fill("[name=name]", "次仁")
    follow(page, SUBMIT)
    look(page, f"device-choose-{language}-{width}")
    follow(page, "a.choice[href*='/hand-out/']")
    page.check("[name=is_agreed]")
    page.check("[name=is_located]")
    page.fill("[name=entrance]", "从北门进")
    page.fill("[name=notes]", "钥匙在301")
    for name, words in (("name", "边巴"), ("phone", "13900000002"), ("relation", "儿子")):
        page.fill(f"[name=contacts-0-{name}]", words)
    page.check("[name=contacts-0-is_agreed]")
    look(page, f"device-hand-out-{language}-{width}")
    follow(page, SUBMIT)
    expect(page.locator(".page-head h1")).to_have_text("B-1")
    look(page, f"device-held-{language}-{width}")

    follow(page, "a[href$='/swap/']")
    page.fill("[name=serial]", "B-2")
    page.fill("[name=words]", "屏幕坏了")
    look(page, f"device-swap-{language}-{width}")
    follow(page, SUBMIT)
    expect(page.locator(".page-head h1")).to_have_text("B-2")

    follow(page, "a[href$='/take-back/']")
    page.fill("[name=words]", "搬走了")
    follow(page, SUBMIT)
    expect(page).to_have_url(f"{page.url.split('/devices/')[0]}/devices/")
    assert dict(Device.objects.values_list("serial", "state")) == {"B-1": "IN_STOCK", "B-2": "IN_STOCK"}
    assert list(Holding.objects.order_by("pk").values_list("ended_words", flat=True)) == ["屏幕坏了", "搬走了"]


@pytest.mark.parametrize("width", [320, 1440])
def test_the_lists_are_readable_at_every_width(open_page, look, worker, width):
    with acting(EVERYTHING):
        held = make_call.holding()
        make_call.device()
        DeviceTask.objects.create(
            device=held.device, kind="BATTERY", area_code=make.GRID, opened_at=make.AT, due_at=make.AT, seen="12 %"
        )
        make_call.call(held=held)
    page = open_page("/devices/", width=width, post=worker)
    look(page, f"devices-{width}")
    rest = ("tasks/", "round/", "punctuality/", "import/", f"{held.device_id}/", f"{held.device_id}/agreement/",
            f"{held.device_id}/label/", f"{held.device_id}/correct/")  # fmt: skip
    for path in rest:
        page.goto(f"/devices/{path}")
        look(page, f"devices-{path.strip('/').replace('/', '-')}-{width}")
