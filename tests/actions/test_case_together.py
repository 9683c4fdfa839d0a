"""Two people at once, each on a connection of their own."""

import threading

import pytest
from django.db import connection

from linli.case import actions as cases
from linli.case.models import Case
from linli.handling import actions as handling
from linli.shared.refusals import Refused
from tests import make

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def at_once(*verbs):
    """Run verbs at the same moment; return what each raised, or nothing."""
    start, raised = threading.Barrier(len(verbs)), [None] * len(verbs)

    def run(place, verb):
        start.wait()
        try:
            verb()
        except Exception as fault:
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


@pytest.mark.parametrize("_time", range(5))
def test_two_cases_merged_into_each_other_at_once_leave_one_open(_time):
    one, other = make.case(), make.case()
    worker = make.post()

    raised = at_once(
        lambda: handling.merge(
            case=fresh(one), into=fresh(other), post=worker, reason="同一件", at=make.later(hours=1)
        ),
        lambda: handling.merge(
            case=fresh(other), into=fresh(one), post=worker, reason="同一件", at=make.later(hours=1)
        ),
    )

    assert sorted(row.state for row in (fresh(one), fresh(other))) == ["DISPATCHED", "MERGED"]
    refused = [fault for fault in raised if fault is not None]
    assert len(refused) == 1
    assert isinstance(refused[0], Refused)


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
    from linli.case.queries import is_chain_whole

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
    assert is_chain_whole(fresh(case))
