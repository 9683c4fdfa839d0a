"""A call wakes phones: sealed for them, signed by us, and what became of it is written down."""

import json
import time
from dataclasses import replace

import pytest
from django.utils import timezone

from linli.call import actions as calls
from linli.call import queries as called
from linli.call.models import PushSubscription, Told
from linli.jobs.push import send_push
from linli.notice import actions as notices
from linli.notice.carriers import webpush
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff.models import Account
from tests import make, make_call
from tests.make_notice import LOCAL, receiver
from tests.make_push import Phone, who_says

pytestmark = pytest.mark.django_db
MESSAGE = {"title": "一键呼叫", "body": "路程巷", "url": "/calls/1/"}


@pytest.fixture
def _local(settings):
    settings.OUTGOING_NETWORKS, settings.OUTGOING_HTTP = LOCAL, True


@pytest.fixture
def worker():
    make.neighbourhood()
    return make.post(Role.GRID)


def subscribed(post, url, name="1"):
    phone = Phone(f"{url}/send/{name}")
    calls.subscribe(account=post.account, at=make.AT, **phone.handed_over)
    return phone


def told_by_push(call):
    return Told.objects.get(call=call, way="PUSH", audience="GRID")


@pytest.mark.usefixtures("_local")
def test_a_call_reaches_the_phone_of_the_grid_worker(worker):
    with receiver((201, b"")) as service:
        phone = subscribed(worker, service.url)
        call = make_call.call()

        send_push(told=told_by_push(call), at=make.later(seconds=1))

    (received,) = service.received
    key, claims = who_says(received)
    assert key == webpush.public_key()
    assert claims["aud"] == service.url
    assert claims["sub"] == "mailto:linli@localhost"
    assert 0 < claims["exp"] - make.AT.timestamp() <= 86_400
    assert received.path == "/send/1"
    heads = received.headers
    assert (heads["ttl"], heads["urgency"], heads["topic"]) == ("180", "high", call.number)
    assert (heads["content-encoding"], heads["content-type"]) == ("aes128gcm", "application/octet-stream")
    assert json.loads(phone.opened(received.content)) == {
        "kind": "PRESS",
        "number": call.number,
        "title": f"一键呼叫 {call.number}",
        "body": "路程巷3号院2栋302",
        "url": f"/calls/{call.pk}/",
    }
    told = told_by_push(call)
    assert (told.standing, told.sent_at, told.due_at, told.fault) == ("SENT", make.later(seconds=1), None, "")
    assert PushSubscription.objects.get().worked_at == make.later(seconds=1)


@pytest.mark.usefixtures("_local")
def test_who_carries_it_reads_nothing(worker):
    with receiver((201, b"")) as service:
        subscribed(worker, service.url)
        call = make_call.call()

        send_push(told=told_by_push(call), at=make.AT)

    assert "路程巷".encode() not in service.received[0].content
    assert call.number.encode() not in service.received[0].content


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.usefixtures("_local")
def test_a_phone_that_is_gone_is_told_nothing_any_more(worker, status):
    with receiver((status, b"")) as service:
        subscribed(worker, service.url)
        call = make_call.call()

        send_push(told=told_by_push(call), at=make.later(seconds=1))

    assert called.subscriptions_of(worker.account) == []
    told = told_by_push(call)
    assert (told.standing, told.fault, told.due_at) == ("FAILED", f"HTTP {status}", None)


@pytest.mark.parametrize("status", [429, 500, 503, 403])
@pytest.mark.usefixtures("_local")
def test_a_service_in_trouble_is_tried_again(worker, status):
    with receiver((status, b"")) as service:
        subscribed(worker, service.url)
        make_call.call()
        (told,) = [row for row in calls.take_up_told(at=make.AT) if row.way == "PUSH"]

        send_push(told=told, at=make.AT)

    told.refresh_from_db()
    assert (told.standing, told.fault) == ("QUEUED", f"HTTP {status}")
    assert told.due_at > make.AT
    assert called.subscriptions_of(worker.account)[0].fault == f"HTTP {status}"


@pytest.mark.usefixtures("_local")
def test_one_phone_that_took_it_is_enough_and_the_other_is_forgotten(worker):
    with receiver((201, b"")) as service, receiver((410, b"")) as gone:
        kept = subscribed(worker, service.url)
        subscribed(worker, gone.url)
        call = make_call.call()

        send_push(told=told_by_push(call), at=make.AT)

    assert told_by_push(call).standing == "SENT"
    assert len(called.subscriptions_of(worker.account)) == 1
    assert json.loads(kept.opened(service.received[0].content))["number"] == call.number


@pytest.mark.usefixtures("_local")
def test_nobody_answering_is_written_down_and_tried_again(worker):
    with receiver((0, b"")) as service:
        subscribed(worker, service.url)
        make_call.call()
        (told,) = [row for row in calls.take_up_told(at=make.AT) if row.way == "PUSH"]

        send_push(told=told, at=make.AT)

    told.refresh_from_db()
    assert told.standing == "QUEUED"
    assert told.fault != ""


def test_a_push_service_inside_our_own_network_is_never_spoken_to(worker, settings):
    settings.OUTGOING_HTTP = True
    with receiver((201, b"")) as service:
        subscribed(worker, service.url)
        call = make_call.call()

        send_push(told=told_by_push(call), at=make.AT)

    assert service.received == []
    assert told_by_push(call).standing == "FAILED"


@pytest.mark.usefixtures("_local")
def test_an_account_that_was_stopped_is_told_nothing(worker):
    with receiver((201, b"")) as service:
        subscribed(worker, service.url)
        call = make_call.call()
        Account.objects.filter(pk=worker.account_id).update(is_active=False)

        send_push(told=told_by_push(call), at=make.AT)

    assert service.received == []
    assert told_by_push(call).standing == "FAILED"


@pytest.mark.usefixtures("_local")
def test_a_device_nobody_wears_is_named_as_such(worker):
    duty = make.post(Role.DISTRICT)
    with receiver((201, b"")) as service:
        phone = subscribed(duty, service.url)
        taken = calls.take_in(received=[make_call.press("UNKNOWN-1")], at=make.AT)
        told = Told.objects.get(call_id=taken[0].call_id, way="PUSH", audience="DUTY")

        send_push(told=told, at=make.AT)

    assert json.loads(phone.opened(service.received[0].content))["body"] == "没有发放的设备，请值班台核实"


@pytest.mark.usefixtures("_local")
def test_a_push_to_oneself_says_how_many_phones_took_it(worker):
    with receiver((201, b"")) as service:
        phones = [subscribed(worker, service.url, name) for name in ("1", "2")]

        pushed = notices.push(account=worker.account, message=MESSAGE, topic="test", at=timezone.now())

    assert pushed == notices.Pushed(2)
    by_path = {received.path: received for received in service.received}
    assert [
        json.loads(phone.opened(by_path[f"/send/{name}"].content)) for phone, name in zip(phones, "12", strict=True)
    ] == [
        MESSAGE,
        MESSAGE,
    ]


def test_a_browser_that_subscribes_again_is_one_browser(worker):
    phone = subscribed(worker, "https://push.example")

    calls.subscribe(account=worker.account, at=make.later(days=1), **phone.handed_over)

    (row,) = called.subscriptions_of(worker.account)
    assert row.created_at == make.later(days=1)
    assert phone.endpoint.encode() not in bytes(row.endpoint_sealed)


def test_a_phone_two_people_share_is_of_whoever_switched_it_on_last(worker):
    other = make.post(Role.GRID)
    phone = subscribed(worker, "https://push.example")

    calls.subscribe(account=other.account, at=make.AT, **phone.handed_over)

    assert called.subscriptions_of(worker.account) == []
    assert len(called.subscriptions_of(other.account)) == 1


def test_nobody_switches_off_anothers_phone(worker):
    other = make.post(Role.GRID)
    phone = subscribed(worker, "https://push.example")
    (row,) = called.subscriptions_of(worker.account)

    for named in ({"pk": row.pk}, {"endpoint": phone.endpoint}):
        with pytest.raises(Refused):
            calls.unsubscribe(account=other.account, at=make.AT, **named)

    assert called.subscriptions_of(worker.account) == [row]


def test_a_phone_switched_off_can_be_switched_on_again(worker):
    phone = subscribed(worker, "https://push.example")

    calls.unsubscribe(account=worker.account, endpoint=phone.endpoint, at=make.AT)
    assert called.subscriptions_of(worker.account) == []
    calls.subscribe(account=worker.account, at=make.AT, **phone.handed_over)

    assert len(called.subscriptions_of(worker.account)) == 1


@pytest.mark.usefixtures("_local")
def test_of_a_phone_that_is_switched_off_or_gone_no_address_is_kept(worker):
    with receiver((410, b"")) as service:
        subscribed(worker, service.url)
        notices.push(account=worker.account, message=MESSAGE, topic="test", at=make.AT)
    other = subscribed(worker, "https://push.example", "2")

    calls.unsubscribe(account=worker.account, endpoint=other.endpoint, at=make.AT)

    for row in PushSubscription.objects.all():
        kept = (bytes(row.endpoint_sealed), row.key_p256dh, row.key_auth, row.device_words)
        assert kept == (b"", "", "", "")
        assert row.ended_at == make.AT


@pytest.mark.usefixtures("_local")
def test_a_service_that_is_slow_does_not_keep_the_others_waiting(worker):
    with receiver((201, b"")) as service, receiver((201, b"")) as slow:
        slow.waits = 1.0
        for number in range(6):
            subscribed(worker, slow.url if number % 2 else service.url, str(number))
        began = time.monotonic()

        pushed = notices.push(account=worker.account, message=MESSAGE, topic="test", at=make.AT)

    assert pushed.count == 6
    assert time.monotonic() - began < 2.5


def test_of_many_browsers_the_oldest_is_let_go(worker):
    for number in range(11):
        phone = replace(Phone("https://push.example/"), endpoint=f"https://push.example/{number}")
        calls.subscribe(account=worker.account, at=make.later(minutes=number), **phone.handed_over)

    kept = called.subscriptions_of(worker.account)
    assert len(kept) == 10
    assert kept[-1].created_at == make.later(minutes=1)
