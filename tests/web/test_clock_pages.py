"""Asking and ruling on the case page, the queues of those who rule, the limits and days of the administrator."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import load_workbook

from linli.case.deadlines import limit_table
from linli.case.models import Case, DayOverlay, LimitVersion
from linli.handling import actions as handling
from linli.handling.models import Application
from linli.handling.rules import ApplicationKind
from linli.routing import actions as routing
from linli.routing.rules import DutyMode
from linli.shared.roles import Role
from linli.staff.models import RoleRule
from tests import make

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
DESKS = {"COMMUNITY": "community", "STREET": "community", "DISTRICT": "district", "DEPARTMENT": "department"}


def enter(client, post):
    RoleRule.objects.update(is_second_factor_required=False)
    client.force_login(post.account, backend=BACKEND)
    return client


def url(post, case, *parts):
    return "/".join(["", DESKS[post.role], "cases", str(case.pk), *parts, ""])


@pytest.fixture
def case_and_worker():
    return make.case_in_hand(at=timezone.now() - timedelta(hours=1), area_code=make.GRID, category_code="0104")


def test_asking_and_granting_on_the_page(client, case_and_worker):
    case, worker = case_and_worker
    street = make.post(Role.STREET)

    asked = enter(client, worker).post(url(worker, case, "moves", "ask_extension"), {"reason": "等配件"})
    page = enter(client, street).get(url(street, case)).content.decode()
    granted = client.post(url(street, case, "moves", "extend"), {"words": ""})

    assert (asked.status_code, granted.status_code) == (302, 302)
    assert "同意延期" in page
    assert "等配件" in page
    assert Application.objects.get().state == "GRANTED"
    shown = client.get(url(street, case)).content.decode()
    assert "同意延期</a>" not in shown
    assert "已同意" in shown


def test_asking_without_a_reason_keeps_what_was_typed(client, case_and_worker):
    case, worker = case_and_worker
    day = (timezone.now() + timedelta(days=20)).date().isoformat()

    answer = enter(client, worker).post(url(worker, case, "moves", "ask_suspension"), {"reason": " ", "until": day})

    assert answer.status_code == 422
    assert day in answer.content.decode()
    assert not Application.objects.exists()


def test_a_return_goes_to_no_community_whose_list_denies_it_and_loses_nothing(client, case_and_worker):
    case, worker = case_and_worker
    asked = handling.ask(case=case, post=worker, kind=ApplicationKind.RETURN, reason="不归我们", at=timezone.now())
    make.area("540102001002", "冲赛康社区")
    other = make.unit("COMMUNITY", area_code="540102001002")
    routing.set_duties(area_code=make.DISTRICT, category_codes=["02"], at=make.AT)
    routing.set_duty_mode(mode=DutyMode.DENY, at=make.AT)
    street = make.post(Role.STREET)
    address = url(street, case, "moves", "give_back")

    refused = enter(client, street).post(address, {"to": other.pk, "words": "改由冲赛康看", "is_duty_known": "on"})
    asked.refresh_from_db()
    assert (refused.status_code, asked.state) == (422, "ASKED")
    assert "职责清单内，不能派给它" in refused.content.decode()
    assert "改由冲赛康看" in refused.content.decode()
    assert Case.objects.get(pk=case.pk).owner_id == worker.unit_id
    client.post(address, {"to": street.unit_id, "words": "街道来办"})

    assert Case.objects.get(pk=case.pk).owner_id == street.unit_id


def test_a_suspended_case_says_until_when(client, case_and_worker):
    case, worker = case_and_worker
    street = make.post(Role.STREET)
    now = timezone.now()
    application = handling.ask(
        case=case,
        post=worker,
        kind=ApplicationKind.SUSPENSION,
        reason="冬天不能施工",
        until=now + timedelta(days=40),
        at=now,
    )
    handling.grant(application=application, post=street, at=now)

    page = enter(client, worker).get(url(worker, case)).content.decode()

    assert "恢复办理" in page
    assert "停表中" in page
    assert "冬天不能施工" in page
    assert client.get("/community/lists/suspended/").content.decode().count(case.title) >= 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_of_those_who_rule_costs_the_same_however_long(client, django_assert_num_queries, count):
    street = make.post(Role.STREET)
    for _each in range(count):
        case, worker = make.case_in_hand(at=timezone.now() - timedelta(hours=1), category_code="0104")
        handling.ask(case=case, post=worker, kind=ApplicationKind.EXTENSION, reason="等配件", at=timezone.now())
    enter(client, street).get("/community/lists/to-rule/")

    with django_assert_num_queries(2):
        page = client.get("/community/lists/to-rule/").content.decode()

    assert page.count("等配件") == count


@pytest.mark.parametrize(
    ("role", "address"),
    [
        (Role.STREET, "/community/lists/supervision/"),
        (Role.STREET, "/community/lists/applications/"),
        (Role.STREET, "/community/lists/soon/"),
        (Role.DISTRICT, "/district/to-rule/"),
        (Role.DISTRICT, "/district/applications/"),
        (Role.DISTRICT, "/district/supervision/"),
        (Role.DEPARTMENT, "/department/supervised/"),
        (Role.DEPARTMENT, "/department/applications/"),
    ],
)
def test_every_list_opens_empty(client, role, address):
    make.neighbourhood()

    assert enter(client, make.post(role)).get(address).status_code == 200


def file(rows):
    from linli.web.lists.export import WRITERS

    content = io.BytesIO()
    WRITERS["xlsx"][0](content, iter(rows))
    return SimpleUploadedFile("limits.xlsx", content.getvalue())


def exported(client):
    answer = client.get(f"/admin/limits/{limit_table(at=timezone.now()).version}/?export=xlsx")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    return [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]


def token_in(page):
    return page.split('name="token" value="')[1].split('"')[0]


def test_the_limits_go_out_as_a_file_are_changed_and_come_back_as_a_version(client):
    make.neighbourhood()
    enter(client, make.post(Role.ADMIN))
    rows = exported(client)
    changed = [[*row[:6], "2个工作日", "灯亮了"] if row[1] == "0104" else row for row in rows]
    today = timezone.localdate().isoformat()

    report = client.post("/admin/limits/import/", {"file": file(changed), "active_on": today, "reason": "提速"})
    page = report.content.decode()
    assert (report.status_code, LimitVersion.objects.count()) == (200, 0)
    taken = client.post(
        "/admin/limits/import/write/", {"token": token_in(page), "active_on": today, "reason": "提速"}, follow=True
    )

    assert "在用" in taken.content.decode()
    version = LimitVersion.objects.get()
    assert make.case(at=timezone.now(), category_code="0104").limit_version == version.name
    assert "2 个工作日" in client.get("/admin/categories/").content.decode()
    assert "灯亮了" in client.get(f"/admin/limits/{version.name}/").content.decode()


def test_a_wrong_file_of_limits_is_told_row_by_row_and_nothing_is_written(client):
    make.neighbourhood()
    enter(client, make.post(Role.ADMIN))
    rows = exported(client)
    rows[3][6] = "很快"

    page = client.post(
        "/admin/limits/import/", {"file": file(rows), "active_on": timezone.localdate().isoformat(), "reason": ""}
    ).content.decode()
    forced = client.post(
        "/admin/limits/import/write/",
        {"token": page.partition('name="token" value="')[2].partition('"')[0], "active_on": "2026-01-01"},
    )

    assert "看不懂时限“很快”" in page
    assert forced.status_code == 409
    assert LimitVersion.objects.count() == 0


def test_days_off_are_rehearsed_then_put_in_force_and_withdrawn(client):
    make.neighbourhood()
    make.case_in_hand(at=timezone.now(), category_code="0104")
    enter(client, make.post(Role.ADMIN))
    first = timezone.localdate() + timedelta(days=1)
    content = f"kind,from,to,name\noff,{first},{first + timedelta(days=9)},演练节\n".encode()

    rehearsed = client.post("/admin/calendar/days/", {"file": SimpleUploadedFile("x.csv", content)})
    page = rehearsed.content.decode()
    assert (rehearsed.status_code, DayOverlay.objects.count()) == (200, 0)
    assert "演练节" in page
    client.post("/admin/calendar/days/write/", {"token": token_in(page), "name": "x.csv"})
    overlay = DayOverlay.objects.get()
    shown = client.get("/admin/calendar/").content.decode()
    client.post(f"/admin/calendar/days/{overlay.pk}/withdraw/", {"reason": "日期有误"})

    overlay.refresh_from_db()
    assert "x.csv" in shown
    assert overlay.withdrawn_at is not None


def test_a_wrong_file_of_days_is_said_so(client):
    make.neighbourhood()
    enter(client, make.post(Role.ADMIN))

    answer = client.post(
        "/admin/calendar/days/", {"file": SimpleUploadedFile("x.csv", b"kind,from,to,name\noff,a,,x\n")}
    )

    assert answer.status_code == 422
    assert "row 2" in answer.content.decode()
    assert DayOverlay.objects.count() == 0


def test_a_street_reads_before_it_gives_a_card_who_can_take_it_back(client, case_and_worker):
    case, _worker = case_and_worker
    street = make.post(Role.STREET)

    page = enter(client, street).get(url(street, case, "moves", "supervise")).content.decode()

    assert "只有区中心能销督" in page
