"""Should the alarms be gone, or the ladder stand still, another process says so on the duty desk."""

import psycopg
import pytest
from django.db import connection

from linli.call.models import Call, Trouble
from linli.jobs.alarms.lookout import ALARMS, LADDER, LOCK, LOOKS_MAX, Lookout, Sign
from linli.shared.scope import EVERYTHING, acting
from tests import make, make_call

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything():
    with acting(EVERYTHING):
        yield


@pytest.fixture
def elsewhere():
    """A connection of another process."""
    given = connection.get_connection_params()
    wanted = {name: given[name] for name in ("dbname", "user", "password", "host", "port") if given.get(name)}
    with psycopg.connect(**wanted, autocommit=True) as other:
        yield other


def standing():
    return set(Trouble.objects.filter(cleared_at__isnull=True).values_list("kind", "topic"))


def test_alarms_that_are_gone_are_said_after_a_while_and_their_return_ends_it(elsewhere):
    lookout = Lookout()
    for look in range(LOOKS_MAX):
        assert standing() == set()
        lookout(at=make.later(seconds=5 * look))
    assert standing() == {("CONSUMER_DEAD", ALARMS)}

    elsewhere.execute("SELECT pg_advisory_lock_shared(%s)", [LOCK])
    lookout(at=make.later(seconds=60))

    assert standing() == set()


def test_the_alarms_show_that_they_live_once_for_each_connection(elsewhere, django_assert_num_queries):
    sign = Sign()
    sign.show()
    with django_assert_num_queries(0):
        sign.show()

    assert elsewhere.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone() == (False,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


def test_a_ladder_that_stands_still_is_said(elsewhere):
    elsewhere.execute("SELECT pg_advisory_lock_shared(%s)", [LOCK])
    lookout = Lookout()
    call = make_call.call()
    for look in range(LOOKS_MAX):
        lookout(at=make.later(minutes=5, seconds=5 * look))
    assert standing() == {("CONSUMER_DEAD", LADDER)}

    Call.objects.filter(pk=call.pk).update(next_step_at=make.later(hours=1))
    lookout(at=make.later(minutes=6))

    assert standing() == set()
