"""``./linli verify-history``: whole chains pass; one changed, removed or added event is named."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from linli.case import chains
from linli.case.chains import Broken, Fault
from tests import make

pytestmark = pytest.mark.django_db
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
