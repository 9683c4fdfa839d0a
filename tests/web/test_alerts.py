"""The page of alerts on one's own phone, its service worker, and what others can do to it."""

import json
import re

import pytest

from linli.call import actions as calls
from linli.call import queries as called
from linli.call.models import PushSubscription
from linli.notice.carriers import webpush
from linli.shared.roles import Role
from linli.web import assets
from tests import make
from tests.make_notice import LOCAL, receiver
from tests.make_push import Phone

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PIXEL = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36"


@pytest.fixture
def post():
    make.neighbourhood()
    return make.post(Role.GRID, area_code=make.GRID)


@pytest.fixture
def desk(client, post):
    client.force_login(post.account, backend=BACKEND)
    return client


@pytest.fixture
def phone():
    return Phone("https://push.example/send/1")


def words_of(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def test_nobody_without_a_login_sees_or_changes_anything(client, phone):
    for answer in (
        client.get("/account/alerts/"),
        client.post("/account/alerts/on/", phone.handed_over),
        client.post("/account/alerts/try/"),
        client.post("/account/alerts/1/off/"),
    ):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/")
    assert PushSubscription.objects.count() == 0


def test_a_phone_is_switched_on_shown_and_switched_off(desk, post, phone):
    assert "还没有开通的设备" in words_of(desk.get("/account/alerts/"))

    on = desk.post("/account/alerts/on/", phone.handed_over, headers={"User-Agent": PIXEL}, follow=True)

    assert "安卓手机 · Chrome" in words_of(on)
    (row,) = called.subscriptions_of(post.account)
    assert phone.endpoint not in on.content.decode()

    off = desk.post(f"/account/alerts/{row.pk}/off/", follow=True)

    assert "还没有开通的设备" in words_of(off)
    assert called.subscriptions_of(post.account) == []


def test_the_page_gives_the_key_to_subscribe_with(desk):
    assert f'data-key="{webpush.public_key()}"' in desk.get("/account/alerts/").content.decode()


@pytest.mark.parametrize("field", ["endpoint", "key_p256dh", "key_auth"])
def test_what_no_browser_hands_over_is_refused_in_words(desk, phone, field):
    answer = desk.post("/account/alerts/on/", phone.handed_over | {field: "x"}, follow=True)

    assert "看不懂" in words_of(answer)
    assert PushSubscription.objects.count() == 0


def test_the_phone_of_somebody_else_is_neither_shown_nor_switched_off(desk, phone):
    other = make.post(Role.GRID)
    row = calls.subscribe(account=other.account, at=make.AT, **phone.handed_over)

    answer = desk.post(f"/account/alerts/{row.pk}/off/", follow=True)

    assert "没有这台设备" in words_of(answer)
    assert called.subscriptions_of(other.account) == [row]


def test_a_trial_reaches_ones_own_phone_only(desk, post, settings):
    settings.OUTGOING_NETWORKS, settings.OUTGOING_HTTP = LOCAL, True
    other = make.post(Role.GRID)
    with receiver((201, b"")) as service:
        mine, others = Phone(f"{service.url}/mine"), Phone(f"{service.url}/others")
        calls.subscribe(account=post.account, at=make.AT, **mine.handed_over)
        calls.subscribe(account=other.account, at=make.AT, **others.handed_over)

        answer = desk.post("/account/alerts/try/", follow=True)

    (received,) = service.received
    assert received.path == "/mine"
    assert json.loads(mine.opened(received.content))["title"] == "这是一条测试"
    assert "已经交给 1 台设备" in words_of(answer)
    assert "上次送到" in words_of(answer)


def test_a_trial_that_does_not_arrive_says_why(desk, post, settings):
    settings.OUTGOING_NETWORKS, settings.OUTGOING_HTTP = LOCAL, True
    with receiver((500, b"")) as service:
        calls.subscribe(account=post.account, at=make.AT, **Phone(f"{service.url}/mine").handed_over)

        answer = desk.post("/account/alerts/try/", follow=True)

    assert "没有送出去：HTTP 500" in words_of(answer)
    assert "上次没有送到：HTTP 500" in words_of(answer)


def test_a_trial_without_a_phone_says_so(desk):
    assert "还没有开通的设备。" in words_of(desk.post("/account/alerts/try/", follow=True))


def test_the_grid_workers_page_leads_there_and_counts(desk, post, phone):
    assert "开通手机呼叫提醒" in words_of(desk.get("/grid/"))

    calls.subscribe(account=post.account, at=make.AT, **phone.handed_over)

    assert "呼叫提醒：已开通 1 台设备" in words_of(desk.get("/grid/"))
    assert "/account/alerts/" in desk.get("/account/").content.decode()


def test_the_service_worker_comes_from_the_root_and_is_asked_for_again(client):
    answer = client.get("/worker.js")

    if not assets.address("src/worker.ts"):
        assert answer.status_code == 404
        return
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    script = answer.content.decode()
    assert "notificationclick" in script
    assert not re.search(r"^\s*(import|export)\b", script, re.MULTILINE)


def test_the_home_screen_knows_our_name(client):
    answer = client.get("/linli.webmanifest")

    assert answer["Content-Type"] == "application/manifest+json"
    said = answer.json()
    assert (said["name"], said["display"], said["scope"]) == ("邻里", "standalone", "/")
