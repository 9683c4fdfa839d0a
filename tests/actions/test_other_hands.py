"""When a case changes hands: called units go on, what was asked lapses, duty lists are looked at."""

import pytest

from linli.case import actions as cases
from linli.case.models import Case, Event
from linli.confirm import actions as confirms
from linli.handling import actions as handling
from linli.handling.models import Application
from linli.handling.rules import ApplicationKind
from linli.routing import actions as routing
from linli.routing.rules import DutyMode
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.whistle import actions as whistles
from linli.whistle.models import Called, Dispute
from linli.whistle.states import RulingOutcome, WhistleKind
from tests import make

pytestmark = pytest.mark.django_db
LIGHTS, ELSE = "0104", "0201"
NOT_ITS_OWN = RulingOutcome.NOT_ITS_OWN


def fresh(case):
    return Case.objects.get(pk=case.pk)


def call_of(case, post):
    return Called.objects.select_related("case", "whistle").get(case=case, unit=post.unit, ended_at__isnull=True)


def whistled(count=1):
    """A case whistled to departments, the first leading; with the caller and a post of each."""
    case, worker = make.case_in_hand()
    posts = [make.post(Role.DEPARTMENT, unit=make.department(f"第{n}局")) for n in range(count)]
    whistles.blow(
        case=case, post=worker, kind=WhistleKind.SERVICE, unit_ids=[post.unit_id for post in posts],
        lead_id=posts[0].unit_id, message="请来看看", at=make.later(minutes=10),
    )  # fmt: skip
    return case, worker, *posts


def handed_on():
    """A case with a lead that came and a unit that did not, handed on to the street."""
    case, worker, lead, other = whistled(2)
    whistles.report_in(called=call_of(case, lead), post=lead, at=make.later(minutes=30))
    street = make.post(Role.STREET)
    handling.hand_on(case=fresh(case), post=worker, to_unit_id=street.unit_id, reason="归街道", at=make.later(hours=1))
    return case, street, lead, other


# -- called units when the owner changes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "words", "state"),
    [
        (whistles.report_in, "words", "HANDLING"),
        (whistles.decline, "reason", "DISPATCHED"),
    ],
)
def test_a_called_unit_may_answer_after_the_case_was_handed_on(answer, words, state):
    case, _street, _lead, other = handed_on()

    answer(called=call_of(case, other), post=other, at=make.later(hours=2), **{words: "看过了"})

    assert fresh(case).state == state


def test_a_unit_at_work_may_do_its_part_and_give_it_back_after_the_case_was_handed_on():
    case, street, lead, other = handed_on()
    proposed = make.later(days=2)

    whistles.counter(
        called=call_of(case, other), post=other, reason="后天来", proposed_due_at=proposed, at=make.later(hours=2)
    )
    whistles.turn_down(called=call_of(case, other), post=street, reason="今天", at=make.later(hours=3))
    whistles.hand_back(called=call_of(case, lead), post=lead, reason="不是我们的", at=make.later(hours=4))
    whistles.release(called=call_of(case, other), post=street, reason="不等了", at=make.later(hours=5))

    assert fresh(case).state == "DISPATCHED"
    assert fresh(case).lead_id is None


def test_a_sub_task_may_be_given_and_done_after_the_case_was_handed_on():
    case, street, lead, _other = handed_on()

    task = handling.give_task(
        case=fresh(case),
        post=street,
        unit_id=lead.unit_id,
        words="拍照",
        due_at=make.later(days=2),
        at=make.later(hours=2),
    )
    handling.finish_task(task=task, post=lead, result="拍了", at=make.later(hours=3))

    assert task.state == "DONE"


def test_what_was_asked_lapses_when_the_case_is_handed_on():
    case, worker = make.case_in_hand()
    handling.ask(case=case, post=worker, kind=ApplicationKind.EXTENSION, reason="等备件", at=make.later(minutes=20))
    street = make.unit("STREET")

    handling.hand_on(case=fresh(case), post=worker, to_unit_id=street.pk, reason="归街道", at=make.later(hours=1))

    assert Application.objects.get(case=case).state == "LAPSED"


# -- nobody is called any more ------------------------------------------------------------------------------------


def test_a_case_whose_only_called_unit_declines_is_its_owners_to_give_away():
    case, worker, unit = whistled()

    whistles.decline(called=call_of(case, unit), post=unit, reason="不是我们的", at=make.later(minutes=30))

    assert fresh(case).state == "HANDLING"
    assert Event.objects.get(case=case, name="decline").state_after == "HANDLING"
    street = make.unit("STREET")
    handling.hand_on(case=fresh(case), post=worker, to_unit_id=street.pk, reason="归街道", at=make.later(hours=1))
    assert fresh(case).owner_id == street.pk


def test_a_case_whose_only_called_unit_is_released_is_its_owners_to_work_on():
    case, worker, unit = whistled()

    whistles.release(called=call_of(case, unit), post=worker, reason="自己修好了", at=make.later(minutes=30))

    assert fresh(case).state == "HANDLING"


def test_a_case_that_waits_for_another_unit_is_whistled_still():
    case, _worker, unit, _other = whistled(2)

    whistles.decline(called=call_of(case, unit), post=unit, reason="不是我们的", at=make.later(minutes=30))

    assert fresh(case).state == "WHISTLED"


def ruled(outcome, **to):
    case, _worker, unit = whistled()
    whistles.decline(called=call_of(case, unit), post=unit, reason="不是我们的", at=make.later(minutes=30))
    dispute = Dispute.objects.select_related("case", "called__whistle").get(case=case)
    whistles.rule(
        dispute=dispute, post=make.post(Role.STREET), outcome=outcome, words="按清单", at=make.later(hours=1), **to
    )
    return case, unit, dispute


def test_a_unit_that_a_ruling_calls_is_waited_for():
    case, unit, _dispute = ruled(RulingOutcome.ITS_OWN)

    assert (fresh(case).state, fresh(case).lead_id) == ("WHISTLED", unit.unit_id)


def test_ruled_not_its_own_and_nobody_named_the_case_stays_its_owners():
    case, _unit, _dispute = ruled(NOT_ITS_OWN)

    assert (fresh(case).state, fresh(case).lead_id) == ("HANDLING", None)


def test_a_review_that_frees_the_only_unit_gives_the_case_back_to_its_owner():
    case, unit, dispute = ruled(RulingOutcome.ITS_OWN)
    whistles.ask_review(dispute=dispute, post=unit, reason="清单里没有", at=make.later(hours=2))
    dispute = Dispute.objects.select_related("case", "called__whistle").get(case=case)

    whistles.rule(
        dispute=dispute, post=make.post(Role.DISTRICT), outcome=NOT_ITS_OWN, words="归物业", at=make.later(hours=3)
    )

    assert fresh(case).state == "HANDLING"


# -- sent back ----------------------------------------------------------------------------------------------------


def test_sent_back_a_unit_that_had_never_come_must_report_in_anew():
    case, worker, lead, silent = whistled(2)
    whistles.report_in(called=call_of(case, lead), post=lead, at=make.later(minutes=30))
    handling.finish(case=fresh(case), post=worker, result="好了", despite="它没来", at=make.later(hours=1))

    confirms.send_back(case=fresh(case), reason="还是不亮", at=make.later(days=2))

    called = call_of(case, silent)
    assert (called.state, called.reported_in_at, called.due_since_at) == ("CALLED", None, make.later(days=2))
    assert called.due_at == called.report_in_due_at > make.later(days=2)
    assert called.next_supervision_at is not None
    assert call_of(case, lead).state == "REPORTED_IN"


# -- duty lists ---------------------------------------------------------------------------------------------------


def listed(*codes, mode):
    routing.set_duties(area_code=make.DISTRICT, category_codes=codes, at=make.AT)
    if mode is not DutyMode.WARN:
        routing.set_duty_mode(mode=mode, at=make.AT)


def returned():
    """A case of the street, which asks the community that gave it to take it back: the application."""
    case, worker = make.case_in_hand(category_code=LIGHTS)
    street = make.post(Role.STREET)
    handling.hand_on(case=case, post=worker, to_unit_id=street.unit_id, reason="归街道", at=make.later(minutes=20))
    application = handling.ask(
        case=fresh(case), post=street, kind=ApplicationKind.RETURN, reason="归社区", at=make.later(minutes=30)
    )
    application.case = fresh(case)
    return case, worker, application


def test_a_return_does_not_give_a_community_what_its_list_denies():
    case, worker, application = returned()
    listed(ELSE, mode=DutyMode.DENY)

    with pytest.raises(Refused, match="职责清单"):
        handling.grant(application=application, post=worker, to_unit_id=worker.unit_id, at=make.later(hours=1))

    assert fresh(case).owner.kind == "STREET"
    assert Application.objects.get().state == "ASKED"


def test_where_lists_warn_a_return_says_that_it_lies_outside_them():
    case, worker, application = returned()
    listed(ELSE, mode=DutyMode.WARN)

    handling.grant(application=application, post=worker, to_unit_id=worker.unit_id, at=make.later(hours=1))

    assert Event.objects.get(case=case, name="give_back").detail["outside_duty"] is True


@pytest.mark.parametrize("mode", [DutyMode.DENY, DutyMode.WARN])
def test_a_ruling_looks_at_the_duty_list_of_the_community_it_names(mode):
    case, _worker, unit = whistled()
    whistles.decline(called=call_of(case, unit), post=unit, reason="不是我们的", at=make.later(minutes=30))
    dispute = Dispute.objects.select_related("case", "called__whistle").get(case=case)
    make.area("540102001002", "冲赛康社区")
    other = make.unit("COMMUNITY", area_code="540102001002")
    listed(ELSE, mode=mode)
    named = {"post": make.post(Role.STREET), "outcome": NOT_ITS_OWN, "words": "归社区", "to_unit_id": other.pk}

    if mode is DutyMode.DENY:
        with pytest.raises(Refused, match="职责清单"):
            whistles.rule(dispute=dispute, at=make.later(hours=1), **named)
        assert not Called.objects.filter(case=case, unit=other).exists()
        return
    whistles.rule(dispute=dispute, at=make.later(hours=1), **named)

    assert Event.objects.get(case=case, name="rule").detail["outside_duty"] is True


@pytest.mark.parametrize("mode", [DutyMode.DENY, DutyMode.WARN])
def test_a_right_category_is_never_refused_but_said_to_lie_outside_the_owners_list(mode):
    case, worker = make.case_in_hand(category_code=LIGHTS)
    listed(LIGHTS, mode=mode)

    handling.correct(case=fresh(case), post=worker, category_code=ELSE, at=make.later(hours=1))

    assert Event.objects.get(case=case, name="correct").detail["outside_duty"] is True


# -- merges -------------------------------------------------------------------------------------------------------


def test_who_joins_just_before_a_merge_is_counted_with_it():
    case, worker = make.case_in_hand()
    into = make.case(text="另一件事情")
    stale = fresh(case)
    cases.join(case=fresh(case), received=make.received(text="我也看到了"), at=make.later(minutes=10))

    handling.merge(case=stale, into=fresh(into), post=worker, reason="同一件", at=make.later(hours=1))

    assert fresh(into).joined_count == 2


def test_a_merge_into_what_ended_meanwhile_says_who_was_first():
    case, worker = make.case_in_hand()
    into = make.case(text="另一件事情")
    stale = fresh(into)
    handling.refuse(case=fresh(into), post=worker, route="BEYOND_DUTY", reason="请找法院", at=make.later(minutes=10))

    with pytest.raises(Overtaken, match="不予受理"):
        handling.merge(case=fresh(case), into=stale, post=worker, reason="同一件", at=make.later(hours=1))

    assert fresh(case).state == "HANDLING"
