"""The responsibility list on screen: rules, dry run, replay, files, duty lists, the inbox of the unmatched."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import load_workbook

from linli.case.models import Case, Event
from linli.routing import actions as routing
from linli.routing import queries
from linli.routing.actions import Terms
from linli.routing.models import Duty, Edition, RoutingRule
from linli.routing.rules import DutyMode, RuleState
from linli.shared.models import AuditEntry
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.staff import actions as staff_actions
from tests import make

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LIGHT = "0104"
PAGES = ["", "new/", "try/", "replay/", "import/", "duties/", "export.csv", "export.xlsx"]
WRITES = [
    ("new/", {"unit": "1", "state": "IN_FORCE"}),
    ("drafts/", {"reason": "x"}),
    ("duties/", {"categories": ["01"]}),
    ("duties/mode/", {"mode": "DENY"}),
    ("import/write/", {"token": "0" * 64}),
    ("1/retire/", {"reason": "x"}),
    ("1/move/", {"to": "1"}),
]


@pytest.fixture(autouse=True)
def _everything():
    with acting(EVERYTHING):
        yield


@pytest.fixture
def enter(client):
    make.neighbourhood()

    def entered(role=Role.ADMIN):
        client.force_login(make.post(role).account, backend=BACKEND)
        return client

    return entered


def add(unit=None, **terms):
    terms.setdefault("state", RuleState.IN_FORCE)
    unit = unit or make.department("住建局")
    return routing.add_rule(terms=Terms(unit_id=unit.pk, **terms), at=make.AT)


def file(content, name="rules.csv"):
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_for_an_administrator(enter, page):
    add()

    assert enter().get(f"/routing/{page}").status_code == 200


@pytest.mark.parametrize("page", ["", "try/", "replay/", "export.csv"])
def test_the_district_reads_the_list_and_changes_nothing(enter, page):
    add()
    client = enter(Role.DISTRICT)

    assert client.get(f"/routing/{page}").status_code == 200
    assert client.post("/routing/new/", {}).status_code == 403


@pytest.mark.parametrize("role", [Role.COMMUNITY, Role.STREET, Role.DISTRICT, Role.DEPARTMENT, Role.GRID])
@pytest.mark.parametrize(("address", "sent"), WRITES)
def test_nobody_but_an_administrator_writes_anything(enter, role, address, sent):
    client = enter(role)

    assert client.post(f"/routing/{address}", sent).status_code == 403
    assert (RoutingRule.objects.count(), Duty.objects.count(), AuditEntry.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_rule_and_for_three(enter, count, django_assert_num_queries):
    for _rule in range(count):
        add()
    client = enter()
    client.get("/routing/")

    with django_assert_num_queries(3):  # the session with its account, the rules, the retired
        client.get("/routing/")


def test_a_rule_is_added_changed_and_retired_on_screen(enter):
    client, unit = enter(), make.department("住建局")
    said = {"unit": unit.pk, "category_code": LIGHT, "hours": "周一至周五 09:30-18:00", "state": "IN_FORCE"}

    assert client.post("/routing/new/", said).status_code == 302
    rule = RoutingRule.objects.get()
    changed = client.post(f"/routing/{rule.pk}/", said | {"hours": "", "version": "1", "reason": "全天"})
    assert changed.status_code == 302
    page = client.get(f"/routing/{rule.pk}/").content.decode()
    assert "第 2 版" in page
    assert "周一至周五 09:30-18:00" in page
    client.post(f"/routing/{rule.pk}/retire/", {"reason": "不用了"})

    rule.refresh_from_db()
    assert (rule.state, rule.version, rule.hours) == ("RETIRED", 3, "")
    assert client.get(f"/routing/{rule.pk}/").status_code == 200


def test_a_retired_rule_is_still_found(enter):
    rule, _other = add(note="旧"), add(note="新")
    routing.retire_rule(pk=rule.pk, reason="不用了", at=make.AT)

    page = enter().get("/routing/?state=RETIRED")

    assert [line["rule"].pk for line in page.context["page"].object_list] == [rule.pk]


def test_the_front_page_of_the_desk_says_that_a_rule_is_broken(enter):
    closed = make.department("旧局")
    add(closed)
    staff_actions.close_unit(unit=closed, reason="撤销", at=make.AT)

    items = {item.title: item for item in enter().get("/admin/").context["items"]}

    assert (items["责任清单"].is_done, items["责任清单"].is_reminder) == (False, True)


def test_what_was_typed_stays_when_hours_cannot_be_read(enter):
    client, unit = enter(), make.department("住建局")

    answer = client.post("/routing/new/", {"unit": unit.pk, "hours": "早上", "note": "先试试", "state": "DRAFT"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "看不懂时段“早上”" in page
    assert "先试试" in page
    assert RoutingRule.objects.count() == 0


def test_a_rule_is_set_before_another(enter):
    first, second = add(note="一"), add(note="二")

    enter().post(f"/routing/{second.pk}/move/", {"to": "1"})

    assert [rule.pk for rule in queries.listed()] == [second.pk, first.pk]


def test_a_broken_rule_and_one_that_never_gets_a_turn_are_marked(enter):
    closed = make.department("旧局")
    add(closed, category_code=LIGHT)
    add()
    add(category_code=LIGHT)
    staff_actions.close_unit(unit=closed, reason="撤销", at=make.AT)

    page = enter().get("/routing/?state=broken")

    lines = page.context["page"].object_list
    assert [(bool(line["trouble"]), bool(line["hidden"])) for line in lines] == [(True, False), (False, True)]
    assert "有 1 条规则失效了。" in page.content.decode()


def test_the_dry_run_names_the_unit_and_the_rule_and_writes_nothing(enter):
    add(category_code="02")
    rule = add(make.department("路灯所"), category_code=LIGHT)

    page = enter().get("/routing/try/", {"text": "楼道灯坏了", "area": make.COMMUNITY})

    assert page.context["route"].rule_id == rule.pk
    assert [line["rule"].id for line in page.context["near"]] == [rule.pk]
    assert "派给：路灯所" in page.content.decode()
    assert Case.objects.count() == 0


def test_the_dry_run_asks_for_something_to_try(enter):
    page = enter().get("/routing/try/", {"text": " ", "area": ""})

    assert page.status_code == 422
    assert page.context["form"].errors["text"]


def test_the_replay_counts_what_a_draft_would_have_changed(enter):
    now = timezone.now()
    for text in ("路灯坏了", "灯又坏了"):
        make.case(at=now, category_code=LIGHT, text=text)
    make.case(at=now, category_code="0201", text="下水道堵了")
    add(make.department("路灯所"), category_code=LIGHT, state=RuleState.DRAFT)

    found = enter(Role.DISTRICT).get("/routing/replay/", {"days": "7"}).context["found"]

    assert (found.count, found.moved_count, found.unmatched_before, found.unmatched_after) == (3, 2, 3, 1)
    assert Case.objects.filter(routed_by="RULE").count() == 0


def test_drafts_are_put_in_force_with_a_reason(enter):
    rule = add(state=RuleState.DRAFT)

    enter().post("/routing/drafts/", {"reason": "回放过"})

    rule.refresh_from_db()
    assert (rule.state, rule.version) == ("IN_FORCE", 2)


def test_the_list_goes_out_as_a_table_and_comes_back_unchanged(enter):
    rule = add(category_code=LIGHT, note="=1+1")
    client = enter()

    sheet = b"".join(client.get("/routing/export.xlsx").streaming_content)
    rows = list(load_workbook(io.BytesIO(sheet)).active.iter_rows(values_only=True))
    rehearsed = client.post("/routing/import/", {"file": file(sheet, "rules.xlsx"), "state": "DRAFT"})

    assert rows[1][:2] == (str(rule.pk), LIGHT)
    assert (rehearsed.context["taken"].same, rehearsed.context["taken"].added) == ((2,), ())


def test_a_brought_list_is_rehearsed_and_only_then_written(enter):
    unit, client = make.department("水务局"), enter()
    table = f"规则号,分类代码,区域代码,单位代码,时段\n,{LIGHT},,{unit.code},工作时间\n"
    rehearsed = client.post("/routing/import/", {"file": file(table.encode("gb18030")), "state": "IN_FORCE"})
    assert (rehearsed.context["taken"].added, RoutingRule.objects.count()) == ((2,), 0)

    client.post("/routing/import/write/", rehearsed.context["kept"])

    assert list(RoutingRule.objects.values_list("unit_id", "hours", "state")) == [(unit.pk, "工作时间", "IN_FORCE")]


def test_every_wrong_row_is_listed_and_nothing_is_written(enter):
    unit, client = make.department("水务局"), enter()
    table = f"分类代码,区域代码,单位代码\n0104,,没有\n0198,,{unit.code}\n"

    answer = client.post("/routing/import/", {"file": file(table), "state": "DRAFT"})

    assert [number for number, _words in answer.context["problems"]] == [2, 3]
    assert RoutingRule.objects.count() == 0


@pytest.mark.parametrize("content", [b"", b"\x00\x01", "名称\n甲\n".encode()])
def test_a_file_that_is_no_list_is_refused_in_words(enter, content):
    answer = enter().post("/routing/import/", {"file": file(content), "state": "DRAFT"})

    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]


def test_a_duty_list_and_its_force_are_set_on_screen(enter):
    client = enter()

    client.post(f"/routing/duties/?area={make.STREET}", {"categories": ["01", "0201"], "reason": "年度清单"})
    client.post("/routing/duties/mode/", {"mode": "DENY"})

    assert queries.duties_of(make.STREET) == {"01", "0201"}
    assert Edition.objects.get().duty_mode == "DENY"
    assert "checked" in client.get(f"/routing/duties/?area={make.STREET}").content.decode()


# -- the inbox of the unmatched -------------------------------------------------------------------------------------


def test_the_inbox_holds_what_no_rule_matched_until_somebody_signs(enter):
    add(category_code="0201")
    unmatched = make.case(at=timezone.now(), category_code=LIGHT)
    make.case(at=timezone.now(), category_code="0201", text="下水道堵了")
    make.case_in_hand(at=timezone.now(), category_code=LIGHT, text="另一盏灯")

    page = enter(Role.DISTRICT).get("/district/unmatched/")

    assert [row.pk for row in page.context["page"].rows] == [unmatched.pk]


@pytest.mark.parametrize("count", [1, 3])
def test_the_inbox_costs_the_same_for_one_case_and_for_three(enter, count, django_assert_num_queries):
    client = enter(Role.DISTRICT)
    for number in range(count):
        make.case(at=timezone.now(), text=f"第 {number} 件")
    client.get("/district/unmatched/")

    with django_assert_num_queries(2):  # the session with its account, the rows
        client.get("/district/unmatched/")


def test_an_unmatched_case_is_given_away_and_becomes_a_rule(enter):
    case, unit = make.case(at=timezone.now(), category_code=LIGHT), make.department("路灯所")
    said = {"unit": unit.pk, "reason": "归路灯所管", "makes_rule": "on", "category_code": LIGHT, "area_code": ""}
    client = enter(Role.DISTRICT)

    assert client.post(f"/district/unmatched/{case.pk}/", said).status_code == 302

    case.refresh_from_db()
    rule = RoutingRule.objects.get()
    assert (case.owner_id, case.routed_by, case.route_rule_id, case.route_version) == (unit.pk, "RULE", rule.pk, 1)
    assert make.case(at=timezone.now(), category_code=LIGHT, text="又一盏").route_rule_id == rule.pk
    assert list(client.get("/district/unmatched/").context["page"].rows) == []


def test_a_case_may_stay_where_it_is_and_still_become_a_rule(enter):
    case = make.case(at=timezone.now(), category_code=LIGHT)
    said = {"unit": case.owner_id, "reason": "本来就对", "makes_rule": "on", "category_code": LIGHT,
            "area_code": make.COMMUNITY}  # fmt: skip

    enter(Role.DISTRICT).post(f"/district/unmatched/{case.pk}/", said)

    case.refresh_from_db()
    assert (case.state, case.routed_by, case.route_rule_id) == ("DISPATCHED", "RULE", RoutingRule.objects.get().pk)


def test_a_case_somebody_signed_for_first_makes_no_rule(enter):
    case, _worker = make.case_in_hand(at=timezone.now(), category_code=LIGHT)
    Case.objects.filter(pk=case.pk).update(state="FINISHED")
    said = {"unit": make.department().pk, "reason": "x", "makes_rule": "on", "category_code": LIGHT, "area_code": ""}

    answer = enter(Role.DISTRICT).post(f"/district/unmatched/{case.pk}/", said)

    assert answer.status_code == 409
    assert (RoutingRule.objects.count(), Event.objects.filter(case=case, name="dispatch").count()) == (0, 0)


# -- duty lists at the desk -----------------------------------------------------------------------------------------


def narrowed(mode):
    routing.set_duties(area_code=make.DISTRICT, category_codes=["02"], at=make.AT)
    if mode is not DutyMode.WARN:
        routing.set_duty_mode(mode=mode, at=make.AT)


def of_the_street():
    """A case in the street's hands, and the address on which the street hands it on."""
    case = make.case(at=timezone.now(), category_code=LIGHT)
    Case.objects.filter(pk=case.pk).update(owner=make.unit("STREET"))
    return case, f"/community/cases/{case.pk}/moves/dispatch/"


def test_handing_a_community_what_is_not_its_duty_asks_first_and_records_it(enter):
    case, address = of_the_street()
    narrowed(DutyMode.WARN)
    client, said = enter(Role.STREET), {"to": make.unit("COMMUNITY").pk, "reason": "请社区先看"}

    asked = client.post(address, said)
    assert (asked.status_code, "职责清单内" in asked.content.decode()) == (422, True)
    assert Event.objects.filter(case=case, name="dispatch").count() == 0
    client.post(address, said | {"is_duty_known": "on"})

    assert Event.objects.get(case=case, name="dispatch").detail["outside_duty"] is True


def test_handing_a_community_what_its_list_denies_is_refused(enter):
    case, address = of_the_street()
    narrowed(DutyMode.DENY)

    said = {"to": make.unit("COMMUNITY").pk, "reason": "请社区先看", "is_duty_known": "on"}
    answer = enter(Role.STREET).post(address, said)

    assert answer.status_code == 422
    assert "职责清单内，不能派给它" in answer.content.decode()
    assert Event.objects.filter(case=case, name="dispatch").count() == 0


def test_blowing_to_a_community_what_is_not_its_duty_asks_first(enter):
    case, _address = of_the_street()
    narrowed(DutyMode.WARN)
    address = f"/community/cases/{case.pk}/moves/blow/"
    said = {"kind": "SERVICE", "units": [make.unit("COMMUNITY").pk], "message": "请到场"}
    client = enter(Role.STREET)

    assert client.post(address, said).status_code == 422
    assert client.post(address, said | {"is_duty_known": "on"}).status_code == 302

    assert Event.objects.get(case=case, name="blow").detail["outside_duty"] == said["units"]


def test_the_case_page_says_which_rule_sent_it_and_warns_of_the_duty_list(enter):
    rule = add(make.unit("COMMUNITY"), category_code=LIGHT)
    narrowed(DutyMode.WARN)
    case = make.case(at=timezone.now(), category_code=LIGHT)

    page = enter(Role.COMMUNITY).get(f"/community/cases/{case.pk}/").content.decode()

    assert f"按责任清单第 {rule.pk} 号规则（第 1 版）派单。" in page
    assert "不在该社区的职责清单内" in page
