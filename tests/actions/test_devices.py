"""Devices are registered, handed out with consent, swapped with all that belongs to them, taken back and retired."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from linli.call import actions as calls
from linli.call.models import Device, DeviceEvent, DeviceTask, Holding, HoldingContact, Press
from linli.call.queries.audience import targets
from linli.call.rules import Audience, is_secret
from linli.call.rules.events import event_words
from linli.call.rules.stock import ContactAgreed, NewDevice
from linli.call.states import DEVICE_MOVES, DeviceState, device_moves_for
from linli.people import actions as people
from linli.people.models import Consent, ContactPoint
from linli.people.rules import ConsentGiven
from linli.shared.chains import GENESIS, chained
from linli.shared.crypto import unseal
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.shared.scope import Scope
from linli.staff.queries import scope_of
from tests import make, make_call
from tests.contract.test_row_security import OTHER_COMMUNITY, as_application

pytestmark = pytest.mark.django_db
SIGNED = ConsentGiven(giver="SELF", way="SIGNED")
SON = ContactAgreed(name="边巴", phone="13900000002", relation="儿子", is_agreed=True)
DOOR = {"address": "路程巷3号院2栋302", "entrance": "从北门进", "notes": "钥匙在隔壁301"}


@pytest.fixture
def worker():
    make.neighbourhood()
    return make.post(Role.COMMUNITY)


def names(device):
    return list(DeviceEvent.objects.filter(device=device).order_by("sequence").values_list("name", flat=True))


def in_stock(worker, serial="B-1"):
    return calls.register(new=NewDevice(serial=serial), post=worker, at=make.AT).device


def handed(worker, device=None, who=None, at=make.AT, **more):
    device, who = device or in_stock(worker), who or make_call.resident()
    given = {"consent": SIGNED, "agreed_on": timezone.localdate(at), "contacts": [SON], **DOOR} | more
    return calls.hand_out(device=device, resident_id=who.pk, post=worker, at=at, **given)


def written():
    return (
        Device.objects.count(), DeviceEvent.objects.count(), Holding.objects.count(), HoldingContact.objects.count(),
        Consent.objects.count(), ContactPoint.objects.count(),
    )  # fmt: skip


def test_a_new_device_lies_in_the_stock_and_its_secret_is_kept_as_a_fingerprint(worker):
    made = calls.register(new=NewDevice(serial=" B-1 ", kind="手环"), post=worker, at=make.AT)

    device = Device.objects.get()
    assert (device.serial, device.kind, device.state, device.unit) == ("B-1", "BRACELET", "IN_STOCK", worker.unit)
    assert is_secret(made.secret, bytes(device.secret_hash))
    assert names(device) == ["register"]


def test_devices_are_registered_all_or_none_and_every_problem_is_named(worker):
    in_stock(worker, "B-1")
    rows = [
        NewDevice(serial="B-1"), NewDevice(serial="B 2"), NewDevice(serial="B-3", kind="猫"), NewDevice(serial="B-4"),
        NewDevice(serial="B-4"), NewDevice(serial="B-5", unit_code="nobody"),
    ]  # fmt: skip

    problems = calls.problems_of(rows=rows, post=worker)

    assert sorted({problem.row for problem in problems}) == [1, 2, 3, 4, 5, 6]
    before = written()
    with pytest.raises(Refused):
        calls.register_all(rows=rows, post=worker, at=make.AT)
    assert written() == before


def test_many_devices_are_registered_in_few_statements(worker, django_assert_num_queries):
    rows = [NewDevice(serial=f"B-{number}") for number in range(50)]

    with django_assert_num_queries(7):
        made = calls.register_all(rows=rows, post=worker, at=make.AT)

    assert (len({one.secret for one in made}), DeviceEvent.objects.count()) == (50, 50)


@pytest.mark.parametrize("role", [Role.GRID, Role.HEALTH, Role.DEPARTMENT, Role.ADMIN])
def test_other_desks_register_nothing(worker, role):
    with pytest.raises(Refused):
        calls.register(new=NewDevice(serial="B-1"), post=make.post(role), at=make.AT)

    assert written() == (0, 0, 0, 0, 0, 0)


def test_the_district_registers_for_a_community_and_moves_stock_between_units(worker):
    district = make.post(Role.DISTRICT)
    device = calls.register(new=NewDevice(serial="B-1"), post=district, at=make.AT).device

    calls.allot(device=device, unit_code=worker.unit.code, post=district, at=make.AT)

    device.refresh_from_db()
    assert (device.unit, device.area_code) == (worker.unit, make.COMMUNITY)
    with pytest.raises(Refused):
        calls.allot(device=device, unit_code=district.unit.code, post=worker, at=make.AT)


def test_a_device_is_handed_out_with_consent_contacts_and_sealed_notes(worker):
    holding = handed(worker, location_consent=SIGNED)

    device = Device.objects.get()
    assert (device.state, device.area_code, device.tested_at) == ("HANDED_OUT", make.GRID, None)
    assert unseal(bytes(holding.notes_sealed)) == DOOR["notes"]
    assert [consent.is_separate for consent in Consent.objects.all()] == [True] * 3
    point = ContactPoint.objects.get()
    assert (holding.contacts.get().contact_id, point.kept_until, point.area_code) == (point.pk, None, make.GRID)
    assert names(device) == ["register", "hand_out"]
    assert DOOR["notes"] not in str(DeviceEvent.objects.last().detail)


@pytest.mark.parametrize(
    "more",
    [
        {"consent": ConsentGiven(giver="", way="SIGNED")},
        {"location_consent": ConsentGiven(giver="SELF", way="")},
        {"agreed_on": date(2027, 1, 1)},
        {"address": " "},
        {"contacts": [ContactAgreed(name="边巴", phone="13900000002", relation="儿子", is_agreed=False)]},
        {"contacts": [ContactAgreed(name="边巴", phone="1", relation="儿子", is_agreed=True)]},
        {"notes": "长" * 501},
    ],
)
def test_a_hand_over_that_lacks_something_writes_nothing(worker, more):
    device, who = in_stock(worker), make_call.resident()
    before = written()

    with pytest.raises(Refused):
        handed(worker, device, who, **more)

    device = Device.objects.get()
    assert (written(), device.state) == (before, "IN_STOCK")


@pytest.mark.parametrize("role", [Role.DISTRICT, Role.HEALTH, Role.DEPARTMENT, Role.ADMIN])
def test_only_whoever_looks_after_the_place_hands_out(worker, role):
    device, who = in_stock(worker), make_call.resident()
    before = written()

    with pytest.raises(Refused):
        handed(make.post(role), device, who)

    assert written() == before


def test_a_grid_worker_hands_over_in_the_own_grid_alone(worker):
    mine, other = (make.post(Role.GRID, area_code=code) for code in (make.GRID, "540102001001002"))
    device, who = in_stock(worker), make_call.resident()

    with pytest.raises(Refused):
        handed(other, device, who)
    handed(mine, device, who)

    assert Holding.objects.get().handed_by_post_id == mine.pk


def test_the_same_device_is_not_handed_out_twice(worker):
    device = in_stock(worker)
    stale = Device.objects.get()
    handed(worker, device)

    with pytest.raises(Refused):
        handed(worker, stale, make_call.resident("央金"))

    assert Holding.objects.count() == 1


def test_a_swap_carries_everything_over(worker):
    old = handed(worker, location_consent=SIGNED)
    other = in_stock(worker, "B-2")

    new = calls.swap(device=old.device, other=other, post=worker, at=make.later(days=9), words="屏幕坏了")

    old.refresh_from_db()
    carried = ("resident_id", "consent_id", "location_consent_id", "address", "entrance", "agreed_on", "area_code")
    assert [getattr(new, name) for name in carried] == [getattr(old, name) for name in carried]
    assert (unseal(bytes(new.notes_sealed)), unseal(bytes(old.notes_sealed))) == (DOOR["notes"], "")
    assert [row.relation for row in new.contacts.filter(ended_at=None)] == ["儿子"]
    assert not old.contacts.filter(ended_at=None).exists()
    assert ContactPoint.objects.get().kept_until is None
    assert dict(Device.objects.values_list("serial", "state")) == {"B-1": "IN_STOCK", "B-2": "HANDED_OUT"}
    assert (names(old.device)[-1], names(other)[-1]) == ("swap", "hand_out")


def test_what_is_taken_back_keeps_no_notes_and_lets_the_contacts_run_out(worker):
    holding = handed(worker)
    DeviceTask.objects.create(
        device=holding.device, kind="BATTERY", area_code=make.GRID, opened_at=make.AT, due_at=make.AT
    )

    calls.take_back(device=holding.device, post=worker, at=make.later(days=9), words="搬走了")

    holding.refresh_from_db()
    device = Device.objects.get()
    assert (device.state, device.area_code) == ("IN_STOCK", make.COMMUNITY)
    assert (unseal(bytes(holding.notes_sealed)), holding.ended_words) == ("", "搬走了")
    assert ContactPoint.objects.get().kept_until is not None
    assert not DeviceTask.objects.filter(done_at=None).exists()


@pytest.mark.parametrize("verb", [calls.take_back, calls.lose])
def test_nothing_is_taken_out_of_hand_during_a_call(worker, verb):
    holding = handed(worker)
    make_call.call(held=holding)

    with pytest.raises(Refused):
        verb(device=holding.device, post=worker, at=make.later(minutes=1), words="没人应")

    assert Device.objects.get().state == "HANDED_OUT"
    assert Holding.objects.get().ended_at is None


def test_what_is_with_somebody_is_not_retired_but_may_be_lost(worker):
    holding = handed(worker)

    with pytest.raises(Refused):
        calls.retire(device=holding.device, post=worker, at=make.AT, words="旧了")
    calls.lose(device=holding.device, post=worker, at=make.AT, words="掉进河里")

    assert Device.objects.get().state == "RETIRED"
    assert Holding.objects.get().ended_words == "掉进河里"


def test_a_new_secret_shuts_the_old_one_out(worker):
    made = calls.register(new=NewDevice(serial="B-1"), post=worker, at=make.AT)

    secret = calls.renew_secret(device=made.device, post=worker, at=make.AT)

    kept = bytes(Device.objects.get().secret_hash)
    assert (is_secret(secret, kept), is_secret(made.secret, kept)) == (True, False)


def test_the_way_to_the_door_and_the_contacts_are_put_right(worker):
    holding = handed(worker)
    device = holding.device

    calls.correct(device=device, address="新门牌", entrance="南门", notes=None, post=worker, at=make.AT)
    daughter = ContactAgreed(name="央金", phone="13900000003", relation="女儿", is_agreed=True)
    row = calls.add_contact(device=device, given=daughter, consent=SIGNED, post=worker, at=make.AT)
    calls.end_contact(device=device, contact_id=holding.contacts.get(relation="儿子").pk, post=worker, at=make.AT)

    holding.refresh_from_db()
    assert (holding.address, unseal(bytes(holding.notes_sealed))) == ("新门牌", DOOR["notes"])
    assert list(holding.contacts.filter(ended_at=None)) == [row]
    assert Consent.objects.filter(withdrawn_at__isnull=False).count() == 1
    assert names(device)[2:] == ["correct", "add_contact", "end_contact"]


def test_a_task_is_done_with_words_and_only_once(worker):
    device = in_stock(worker)
    task = DeviceTask.objects.create(
        device=device, kind="BATTERY", area_code=make.COMMUNITY, opened_at=make.AT, due_at=make.AT
    )

    with pytest.raises(Refused):
        calls.finish_task(task=task, post=worker, at=make.AT, words=" ")
    calls.finish_task(task=task, post=worker, at=make.AT, words="换了电池")
    with pytest.raises(Refused):
        calls.finish_task(task=task, post=worker, at=make.AT, words="换了电池")

    task.refresh_from_db()
    assert (task.done_by_post_id, task.words, names(device)) == (worker.pk, "换了电池", ["register", "finish_task"])


def test_who_takes_back_the_consent_to_the_location_is_no_longer_located_but_still_rings(worker):
    holding = handed(worker, location_consent=SIGNED)
    people.withdraw_consent(consent_id=holding.location_consent_id, at=make.AT)
    make_call.call(held=holding, lng=91.1, lat=29.6)

    assert calls.follow_consents(at=make.later(minutes=1)) == 1
    assert calls.follow_consents(at=make.later(minutes=2)) == 0

    assert (Press.objects.get().lng, Holding.objects.get().location_consent_id) == (None, None)
    assert DeviceTask.objects.count() == 0


def test_who_takes_back_the_consent_to_the_device_is_visited_and_still_rings(worker):
    holding = handed(worker)
    people.withdraw_consent(consent_id=holding.consent_id, at=make.AT)

    calls.follow_consents(at=make.later(minutes=1))
    calls.follow_consents(at=make.later(minutes=2))

    task = DeviceTask.objects.get()
    assert (task.kind, task.done_at, Device.objects.get().state) == ("TAKE_BACK", None, "HANDED_OUT")
    assert make_call.call(held=holding).is_known
    with pytest.raises(Refused):
        calls.finish_task(task=task, post=worker, at=make.later(minutes=3), words="不收了")


def test_whoever_agrees_again_keeps_the_device(worker):
    holding = handed(worker)
    people.withdraw_consent(consent_id=holding.consent_id, at=make.AT)
    calls.follow_consents(at=make.later(minutes=1))

    calls.agree(device=Device.objects.get(), consent=SIGNED, post=worker, at=make.later(minutes=2))

    assert calls.follow_consents(at=make.later(minutes=3)) == 0
    assert DeviceTask.objects.get().done_at == make.later(minutes=2)


def test_a_contact_whose_consent_is_taken_back_is_not_told_even_before_the_clock_comes(worker):
    holding = handed(worker)
    call = make_call.call(held=holding)
    assert targets(call, Audience.FAMILY, at=make.AT)[0].contact_id is not None

    people.withdraw_consent(consent_id=holding.contacts.get().consent_id, at=make.AT)

    assert [target.contact_id for target in targets(call, Audience.FAMILY, at=make.AT)] == [None]
    assert calls.follow_consents(at=make.later(minutes=1)) == 1
    assert holding.contacts.get().ended_at == make.later(minutes=1)


@pytest.mark.parametrize("step", DEVICE_MOVES, ids=lambda step: step.name)
@pytest.mark.parametrize("state", DeviceState)
@pytest.mark.parametrize("role", [Role.GRID, Role.COMMUNITY, Role.DISTRICT, Role.HEALTH])
def test_the_table_offers_what_it_allows(step, state, role):
    offered = step in device_moves_for(state, role=role)

    assert offered == (state in step.sources and role in step.roles)


def test_the_history_of_a_device_is_chained_and_cannot_be_changed(worker):
    holding = handed(worker)
    calls.take_back(device=holding.device, post=worker, at=make.later(days=9), words="搬走了")

    head = GENESIS
    for event in DeviceEvent.objects.order_by("sequence"):
        said = event_words(
            {"serial": "B-1"},
            at=event.at,
            name=event.name,
            before=event.state_before,
            after=event.state_after,
            role=event.by_role,
            post_id=event.by_post_id,
            unit_id=event.by_unit_id,
            words=event.words,
            detail=event.detail,
        )
        head = chained(head, said)
        assert bytes(event.hash) == head
    assert bytes(Device.objects.get().head_hash) == head
    with pytest.raises(DatabaseError), transaction.atomic():
        DeviceEvent.objects.update(words="别的")


def test_postgresql_shows_a_device_and_its_history_to_its_own_area_alone(worker):
    handed(worker)
    in_stock(worker, "B-2")
    grid = make.post(Role.GRID, area_code=make.GRID)

    for scope, seen in [
        (scope_of(worker), (2, 3, 1, 1)),
        (scope_of(grid), (2, 3, 1, 1)),
        (Scope(area_code=OTHER_COMMUNITY, unit_id=999), (0, 0, 0, 0)),
        (scope_of(make.post(Role.HEALTH)), (0, 0, 0, 0)),
    ]:
        with as_application(scope):
            assert (
                Device.objects.count(), DeviceEvent.objects.count(), Holding.objects.count(),
                HoldingContact.objects.count(),
            ) == seen  # fmt: skip


def test_the_application_can_do_the_whole_round(worker):
    who = make_call.resident()
    with as_application(scope_of(worker)):
        device, other = in_stock(worker), in_stock(worker, "B-2")
        handed(worker, device, who, location_consent=SIGNED)
        calls.swap(device=device, other=other, post=worker, at=make.AT, words="坏了")
        calls.stop_locating(device=other, post=worker, at=make.AT)
        calls.locate(device=other, consent=SIGNED, post=worker, at=make.AT)
        calls.note_test(device=other, post=worker, at=make.AT)
        calls.take_back(device=other, post=worker, at=make.AT, words="不用了")
        calls.retire(device=other, post=worker, at=make.AT, words="旧了")

        assert names(other)[1:] == ["hand_out", "stop_locating", "locate", "note_test", "take_back", "retire"]
