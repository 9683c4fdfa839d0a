"""The hotline's JSON door, and the desk's page for its files."""

import csv
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from openpyxl import Workbook

from linli.api.keys import meter
from linli.case import actions as cases
from linli.case.actions import importing
from linli.case.models import Case, Event
from linli.case.tasks import import_hotline_file
from linli.handling import actions as handling
from linli.intake import actions as intake
from linli.intake import queries as appeals
from linli.intake.models import Appeal, HotlineFile
from linli.intake.rules import Channel
from linli.shared.roles import Role
from linli.web.imports import views
from tests import make

pytestmark = pytest.mark.django_db

DOOR = "/api/hotline/appeals"


@pytest.fixture(autouse=True)
def _begin_anew(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    meter.forget()
    appeals.forget_keys()
    make.neighbourhood()


@pytest.fixture
def key():
    return intake.create_key(name="12345", channel=Channel.HOTLINE, at=make.AT)


def appeal(number="H1", **fields):
    return {"external_number": number, "text": "楼道灯坏了三天", "area_code": make.COMMUNITY} | fields


def send(client, key, body, path=DOOR):
    return client.post(
        path, json.dumps(body), content_type="application/json", headers={"Authorization": f"Bearer {key.secret}"}
    )


def test_an_appeal_becomes_a_case_and_its_number_comes_back(client, key):
    answer = send(client, key, appeal(contact={"name": "扎西", "phone": "13900000001"}))

    case = Case.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {"external_number": "H1", "outcome": "OPENED", "number": case.number, "problem": ""}
    assert (case.channel, case.first_appeal.by_key_id) == ("HOTLINE", key.key.pk)


def test_the_same_number_with_the_same_words_is_answered_again(client, key):
    send(client, key, appeal())

    again = send(client, key, appeal())

    assert (again.status_code, again.json()["outcome"]) == (200, "REPEATED")
    assert Case.objects.count() == 1


def test_the_same_number_with_other_words_is_a_conflict(client, key):
    send(client, key, appeal())

    assert send(client, key, appeal(text="别的事")).status_code == 409
    assert Case.objects.count() == 1


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_without_a_key_nothing_is_written(client, key, secret):
    answer = client.post(
        DOOR, json.dumps(appeal()), content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
    )

    assert answer.status_code == 403
    assert (Appeal.objects.count(), Case.objects.count()) == (0, 0)


def test_an_open311_key_does_not_open_the_hotlines_door(client):
    other = intake.create_key(name="市平台", channel=Channel.OPEN311, at=make.AT)

    assert send(client, other, appeal()).status_code == 403
    assert Appeal.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        {"external_number": "H1"},
        appeal(text=""),
        appeal(text="字" * 4001),
        appeal(text="灯\x00坏了"),
        appeal(kind="PRAISE"),
        appeal(lng=91.1),
        appeal(lng=500, lat=29),
        appeal(category_code="9876"),
        appeal(area_code="110101"),
        appeal(occurred_at="2999-01-01T00:00:00Z"),
        appeal(contact={"phone": "123"}),
        [],
        "appeal",
    ],
)
def test_what_cannot_be_kept_is_a_400_and_nothing_is_written(client, key, body):
    answer = send(client, key, body)

    assert answer.status_code == 400, answer.content.decode()
    assert answer.json()[0]["code"] == 400
    assert Appeal.objects.count() == 0


def test_many_at_once_and_a_bad_one_keeps_none_of_the_others_out(client, key):
    send(client, key, appeal("H1"))
    body = {"appeals": [appeal("H1"), appeal("H2"), appeal("H3", category_code="9876"), appeal("H2", text="别的事")]}

    found = send(client, key, body, path=f"{DOOR}/bulk").json()

    assert [row["outcome"] for row in found["appeals"]] == ["REPEATED", "OPENED", "REJECTED", "REJECTED"]
    assert (found["opened"], found["repeated"], found["rejected"]) == (1, 1, 2)
    assert Case.objects.count() == 2


def test_the_hotline_may_ask_where_its_case_stands(client, key):
    send(client, key, appeal())

    answer = client.get(f"{DOOR}/H1", headers={"X-Api-Key": key.secret})

    assert (answer.json()["state"], answer.json()["number"]) == ("DISPATCHED", Case.objects.get().number)
    assert client.get(f"{DOOR}/H2", headers={"X-Api-Key": key.secret}).status_code == 404
    assert client.get(f"{DOOR}/H1").status_code == 403


# Many at once, underneath -------------------------------------------------------------------------------------------


def test_a_batch_writes_the_same_rows_as_one_by_one():
    one = make.case(channel=Channel.HOTLINE, external_number="H1", contact=make.contact())
    (taken,) = cases.take_in(
        received=[make.received(channel=Channel.HOTLINE, external_number="H2", contact=make.contact())],
        channel=Channel.HOTLINE,
        at=make.AT,
    )

    other = Case.objects.get(number=taken.number)
    skipped = {"id", "number", "first_appeal_id", "head_hash"}
    columns = [field.attname for field in Case._meta.concrete_fields if field.attname not in skipped]
    assert {name: getattr(one, name) for name in columns} == {name: getattr(other, name) for name in columns}
    assert Event.objects.filter(case=other).count() == 1


def test_a_point_is_placed_in_a_batch_as_it_is_alone():
    spots = [{"lng": 91.0, "lat": 29.0}, {"lng": 0.0, "lat": 0.0}]
    rows = [
        make.received(area_code="", channel=Channel.HOTLINE, external_number=f"H{i}", **s) for i, s in enumerate(spots)
    ]

    cases.take_in(received=rows, channel=Channel.HOTLINE, at=make.AT)

    assert list(Case.objects.values_list("is_outside", "area_code")) == [(True, make.DISTRICT)] * 2


# The page -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client):
    return client_of(client, make.post(Role.DISTRICT))


def client_of(client, post):
    from linli.staff import queries as staff
    from linli.staff.models import RoleRule

    RoleRule.objects.filter(role=post.role).update(is_second_factor_required=False)
    staff.forget()
    client.force_login(post.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def table(*rows, headings=("编号", "标题", "内容", "时间")):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings)
    writer.writerows(rows)
    return out.getvalue()


GOOD = ("M1", "灯", "楼道灯坏了三天", "2026-11-20 10:00:00")
ROAD = ("M2", "路", "路面有坑", "2026-11-20 11:00:00")


def upload(desk, content, name="12345.csv"):
    file = io.BytesIO(content)
    file.name = name
    return desk.post("/imports/", {"file": file})


def uploaded(desk, content, name="12345.csv"):
    answer = upload(desk, content, name)
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return HotlineFile.objects.order_by("-uploaded_at").first()


def imported(desk, file):
    assert desk.post(f"/imports/{file.pk}/start/").status_code == 302
    import_hotline_file(file_id=str(file.pk), at=HotlineFile.objects.get(pk=file.pk).started_at.isoformat())
    file.refresh_from_db()
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_in_the_encodings_offices_use(desk, encoding):
    file = imported(desk, uploaded(desk, table(GOOD, ROAD).encode(encoding)))

    assert (file.state, file.opened_count, file.rejected_count) == ("DONE", 2, 0)
    assert sorted(Appeal.objects.values_list("text", flat=True)) == ["楼道灯坏了三天", "路面有坑"]


def test_a_workbook_is_read_like_a_table(desk):
    book = Workbook()
    book.active.append(["工单编号", "诉求内容", "联系电话"])
    book.active.append([1001, "楼道灯坏了三天", 13900000001])
    out = io.BytesIO()
    book.save(out)

    file = imported(desk, uploaded(desk, out.getvalue(), "12345.xlsx"))

    assert (file.opened_count, Appeal.objects.get().external_number) == (1, "1001")
    assert Appeal.objects.get().contact_id is not None


def test_columns_are_guessed_and_may_be_changed(desk):
    file = uploaded(desk, table(("M1", "楼道灯坏了"), headings=("甲", "乙")).encode())

    assert file.columns == {}
    desk.post(f"/imports/{file.pk}/", {"number": "甲", "text": "乙", "datum": "WGS84"})
    file.refresh_from_db()
    assert file.columns == {"number": "甲", "text": "乙"}
    assert imported(desk, file).opened_count == 1


def test_what_the_columns_held_is_remembered_for_the_next_file_of_the_same_make(desk):
    first = uploaded(desk, table(("M1", "楼道灯坏了"), headings=("甲", "乙")).encode())
    unstarted = uploaded(desk, table(("M2", "路面有坑"), headings=("甲", "乙")).encode())
    assert unstarted.columns == {}
    desk.post(f"/imports/{first.pk}/", {"number": "甲", "text": "乙", "datum": "GCJ02"})
    first.refresh_from_db()
    imported(desk, first)

    same = uploaded(desk, table(("M3", "下水道堵了", "x"), headings=("甲", "乙", "丙")).encode())
    other = uploaded(desk, table(("M4", "下水道堵了"), headings=("编号", "内容")).encode())

    assert (same.columns, same.datum) == ({"number": "甲", "text": "乙"}, "GCJ02")
    assert (other.columns, other.datum) == ({"number": "编号", "text": "内容"}, "WGS84")


def test_the_rehearsal_lists_every_problem_by_row_and_writes_nothing(desk):
    rows = [
        GOOD,
        ("", "", "没有编号", ""),
        ("M1", "", "编号重复", ""),
        ("M4", "", "", ""),
        ("M5", "", "字" * 4001, ""),
        ("M6", "", "灯\x0b坏了", ""),
        ("M7", "", "时间看不懂", "去年"),
        ("M8", "", "还没发生", "2999-01-01"),
    ]
    file = uploaded(desk, table(*rows).encode())

    page = desk.get(f"/imports/{file.pk}/").content.decode()

    for words in (
        "没有编号。",
        "出现了不止一次",
        "请写下发生了什么。",
        "内容太长",
        "控制字符",
        "看不懂时间",
        "不能晚于现在",
    ):
        assert words in page
    assert (Appeal.objects.count(), Case.objects.count()) == (0, 0)


def test_a_row_closed_before_it_was_opened_is_rejected(desk):
    rows = [("M1", "灯坏了", "2026-11-20 10:00", "2026-11-19 10:00")]
    content = table(*rows, headings=("编号", "内容", "时间", "办结时间"))

    file = imported(desk, uploaded(desk, content.encode()))

    assert (file.opened_count, file.rejected_count) == (0, 1)
    assert "办结时间早于反映时间。" in appeals.rejected_path(file).read_text("utf-8-sig")


def test_an_unknown_category_is_rejected_and_a_known_name_taken(desk):
    content = table(("M1", "灯坏了", "路灯不亮"), ("M2", "灯坏了", "星际航行"), headings=("编号", "内容", "分类"))

    file = imported(desk, uploaded(desk, content.encode()))

    assert (file.opened_count, file.rejected_count) == (1, 1)
    assert Case.objects.get().category_code == "0103"


def test_importing_the_same_file_again_opens_nothing_twice(desk):
    imported(desk, uploaded(desk, table(GOOD, ROAD).encode()))

    again = imported(desk, uploaded(desk, table(GOOD, ROAD).encode()))

    assert (again.opened_count, again.repeated_count) == (0, 2)
    assert Case.objects.count() == 2


def test_a_file_of_known_rows_only_offers_no_import(desk):
    fresh = uploaded(desk, table(GOOD).encode())
    start = f"/imports/{fresh.pk}/start/"
    assert start in desk.get(f"/imports/{fresh.pk}/").content.decode()
    imported(desk, fresh)

    known = uploaded(desk, table(GOOD).encode())
    page = desk.get(f"/imports/{known.pk}/").content.decode()

    assert f"/imports/{known.pk}/start/" not in page
    assert "没有新的事项可以导入。" in page


def test_a_number_that_comes_back_with_other_words_is_left_to_a_person(desk):
    imported(desk, uploaded(desk, table(GOOD).encode()))

    again = imported(desk, uploaded(desk, table((GOOD[0], GOOD[1], "别的事", GOOD[3])).encode()))

    assert (again.rejected_count, Appeal.objects.get().text) == (1, "楼道灯坏了三天")


def test_rejected_rows_are_fetched_as_a_table_no_spreadsheet_runs(desk):
    file = imported(desk, uploaded(desk, table(GOOD, ("", "=cmd()", "没有编号", "")).encode()))

    answer = desk.get(f"/imports/{file.pk}/rejected.csv")

    lines = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert lines[1] == ["3", "没有编号。", "", "'=cmd()", "没有编号", ""]


def test_a_job_begun_again_goes_on_where_it_was(desk):
    file = uploaded(desk, table(GOOD, ROAD).encode())
    imported(desk, file)

    import_hotline_file(file_id=str(file.pk), at=make.AT.isoformat())

    file.refresh_from_db()
    assert (file.done_count, file.opened_count, Case.objects.count()) == (2, 2, 2)


def tried(file, attempts):
    context = SimpleNamespace(job=SimpleNamespace(attempts=attempts))
    import_hotline_file(context, file_id=str(file.pk), at=file.started_at.isoformat())


def test_an_import_that_failed_for_the_last_time_says_so_and_goes_on_where_it_was(desk, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 1)
    file = uploaded(desk, table(GOOD, ("", "", "没有编号", ""), ROAD).encode())
    desk.post(f"/imports/{file.pk}/start/")
    file.refresh_from_db()
    with monkeypatch.context() as broken:
        broken.setattr(importing, "_keep_rejected", lambda *_given: 1 / 0)
        for attempts, state in ((0, "IMPORTING"), (3, "FAILED")):
            with pytest.raises(ZeroDivisionError):
                tried(file, attempts)
            file.refresh_from_db()
            assert (file.state, file.done_count) == (state, 0)

    page = desk.get(f"/imports/{file.pk}/").content.decode()
    again = desk.post(f"/imports/{file.pk}/resume/")
    tried(file, 0)

    file.refresh_from_db()
    assert "已经登记的都在，再试会接着往下做" in page
    assert again.status_code == 302
    assert (file.state, file.opened_count, file.rejected_count, file.words) == ("DONE", 2, 1, "")
    assert desk.post(f"/imports/{file.pk}/resume/").status_code == 409


def test_rows_of_a_batch_that_was_broken_off_are_not_listed_twice(desk, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 2)
    bad = ("", "", "没有编号", "")
    file = uploaded(desk, table(bad, GOOD, bad, ROAD).encode())
    desk.post(f"/imports/{file.pk}/start/")
    file.refresh_from_db()
    keep, calls = importing._keep_rejected, []

    def killed_after_writing(*given):
        keep(*given)
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(importing, "_keep_rejected", killed_after_writing)
        with pytest.raises(KeyboardInterrupt):
            tried(file, 0)
    tried(file, 1)

    file.refresh_from_db()
    answer = desk.get(f"/imports/{file.pk}/rejected.csv")
    lines = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert [line[0] for line in lines[1:]] == ["2", "4"]
    assert (file.state, file.opened_count, file.rejected_count) == ("DONE", 2, 2)


def test_a_file_cannot_be_begun_twice(desk):
    file = imported(desk, uploaded(desk, table(GOOD).encode()))

    assert desk.post(f"/imports/{file.pk}/start/").status_code == 409
    assert Case.objects.count() == 1


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 310_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.csv", ""),
        (b"\xff\xfe\xfd" * 50, "noise.csv", ""),
        (b"PK\x03\x04 broken", "broken.xlsx", "读不了"),
        (b"\xd0\xcf\x11\xe0old", "old.xls", "旧版 Excel"),
        (b"\xe7\xbc\x96\xe5\x8f\xb7,\xe5\x86\x85\xe5\xae\xb9\n", "only-headings.csv", "没有数据行"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(desk, content, name, words):
    answer = upload(desk, content, name)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert HotlineFile.objects.count() == 0


def test_a_zip_bomb_is_refused_before_it_is_unpacked(desk):
    answer = upload(desk, bomb(), "bomb.xlsx")

    assert answer.status_code == 422
    assert "展开后太大" in answer.content.decode()


def test_too_many_rows_are_refused(desk, monkeypatch):
    monkeypatch.setattr("linli.intake.forms.ROWS_MAX", 1)

    assert "请分开导入" in upload(desk, table(GOOD, ROAD).encode()).content.decode()


def test_points_in_another_datum_are_pointed_out(desk):
    content = table(("M1", "灯坏了", "0.5", "0.5"), headings=("编号", "内容", "经度", "纬度"))
    file = uploaded(desk, content.encode())

    assert "不在本区" in desk.get(f"/imports/{file.pk}/").content.decode()


@pytest.mark.parametrize("role", [Role.GRID, Role.COMMUNITY, Role.STREET, Role.DEPARTMENT])
def test_other_desks_cannot_bring_files_and_nothing_is_written(client, role):
    answer = upload(client_of(client, make.post(role)), table(GOOD).encode())

    assert answer.status_code == 403
    assert (HotlineFile.objects.count(), Appeal.objects.count()) == (0, 0)


def test_somebody_logged_out_is_sent_to_the_login(client):
    assert upload(client, table(GOOD).encode()).status_code == 302
    assert HotlineFile.objects.count() == 0


def test_files_that_do_not_fit_on_the_first_page_are_on_the_next(desk, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 1)
    for name in ("one.csv", "two.csv"):
        uploaded(desk, table(GOOD).encode(), name)

    first, second = (desk.get(f"/imports/?page={number}").content.decode() for number in (1, 2))

    assert ["two.csv" in first, "one.csv" in first, 'href="?page=2"' in first] == [True, False, True]
    assert ["one.csv" in second, 'href="?page=1"' in second] == [True, True]


def test_the_progress_and_the_result_are_shown_in_counts(desk):
    file = imported(desk, uploaded(desk, table(GOOD, ("", "", "没有编号", "")).encode()))

    page = desk.get(f"/imports/{file.pk}/").content.decode()

    assert "12345.csv" in page
    assert f"/imports/{file.pk}/rejected.csv" in page


# Real messages --------------------------------------------------------------------------------------------------------

REAL = next(
    (
        folder / "data" / "messages_hot.csv"
        for folder in Path(__file__).resolve().parents
        if (folder / "data" / "messages_hot.csv").exists()
    ),
    Path(__file__).resolve().parents[3] / "shared" / "data" / "messages_hot.csv",
)


@pytest.mark.skipif(
    not REAL.exists(), reason="the file of real messages is not on this machine (it is not ours to ship)"
)
def test_a_real_file_of_messages_imports_and_its_cases_can_be_worked(desk):
    file = imported(desk, uploaded(desk, REAL.read_bytes(), "messages_hot.csv"))

    assert (file.state, file.row_count, file.opened_count + file.rejected_count) == ("DONE", 4326, 4326)
    assert file.opened_count > 4300
    case = Case.objects.order_by("pk").first()
    worker = make.post(Role.DISTRICT)
    at = file.started_at + timedelta(minutes=5)
    cases.take(case=case, post=worker, at=at)
    handling.finish(case=case, post=worker, result="已办", photo_ids=(), at=at)
    case.refresh_from_db()
    assert case.state == "FINISHED"
