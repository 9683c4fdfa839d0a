"""Extension, suspension, return, exemption, objection: who may ask, who rules, what the clock does."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from linli.case import actions as cases
from linli.case import queries as case_queries
from linli.case.models import Case, Event, Extension, Pause, Supervision
from linli.handling import actions as handling
from linli.handling import queries as handled
from linli.handling.models import Application
from linli.handling.rules import ApplicationKind
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.whistle import actions as whistles
from linli.whistle.models import Called
from linli.whistle.states import WhistleKind
from tests import make

pytestmark = pytest.mark.django_db
EXTENSION, SUSPENSION = ApplicationKind.EXTENSION, ApplicationKind.SUSPENSION
RETURN, EXEMPTION = ApplicationKind.RETURN, ApplicationKind.EXEMPTION
H = {"hours": 1}


def in_hand():
    """A stairwell light in its community's hands (3 working days), with the community's, street's, district's posts."""
    case, worker = make.case_in_hand(category_code="0104", contact=make.contact())
    return case, worker, make.post(Role.STREET), make.post(Role.DISTRICT)


def asked(case, post, kind=EXTENSION, at=None, **more):
    return handling.ask(case=case, post=post, kind=kind, reason="等配件", at=at or make.later(**H), **more)


def suspended(until=30):
    case, worker, street, district = in_hand()
    application = asked(case, worker, SUSPENSION, until=make.later(days=until))
    handling.grant(application=application, post=street, at=make.later(hours=2))
    return case, worker, street, district


def test_an_extension_adds_the_limit_once_more_and_the_resident_is_told():
    case, worker, street, _district = in_hand()
    due_at = case.due_at

    handling.grant(application=asked(case, worker), post=street, at=make.later(hours=2), words="配件周五到")

    event = Event.objects.get(case=case, name="extend")
    assert due_at == make.later(days=3)
    assert case.due_at == make.later(days=8)  # three working days on, over a weekend
    assert (event.is_told, event.detail["words"], event.detail["due_at_before"]) == (
        True,
        "配件周五到",
        due_at.isoformat(),
    )
    assert Application.objects.get().state == "GRANTED"


def test_a_lead_asks_the_owner_and_the_owner_asks_the_desk_above():
    case, worker, street, _district = in_hand()
    department = make.department()
    answerer = make.post(Role.DEPARTMENT, unit=department)
    whistles.blow(
        case=case, post=worker, kind=WhistleKind.SERVICE, unit_ids=[department.pk], lead_id=department.pk, message="",
        at=make.later(minutes=10),
    )  # fmt: skip
    whistles.report_in(
        called=Called.objects.select_related("case", "whistle").get(), post=answerer, at=make.later(minutes=20)
    )
    case.refresh_from_db()

    by_lead = asked(case, answerer)
    handling.grant(application=by_lead, post=worker, at=make.later(hours=2))
    by_owner = asked(case, worker, at=make.later(hours=3))

    assert (by_lead.decider_id, by_owner.decider_id) == (worker.unit_id, street.unit_id)
    assert Called.objects.get().due_at == case.due_at


def test_no_more_than_two_extensions_and_none_after_the_limit():
    case, worker, street, _district = in_hand()
    for hours in (1, 3):
        handling.grant(application=asked(case, worker, at=make.later(hours=hours)), post=street, at=make.later(hours=4))

    with pytest.raises(Refused):
        asked(case, worker, at=make.later(hours=5))
    other, other_worker = make.case_in_hand(category_code="0104")
    with pytest.raises(Refused):
        asked(other, other_worker, at=make.later(days=5))

    assert Extension.objects.filter(case=case).count() == 2
    assert not Application.objects.filter(case=other).exists()


def test_one_extension_is_at_most_ten_working_days():
    case, worker = make.case_in_hand(category_code="1002")
    street = make.post(Role.STREET)
    assert case.limit_words == "15 natural days"

    handling.grant(application=asked(case, worker), post=street, at=make.later(hours=2))

    assert Extension.objects.get().limit_words == "10 working days"


def test_a_suspension_stops_the_clock_and_ends_by_itself():
    case, _worker, _street, _district = suspended(until=30)
    used = case_queries.clock_of(case, at=make.later(hours=2)).elapsed

    assert case_queries.clock_of(case, at=make.later(days=29)).elapsed == used
    assert cases.supervise(at=make.later(days=29)) >= 0
    assert not Supervision.objects.filter(case=case, deadline="FINISH").exists()
    handling.resume_due(at=make.later(days=30, minutes=5))

    case.refresh_from_db()
    pause = Pause.objects.get()
    assert (case.suspended_until, pause.resumed_at) == (None, make.later(days=30))
    assert case_queries.clock_of(case, at=make.later(days=30)).elapsed == used
    assert Event.objects.filter(case=case, name="resume", is_told=True).count() == 1


def test_a_suspension_resumed_early_gives_no_more_than_it_took():
    case, worker, _street, _district = suspended(until=300)

    handling.resume(case=case, post=worker, at=make.later(days=7, hours=2), reason="配件提前到了")

    assert case.due_at == make.later(days=10)  # seven days stood still, five of them working days


def test_a_case_is_suspended_once_and_cannot_be_handed_on_meanwhile():
    case, worker, _street, district = suspended(until=5)

    with pytest.raises(Refused):
        cases.hand_on(case=case, post=district, to_unit_id=make.unit("STREET").pk, reason="换人", at=make.later(days=1))
    handling.resume(case=case, post=worker, at=make.later(days=1))
    with pytest.raises(Refused):
        asked(case, worker, SUSPENSION, at=make.later(days=1, hours=1), until=make.later(days=9))

    assert Application.objects.filter(kind="SUSPENSION").count() == 1


@pytest.mark.parametrize("days", [0, 366])
def test_a_suspension_ends_in_the_future_and_within_a_year(days):
    case, worker, *_others = in_hand()

    with pytest.raises(Refused):
        asked(case, worker, SUSPENSION, until=make.later(hours=1, days=days) + timedelta(minutes=1 if days else -1))

    assert not Application.objects.exists()


def test_a_case_finished_while_suspended_runs_again_first():
    case, worker, *_others = suspended(until=30)

    handling.finish(case=case, post=worker, result="提前装好了", at=make.later(days=2))

    assert (case.suspended_until, Pause.objects.get().resumed_at) == (None, make.later(days=2))


def test_the_database_lets_no_pauses_overlap():
    case, *_others = suspended(until=30)

    with pytest.raises(IntegrityError), transaction.atomic():
        Pause.objects.create(case=case, why="RESIDENT", paused_at=make.later(days=1), resumed_at=make.later(days=2))


def test_a_return_goes_back_to_whoever_gave_it_and_is_reviewed_once():
    case, worker, street, district = in_hand()
    cases.hand_on(case=case, post=district, to_unit_id=street.unit_id, reason="归街道", at=make.later(hours=1))

    application = asked(case, street, RETURN, at=make.later(hours=2))
    assert application.decider_id == district.unit_id
    handling.grant(application=application, post=district, at=make.later(hours=3), to_unit_id=worker.unit_id)

    assert (case.owner_id, case.state) == (worker.unit_id, "DISPATCHED")
    assert case.opened_at == make.AT


def test_the_ruling_on_a_return_is_final():
    case, worker, street, _district = in_hand()
    application = asked(case, worker, RETURN)
    handling.deny(application=application, post=street, reason="就在您辖区", at=make.later(hours=2))

    with pytest.raises(Refused):
        handling.object_to(application=application, post=worker, reason="不服", at=make.later(hours=3))
    with pytest.raises(Refused):
        asked(case, worker, RETURN, at=make.later(hours=4))

    assert Application.objects.count() == 1


def test_a_return_is_asked_for_within_two_working_days():
    case, worker, *_others = in_hand()

    with pytest.raises(Refused):
        asked(case, worker, RETURN, at=make.later(days=2, hours=1))

    assert not Application.objects.exists()


def test_an_objection_goes_one_desk_up_once_and_in_time():
    case, worker, street, district = in_hand()
    application = asked(case, worker)
    handling.deny(application=application, post=street, reason="可以办", at=make.later(hours=2))

    objection = handling.object_to(application=application, post=worker, reason="厂家停产", at=make.later(days=2))
    assert objection.decider_id == district.unit_id
    handling.grant(application=objection, post=district, at=make.later(days=2, hours=1))

    assert case.due_at == make.later(days=8)
    with pytest.raises(Refused):
        handling.object_to(application=application, post=worker, reason="再来", at=make.later(days=2, hours=2))


def test_an_objection_after_three_days_is_too_late():
    case, worker, street, _district = in_hand()
    application = asked(case, worker)
    handling.deny(application=application, post=street, reason="可以办", at=make.later(hours=2))

    with pytest.raises(Refused):
        handling.object_to(application=application, post=worker, reason="厂家停产", at=make.later(days=3, hours=3))


def test_an_exemption_is_marked_and_nothing_of_the_record_goes():
    case, worker, street, _district = in_hand()
    cases.supervise(at=make.later(days=10))
    recorded = Supervision.objects.filter(case=case).count()
    case.refresh_from_db()

    handling.grant(
        application=asked(case, worker, EXEMPTION, at=make.later(days=10)), post=street, at=make.later(days=11)
    )

    assert case.exempted_at == make.later(days=11)
    assert Supervision.objects.filter(case=case).count() == recorded > 0
    assert case.due_at == make.later(days=3)


def test_nobody_rules_on_their_own_and_only_one_ruling_counts():
    case, worker, street, district = in_hand()
    application = asked(case, worker)
    for stranger in (worker, district):
        with pytest.raises(Refused):
            handling.grant(application=application, post=stranger, at=make.later(hours=2))
    same = Application.objects.get()
    same.case = Case.objects.get()
    handling.grant(application=application, post=street, at=make.later(hours=2))

    with pytest.raises(Overtaken):
        handling.deny(application=same, post=street, reason="晚了一步", at=make.later(hours=2))

    assert Application.objects.get().state == "GRANTED"
    assert not Event.objects.filter(name="deny").exists()


def test_an_application_lapses_when_the_case_is_finished():
    case, worker, street, _district = in_hand()
    asked(case, worker)

    handling.finish(case=case, post=worker, result="修好了", at=make.later(hours=3))

    assert Application.objects.get().state == "LAPSED"
    assert not handled.to_rule(street).exists()


def test_the_same_cannot_be_asked_twice_and_may_be_taken_back():
    case, worker, *_others = in_hand()
    application = asked(case, worker)
    with pytest.raises(Refused):
        asked(case, worker, at=make.later(hours=2))

    handling.take_back(application=application, post=worker, at=make.later(hours=3))

    assert asked(case, worker, at=make.later(hours=4)).state == "ASKED"


def test_an_extended_limit_is_supervised_anew():
    case, worker, street, _district = in_hand()
    application = asked(case, worker, at=make.later(days=2, hours=20))
    cases.supervise(at=make.later(days=2, hours=21))
    assert list(Supervision.objects.values_list("deadline", "level").filter(deadline="FINISH")) == [("FINISH", 1)]
    case.refresh_from_db()

    handling.grant(application=application, post=street, at=make.later(days=2, hours=22))
    cases.supervise(at=make.later(days=9))

    climbed = Supervision.objects.filter(deadline="FINISH").order_by("round", "level")
    assert [(row.round, row.level, row.cleared_at is None) for row in climbed] == [
        (0, 1, False), (1, 1, True), (1, 2, True),
    ]  # fmt: skip


def test_supervision_is_cleared_by_hand_with_a_reason_and_cards_by_the_district():
    case, _worker, street, district = in_hand()
    cases.supervise(at=make.later(days=5))
    case.refresh_from_db()
    row = Supervision.objects.filter(deadline="FINISH", level=2).get()
    card = cases.supervise_by_hand(case=case, post=district, level=3, words="今天必须办", at=make.later(days=5))
    assert card.detail["level"] == 3
    yellow = Supervision.objects.get(level=3, by_post_id=district.pk)
    for each in (row, yellow):
        each.case = case

    cases.clear_by_hand(supervision=row, post=street, reason="已与居民约好", at=make.later(days=5, hours=1))
    with pytest.raises(Refused):
        cases.clear_by_hand(supervision=yellow, post=street, reason="办好了", at=make.later(days=5, hours=2))
    with pytest.raises(Refused):
        cases.clear_by_hand(supervision=yellow, post=district, reason=" ", at=make.later(days=5, hours=2))

    row.refresh_from_db()
    yellow.refresh_from_db()
    assert (row.cleared_at, row.clear_reason, yellow.cleared_at) == (make.later(days=5, hours=1), "已与居民约好", None)
