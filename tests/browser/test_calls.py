"""The alarm in a real browser: it appears without reloading, sounds after one click, and ends when somebody answers."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from linli.call.models import Call, Presence, Told
from linli.shared.roles import Role
from tests import make, make_call
from tests.browser.test_desks import _live  # noqa: F401 -- the process that sends hints
from tests.browsing import follow
from tests.running import wait_for

NO_SOUND_YET = "声音没有打开"


@pytest.fixture
def duty():
    make.neighbourhood()
    make.unit("DISTRICT")
    return make.post(Role.DISTRICT, unit=make.unit("DISTRICT"))


@pytest.mark.usefixtures("_live")
def test_a_press_fills_the_screen_of_the_duty_desk_until_somebody_answers(open_page, look, duty):
    page = open_page("/calls/", width=1440, post=duty)
    expect(page.locator(".alarm-quiet")).to_be_visible()
    expect(page.locator("[data-alarm-state]")).to_contain_text(NO_SOUND_YET)
    page.locator("[data-alarm-on]").click()
    expect(page.locator("[data-alarm-state]")).to_have_text("声音已打开")
    wait_for(lambda: page.wait_for_timeout(50) or Presence.objects.filter(has_sound=True).exists(), 60, "presence")
    expect(page.locator("html")).to_have_attribute("data-live-link", "on")

    call = make_call.call(at=timezone.now())

    expect(page.locator(".alarm.is-first h2")).to_contain_text("次仁")
    expect(page.locator(".alarm-address")).to_contain_text("路程巷3号院2栋302")
    expect(page).to_have_title("‼ 有人呼叫 (1)")
    told = lambda: Told.objects.get(way="SCREEN", unit_id=duty.unit_id).standing  # noqa: E731 -- asked again
    wait_for(lambda: page.wait_for_timeout(50) or told() == "HEARD", 60, "the page to say that it shows it")
    look(page, "1440-alarm")

    with page.expect_navigation():
        page.keyboard.press("1")

    expect(page.locator(".call-head h1")).to_have_text("有人接应")
    assert Call.objects.get(pk=call.pk).answered_by_post_id == duty.pk
    look(page, "1440-call")


@pytest.mark.parametrize("language", ["zh-hans", "bo"])
def test_a_grid_worker_closes_a_mistake_in_two_taps_with_one_thumb(open_page, look, language):
    make.neighbourhood()
    worker = make.post(Role.GRID, area_code=make.GRID)
    make_call.call(at=timezone.now())
    page = open_page("/calls/", width=390, language=language, post=worker)
    look(page, f"390-{language}-alarm")

    follow(page, page.locator("form[action$='/answer/'] button").first)
    look(page, f"390-{language}-call")
    follow(page, page.locator(".call-moves button[value=MISTAKE]"))

    assert (Call.objects.get().state, Call.objects.get().outcome) == ("CLOSED", "MISTAKE")


@pytest.mark.usefixtures("_live")
def test_whoever_works_on_another_page_sees_the_strip(open_page, look, duty):
    community = make.post(Role.COMMUNITY)
    page = open_page("/community/", width=1024, post=community)
    expect(page.locator("html")).to_have_attribute("data-live-link", "on")
    expect(page.locator("#alarm-strip form")).to_have_count(1)

    make_call.call(at=timezone.now())

    expect(page.locator(".alarm-strip a")).to_contain_text("路程巷3号院2栋302")
    look(page, "1024-strip")
    follow(page, page.locator(".alarm-strip a"))
    expect(page.locator(".alarm.is-first")).to_be_visible()
