"""The rules of the ladder walked through wholly: whoever cannot be told, however late, whatever changes."""

from datetime import time
from itertools import combinations, product

import pytest

from linli.call.rules import FLOOR, Audience, Rung, check_rungs, climbed, rungs_at
from linli.call.rules.duty import stands_in
from linli.call.rules.ladder import FLOOR_SECONDS, REPEAT_SECONDS, STEP_SECONDS_MAX, pause_seconds
from linli.shared.refusals import Refused
from tests import make

WHOLE = {rung.audience for rung in FLOOR}
REACHABLE = [rung.audience for rung in FLOOR if rung.audience is not Audience.ADVISE_120]  # words on a page always show
DEAF = [set(some) for count in range(7) for some in combinations(REACHABLE, count)]
EDITIONS = {
    "floor": (),
    "everybody at once": tuple(Rung(0, rung.audience) for rung in FLOOR),
    "street early": (Rung(10, Audience.STREET), Rung(45, Audience.ADVISE_120)),
    "community with the first": (Rung(0, Audience.COMMUNITY), Rung(31, Audience.FAMILY)),
}
SWITCH_AFTER = (0, 1, 2, 3, 99)  # steps; then the other edition holds
LATENESS = (0, 1, 29, 3600)  # a step comes late: a busy machine, a restart, a clock that jumped ahead
STEPS = 11


def walked(deaf, first, second, switch_after, lateness):
    """Return every step of a call that nobody answers: (second, told, seconds until the next, is repeat)."""
    waited, told, repeating, steps = 0.0, set(), False, []
    for number in range(STEPS):
        rungs = rungs_at(EDITIONS[first if number < switch_after else second], at=make.AT)
        step = climbed(rungs, waited_seconds=waited, told=told, is_repeating=repeating)
        repeating = repeating or step.is_repeat
        audiences = [rung.audience for rung in step.due]
        told.update(audiences)
        pause = pause_seconds(step, waited_seconds=waited, is_in_vain=set(audiences) <= deaf | {Audience.ADVISE_120})
        steps.append((waited, audiences, pause, step.is_repeat))
        waited += pause + lateness
    return steps


@pytest.mark.parametrize(("first", "second"), list(product(EDITIONS, repeat=2)))
def test_the_ladder_is_never_silent_and_leaves_nobody_out(first, second):
    for deaf, switch_after, lateness in product(DEAF, SWITCH_AFTER, LATENESS):
        steps = walked(deaf, first, second, switch_after, lateness)

        assert all(audiences for _at, audiences, _pause, _again in steps)
        assert all(0 <= pause <= STEP_SECONDS_MAX for _at, _audiences, pause, _again in steps)
        climb = [(at, audience) for at, audiences, _pause, again in steps if not again for audience in audiences]
        assert sorted(audience for _at, audience in climb) == sorted(WHOLE)  # each once, nobody skipped
        assert [again for *_step, again in steps] == sorted(again for *_step, again in steps)  # then only repeats
        for at, audiences, pause, again in steps:
            assert not again or (audiences == [one for one in audiences if one in REACHABLE] and len(audiences) == 6)
            assert not again or pause == REPEAT_SECONDS
            assert at >= 0


@pytest.mark.parametrize(("first", "second"), list(product(EDITIONS, repeat=2)))
def test_nobody_of_the_floor_is_told_later_than_the_floor_says(first, second):
    for deaf, switch_after in product(DEAF, SWITCH_AFTER):
        for at, audiences, _pause, again in walked(deaf, first, second, switch_after, 0):
            assert again or all(at <= FLOOR_SECONDS[audience] for audience in audiences)


@pytest.mark.parametrize("edition", EDITIONS)
def test_who_reaches_nobody_makes_the_next_rung_due_at_once(edition):
    steps = walked(set(REACHABLE), edition, edition, 99, 0)

    assert all(at == 0 for at, _audiences, _pause, again in steps if not again)


@pytest.mark.parametrize("hour", range(24))
def test_no_time_of_day_takes_anything_from_the_floor(hour):
    night = [Rung(0, Audience.STREET, time(22), time(6)), Rung(5, Audience.COMMUNITY, time(12), time(13, 30))]

    rungs = rungs_at(check_rungs(night), at=make.AT.replace(hour=hour))

    assert {rung.audience for rung in rungs} == WHOLE
    assert all(rung.after_seconds <= FLOOR_SECONDS[rung.audience] for rung in rungs)
    street = next(rung.after_seconds for rung in rungs if rung.audience is Audience.STREET)
    assert street == (0 if hour >= 22 or hour < 6 else 60)


@pytest.mark.parametrize("rung", FLOOR)
def test_a_rung_later_than_the_floor_is_refused_by_name(rung):
    with pytest.raises(Refused) as refusal:
        check_rungs([Rung(rung.after_seconds + 1, rung.audience)])

    assert refusal.value.places["seconds"] == rung.after_seconds


@pytest.mark.parametrize(
    "rung",
    [
        Rung(-1, Audience.GRID),
        Rung(0, Audience.GRID, time(8)),
        Rung(0, Audience.GRID, None, time(8)),
        Rung(0, Audience.GRID, time(8), time(8)),
    ],
)
def test_a_rung_that_makes_no_sense_is_refused_by_name(rung):
    with pytest.raises(Refused) as refusal:
        check_rungs([rung])

    assert refusal.value.places["audience"] == "网格员"


def test_substitutes_are_followed_to_the_end_and_never_in_a_circle():
    for count in range(4):
        for ends in product([None, 0, 1, 2, 3], repeat=count):
            away = {post: end for post, end in enumerate(ends) if end != post}
            for post in range(4):
                found = stands_in(post, away)

                assert found is None or found not in away
                assert (found == post) == (post not in away)
