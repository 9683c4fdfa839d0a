"""What a case was given by the clock stays given: by a return, a correction, a split, days that arrive (时限不丢)."""

from datetime import timedelta

import pytest

from linli.case import actions as cases
from linli.case.actions.splitting import Part
from linli.case.deadlines import table_named
from linli.case.models import Case, Event, Pause, Supervision
from linli.case.rules import Deadline
from linli.confirm import actions as confirms
from linli.handling import actions as handling
from linli.handling.models import Application
from linli.handling.rules import ApplicationKind
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.shared.urgency import Urgency
from linli.whistle import actions as whistles
from linli.whistle.models import Called
from linli.whistle.states import WhistleKind
from tests import make
from tests.actions.test_limits import LIGHT, STAIRS, brought, row

pytestmark = pytest.mark.django_db
RETURN, SUSPENSION = ApplicationKind.RETURN, ApplicationKind.SUSPENSION
FAR = "kind,from,to,name\noff,2027-08-01,2027-08-07,雪顿节\n".encode()
FESTIVAL = "kind,from,to,name\noff,2026-11-24,2026-11-25,演练节\n".encode()


def in_hand(**columns):
    case, worker = make.case_in_hand(category_code=LIGHT, contact=make.contact(), **columns)
    return case, worker, make.post(Role.STREET)


def asked(case, post, kind, **more):
    return handling.ask(case=case, post=post, kind=kind, reason="等配件", at=make.later(hours=1), **more)


def both_asked():
    case, worker, street = in_hand()
    back = asked(case, worker, RETURN)
    pause = asked(case, worker, SUSPENSION, until=make.later(days=30))
    return case, back, pause, street


def blown(case, worker, *units, at=None):
    whistles.blow(
        case=case, post=worker, kind=WhistleKind.SERVICE, unit_ids=[unit.pk for unit in units], lead_id=units[0].pk,
        message="", at=at or make.later(minutes=10),
    )  # fmt: skip
    return list(Called.objects.select_related("case", "whistle").filter(case=case).order_by("pk"))


def days_arrive(content=FESTIVAL, at=None):
    at = at or make.later(hours=8)
    cases.bring_days(file_name="a.csv", content=content, at=at)
    return confirms.recount_due(at=at + timedelta(minutes=1))


def test_a_return_granted_while_suspended_ends_the_suspension_and_the_clock_runs():
    case, back, pause, street = both_asked()
    handling.grant(application=pause, post=street, at=make.later(hours=2))
    back.refresh_from_db()

    handling.grant(application=back, post=street, at=make.later(hours=5))

    case.refresh_from_db()
    assert (case.state, case.owner_id, case.suspended_until) == ("DISPATCHED", street.unit_id, None)
    assert Pause.objects.get().resumed_at == make.later(hours=5)
    assert case.due_at < make.later(days=10)
    assert case.next_supervision_at == make.later(hours=5)
    assert handling.resume_due(at=make.later(days=31)) == 0


def test_a_suspension_asked_beside_a_return_that_was_granted_is_nobodys_any_more():
    case, back, pause, street = both_asked()
    handling.grant(application=back, post=street, at=make.later(hours=2))
    pause.refresh_from_db()

    with pytest.raises(Overtaken):
        handling.grant(application=pause, post=street, at=make.later(hours=3))

    case.refresh_from_db()
    assert (case.state, case.suspended_until) == ("DISPATCHED", None)
    assert Application.objects.get(kind="SUSPENSION").state == "LAPSED"


def test_a_return_granted_beside_standing_calls_leaves_them_with_their_time():
    case, worker, street = in_hand()
    back = asked(case, worker, RETURN)
    unit, assisting = make.department(), make.department("供电所")
    lead, other = blown(case, worker, unit, assisting)
    whistles.report_in(called=lead, post=make.post(Role.DEPARTMENT, unit=unit), at=make.later(minutes=20))
    back.case.refresh_from_db()

    handling.grant(application=back, post=street, at=make.later(hours=2))

    case.refresh_from_db()
    assert (case.owner_id, case.lead_id) == (street.unit_id, unit.pk)
    assert Called.objects.get(pk=lead.pk).due_at == case.due_at
    assert Called.objects.get(pk=other.pk).due_at == other.due_at


def test_days_that_arrive_leave_the_contact_time_as_it_was_when_the_category_is_corrected():
    brought(row(deadline="联系居民", category=LIGHT[:2], limit="24个紧急工作时"))
    case, worker, _street = in_hand(at=make.later(hours=1))
    contact_due_at = case.contact_due_at

    handling.correct(case=case, post=worker, category_code="0301", at=make.later(hours=2))
    days_arrive(FAR)

    case.refresh_from_db()
    assert case.contact_due_at == contact_due_at == make.later(hours=25)
    assert not Event.objects.filter(case=case, name="recount").exists()


CONTACT = (
    row(deadline="联系居民", category=LIGHT, limit="48个紧急工作时"),
    row(deadline="联系居民", category=LIGHT, condition="楼梯、看不见", limit="2个紧急工作时"),
)


def test_days_that_arrive_leave_a_contact_time_that_the_words_decided():
    brought(*CONTACT)
    case, _worker, _street = in_hand(at=make.later(hours=1))
    contact_due_at = case.contact_due_at

    days_arrive(FAR)

    case.refresh_from_db()
    assert case.contact_due_at == contact_due_at == make.later(hours=3)


def part_of(case, worker, at):
    [part] = cases.split(
        case=case, post=worker, parts=[Part("修门禁", "0103", make.unit("STREET").pk)], reason="两件事", at=at
    )
    return part


def test_a_part_is_to_be_signed_for_from_the_split_on():
    case, worker, _street = in_hand()
    handling.speak(case=case, post=worker, words="约好了", at=make.later(hours=1))
    case.refresh_from_db()
    at = make.later(hours=60)
    part = part_of(case, worker, at)
    dispatch_due_at = part.dispatch_due_at

    cases.supervise(at=at + timedelta(minutes=1))
    days_arrive(FAR, at=at + timedelta(minutes=2))

    part.refresh_from_db()
    assert part.dispatch_due_at == dispatch_due_at > at
    assert not Supervision.objects.filter(case=part, deadline="DISPATCH").exists()
    cases.supervise(at=dispatch_due_at + timedelta(minutes=1))
    assert set(Supervision.objects.filter(case=part, deadline="DISPATCH").values_list("level", flat=True)) == {1, 2}


def test_an_extension_of_the_whole_is_not_one_of_its_parts():
    case, worker, street = in_hand()
    handling.grant(application=asked(case, worker, ApplicationKind.EXTENSION), post=street, at=make.later(hours=2))

    part = part_of(Case.objects.get(pk=case.pk), worker, make.later(hours=3))

    assert part.due_at < Case.objects.get(pk=case.pk).due_at
    assert not part.extensions.exists()


def test_a_condition_chosen_by_hand_stays_when_only_the_urgency_is_corrected():
    brought(*STAIRS)
    case, worker, _street = in_hand(at=make.later(hours=1))
    dark = next(line for line in table_named(case.limit_version).choices(Deadline.FINISH, LIGHT) if line.condition)
    handling.fit(case=case, post=worker, line=dark.number, reason="现场看是楼梯间", at=make.later(hours=2))

    handling.correct(case=case, post=worker, urgency=Urgency.COMPLEX, at=make.later(hours=3))

    case.refresh_from_db()
    assert (case.limit_rule, case.limit_words, case.due_at) == (dark.rule, "4 urgent hours", make.later(hours=5))


def test_an_exemption_stays_with_a_case_that_is_sent_back():
    case, worker, street = in_hand()
    handling.grant(
        application=asked(case, worker, ApplicationKind.EXEMPTION), post=street, at=make.later(hours=2)
    )  # fmt: skip
    case.refresh_from_db()
    handling.finish(case=case, post=worker, result="修好了", at=make.later(days=9))

    confirms.send_back(case=case, reason="又坏了", at=make.later(days=10))

    case.refresh_from_db()
    assert (case.exempted_at, case.reopened_count) == (make.later(hours=2), 1)
    with pytest.raises(Refused):
        asked(case, worker, ApplicationKind.EXEMPTION)
