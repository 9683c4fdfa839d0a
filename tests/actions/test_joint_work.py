"""Several units on one case: counter-proposals, parts, sub-tasks, and a lead that waits for them."""

import pytest

from linli.case.chains import is_whole
from linli.case.models import Case, Event, Supervision
from linli.confirm import actions as confirms
from linli.handling import actions as handling
from linli.handling.models import Task
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.whistle import actions as whistles
from linli.whistle.models import Called
from linli.whistle.states import WhistleKind
from tests import make

pytestmark = pytest.mark.django_db


def whistled(kind=WhistleKind.SERVICE, message="请来看看"):
    """A case whistled to a lead and an assisting unit; the caller, the lead and the assistant."""
    case, worker = make.case_in_hand()
    lead = make.post(Role.DEPARTMENT, unit=make.department("城管局"))
    other = make.post(Role.DEPARTMENT, unit=make.department("供电公司"))
    whistles.blow(
        case=case,
        post=worker,
        kind=kind,
        unit_ids=[lead.unit_id, other.unit_id],
        lead_id=lead.unit_id,
        message=message,
        at=make.later(minutes=10),
    )
    return case, worker, lead, other


def call_of(case, post):
    return Called.objects.select_related("case", "whistle").get(case=case, unit=post.unit, ended_at__isnull=True)


def both_reported_in(**columns):
    case, worker, lead, other = whistled(**columns)
    for post in (lead, other):
        whistles.report_in(called=call_of(case, post), post=post, at=make.later(minutes=30))
    return case, worker, lead, other


def fresh(case):
    return Case.objects.get(pk=case.pk)


def names(case):
    return list(Event.objects.filter(case=case).order_by("sequence").values_list("name", flat=True))


def propose(case, post, *, at, due_at):
    return whistles.counter(called=call_of(case, post), post=post, reason="配件后天到", proposed_due_at=due_at, at=at)


# -- counter-proposals ----------------------------------------------------------------------------------------------


def test_an_accepted_proposal_is_a_report_in_with_a_due_time_of_its_own():
    case, worker, lead, _other = whistled()
    propose(case, lead, at=make.later(minutes=20), due_at=make.later(days=2))

    whistles.agree(called=call_of(case, lead), post=worker, at=make.later(hours=1))

    called = call_of(case, lead)
    assert (called.state, called.due_at, called.reported_in_at) == (
        "REPORTED_IN",
        make.later(days=2),
        make.later(minutes=20),
    )
    assert fresh(case).state == "HANDLING"
    assert names(case)[-2:] == ["counter", "agree"]


def test_a_proposal_turned_down_gives_the_unit_its_full_time_again():
    case, worker, lead, _other = whistled()
    first_due = call_of(case, lead).report_in_due_at
    propose(case, lead, at=make.later(minutes=20), due_at=make.later(days=2))

    whistles.turn_down(called=call_of(case, lead), post=worker, reason="居民等不了", at=make.later(hours=1))

    called = call_of(case, lead)
    assert (called.state, called.proposed_due_at) == ("CALLED", None)
    assert called.report_in_due_at > first_due
    assert called.due_at == called.report_in_due_at


def test_turning_down_needs_a_reason_and_writes_nothing_without():
    case, worker, lead, _other = whistled()
    propose(case, lead, at=make.later(minutes=20), due_at=make.later(days=2))

    with pytest.raises(Refused):
        whistles.turn_down(called=call_of(case, lead), post=worker, reason=" ", at=make.later(hours=1))

    assert call_of(case, lead).state == "COUNTERED"
    assert names(case)[-1] == "counter"


def test_the_unit_itself_cannot_accept_its_own_proposal():
    case, _worker, lead, _other = whistled()
    propose(case, lead, at=make.later(minutes=20), due_at=make.later(days=2))

    with pytest.raises(Refused):
        whistles.agree(called=call_of(case, lead), post=lead, at=make.later(hours=1))

    assert call_of(case, lead).state == "COUNTERED"


def test_a_proposal_whose_time_has_gone_by_cannot_be_accepted_any_more():
    case, worker, lead, _other = whistled()
    propose(case, lead, at=make.later(minutes=20), due_at=make.later(hours=2))

    with pytest.raises(Refused):
        whistles.agree(called=call_of(case, lead), post=worker, at=make.later(hours=3))

    assert call_of(case, lead).state == "COUNTERED"


def test_an_unanswered_proposal_climbs_against_the_caller_not_the_unit():
    case, worker, lead, other = whistled()
    propose(case, lead, at=make.later(minutes=20), due_at=make.later(days=9))
    whistles.report_in(called=call_of(case, other), post=other, at=make.later(minutes=30))

    whistles.supervise_called(at=make.later(days=3))

    climbed = set(Supervision.objects.filter(case=case).values_list("deadline", "unit_id"))
    assert climbed == {("ANSWER", worker.unit_id)}


def test_an_agreed_time_that_passes_climbs_against_the_unit():
    case, worker, lead, _other = whistled()
    propose(case, lead, at=make.later(minutes=20), due_at=make.later(days=2))
    whistles.agree(called=call_of(case, lead), post=worker, at=make.later(hours=1))

    whistles.supervise_called(at=make.later(days=2, minutes=1))

    levels = Supervision.objects.filter(case=case, deadline="PART", unit_id=lead.unit_id).values_list(
        "level", flat=True
    )
    assert sorted(levels) == [1, 2]


# -- kinds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["decline", "counter"])
def test_an_emergency_is_come_to_first_and_argued_after(answer):
    case, _worker, lead, _other = whistled(kind=WhistleKind.EMERGENCY)
    called = call_of(case, lead)
    said = {"called": called, "post": lead, "reason": "不是我们的", "at": make.later(minutes=15)}

    with pytest.raises(Refused):
        whistles.decline(**said) if answer == "decline" else propose(
            case, lead, at=make.later(minutes=15), due_at=make.later(days=1)
        )

    assert call_of(case, lead).state == "CALLED"
    assert names(case)[-1] == "blow"


@pytest.mark.parametrize(
    ("units", "lead_kind", "message"),
    [(1, "DEPARTMENT", "十点集合"), (2, "COMMUNITY", "十点集合"), (2, "DEPARTMENT", " ")],
)
def test_joint_enforcement_asks_for_two_units_a_body_with_powers_and_a_meeting(units, lead_kind, message):
    case, worker = make.case_in_hand()
    make.area("540102002001", "八廓社区")
    lead = make.department() if lead_kind == "DEPARTMENT" else make.unit("COMMUNITY", "540102002001")
    called = [lead, make.department("公安局")][:units]

    with pytest.raises(Refused):
        whistles.blow(
            case=case,
            post=worker,
            kind=WhistleKind.JOINT,
            unit_ids=[unit.pk for unit in called],
            lead_id=lead.pk,
            message=message,
            at=make.later(minutes=10),
        )

    assert not Called.objects.exists()
    assert names(case)[-1] == "take"


def test_a_health_station_is_called_and_leads():
    case, worker = make.case_in_hand()
    nurse = make.post(Role.HEALTH)
    whistles.blow(
        case=case,
        post=worker,
        kind=WhistleKind.SERVICE,
        unit_ids=[nurse.unit_id],
        lead_id=nurse.unit_id,
        message="",
        at=make.later(minutes=10),
    )

    whistles.report_in(called=call_of(case, nurse), post=nurse, at=make.later(minutes=30))
    handling.finish(case=fresh(case), post=nurse, result="已上门量血压并约好复诊", at=make.later(hours=2))

    assert fresh(case).state == "FINISHED"


# -- parts ----------------------------------------------------------------------------------------------------------


def test_the_lead_cannot_finish_while_an_assistant_is_open_unless_it_says_why():
    case, _worker, lead, other = both_reported_in()

    with pytest.raises(Refused) as refused:
        handling.finish(case=fresh(case), post=lead, result="好了", at=make.later(hours=3))

    assert "供电公司" in refused.value.sentence
    assert fresh(case).state == "HANDLING"
    handling.finish(case=fresh(case), post=lead, result="好了", despite="线路改由物业处理", at=make.later(hours=3))
    finish = Event.objects.get(case=case, name="finish")
    assert (finish.reason, finish.detail["left_open"]["units"]) == ("线路改由物业处理", [other.unit_id])


def test_an_assistant_reports_its_part_to_the_lead_who_may_then_finish():
    case, _worker, lead, other = both_reported_in()

    whistles.finish_part(called=call_of(case, other), post=other, words="线路已断电", at=make.later(hours=1))
    handling.finish(case=fresh(case), post=lead, result="好了", at=make.later(hours=3))

    assert set(Called.objects.filter(case=case).values_list("state", flat=True)) == {"FINISHED"}
    assert Event.objects.get(case=case, name="part").is_told is False


def test_a_part_is_sent_back_with_a_reason_and_is_open_again():
    case, _worker, lead, other = both_reported_in()
    whistles.finish_part(called=call_of(case, other), post=other, words="线路已断电", at=make.later(hours=1))

    whistles.return_part(called=call_of(case, other), post=lead, reason="还要恢复供电", at=make.later(hours=2))

    called = call_of(case, other)
    assert (called.state, called.part_done_at) == ("REPORTED_IN", None)


def test_the_lead_has_no_part_of_its_own_to_finish():
    case, _worker, lead, _other = both_reported_in()

    with pytest.raises(Refused):
        whistles.finish_part(called=call_of(case, lead), post=lead, words="好了", at=make.later(hours=1))

    assert call_of(case, lead).state == "REPORTED_IN"


def test_a_part_is_said_to_be_done_once():
    case, _worker, _lead, other = both_reported_in()
    stale = call_of(case, other)
    whistles.finish_part(called=call_of(case, other), post=other, words="线路已断电", at=make.later(hours=1))

    with pytest.raises(Overtaken):
        whistles.finish_part(called=stale, post=other, words="又一遍", at=make.later(hours=2))

    assert names(case).count("part") == 1


def test_sending_back_opens_every_part_again():
    case, _worker, lead, other = both_reported_in()
    whistles.finish_part(called=call_of(case, other), post=other, words="线路已断电", at=make.later(hours=1))
    handling.finish(case=fresh(case), post=lead, result="好了", at=make.later(hours=3))

    confirms.send_back(case=fresh(case), reason="还是不亮", at=make.later(hours=5))

    assert {call_of(case, post).state for post in (lead, other)} == {"REPORTED_IN"}


def test_a_unit_may_hand_back_after_reporting_in():
    case, _worker, lead, _other = both_reported_in()

    whistles.hand_back(called=call_of(case, lead), post=lead, reason="看过了，是物业的管线", at=make.later(hours=1))

    assert Called.objects.get(case=case, unit=lead.unit).state == "DECLINED"
    assert fresh(case).lead_id is None
    assert is_whole(fresh(case))


# -- sub-tasks ------------------------------------------------------------------------------------------------------


def given(case, lead, other, **columns):
    asked = {"unit_id": other.unit_id, "words": "断电检修", "due_at": make.later(hours=8), "at": make.later(hours=1)}
    return handling.give_task(case=fresh(case), post=lead, **(asked | columns))


def test_the_lead_gives_a_sub_task_with_its_own_limit_and_it_is_done():
    case, _worker, lead, other = both_reported_in()
    task = given(case, lead, other)

    handling.finish_task(task=task, post=other, result="已断电", at=make.later(hours=2))

    task.refresh_from_db()
    assert (task.state, task.done_at, task.result) == ("DONE", make.later(hours=2), "已断电")
    assert names(case)[-2:] == ["task", "task_done"]


def test_a_sub_task_goes_to_a_person_of_ones_own_unit():
    case, worker = make.case_in_hand()
    grid = make.post(Role.GRID, unit=worker.unit, area_code=make.GRID)
    task = handling.give_task(
        case=case,
        post=worker,
        unit_id=worker.unit_id,
        to_post_id=grid.pk,
        words="去看一眼",
        due_at=make.later(hours=4),
        at=make.later(hours=1),
    )

    handling.finish_task(task=task, post=grid, result="看过了", at=make.later(hours=2))

    assert Task.objects.get().state == "DONE"


@pytest.mark.parametrize("fault", ["stranger", "past", "empty", "other_unit_person"])
def test_a_sub_task_that_cannot_be_given_writes_nothing(fault):
    case, _worker, lead, other = both_reported_in()
    stranger = make.post(Role.DEPARTMENT, unit=make.department("林业局"))
    wrong = {
        "stranger": {"unit_id": stranger.unit_id},
        "past": {"due_at": make.later(minutes=5)},
        "empty": {"words": "  "},
        "other_unit_person": {"to_post_id": stranger.pk},
    }[fault]

    with pytest.raises(Refused):
        given(case, lead, other, **wrong)

    assert not Task.objects.exists()
    assert "task" not in names(case)


def test_an_assistant_cannot_give_sub_tasks():
    case, _worker, lead, other = both_reported_in()

    with pytest.raises(Refused):
        given(case, other, lead)

    assert not Task.objects.exists()


def test_a_sub_task_sent_back_is_to_do_again_by_a_new_time():
    case, _worker, lead, other = both_reported_in()
    task = given(case, lead, other)
    handling.finish_task(task=task, post=other, result="已断电", at=make.later(hours=2))

    handling.return_task(task=task, post=lead, reason="没断干净", due_at=make.later(hours=12), at=make.later(hours=3))

    task.refresh_from_db()
    assert (task.state, task.due_at, task.returned_count) == ("GIVEN", make.later(hours=12), 1)


def test_an_overdue_sub_task_climbs_the_ladder_by_the_clock_once():
    case, _worker, lead, other = both_reported_in()
    task = given(case, lead, other)

    handling.supervise_tasks(at=make.later(hours=9))
    handling.supervise_tasks(at=make.later(hours=9))

    climbed = Supervision.objects.filter(case=case, deadline="TASK", called_id=task.pk)
    assert sorted(climbed.values_list("level", flat=True)) == [1, 2]
    assert set(climbed.values_list("unit_id", flat=True)) == {other.unit_id}


def test_a_sub_task_done_clears_its_supervision():
    case, _worker, lead, other = both_reported_in()
    task = given(case, lead, other)
    handling.supervise_tasks(at=make.later(hours=9))
    task = Task.objects.select_related("case").get()

    handling.finish_task(task=task, post=other, result="已断电", at=make.later(hours=10))

    assert not Supervision.objects.filter(case=case, deadline="TASK", cleared_at__isnull=True).exists()


def test_a_lead_waits_for_its_sub_tasks_and_what_it_does_not_wait_for_is_dropped():
    case, worker = make.case_in_hand()
    handling.give_task(
        case=case,
        post=worker,
        unit_id=worker.unit_id,
        words="量尺寸",
        due_at=make.later(hours=4),
        at=make.later(hours=1),
    )

    with pytest.raises(Refused):
        handling.finish(case=fresh(case), post=worker, result="好了", at=make.later(hours=2))
    handling.finish(case=fresh(case), post=worker, result="好了", despite="用不着了", at=make.later(hours=2))

    assert Task.objects.get().state == "DROPPED"


def test_a_case_withdrawn_lets_calls_and_sub_tasks_go():
    case, _worker, lead, other = both_reported_in()
    given(case, lead, other)

    confirms.withdraw(case=fresh(case), reason="自己修好了", at=make.later(hours=2))

    assert Task.objects.get().state == "DROPPED"
    assert not Called.objects.filter(case=case, ended_at__isnull=True).exists()


def test_a_case_taken_over_by_a_new_lead_still_waits_for_the_former_one():
    case, worker, lead, other = both_reported_in()
    third = make.post(Role.DEPARTMENT, unit=make.department("住建局"))
    whistles.finish_part(called=call_of(case, other), post=other, words="已断电", at=make.later(hours=1))

    whistles.blow(
        case=fresh(case),
        post=worker,
        kind=WhistleKind.SERVICE,
        unit_ids=[third.unit_id],
        lead_id=third.unit_id,
        message="",
        at=make.later(hours=2),
    )

    with pytest.raises(Refused) as refused:
        handling.finish(case=fresh(case), post=third, result="好了", at=make.later(hours=3))
    assert "城管局" in refused.value.sentence
    assert call_of(case, lead).is_lead is False
