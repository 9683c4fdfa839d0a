"""The mark of the roll-up moves only past events that nobody can still be writing."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from linli.case import actions as cases
from linli.report import actions as rolling
from linli.report import queries as reports
from linli.report.models import Cell, Fact, Mark
from linli.shared.scope import EVERYTHING, acting
from tests import make
from tests.actions.test_roll_up import FIRST, LAST
from tests.running import wait_for

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture(autouse=True)
def _everything():
    with acting(EVERYTHING):
        yield


def opened_slowly(begun, may_end):
    """Open a case in a transaction that takes its event's id early and ends late."""
    with acting(EVERYTHING), transaction.atomic():
        cases.open_case(received=make.received(), at=make.AT)
        begun.set()
        may_end.wait(240)
    connection.close()


def settled():
    return Mark.objects.get().settled_id


def wait_until_settled():
    """Roll up until the mark has passed: another worker's test holds the mark of the whole server back."""

    def has_settled():
        rolling.roll_up(at=make.later(minutes=4))
        return settled() > 0

    wait_for(has_settled, 240, "the mark to settle")


def test_an_event_that_comes_late_with_a_low_id_is_not_lost():
    make.case()
    begun, may_end = threading.Event(), threading.Event()
    slow = threading.Thread(target=opened_slowly, args=(begun, may_end))
    slow.start()
    assert begun.wait(240)
    cases.open_case(received=make.received(), at=make.AT)

    rolled = [rolling.roll_up(at=make.AT), rolling.roll_up(at=make.later(minutes=2))]
    before = settled()
    may_end.set()
    slow.join()
    rolled += [rolling.roll_up(at=make.later(minutes=3)), rolling.roll_up(at=make.later(minutes=5))]

    assert (rolled, before) == ([2, 0, 1, 0], 0)
    wait_until_settled()
    assert reports.scorecard(prefix=make.DISTRICT, first=FIRST, last=LAST).total().case_count == 3


def test_what_is_settled_is_not_read_again_and_the_answer_stays():
    make.case()
    for minute in (0, 2, 4):
        rolling.roll_up(at=make.later(minutes=minute))
    wait_until_settled()
    make.case()

    live = reports.scorecard(prefix=make.DISTRICT, first=FIRST, last=LAST).total().case_count
    rolled = rolling.roll_up(at=make.AT + timedelta(minutes=5))

    assert (live, rolled, Fact.objects.count()) == (2, 1, 2)


def test_a_release_that_counts_differently_counts_everything_anew():
    make.case()
    rolling.roll_up(at=make.AT)
    Mark.objects.update(counted_by="what the release before counted", settled_id=10**9)
    Cell.objects.update(cases=99)

    counted = rolling.roll_up(at=make.later(minutes=1))

    assert counted == 1
    assert reports.scorecard(prefix=make.DISTRICT, first=FIRST, last=LAST).total().case_count == 1
