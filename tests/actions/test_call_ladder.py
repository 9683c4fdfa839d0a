"""What the walks over the ladder found, one test each; who is told when people are away; editions of the ladder."""

from datetime import time

import pytest

from linli.call import actions as calls
from linli.call import queries
from linli.call.actions import climbing
from linli.call.models import Call, CallEvent, FollowUp, LadderVersion, Leave, Presence, Responder, Shift, Told
from linli.call.queries.audience import FAULTS, on_duty, on_shift, targets
from linli.call.rules import Audience, Rung
from linli.shared.models import AuditEntry
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from tests import make, make_call

pytestmark = pytest.mark.django_db
BEFORE, AFTER = make.later(hours=-2), make.later(hours=9)


def heard(*roles):
    """Open the alarm pages of these roles, so that a rung reaches somebody."""
    make.neighbourhood()
    for role in roles:
        post = make.post(role, area_code=make.GRID if role is Role.GRID else "")
        calls.present(key=f"page-{post.pk:08d}", post=post, has_sound=True, at=make.AT)


def climb(seconds):
    Presence.objects.update(seen_at=make.later(seconds=seconds))
    return calls.climb_due(at=make.later(seconds=seconds))


def audiences(call, **filters):
    return set(Told.objects.filter(call=call, **filters).values_list("audience", flat=True))


def away(post, substitute=None, **columns):
    return Leave.objects.create(post=post, substitute=substitute, **({"starts_at": BEFORE, "ends_at": AFTER} | columns))


def test_two_climbers_at_once_tell_a_rung_once():
    heard(Role.DISTRICT, Role.COMMUNITY)
    call = make_call.call()
    at = make.later(seconds=30)
    Presence.objects.update(seen_at=at)
    calls.climb_due(at=at)
    assert climbing._climb(call.pk, at=at) is False  # the other one had listed it too

    assert audiences(call) == {"GRID", "HEALTH", "DUTY", "COMMUNITY"}


def test_a_rung_that_becomes_earlier_on_the_way_is_not_skipped():
    heard(Role.DISTRICT, Role.COMMUNITY, Role.STREET)
    call = make_call.call()
    climb(30)
    calls.set_ladder(
        rungs=[Rung(10, Audience.STREET)], since_at=make.later(seconds=40), reason="夜里", post=None,
        at=make.later(seconds=40),
    )  # fmt: skip

    climb(60)

    assert audiences(call, at=make.later(seconds=60)) == {"STREET", "FAMILY"}


@pytest.mark.parametrize("minutes", [4, 10, 60])
def test_a_clock_that_goes_back_makes_nobody_wait_longer_than_a_step(minutes):
    heard(Role.DISTRICT)
    call = make_call.call()
    back = make.later(minutes=-minutes)
    Presence.objects.update(seen_at=back)

    calls.climb_due(at=back)

    call.refresh_from_db()
    assert (call.next_step_at - back).total_seconds() <= 180
    assert "COMMUNITY" in audiences(call)


def test_a_clock_that_goes_back_does_not_keep_a_telling_from_its_sender():
    heard(Role.DISTRICT)
    make_call.call()

    taken = calls.take_up_told(at=make.later(hours=-1))

    assert {row.audience for row in taken} == {"DUTY"}


def test_a_clock_that_goes_back_does_not_make_late_arrival_a_matter_of_hours():
    heard(Role.DISTRICT)
    call, worker = make_call.call(), make.post(Role.COMMUNITY)
    calls.answer(call=call, post=worker, at=make.later(seconds=5))

    calls.climb_due(at=make.later(hours=-1))

    call.refresh_from_db()
    assert call.next_step_at == make.later(minutes=-45)


def test_a_telling_that_failed_after_an_answer_is_not_tried_again():
    worker = make.post(Role.GRID, area_code=make.GRID)
    call = make_call.call()
    taken = [row for row in calls.take_up_told(at=make.AT) if row.way == "SMS"]
    calls.answer(call=call, post=worker, at=make.later(seconds=2))

    calls.told_failed(key=taken[0].key, fault="超时", is_final=False, at=make.later(seconds=3))

    assert Told.objects.get(pk=taken[0].pk).due_at is None


def test_tellings_that_fail_while_everybody_is_told_again_do_not_make_a_storm():
    make.post(Role.GRID, area_code=make.GRID)
    call = make_call.call()
    for seconds in (1, 2, 3, 60, 120, 180, 240, 300):
        calls.climb_due(at=make.later(seconds=seconds))
    call.refresh_from_db()
    before = call.next_step_at

    for row in Told.objects.filter(call=call, standing="QUEUED"):
        calls.told_failed(key=row.key, fault="没有开通", is_final=True, at=make.later(seconds=301))

    call.refresh_from_db()
    assert call.next_step_at == before


def test_an_audience_that_no_way_leads_to_says_so_although_others_were_reached():
    heard(Role.DISTRICT)
    make.post(Role.GRID, area_code=make.GRID)
    call = make_call.call()
    before = call.next_step_at

    for row in Told.objects.filter(call=call, audience="GRID", standing="QUEUED"):
        calls.told_failed(key=row.key, fault="空号", is_final=True, at=make.later(seconds=4))

    last = CallEvent.objects.filter(call=call).last()
    call.refresh_from_db()
    assert (last.name, last.words, call.next_step_at) == ("unreached", "网格员", before)


def test_only_their_own_page_hears_for_a_grid_worker():
    worker, neighbour = make.post(Role.GRID, area_code=make.GRID), make.post(Role.COMMUNITY)
    calls.present(key=f"page-{worker.pk:08d}", post=worker, has_sound=True, at=make.AT)
    call = make_call.call()

    calls.hear(post=neighbour, call_ids=[call.pk], at=make.later(seconds=1))

    assert Told.objects.get(audience="GRID", way="SCREEN").standing == "SENT"


def test_the_page_of_a_grid_worker_is_not_the_desk_of_the_community():
    worker = make.post(Role.GRID, area_code=make.GRID)
    calls.present(key=f"page-{worker.pk:08d}", post=worker, has_sound=True, at=make.AT)
    call = make_call.call()

    climb(30)
    calls.hear(post=worker, call_ids=[call.pk], at=make.later(seconds=31))

    desk = Told.objects.get(call=call, audience="COMMUNITY", way="SCREEN")
    assert (desk.standing, desk.fault) == ("FAILED", FAULTS["no_page"])
    assert Told.objects.get(call=call, audience="GRID", way="SCREEN").standing == "HEARD"


def test_who_comes_after_somebody_gave_up_is_named():
    call, first, second = make_call.call(), make.post(Role.COMMUNITY), make.post(Role.GRID, area_code=make.GRID)
    calls.answer(call=call, post=first, at=make.later(seconds=5))
    calls.give_up(call=call, post=first, at=make.later(seconds=9), words="车坏了")

    calls.attend(call=call, post=second, at=make.later(minutes=2))

    assert call.answered_by_post_id == second.pk


def test_when_who_had_arrived_leaves_the_ladder_begins_again_although_somebody_is_on_the_way():
    call, first, second = make_call.call(), make.post(Role.COMMUNITY), make.post(Role.GRID, area_code=make.GRID)
    calls.attend(call=call, post=first, at=make.later(minutes=3))
    calls.join_in(call=call, post=second, at=make.later(minutes=4))

    calls.give_up(call=call, post=first, at=make.later(minutes=5), words="要去另一家")

    call.refresh_from_db()
    assert (call.state, call.next_step_at) == ("RAISED", make.later(minutes=5))


def test_who_came_before_a_call_was_ended_is_not_on_the_way_after_it_was_opened_again():
    call, first, second = make_call.call(), make.post(Role.COMMUNITY), make.post(Role.GRID, area_code=make.GRID)
    calls.answer(call=call, post=first, at=make.later(seconds=5))
    calls.close(call=call, post=first, outcome="MISTAKE", at=make.later(seconds=40))
    calls.reopen(call=call, post=first, at=make.later(minutes=5), words="又响了")
    calls.answer(call=call, post=second, at=make.later(minutes=6))

    calls.give_up(call=call, post=second, at=make.later(minutes=7), words="走错了")

    assert (call.state, Responder.objects.filter(call=call).count()) == ("RAISED", 2)


def test_who_answers_again_after_a_call_was_opened_again_is_on_the_way():
    call, first, second = make_call.call(), make.post(Role.COMMUNITY), make.post(Role.GRID, area_code=make.GRID)
    calls.attend(call=call, post=first, at=make.later(minutes=3))
    calls.close(call=call, post=first, outcome="MISTAKE", at=make.later(minutes=4))
    calls.reopen(call=call, post=second, at=make.later(minutes=5), words="又响了")
    calls.answer(call=call, post=first, at=make.later(minutes=6))
    calls.answer(call=call, post=second, at=make.later(minutes=6))

    calls.give_up(call=call, post=second, at=make.later(minutes=7), words="走错了")

    assert (call.state, call.answered_by_post_id) == ("ANSWERED", first.pk)
    assert Responder.objects.get(call=call, post_id=first.pk).on_scene_at is None


def test_a_call_opened_again_after_its_visit_asks_for_another():
    call, worker = make_call.call(), make.post(Role.COMMUNITY)
    calls.attend(call=call, post=worker, at=make.later(minutes=8))
    calls.close(call=call, post=worker, outcome="FALL", at=make.later(minutes=30))
    calls.follow_up(call=call, post=worker, at=make.later(hours=2), words="好些了")
    calls.reopen(call=call, post=worker, at=make.later(hours=3), words="又摔了")
    calls.attend(call=call, post=worker, at=make.later(hours=4))

    calls.close(call=call, post=worker, outcome="FALL", at=make.later(hours=5))

    visit = FollowUp.objects.get(call=call)
    assert (visit.done_at, visit.due_at) == (None, make.later(hours=29))


# Who stands in ---------------------------------------------------------------------------------------


def test_substitutes_of_substitutes_are_followed():
    first, second, third = (make.post(Role.GRID, area_code=make.GRID) for _one in range(3))
    away(first, second)
    away(second, third)

    assert on_duty([first], at=make.AT) == [third]


def test_a_circle_of_substitutes_ends_with_nobody_and_says_so():
    first, second = (make.post(Role.GRID, area_code=make.GRID) for _one in range(2))
    away(first, second)
    away(second, first)

    assert on_duty([first, second], at=make.AT) == []
    found = targets(make_call.call(), Audience.GRID, at=make.AT)
    assert [(target.fault, target.post_id) for target in found] == [(FAULTS["away"], None)]


@pytest.mark.parametrize("gone", ["left", "locked"])
def test_a_substitute_who_works_here_no_more_is_not_told(gone):
    first, second = make.post(Role.COMMUNITY), make.post(Role.COMMUNITY)
    away(first, second)
    if gone == "left":
        second.valid_to = BEFORE
        second.save()
    else:
        second.account.is_active = False
        second.account.save()

    assert on_duty([first], at=make.AT) == []


def test_of_two_leaves_at_once_the_one_with_a_substitute_counts():
    first, second = make.post(Role.COMMUNITY), make.post(Role.COMMUNITY)
    away(first, second)
    away(first)

    assert on_duty([first], at=make.AT) == [second]


def test_when_the_whole_roster_is_away_everybody_of_the_unit_is_told():
    first, second = make.post(Role.COMMUNITY), make.post(Role.COMMUNITY)
    Shift.objects.create(unit=first.unit, post=first, starts_at=BEFORE, ends_at=AFTER)
    away(first)

    assert on_shift(first.unit, at=make.AT) == [second]


# Editions --------------------------------------------------------------------------------------------


def set_ladder(*rungs, since_at=make.AT, at=make.AT, **more):
    return calls.set_ladder(**({"rungs": rungs, "since_at": since_at, "reason": "试", "post": None, "at": at} | more))


def test_an_edition_holds_from_its_moment_on_and_no_sooner():
    call = make_call.call()
    set_ladder(Rung(5, Audience.STREET), since_at=make.later(days=1))

    before = {rung.audience: rung.after_seconds for rung in queries.rungs_now(call, at=make.AT)}
    after = {rung.audience: rung.after_seconds for rung in queries.rungs_now(call, at=make.later(days=1))}

    assert (before[Audience.STREET], after[Audience.STREET]) == (60, 5)


def test_an_edition_counts_in_the_hours_of_the_neighbourhood():
    call = make_call.call()
    set_ladder(Rung(5, Audience.STREET, time(10), time(11)))  # AT is ten in the morning there, two at Greenwich

    found = {rung.audience: rung.after_seconds for rung in queries.rungs_now(call, at=make.AT)}

    assert found[Audience.STREET] == 5


@pytest.mark.parametrize(
    ("rung", "more"),
    [
        (Rung(31, Audience.COMMUNITY), {}),
        (Rung(5, Audience.STREET), {"reason": " "}),
        (Rung(5, Audience.STREET), {"since_at": make.later(days=900)}),
        (Rung(5, Audience.STREET), {"post": Role.COMMUNITY}),
    ],
)
def test_an_edition_that_cannot_be_is_refused_and_nothing_is_written(rung, more):
    if "post" in more:
        more = {"post": make.post(more["post"])}

    with pytest.raises(Refused):
        set_ladder(rung, **more)

    assert (LadderVersion.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_the_same_edition_again_is_refused():
    set_ladder(Rung(5, Audience.STREET))

    with pytest.raises(Refused):
        set_ladder(Rung(5, Audience.STREET), at=make.later(minutes=1))

    assert LadderVersion.objects.count() == 1


def test_who_began_from_an_older_edition_is_told_so():
    set_ladder(Rung(5, Audience.STREET))

    with pytest.raises(Overtaken):
        set_ladder(Rung(6, Audience.STREET), at=make.later(minutes=1), number=0)

    assert (LadderVersion.objects.count(), Call.objects.count()) == (1, 0)
