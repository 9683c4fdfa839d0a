"""Notices leave by real mail and real HTTP, are tried again with growing waits, and are never silently lost."""

import base64
import hashlib
import hmac
import json
import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from aiosmtpd.controller import Controller
from django.db import connection, connections
from django.test import override_settings

from linli.case.models import Case
from linli.jobs.tasks import call_sender, send_due
from linli.notice import actions as notices
from linli.notice import outgoing, queries
from linli.notice.carriers.aliyun import authorization
from linli.notice.models import Notice
from linli.notice.rules import ATTEMPTS_MAX, LEASE, Channel
from linli.people.models import Look
from linli.shared.models import AuditEntry
from linli.shared.refusals import Refused
from linli.shared.scope import EVERYTHING, acting
from tests import make, make_notice
from tests.running import quiet_port

pytestmark = pytest.mark.django_db
LOCAL = {
    "OUTGOING_NETWORKS": make_notice.LOCAL,
    "OUTGOING_HTTP": True,
    "PUBLIC_URL": "https://linli.example",
}


@pytest.fixture(autouse=True)
def _local():
    with override_settings(**LOCAL):
        yield


class Mailbox:
    """A mail server that keeps what it is given, or answers as it is told."""

    def __init__(self):
        self.received, self.answer = [], "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 -- aiosmtpd's name
        self.received.append(envelope)
        return self.answer


@pytest.fixture
def mailbox():
    box = Mailbox()
    port = quiet_port()
    server = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=60)
    server.start()
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        MAIL_URL=f"smtp://127.0.0.1:{port}",
        DEFAULT_FROM_EMAIL="linli@example.com",
    ):
        yield box
    server.stop()


def queued(**contact):
    """A case whose reporter is to be told by one way, and the notice."""
    make.case(contact=make.contact(**contact))
    notices.derive(at=make.AT)
    return Notice.objects.exclude(channel="IN_APP").get()


def send(channel=Channel.SMS, at=make.AT):
    return notices.send_notices(channel=channel, now=lambda: at)


def test_a_message_goes_to_the_gateway_signed_and_with_its_key():
    with make_notice.receiver() as server:
        make_notice.gateway(f"{server.url}/send", secret="whsec_" + base64.b64encode(b"k" * 32).decode())
        notice = queued()
        sent = send()

    request, case = server.received[0], Case.objects.get()
    notice.refresh_from_db()
    assert sent == 1
    assert (notice.state, notice.attempts, notice.next_try_at) == ("SENT", 1, None)
    assert request.said["to"] == "13900000001"
    assert request.said["id"] == str(notice.key) == request.headers["idempotency-key"]
    assert request.said["text"].startswith(f"您反映的事已收到，编号 {case.number}，由")
    assert f"https://linli.example/f/{case.number}/" in request.said["text"]
    message = f"{notice.key}.{int(make.AT.timestamp())}.".encode() + request.content
    expected = base64.b64encode(hmac.digest(b"k" * 32, message, hashlib.sha256)).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"


def test_opening_the_number_is_a_look_the_resident_can_read():
    with make_notice.receiver() as server:
        make_notice.gateway(server.url)
        notice = queued()
        send()

    look = Look.objects.get()
    assert (look.purpose, look.viewer_words, look.subject) == ("NOTICE", "系统", f"case {notice.case.number}")


def test_mail_leaves_by_a_real_mail_server_in_the_language_of_the_appeal(mailbox):
    make.case(contact=make.contact(phone="", email="tashi@example.com"), language="en")
    notices.derive(at=make.AT)
    notice = Notice.objects.get(channel="EMAIL")

    send(Channel.EMAIL)

    envelope = mailbox.received[0]
    words = envelope.content.decode()
    notice.refresh_from_db()
    assert notice.state == "SENT"
    assert envelope.rcpt_tos == ["tashi@example.com"]
    assert f"Message-ID: <{notice.key}@example.com>" in words
    assert f"Subject: We have your report {notice.case.number}" in words


@pytest.mark.parametrize(("answer", "state"), [("451 later", "FAILED"), ("550 tashi@example.com unknown", "GIVEN_UP")])
def test_a_mail_server_that_says_no_is_believed_and_its_words_are_not_kept(mailbox, answer, state):
    notice = queued(phone="", email="tashi@example.com")
    mailbox.answer = answer

    send(Channel.EMAIL)

    notice.refresh_from_db()
    assert (notice.state, notice.fault) == (state, f"SMTP {answer[:3]}")


def test_a_mail_server_that_is_gone_is_tried_again():
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=1,
        MAIL_URL="smtp://127.0.0.1:1",
    ):
        notice = queued(phone="", email="tashi@example.com")
        send(Channel.EMAIL)

    notice.refresh_from_db()
    assert (notice.state, notice.next_try_at) == ("FAILED", make.later(seconds=30))


def test_a_busy_gateway_is_tried_again_with_growing_waits_under_the_same_key_and_given_up_in_the_end():
    with make_notice.receiver((503, b"busy")) as server:
        make_notice.gateway(server.url)
        notice, at = queued(), make.AT
        waits = []
        for _attempt in range(ATTEMPTS_MAX):
            assert send(at=at) == 1
            assert send(at=at) == 0
            notice.refresh_from_db()
            waits.append(notice.next_try_at - at if notice.next_try_at else None)
            at = notice.next_try_at or at

    assert len(server.received) == ATTEMPTS_MAX
    assert {request.headers["idempotency-key"] for request in server.received} == {str(notice.key)}
    assert waits[:3] == [timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=8)]
    assert waits[-1] is None
    assert (notice.state, notice.fault, notice.sent_at) == ("GIVEN_UP", "HTTP 503", None)


@pytest.mark.parametrize(
    ("answer", "state", "fault"),
    [
        ((422, b""), "GIVEN_UP", "HTTP 422"),
        ((401, b""), "FAILED", "HTTP 401"),
        ((302, b""), "FAILED", "HTTP 302"),
        ((200, b'{"code": 7}'), "FAILED", "code 7"),
        ((200, b"not json"), "SENT", ""),
        ((0, b""), "FAILED", "RemoteDisconnected"),
    ],
)
def test_an_answer_is_read_for_what_it_means(answer, state, fault):
    with make_notice.receiver(answer) as server:
        make_notice.gateway(server.url)
        notice = queued()
        send()

    notice.refresh_from_db()
    assert (notice.state, notice.fault) == (state, fault)
    assert [request.path for request in server.received] == ["/"]  # nobody is sent elsewhere


@pytest.mark.parametrize("said", ['"0"', '"00"', "200", '"OK"', '"success"', "null"])
def test_gateways_say_yes_in_several_ways(said):
    with make_notice.receiver((200, f'{{"code": {said}}}'.encode())) as server:
        make_notice.gateway(server.url)
        notice = queued()
        send()

    notice.refresh_from_db()
    assert notice.state == "SENT"


def operator(address):
    return notices.add_gateway(
        kind="ALIYUN", name="阿里云", address=address, secret="s3cret", key_id="LTAI5t", sign_name="邻里",
        templates="SMS_1\nresident_received SMS_2", at=make.AT, by_post_id=1,
    )  # fmt: skip


def test_the_operator_is_asked_for_its_template_with_the_places_of_the_text():
    with make_notice.receiver((200, b'{"Code": "OK", "BizId": "9"}')) as server:
        operator(server.url)
        notice = queued()
        send()

    notice.refresh_from_db()
    (request,) = server.received
    path, _mark, query = request.path.partition("?")
    asked, case = dict(parse_qsl(query)), Case.objects.get()
    filled = json.loads(asked["TemplateParam"])
    heads = {name: request.headers[name] for name in request.headers if name.startswith("x-acs-") or name == "host"}
    assert (notice.state, path) == ("SENT", "/")
    assert (asked["PhoneNumbers"], asked["SignName"], asked["TemplateCode"]) == ("13900000001", "邻里", "SMS_2")
    assert (filled["number"], filled["path"].startswith(f"f/{case.number}/")) == (case.number, True)
    assert request.headers["authorization"] == authorization("LTAI5t", "s3cret", query=query, headers=heads)
    assert heads["x-acs-date"] == "2026-11-23T02:00:00Z"


@pytest.mark.parametrize(
    ("answer", "state", "fault"),
    [
        ((200, b'{"Code": "isv.BUSINESS_LIMIT_CONTROL"}'), "FAILED", "isv.BUSINESS_LIMIT_CONTROL"),
        ((200, b'{"Code": "isv.MOBILE_NUMBER_ILLEGAL"}'), "GIVEN_UP", "isv.MOBILE_NUMBER_ILLEGAL"),
        ((400, b'{"Code": "InvalidTimeStamp.Expired"}'), "FAILED", "InvalidTimeStamp.Expired"),
        ((200, b"not json"), "FAILED", "HTTP 200"),
        ((0, b""), "FAILED", "RemoteDisconnected"),
    ],
)
def test_an_answer_of_the_operator_is_believed_only_when_it_says_ok(answer, state, fault):
    with make_notice.receiver(answer) as server:
        operator(server.url)
        notice = queued()
        send()

    notice.refresh_from_db()
    assert (notice.state, notice.fault) == (state, fault)


def test_a_text_message_leaves_by_one_gateway_whichever_sort_it_is():
    make_notice.gateway("https://sms.example/send")

    with pytest.raises(Refused, match="已经有一个在用的短信网关"):
        operator("")


def test_a_gateway_nobody_answers_at_is_asked_once_a_round(monkeypatch):
    knocks, knock = [], socket.create_connection
    monkeypatch.setattr(socket, "create_connection", lambda *to, **how: knocks.append(to) or knock(*to, **how))
    make_notice.gateway("http://127.0.0.1:1/")
    for serial in range(3):
        make.case(text=f"第 {serial} 件", contact=make.contact())
    notices.derive(at=make.AT)

    send()

    assert set(Notice.objects.filter(channel="SMS").values_list("state", "fault")) == {("FAILED", "no connection")}
    assert len(knocks) == 1


@pytest.mark.parametrize(
    ("place", "is_allowed"),
    [
        ("127.0.0.1", False),
        ("10.1.2.3", True),
        ("10.2.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("fe80::1%eth0", False),
        ("0.0.0.0", False),  # noqa: S104 -- an address to refuse, nothing listens
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("8.8.8.8", True),
    ],
)
def test_only_public_places_and_named_networks_are_spoken_to(place, is_allowed):
    from ipaddress import ip_network

    with override_settings(OUTGOING_NETWORKS=(ip_network("10.1.0.0/16"),)):
        assert outgoing.is_permitted(place) is is_allowed


@override_settings(OUTGOING_NETWORKS=())
def test_a_name_that_leads_into_our_own_network_is_not_connected_to():
    with make_notice.receiver() as server:
        make_notice.gateway(server.url.replace("127.0.0.1", "localhost"))
        notice = queued()
        send()

    notice.refresh_from_db()
    assert server.received == []
    assert notice.state == "GIVEN_UP"
    assert notice.fault.startswith("这个网址指向内部网络")


@override_settings(OUTGOING_HTTP=False)
@pytest.mark.parametrize(
    "address", ["http://sms.example/", "ftp://sms.example/", "https://", "https://a:b@sms.example/", "https://x:0/", ""]
)
def test_an_address_without_tls_or_with_a_password_in_it_is_refused(address):
    with pytest.raises(Refused):
        make_notice.gateway(address)


def test_the_three_chats_are_spoken_to_as_each_wants_it():
    unit = make.department()
    with make_notice.receiver((200, b'{"errcode": 0, "code": 0}')) as server:
        robots = [
            make_notice.gateway(f"{server.url}/{kind}?key=1", kind, secret="SEC", unit_id=unit.pk)
            for kind in ("WECOM", "DINGTALK", "FEISHU")
        ]
        faults = [notices.try_gateway(gateway=robot, to="", at=make.AT, by_post_id=1) for robot in robots]

    wecom, dingtalk, feishu = server.received
    assert faults == ["", "", ""]
    assert wecom.path == "/WECOM?key=1"
    assert wecom.said["msgtype"] == "text"
    moment = int(make.AT.timestamp())
    assert dingtalk.path.startswith(f"/DINGTALK?key=1&timestamp={moment}000&sign=")
    sign = base64.b64encode(hmac.digest(f"{moment}\nSEC".encode(), b"", hashlib.sha256)).decode()
    assert (feishu.said["timestamp"], feishu.said["sign"]) == (str(moment), sign)


def test_a_chat_that_answers_200_and_means_no_is_not_believed():
    unit = make.department()
    with make_notice.receiver((200, b'{"errcode": 45009}')) as server:
        robot = make_notice.gateway(server.url, "WECOM", unit_id=unit.pk)
        fault = notices.try_gateway(gateway=robot, to="", at=make.AT, by_post_id=1)

    robot.refresh_from_db()
    assert fault == robot.fault == "errcode 45009"


def test_what_is_no_longer_wanted_is_not_sent():
    from linli.confirm import actions as confirms
    from linli.handling import actions as handling

    with make_notice.receiver() as server:
        make_notice.gateway(server.url)
        case, worker = make.case_in_hand(contact=make.contact())
        handling.finish(case=case, post=worker, result="好了", at=make.later(minutes=20))
        notices.derive(at=make.later(minutes=21))
        confirms.confirm(case=Case.objects.get(), rating=5, at=make.later(minutes=22))
        send(at=make.later(minutes=23))

    row = Notice.objects.get(kind="resident_finished")
    assert (row.state, row.fault) == ("GIVEN_UP", "不再需要")
    assert [request.said["text"][:9] for request in server.received] == ["您反映的事已收到，"]


@override_settings(PUBLIC_URL="")
def test_a_message_whose_link_would_lead_nowhere_is_not_sent():
    with make_notice.receiver() as server:
        make_notice.gateway(server.url)
        notice = queued()
        send()

    notice.refresh_from_db()
    assert (notice.state, notice.fault) == ("GIVEN_UP", "没有设置 LINLI_PUBLIC_URL")
    assert server.received == []


def test_resending_takes_a_new_key_and_leaves_an_audit_entry():
    with make_notice.receiver((422, b""), (200, b"")) as server:
        make_notice.gateway(server.url)
        notice = queued()
        send()
        notice.refresh_from_db()
        notices.resend(notice=notice, at=make.later(hours=1), by_post_id=7)
        send(at=make.later(hours=1))

    key = notice.key
    notice.refresh_from_db()
    assert notice.state == "SENT"
    assert notice.key != key
    assert AuditEntry.objects.filter(verb="resend_notice", subject=str(notice.pk), by_post_id=7).count() == 1


def test_what_waits_already_or_only_rings_is_not_resent():
    make_notice.gateway("https://sms.example/")
    waiting = queued()
    bell = Notice.objects.get(channel="IN_APP")

    for notice in (waiting, bell):
        with pytest.raises(Refused):
            notices.resend(notice=notice, at=make.AT, by_post_id=7)

    assert AuditEntry.objects.filter(verb="resend_notice").count() == 0


def test_an_error_of_our_own_holds_up_no_other(monkeypatch, caplog):
    with make_notice.receiver() as server:
        make_notice.gateway(server.url)
        for serial in range(2):
            make.case(text=f"第 {serial} 件", contact=make.contact())
        notices.derive(at=make.AT)
        first, second = Notice.objects.filter(channel="SMS").order_by("pk")
        Notice.objects.filter(pk=first.pk).update(places={"unit": "no number"})
        send()

    states = dict(Notice.objects.filter(channel="SMS").values_list("pk", "state"))
    assert states == {first.pk: "FAILED", second.pk: "SENT"}
    assert "could not be sent" in caplog.text


def test_the_clock_calls_one_sender_for_each_lane_and_no_second_while_it_waits():
    make_notice.gateway("https://sms.example/")
    queued()

    called = call_sender(at=make.AT), call_sender(at=make.AT)

    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args->>'lane' FROM procrastinate_jobs WHERE queue_name = 'notices'")
        assert cursor.fetchall() == [("notice.send_due", "SMS")]
    assert called == (1, 0)


def test_the_job_sends_until_nothing_is_left():
    with make_notice.receiver() as server:
        make_notice.gateway(server.url)
        for serial in range(25):
            make.case(text=f"第 {serial} 件", contact=make.contact())
        notices.derive(at=make.AT)
        Notice.objects.exclude(channel="IN_APP").update(next_try_at=make.AT - timedelta(days=400))
        send_due(lane="SMS")

    assert len(server.received) == 25
    assert queries.lanes_due(at=make.later(days=9)) == []


KILLED = """
import os, sys
sys.path[:0] = [{root!r}]
import django
django.setup()
from datetime import datetime
from django.conf import settings
from linli.notice import actions as notices
from linli.notice.rules import Channel
from linli.shared.scope import EVERYTHING, acting
from tests import make_notice
settings.OUTGOING_NETWORKS, settings.OUTGOING_HTTP, settings.PUBLIC_URL = make_notice.LOCAL, True, "https://linli.example"
from linli.notice.actions import sending
sending.write_sent = lambda *_args, **_kwargs: os.kill(os.getpid(), 9)  # carried, and killed before a word is written
with acting(EVERYTHING):
    notices.send_notices(channel=Channel.SMS, now=lambda: datetime.fromisoformat({at!r}))
"""


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_worker_killed_after_sending_leaves_it_to_the_next_which_sends_the_same_key_again():
    with make_notice.receiver() as server:
        make_notice.gateway(server.url)
        notice = queued()
        done = subprocess.run(
            [sys.executable, "-c", KILLED.format(root=str(Path.cwd()), at=make.AT.isoformat())],
            env={**os.environ, "LINLI_DATABASE_URL": database(), "DJANGO_SETTINGS_MODULE": "linli.config.settings"},
            capture_output=True,
            text=True,
            check=False,
        )
        notice.refresh_from_db()
        after_kill = (notice.state, notice.attempts, notice.next_try_at)
        too_early = send(at=make.AT + LEASE - timedelta(seconds=1))
        taken_up = send(at=make.AT + LEASE)

    notice.refresh_from_db()
    assert done.returncode == -9, done.stderr
    assert after_kill == ("QUEUED", 1, make.AT + LEASE)
    assert (too_early, taken_up) == (0, 1)
    assert (notice.state, notice.attempts) == ("SENT", 2)
    assert [request.headers["idempotency-key"] for request in server.received] == [str(notice.key)] * 2


def database():
    """The address of the test's own database, for another process."""
    from psycopg.conninfo import make_conninfo

    parts = connections["default"].settings_dict
    known = {"dbname": parts["NAME"], "user": parts["USER"], "password": parts["PASSWORD"]}
    return make_conninfo(
        **{name: value for name, value in known.items() if value},
        **{name: value for name, value in {"host": parts["HOST"], "port": parts["PORT"]}.items() if value},
    )


# Systems of others -------------------------------------------------------------------------------


def deliver(at=make.AT):
    return notices.send_deliveries(now=lambda: at)


def test_an_event_is_delivered_signed_and_without_anything_about_a_person():
    with make_notice.receiver() as server:
        _subscriber, secret = make_notice.subscriber(server.url)
        case = make.case(contact=make.contact(), address="路程巷3号", text="扎西家楼道灯坏了")
        notices.derive(at=make.AT)
        deliver()

    request = server.received[0]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    message = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.content
    assert (
        request.headers["webhook-signature"]
        == "v1," + base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode()
    )
    assert request.said["type"] == "case.open"
    assert request.said["case"]["number"] == case.number
    assert set(request.said["case"]) == {
        *["number", "sequence", "state", "kind", "category", "area", "urgency", "owner", "lead"],
        *["opened_at", "due_at", "closed_at"],
    }
    for word in ("扎西", "路程巷", "13900000001", case.title):
        assert word not in json.dumps(request.said, ensure_ascii=False)


def test_a_subscriber_hears_only_of_its_events_and_its_area_and_nobody_of_notes():
    from linli.case import actions as cases

    with make_notice.receiver() as server:
        make_notice.subscriber(server.url, names=("take",))
        make_notice.subscriber(server.url, area_code="540103")
        case, worker = make.case_in_hand()
        cases.note(case=case, post=worker, words="记一下", at=make.later(minutes=6))
        notices.derive(at=make.later(minutes=7))
        deliver(at=make.later(minutes=7))

    assert [request.said["type"] for request in server.received] == ["case.take"]


def test_a_dead_letter_is_delivered_again_under_the_same_key():
    with make_notice.receiver(*[(500, b"")] * ATTEMPTS_MAX, (200, b"")) as server:
        subscriber, _secret = make_notice.subscriber(server.url)
        make.case()
        notices.derive(at=make.AT)
        at = make.AT
        for _attempt in range(ATTEMPTS_MAX):
            deliver(at=at)
            at += timedelta(hours=7)
        dead = queries.dead_count()
        again = notices.redeliver_all(subscriber=subscriber, at=at, by_post_id=7)
        deliver(at=at)

    row = queries.deliveries().get()
    assert (dead, again, queries.dead_count()) == (1, 1, 0)
    assert (row.state, row.status) == ("SENT", 200)
    assert {request.headers["webhook-id"] for request in server.received} == {str(row.key)}
    assert len(server.received) == ATTEMPTS_MAX + 1


def test_a_stopped_subscriber_hears_nothing_more():
    with make_notice.receiver() as server:
        subscriber, _secret = make_notice.subscriber(server.url)
        make.case()
        notices.derive(at=make.AT)
        notices.stop_subscriber(subscriber=subscriber, reason="换平台", at=make.AT, by_post_id=7)
        make.case(text="又一件")
        notices.derive(at=make.AT)
        deliver()

    row = queries.deliveries().get()
    assert server.received == []
    assert (row.state, row.fault) == ("GIVEN_UP", "订阅已停用")


def test_the_secret_and_the_address_are_kept_sealed():
    subscriber, secret = make_notice.subscriber("https://partner.example/hook?token=t0p")

    with connection.cursor() as cursor, acting(EVERYTHING):
        cursor.execute("SELECT row_to_json(s)::text FROM notice_subscriber s")
        kept = cursor.fetchone()[0]
    assert secret not in kept
    assert "t0p" not in kept
    assert subscriber.host == "partner.example"
    assert secret not in str(list(AuditEntry.objects.values_list("subject", "detail")))
