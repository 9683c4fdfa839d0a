"""In an emergency the record of whoever calls opens, once on record for each post and call, and closes again."""

import json

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from linli.call import access, queries
from linli.call import actions as calls
from linli.call.actions.moving import units_told
from linli.call.models import FollowUp, HoldingContact, Told
from linli.call.rules import Audience, Rung, check_rungs
from linli.people import access as people
from linli.people import actions as people_actions
from linli.people import queries as people_queries
from linli.people.models import Look
from linli.shared.hints import CHANNEL
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff.queries import scope_of
from tests import make, make_call
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db
RESPONDERS = [Role.GRID, Role.COMMUNITY, Role.STREET, Role.HEALTH, Role.DISTRICT]


def post(role):
    return make.post(role, area_code=make.GRID if role is Role.GRID else "")


def looks():
    return sorted(Look.objects.values_list("viewer_post_id", "purpose", "what", "subject"))


@pytest.mark.parametrize("role", RESPONDERS)
def test_whoever_is_told_of_a_call_opens_who_calls(role):
    viewer = post(role)
    raised = make_call.call()

    with as_application(scope_of(viewer)):
        call = queries.call(raised.pk, post=viewer)
        caller = access.open_caller(call=call, viewer=viewer, at=make.AT)

    assert (caller.name, caller.birth_year, caller.notes) == ("次仁", 1948, "钥匙在隔壁301")
    assert looks() == [(viewer.pk, "EMERGENCY", "RECORD", f"call {raised.number}")]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_who_opens_nothing_opens_nothing_in_an_emergency_either(role):
    call, viewer = make_call.call(), make.post(role, unit=make.unit("DISTRICT"))

    with pytest.raises(Refused, match="目的"):
        access.open_caller(call=call, viewer=viewer, at=make.AT)

    assert looks() == []


def test_however_often_a_post_looks_it_is_one_look_for_each_call():
    first, other = post(Role.GRID), post(Role.COMMUNITY)
    held = make_call.holding()
    one, two = make_call.call(held=held, ref="1"), make_call.call(held=held, ref="2")

    for viewer, call in [(first, one), (first, one), (first, two), (other, one)]:
        access.open_caller(call=call, viewer=viewer, at=make.AT)

    assert [(who, subject) for who, _why, _what, subject in looks()] == sorted(
        [(first.pk, f"call {one.number}"), (first.pk, f"call {two.number}"), (other.pk, f"call {one.number}")]
    )


def test_whom_to_ring_opens_only_when_asked_for_and_is_a_look_of_its_own():
    held = make_call.holding()
    own = people_actions.add_contact(resident_id=held.resident_id, phone="13900000001", at=make.AT, post=None)
    family = people_actions.keep_contact(name="央金", phone="13900000002", at=make.AT)
    HoldingContact.objects.create(holding=held, contact_id=family, relation="女儿")
    call, viewer = make_call.call(held=held), post(Role.COMMUNITY)

    without = access.open_caller(call=call, viewer=viewer, at=make.AT)
    ringing = access.open_caller(call=call, viewer=viewer, at=make.AT, with_contacts=True)

    assert own
    assert without.known == ()
    assert [(one.relation, one.contact.phone) for one in ringing.known] == [
        ("", "13900000001"),
        ("女儿", "13900000002"),
    ]
    assert [what for _who, _why, what, _subject in looks()] == ["CONTACT", "CONTACT", "RECORD"]


def test_the_person_reads_afterwards_who_looked_and_why():
    call, viewer = make_call.call(), post(Role.HEALTH)
    access.open_caller(call=call, viewer=viewer, at=make.AT)

    line = people_queries.looks_at(call.holding.resident_id)[0]

    assert (line.purpose, line.what, line.subject) == ("紧急救助", "个人资料", f"call {call.number}")


def test_when_the_call_is_over_the_record_is_closed():
    call, viewer = make_call.call(), post(Role.COMMUNITY)
    calls.answer(call=call, post=viewer, at=make.AT)
    calls.close(call=call, post=viewer, outcome="MISTAKE", at=make.AT)

    with pytest.raises(Refused, match="已经结束"):
        access.open_caller(call=call, viewer=viewer, at=make.AT)

    assert looks() == []


def test_until_the_visit_is_done_the_record_stays_open():
    call, viewer = make_call.call(), post(Role.COMMUNITY)
    calls.answer(call=call, post=viewer, at=make.AT)
    calls.close(call=call, post=viewer, outcome="FALL", at=make.AT)
    is_open_before_the_visit = access.is_open_to(call)

    calls.follow_up(call=call, post=viewer, at=make.later(hours=3), words="好多了")

    assert (is_open_before_the_visit, access.is_open_to(call)) == (True, False)


def test_a_device_nobody_holds_opens_nobody():
    make.neighbourhood()
    taken = calls.take_in(received=[make_call.press("X404")], at=make.AT)[0]
    viewer = post(Role.DISTRICT)
    call = queries.call(taken.call_id, post=viewer)

    assert access.open_caller(call=call, viewer=viewer, at=make.AT) is None


def test_without_naming_the_call_nothing_opens():
    held, viewer = make_call.holding(), post(Role.COMMUNITY)

    with pytest.raises(Refused, match="哪一次呼叫"):
        people.open_in_emergency(resident_id=held.resident_id, viewer=viewer, at=make.AT, subject="")

    assert looks() == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_health_station_hears_that_somebody_else_answered():
    station = post(Role.HEALTH)
    call = make_call.call()
    address = make_conninfo(settings.DATABASE_URL, dbname=connection.settings_dict["NAME"])
    with psycopg.connect(address, autocommit=True) as ear:
        ear.execute(f"LISTEN {CHANNEL}")

        calls.answer(call=call, post=post(Role.GRID), at=make.AT)

        heard = [json.loads(notice.payload) for notice in ear.notifies(timeout=30, stop_after=1)]

    assert heard[0]["calls"] == [call.pk]
    assert station.unit_id in heard[0]["units"]
    assert heard[0]["units"] == units_told(call)


def over(call, viewer, outcome="FALL"):
    calls.answer(call=call, post=viewer, at=make.AT)
    calls.close(call=call, post=viewer, outcome=outcome, at=make.later(minutes=20))


def told_afterwards(call):
    rows = Told.objects.filter(call=call, audience="HOLDER")
    return list(rows.values_list("way", "contact_id", "standing", "fault"))


def test_whoever_pressed_is_told_by_text_once_when_it_is_over_that_others_looked():
    held = make_call.holding()
    family = people_actions.add_contact(resident_id=held.resident_id, phone="13900000002", at=make.AT, post=None)
    own = people_actions.add_contact(resident_id=held.resident_id, phone="13900000001", at=make.AT, post=None)
    HoldingContact.objects.create(holding=held, contact_id=family, relation="女儿")
    call, viewer = make_call.call(held=held), post(Role.COMMUNITY)
    access.open_caller(call=call, viewer=viewer, at=make.AT)
    before = told_afterwards(call)

    over(call, viewer)
    calls.reopen(call=call, post=viewer, at=make.later(minutes=30), words="又按了")
    over(call, viewer)

    assert (before, told_afterwards(call)) == ([], [("SMS", own, "QUEUED", "")])


def test_where_nobody_looked_nobody_is_told_of_it():
    call, viewer = make_call.call(), post(Role.COMMUNITY)

    over(call, viewer, outcome="MISTAKE")

    assert told_afterwards(call) == []


def test_without_a_phone_it_says_so_for_whoever_visits():
    viewer = post(Role.HEALTH)
    raised = make_call.call()
    with as_application(scope_of(viewer)):
        call = queries.call(raised.pk, post=viewer)
        access.open_caller(call=call, viewer=viewer, at=make.AT)

        over(call, viewer)

    assert told_afterwards(call) == [("SMS", None, "FAILED", "没有登记本人的电话")]
    assert FollowUp.objects.get(call=call).done_at is None


def test_nobody_makes_a_rung_of_what_is_told_afterwards():
    with pytest.raises(Refused, match="不在通知阶梯里"):
        check_rungs([Rung(0, Audience.HOLDER)])


@pytest.mark.parametrize("act", [calls.answer, calls.attend])
def test_when_a_health_station_comes_nobody_else_is_told_any_more(act):
    viewer, _grid = post(Role.HEALTH), post(Role.GRID)
    raised = make_call.call()
    waiting = Told.objects.filter(call=raised, due_at__isnull=False).exclude(way="SCREEN")
    was_waiting = waiting.exists()

    with as_application(scope_of(viewer)):
        act(call=queries.call(raised.pk, post=viewer), post=viewer, at=make.AT)

    assert (was_waiting, waiting.exists()) == (True, False)
