"""The token of an outside body's link, and when it is reminded."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.outside.rules import asked_of, next_reminder_at, token_of
from tests import make


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 2**48 - 1), st.integers(0, 255), st.binary(min_size=12, max_size=32))
def test_a_token_carries_what_was_put_in(pk, serial, mac):
    assert asked_of(token_of(pk, serial, mac)) == (pk, serial, mac[:12])


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(max_size=50))
def test_any_words_at_all_are_a_token_or_none(words):
    assert asked_of(words) is None or isinstance(asked_of(words), tuple)


def test_the_reminders_come_at_three_quarters_at_the_end_and_two_days_more():
    start, due = make.AT, make.later(days=4)

    moments = [next_reminder_at(asked_at=start, due_at=due, reminded_count=count) for count in range(5)]

    assert moments == [make.later(days=3), due, make.later(days=5), make.later(days=6), None]
