"""Who answers first: the list decides in the transaction of the appeal, and the case keeps which rule said so."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from linli.case import actions as cases
from linli.case import chains
from linli.case.models import Case, Event
from linli.routing import actions as routing
from linli.routing import forms, queries
from linli.routing.actions import Brought, Terms
from linli.routing.models import Duty, Edition, RoutingRule, RuleVersion
from linli.routing.rules import DutyMode, RoutedBy, RuleState, Verdict
from linli.shared.models import AuditEntry
from linli.shared.refusals import Conflict, Refused
from linli.shared.scope import EVERYTHING
from linli.staff import actions as staff_actions
from tests import make
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db
LIGHT = "0104"


@pytest.fixture(autouse=True)
def _neighbourhood():
    make.neighbourhood()


def add(unit=None, **terms):
    state = terms.pop("state", RuleState.IN_FORCE)
    position = terms.pop("position", None)
    unit = unit or make.department("住建局")
    return routing.add_rule(terms=Terms(unit_id=unit.pk, state=state, **terms), position=position, at=make.AT)


def opened(**columns):
    found = cases.open_case(received=make.received(**({"category_code": LIGHT} | columns)), at=make.AT)
    return Case.objects.get(pk=found.case_id)


def standing():
    return RoutingRule.objects.count(), RuleVersion.objects.count(), AuditEntry.objects.count()


def test_a_case_goes_to_the_unit_of_the_first_rule_and_keeps_rule_and_version():
    rule = add(category_code=LIGHT)
    routing.change_rule(pk=rule.pk, version=1, terms=Terms(unit_id=rule.unit_id, category_code="01"), at=make.AT)

    case = opened()

    assert (case.owner_id, case.first_receiver_id) == (rule.unit_id, rule.unit_id)
    assert (case.routed_by, case.route_rule_id, case.route_version) == ("RULE", rule.pk, 2)
    assert Event.objects.get(case=case).detail["route"] == {"by": "RULE", "rule": rule.pk, "version": 2}
    assert chains.is_whole(case)


def test_without_rules_the_unit_covering_the_place_gets_it():
    case = opened()

    assert case.owner.kind == "COMMUNITY"
    assert (case.routed_by, case.route_rule_id, case.route_version) == ("PLACE", None, None)


def test_a_case_opened_in_bulk_is_routed_like_any_other():
    rule = add(category_code=LIGHT)

    cases.open_many(received=[make.received(category_code=LIGHT), make.received(category_code="0105")], at=make.AT)

    routed = Case.objects.order_by("pk").values_list("routed_by", "route_rule_id")
    assert list(routed) == [("RULE", rule.pk), ("PLACE", None)]


@pytest.mark.parametrize("count", [0, 3])
def test_an_appeal_costs_the_same_whatever_the_list_holds(count):
    for _rule in range(count):
        add(category_code=LIGHT)
    opened()

    with CaptureQueriesContext(connection) as asked:
        cases.open_case(received=make.received(category_code=LIGHT), at=make.AT)

    said = [str(query["sql"]).split()[0] for query in asked.captured_queries if "nextval" not in str(query["sql"])]
    assert said == ["SAVEPOINT", "WITH", "RELEASE"]  # one statement for all rows


def test_a_closed_unit_is_skipped_on_record_and_the_next_rule_takes_over():
    closed, open_one = make.department("旧局"), make.department("新局")
    broken, second = add(closed, category_code=LIGHT), add(open_one, category_code="01")
    staff_actions.close_unit(unit=closed, reason="机构改革", at=make.AT)

    case = opened()

    assert (case.owner_id, case.route_rule_id) == (open_one.pk, second.pk)
    skipped = [{"rule": broken.pk, "version": 1, "why": "UNIT_CLOSED"}]
    assert Event.objects.get(case=case).detail["route"]["skipped"] == skipped
    assert queries.broken() == {broken.pk: Verdict.UNIT_CLOSED}


def test_a_closed_area_is_skipped_on_record_and_the_place_decides():
    make.area("540102001002", "旧社区")
    rule = add(area_code="540102001002")
    make.area("540102001002", "旧社区", valid_to=date(2026, 1, 1), successor_code=make.COMMUNITY)
    queries.forget()

    case = opened()

    assert (case.routed_by, case.owner.kind) == ("PLACE", "COMMUNITY")
    skipped = [{"rule": rule.pk, "version": 1, "why": "AREA_CLOSED"}]
    assert Event.objects.get(case=case).detail["route"]["skipped"] == skipped
    assert queries.broken() == {rule.pk: Verdict.AREA_CLOSED}


def test_a_draft_sends_nothing_until_it_is_put_in_force():
    rule = add(category_code=LIGHT, state=RuleState.DRAFT)
    assert opened().routed_by == "PLACE"

    assert routing.put_in_force(at=make.AT, reason="试过了") == 1

    assert (opened().route_rule_id, opened().route_version) == (rule.pk, 2)


def test_what_lies_outside_the_district_is_nobodys_by_rule():
    add()

    case = opened(area_code="", lng=10.0, lat=10.0)

    assert (case.routed_by, case.owner.kind, case.is_outside) == ("PLACE", "DISTRICT", True)


def test_a_place_nobody_found_is_known_to_a_rule_for_the_whole_district():
    rule = add(category_code=LIGHT)

    case = opened(area_code="", text="楼道灯坏了")

    assert (case.owner_id, case.area_code) == (rule.unit_id, make.DISTRICT)


def test_the_dry_run_shows_every_rule_up_to_the_match():
    other, first, after = add(category_code="02"), add(category_code=LIGHT), add()

    told = queries.explain(category_code=LIGHT, area_code=make.COMMUNITY, at=make.AT)

    said = [(line.rule.id, verdict) for line, verdict in told.lines]
    assert said == [(other.pk, Verdict.OTHER_CATEGORY), (first.pk, Verdict.MATCHED)]
    assert (told.route.unit.pk, told.route.rule_id, told.route.by) == (first.unit_id, first.pk, RoutedBy.RULE)
    assert after.pk not in [line.rule.id for line, _verdict in told.lines]


# -- the list itself ------------------------------------------------------------------------------------------------


def test_every_version_of_a_rule_stays():
    rule = add(category_code=LIGHT)
    routing.change_rule(pk=rule.pk, version=1, terms=Terms(unit_id=rule.unit_id), at=make.AT, reason="放宽")
    routing.retire_rule(pk=rule.pk, reason="不用了", at=make.AT)

    kept = [(row.version, row.terms["category_code"], row.terms["state"]) for row in queries.versions(rule.pk)]

    assert kept == [(3, "", "RETIRED"), (2, "", "IN_FORCE"), (1, LIGHT, "IN_FORCE")]
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ["add_rule", "change_rule", "retire_rule"]


def test_a_rule_somebody_changed_first_is_not_overwritten():
    rule = add(category_code=LIGHT)
    routing.change_rule(pk=rule.pk, version=1, terms=Terms(unit_id=rule.unit_id), at=make.AT)
    before = standing()

    with pytest.raises(Conflict):
        routing.change_rule(pk=rule.pk, version=1, terms=Terms(unit_id=rule.unit_id, note="x"), at=make.AT)

    assert standing() == before


def test_rules_are_asked_in_the_order_they_are_put():
    one, two, three = add(note="1"), add(note="2"), add(note="3")

    routing.move_rule(pk=three.pk, place_wanted=1, at=make.AT)
    new = add(note="4", position=2)

    assert [row.pk for row in queries.listed()] == [three.pk, new.pk, one.pk, two.pk]
    assert opened().route_rule_id == three.pk


@pytest.mark.parametrize(
    "terms",
    [
        {"category_code": "0198"},
        {"area_code": "540102099"},
        {"hours": "早上"},
        {"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)},
        {"note": "长" * 201},
    ],
)
def test_terms_that_make_no_sense_are_refused_and_nothing_is_written(terms):
    unit = make.department()
    before = standing()

    with pytest.raises(Refused):
        routing.add_rule(terms=Terms(unit_id=unit.pk, **terms), at=make.AT)

    assert standing() == before


def test_a_closed_unit_and_one_that_cannot_sign_are_refused():
    closed, station = make.department(), make.unit("HEALTH")
    staff_actions.close_unit(unit=closed, reason="撤销", at=make.AT)

    for unit in (closed, station):
        with pytest.raises(Refused):
            routing.add_rule(terms=Terms(unit_id=unit.pk), at=make.AT)

    assert RoutingRule.objects.count() == 0


def test_another_process_sees_a_change_by_the_number_of_the_edition():
    before = Edition.objects.get(pk=1).number
    rule = add()
    between = Edition.objects.get(pk=1).number
    RoutingRule.objects.filter(pk=rule.pk).update(note="x")

    assert before < between < Edition.objects.get(pk=1).number


def test_the_application_can_change_rules_and_never_their_history():
    with as_application(EVERYTHING):
        rule = add()
        routing.retire_rule(pk=rule.pk, reason="试试", at=make.AT)
        for statement in (
            RuleVersion.objects.update,
            RuleVersion.objects.all().delete,
            RoutingRule.objects.all().delete,
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                statement(**({"reason": "x"} if statement == RuleVersion.objects.update else {}))

    assert RuleVersion.objects.count() == 2


@pytest.mark.parametrize(
    "columns",
    [{"state": "GONE"}, {"category_code": "1"}, {"area_code": "54"},
     {"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)}],
)  # fmt: skip
def test_the_database_keeps_rules_sane(columns):
    row = {"position": 1, "unit": make.department(), "state": "IN_FORCE", "changed_at": make.AT} | columns

    with pytest.raises(IntegrityError), transaction.atomic():
        RoutingRule.objects.create(**row)


def test_a_case_never_names_half_a_rule():
    case = opened()

    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(routed_by="RULE")


# -- tables ----------------------------------------------------------------------------------------------------------


def rows_of(table):
    headings, *lines = table
    return [(number, dict(zip(headings, line, strict=True))) for number, line in enumerate(lines, 2)]


def test_what_is_written_out_is_read_back_as_the_same():
    add(category_code=LIGHT, area_code=make.COMMUNITY, hours="周一至周五 09:30-18:00", note="先试")
    add(valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31), state=RuleState.DRAFT)

    read = forms.read_rules(rows_of(forms.table(queries.listed())), state=RuleState.IN_FORCE)
    taken = routing.take_in_rules(brought=[row.brought for row in read], is_whole=True, at=make.AT)

    assert (taken.added, taken.changed, taken.same, taken.retired) == ((), (), (2, 3), ())


def test_a_list_is_taken_in_whole_in_its_own_order_after_a_dry_run():
    old, kept = add(note="旧"), add(note="留")
    unit = make.department("水务局")
    cells = [
        {"规则号": "", "分类代码": "0104", "区域代码": "", "单位代码": unit.code},
        {"规则号": str(kept.pk), "分类代码": "02", "区域代码": make.STREET, "单位代码": kept.unit.name},
    ]
    read = forms.read_rules(list(enumerate(cells, 2)), state=RuleState.IN_FORCE)
    brought = [row.brought for row in read]
    before = standing()

    rehearsed = routing.take_in_rules(brought=brought, is_whole=True, at=make.AT, dry_run=True)
    assert standing() == before
    taken = routing.take_in_rules(brought=brought, is_whole=True, at=make.AT, reason="年度调整")

    assert taken == rehearsed
    assert (taken.added, taken.changed, taken.retired) == ((2,), (3,), (old.pk,))
    assert [(row.category_code, row.unit_id) for row in queries.listed()] == [("0104", unit.pk), ("02", kept.unit_id)]


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"单位代码": "没有"}, "没有代码或名称是“没有”的在用单位。"),
        ({"分类代码": "天气"}, "没有“天气”这个分类。"),
        ({"区域代码": "540102099"}, "没有“540102099”这个区域代码。"),
        ({"开始日期": "明天"}, "看不懂日期“明天”，请写成 2026-01-31。"),
        ({"规则号": "一"}, "规则号“一”不是整数；新规则留空。"),
        ({"状态": "已停用"}, "状态只能是“草稿”或“在用”。"),
    ],
)
def test_a_row_that_cannot_be_a_rule_says_why(cells, sentence):
    unit = make.department()
    row = {"规则号": "", "分类代码": "", "区域代码": "", "单位代码": unit.code} | cells

    (read,) = forms.read_rules([(2, row)], state=RuleState.DRAFT)

    assert (read.brought, read.refusal.sentence) == (None, sentence)


def test_a_row_for_a_rule_that_is_not_on_the_list_takes_nothing_in():
    unit = make.department()
    before = standing()

    with pytest.raises(Refused, match="第 7 行"):
        routing.take_in_rules(brought=[Brought(7, Terms(unit_id=unit.pk), 999)], is_whole=True, at=make.AT)

    assert standing() == before


# -- duty lists ------------------------------------------------------------------------------------------------------


def listed(*codes, area=make.DISTRICT, mode=DutyMode.DENY):
    routing.set_duties(area_code=area, category_codes=codes, at=make.AT)
    if mode is not DutyMode.WARN:
        routing.set_duty_mode(mode=mode, at=make.AT)


def test_where_lists_deny_a_case_goes_above_the_community():
    listed("02")

    case = opened()

    assert case.owner.kind == "STREET"


def test_where_lists_warn_the_community_gets_it_and_the_event_says_so():
    listed("02", mode=DutyMode.WARN)

    case = opened()

    assert case.owner.kind == "COMMUNITY"
    assert Event.objects.get(case=case).detail["route"] == {"by": "PLACE", "outside_duty": True}


def test_a_rule_that_sends_a_community_what_it_is_not_there_for_is_skipped_on_record():
    rule = add(make.unit("COMMUNITY"), category_code=LIGHT)
    listed("02")

    case = opened()

    assert case.owner.kind == "STREET"
    skipped = [{"rule": rule.pk, "version": 1, "why": "OUTSIDE_DUTY"}]
    assert Event.objects.get(case=case).detail["route"]["skipped"] == skipped


def test_a_duty_list_keeps_what_it_was():
    listed("01", "02")

    routing.set_duties(area_code=make.DISTRICT, category_codes=["02", "03"], at=make.later(days=1))

    assert list(Duty.objects.filter(until_at__isnull=True).values_list("category_code", flat=True)) == ["02", "03"]
    assert Duty.objects.get(category_code="01").until_at == make.later(days=1)


@pytest.mark.parametrize(("area", "codes"), [(make.GRID, ["01"]), ("540102099", ["01"]), (make.DISTRICT, ["0198"])])
def test_a_duty_list_for_what_does_not_exist_is_refused(area, codes):
    with pytest.raises(Refused):
        routing.set_duties(area_code=area, category_codes=codes, at=make.AT)

    assert (Duty.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_terms_of_a_rule_do_not_change_by_being_read():
    rule = add(category_code=LIGHT, hours="周六 10:00-14:00")

    assert replace(routing.check(routing._terms(rule))) == routing._terms(rule)


def test_office_hours_are_those_of_the_districts_own_days():
    department = make.department()
    add(department, category_code=LIGHT, hours="非工作时间")
    before = cases.open_case(received=make.received(category_code=LIGHT), at=make.AT)
    day = f"{make.AT:%Y-%m-%d}"

    cases.bring_days(file_name="a.csv", content=f"kind,from,to,name\noff,{day},{day},演练节\n".encode(), at=make.AT)
    after = cases.open_case(received=make.received(category_code=LIGHT), at=make.later(minutes=1))

    owners = {pk: Case.objects.get(pk=pk).owner_id for pk in (before.case_id, after.case_id)}
    assert owners[before.case_id] != department.pk
    assert owners[after.case_id] == department.pk
