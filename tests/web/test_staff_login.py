"""Logging in and out, lock-out, choosing a post, the second factor: by HTTP."""

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import encrypt
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from linli.shared.models import AuditEntry
from linli.shared.roles import Role
from linli.staff import actions
from tests import make_staff as make
from tests.make_staff import AT, PASSWORD

pytestmark = pytest.mark.django_db

WRONG = "用户名或密码不对"
TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value="[^"]*"|name="server-time" content="[^"]*")')
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def log_in(client, username, password=PASSWORD, **more):
    return client.post("/login/", {"username": username, "password": password, **more})


def code(drift=0):
    return totp.format_hotp_value(totp.hotp_value(SECRET, int(time.time()) // 30 + drift))


def with_totp(account):
    Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={"secret": encrypt(SECRET)})
    return account


def is_logged_in(client):
    return "_auth_user_id" in client.session


@pytest.fixture
def in_time(monkeypatch):
    """Keep code and check in one time step, however slow the machine is."""
    moment = time.time() // 30 * 30 + 5
    monkeypatch.setattr(time, "time", lambda: moment)


# In and out --------------------------------------------------------------------------------------


def test_the_login_page_asks_nothing_of_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/login/?next=/community/")

    assert response.status_code == 200
    assert 'name="next" value="/community/"' in response.content.decode()


@pytest.mark.parametrize("typed", ["zhuoma", " ZhuoMa "])
def test_a_worker_logs_in_and_goes_to_the_desk(client, typed):
    make.post(by=make.account("zhuoma"))

    response = log_in(client, typed)

    assert (response.status_code, response["Location"]) == (302, "/desk/")
    assert client.get("/desk/")["Location"] == "/community/"


def test_after_logging_in_the_wanted_page_opens(client):
    make.post(by=make.account("zhuoma"))

    assert log_in(client, "zhuoma", next="/community/?q=1")["Location"] == "/community/?q=1"


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(client, wanted):
    make.post(by=make.account("zhuoma"))

    assert log_in(client, "zhuoma", next=wanted)["Location"] == "/desk/"


def test_every_failure_says_the_same_whoever_exists(client):
    make.account("zhuoma")
    make.account("closed7", is_active=False)

    pages = [
        log_in(Client(), username, password).content.decode().replace(username, "NAME")
        for username, password in [("zhuoma", "wrong"), ("nobody7", "wrong"), ("closed7", PASSWORD)]
    ]

    assert all(WRONG in page for page in pages)
    assert len({TOKEN.sub("", page) for page in pages}) == 1


@pytest.mark.parametrize("typed", [{}, {"username": "zhuoma"}, {"username": "x" * 5000, "password": "y" * 5000}])
def test_half_an_answer_is_sent_back_with_words(client, typed):
    response = client.post("/login/", typed)

    assert response.status_code == 422
    assert not is_logged_in(client)


def test_logging_out_takes_a_post_and_ends_the_session(client):
    account = make.post().account
    client.force_login(account, backend=BACKEND)

    assert client.get("/logout/").status_code == 405
    assert is_logged_in(client)
    assert client.post("/logout/").status_code == 302
    assert not is_logged_in(client)


def test_a_form_without_the_token_is_not_taken():
    make.account("zhuoma")

    response = log_in(Client(enforce_csrf_checks=True), "zhuoma")

    assert response.status_code == 403


# Lock-out ----------------------------------------------------------------------------------------


def test_five_wrong_passwords_close_the_door_for_a_quarter_of_an_hour(client):
    make.post(by=make.account("zhuoma"))
    for _ in range(4):
        assert log_in(client, "zhuoma", "wrong").status_code == 422

    fifth = log_in(client, "zhuoma", "wrong")
    right = log_in(client, "zhuoma")

    until = timezone.localtime(AccessAttempt.objects.get().attempt_time + timedelta(minutes=15))
    assert (fifth.status_code, right.status_code) == (429, 429)
    assert f"{until:%H:%M}" in right.content.decode()
    assert not is_logged_in(client)


def test_the_door_opens_again_after_a_quarter_of_an_hour(client):
    make.post(by=make.account("zhuoma"))
    for _ in range(5):
        log_in(client, "zhuoma", "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))

    assert log_in(client, "zhuoma").status_code == 302


def test_a_name_nobody_bears_is_locked_just_the_same(client):
    answers = [log_in(client, "nobody", "wrong").status_code for _ in range(5)]

    assert answers == [422, 422, 422, 422, 429]


def test_others_and_other_addresses_are_not_locked_with_it(client):
    make.post(by=make.account("zhuoma"))
    make.post(by=make.account("wangdui"))
    for _ in range(5):
        log_in(client, "zhuoma", "wrong")

    assert log_in(client, "wangdui").status_code == 302
    assert log_in(Client(REMOTE_ADDR="10.9.8.7"), "zhuoma").status_code == 302


def test_an_invented_forwarding_address_does_not_open_the_door(client):
    make.post(by=make.account("zhuoma"))
    answers = [
        client.post(
            "/login/", {"username": "zhuoma", "password": "wrong"}, headers={"X-Forwarded-For": f"10.0.0.{i}"}
        ).status_code
        for i in range(5)
    ]

    assert answers[-1] == 429


def test_a_right_password_forgives_the_wrong_ones(client):
    make.post(by=make.account("zhuoma"))
    for _ in range(4):
        log_in(client, "zhuoma", "wrong")
    log_in(client, "zhuoma")
    client.post("/logout/")

    assert log_in(client, "zhuoma", "wrong").status_code == 422


def test_no_typed_password_is_kept(client):
    make.account("zhuoma")
    log_in(client, "zhuoma", "A-Wrong-Secret-9")

    assert "A-Wrong-Secret-9" not in str(list(AccessAttempt.objects.values()))


# Posts -------------------------------------------------------------------------------------------


def test_who_has_two_posts_chooses_first(client):
    account = make.account()
    make.post(by=account)
    street = make.post(Role.STREET, by=account)
    client.force_login(account, backend=BACKEND)

    assert client.get("/desk/")["Location"] == "/account/posts/"
    chosen = client.post("/account/posts/", {"post": street.pk})

    assert chosen["Location"] == "/community/"
    assert client.session["post"] == street.pk


def test_a_post_changes_by_post_only(client):
    account = make.account()
    make.post(by=account)
    street = make.post(Role.STREET, by=account)
    client.force_login(account, backend=BACKEND)

    client.get(f"/account/posts/?post={street.pk}")

    assert "post" not in client.session


@pytest.mark.parametrize("which", ["someone else's", "nothing", "not a number"])
def test_a_post_that_is_not_held_cannot_be_chosen(client, which):
    account, stranger = make.account(), make.post(Role.DISTRICT)
    make.post(by=account)
    client.force_login(account, backend=BACKEND)
    answer = {"someone else's": str(stranger.pk), "nothing": "", "not a number": "x"}[which]

    response = client.post("/account/posts/", {"post": answer})

    assert response.status_code == 409
    assert "post" not in client.session


def test_who_has_no_post_is_told_whom_to_ask(client):
    client.force_login(make.account(), backend=BACKEND)

    response = client.get("/account/posts/")

    assert response.status_code == 403
    assert "系统管理员" in response.content.decode()


# One's own account -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "/desk/",
        "/account/",
        "/account/posts/",
        "/account/password/",
        "/account/alerts/",
        "/account/second/",
        "/account/second/keys/",
    ],
)
def test_the_pages_of_an_account_ask_for_a_login(client, address):
    response = client.get(address)

    assert response.status_code == 302
    assert response["Location"].startswith("/login/?next=")


def test_the_account_page_names_the_posts(client):
    account = make.post(of=make.unit("洛堆社区")).account
    client.force_login(account, backend=BACKEND)

    page = client.get("/account/").content.decode()

    assert "洛堆社区" in page
    assert account.username in page


def test_a_changed_password_ends_the_other_sessions_only(client):
    account = make.post().account
    other = Client()
    for browser in (client, other):
        browser.force_login(account, backend=BACKEND)

    new = "Another-Bridge-88"
    response = client.post("/account/password/", {"old": PASSWORD, "new": new, "again": new})

    assert response["Location"] == "/account/"
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302


@pytest.mark.parametrize(
    "typed",
    [
        {"old": "wrong", "new": "Another-Bridge-88", "again": "Another-Bridge-88"},
        {"old": PASSWORD, "new": "Another-Bridge-88", "again": "Another-Bridge-89"},
        {"old": PASSWORD, "new": "short", "again": "short"},
        {},
    ],
)
def test_a_bad_new_password_changes_nothing(client, typed):
    account = make.post().account
    client.force_login(account, backend=BACKEND)

    response = client.post("/account/password/", typed)

    account.refresh_from_db()
    assert response.status_code == 422
    assert account.check_password(PASSWORD)
    assert AuditEntry.objects.count() == 0


def test_language_and_type_are_kept_with_the_account(client):
    account = make.post().account
    client.force_login(account, backend=BACKEND)

    response = client.post("/account/preferences/", {"language": "bo", "is_large_type": "on"})

    account.refresh_from_db()
    assert (account.language, account.is_large_type) == ("bo", True)
    assert response.cookies["django_language"].value == "bo"


def test_a_language_nobody_speaks_here_is_not_kept(client):
    account = make.post().account
    client.force_login(account, backend=BACKEND)

    client.post("/account/preferences/", {"language": "xx"})

    account.refresh_from_db()
    assert account.language == "zh-hans"


# Second factor -----------------------------------------------------------------------------------


def test_with_an_authenticator_app_the_password_is_not_enough(client, in_time):
    with_totp(make.post(by=make.account("zhuoma")).account)

    response = log_in(client, "zhuoma", next="/community/")

    assert response["Location"] == "/login/second/"
    assert not is_logged_in(client)
    done = client.post("/login/second/", {"code": code()})
    assert (done.status_code, done["Location"]) == (302, "/community/")
    assert is_logged_in(client)


@pytest.mark.parametrize("typed", ["000000", "", "abc", "9" * 3000])
def test_a_wrong_code_opens_nothing(client, in_time, typed):
    with_totp(make.post(by=make.account("zhuoma")).account)
    log_in(client, "zhuoma")

    response = client.post("/login/second/", {"code": typed})

    assert response.status_code == 200
    assert not is_logged_in(client)


def test_a_code_works_once(client, in_time):
    with_totp(make.post(by=make.account("zhuoma")).account)
    for browser, opened in [(client, True), (Client(), False)]:
        log_in(browser, "zhuoma")
        browser.post("/login/second/", {"code": code()})
        assert is_logged_in(browser) is opened


def test_codes_cannot_be_tried_for_ever(client, in_time):
    with_totp(make.post(by=make.account("zhuoma")).account)
    log_in(client, "zhuoma")
    for _ in range(6):
        client.post("/login/second/", {"code": "000000"})

    response = client.post("/login/second/", {"code": code()})

    assert "试得太多了" in response.content.decode()
    assert not is_logged_in(client)


def test_a_recovery_code_stands_in_once(client):
    account = with_totp(make.post(by=make.account("zhuoma")).account)
    spare = RecoveryCodes.activate(account).get_unused_codes()[0]
    for browser, opened in [(client, True), (Client(), False)]:
        log_in(browser, "zhuoma")
        browser.post("/login/second/", {"code": spare})
        assert is_logged_in(browser) is opened


def test_the_secret_is_sealed_in_the_database(client):
    account = with_totp(make.account())

    assert SECRET not in str(Authenticator.objects.get(user=account).data)


def test_setting_up_an_app_gives_recovery_codes_and_counts_as_shown(client, in_time):
    account = make.post(Role.DISTRICT, by=make.account("zhuoma")).account
    actions.require_second_factor(role=Role.DISTRICT, is_required=True, at=AT)
    log_in(client, "zhuoma")
    page = client.get("/account/second/totp/")
    secret = page.context["form"].secret
    answer = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))

    response = client.post("/account/second/totp/", {"code": answer})

    assert response["Location"] == "/account/second/codes/"
    codes = client.get("/account/second/codes/")
    assert len(codes.context["unused_codes"]) == 10
    assert Authenticator.objects.filter(user=account).count() == 2
    again = client.get("/account/second/codes/").content.decode()
    assert codes.context["unused_codes"][0] not in again


def test_who_must_have_a_second_factor_cannot_switch_off_the_last(client, in_time):
    account = with_totp(make.post(Role.DISTRICT, by=make.account("zhuoma")).account)
    actions.require_second_factor(role=Role.DISTRICT, is_required=True, at=AT)
    log_in(client, "zhuoma")
    client.post("/login/second/", {"code": code()})

    response = client.post("/account/second/totp/off/")

    assert response.status_code == 200
    assert Authenticator.objects.filter(user=account).count() == 1


def test_who_need_not_have_one_may_switch_it_off(client, in_time):
    account = with_totp(make.post(by=make.account("zhuoma")).account)
    log_in(client, "zhuoma")
    client.post("/login/second/", {"code": code()})

    client.post("/account/second/totp/off/")

    assert Authenticator.objects.filter(user=account).count() == 0


@pytest.mark.parametrize(
    "address",
    ["/account/second/keys/", "/account/second/totp/", "/account/second/passkeys/", "/account/second/passkeys/add/",
     "/account/second/"],
)  # fmt: skip
def test_the_pages_of_the_second_factor_open(client, address):
    make.post(by=make.account("zhuoma"))
    log_in(client, "zhuoma")

    assert client.get(address).status_code == 200


def test_no_bell_asks_for_news_before_the_second_factor_is_shown(client):
    make.post(by=make.account("zhuoma"))
    log_in(client, "zhuoma")
    with_bell = client.get("/account/second/").content.decode()
    actions.require_second_factor(role=Role.COMMUNITY, is_required=True, at=AT)

    without = client.get("/account/second/").content.decode()

    assert 'id="bell"' in with_bell
    assert 'id="bell"' not in without


def test_changing_the_second_factor_long_after_login_asks_again(client, monkeypatch):
    make.post(by=make.account("zhuoma"))
    log_in(client, "zhuoma")
    later = time.time() + 700
    monkeypatch.setattr(time, "time", lambda: later)

    response = client.get("/account/second/totp/")

    assert response["Location"].startswith("/account/confirm/")
    assert client.get(response["Location"]).status_code == 200


def test_a_session_is_renewed_at_login(client):
    make.post(by=make.account("zhuoma"))
    client.get("/login/")
    log_in(client, "zhuoma")

    assert Session.objects.count() == 1
