"""A configuration goes from one linli to another as one reviewed file, all or nothing."""

import io
import json
from dataclasses import replace
from datetime import time, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from linli.call import actions as calls
from linli.call.models import LadderRung, LadderVersion
from linli.call.rules import Audience, Rung
from linli.case import actions as cases
from linli.case import deadlines, replies
from linli.case.deadlines import limit_table
from linli.case.models import DayOverlay, LimitRow, LimitVersion, RefusalReply
from linli.case.refusals import RefusalRoute
from linli.notice import actions as notices
from linli.notice import texts
from linli.report import actions as reporting
from linli.report.models import WeightsSet
from linli.routing import actions as routing
from linli.routing import queries as routes
from linli.shared.models import AuditEntry
from linli.shared.roles import Role
from linli.shared.urgency import Urgency
from linli.staff import queries as staff
from linli.staff.models import RoleRule, Unit
from linli.text import actions as text_actions
from linli.text import queries as text
from linli.text.models import Category, EmergencyList
from linli.web.admin.configuration import moving
from linli.web.admin.configuration.sections import Who
from tests import make, make_staff

pytestmark = pytest.mark.django_db
PAGE = "/admin/configuration/"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _begin_anew():
    yield
    for forget in (staff.forget, text.forget, routes.forget):
        forget()


@pytest.fixture
def enter(client):
    def entered(role):
        RoleRule.objects.update(is_second_factor_required=False)
        staff.forget()
        client.force_login(make_staff.post(role).account, backend=BACKEND)
        client.get("/account/posts/")
        return client

    return entered


@pytest.fixture
def admin(enter, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    make.neighbourhood()
    make.department()
    return enter(Role.ADMIN)


def told():
    return json.loads(moving.told())


def department():
    return next(code for code, unit in told()["units"].items() if unit["kind"] == "DEPARTMENT")


def rule(**terms):
    plain = dict.fromkeys(("category_code", "area_code", "hours", "note"), "")
    return plain | {"position": 1, "valid_from": None, "valid_to": None, "state": "IN_FORCE"} | terms


def packed(whole):
    return json.dumps(whole, ensure_ascii=False).encode()


def compare(admin, content):
    file = io.BytesIO(content)
    file.name = "configuration.json"
    return admin.post(PAGE, {"file": file})


def take_in(admin, content, reason="从试用系统搬来"):
    token = compare(admin, content).context["token"]
    return admin.post(f"{PAGE}take-in/", {"token": token, "reason": reason})


def everything():
    return told(), AuditEntry.objects.count(), Unit.objects.count(), Category.objects.count()


def test_what_is_told_and_brought_back_changes_nothing(admin):
    content = admin.get(f"{PAGE}file/").content

    answer = compare(admin, content)

    assert answer.context["change_count"] == 0
    assert "完全一样" in answer.content.decode()


def test_a_unit_that_work_waits_for_does_not_go_and_the_file_is_not_taken_in(admin):
    make.case()
    whole, before = told(), everything()
    gone = next(code for code, unit in whole["units"].items() if unit["kind"] == "COMMUNITY")
    name = whole["units"].pop(gone)["name"]

    compared = compare(admin, packed(whole))
    with pytest.raises(moving.NotTakenIn) as fault:
        moving.take_in(packed(whole), who=Who(at=make.AT, by_post_id=None, reason="搬来"))

    assert "还有没办完的事项（1 件）" in compared.content.decode()
    assert [str(why) for _key, why in fault.value.found[0].problems] == [
        f"“{name}”还有没办完的事项（1 件），请先办完或转给别的单位。"
    ]
    assert everything() == before


def test_comparing_names_every_change_and_writes_nothing(admin):
    whole, before = told(), everything()
    whole["categories"]["0104"]["limit_words"] = "2 working days"
    whole["units"]["NEW"] = {**whole["units"][department()], "name": "园林局"}
    del whole["categories"]["0103"]

    answer = compare(admin, packed(whole))

    parts = {part["part"].name: part["part"] for part in answer.context["parts"]}
    assert [change.key for change in parts["units"].coming] == ["NEW"]
    assert [(change.key, change.after) for change in parts["categories"].changed] == [
        ("0104", {"limit_words": "2 working days"})
    ]
    assert [change.key for change in parts["categories"].going] == ["0103"]
    assert everything() == before


def test_a_reviewed_file_makes_this_system_what_the_other_is(admin):
    whole = told()
    whole["units"]["GARDEN"] = {**whole["units"][department()], "name": "园林局"}
    whole["categories"]["0104"]["limit_words"] = "2 working days"
    whole["categories"]["0198"] = {**whole["categories"]["0104"], "name_zh": "路灯杆歪", "keywords": ["灯杆"]}
    whole["rules"] = {"1": rule(unit="GARDEN", category_code="0104", valid_to="2030-12-31")}
    whole["texts"] = {"work_done zh-hans": {"subject": "办好了 {number}", "body": "{unit}，{area} {link}"}}
    whole["quiet_hours"]["residents"] = {"starts": "21:30", "ends": "08:00"}
    content = packed(whole)

    answer = take_in(admin, content)

    assert answer.status_code == 302, answer.content.decode()
    now = told()
    assert {name: part for name, part in now.items() if name != "rules"} == {
        name: part for name, part in whole.items() if name != "rules"
    }
    assert [rule.unit.code for rule in routes.listed()] == ["GARDEN"]
    entry = AuditEntry.objects.get(verb="take_in_configuration")
    assert (entry.subject, entry.reason) == (moving.digest(content), "从试用系统搬来")


def test_one_obstacle_keeps_everything_out_and_all_are_named(admin):
    whole, before = told(), everything()
    whole["categories"]["0104"]["limit_words"] = "2 working days"
    whole["categories"]["0103"]["limit_words"] = "明天"
    whole["categories"]["0102"]["name_zh"] = ""

    answer = take_in(admin, packed(whole))

    assert answer.status_code == 409
    problems = [key for part in answer.context["parts"] for key, _words in part["problems"]]
    assert problems == ["0102", "0103"]
    assert everything() == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda whole: whole["units"][department()].update(kind="STREET"), "类型和区域不能改"),
        (
            lambda whole: whole["rules"].update(
                {"9": rule(unit="NOBODY")}),
            "没有代码为“NOBODY”的单位",
        ),
        (lambda whole: whole["texts"].update({"x zh-hans": {"subject": "a", "body": "b"}}), "没有“x zh-hans”这种通知"),
    ],
)  # fmt: skip
def test_what_can_be_seen_beforehand_is_named_at_the_comparison(admin, change, words):
    whole = told()
    change(whole)

    answer = compare(admin, packed(whole))

    assert answer.context["has_problems"]
    assert words in answer.content.decode()


@pytest.mark.parametrize("content", [b"", b"no json", b"[]", b'{"make": "other"}',
    b'{"make": "linli configuration 1", "units": 3}',
    b'{"make": "linli configuration 1", "units": {"A": {"name": "x"}}}', b"[" * 100_000])  # fmt: skip
def test_what_is_no_configuration_is_refused(admin, content):
    before = everything()

    answer = compare(admin, content)

    assert answer.status_code == 422
    assert everything() == before


def test_a_reason_is_asked(admin):
    whole, before = told(), everything()
    whole["categories"]["0104"]["limit_words"] = "2 working days"

    answer = take_in(admin, packed(whole), reason=" ")

    assert (answer.status_code, "请写明为什么导入" in answer.content.decode()) == (422, True)
    assert everything() == before


def test_the_order_of_the_responsibility_list_travels(admin):
    for code in ("0103", "0104"):
        terms = routing.Terms(unit_id=make.department().pk, category_code=code)
        routing.add_rule(terms=terms, at=make.AT, reason="试")
    whole = told()
    first, second = whole["rules"].values()
    first["position"], second["position"] = second["position"], first["position"]

    take_in(admin, packed(whole))

    assert [rule.category_code for rule in routes.listed()] == ["0104", "0103"]


def test_a_text_that_the_file_does_not_have_goes_back_to_ours(admin):
    content = moving.told()
    words = {"subject": "办好了 {number}", "body": "{unit}，{area} {link}"}
    notices.change_text(kind="work_done", language="zh-hans", **words, at=make.AT, by_post_id=1)

    take_in(admin, content)

    assert texts.changed() == {}


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DISTRICT, Role.COMMUNITY])
def test_nobody_else_moves_a_configuration(enter, role):
    other = enter(role)

    assert [other.get(PAGE).status_code, other.get(f"{PAGE}file/").status_code] == [403, 403]
    assert other.post(f"{PAGE}take-in/", {"token": "0" * 64}).status_code == 403


def test_the_command_exports_compares_and_takes_in(tmp_path, capsys):
    make.neighbourhood()
    path = tmp_path / "configuration.json"
    call_command("configuration", "export", path)
    category = Category.objects.get(code="0104")
    text_actions.edit_category(code="0104", name_zh="改过的名字", urgency=Urgency(category.urgency), at=make.AT)

    call_command("configuration", "compare", path)
    assert "事项分类：新增 0，更改 1，停用 0" in capsys.readouterr().out
    with pytest.raises(CommandError, match="请写明为什么导入"):
        call_command("configuration", "take-in", path)
    call_command("configuration", "take-in", path, reason="恢复")

    category.refresh_from_db()
    assert category.name_zh != "改过的名字"
    assert json.loads(path.read_text())["make"] == moving.MAKE


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("rules", "valid_to", "next year"),
        ("rules", "valid_from", 2026),
        ("rules", "position", "1"),
        ("rules", "position", None),
        ("rules", "unit", ["A"]),
        ("rules", "note", "a\x00b"),
        ("tags", "retired_on", "soon"),
        ("tags", "visit_interval_days", 10**30),
        ("tags", "visit_interval_days", True),
        ("categories", "is_public", "yes"),
        ("categories", "keywords", "灯"),
        ("categories", "keywords", [1]),
        ("categories", "urgency", ["GENERAL"]),
        ("categories", "name_zh", "\ud800"),
        ("texts", "subject", 3),
        ("texts", "body", None),
        ("quiet_hours", "starts", 21),
        ("duties", "category_codes", [["0103"]]),
        ("weights", "response", 30.5),
        ("limits", "lines", [["FINISH", 3]]),
        ("emergency", "words", "火"),
        ("calendars", "content", {}),
        ("ladder", "lines", [[1]]),
    ],
)
def test_a_field_of_the_wrong_kind_is_named_and_nothing_fails(admin, part, field, value):
    before = everything()
    whole = told() | {"rules": {"1": rule(unit=department())}}
    whole["texts"] = {"work_done zh-hans": {"subject": "{number}", "body": "{link}"}}
    whole["limits"], whole["calendars"] = {"now": {"lines": []}}, {"1": dict(FESTIVAL)}
    next(iter(whole[part].values()))[field] = value

    answer = compare(admin, json.dumps(whole).encode())

    assert (answer.status_code, f"“{field}”读不了" in answer.content.decode()) == (422, True)
    assert everything() == before


@pytest.mark.parametrize(
    ("part", "key", "field", "value"),
    [
        ("tags", None, "colour", "blue"),
        ("tags", None, "icon", "x" * 5000),
        ("units", "NEW", "kind", "PALACE"),
        ("quiet_hours", "residents", "starts", "late"),
        ("weights", "now", "response", 99),
        ("emergency", "119", "words", []),
        ("replies", "EMERGENCY", "zh-hans", ""),
        ("limits", "now", "lines", [["办结"] + [""] * 7]),
        ("calendars", "1", "content", "kind,from"),
        ("ladder", "now", "lines", [["COMMUNITY", "31", "", ""]]),
        ("ladder", "now", "lines", [["NOBODY", "3", "", ""]]),
        ("ladder", "now", "lines", [["STREET", "x", "", ""]]),
        ("ladder", "now", "lines", [["STREET", "3", "25:00", "06:00"]]),
        ("ladder", "now", "lines", [["STREET", "3"]]),
    ],
)
def test_what_no_verb_takes_is_an_obstacle_with_its_name(admin, part, key, field, value):
    before = everything()
    whole = told()
    whole["units"]["NEW"] = {**whole["units"][department()], "name": "园林局"}
    whole["limits"], whole["calendars"] = {"now": {"lines": []}}, {"1": dict(FESTIVAL)}
    if part not in {"limits", "calendars"}:
        del whole["limits"], whole["calendars"]
    (whole[part][key] if key else next(iter(whole[part].values())))[field] = value

    answer = take_in(admin, packed(whole))

    assert answer.status_code == 409, answer.content.decode()
    assert part in {found["part"].name for found in answer.context["parts"] if found["problems"]}
    assert everything() == before


FESTIVAL = {"position": 1, "file_name": "days.csv", "content": "kind,from,to,name\noff,2027-08-20,2027-08-22,雪顿节\n"}


def test_the_ladder_travels_with_its_editions_to_come(admin):
    at = timezone.now()
    night = [Rung(10, Audience.STREET, time(22), time(6)), Rung(15, Audience.COMMUNITY)]
    calls.set_ladder(rungs=night, since_at=at, reason="夜里", post=None, at=at)
    calls.set_ladder(rungs=[], since_at=at + timedelta(days=9), reason="夏天", post=None, at=at)
    content = moving.told()
    LadderRung.objects.all().delete()
    LadderVersion.objects.all().delete()

    compared = compare(admin, content)
    answer = take_in(admin, content)

    assert next(part["part"].changes for part in compared.context["parts"] if part["part"].name == "ladder")
    assert answer.status_code == 302, answer.content.decode()
    assert json.loads(moving.told()) == json.loads(content)


def own_lines():
    """The shipped limits as a district's own."""
    return [replace(line, number=number) for number, line in enumerate(limit_table(at=timezone.now()).lines, 1)]


def test_versioned_tables_travel_whole_and_come_back_the_same(admin):
    tomorrow = timezone.localdate() + timedelta(days=1)
    text_actions.set_emergency_words(number="119", words=["着火", "冒烟"], version=0, at=timezone.now())
    replies.edit_reply(route=RefusalRoute.UNLAWFUL, texts={"zh-hans": "请走别的渠道。"}, version=0, at=timezone.now())
    weigh = {"response": 40, "resolution": 30, "satisfaction": 30}
    reporting.set_weights(post=None, from_on=tomorrow, reason="会议", at=timezone.now(), **weigh)
    cases.bring_days(file_name=FESTIVAL["file_name"], content=FESTIVAL["content"].encode(), at=timezone.now())
    lines = own_lines()
    for day in (timezone.localdate(), tomorrow):
        cases.bring_limits(lines=lines, active_on=day, reason="新规", at=timezone.now())
    content = moving.told()
    _put_back()
    emptied = moving.told()

    answer = take_in(admin, content)

    assert answer.status_code == 302, answer.content.decode()
    assert emptied != content
    assert json.loads(moving.told()) == json.loads(content)
    assert set(told()["limits"]) == {"now", tomorrow.isoformat()}


def _put_back():
    """Make this linli one that never had any version of its own."""
    for table in (EmergencyList, RefusalReply, WeightsSet, LimitRow, LimitVersion, DayOverlay):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            table.objects.all().delete()
            cursor.execute("SET LOCAL session_replication_role = origin")
    deadlines.forget()


def test_days_lie_on_one_another_in_the_order_of_the_file(admin):
    later = FESTIVAL | {"position": 2, "file_name": "more.csv"}
    whole = told() | {"calendars": {"1": FESTIVAL, "2": later}}
    take_in(admin, packed(whole))
    turned = {"1": later | {"position": 1}, "2": FESTIVAL | {"position": 2}}

    take_in(admin, packed(whole | {"calendars": turned}))

    assert told()["calendars"] == turned


def test_a_planned_version_that_the_file_does_not_have_is_taken_back(admin):
    content = moving.told()
    tomorrow = timezone.localdate() + timedelta(days=1)
    cases.bring_limits(lines=own_lines(), active_on=tomorrow, reason="新规", at=timezone.now())

    take_in(admin, content)

    assert told()["limits"] == {}
