"""Calls walked about at random: whoever answers or gives up, whatever fails, whatever the clock does, nobody is left.

``pytest --hypothesis-profile=machine-long`` walks much further than every run of the tests does.
"""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from linli.call import actions as calls
from linli.call.actions import climbing
from linli.call.models import Call, CallEvent, FollowUp, Presence, PushSubscription, Responder, Told
from linli.call.rules import FLOOR, OUTCOMES, Audience, Rung
from linli.call.rules.events import event_words
from linli.call.rules.ladder import ARRIVE_MINUTES_MAX, FLOOR_SECONDS, STEP_SECONDS_MAX
from linli.call.states import CallState
from linli.shared.chains import GENESIS, chained
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from tests import make, make_call

CALLS_MAX = 3
# The classes of a second: before, on and after each rung, each repeat, arrival, and long after everything.
SPANS = st.sampled_from([0, 1, 3, 4, 10, 11, 20, 29, 30, 31, 59, 60, 61, 120, 179, 180, 181, 300, 900, 901, 3600])
JUMPS = st.sampled_from([-3600, -600, -181, -60, 60, 600, 3600])
NUMBERS = st.integers(0, 99)
FIRST = {rung.audience for rung in FLOOR if rung.after_seconds == 0}


class World:
    """Who can be told; made once, before the walks begin."""

    def __init__(self):
        make.neighbourhood()
        make.unit("HEALTH", area_code=make.COMMUNITY)
        roles = (Role.GRID, Role.COMMUNITY, Role.STREET, Role.DISTRICT)
        self.posts = [make.post(role, area_code=make.GRID if role is Role.GRID else "") for role in roles]
        self.holding = make_call.holding()


class Calls(RuleBasedStateMachine):
    """Some calls, in the hands of everybody at any moment; undone at the end."""

    world = None

    def __init__(self):
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.at, self.presses, self.is_caught_up = make.AT, 0, True
        self.taken, self.first_told, self.upto = [], {}, {}
        self.press()

    def teardown(self):
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @property
    def calls(self):
        return list(Call.objects.order_by("pk"))

    def attempt(self, number, act):
        """Do something to a call; a refusal must leave it as it was."""
        call = self.calls[number % len(self.calls)]
        post = self.world.posts[number % len(self.world.posts)]
        before = call.event_count
        told = Told.objects.count()
        try:
            act(call, post)
        except Refused:
            assert Call.objects.get(pk=call.pk).event_count == before
            assert Told.objects.count() == told
        return call

    # What happens --------------------------------------------------------------------------------------

    @rule()
    def press(self):
        if self.presses < CALLS_MAX:
            self.presses += 1
            received = make_call.press(self.world.holding.device.serial, f"{self.presses}")
            taken = calls.take_in(received=[received, received], at=self.at)
            assert [one.is_repeat for one in taken] == [False, True]
            self.first_told[taken[0].call_id] = Told.objects.latest("pk").pk

    @rule(seconds=SPANS)
    def time_passes(self, seconds):
        self.at += timedelta(seconds=seconds)
        self.is_caught_up = self.is_caught_up and seconds == 0

    @rule(seconds=JUMPS)
    def clock_jumps(self, seconds):
        self.at += timedelta(seconds=seconds)
        self.is_caught_up = False

    @rule(wait=SPANS)
    def climb(self, wait):
        """The process that climbs wakes up, perhaps after it was killed; another one had listed the same calls."""
        self.at += timedelta(seconds=wait)
        waiting = {call.pk: call for call in self.calls if call.state == CallState.RAISED}
        calls.climb_due(at=self.at)
        for call in Call.objects.filter(pk__in=waiting):
            self.went_on(waiting[call.pk], call)
        for call in Call.objects.filter(pk__in=waiting, next_step_at__gt=self.at):
            assert climbing._climb(call.pk, at=self.at) is False
        self.is_caught_up = True

    def went_on(self, before, after):
        due = before.next_step_at
        is_due = due <= self.at or due > self.at + timedelta(seconds=STEP_SECONDS_MAX)
        assert (after.event_count > before.event_count) == is_due
        fresh = set(Told.objects.filter(call=after, pk__gt=self.told_upto(before)).values_list("audience", flat=True))
        assert bool(fresh) == is_due

    def told_upto(self, before):
        earlier = CallEvent.objects.filter(call=before, sequence__lte=before.event_count)
        assert earlier.count() == before.event_count
        return self.upto.get(before.pk, 0)

    @rule()
    def tellings_are_taken_up(self):
        self.taken += calls.take_up_told(at=self.at)

    @rule(number=NUMBERS, is_final=st.booleans())
    def tellings_fail(self, number, is_final):
        """Of what was taken up, however much has happened since, some arrives and some does not."""
        taken, self.taken = self.taken + calls.take_up_told(at=self.at), []
        for place, row in enumerate(taken):
            if (number >> (place % 6)) % 2:
                calls.told_failed(key=row.key, fault="没有响应", is_final=is_final, at=self.at)
            elif row.way != "SCREEN":
                calls.told_sent(key=row.key, at=self.at)

    @rule(number=NUMBERS)
    def pages_open_and_close(self, number):
        """Any subset of the desks hears, and any subset of the phones can be woken."""
        Presence.objects.all().delete()
        PushSubscription.objects.all().delete()
        for place, post in enumerate(self.world.posts):
            if number >> place & 1:
                calls.present(key=f"page-{post.pk:08d}", post=post, has_sound=True, at=self.at)
                calls.hear(post=post, call_ids=[call.pk for call in self.calls], at=self.at)
            if number >> (place + 2) & 1:
                PushSubscription.objects.create(
                    account=post.account, endpoint_sealed=b"x", endpoint_hash=bytes([place]) * 32, created_at=self.at
                )

    @rule(number=NUMBERS)
    def edition(self, number):
        """The district changes its ladder in the middle of a call."""
        audience = FLOOR[number % len(FLOOR)].audience
        seconds = FLOOR_SECONDS[audience] * (number % 5) // 4
        with suppress(Refused):
            calls.set_ladder(rungs=[Rung(seconds, audience)], since_at=self.at, reason="改", post=None, at=self.at)

    # What people do ------------------------------------------------------------------------------------

    @rule(number=NUMBERS)
    def answer(self, number):
        self.attempt(number, lambda call, post: calls.answer(call=call, post=post, at=self.at))

    @rule(number=NUMBERS)
    def attend(self, number):
        self.attempt(number, lambda call, post: calls.attend(call=call, post=post, at=self.at))

    @rule(number=NUMBERS)
    def give_up(self, number):
        self.attempt(number, lambda call, post: calls.give_up(call=call, post=post, at=self.at, words="去不了"))

    @rule(number=NUMBERS)
    def say(self, number):
        say = (calls.ring_back, calls.not_reached, calls.no_entry, calls.call_120)[number % 4]
        self.attempt(number, lambda call, post: say(call=call, post=post, at=self.at))

    @rule(number=NUMBERS)
    def close(self, number):
        outcome = [*(one.code for one in OUTCOMES), "", "NONE"][number % (len(OUTCOMES) + 2)]
        self.attempt(number, lambda call, post: calls.close(call=call, post=post, outcome=outcome, at=self.at))

    @rule(number=NUMBERS)
    def reopen(self, number):
        self.attempt(number, lambda call, post: calls.reopen(call=call, post=post, at=self.at, words="又响了"))

    @rule(number=NUMBERS)
    def follow_up(self, number):
        self.attempt(number, lambda call, post: calls.follow_up(call=call, post=post, at=self.at, words="好些了"))

    # What always holds ---------------------------------------------------------------------------------

    @invariant()
    def nobody_is_left(self):
        """Unanswered or on the way: a next step, and after a climb never further ahead than a step can be."""
        longest = {"RAISED": timedelta(seconds=STEP_SECONDS_MAX), "ANSWERED": timedelta(minutes=ARRIVE_MINUTES_MAX)}
        for call in self.calls:
            assert (call.next_step_at is not None) == (call.state in longest)
            if self.is_caught_up and call.state in longest:
                assert call.next_step_at <= self.at + longest[call.state]

    @invariant()
    def who_is_named_is_coming_or_there(self):
        for call in self.calls:
            coming = Responder.objects.filter(call=call, gave_up_at=None)
            if call.state in {CallState.ANSWERED, CallState.ON_SCENE}:
                assert coming.filter(post_id=call.answered_by_post_id).exists()
            if call.state == CallState.ON_SCENE:
                assert coming.filter(on_scene_at__isnull=False).exists()

    @invariant()
    def the_first_are_always_told(self):
        for call in self.calls:
            said = Told.objects.filter(call=call, round=1, at=call.raised_at).values_list("audience", flat=True)
            assert set(said) >= FIRST

    @invariant()
    def no_rung_is_passed_over(self):
        """Nobody is told a second time before everybody was told once, from each beginning of the ladder on."""
        for call in self.calls:
            first = Told.objects.filter(call=call, round=1, pk__lte=self.first_told[call.pk])
            said = set(first.values_list("audience", flat=True))
            for event in CallEvent.objects.filter(call=call).order_by("sequence"):
                if event.name in {"give_up", "reopen"}:
                    said = set()
                elif event.name == "climb" and said & set(event.detail["told"]):
                    assert said == set(Audience), event.detail
                    assert set(event.detail["told"]) == set(Audience) - {Audience.ADVISE_120}
                elif event.name == "climb":
                    said |= set(event.detail["told"])

    @invariant()
    def whoever_has_answered_ends_the_telling(self):
        """After an answer nothing waits to be sent but what says that nobody has arrived."""
        for call in self.calls:
            waiting = Told.objects.filter(call=call, due_at__isnull=False).exclude(way="SCREEN")
            if call.state in {CallState.ON_SCENE, CallState.CLOSED}:
                assert not waiting.exists()
            if call.state == CallState.ANSWERED:
                assert set(waiting.values_list("audience", flat=True)) <= {"DUTY", "COMMUNITY", "STREET"}

    @invariant()
    def a_closed_call_says_what_was_found(self):
        for call in self.calls:
            assert (call.state == CallState.CLOSED) == (call.outcome != "") == (call.closed_at is not None)
            if call.state == CallState.CLOSED and next(o for o in OUTCOMES if o.code == call.outcome).needs_visit:
                assert FollowUp.objects.filter(call=call).exists()

    @invariant()
    def every_history_is_a_chain(self):
        self.upto = {}
        for call in self.calls:
            previous = GENESIS
            for event in CallEvent.objects.filter(call=call).order_by("sequence"):
                said = event_words(
                    {"call": call.pk},
                    at=event.at,
                    name=event.name,
                    before=event.state_before,
                    after=event.state_after,
                    role=event.by_role,
                    post_id=event.by_post_id,
                    unit_id=event.by_unit_id,
                    words=event.words,
                    detail=event.detail,
                )
                previous = chained(previous, said)
                assert bytes(event.hash) == previous
            assert bytes(call.head_hash) == previous
            last = Told.objects.filter(call=call).order_by("-pk").first()
            self.upto[call.pk] = last.pk if last else 0


@pytest.mark.django_db
def test_no_walk_leaves_a_call_alone():
    Calls.world = World()

    run_state_machine_as_test(Calls, settings=settings.get_profile(profile()))

    assert not Call.objects.exists()  # each walk was undone


def profile():
    """Return the profile of the run if it is one for walks, else the short one of every run."""
    return name if (name := settings.get_current_profile_name()).startswith("machine") else "machine"
