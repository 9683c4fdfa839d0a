"""The administrator's desk: setting a district up from nothing, tables, imports; nobody else gets in or writes."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from linli.call.models import Vendor
from linli.case import actions as cases
from linli.intake.models import ApiKey
from linli.jobs.archiving import archive_old
from linli.place import queries as place
from linli.place.models import Area
from linli.shared.crypto import unseal
from linli.shared.models import AuditEntry
from linli.shared.retention import Kept, record_erasure
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.models import Unit
from linli.text import queries as text
from linli.text.models import Category
from linli.whistle import actions as whistles
from linli.whistle.states import WhistleKind
from tests import make, make_staff

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
AREAS = (
    "年度,编码,名称\n2023-06-30,540102000000,城关区\n2023-06-30,540102003000,吉日街道\n"
    "2023-06-30,540102003004,吉日社区\n"
)
CATEGORY = {
    "name_zh": "楼道灯损坏", "name_bo": "", "name_en": "", "urgency": "GENERAL", "limit_words": "2个工作日",
    "keywords": "楼道灯、声控灯", "is_public": "on", "reason": "冬天天黑得早",
}  # fmt: skip
PAGES = ["", "accounts/", "areas/", "areas/import/areas/", "areas/import/grids/", "units/", "categories/",
         "categories/new/", "categories/0104/", "keys/", "calendar/", "vendors/"]  # fmt: skip
WRITES = [
    ("units/missing/", {}),
    ("categories/0104/", CATEGORY),
    ("categories/0104/retire/", {"reason": "并入路灯"}),
    ("categories/new/", {"code": "0177", "name_zh": "公厕灯", "urgency": "GENERAL"}),
    ("keys/", {"name": "市热线", "channel": "HOTLINE", "rate_per_minute": "60"}),
    ("vendors/", {"name": "某某手环云"}),
    ("vendors/1/revoke/", {"reason": "换了一家"}),
    ("areas/import/areas/write/", {"token": "0" * 64}),
]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh():
    text.forget()
    place.forget()
    yield
    text.forget()
    place.forget()


@pytest.fixture
def enter(client):
    def entered(role=Role.ADMIN):
        client.force_login(make_staff.post(role).account, backend=BACKEND)
        client.get("/account/posts/")
        return client

    return entered


def file(content, name="areas.csv"):
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def audited():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def standing():
    return Unit.objects.count(), list(Category.objects.values()), ApiKey.objects.count(), Area.objects.count()


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_for_an_administrator(enter, page):
    assert enter().get(f"/admin/{page}").status_code == 200


@pytest.mark.parametrize("role", [role for role in make_staff.KINDS if role is not Role.ADMIN])
@pytest.mark.parametrize(("address", "sent"), WRITES)
def test_nobody_else_writes_anything(enter, role, address, sent):
    client = enter(role)
    before = standing()

    answer = client.post(f"/admin/{address}", sent)

    assert answer.status_code == 403
    assert (
        Unit.objects.count(),
        list(Category.objects.values()),
        ApiKey.objects.count(),
        Area.objects.count(),
    ) == before
    assert audited() == []


def test_an_empty_district_is_told_what_it_lacks(enter):
    items = enter().get("/admin/").context["items"]

    assert [item.title for item in items if not item.is_done] == [
        "区划", "网格", "街道和社区单位", "部门", "账号和岗位", "工作日历",
    ]  # fmt: skip


def test_areas_are_rehearsed_and_only_then_written(enter):
    client = enter()

    rehearsed = client.post("/admin/areas/import/areas/", {"file": file(AREAS)})

    assert len(rehearsed.context["report"].created) == 3
    assert (Area.objects.count(), audited()) == (0, [])
    client.post("/admin/areas/import/areas/write/", {"token": rehearsed.context["token"]})
    assert (Area.objects.count(), audited()) == (3, ["import_areas"])
    again = client.post("/admin/areas/import/areas/write/", {"token": rehearsed.context["token"]})
    assert again.status_code == 409


def test_every_problem_is_listed_by_row_and_nothing_is_written(enter):
    wrong = AREAS + "2023-06-30,54010200,短\n,540102003005,没有年度\n"

    answer = enter().post("/admin/areas/import/areas/", {"file": file(wrong)})

    assert [problem.row for problem in answer.context["problems"] if problem.is_error] == [5, 6]
    assert "导入</button>" not in answer.content.decode()
    assert Area.objects.count() == 0


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00\x00", b"{not json", b"\x00\x01\x02"])
def test_a_file_that_is_no_table_is_refused_in_words(enter, content):
    answer = enter().post("/admin/areas/import/areas/", {"file": file(content)})

    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]


def test_a_file_in_gb18030_is_read(enter):
    answer = enter().post("/admin/areas/import/areas/", {"file": file(AREAS.encode("gb18030"))})

    assert len(answer.context["report"].created) == 3


def test_grids_need_their_datum_and_are_written_after_the_rehearsal(enter):
    make.area(make.COMMUNITY, "洛堆社区")
    square = [[91.1, 29.6], [91.11, 29.6], [91.11, 29.61], [91.1, 29.61], [91.1, 29.6]]
    shape = {"type": "Polygon", "coordinates": [square]}
    feature = {"type": "Feature", "properties": {"code": make.GRID, "name": "01网格"}, "geometry": shape}
    content = json.dumps({"type": "FeatureCollection", "features": [feature]})
    client = enter()

    without = client.post("/admin/areas/import/grids/", {"file": file(content, "grids.geojson")})
    rehearsed = client.post("/admin/areas/import/grids/", {"file": file(content, "g.geojson"), "datum": "CGCS2000"})
    sent = {"token": rehearsed.context["token"], **rehearsed.context["answers"]}
    client.post("/admin/areas/import/grids/write/", sent)

    assert without.status_code == 422
    assert rehearsed.context["report"].is_acceptable
    assert Area.objects.get(code=make.GRID).polygon["type"] == "Polygon"
    assert audited() == ["import_grids"]


def test_missing_units_are_added_for_every_street_and_community(enter):
    make.area("540102003004", "吉日社区")
    client = enter()

    client.post("/admin/units/missing/")

    made = Unit.objects.exclude(kind="DISTRICT").order_by("code").values_list("kind", "code", "name")
    assert list(made) == [
        ("STREET", "540102003", "区域540102003"), ("COMMUNITY", "540102003004", "吉日社区"),
    ]  # fmt: skip
    assert audited() == ["create_unit", "create_unit"]


def test_a_unit_is_renamed_and_closed_with_a_reason(enter):
    unit = make.department("水务局")
    client = enter()

    client.post(f"/admin/units/{unit.pk}/", {"name": "水利局", "phone": "6321000"})
    without = client.post(f"/admin/units/{unit.pk}/close/", {"reason": " "})
    client.post(f"/admin/units/{unit.pk}/close/", {"reason": "机构改革"})

    unit.refresh_from_db()
    assert (unit.name, unit.phone, unit.is_active) == ("水利局", "6321000", False)
    assert without.status_code == 409
    assert audited() == ["change_unit", "close_unit"]


def test_a_unit_with_open_work_is_not_closed(enter):
    case = make.case()
    client = enter()

    answer = client.post(f"/admin/units/{case.owner_id}/close/", {"reason": "合并"})

    assert answer.status_code == 409
    assert Unit.objects.get(pk=case.owner_id).is_active
    assert audited() == []


def assisting(at):
    """A department that only assists: no case is its own, none is led by it."""
    case, worker = make.case_in_hand(at=at)
    lead, unit = make.department("城管局"), make.department("供电公司")
    whistles.blow(
        case=case, post=worker, kind=WhistleKind.SERVICE, unit_ids=[lead.pk, unit.pk], lead_id=lead.pk, message="",
        at=at,
    )  # fmt: skip
    return unit


def test_a_unit_that_only_assists_is_not_closed_while_it_is_called(enter):
    unit = assisting(timezone.now())
    client = enter()

    answer = client.post(f"/admin/units/{unit.pk}/close/", {"reason": "合并"})

    assert (answer.status_code, "还有没办完的吹哨（1 件）" in answer.content.decode()) == (409, True)
    assert Unit.objects.get(pk=unit.pk).is_active
    assert staff.unit(unit.pk).is_active
    assert audited() == []


def test_who_ends_the_last_post_of_a_unit_with_work_is_told_so(enter):
    unit = assisting(timezone.now())
    post = make.post(Role.DEPARTMENT, unit=unit)
    client = enter()

    answer = client.post(
        f"/admin/accounts/{post.account_id}/post/{post.pk}/end/", {"reason": "调走"}, follow=True
    )  # fmt: skip

    assert "已经没有人在岗，还有 1 件在等它" in answer.content.decode()


def test_a_category_is_changed_with_its_trace(enter):
    client = enter()

    answer = client.post("/admin/categories/0104/", CATEGORY)

    assert answer["Location"] == "/admin/categories/"
    assert text.category("0104").keywords == ["楼道灯", "声控灯"]
    assert AuditEntry.objects.get().detail["after"]["limit_words"] == "2 working days"


@pytest.mark.parametrize("change", [{"limit_words": "很快"}, {"name_zh": ""}, {"urgency": "NOW"}])
def test_a_category_that_makes_no_sense_is_shown_again_with_what_was_typed(enter, change):
    answer = enter().post("/admin/categories/0104/", CATEGORY | change)

    assert answer.status_code == 422
    assert "冬天天黑得早" in answer.content.decode()
    assert audited() == []


def test_the_secret_of_a_key_is_shown_once(enter):
    client = enter()

    made = client.post("/admin/keys/", {"name": "市热线", "channel": "HOTLINE", "rate_per_minute": "60"})
    secret = made.context["made"].secret

    assert secret in made.content.decode()
    assert secret not in client.get("/admin/keys/").content.decode()
    client.post(f"/admin/keys/{ApiKey.objects.get().pk}/revoke/", {"reason": "泄露"})
    assert not ApiKey.objects.get().is_active
    assert audited() == ["create_key", "revoke_key"]


@pytest.mark.parametrize(
    ("limit", "words"), [("5个工作日", "2026-03-04 17:00:00"), ("下周", ""), ("99999个工作日", "")]
)
def test_a_deadline_can_be_tried(enter, limit, words):
    answer = enter().get("/admin/calendar/", {"start": "2026-02-14T17:00", "limit": limit})

    assert (words in answer.content.decode()) if words else answer.status_code == 422


def test_the_auditor_reads_who_did_what(enter):
    post = make_staff.post(Role.ADMIN)
    enter().post("/admin/categories/0104/", CATEGORY)

    page = enter(Role.AUDITOR).get("/admin/audit/").content.decode()

    assert "更改分类" in page
    assert post.account.name in page


def test_the_export_of_the_audit_is_a_file(enter):
    enter().post("/admin/categories/0104/", CATEGORY)

    answer = enter(Role.AUDITOR).get("/admin/audit/?export=csv")

    assert "更改分类" in io.BytesIO(b"".join(answer.streaming_content)).read().decode("utf-8-sig")


def test_a_reply_is_looked_at_before_it_is_kept(enter):
    client = enter()
    said = {"text_zh": "请找供暖公司。", "text_bo": "", "text_en": "Ask them.", "version": "0", "reason": "写清楚"}

    looked = client.post("/admin/replies/BEYOND_DUTY/", said | {"preview": "1"})
    assert [text for _code, text in looked.context["previews"]] == ["请找供暖公司。", "请找供暖公司。", "Ask them."]
    assert audited() == []
    client.post("/admin/replies/BEYOND_DUTY/", said)

    assert audited() == ["edit_reply"]
    assert "请找供暖公司。" in client.get("/admin/replies/").content.decode()
    assert client.post("/admin/replies/BEYOND_DUTY/", said).status_code == 422


def test_emergency_words_are_tried_and_changed(enter):
    client = enter()

    tried = client.get("/admin/emergency/", {"text": "沼气池漏了"})
    assert tried.context["heard"] == []
    client.post("/admin/emergency/119/", {"words": "火灾\n沼气\ngas leak", "version": "0", "reason": "农村户"})

    assert client.get("/admin/emergency/", {"text": "沼气池漏了"}).context["heard"][0][2] == ("沼气",)
    assert audited() == ["set_emergency_words"]
    assert client.post("/admin/emergency/119/", {"words": "火", "version": "1"}).status_code == 422


def test_the_ledger_of_erasures_is_shown_whole_or_not(enter):
    record_erasure(rule=Kept.CONTACT, ids=[1, 2, 3], at=make.AT)

    page = enter(Role.AUDITOR).get("/admin/erasures/")

    assert page.status_code == 200
    assert "诉求人的姓名、电话、邮箱" in page.content.decode()
    assert "台账完好" in page.content.decode()


def test_the_archive_says_how_far_it_has_come_and_lists_its_cases(enter):
    long_ago = datetime(2019, 3, 4, 2, 0, tzinfo=UTC)
    case = make.case(at=long_ago, text="楼道里住着扎西")
    cases.withdraw(case=case, reason="不需要了", at=long_ago + timedelta(days=1))
    archive_old(at=make.AT)

    page = enter(Role.AUDITOR).get("/admin/archive/").content.decode()

    assert case.number in page
    assert "结案后 5 年" in page
    assert "扎西" not in page


def test_a_vendors_cloud_is_let_in_its_secret_shown_once_and_stopped(enter):
    admin = enter()

    made = admin.post("/admin/vendors/", {"name": "某某手环云"})

    vendor = Vendor.objects.get()
    secret = unseal(bytes(vendor.secret_sealed))
    assert made.status_code == 201
    assert secret in made.content.decode()
    assert f"平台号是 {vendor.pk}" in made.content.decode()
    assert secret not in admin.get("/admin/vendors/").content.decode()

    refused = admin.post(f"/admin/vendors/{vendor.pk}/revoke/", {"reason": ""})
    stopped = admin.post(f"/admin/vendors/{vendor.pk}/revoke/", {"reason": "换了一家"}, follow=True)

    assert (refused.status_code, stopped.status_code) == (409, 200)
    assert "已停用" in stopped.content.decode()
    assert audited() == ["add_vendor", "revoke_vendor"]


@pytest.mark.parametrize("name", ["", " ", "长" * 61])
def test_a_vendor_without_a_name_is_not_let_in(enter, name):
    answer = enter().post("/admin/vendors/", {"name": name})

    assert answer.status_code == 422
    assert Vendor.objects.count() == 0
