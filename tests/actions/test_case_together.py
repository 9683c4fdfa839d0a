"""Two people at once, each on a connection of their own."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from linli.case import actions as cases
from linli.case.models import Case
from linli.handling import actions as handling
from linli.shared.refusals import Overtaken, Refused
from linli.staff.models import Unit
from tests import make
from tests.running import wait_for

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def at_once(*verbs):
    """Run verbs at the same moment; return what each raised, or nothing."""
    start, raised = threading.Barrier(len(verbs)), [None] * len(verbs)

    def run(place, verb):
        start.wait()
        try:
            verb()
        except (Refused, DatabaseError) as fault:
            raised[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


def fresh(case):
    return Case.objects.get(pk=case.pk)


WAITING = """
    SELECT pg_stat_clear_snapshot();
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def waiting_for_locks():
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        cursor.nextset()
        return cursor.fetchone()[0]


def test_two_cases_merged_into_each_other_at_once_leave_one_open():
    one, other = make.case(), make.case()
    worker = make.post()
    later = make.later(hours=1)

    def merge(case, into):
        handling.merge(case=fresh(case), into=fresh(into), post=worker, reason="同一件", at=later)

    def hold_both_until_both_wait():
        with transaction.atomic():
            list(Case.objects.select_for_update().filter(pk__in=[one.pk, other.pk]).order_by("pk"))
            both_hold.set()
            wait_for(lambda: waiting_for_locks() == 2, 240, "both to wait")

    both_hold = threading.Event()
    raised = at_once(
        hold_both_until_both_wait,
        lambda: both_hold.wait(240) and merge(one, other),
        lambda: both_hold.wait(240) and merge(other, one),
    )

    assert sorted(row.state for row in (fresh(one), fresh(other))) == ["DISPATCHED", "MERGED"]
    assert [type(fault) for fault in raised if fault is not None] == [Overtaken]


def test_a_unit_that_is_being_closed_gets_no_case():
    case, worker = make.case_in_hand()
    street = make.unit("STREET")

    def close():
        with transaction.atomic():
            Unit.objects.filter(pk=street.pk).update(is_active=False)
            is_closing.set()
            wait_for(lambda: waiting_for_locks() == 1, 240, "the other to wait")

    def hand_on():
        is_closing.wait(240)
        handling.hand_on(
            case=fresh(case), post=worker, to_unit_id=street.pk, reason="归街道", at=make.later(hours=1)
        )  # fmt: skip

    is_closing = threading.Event()
    raised = at_once(close, hand_on)

    assert [type(fault) for fault in raised if fault is not None] == [Refused]
    assert fresh(case).owner_id == worker.unit_id


def test_many_finish_at_once_and_one_is_written():
    case, worker = make.case_in_hand()
    stale = [fresh(case) for _ in range(6)]

    raised = at_once(
        *(
            lambda row=row: handling.finish(case=row, post=worker, result="好了", at=make.later(hours=1))
            for row in stale
        )
    )

    assert sum(fault is None for fault in raised) == 1
    assert all(isinstance(fault, Refused) for fault in raised if fault is not None)
    assert fresh(case).events.filter(name="finish").count() == 1


def test_notes_left_at_once_are_all_kept_in_one_chain():
    from linli.case.chains import is_whole

    case, worker = make.case_in_hand()
    stale = [fresh(case) for _ in range(6)]

    raised = at_once(
        *(
            lambda row=row, n=n: cases.note(case=row, post=worker, words=f"第 {n} 条", at=make.later(hours=1))
            for n, row in enumerate(stale)
        )
    )

    assert raised == [None] * 6
    assert fresh(case).events.filter(name="note").count() == 6
    assert is_whole(fresh(case))


def test_a_sub_task_given_while_somebody_finishes_is_not_dropped_unseen():
    case, worker = make.case_in_hand()
    due_at, later = make.later(hours=9), make.later(hours=1)

    def give_one_until_the_other_waits():
        with transaction.atomic():
            handling.give_task(
                case=fresh(case), post=worker, unit_id=worker.unit_id, words="量尺寸", due_at=due_at, at=later
            )
            is_given.set()
            wait_for(lambda: waiting_for_locks() == 1, 240, "the other to wait")

    is_given = threading.Event()
    raised = at_once(
        give_one_until_the_other_waits,
        lambda: is_given.wait(240) and handling.finish(case=fresh(case), post=worker, result="好了", at=later),
    )

    assert [type(fault) for fault in raised] == [type(None), Refused]
    assert fresh(case).state == "HANDLING"
    assert fresh(case).tasks.get().state == "GIVEN"
