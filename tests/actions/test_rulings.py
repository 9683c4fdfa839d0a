"""Raised by itself when nobody takes it; ruled on when a unit says it is not its own."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from linli.case import actions as cases
from linli.case.chains import is_whole
from linli.case.models import Case, Event, Supervision
from linli.case.rules import Passing, rung_of_passing
from linli.confirm import actions as confirms
from linli.handling import actions as handling
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.whistle import actions as whistles
from linli.whistle.models import Called, Dispute, Ruling
from linli.whistle.precedents import precedents_of
from linli.whistle.states import RulingOutcome, WhistleKind
from tests import make

pytestmark = pytest.mark.django_db
LIGHTS = "0104"
ITS_OWN, NOT_ITS_OWN = RulingOutcome.ITS_OWN, RulingOutcome.NOT_ITS_OWN


def fresh(case):
    return Case.objects.get(pk=case.pk)


def blow(case, worker, unit, *, at):
    whistles.blow(
        case=fresh(case),
        post=worker,
        kind=WhistleKind.SERVICE,
        unit_ids=[unit.pk],
        lead_id=unit.pk,
        message="请来看看",
        at=at,
    )


def open_call(case, post):
    return Called.objects.select_related("case", "whistle").get(case=case, unit=post.unit, ended_at__isnull=True)


def declined(at=make.AT, **columns):
    """A case whose called lead says that it is not its own: the case, caller, unit's post, street's post, dispute."""
    case, worker = make.case_in_hand(at=at, **columns)
    unit = make.post(Role.DEPARTMENT, unit=make.department("城管局"))
    blow(case, worker, unit.unit, at=at + timedelta(minutes=10))
    whistles.decline(called=open_call(case, unit), post=unit, reason="是物业的管线", at=at + timedelta(minutes=20))
    dispute = Dispute.objects.select_related("case", "called__whistle").get(case=case)
    return case, worker, unit, make.post(Role.STREET), dispute


def ruled(outcome=ITS_OWN, **columns):
    case, worker, unit, street, dispute = declined()
    whistles.rule(dispute=dispute, post=street, outcome=outcome, words="按职责清单", at=make.later(hours=2), **columns)
    return case, worker, unit, street, Dispute.objects.select_related("case", "called__whistle").get(case=case)


# -- raised by itself -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent_back", "units", "has_lead", "rung"),
    [
        (2, 2, False, 0),
        (3, 0, True, 2),
        (0, 3, False, 2),
        (0, 3, True, 0),
        (5, 0, False, 2),
        (6, 0, False, 3),
        (9, 0, False, 4),
        (40, 40, False, 4),
    ],
)
def test_three_times_back_or_three_units_without_a_lead_are_one_rung(sent_back, units, has_lead, rung):
    passing = Passing(sent_back=sent_back, unit_ids=tuple(range(units)))

    assert rung_of_passing(passing, has_lead=has_lead) == rung


def test_a_case_that_three_units_declined_is_supervised_one_level_up_by_itself():
    case, worker = make.case_in_hand()
    posts = [make.post(Role.DEPARTMENT, unit=make.department(f"第{n}局")) for n in range(3)]
    for n, post in enumerate(posts, 1):
        blow(case, worker, post.unit, at=make.later(hours=n))
        whistles.decline(called=open_call(case, post), post=post, reason="不是", at=make.later(hours=n, minutes=5))

    raised = Supervision.objects.get(case=case, deadline="LEAD")
    event = Event.objects.filter(case=case, name="supervise").get(detail__deadline="LEAD")
    assert (raised.level, raised.raised_to.kind, raised.unit_id) == (2, "STREET", worker.unit_id)
    assert event.detail["units"] == [post.unit_id for post in posts]
    assert fresh(case).supervision_level == 2


def test_a_case_handed_from_unit_to_unit_is_raised_at_the_third():
    case, worker = make.case_in_hand()
    street, district = make.post(Role.STREET), make.post(Role.DISTRICT)
    cases.hand_on(case=fresh(case), post=worker, to_unit_id=street.unit_id, reason="归街道", at=make.later(hours=1))
    assert not Supervision.objects.filter(case=case, deadline="LEAD").exists()

    cases.hand_on(case=fresh(case), post=street, to_unit_id=district.unit_id, reason="归区里", at=make.later(hours=2))

    assert Supervision.objects.get(case=case, deadline="LEAD").level == 2


def test_a_case_the_resident_sent_back_three_times_is_raised_once():
    case, worker = make.case_in_hand()
    for n in range(4):
        handling.finish(case=fresh(case), post=worker, result="好了", at=make.later(hours=2 * n + 1))
        confirms.send_back(case=fresh(case), reason="没好", at=make.later(hours=2 * n + 2))

    assert list(Supervision.objects.filter(case=case, deadline="LEAD").values_list("level", flat=True)) == [2]


def test_a_lead_that_reports_in_clears_it():
    case, worker = make.case_in_hand()
    posts = [make.post(Role.DEPARTMENT, unit=make.department(f"第{n}局")) for n in range(3)]
    for n, post in enumerate(posts, 1):
        blow(case, worker, post.unit, at=make.later(hours=n))
        whistles.decline(called=open_call(case, post), post=post, reason="不是", at=make.later(hours=n, minutes=5))
    willing = make.post(Role.DEPARTMENT, unit=make.department("住建局"))
    blow(case, worker, willing.unit, at=make.later(hours=5))

    whistles.report_in(called=open_call(case, willing), post=willing, at=make.later(hours=6))

    assert Supervision.objects.get(case=case, deadline="LEAD").cleared_at == make.later(hours=6)


# -- rulings --------------------------------------------------------------------------------------------------------


def test_not_ours_goes_to_the_street_above_the_community_that_called():
    _case, _worker, unit, street, dispute = declined()

    assert (dispute.judge_id, dispute.unit_id, dispute.state) == (street.unit_id, unit.unit_id, "ASKED")
    assert dispute.words == "是物业的管线"


def test_ruled_its_own_the_unit_is_called_again_leads_again_and_cannot_decline():
    case, _worker, unit, _street, dispute = ruled()

    called = open_call(case, unit)
    assert (called.state, called.is_lead, called.is_ruled) == ("CALLED", True, True)
    assert fresh(case).lead_id == unit.unit_id
    assert (dispute.state, Ruling.objects.get().outcome) == ("RULED", "ITS_OWN")
    with pytest.raises(Refused):
        whistles.decline(called=called, post=unit, reason="还是不是", at=make.later(hours=3))
    assert open_call(case, unit).state == "CALLED"


def test_ruled_not_its_own_another_unit_is_called_in_its_place():
    other = make.department("住建局")
    case, _worker, unit, _street, _dispute = ruled(NOT_ITS_OWN, to_unit_id=other.pk)

    assert Called.objects.get(case=case, unit=other).is_ruled is True
    assert fresh(case).lead_id == other.pk
    assert not Called.objects.filter(case=case, unit=unit.unit, ended_at__isnull=True).exists()
    assert is_whole(fresh(case))
    assert Event.objects.get(case=case, name="rule").detail["lead"] == other.pk


@pytest.mark.parametrize("who", ["unit", "caller", "other_street"])
def test_only_the_desk_above_rules(who):
    case, worker, unit, _street, dispute = declined()
    make.area("540102002", "八廓街道")
    other = make.post(Role.STREET, unit=make.unit("STREET", "540102002"))
    post = {"unit": unit, "caller": worker, "other_street": other}[who]

    with pytest.raises(Refused):
        whistles.rule(dispute=dispute, post=post, outcome=ITS_OWN, words="就是你", at=make.later(hours=2))

    assert not Ruling.objects.exists()
    assert not Event.objects.filter(case=case, name="rule").exists()


def test_a_ruling_needs_its_reason():
    _case, _worker, _unit, street, dispute = declined()

    with pytest.raises(Refused):
        whistles.rule(dispute=dispute, post=street, outcome=ITS_OWN, words=" ", at=make.later(hours=2))

    assert not Ruling.objects.exists()


def test_it_is_ruled_once():
    _case, _worker, _unit, street, dispute = declined()
    stale = Dispute.objects.select_related("case", "called__whistle").get(pk=dispute.pk)
    whistles.rule(dispute=dispute, post=street, outcome=ITS_OWN, words="按清单", at=make.later(hours=2))

    with pytest.raises(Refused):
        whistles.rule(dispute=stale, post=street, outcome=NOT_ITS_OWN, words="又改了", at=make.later(hours=3))

    assert Ruling.objects.get().outcome == "ITS_OWN"


def test_one_review_by_the_district_is_final_and_frees_the_unit():
    case, _worker, unit, _street, dispute = ruled()
    district = make.post(Role.DISTRICT)
    whistles.ask_review(dispute=dispute, post=unit, reason="清单里没有", at=make.later(hours=5))
    dispute = Dispute.objects.select_related("case", "called__whistle").get(pk=dispute.pk)
    assert (dispute.state, dispute.judge_id) == ("REVIEW", district.unit_id)

    whistles.rule(dispute=dispute, post=district, outcome=NOT_ITS_OWN, words="归物业", at=make.later(hours=9))

    assert Dispute.objects.get().state == "FINAL"
    assert [ruling.round for ruling in Ruling.objects.order_by("round")] == [1, 2]
    assert Called.objects.filter(case=case, unit=unit.unit).order_by("-pk").first().state == "RELEASED"
    assert fresh(case).lead_id is None
    with pytest.raises(Overtaken):
        whistles.ask_review(dispute=dispute, post=unit, reason="再来一次", at=make.later(hours=10))


def test_a_review_comes_in_time_or_not_at_all():
    _case, _worker, unit, _street, dispute = ruled()

    with pytest.raises(Refused):
        whistles.ask_review(dispute=dispute, post=unit, reason="清单里没有", at=make.later(days=8))

    assert Dispute.objects.get().state == "RULED"


def test_a_stranger_cannot_ask_for_a_review():
    case, worker, _unit, _street, dispute = ruled()
    stranger = make.post(Role.DEPARTMENT, unit=make.department("林业局"))
    blow(case, worker, stranger.unit, at=make.later(hours=3))

    with pytest.raises(Refused):
        whistles.ask_review(dispute=dispute, post=stranger, reason="我也说一句", at=make.later(hours=5))

    assert Dispute.objects.get().state == "RULED"


def test_a_late_ruling_climbs_against_the_desk_that_owes_it():
    case, _worker, _unit, street, _dispute = declined()

    whistles.supervise_disputes(at=make.later(days=5))

    late = Supervision.objects.filter(case=case, deadline="RULING")
    assert set(late.values_list("unit_id", "level")) == {(street.unit_id, 1), (street.unit_id, 2)}


def test_a_case_that_is_finished_needs_no_ruling_any_more():
    case, worker, _unit, _street, _dispute = declined()

    handling.finish(case=fresh(case), post=worker, result="物业修好了", at=make.later(hours=1))

    assert Dispute.objects.get().state == "MOOT"


def test_a_ruling_is_never_rewritten():
    ruled()

    with pytest.raises(DatabaseError), transaction.atomic():
        Ruling.objects.update(words="另有说法")


# -- precedents -----------------------------------------------------------------------------------------------------


def finished_by(post_unit, *, at, **columns):
    case, worker = make.case_in_hand(at=at, **columns)
    lead = make.post(Role.DEPARTMENT, unit=post_unit)
    blow(case, worker, post_unit, at=at + timedelta(minutes=10))
    whistles.report_in(called=open_call(case, lead), post=lead, at=at + timedelta(minutes=30))
    handling.finish(case=fresh(case), post=lead, result="好了", at=at + timedelta(hours=2))
    return case


def test_precedents_count_who_took_such_cases_with_the_likest_first():
    power, water = make.department("供电公司"), make.department("水务局")
    for day in (9, 8):
        finished_by(power, at=make.AT - timedelta(days=day), category_code=LIGHTS)
    alike = finished_by(
        power, at=make.AT - timedelta(days=7), category_code=LIGHTS, text="楼道灯坏了三天，晚上看不见路！"
    )
    finished_by(power, at=make.AT - timedelta(days=6), category_code="0103")
    finished_by(water, at=make.AT - timedelta(days=5), category_code=LIGHTS, text="另一件事")
    case = make.case(category_code=LIGHTS)

    found = precedents_of(case, at=make.AT)

    same = [unit for unit in found.units if unit.unit_id in {power.pk, water.pk}]
    assert [(unit.unit_id, unit.count) for unit in same] == [(power.pk, 3), (water.pk, 1)]
    assert alike.pk in {like.case_id for like in same[0].likest}


def test_an_earlier_ruling_is_a_precedent():
    _case, _worker, unit, _street, _dispute = ruled()
    next_case = make.case(at=make.later(days=1))

    found = precedents_of(next_case, at=make.later(days=1))

    assert [(ruling.unit_id, ruling.outcome) for ruling in found.rulings] == [(unit.unit_id, "ITS_OWN")]
