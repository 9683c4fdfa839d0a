"""Logging in, the second factor and the people pages in a real browser."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from axes.models import AccessAttempt
from django.utils import timezone
from playwright.sync_api import expect

from linli.people import actions as people
from linli.people import queries
from linli.people.models import Look, Need
from linli.shared.roles import Role
from linli.staff import actions
from tests import make as make_case
from tests import make_staff as make
from tests.browsing import follow
from tests.make_staff import AT, PASSWORD


@pytest.fixture(autouse=True)
def _neighbourhood(live_server):
    make_case.area(make.GRID, "01网格")
    make.unit("洛堆社区")


def log_in(page, username="zhuoma"):
    page.fill("#id_username", username)
    page.fill("#id_password", PASSWORD)
    follow(page, "button:has-text('登录')")


def household():
    shown = make.household(address="路程巷3号院2栋301")
    resident = make.resident("仁青卓玛", of=shown, phone="13908912345", birth_year=1948)
    people.add_need(tag_code="LIVES_ALONE", consent=make.consent(), resident_id=resident.pk, at=AT, post=None)
    people.add_need(tag_code="RENTED", consent=None, household_id=shown.pk, at=AT, post=None)
    return shown, resident


def with_key(page):
    """Plug a security key into the browser that says yes to everything."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_worker_must_set_up_a_passkey_and_then_logs_in_with_it(open_page, look):
    make.post(by=make.account("zhuoma"))
    actions.require_second_factor(role=Role.COMMUNITY, is_required=True, at=AT)
    page = open_page("/login/?next=/people/", width=1024)
    with_key(page)
    look(page, "1024-login")
    log_in(page)
    page.wait_for_url("**/account/second/**")
    look(page, "1024-second-factor")
    follow(page, "a:has-text('通行密钥')")
    look(page, "1024-passkey")
    follow(page, "#add-passkey")
    page.wait_for_url("**/codes/")
    look(page, "1024-recovery-codes")
    page.goto("/people/")
    expect(page.locator("h1")).to_have_text("住户")

    page.click("summary:has-text('我的账号')")
    follow(page, "button:has-text('退出')")
    page.goto("/login/?next=/people/")
    log_in(page)
    page.wait_for_url("**/login/second/")
    look(page, "1024-second-step")
    follow(page, "#use-passkey")
    page.wait_for_url("**/people/")

    assert Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).count() == 1


def test_a_worker_sets_up_an_authenticator_app_on_a_phone(open_page, look):
    make.post(by=make.account("zhuoma"))
    page = open_page("/login/?next=/account/second/totp/")
    log_in(page)
    page.wait_for_url("**/totp/")
    look(page, "390-totp")
    secret = page.locator("code").inner_text()
    page.fill("#id_code", totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30)))
    follow(page, "button:has-text('启用')")
    page.wait_for_url("**/codes/")

    expect(page.locator("main code")).to_have_count(10)


def test_the_locked_door_says_until_when(open_page, look):
    make.post(by=make.account("zhuoma"))
    page = open_page("/login/", width=320)
    for _ in range(5):
        page.fill("#id_username", "zhuoma")
        page.fill("#id_password", "wrong")
        follow(page, "button:has-text('登录')")
    look(page, "320-locked")

    until = timezone.localtime(AccessAttempt.objects.get().attempt_time + timedelta(minutes=15))
    expect(page.locator("main")).to_contain_text(f"{until:%H:%M}")


@pytest.mark.parametrize(
    ("width", "language", "is_large"), [(320, "zh-hans", False), (390, "bo", True), (1440, "en", False)]
)
def test_the_people_pages_are_sound_at_every_width_and_in_every_language(open_page, look, width, language, is_large):
    shown, _resident = household()
    post = make.post()
    page = open_page("/people/", width=width, language=language, is_large=is_large, post=post)
    look(page, f"{width}-{language}-people")
    at = f"/people/household/{shown.pk}/"
    for name, address in {
        "purpose": at,
        "household": f"{at}?for=VISIT",
        "new-resident": f"{at}resident/?for=VISIT",
        "new-need": f"{at}need/?for=VISIT",
        "looks": f"{at}looks/",
        "account": "/account/",
        "posts": "/account/posts/",
        "not-this-desk": "/admin/",
    }.items():
        page.goto(address)
        look(page, f"{width}-{language}-{name}")


def test_a_household_opens_from_the_list_after_its_purpose(open_page, look):
    household()
    page = open_page("/people/", width=1440, post=make.post())
    page.click("a:has-text('路程巷3号院2栋301')")
    page.locator("#panel-content").get_by_text("入户走访").click()
    page.locator("text=仁青卓玛").first.wait_for()
    look(page, "1440-household-opened")

    assert [look.purpose for look in Look.objects.all()] == ["VISIT"]


@pytest.mark.parametrize(("width", "language"), [(320, "zh-hans"), (390, "bo")])
def test_the_resident_withdraws_a_consent_without_scripts(open_page, look, width, language):
    _shown, resident = household()
    address = f"/my/{resident.pk}/{queries.record_token(resident)}/"
    look(open_page(address, width=width, language=language), f"{width}-{language}-own")

    page = open_page(address, width=width, language=language, has_script=False)
    consent = Need.objects.get(tag_id="LIVES_ALONE").consent_id
    follow(page, f"form[action$='/withdraw/{consent}/'] button")

    assert Need.objects.filter(tag_id="LIVES_ALONE", ended_at=None).count() == 0


@pytest.mark.parametrize("width", [390, 1440])
def test_the_administrators_and_the_auditors_pages_are_sound(open_page, look, width):
    post, auditor = make.post(Role.ADMIN), make.post(Role.AUDITOR)
    actions.set_role_rule(role=Role.STREET, idle_minutes=20, at=AT)
    page = open_page("/admin/", width=width, post=post)
    pages = {
        "accounts": "/admin/",
        "account": f"/admin/accounts/{post.account_id}/",
        "appoint": f"/admin/accounts/{post.account_id}/post/",
        "roles": "/admin/roles/",
        "tags": "/admin/tags/",
        "units": "/admin/units/",
    }
    for name, address in pages.items():
        page.goto(address)
        look(page, f"{width}-admin-{name}")
    look(open_page("/admin/audit/", width=width, post=auditor), f"{width}-audit")
