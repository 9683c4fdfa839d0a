"""What hangs on a case stands still with it, and is reckoned anew with it: calls, sub-tasks, rulings, call-backs."""

from datetime import timedelta

import pytest

from linli.case.models import Case, Event, Supervision
from linli.confirm import actions as confirms
from linli.confirm.models import CallBack
from linli.handling import actions as handling
from linli.handling.models import Application, Task
from linli.handling.rules import ApplicationKind
from linli.shared.roles import Role
from linli.shared.urgency import Urgency
from linli.web.casepage.story import steps_of
from linli.whistle import actions as whistles
from linli.whistle.models import Called, Dispute
from tests import make
from tests.actions.test_clocks_kept import FESTIVAL, asked, blown, days_arrive, in_hand

pytestmark = pytest.mark.django_db
SUSPENSION, EXEMPTION = ApplicationKind.SUSPENSION, ApplicationKind.EXEMPTION
SINCE, UNTIL, NEXT_WEEK = make.later(hours=2), make.later(days=30), make.later(days=9)


def now(called):
    return Called.objects.select_related("case", "whistle").get(pk=called.pk)


def called_to(case, worker, *, at=None):
    unit = make.department()
    called = blown(case, worker, unit, at=at)[-1]
    return called, make.post(Role.DEPARTMENT, unit=unit)


def suspend(case, worker, street):
    application = asked(Case.objects.get(pk=case.pk), worker, SUSPENSION, until=UNTIL)
    handling.grant(application=application, post=street, at=SINCE)


def in_work():
    """A case in the hands of a lead that has come, which alone may be suspended, with an assistant still silent."""
    case, worker, street = in_hand()
    lead, silent = make.department("牵头局"), make.department("协办局")
    first, second = blown(case, worker, lead, silent, at=make.later(minutes=30))
    whistles.report_in(called=first, post=make.post(Role.DEPARTMENT, unit=lead), at=make.later(minutes=40))
    return Case.objects.get(pk=case.pk), worker, street, now(second)


def levels(case, deadline):
    return list(Supervision.objects.filter(case=case, deadline=deadline).values_list("level", flat=True))


def test_a_unit_that_has_not_answered_is_left_alone_while_the_case_is_suspended():
    case, worker, street, silent = in_work()
    left = silent.report_in_due_at - SINCE

    suspend(case, worker, street)
    whistles.supervise_called(at=make.later(days=29))

    assert levels(case, "REPORT_IN") == []
    assert now(silent).due_at > UNTIL
    handling.resume(case=Case.objects.get(pk=case.pk), post=worker, at=make.later(days=1, hours=2))
    assert now(silent).report_in_due_at == make.later(days=1, hours=2) + left
    whistles.supervise_called(at=make.later(days=1, hours=2) + left)
    assert levels(case, "REPORT_IN") == [1, 2]


def test_a_suspension_that_ends_by_itself_leaves_every_call_what_it_had_left():
    case, worker, street, silent = in_work()
    suspend(case, worker, street)
    due_at = now(silent).due_at

    handling.resume_due(at=UNTIL + timedelta(minutes=1))

    assert now(silent).due_at == due_at > UNTIL
    assert now(silent).next_supervision_at is not None


def test_an_agreed_time_and_a_sub_task_stand_still_and_what_is_given_meanwhile_does_not():
    case, worker, street, silent = in_work()
    post = make.post(Role.DEPARTMENT, unit=silent.unit)
    whistles.counter(
        called=silent, post=post, reason="人手不够", proposed_due_at=make.later(hours=20), at=make.later(minutes=50)
    )
    whistles.agree(called=now(silent), post=worker, at=make.later(minutes=55))
    before, during = (
        {"case": Case.objects.get(pk=case.pk), "post": worker, "unit_id": worker.unit_id, "words": words}
        for words in ("量尺寸", "催材料")
    )
    handling.give_task(due_at=make.later(hours=10), at=make.later(minutes=58), **before)

    suspend(case, worker, street)
    during["case"].refresh_from_db()
    handling.give_task(due_at=make.later(hours=30), at=make.later(hours=3), **during)
    handling.resume(case=Case.objects.get(pk=case.pk), post=worker, at=make.later(hours=26))

    still = timedelta(hours=24)
    assert now(silent).due_at == make.later(hours=20) + still
    assert list(Task.objects.order_by("pk").values_list("due_at", flat=True)) == [
        make.later(hours=10) + still,
        make.later(hours=30),
    ]
    handling.supervise_tasks(at=make.later(hours=31))
    whistles.supervise_called(at=make.later(hours=31))
    assert set(Supervision.objects.filter(deadline="TASK").values_list("called_id", flat=True)) == {
        Task.objects.get(words="催材料").pk
    }
    assert levels(case, "PART") == []


def test_a_ruling_is_not_late_while_the_case_is_suspended():
    case, worker, street, silent = in_work()
    whistles.decline(
        called=silent, post=make.post(Role.DEPARTMENT, unit=silent.unit), reason="不是我们的", at=make.later(minutes=50)
    )

    suspend(case, worker, street)
    whistles.supervise_disputes(at=make.later(days=29))

    assert levels(case, "RULING") == []
    assert Dispute.objects.get().due_at > UNTIL


def test_days_that_arrive_leave_a_unit_the_time_it_was_given_anew():
    case, worker, _street = in_hand()
    called, post = called_to(case, worker)
    whistles.counter(
        called=called, post=post, reason="没有人", proposed_due_at=make.later(days=9), at=make.later(minutes=20)
    )
    whistles.turn_down(called=now(called), post=worker, reason="等不了", at=make.later(hours=6))
    due_at = now(called).report_in_due_at

    days_arrive(FESTIVAL)

    assert due_at > make.later(hours=20)
    assert now(called).report_in_due_at == now(called).due_at == due_at + timedelta(days=2)


def test_days_that_arrive_leave_a_call_its_limit_when_the_urgency_is_corrected():
    case, worker, _street = in_hand()
    called, _post = called_to(case, worker, at=make.later(hours=7))
    due_at = called.due_at
    handling.correct(case=Case.objects.get(pk=case.pk), post=worker, urgency=Urgency.URGENT, at=make.later(hours=7))

    days_arrive(FESTIVAL)

    assert now(called).due_at == due_at + timedelta(days=2)


def test_a_unit_given_its_time_anew_climbs_the_ladder_anew():
    case, worker, _street = in_hand()
    called, post = called_to(case, worker)
    whistles.supervise_called(at=called.due_at)
    whistles.counter(
        called=now(called), post=post, reason="没有人", proposed_due_at=make.later(days=9), at=called.due_at
    )
    whistles.turn_down(called=now(called), post=worker, reason="等不了", at=called.due_at + timedelta(minutes=5))

    whistles.supervise_called(at=now(called).due_at)

    assert levels(case, "REPORT_IN") == [1, 2, 1, 2]


def test_days_that_arrive_move_what_hangs_on_a_case_and_the_story_keeps_the_old_times():
    case, worker, _street = in_hand()
    called, _post = called_to(case, worker, at=make.later(hours=7))
    other, post = called_to(Case.objects.get(pk=case.pk), worker, at=make.later(hours=7))
    whistles.decline(called=now(other), post=post, reason="不是我们的", at=make.later(hours=7, minutes=10))
    dispute, before = Dispute.objects.get(), now(called).due_at

    days_arrive(FESTIVAL)

    event = Event.objects.get(name="recount")
    assert now(called).due_at == before + timedelta(days=2)
    assert Dispute.objects.get().due_at > dispute.due_at
    assert [(one["what"], one["unit"], one["before"]) for one in event.detail["moved"]] == [
        ("REPORT_IN", called.unit_id, before.isoformat()),
        ("RULING", dispute.judge_id, dispute.due_at.isoformat()),
    ]
    told = next(
        step for step in steps_of(Case.objects.get(), list(Event.objects.order_by("pk"))) if step.name == "recount"
    )
    assert told.text.count("→") == 3
    assert called.unit.name in told.text


def test_days_that_arrive_move_the_call_back_with_the_time_to_confirm():
    case, worker, _street = in_hand()
    handling.finish(case=case, post=worker, result="修好了", at=make.later(hours=3))
    confirms.ask_finished(at=make.later(hours=4))
    before = CallBack.objects.get().due_at

    days_arrive("kind,from,to,name\noff,2026-11-24,2026-11-27,演练节\n".encode())

    case, call_back = Case.objects.get(), CallBack.objects.get()
    assert call_back.due_at == case.confirm_due_at != before
    assert Event.objects.get(name="recount").detail["moved"][0]["before"] == before.isoformat()


def test_days_that_arrive_move_the_time_to_object_also_when_the_case_is_over():
    case, worker, street = in_hand()
    application = asked(case, worker, EXEMPTION)
    handling.deny(application=application, post=street, reason="可以办", at=make.later(hours=2))
    confirms.withdraw(case=Case.objects.get(pk=case.pk), reason="", at=make.later(hours=3))
    before = Application.objects.get().object_due_at

    assert days_arrive("kind,from,to,name\noff,2026-11-24,2026-11-27,演练节\n".encode()) == 1

    assert Application.objects.get().object_due_at > before
    assert Event.objects.get(name="recount").detail["moved"][0]["what"] == "OBJECTION"


def test_an_agreed_time_ends_with_its_round_and_then_the_time_of_the_case_holds():
    case, worker, _street, silent = in_work()
    post = make.post(Role.DEPARTMENT, unit=silent.unit)
    whistles.counter(
        called=silent, post=post, reason="人手不够", proposed_due_at=make.later(hours=20), at=make.later(minutes=50)
    )
    whistles.agree(called=now(silent), post=worker, at=make.later(minutes=55))
    case.refresh_from_db()
    handling.finish(case=case, post=worker, result="好了", despite="不等", at=make.later(hours=2))

    confirms.send_back(case=case, reason="没好", at=make.later(hours=30))
    handling.correct(case=case, post=worker, category_code="0101", at=make.later(hours=31))

    assert (now(silent).state, now(silent).proposed_due_at) == ("REPORTED_IN", None)
    assert now(silent).due_at == case.due_at
