"""``./linli verify-history``: whole chains pass; one changed, removed or added event is named."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from linli.call import actions as calls
from linli.call.rules.stock import NewDevice
from linli.case import chains, tables
from linli.case.actions.opening import SEQUENCES
from linli.case.chains import Broken, Fault, Gap
from linli.case.models import Event
from linli.case.rules import GENESIS, chained, payload_of
from linli.handling import actions as handling
from tests import make, make_call

pytestmark = pytest.mark.django_db
WORDS = (
    "case_id",
    "at",
    "name",
    "state_before",
    "state_after",
    "by_role",
    "by_post_id",
    "by_unit_id",
    "reason",
    "detail",
)
PERIOD = {"since": make.AT.date(), "until": make.AT.date()}
SPAN = {"since": make.later(days=-1), "until": make.later(days=1)}
ADD = """
    INSERT INTO case_event
        (case_id, sequence, at, name, state_before, state_after, by_role, reason, detail, is_told, hash)
    SELECT case_id, sequence + 1, at, name, state_before, state_after, by_role, reason, detail, is_told, hash
    FROM case_event WHERE case_id = %s AND sequence = 2
"""


def tamper(statement, case):
    """Change what nobody may change, as somebody with the database's own keys could."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, [case.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_whole_chains_pass(capsys):
    make.case_in_hand()
    make.case()

    call_command("verify_history", **PERIOD)

    assert "核验 2 件事项、3 条流转记录" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "fault", "sequence", "words"),
    [
        (
            "UPDATE case_event SET reason = '改过' WHERE case_id = %s AND sequence = 2",
            Fault.CHANGED,
            2,
            "第 2 条被改动过",
        ),
        ("DELETE FROM case_event WHERE case_id = %s AND sequence = 2", Fault.MISSING, 2, "第 2 条不见了"),
        ("DELETE FROM case_event WHERE case_id = %s AND sequence = 1", Fault.MISSING, 1, "第 1 条不见了"),
        ("DELETE FROM case_event WHERE case_id = %s", Fault.MISSING, 1, "第 1 条不见了"),
        (
            "UPDATE case_event SET at = at + interval '1 minute' WHERE case_id = %s AND sequence = 2",
            Fault.CHANGED,
            2,
            "第 2 条被改动过",
        ),
        (
            "UPDATE case_event SET is_told = NOT is_told WHERE case_id = %s AND sequence = 2",
            Fault.CHANGED,
            2,
            "第 2 条被改动过",
        ),
        ("UPDATE case_event SET sequence = 3 - sequence WHERE case_id = %s", Fault.CHANGED, 1, "第 1 条被改动过"),
        (ADD, Fault.ADDED, 3, "第 3 条是后来插入的"),
        (
            "UPDATE case_case SET head_hash = sha256(head_hash) WHERE id = %s",
            Fault.HEAD,
            2,
            "第 2 条之后的结尾和事项对不上",
        ),
    ],
)
def test_the_first_wrong_row_of_a_case_is_named(statement, fault, sequence, words):
    case, _worker = make.case_in_hand()
    whole = make.case()
    tamper(statement, case)

    checked = chains.check(**SPAN)

    assert checked.broken == (Broken(case.pk, case.number, fault, sequence),)
    case.refresh_from_db()
    assert (chains.is_whole(case), chains.is_whole(whole)) == (False, True)
    with pytest.raises(CommandError, match=f"{case.number}：{words}"):
        call_command("verify_history", **PERIOD)


def as_first_written(case):
    """Write the chain of a case anew as the first version did."""
    previous = GENESIS
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for event in Event.objects.filter(case=case).order_by("sequence"):
            words = {name: getattr(event, name) for name in WORDS}
            previous = chained(previous, payload_of(**words, is_told=None), sequence=None)
            cursor.execute("UPDATE case_event SET hash = %s WHERE id = %s", [previous, event.pk])
        cursor.execute("UPDATE case_case SET head_hash = %s WHERE id = %s", [previous, case.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_rows_of_the_first_version_still_verify_and_new_ones_follow_them():
    case, worker = make.case_in_hand()
    as_first_written(case)
    case.refresh_from_db()
    handling.record_step(case=case, post=worker, words="在路上", at=make.later(hours=1))

    assert chains.check(**SPAN).broken == ()
    assert Event.objects.filter(case=case).count() == 3


def test_a_case_taken_away_whole_leaves_its_appeal_and_a_gap(capsys, monkeypatch):
    monkeypatch.setattr(tables, "_blocks", tables._Blocks())  # numbers taken earlier may end before those of now
    first, gone, last = make.case(), make.case(), make.case()
    tamper("DELETE FROM case_event WHERE case_id = %s", gone)
    tamper("DELETE FROM case_case WHERE id = %s", gone)

    checked = chains.check(**SPAN)

    assert checked.orphans == (gone.first_appeal_id,)
    assert Gap(first.number, last.number, 1) in checked.gaps
    with pytest.raises(CommandError, match=f"诉求 {gone.first_appeal_id}：它的事项不见了"):
        call_command("verify_history", **PERIOD)
    assert f"编号 {first.number} 与 {last.number} 之间缺 1 个" in capsys.readouterr().out


def test_a_gap_alone_is_told_and_breaks_nothing(capsys, monkeypatch):
    make.case()
    monkeypatch.setattr(tables, "_blocks", tables._Blocks())  # as when a process stops with numbers it had taken
    tables.next_ids(*SEQUENCES)
    make.case()

    call_command("verify_history", **PERIOD)

    assert "缺" in capsys.readouterr().out


CALL_TAMPERED = [
    ("UPDATE call_callevent SET words = '改过' WHERE call_id = %s AND sequence = 2", "第 2 条被改动过"),
    ("UPDATE call_callevent SET by_post_id = 7 WHERE call_id = %s AND sequence = 1", "第 1 条被改动过"),
    ("DELETE FROM call_callevent WHERE call_id = %s AND sequence = 1", "第 1 条不见了"),
    ("UPDATE call_call SET head_hash = sha256('x') WHERE id = %s", "第 3 条之后的结尾和呼叫对不上"),
    ("UPDATE call_call SET event_count = event_count - 1 WHERE id = %s", "第 3 条是后来插入的"),
]


def test_whole_histories_of_calls_pass(capsys):
    make_call.call()

    call_command("verify_history", **PERIOD)

    assert "核验 1 次呼叫、2 条呼叫记录" in capsys.readouterr().out


@pytest.mark.parametrize(("statement", "words"), CALL_TAMPERED)
def test_a_changed_event_of_a_call_is_named(statement, words):
    call = make_call.call()
    calls.note(call=call, post=make.post(), at=make.later(minutes=1), words="记一下")

    tamper(statement, call)

    with pytest.raises(CommandError) as refusal:
        call_command("verify_history", **PERIOD)
    assert f"呼叫 {call.number}：{words}" in str(refusal.value)


DEVICE_TAMPERED = [
    ("UPDATE call_deviceevent SET detail = '{}' WHERE device_id = %s AND sequence = 1", "第 1 条被改动过"),
    ("DELETE FROM call_deviceevent WHERE device_id = %s AND sequence = 1", "第 1 条不见了"),
    ("UPDATE call_device SET head_hash = sha256('x') WHERE id = %s", "第 2 条之后的结尾和设备对不上"),
    ("UPDATE call_device SET event_count = event_count - 1 WHERE id = %s", "第 2 条是后来插入的"),
]


def a_device():
    make.neighbourhood()
    worker = make.post()
    device = calls.register(new=NewDevice(serial="B-1"), post=worker, at=make.AT).device
    calls.retire(device=device, post=worker, at=make.later(minutes=1), words="坏了")
    return device


def test_whole_histories_of_devices_pass(capsys):
    a_device()

    call_command("verify_history", **PERIOD)

    assert "核验 1 台设备、2 条设备记录" in capsys.readouterr().out


@pytest.mark.parametrize(("statement", "words"), DEVICE_TAMPERED)
def test_a_changed_event_of_a_device_is_named(statement, words):
    device = a_device()

    tamper(statement, device)

    with pytest.raises(CommandError) as refusal:
        call_command("verify_history", **PERIOD)
    assert f"设备 B-1：{words}" in str(refusal.value)


def test_a_press_whose_call_is_gone_is_named():
    call = make_call.call()
    tamper("DELETE FROM call_told WHERE call_id = %s", call)
    tamper("DELETE FROM call_callevent WHERE call_id = %s", call)
    tamper("DELETE FROM call_call WHERE id = %s", call)

    with pytest.raises(CommandError, match=f"按键 {call.press_id}：它的呼叫不见了"):
        call_command("verify_history", **PERIOD)
