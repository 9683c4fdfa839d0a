"""The doors of the one-key call: signed requests of vendors' clouds, and telemetry as ThingsBoard takes it."""

import time

import pytest

from linli.api.keys import meter
from linli.call import actions as calls
from linli.call.models import Call, Device, Press, Told, Trouble, Vendor
from linli.call.rules.vendors import AT_ONCE_MAX, STATES_PER_MINUTE
from linli.shared.models import AuditEntry
from linli.shared.refusals import Refused
from tests import make, make_call
from tests.make_vendor import Cloud, cloud

pytestmark = pytest.mark.django_db
PRESSED = {"serial": "V-0001", "ref": "7f3a", "kind": "PRESS", "at": "2026-11-23T10:00:00+08:00"}


@pytest.fixture(autouse=True)
def _fresh_meter():
    meter.forget()


@pytest.fixture
def vendor():
    make.neighbourhood()
    return cloud()


def calls_of(answer):
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()["presses"]


def test_a_press_of_a_vendors_device_rings_in_its_grid(client, vendor):
    held = make_call.holding(make_call.device("V-0001", protocol="VENDOR"))

    (row,) = calls_of(vendor.post(client, "presses", PRESSED))

    call = Call.objects.get()
    assert row == {
        "serial": "V-0001", "ref": "7f3a", "result": 0, "number": call.number, "is_repeat": False, "problem": "",
    }  # fmt: skip
    assert (call.press.via, call.press.kind, call.press.device_id) == ("HTTPS", "PRESS", held.device_id)
    assert call.is_known
    assert call.area_code == make.GRID
    assert call.press.pressed_at.isoformat() == "2026-11-23T02:00:00+00:00"


def test_the_answer_names_nobody_and_no_door(client, vendor):
    make_call.holding(make_call.device("V-0001"))

    answer = vendor.post(client, "presses", PRESSED)

    assert "次仁" not in answer.content.decode()
    assert "路程巷" not in answer.content.decode()


def test_the_same_press_again_is_answered_again_and_rings_once(client, vendor):
    first = calls_of(vendor.post(client, "presses", PRESSED))
    again = calls_of(vendor.post(client, "presses", PRESSED, key="msg-2"))

    assert Press.objects.count() == Call.objects.count() == 1
    assert again[0] == first[0] | {"is_repeat": True}


def test_a_device_nobody_knows_rings_at_the_duty_desk_alone(client, vendor):
    duty = make.unit("DISTRICT")

    vendor.post(client, "presses", PRESSED)

    call = Call.objects.get()
    assert (call.is_known, call.area_code) == (False, make.DISTRICT)
    assert set(Told.objects.filter(call=call).exclude(unit_id=None).values_list("unit_id", flat=True)) == {duty.pk}


@pytest.mark.parametrize("shape", [lambda rows: {"presses": rows}, lambda rows: rows])
def test_many_presses_come_in_together_each_its_own(client, vendor, shape):
    rows = [PRESSED, PRESSED | {"ref": "7f3b", "kind": "fall"}, PRESSED | {"serial": "V-0002"}]

    answered = calls_of(vendor.post(client, "presses", shape(rows)))

    assert [row["number"] for row in answered] == [call.number for call in Call.objects.order_by("pk")]
    assert [call.kind for call in Call.objects.order_by("pk")] == ["PRESS", "FALL", "PRESS"]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (b"help", "不是 JSON"),
        (b"\xff\xfe", "不是 UTF-8 文字"),
        (b'"help"', "JSON 里不是一组值"),
        (b"[17]", "JSON 里不是一组值"),
        (b'{"ref": "1"}', "没有说是哪台设备"),
        (b"", "不是 JSON"),
    ],
)
def test_what_cannot_be_read_is_kept_and_rings_all_the_same(client, vendor, said, problem):
    (row,) = calls_of(vendor.post(client, "presses", said))

    assert row["result"] == 1
    assert problem in row["problem"]
    assert row["number"] == Call.objects.get().number
    assert Press.objects.get().fault.startswith(problem)


def test_devices_that_do_not_say_who_they_are_are_not_taken_for_one(client, vendor):
    calls_of(vendor.post(client, "presses", {"ref": "1", "kind": "FALL"}))
    calls_of(vendor.post(client, "presses", {"ref": "1", "kind": "SMOKE"}))

    assert Call.objects.count() == 2


@pytest.mark.parametrize(
    ("missing", "result", "problem"),
    [({"ref": None}, 0, "没有编号 ref"), ({"kind": "BANG"}, 0, "不认识的种类"), ({"at": "soon"}, 0, "时间看不懂")],
)
def test_a_press_with_a_fault_is_a_press(client, vendor, missing, result, problem):
    (row,) = calls_of(vendor.post(client, "presses", PRESSED | missing))

    assert (row["result"], row["problem"]) == (result, problem)
    assert Call.objects.count() == 1


def wrong_heads(vendor, content):
    right = vendor.heads(content)
    other = Cloud(vendor.number, "whsec_" + "A" * 43 + "=")
    yield {}
    yield other.heads(content)
    yield vendor.heads(content + b" ")
    yield right | {"webhook-id": "msg-2"}
    yield right | {"webhook-timestamp": str(int(right["webhook-timestamp"]) + 1)}
    yield right | {"linli-vendor": "999999"}
    yield right | {"linli-vendor": "x"}
    yield right | {"linli-vendor": "9" * 40}
    yield right | {"webhook-signature": ""}
    yield right | {"webhook-signature": right["webhook-signature"].removeprefix("v1,")}
    yield right | {"webhook-timestamp": "now"}
    for name in right:
        yield {head: words for head, words in right.items() if head != name}


@pytest.mark.parametrize("path", ["presses", "states"])
def test_what_nobody_we_know_signed_is_turned_away_and_nothing_is_written(client, vendor, path):
    device = make_call.device("V-0001")
    content = b'{"serial": "V-0001", "ref": "1", "battery": 3}'

    for heads in wrong_heads(vendor, content):
        answer = vendor.post(client, path, content, heads=heads or {"x-nothing": "1"})
        assert (answer.status_code, answer.json()) == (
            401, [{"code": 401, "description": "缺少签名或签名不对。"}],
        )  # fmt: skip

    device.refresh_from_db()
    assert device.battery is None
    assert (Press.objects.count(), Call.objects.count(), Trouble.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_request_said_again_later_is_turned_away_and_the_duty_desk_sees_whose_clock_is_wrong(client, vendor, seconds):
    answer = vendor.post(client, "presses", PRESSED, at=time.time() + seconds)

    assert answer.status_code == 401
    assert "请校准时钟" in answer.json()[0]["description"]
    assert Press.objects.count() == 0
    trouble = Trouble.objects.get()
    assert (trouble.kind, trouble.topic, trouble.words) == (
        "DENIED", "厂商平台的时钟差得太多，没有收下", "某某手环云",
    )  # fmt: skip


@pytest.mark.parametrize("seconds", [-290, 290])
def test_a_clock_a_little_wrong_is_let_in(client, vendor, seconds):
    calls_of(vendor.post(client, "presses", PRESSED, at=time.time() + seconds))


def test_while_a_secret_changes_one_of_two_signatures_is_enough(client, vendor):
    content = b'{"serial": "V-0001", "ref": "1"}'
    heads = vendor.heads(content)
    heads["webhook-signature"] = f"v1,{'A' * 43}= {heads['webhook-signature']}"

    calls_of(vendor.post(client, "presses", content, heads=heads))


def test_a_vendor_that_was_stopped_hands_over_nothing_more(client, vendor):
    with pytest.raises(Refused):
        calls.revoke_vendor(vendor_id=vendor.number, reason=" ", at=make.AT)
    calls.revoke_vendor(vendor_id=vendor.number, reason="换了一家", at=make.AT)

    assert vendor.post(client, "presses", PRESSED).status_code == 401
    with pytest.raises(Refused):
        calls.revoke_vendor(vendor_id=vendor.number, reason="再来一次", at=make.AT)
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == ["add_vendor", "revoke_vendor"]


def test_a_secret_is_kept_sealed(vendor):
    kept = bytes(Vendor.objects.get().secret_sealed)

    assert vendor.secret.encode() not in kept


def test_more_than_a_request_may_hold_is_said_and_none_is_taken(client, vendor):
    answer = vendor.post(client, "presses", [PRESSED | {"ref": str(n)} for n in range(AT_ONCE_MAX + 1)])

    assert answer.status_code == 413
    assert Press.objects.count() == 0


def test_no_number_of_presses_a_minute_is_too_many(client, vendor, monkeypatch):
    monkeypatch.setattr("linli.api.calls.STATES_PER_MINUTE", 2)
    for number in range(5):
        calls_of(vendor.post(client, "presses", PRESSED | {"ref": str(number)}))

    assert Call.objects.count() == 5


def test_states_have_a_generous_limit(client, vendor, monkeypatch):
    assert STATES_PER_MINUTE >= 6000
    monkeypatch.setattr("linli.api.calls.STATES_PER_MINUTE", 2)

    statuses = [vendor.post(client, "states", {"serial": "V-0001"}).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


def test_whoever_guesses_signatures_is_slowed_down_and_the_vendor_is_not(client, vendor, settings):
    settings.API_ADDRESS_PER_MINUTE = 3
    guesses = [vendor.post(client, "presses", PRESSED, heads={"linli-vendor": "1"}).status_code for _ in range(5)]

    assert guesses == [401, 401, 401, 429, 429]
    calls_of(vendor.post(client, "presses", PRESSED))


def test_states_are_kept_and_unknown_devices_counted(client, vendor):
    device = make_call.device("V-0001")
    said = {"states": [{"serial": "V-0001", "battery": 12, "signal": -101}, {"serial": "V-0002"}, 7]}

    answer = vendor.post(client, "states", said)

    assert (answer.status_code, answer.json()) == (200, {"known": 1, "unknown": 1})
    device.refresh_from_db()
    assert (device.battery, device.signal, device.is_offline) == (12, -101, False)
    assert device.last_seen_at is not None


def test_letters_no_database_keeps_do_no_harm(client, vendor):
    said = b'{"serial": "V-0001\\u0000", "ref": "a\\u0000\\ud800", "kind": "\\u0000"}'

    (row,) = calls_of(vendor.post(client, "presses", said))

    assert (row["serial"], row["ref"]) == ("V-0001", "a")


# -- ThingsBoard ----------------------------------------------------------------------------------------------------


def telemetry(client, said, token=make_call.SECRET):
    return client.post(f"/api/v1/{token}/telemetry", said, content_type="application/json")


def test_telemetry_that_says_yes_rings(client):
    make_call.holding(make_call.device("B-0001", protocol="THINGSBOARD"))

    (row,) = calls_of(telemetry(client, {"ts": 1795399200000, "values": {"sos": True, "ref": "1", "battery": 55}}))

    call = Call.objects.get()
    assert (row["serial"], row["result"], row["number"]) == ("B-0001", 0, call.number)
    assert (call.press.via, call.is_known) == ("THINGSBOARD", True)
    assert Device.objects.get().battery == 55


def test_telemetry_without_an_alarm_is_a_sign_of_life(client):
    make_call.device("B-0001", protocol="THINGSBOARD")

    assert calls_of(telemetry(client, {"battery": 7})) == []
    assert Device.objects.get().battery == 7
    assert Call.objects.count() == 0


def test_telemetry_that_cannot_be_read_rings(client):
    make_call.device("B-0001", protocol="THINGSBOARD")

    (row,) = calls_of(telemetry(client, b"help"))

    assert row["result"] == 1
    assert Press.objects.get().serial == "B-0001"


@pytest.mark.parametrize("token", ["nobody", "B-0001", "x" * 64])
def test_a_token_nobody_has_is_turned_away_and_nothing_is_written(client, token):
    make_call.device("B-0001", protocol="THINGSBOARD")

    answer = telemetry(client, {"sos": True}, token)

    assert (answer.status_code, answer.json()) == (401, [{"code": 401, "description": "没有这个令牌。"}])
    assert Press.objects.count() == 0


def test_a_retired_device_rings_at_the_duty_desk(client):
    make_call.device("B-0001", protocol="THINGSBOARD", state="RETIRED")

    calls_of(telemetry(client, {"sos": 1, "ref": "1"}))

    assert Call.objects.get().is_known is False
