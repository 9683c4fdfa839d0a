"""A press becomes a call, climbs until somebody answers, and ends with what was found."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from linli.call import actions as calls
from linli.call import queries
from linli.call.models import Call, CallEvent, Device, FollowUp, Holding, Presence, Press, Told
from linli.call.rules import Audience, PressKind, Rung, check_rungs
from linli.call.rules.events import event_words
from linli.call.states import CALL_MOVES, CallState
from linli.shared.chains import GENESIS, chained
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.shared.scope import NOTHING, Scope
from linli.staff.queries import scope_of
from tests import make, make_call
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db
STATEMENTS = 15  # of a press, its transaction included: at each one it waits for the other threads as well


def audiences(call, **filters):
    return set(Told.objects.filter(call=call, **filters).values_list("audience", flat=True))


def names(call):
    return list(CallEvent.objects.filter(call=call).order_by("sequence").values_list("name", flat=True))


def open_page(post, at=make.AT):
    calls.present(key=f"page-{post.pk:08d}", post=post, has_sound=True, at=at)


def test_a_press_is_a_call_that_the_first_three_are_told_of_at_once():
    make.unit("HEALTH", area_code=make.COMMUNITY)
    for role in (Role.GRID, Role.HEALTH, Role.DISTRICT):
        open_page(make.post(role, area_code=make.GRID if role is Role.GRID else ""))

    call = make_call.call()

    assert (call.state, call.is_known, call.area_code) == ("RAISED", True, make.GRID)
    assert audiences(call) == {"GRID", "HEALTH", "DUTY"}
    assert call.next_step_at == make.later(seconds=30)


def test_the_same_ref_is_the_same_press():
    held = make_call.holding()
    call = make_call.call(held=held)

    again = calls.take_in(received=[make_call.press(held.device.serial)], at=make.later(seconds=9))[0]

    assert (again.call_id, again.is_repeat, again.result) == (call.pk, True, 0)
    assert (Press.objects.count(), Call.objects.count()) == (1, 1)


def test_a_device_that_counts_from_one_again_is_heard_again():
    held = make_call.holding()
    make_call.call(held=held)

    again = calls.take_in(received=[make_call.press(held.device.serial)], at=make.later(days=3))[0]
    repeat = calls.take_in(received=[make_call.press(held.device.serial)], at=make.later(days=3, seconds=5))[0]

    assert (again.is_repeat, again.ref) == (False, "1")
    assert (repeat.is_repeat, repeat.call_id) == (True, again.call_id)
    assert Call.objects.count() == 2


def test_words_without_a_ref_are_a_repeat_for_a_minute_and_then_a_press_of_their_own():
    held = make_call.holding()
    first, repeat, later = (
        calls.take_in(received=[make_call.press(held.device.serial, "", said="sos")], at=make.later(seconds=seconds))[0]
        for seconds in (0, 20, 80)
    )

    assert (repeat.call_id, repeat.is_repeat) == (first.call_id, True)
    assert (later.call_id != first.call_id, later.is_repeat) == (True, False)


def test_a_message_that_the_broker_delivers_again_hours_later_is_still_the_same_press():
    held = make_call.holding()
    said = {"said": "sos", "stored_at": make.AT}
    first = calls.take_in(received=[make_call.press(held.device.serial, "", **said)], at=make.later(seconds=1))[0]

    again = calls.take_in(received=[make_call.press(held.device.serial, "", **said)], at=make.later(hours=3))[0]

    assert (again.call_id, again.is_repeat) == (first.call_id, True)


def test_a_press_that_lay_at_the_broker_has_waited_and_the_clock_of_its_device_is_not_blamed():
    with_open_pages(Role.GRID, Role.DISTRICT)
    call = make_call.call(at=make.later(minutes=10), pressed_at=make.AT, stored_at=make.AT)

    assert (call.press.received_at, call.raised_at) == (make.AT, make.later(minutes=10))
    assert (call.climbs_from, call.next_step_at) == (make.AT, make.later(minutes=10))
    assert Device.objects.get().clock_off_seconds == 0


def test_a_broker_whose_clock_is_ahead_makes_nobody_wait():
    call = make_call.call(stored_at=make.later(hours=1))

    assert (call.climbs_from, call.next_step_at <= make.later(seconds=60)) == (make.AT, True)


@pytest.mark.parametrize("count", [1, 3])
def test_a_press_costs_the_same_for_one_and_three_who_are_told(count, django_assert_num_queries):
    station = make.unit("HEALTH", area_code=make.COMMUNITY)
    for _one in range(count):
        open_page(make.post(Role.GRID, area_code=make.GRID))
        open_page(make.post(Role.HEALTH, unit=station))
        open_page(make.post(Role.DISTRICT))
    held = make_call.holding()
    make_call.call(held=held)

    with django_assert_num_queries(STATEMENTS):
        calls.take_in(received=[make_call.press(held.device.serial, "2")], at=make.AT)


def test_a_new_press_during_an_open_call_is_a_call_of_its_own():
    held = make_call.holding()
    first, second = make_call.call(held=held, ref="1"), make_call.call(held=held, ref="2")

    assert first.pk != second.pk
    assert queries.siblings_of(second) == [first]


@pytest.mark.parametrize("state", ["nobody", "IN_STOCK", "RETIRED"])
def test_a_press_of_a_device_nobody_holds_reaches_the_duty_desk(state):
    make.neighbourhood()
    serial = "X404" if state == "nobody" else make_call.device(state=state).serial

    taken = calls.take_in(received=[make_call.press(serial)], at=make.AT)[0]

    call = Call.objects.get(pk=taken.call_id)
    assert (call.is_known, call.area_code) == (False, make.DISTRICT if state == "nobody" else make.COMMUNITY)
    assert audiences(call) == {"DUTY"}


@pytest.mark.parametrize("said", ["", "\x00\x01", "{" * 9000])
def test_whatever_a_device_says_is_kept_and_rings(said):
    make.neighbourhood()

    taken = calls.take_in(received=[make_call.press("B1", "", said=said, fault="看不懂")], at=make.AT)[0]

    assert Call.objects.get(pk=taken.call_id).state == "RAISED"


def test_a_wrong_clock_is_noticed_and_both_times_are_kept():
    held = make_call.holding()

    call = make_call.call(held=held, pressed_at=make.later(hours=-3))

    assert (call.press.pressed_at, call.press.received_at) == (make.later(hours=-3), make.AT)
    assert Device.objects.get().clock_off_seconds == -3 * 3600


def test_where_the_person_is_counts_only_with_their_consent():
    held = make_call.holding()
    hidden = make_call.call(held=held, lng=91.1, lat=29.6)
    held.location_consent = held.consent
    held.save()

    shown = make_call.call(held=held, ref="2", lng=91.1, lat=29.6)

    assert (hidden.press.lng, shown.press.lng) == (None, 91.1)


def test_a_test_press_ends_by_itself_and_tells_nobody():
    call = make_call.call(kind=PressKind.TEST)

    assert (call.state, call.outcome, call.device.tested_at) == ("CLOSED", "TEST", make.AT)
    assert Told.objects.count() == 0


# The ladder ------------------------------------------------------------------------------------------


def with_open_pages(*roles):
    make.neighbourhood()
    for role in roles:
        open_page(make.post(role, area_code=make.GRID if role is Role.GRID else ""))


def keep_pages_open(at):
    Presence.objects.update(seen_at=at)


def test_the_ladder_climbs_until_somebody_answers():
    with_open_pages(Role.GRID, Role.DISTRICT, Role.COMMUNITY, Role.STREET)
    call = make_call.call()
    told = []

    for seconds in (29, 30, 60, 180, 240, 300):
        keep_pages_open(make.later(seconds=seconds))
        calls.climb_due(at=make.later(seconds=seconds))
        told.append(sorted(audiences(call, at=make.later(seconds=seconds))))

    everybody = ["COMMUNITY", "DUTY", "FAMILY", "GRID", "HEALTH", "STREET"]
    assert told == [[], ["COMMUNITY"], ["FAMILY", "STREET"], ["ADVISE_120"], everybody, everybody]
    call.refresh_from_db()
    assert (call.is_120_advised, call.state) == (True, "RAISED")


def test_when_nobody_of_a_rung_can_be_told_the_next_one_is_told_at_once():
    make.neighbourhood()
    call = make_call.call()

    for _round in range(4):
        calls.climb_due(at=make.later(seconds=1))

    assert audiences(call) == {"GRID", "HEALTH", "DUTY", "COMMUNITY", "FAMILY", "STREET", "ADVISE_120"}
    assert "unreached" in names(call)


def test_a_screen_that_does_not_show_the_call_counts_as_closed():
    with_open_pages(Role.DISTRICT)
    call = make_call.call()

    for row in calls.take_up_told(at=make.later(seconds=11)):
        calls.told_failed(key=row.key, fault="没有响应", is_final=True, at=make.later(seconds=11))

    call.refresh_from_db()
    assert call.next_step_at == make.later(seconds=11)


def test_a_screen_that_shows_the_call_is_heard():
    with_open_pages(Role.DISTRICT)
    call = make_call.call()
    duty = make.post(Role.DISTRICT)

    calls.hear(post=duty, call_ids=[call.pk], at=make.later(seconds=1))

    assert Told.objects.get(audience="DUTY", way="SCREEN").standing == "HEARD"


def test_nobody_is_told_after_an_answer_and_late_arrival_is_said():
    with_open_pages(Role.GRID, Role.DISTRICT)
    call, worker = make_call.call(), make.post(Role.GRID, area_code=make.GRID)
    calls.answer(call=call, post=worker, at=make.later(seconds=20))

    calls.climb_due(at=make.later(seconds=60))
    calls.climb_due(at=make.later(minutes=16))

    assert names(call)[-1] == "late"
    assert audiences(call, at=make.later(seconds=60)) == set()
    assert audiences(call, at=make.later(minutes=16)) == {"DUTY", "COMMUNITY", "STREET"}


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_ladder_goes_on_whatever_the_clock_does(hours):
    with_open_pages(Role.DISTRICT)
    call = make_call.call(at=make.AT)

    jumped = make.later(hours=hours)
    keep_pages_open(jumped)
    climbed = [
        calls.climb_due(at=jumped),
        calls.climb_due(at=jumped.replace(minute=5)),
        calls.climb_due(at=jumped.replace(minute=9)),
    ]

    assert sum(climbed) >= 2
    assert audiences(call) > {"GRID", "HEALTH", "DUTY"}


# People ----------------------------------------------------------------------------------------------


def test_the_first_who_answers_is_named_and_the_second_goes_along():
    call = make_call.call()
    first, second = make.post(Role.GRID, area_code=make.GRID), make.post(Role.COMMUNITY)
    stale = Call.objects.get(pk=call.pk)

    calls.answer(call=call, post=first, at=make.later(seconds=5))
    calls.answer(call=stale, post=second, at=make.later(seconds=6))

    call.refresh_from_db()
    assert (call.answered_by_post_id, call.answered_at) == (first.pk, make.later(seconds=5))
    assert [who.post_id for who in queries.responders_of(call)] == [first.pk, second.pk]


def test_answering_and_ending_are_two_acts():
    call, worker = make_call.call(), make.post(Role.COMMUNITY)

    with pytest.raises(Refused):
        calls.close(call=call, post=worker, outcome="MISTAKE", at=make.later(seconds=5))

    call.refresh_from_db()
    assert (call.state, names(call).count("close")) == ("RAISED", 0)


def test_a_mistaken_press_ends_in_two_steps_and_asks_nothing_more():
    call, worker = make_call.call(), make.post(Role.COMMUNITY)
    calls.answer(call=call, post=worker, at=make.later(seconds=5))

    calls.close(call=call, post=worker, outcome="MISTAKE", at=make.later(seconds=40))

    assert (call.state, call.outcome, FollowUp.objects.count()) == ("CLOSED", "MISTAKE", 0)


def test_a_fall_is_followed_by_a_visit_within_a_day():
    call, worker = make_call.call(), make.post(Role.COMMUNITY)
    calls.attend(call=call, post=worker, at=make.later(minutes=8))
    calls.close(call=call, post=worker, outcome="FALL", at=make.later(minutes=30))

    visit = FollowUp.objects.get(call=call)
    assert visit.due_at == make.later(minutes=30, hours=24)
    calls.follow_up(call=call, post=worker, at=make.later(hours=20), words="已好转，告诉了谁看过资料")

    visit.refresh_from_db()
    assert visit.done_at == make.later(hours=20)
    with pytest.raises(Refused):
        calls.follow_up(call=call, post=worker, at=make.later(hours=21), words="再一次")


def test_who_cannot_go_after_all_starts_the_ladder_again():
    call, worker = make_call.call(), make.post(Role.COMMUNITY)
    calls.answer(call=call, post=worker, at=make.later(minutes=1))

    calls.give_up(call=call, post=worker, at=make.later(minutes=3), words="车坏了")
    calls.climb_due(at=make.later(minutes=3))

    call.refresh_from_db()
    assert (call.state, call.round) == ("RAISED", 2)
    assert audiences(call, at=make.later(minutes=3)) >= {"GRID", "HEALTH", "DUTY"}


def test_when_another_is_coming_giving_up_leaves_the_call_with_them():
    call, first, second = make_call.call(), make.post(Role.COMMUNITY), make.post(Role.GRID, area_code=make.GRID)
    calls.answer(call=call, post=first, at=make.later(minutes=1))
    calls.answer(call=call, post=second, at=make.later(minutes=1))

    calls.give_up(call=call, post=first, at=make.later(minutes=3), words="车坏了")

    assert (call.state, call.answered_by_post_id) == ("ANSWERED", second.pk)


def test_a_call_that_was_ended_too_soon_can_be_opened_again():
    call, worker = make_call.call(), make.post(Role.COMMUNITY)
    calls.answer(call=call, post=worker, at=make.later(seconds=5))
    calls.close(call=call, post=worker, outcome="MISTAKE", at=make.later(seconds=40))

    calls.reopen(call=call, post=worker, at=make.later(minutes=5), words="又按了电话求助")

    assert (call.state, call.outcome, call.closed_at) == ("RAISED", "", None)
    assert call.next_step_at == make.later(minutes=5)


def test_a_closed_call_without_an_outcome_is_not_kept():
    call = make_call.call()

    with pytest.raises(IntegrityError), transaction.atomic():
        Call.objects.filter(pk=call.pk).update(state="CLOSED", closed_at=make.AT, next_step_at=None)


def test_an_unanswered_call_without_a_next_step_is_not_kept():
    call = make_call.call()

    with pytest.raises(IntegrityError), transaction.atomic():
        Call.objects.filter(pk=call.pk).update(next_step_at=None)


@pytest.mark.parametrize("verb", ["UPDATE call_callevent SET words = 'x'", "DELETE FROM call_callevent"])
def test_the_history_of_a_call_cannot_be_rewritten(verb):
    make_call.call()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb)


def test_nobody_is_told_twice_by_two_senders():
    call, worker = make_call.call(), make.post(Role.GRID, area_code=make.GRID)
    held = make_call.holding()
    make_call.call(held=held, ref="7")
    assert worker
    assert call

    first, second = calls.take_up_told(at=make.later(seconds=1)), calls.take_up_told(at=make.later(seconds=1))

    assert {row.pk for row in first} & {row.pk for row in second} == set()
    assert Audience.GRID in {row.audience for row in first}


# The table, the floor, the chain, the scope -----------------------------------------------------------


@pytest.mark.parametrize("step", CALL_MOVES, ids=lambda step: step.name)
@pytest.mark.parametrize("state", list(CallState))
def test_a_step_that_the_table_does_not_allow_writes_nothing(step, state):
    for role in Role:
        if role in step.roles and state in step.sources:
            continue
        call = Call(pk=1, state=state.value, area_code=make.GRID)

        with pytest.raises(Refused):
            calls.move(call=call, name=step.name, role=role, post=None, at=make.AT, words="说明")

    assert CallEvent.objects.count() == 0


@pytest.mark.parametrize(
    "rung", [Rung(1, Audience.GRID), Rung(31, Audience.COMMUNITY), Rung(-1, Audience.GRID), Rung(601, Audience.STREET)]
)
def test_the_ladder_may_not_be_slower_than_its_floor(rung):
    with pytest.raises(Refused):
        check_rungs([rung])


def test_the_history_of_a_call_is_a_chain_of_hashes():
    call, worker = make_call.call(), make.post(Role.COMMUNITY)
    calls.answer(call=call, post=worker, at=make.later(seconds=5))
    calls.close(call=call, post=worker, outcome="COMPANY", at=make.later(minutes=9), words="聊了一会儿")

    previous = GENESIS
    for event in CallEvent.objects.filter(call=call).order_by("sequence"):
        previous = chained(
            previous,
            event_words(
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
            ),
        )
        assert bytes(event.hash) == previous

    call.refresh_from_db()
    assert bytes(call.head_hash) == previous


def seen():
    return Call.objects.count(), CallEvent.objects.count() > 0, Press.objects.count(), Holding.objects.count()


def test_a_call_is_seen_by_its_area_and_by_the_station_that_was_told():
    station = make.unit("HEALTH", area_code=make.COMMUNITY)
    stranger = make.unit("HEALTH", area_code="540102002001")
    make_call.call()

    for scope, expected in (
        (Scope(area_code=make.COMMUNITY, unit_id=999), (1, True, 1, 1)),
        (Scope(unit_id=station.pk), (1, True, 1, 1)),
        (Scope(unit_id=stranger.pk), (0, False, 0, 0)),
        (Scope(area_code="540102002", unit_id=998), (0, False, 0, 0)),
        (NOTHING, (0, False, 0, 0)),
    ):
        with as_application(scope):
            assert seen() == expected


def test_the_station_that_was_told_can_answer_and_end_a_call():
    station = make.post(Role.HEALTH, unit=make.unit("HEALTH", area_code=make.COMMUNITY))
    made = make_call.call()

    with as_application(scope_of(station)):
        call = queries.open_calls(station).get(pk=made.pk)
        calls.answer(call=call, post=station, at=make.later(seconds=5))
        calls.attend(call=call, post=station, at=make.later(minutes=5))
        calls.close(call=call, post=station, outcome="ILLNESS", at=make.later(minutes=30))

    assert FollowUp.objects.filter(call=made).count() == 1
