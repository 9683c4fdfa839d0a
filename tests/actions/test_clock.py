from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection
from django.utils.module_loading import import_string

from linli.jobs.clock import DUTIES, LOCK, Clock, Duty

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
pytestmark = pytest.mark.django_db


class Verb:
    def __init__(self, fault=None):
        self.asked = []
        self.fault = fault

    def __call__(self, *, at):
        self.asked.append(at)
        if self.fault:
            raise self.fault


def _clock(*verbs, now=lambda: NOON):
    named = {f"verb{index}": verb for index, verb in enumerate(verbs)}
    return Clock(tuple(Duty(name, every_seconds=0) for name in named), now, load=named.__getitem__)


@pytest.fixture(autouse=True)
def _let_go_of_the_lock():
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


def test_every_duty_of_the_clock_exists():
    assert all(callable(import_string(duty.verb)) for duty in DUTIES)


def test_a_missing_duty_stops_the_start():
    with pytest.raises(ImportError):
        Clock((Duty("linli.case.actions.nobody_wrote_this", 5),), lambda: NOON, load=import_string)


def test_each_duty_is_given_the_moment():
    supervise, lapse = Verb(), Verb()

    assert _clock(supervise, lapse).round() == 2

    assert supervise.asked == [NOON]
    assert lapse.asked == [NOON]


def test_a_duty_is_not_asked_again_before_its_time():
    verb = Verb()
    clock = Clock((Duty("verb", every_seconds=60),), lambda: NOON, load=lambda _: verb)

    clock.round()
    clock.round()

    assert verb.asked == [NOON]


def test_the_fault_of_one_duty_does_not_stop_the_next():
    faulty, next_one = Verb(ValueError("a mistake")), Verb()

    assert _clock(faulty, next_one).round() == 1

    assert next_one.asked == [NOON]


def test_a_fault_of_the_database_ends_the_round():
    with pytest.raises(DatabaseError):
        _clock(Verb(DatabaseError("gone"))).round()


def test_a_clock_without_the_lock_does_nothing():
    verb = Verb()
    parameters = connection.get_connection_params()
    address = {key: parameters[key] for key in ("dbname", "user", "host")}
    with psycopg.connect(**address, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK])

        assert _clock(verb).round() == 0
        other.execute("SELECT pg_advisory_unlock(%s)", [LOCK])  # a server that is busy ends a session later

    assert verb.asked == []


def test_a_machine_that_lost_its_clock_supervises_nothing():
    verb = Verb()

    assert _clock(verb, now=lambda: datetime(1970, 1, 1, tzinfo=UTC)).round() == 0

    assert verb.asked == []


def test_a_clock_set_back_by_a_day_supervises_nothing_until_it_is_right_again():
    verb = Verb()
    moments = iter([NOON, NOON - timedelta(days=1), NOON + timedelta(minutes=1)])
    clock = _clock(verb, now=lambda: next(moments))

    assert [clock.round(), clock.round(), clock.round()] == [1, 0, 1]
