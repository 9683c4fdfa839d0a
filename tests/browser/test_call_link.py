"""The alarm page over a long night: the link is cut and comes back, hints pour in, nobody touches the keyboard."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from linli.call import actions as calls
from linli.shared.roles import Role
from tests import make, make_call
from tests.browser.test_desks import _live  # noqa: F401 -- the process that sends hints
from tests.browsing import settled

LIVE = "**/live**"
IN_HAND = "document.activeElement.closest('form')?.getAttribute('action')"
SAID_SO = "() => performance.getEntriesByType('resource').some((one) => one.name.endsWith('/present/'))"


@pytest.fixture
def duty():
    make.neighbourhood()
    return make.post(Role.DISTRICT, unit=make.unit("DISTRICT"))


def linked(page):
    expect(page.locator("html")).to_have_attribute("data-live-link", "on")
    return page


@pytest.mark.usefixtures("_live")
def test_without_its_link_the_page_says_so_in_red_and_asks_for_calls_itself(open_page, look, duty):
    page = open_page("/calls/", width=1440, post=duty)
    page.route(LIVE, lambda route: route.abort())
    page.reload()
    expect(page.locator("#live-lost")).to_contain_text("实时连接已断开")

    make_call.call(at=timezone.now())

    expect(page.locator(".alarm.is-first h2")).to_contain_text("次仁")
    look(page, "1440-alarm-without-link")
    page.unroute(LIVE)
    expect(page.locator("#live-lost")).to_have_count(0)


@pytest.mark.usefixtures("_live")
def test_what_was_pressed_while_the_link_was_coming_is_shown_when_it_is_there(open_page, duty):
    page = open_page("/calls/", width=1440, post=duty)
    held_back = []

    def hold_back(route):
        held_back.append(route)

    page.route(LIVE, hold_back)
    page.reload()
    expect(page.locator(".alarm-quiet")).to_be_visible()
    page.wait_for_function("() => performance.now() > 300")

    make_call.call(at=timezone.now())
    assert page.locator(".alarm").count() == 0
    held_back[0].continue_()

    expect(page.locator(".alarm.is-first h2")).to_contain_text("次仁")


@pytest.mark.usefixtures("_live")
def test_a_hint_leaves_the_map_and_the_button_in_hand_where_they_are(open_page, duty):
    held = make_call.holding(lng=91.13, lat=29.65)
    call = make_call.call(held=held, at=timezone.now())
    page = settled(linked(open_page("/calls/", width=1440, post=duty)))
    page.evaluate("document.querySelector('[data-map]').dataset.mine = 'yes'")
    page.locator("form[action$='/attend/'] button").focus()

    calls.ring_back(call=call, post=make.post(Role.COMMUNITY), at=timezone.now())
    make_call.call(held=held, ref="2", at=timezone.now())

    expect(page.locator(".alarm")).to_have_count(2)
    assert page.locator("[data-map][data-mine=yes]").count() == 1
    assert page.evaluate(IN_HAND) == f"/calls/{call.pk}/moves/attend/"


@pytest.mark.usefixtures("_live")
def test_only_the_alarm_page_counts_as_somebody_being_there(open_page, duty):
    marked = {}

    def note(request):
        if request.url.endswith("/calls/present/"):
            marked[request.headers.get("referer", "").split("/", 3)[3]] = "x-background" in request.headers

    for path in ("/calls/", "/district/cases/"):
        page = open_page(path, width=1440, post=duty)
        page.on("request", note)
        page.reload()
        linked(page)
        expect(page.locator("form[data-alarm-presence]")).to_have_count(1)
        page.wait_for_function(SAID_SO)

    assert marked == {"calls/": False, "district/cases/": True}


@pytest.mark.usefixtures("_live")
def test_fifty_presses_at_once_are_few_questions_and_all_are_there(open_page, duty):
    page = linked(open_page("/calls/", width=1440, post=duty))
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.resource_type == "fetch" else None)
    held = make_call.holding()

    for ref in range(50):
        make_call.call(held=held, ref=str(ref + 1), at=timezone.now())

    expect(page.locator(".alarm")).to_have_count(30)
    expect(page.get_by_text("还有更多呼叫没有显示在这里")).to_be_visible()
    assert len([url for url in asked if url.endswith("/calls/")]) < 25


@pytest.mark.usefixtures("_live")
def test_the_page_of_a_call_follows_what_others_do_and_keeps_what_is_being_typed(open_page, look, duty):
    call = make_call.call(at=timezone.now())
    page = linked(open_page(f"/calls/{call.pk}/", width=390, post=duty))
    expect(page.locator(".call-head h1")).to_have_text("没有人接应")
    page.evaluate("window.neverReloaded = true")
    page.locator("summary", has_text="补充说明").click()
    page.locator("#note-words").fill("她女儿住三楼")
    page.locator("#note-words").blur()

    calls.answer(call=call, post=make.post(Role.COMMUNITY), at=timezone.now())

    expect(page.locator(".call-head h1")).to_have_text("有人接应")
    expect(page.locator("#note-words")).to_have_value("她女儿住三楼")
    assert page.evaluate("window.neverReloaded")
    look(page, "390-call-followed")
