"""Whom a step concerns besides those at work: who judges, who need not come any more, who is named, who joined."""

import pytest

from linli.case import actions as cases
from linli.case import queries as case_queries
from linli.case.actions import Part
from linli.case.models import Case, Supervision
from linli.confirm import actions as confirms
from linli.handling import actions as handling
from linli.handling.models import Task
from linli.notice import actions as notices
from linli.notice import queries
from linli.notice.models import Choice, FreshEvent, Notice
from linli.shared.roles import Role
from linli.whistle import actions as whistles
from linli.whistle.models import Dispute
from linli.whistle.states import RulingOutcome, WhistleKind
from tests import make, make_notice

pytestmark = pytest.mark.django_db


def fresh(case):
    return Case.objects.select_related("first_appeal", "merged_into").get(pk=case.pk)


def blown(*, assistants=1):
    """A case with its worker, a lead that was called and assistants beside it; what was told so far is forgotten."""
    case, worker = make.case_in_hand()
    units = [make.department() for _each in range(1 + assistants)]
    whistles.blow(
        case=case, post=worker, kind=WhistleKind.SERVICE, unit_ids=[unit.pk for unit in units], lead_id=units[0].pk,
        message="", at=make.later(minutes=10),
    )  # fmt: skip
    FreshEvent.objects.all().delete()
    return fresh(case), worker, units


def told():
    """Return kind and recipient of all that the fresh steps lead to."""
    notices.derive(at=make.later(days=1))
    return {(row.kind, row.recipient) for row in Notice.objects.all()}


def called(case, unit):
    return case.called.select_related("case", "whistle").get(unit=unit, ended_at__isnull=True)


@pytest.mark.parametrize("has_come", [False, True])
def test_a_unit_that_says_not_ours_is_told_to_the_caller_and_to_the_desk_that_rules(has_come):
    case, worker, (lead, _other) = blown()
    post = make.post(Role.DEPARTMENT, unit=lead)
    if has_come:
        whistles.report_in(called=called(case, lead), post=post, at=make.later(minutes=20))
    said = whistles.hand_back if has_come else whistles.decline
    said(called=called(fresh(case), lead), post=post, reason="不是我们的", at=make.later(minutes=30))

    judge = Dispute.objects.get().judge_id

    assert {("unit_declined", f"unit:{worker.unit_id}"), ("asked_to_rule", f"unit:{judge}")} <= told()


def test_a_review_is_told_to_the_district():
    case, _worker, (lead, _other) = blown()
    post = make.post(Role.DEPARTMENT, unit=lead)
    whistles.decline(called=called(case, lead), post=post, reason="不是我们的", at=make.later(minutes=20))
    street = make.post(Role.STREET)
    whistles.rule(
        dispute=Dispute.objects.select_related("case", "called__whistle").get(), post=street,
        outcome=RulingOutcome.ITS_OWN, words="职责清单第三条", at=make.later(minutes=30),
    )  # fmt: skip
    FreshEvent.objects.all().delete()
    dispute = Dispute.objects.select_related("case", "called__whistle").get()
    whistles.ask_review(dispute=dispute, post=post, reason="表后线不归我们", at=make.later(minutes=40))

    assert told() == {("asked_to_rule", f"unit:{make.unit('DISTRICT').pk}")}


def test_a_released_unit_hears_that_it_need_not_come():
    case, worker, (_lead, other) = blown()
    whistles.release(called=called(case, other), post=worker, reason="灯亮了", at=make.later(minutes=20))

    assert told() == {("not_needed", f"unit:{other.pk}")}


def test_a_withdrawn_case_is_told_to_those_at_work_and_to_whom_it_had_called():
    case, worker, (lead, other) = blown()
    confirms.withdraw(case=case, reason="自己好了", at=make.later(minutes=20))

    assert told() == {
        ("withdrawn", f"unit:{worker.unit_id}"),
        ("withdrawn", f"unit:{lead.pk}"),
        ("not_needed", f"unit:{other.pk}"),
    }


def test_the_units_called_to_a_merged_case_hear_that_they_need_not_come():
    case, worker, (lead, other) = blown()
    into = make.case(text="同一盏灯")
    FreshEvent.objects.all().delete()
    handling.merge(case=case, into=into, post=worker, reason="同一件事", at=make.later(minutes=20))

    assert told() == {("not_needed", f"unit:{lead.pk}"), ("not_needed", f"unit:{other.pk}")}


def test_whoever_had_not_come_yet_hears_that_it_is_done():
    case, worker, (lead, other) = blown()
    handling.finish(case=case, post=worker, result="好了", despite="-", at=make.later(minutes=20))

    assert {kind for kind, who in told() if who in {f"unit:{lead.pk}", f"unit:{other.pk}"}} == {"not_needed"}


def test_a_unit_whose_sub_task_is_dropped_is_told():
    case, worker, (_lead, other) = blown()
    whistles.report_in(
        called=called(case, other), post=make.post(Role.DEPARTMENT, unit=other), at=make.later(minutes=15)
    )
    handling.give_task(
        case=fresh(case), post=worker, unit_id=other.pk, to_post_id=None, words="拉闸", due_at=make.later(days=1),
        at=make.later(minutes=20),
    )  # fmt: skip
    FreshEvent.objects.all().delete()
    task = Task.objects.select_related("case").get()
    handling.drop_task(task=task, post=worker, reason="不用了", at=make.later(minutes=30))

    assert told() == {("task_dropped", f"unit:{other.pk}")}


def test_a_merge_taken_back_is_told_to_the_owner_and_to_the_reporters():
    make_notice.gateway("https://sms.example/send")
    case, worker = make.case_in_hand()
    repeat = make.case(text="又黑了", contact=make.contact(), area_code=make.COMMUNITY)
    handling.merge(case=repeat, into=case, post=worker, reason="同一盏灯", at=make.later(minutes=20))
    FreshEvent.objects.all().delete()
    street = make.post(Role.STREET)
    cases.unmerge(case=fresh(repeat), post=street, reason="不是同一栋楼", at=make.later(hours=1))

    contact = f"contact:{fresh(repeat).first_appeal.contact_id}"

    assert told() == {("handed_on", f"unit:{repeat.owner_id}"), ("resident_parted", contact)}


def test_who_had_joined_a_case_hears_that_it_is_split():
    make_notice.gateway("https://sms.example/send")
    case, worker = make.case_in_hand(contact=make.contact())
    joined = cases.join(
        case=case, received=make.received(text="我也看到了", contact=make.contact(phone="13900000002")),
        at=make.later(minutes=10),
    )  # fmt: skip
    FreshEvent.objects.all().delete()
    part = Part("修三楼的灯", "0104", make.department().pk)
    cases.split(case=fresh(case), post=worker, parts=[part], reason="两件事", at=make.later(hours=1))

    heard = {(kind, who) for kind, who in told() if kind == "resident_split"}

    assert len(heard) == 1
    assert heard != {("resident_split", f"contact:{fresh(case).first_appeal.contact_id}")}
    assert joined is not None


def test_a_colleague_who_is_named_hears_of_it_alone_and_so_does_whoever_was_named_before():
    case, worker = make.case_in_hand()
    first, second = (make.post(Role.COMMUNITY) for _each in range(2))
    cases.assign(case=fresh(case), post=worker, to_post_id=first.pk, at=make.later(minutes=20))
    cases.assign(case=fresh(case), post=worker, to_post_id=second.pk, at=make.later(minutes=30))
    FreshEvent.objects.filter(at__lt=make.later(minutes=10)).delete()

    assert told() == {
        ("assigned", f"post:{first.pk}"),
        ("assigned", f"post:{second.pk}"),
        ("unassigned", f"post:{first.pk}"),
    }
    assert [queries.unread_count(post) for post in (worker, first, second)] == [0, 2, 1]


def test_who_names_themselves_is_told_nothing():
    case, worker = make.case_in_hand()
    FreshEvent.objects.all().delete()
    cases.assign(case=fresh(case), post=worker, to_post_id=worker.pk, at=make.later(minutes=20))

    assert told() == set()


def test_a_naming_goes_out_to_that_colleague_only_and_into_no_chat():
    make_notice.gateway("https://sms.example/send")
    case, worker = make.case_in_hand()
    make_notice.gateway("https://qyapi.weixin.qq.com/x", "WECOM", unit_id=worker.unit_id)
    colleagues = [make.post(Role.COMMUNITY, account=make.account(phone="13900000003")) for _each in range(2)]
    for post in colleagues:
        Choice.objects.create(post_id=post.pk, group="WORK", channel="SMS", is_wanted=True)
    FreshEvent.objects.all().delete()
    cases.assign(case=fresh(case), post=worker, to_post_id=colleagues[0].pk, at=make.later(minutes=20))

    notices.derive(at=make.later(days=1))

    assert set(Notice.objects.values_list("recipient", "channel")) == {
        (f"post:{colleagues[0].pk}", "IN_APP"),
        (f"post:{colleagues[0].pk}", "SMS"),
    }


def test_a_reminder_by_hand_reaches_the_unit_that_leads():
    case, worker, (lead, _other) = blown()
    cases.supervise_by_hand(case=case, post=make.post(Role.STREET), level=2, words="今天", at=make.later(minutes=20))

    card = Supervision.objects.get()

    assert told() == {("supervised", f"unit:{lead.pk}"), ("supervised", f"unit:{worker.unit_id}")}
    assert card.unit_id == lead.pk
    for unit in (lead, case.owner):
        assert list(case_queries.supervised(make.post(Role.DEPARTMENT, unit=unit))) == [card]
