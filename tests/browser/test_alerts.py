"""A phone is switched on, a call is pushed to it, and touching the notice opens the call.

The browser's own push service is Google's, which no test may need: only ``PushManager`` is replaced, by one whose
keys the test holds and whose address is a server of this machine. Everything else is real: the page, the service
worker, what the server seals and signs. What was sealed is opened with the browser's keys and given to the worker.
"""

import json
import re

import pytest
from playwright.sync_api import expect

from linli.call import queries as called
from linli.call.models import Told
from linli.jobs.push import send_push
from linli.notice.carriers import webpush
from linli.shared.roles import Role
from tests import make, make_call
from tests.browsing import follow, settled
from tests.make_notice import LOCAL, receiver
from tests.make_push import Phone, from_base64, who_says
from tests.running import wait_for

SUBSCRIBED_AS = """
([endpoint, point, auth]) => {
  const plain = (words) => atob(words.replace(/-/g, '+').replace(/_/g, '/'));
  const bytes = (words) => Uint8Array.from(plain(words), (letter) => letter.charCodeAt(0)).buffer;
  const made = (options) => ({
    endpoint, options: { applicationServerKey: new Uint8Array(options.applicationServerKey).buffer },
    getKey: (name) => bytes(name === 'p256dh' ? point : auth),
    unsubscribe: async () => { localStorage.removeItem('subscribed'); return true; },
  });
  const key = () => JSON.parse(localStorage.getItem('subscribed') ?? 'null');
  PushManager.prototype.subscribe = async (options) => {
    if (!options.userVisibleOnly) throw new Error('userVisibleOnly');
    localStorage.setItem('subscribed', JSON.stringify([...new Uint8Array(options.applicationServerKey)]));
    return made(options);
  };
  PushManager.prototype.getSubscription = async () => (key() ? made({ applicationServerKey: key() }) : null);
}
"""
KEY_GIVEN = "() => JSON.parse(localStorage.getItem('subscribed'))"
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  return (await registration.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, data }));
}"""
TOUCHED = """async () => {
  const [notification] = await self.registration.getNotifications();
  self.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
}"""


def notifications(page):
    """Wait until the browser shows something, and return what it shows."""
    wait_for(lambda: page.evaluate(SHOWN), 30, "a notification")
    return page.evaluate(SHOWN)


@pytest.fixture
def post():
    make.neighbourhood()
    return make.post(Role.GRID, area_code=make.GRID)


@pytest.fixture
def service(settings):
    settings.OUTGOING_NETWORKS, settings.OUTGOING_HTTP = LOCAL, True
    with receiver((201, b"")) as running:
        yield running


def with_push(page, phone):
    given = phone.handed_over
    page.context.grant_permissions(["notifications"])
    page.add_init_script(
        f"({SUBSCRIBED_AS})({json.dumps([given['endpoint'], given['key_p256dh'], given['key_auth']])})"
    )


def pushed(page, content):
    """Give the browser's worker what was pushed, as its push service would."""
    devtools = page.context.new_cdp_session(page)
    found = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda said: found.extend(said["registrations"]))
    devtools.send("ServiceWorker.enable")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    origin = page.evaluate("location.origin")
    registration = next(one for one in found if one["scopeURL"].startswith(origin))
    devtools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": registration["registrationId"], "data": content},
    )


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_the_page_says_how_this_browser_stands(open_page, post, service, look, width):
    page = open_page("/account/alerts/", post=post, width=width)

    look(page, f"alerts-off-{width}")
    with_push(page, Phone(f"{service.url}/1"))
    settled(page)
    page.reload()
    expect(page.locator("[data-alerts-state=off]")).to_be_visible()
    follow(page, "[data-alerts-on]")
    expect(page.locator("[data-alerts-state=on]")).to_be_visible()
    expect(page.locator("[data-alerts-here]")).to_be_visible()
    look(page, f"alerts-on-{width}")


def test_a_phone_is_switched_on_rings_and_opens_the_call(open_page, post, service):
    phone = Phone(f"{service.url}/1")
    page = open_page("/account/alerts/", post=post)
    with_push(page, phone)
    page.reload()

    follow(page, "[data-alerts-on]")

    assert page.evaluate(KEY_GIVEN) == list(from_base64(webpush.public_key()))
    assert len(called.subscriptions_of(post.account)) == 1

    call = make_call.call()
    send_push(told=Told.objects.get(call=call, way="PUSH", audience="GRID"), at=make.AT)
    (received,) = service.received
    assert who_says(received)[0] == webpush.public_key()
    pushed(page, phone.opened(received.content).decode())

    (shown,) = notifications(page)
    assert shown == {
        "title": f"一键呼叫 {call.number}",
        "body": "路程巷3号院2栋302",
        "tag": call.number,
        "data": {"url": f"/calls/{call.pk}/"},
    }

    with page.expect_navigation(url=re.compile(rf"/calls/{call.pk}/$")):
        page.context.service_workers[0].evaluate(TOUCHED)


def test_a_push_that_cannot_be_read_is_shown_all_the_same(open_page, post, service):
    page = open_page("/account/alerts/", post=post)
    with_push(page, Phone(f"{service.url}/1"))
    page.reload()
    follow(page, "[data-alerts-on]")

    pushed(page, "{not ours")

    assert notifications(page) == [{"title": "邻里", "body": "", "tag": "linli", "data": {"url": "/desk/"}}]


def test_switched_off_the_browser_forgets_it_as_well(open_page, post, service):
    page = open_page("/account/alerts/", post=post)
    with_push(page, Phone(f"{service.url}/1"))
    page.reload()
    follow(page, "[data-alerts-on]")
    expect(page.locator("[data-alerts-here]")).to_be_visible()

    follow(page, "[data-alerts-mark] button")

    expect(page.locator("[data-alerts-state=off]")).to_be_visible()
    assert page.evaluate(KEY_GIVEN) is None
    assert called.subscriptions_of(post.account) == []


def test_a_browser_that_says_no_is_told_what_to_do(open_page, post, look):
    page = open_page("/account/alerts/", post=post)
    page.add_init_script("Notification.requestPermission = async () => 'denied';")
    page.reload()

    settled(page)
    page.click("[data-alerts-on]")

    expect(page.locator("[data-alerts-state=denied]")).to_be_visible()
    look(page, "alerts-denied")
