"""The page of a call in a real browser: it renews itself around what is being typed, also after a refusal."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from linli.call import actions as calls
from linli.call.models import Holding, HoldingContact
from linli.people import actions as people
from linli.shared.roles import Role
from tests import make, make_call
from tests.browser.test_desks import _live  # noqa: F401 -- the process that sends hints
from tests.browsing import follow

HALF = "左腿疼，站不起来"
THUMB = 48
SMALL = """() => [...document.querySelectorAll('.call-page .btn')].filter(e => e.offsetParent)
  .map(e => [e.textContent.trim(), Math.round(e.getBoundingClientRect().height)]).filter(([, high]) => high < %d)"""


@pytest.fixture
def worker():
    make.neighbourhood()
    return make.post(Role.GRID, area_code=make.GRID)


def answered(worker):
    call = make_call.call(at=timezone.now())
    calls.answer(call=call, post=worker, at=timezone.now())
    return call


@pytest.mark.usefixtures("_live")
def test_words_being_typed_stay_while_others_go_on(open_page, worker):
    call, other = answered(worker), make.post(Role.COMMUNITY)
    page = open_page(f"/calls/{call.pk}/", post=worker)
    expect(page.locator("html")).to_have_attribute("data-live-link", "on")
    page.locator("#close-words").fill(HALF)
    page.locator("#close-words").blur()

    calls.attend(call=call, post=other, at=timezone.now())

    expect(page.locator(".call-head h1")).to_have_text("已到场")
    expect(page.locator(".call-story li strong").last).to_have_text("已到场")
    expect(page.locator("#call-forms .draft-note")).to_be_visible()
    expect(page.locator("#close-words")).to_have_value(HALF)


@pytest.mark.usefixtures("_live")
def test_a_call_that_somebody_else_answered_may_be_ended_without_reloading(open_page, worker):
    call, other = make_call.call(at=timezone.now()), make.post(Role.COMMUNITY)
    page = open_page(f"/calls/{call.pk}/", post=worker)
    expect(page.locator("html")).to_have_attribute("data-live-link", "on")
    expect(page.locator("#close-words")).to_have_count(0)

    calls.answer(call=call, post=other, at=timezone.now())

    expect(page.locator("#close-words")).to_be_visible()


@pytest.mark.usefixtures("_live")
def test_a_page_that_was_refused_goes_on_renewing_itself(open_page, worker, look):
    call, other = answered(worker), make.post(Role.COMMUNITY)
    page = open_page(f"/calls/{call.pk}/", post=worker)
    page.locator("details:has(#give_up-words) summary").click()
    page.locator("#give_up-words").evaluate("field => { field.required = false; field.form.noValidate = true }")
    follow(page, page.locator("details:has(#give_up-words) button"))
    expect(page.locator(".form-errors")).to_contain_text("我去不了")
    expect(page.locator("html")).to_have_attribute("data-live-link", "on")
    look(page, "390-refused")

    calls.attend(call=call, post=other, at=timezone.now())

    expect(page.locator(".call-head h1")).to_have_text("已到场")


@pytest.mark.usefixtures("_live")
def test_numbers_that_were_opened_stay_open(open_page, worker, look):
    held = make_call.holding()
    family = people.keep_contact(name="央金", phone="13900000002", at=make.AT)
    HoldingContact.objects.create(holding=held, contact_id=family, relation="女儿")
    call, other = make_call.call(at=timezone.now(), held=held), make.post(Role.COMMUNITY)
    page = open_page(f"/calls/{call.pk}/", post=worker)
    follow(page, page.locator("form[action$='/contacts/'] button"))
    expect(page.locator("html")).to_have_attribute("data-live-link", "on")
    look(page, "390-contacts")

    calls.answer(call=call, post=other, at=timezone.now())

    expect(page.locator(".call-head h1")).to_have_text("有人接应")
    expect(page.locator("a[href='tel:13900000002']")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("language", ["zh-hans", "bo"])
def test_every_button_is_wide_enough_for_a_thumb(open_page, worker, look, width, language):
    call = answered(worker)

    page = open_page(f"/calls/{call.pk}/", width=width, language=language, post=worker)

    look(page, f"{width}-{language}-page")
    assert page.evaluate(SMALL % THUMB) == []


def test_a_call_that_is_over_asks_for_its_visit(open_page, worker, look):
    call = answered(worker)
    calls.close(call=call, post=worker, outcome="HELP", at=timezone.now())
    page = open_page(f"/calls/{call.pk}/", width=320, post=worker)
    look(page, "320-over")
    expect(page.locator("#raise_case-words")).to_be_visible()
    page.locator("#visit-words").fill("好多了，已告诉她谁看过资料")

    follow(page, page.get_by_role("button", name="回访完成"))

    expect(page.locator(".call-page")).to_contain_text("已回访：好多了")


def test_the_entrance_stands_on_the_map_and_paper_holds_the_record_alone(open_page, look, worker):
    call = answered(worker)
    Holding.objects.filter(pk=call.holding_id).update(lng=91.13, lat=29.65)
    page = open_page(f"/calls/{call.pk}/", width=1440, post=worker)

    expect(page.locator(".call-who [data-map][data-drawn]")).to_be_visible()
    look(page)
    page.emulate_media(media="print")
    expect(page.locator(".call-story")).to_be_visible()
    expect(page.locator(".call-who .alarm-address")).to_be_visible()
    for pressed in (".call-who [data-map]", ".call-moves", ".call-120", "#call-forms", ".call-ring", "[data-print]"):
        expect(page.locator(pressed)).to_be_hidden()
