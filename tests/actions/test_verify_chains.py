"""``manage verify_chains``: whole chains pass, one changed event is named."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from linli.case import queries as cases
from tests import make

pytestmark = pytest.mark.django_db
PERIOD = {"since": make.AT.date(), "until": make.AT.date()}
SPAN = {"since": make.later(days=-1), "until": make.later(days=1)}


def tamper(statement, case):
    """Change what nobody may change, as somebody with the database's own keys could."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, [case.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_whole_chains_pass(capsys):
    make.case_in_hand()
    make.case()

    call_command("verify_chains", **PERIOD)

    assert "核验 2 件事项、3 条流转记录" in capsys.readouterr().out


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_event SET reason = '改过' WHERE case_id = %s AND sequence = 2",
        "DELETE FROM case_event WHERE case_id = %s AND sequence = 2",
        "DELETE FROM case_event WHERE case_id = %s AND sequence = 1",
        "UPDATE case_event SET at = at + interval '1 minute' WHERE case_id = %s AND sequence = 2",
    ],
)
def test_a_changed_or_removed_event_is_found_and_its_case_named(statement):
    case, _worker = make.case_in_hand()
    whole = make.case()
    tamper(statement, case)

    checked = cases.check_chains(**SPAN)

    assert checked.broken == ((case.pk, case.number),)
    assert whole.number not in str(checked.broken)
    with pytest.raises(CommandError, match=case.number):
        call_command("verify_chains", **PERIOD)


def test_both_ways_of_checking_agree():
    case, _worker = make.case_in_hand()
    tamper("UPDATE case_event SET detail = '{}' WHERE case_id = %s AND sequence = 1", case)

    assert cases.broken_chains() == [pk for pk, _number in cases.check_chains(**SPAN).broken] == [case.pk]
