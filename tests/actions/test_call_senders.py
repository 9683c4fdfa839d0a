"""Whoever carries a telling out: by text and voice over a real web server; a screen that stays silent has failed."""

import socket
import threading
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.test import override_settings

from linli.call import access
from linli.call import actions as calls
from linli.call.models import Told
from linli.jobs.alarms import senders
from linli.jobs.alarms.senders import Senders
from linli.people import actions as people
from linli.people.models import ContactPoint, Look
from linli.shared.crypto import blind, seal
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from tests import make, make_call, make_notice
from tests.running import wait_for

# Carriers work in threads of their own, which see only what is committed.
pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture(autouse=True)
def _everything():
    with acting(EVERYTHING), override_settings(OUTGOING_HTTP=True, OUTGOING_NETWORKS=make_notice.LOCAL):
        yield


def sent(at):
    all_ways = Senders(lambda: at)
    try:
        return all_ways.round()
    finally:
        all_ways.settle()
        all_ways.stop()


def standing(way):
    return set(Told.objects.filter(way=way).values_list("standing", "fault"))


@pytest.fixture
def grid_worker():
    make.neighbourhood()
    post = make.post(Role.GRID, area_code=make.GRID)
    post.account.phone = "13911112222"
    post.account.save()
    return post


def test_the_grid_worker_gets_a_text_that_says_where_to_go_and_no_name(grid_worker):
    call = make_call.call()
    with make_notice.receiver() as server:
        make_notice.gateway(server.url)
        sent(make.later(seconds=1))

    said = server.received[0].said
    assert said["to"] == "13911112222"
    assert call.number in said["text"]
    assert "路程巷3号院2栋302" in said["text"]
    assert "次仁" not in said["text"]
    assert ("SENT", "") in standing("SMS")


def test_without_a_gateway_it_has_failed_at_once_and_the_ladder_goes_on(grid_worker):
    call = make_call.call()
    sent(make.later(seconds=1))

    assert standing("SMS") == {("FAILED", "没有能发送的通道")}
    call.refresh_from_db()
    assert call.next_step_at <= make.later(seconds=60)


def test_a_gateway_that_is_busy_is_asked_again_with_the_same_key(grid_worker):
    make_call.call()
    with make_notice.receiver((503, b""), (200, b"{}")) as server:
        make_notice.gateway(server.url)
        sent(make.later(seconds=1))
        sent(make.later(seconds=10))

    assert [one.said["id"] for one in server.received] == [server.received[0].said["id"]] * 2
    assert ("SENT", "") in {(state, "") for state, _fault in standing("SMS")}


def test_a_gateway_that_does_not_answer_holds_up_no_other_way_and_its_own_message_leaves_once(grid_worker):
    make_call.call()
    moment = [make.later(seconds=1)]
    all_ways = Senders(lambda: moment[0])
    with make_notice.receiver() as server, socket.create_server(("127.0.0.1", 0)) as deaf:
        make_notice.gateway(f"http://127.0.0.1:{deaf.getsockname()[1]}/")
        make_notice.gateway(server.url, "VOICE")
        began = time.monotonic()
        all_ways.round()
        wait_for(lambda: server.received, 5, "the voice to be carried meanwhile")
        moment[0] = make.later(seconds=40)  # the lease of the text has ended, and it is still on its way
        all_ways.round()
        took = time.monotonic() - began
        lines = _lines(deaf)
        all_ways.settle()
        all_ways.stop()

    assert (took < 5, lines) == (True, 1)


def _lines(server):
    """Count the connections that wait at a server."""
    count = 0
    server.settimeout(0.5)
    with suppress(TimeoutError):
        while True:
            server.accept()[0].close()
            count += 1
    return count


def test_a_screen_that_does_not_show_it_within_ten_seconds_has_failed(grid_worker):
    held = make_call.holding()
    watcher = make.post(Role.DISTRICT, unit=make.unit("DISTRICT"))
    calls.present(key="page-of-the-duty-desk", post=watcher, has_sound=True, at=make.AT)
    make_call.call(held=held)
    assert ("SENT", "") in standing("SCREEN")

    sent(make.later(seconds=11))

    assert not [one for one in standing("SCREEN") if one[0] == "SENT"]


def test_the_family_is_told_that_it_was_pressed_and_can_read_the_look():
    held = make_call.holding()
    point = ContactPoint.objects.create(
        resident=held.resident, area_code=make.GRID, created_at=make.AT, kept_until=make.later(days=900),
        contact_sealed=seal('{"name": "卓玛", "phone": "13933334444", "email": ""}'), phone_index=blind("13933334444"),
    )  # fmt: skip
    held.contacts.create(contact=point, relation="女儿")
    call = make_call.call(held=held)
    calls.climb_due(at=make.AT + timedelta(seconds=61))
    with make_notice.receiver() as server:
        make_notice.gateway(server.url)
        sent(make.AT + timedelta(seconds=62))

    said = next(one.said for one in server.received if one.said["to"] == "13933334444")
    assert call.number in said["text"]
    assert "路程巷" not in said["text"]
    assert Look.objects.filter(subject=f"call {call.number}").exists()


def test_whoever_pressed_reads_afterwards_that_others_looked_and_no_address():
    held = make_call.holding()
    people.add_contact(resident_id=held.resident_id, phone="13933335555", at=make.AT, post=None)
    call, worker = make_call.call(held=held), make.post(Role.COMMUNITY)
    access.open_caller(call=call, viewer=worker, at=make.AT)
    calls.answer(call=call, post=worker, at=make.AT)
    calls.close(call=call, post=worker, outcome="MISTAKE", at=make.later(minutes=5))
    with make_notice.receiver() as server:
        make_notice.gateway(server.url)
        sent(make.later(minutes=6))

    said = [one.said["text"] for one in server.received if one.said["to"] == "13933335555"]
    assert len(said) == 1
    assert f"{call.number} 已经结束" in said[0]
    assert "查看过您的资料" in said[0]
    assert "路程巷" not in said[0]
    assert Told.objects.get(audience="HOLDER").standing == "SENT"


def test_whoever_carries_asks_no_database(grid_worker, monkeypatch):
    make_call.call()
    used = []
    with make_notice.receiver() as server:
        make_notice.gateway(server.url)
        carry = senders.notices.carrier_of
        monkeypatch.setattr(senders.notices, "carrier_of", lambda gateway: Watched(carry(gateway), used))
        sent(make.later(seconds=1))

    assert used == [("sms_0", None)]
    assert ("SENT", "") in standing("SMS")


class Watched:
    """A carrier that says in which thread it carried, and whether that had a session with the database."""

    def __init__(self, carrier, used):
        self.carrier, self.used = carrier, used

    def carry(self, parcel, *, timestamp):
        self.carrier.carry(parcel, timestamp=timestamp)
        self.used.append((threading.current_thread().name, connection.connection))


def test_a_telling_gives_way_to_a_press_before_it_leaves_and_before_it_is_written_down(grid_worker):
    make_call.call()
    given_way = []
    with make_notice.receiver() as server:
        make_notice.gateway(server.url)
        all_ways = Senders(lambda: make.later(seconds=1), give_way=lambda: given_way.append(len(server.received)))
        all_ways.round()
        all_ways.settle()
        all_ways.stop()

    # Before the text left, before nobody could telephone, before the text was written down.
    assert (len(given_way), given_way[0], given_way[-1]) == (3, 0, 1)
    assert standing("SMS") == {("SENT", "")}


def test_one_telling_that_cannot_be_written_holds_up_no_other(grid_worker, monkeypatch):
    make_call.call()
    failed = calls.told_failed

    def fails_for_voice(*, key, **more):
        if Told.objects.get(key=key).way == "VOICE":
            raise ValueError(key)
        failed(key=key, **more)

    monkeypatch.setattr(senders.calls, "told_failed", fails_for_voice)
    sent(make.later(seconds=1))

    assert standing("SMS") == {("FAILED", "没有能发送的通道")}
    assert standing("VOICE") == {("QUEUED", "")}
