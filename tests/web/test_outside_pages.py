"""The page an outside body opens, what the desk sees of it, and the administrator's list, by HTTP."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image

from linli.case.models import Case, Event
from linli.notice import actions as notices
from linli.notice.models import Notice
from linli.outside import actions as outside
from linli.outside import queries
from linli.outside.models import Asked, Body
from linli.shared.models import AuditEntry
from linli.shared.roles import Role
from linli.staff.queries import RoleRule
from tests import make, make_notice

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def at():
    return timezone.now() - timedelta(hours=1)


def asked(at, **columns):
    case, worker = make.case_in_hand(at=at, contact=make.contact(), address="路程巷3号", text="扎西家楼道灯坏了")
    row = outside.ask(
        case=case,
        post=worker,
        body=columns.pop("body", None) or make_notice.body(),
        words="请修好一楼的路灯",
        place="洛堆社区3号院一楼",
        due_at=timezone.now() + timedelta(days=2),
        at=at + timedelta(minutes=10),
    )
    return row, worker


def link(row, *more):
    return "/".join(["", "o", queries.link_token(row), *more, ""])


def enter(client, post):
    RoleRule.objects.update(is_second_factor_required=False)
    from linli.staff import queries as staff

    staff.forget()
    client.force_login(post.account, backend=BACKEND)
    return client


def photo():
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "green").save(out, "JPEG")
    out.seek(0)
    out.name = "after.jpg"
    return out


def test_the_page_says_what_is_asked_and_nothing_of_any_resident(client, at):
    row, _worker = asked(at)

    answer = client.get(link(row))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "请修好一楼的路灯" in page
    assert "洛堆社区3号院一楼" in page
    for word in ("扎西", "路程巷", "13900000001", row.case.title):
        assert word not in page
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Referrer-Policy"] == "same-origin"  # stricter, and a browser would post without its origin


def test_it_reads_in_the_language_of_the_body_until_another_is_chosen(client, at):
    row, _worker = asked(at, body=make_notice.body(language="en", name_en="Sample Property Co."))

    in_english = client.get(link(row)).content.decode()
    client.cookies["django_language"] = "zh-hans"
    in_chinese = client.get(link(row)).content.decode()

    assert "asks Sample Property Co. for help" in in_english
    assert "请示例物业公司协助" in in_chinese


def test_a_body_accepts_and_then_answers_with_words_and_a_photo(client, at):
    row, _worker = asked(at)

    accepted = client.post(link(row, "accept"), follow=True).content.decode()
    done = client.post(link(row, "done"), {"words": "换了灯泡", "photos": photo()}, follow=True).content.decode()

    row.refresh_from_db()
    event = Event.objects.get(name="finish_outside")
    assert "您已接下" in accepted
    assert "您已答复办好了，谢谢。" in done
    assert (row.state, row.answer) == ("DONE", "换了灯泡")
    assert len(event.detail["photos"]) == 1


def test_a_body_declines_only_with_a_reason_and_what_was_typed_stays(client, at):
    row, _worker = asked(at)

    without = client.post(link(row, "decline"), {"reason": " "})
    too_long = client.post(link(row, "decline"), {"reason": "长" * 1001})
    declined = client.post(link(row, "decline"), {"reason": "不在服务范围"}, follow=True).content.decode()

    assert (without.status_code, too_long.status_code) == (422, 422)
    assert "请写下原因。" in without.content.decode()
    assert "长" * 1001 in too_long.content.decode()
    assert "您已答复不接" in declined
    assert Event.objects.filter(name="decline_outside").count() == 1


def test_what_is_not_a_photo_is_said_and_nothing_is_answered(client, at):
    row, _worker = asked(at)
    broken = io.BytesIO(b"not a picture")
    broken.name = "x.jpg"

    answer = client.post(link(row, "done"), {"words": "换了灯泡", "photos": broken})

    assert answer.status_code == 422
    assert "换了灯泡" in answer.content.decode()
    assert Asked.objects.get().state == "ASKED"


def test_a_second_answer_finds_the_thanks(client, at):
    row, _worker = asked(at)
    client.post(link(row, "decline"), {"reason": "不归我们"})

    again = client.post(link(row, "done"), {"words": "换了灯泡"}, follow=True).content.decode()
    accepted = client.post(link(row, "accept"))

    assert "您已答复不接" in again
    assert accepted.status_code == 409
    assert Asked.objects.get().answer == "不归我们"


def test_a_released_body_is_told_that_it_is_no_longer_needed(client, at):
    row, worker = asked(at)
    outside.release(asked=row, post=worker, reason="等不来", at=timezone.now())

    assert "这件事已经不用您单位办了" in client.get(link(row)).content.decode()


@pytest.mark.parametrize("token", ["abc", "a" * 31, "a" * 60, "%20", "好"])
def test_a_wrong_link_is_told_so_in_one_way(client, token):
    answer = client.get(f"/o/{token}/")

    assert answer.status_code == 404
    assert "这个链接不完整或已作废" in answer.content.decode()


def test_an_accept_by_get_changes_nothing(client, at):
    row, _worker = asked(at)

    assert client.get(link(row, "accept")).status_code == 405
    assert Asked.objects.get().state == "ASKED"


# The desk ----------------------------------------------------------------------------------------


def test_the_desk_asks_from_the_case_and_gets_the_link(client, at):
    case, worker = make.case_in_hand(at=at)
    body = make_notice.body()
    enter(client, worker)
    move = f"/community/cases/{case.pk}/moves/ask_outside/"
    due = (timezone.localtime() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")

    form = client.get(move).content.decode()
    made = client.post(move, {"body": body.pk, "words": "请修灯", "place": "3号院", "due_at": due}, follow=True)

    page = made.content.decode()
    row = Asked.objects.get()
    assert "区域" in form or "社区" in form
    assert "等示例物业公司答复，从" in page
    assert f"http://testserver{link(row)}" in page


@pytest.mark.parametrize(
    ("has_gateway", "public_url", "said"),
    [
        (True, "https://linli.example", "链接已做好，正在发送"),
        (True, "", "没有能发送的通道"),
        (False, "https://linli.example", "没有能发送的通道"),
    ],
)
@pytest.mark.parametrize("name", ["ask_outside", "resend_outside"])
def test_nothing_is_said_to_be_sent_that_was_not(client, at, settings, has_gateway, public_url, said, name):
    settings.PUBLIC_URL = public_url
    if has_gateway:
        make_notice.gateway("https://sms.example/send")
    row, worker = asked(at)
    due = (timezone.localtime() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    other = make_notice.body("供水公司")
    given = {"body": other.pk, "words": "请修灯", "place": "3号院", "due_at": due, "asked": row.pk}

    page = enter(client, worker).post(f"/community/cases/{row.case_id}/moves/{name}/", given, follow=True)

    assert said in page.content.decode()
    assert "已发出" not in page.content.decode()
    assert "已重发" not in page.content.decode()


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"state": "QUEUED", "next_try_at": make.AT}, "正在发送，还没有发出"),
        ({"state": "SENT", "next_try_at": None, "sent_at": make.AT}, "短信已发出"),
        ({"state": "GIVEN_UP", "next_try_at": None, "fault": "联系方式已抹除"}, "没有发出：联系方式已抹除"),
    ],
)
def test_the_case_page_says_what_became_of_the_link(client, at, columns, said):
    make_notice.gateway("https://sms.example/send")
    row, worker = asked(at)
    notices.derive(at=timezone.now())
    Notice.objects.filter(recipient=f"asked:{row.pk}").update(**columns)

    page = enter(client, worker).get(f"/community/cases/{row.case_id}/").content.decode()

    assert said in page


def test_the_desk_is_told_what_may_not_be_said_outside_and_keeps_what_it_typed(client, at):
    case, worker = make.case_in_hand(at=at)
    body = make_notice.body()
    enter(client, worker)
    due = (timezone.localtime() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")

    answer = client.post(
        f"/community/cases/{case.pk}/moves/ask_outside/",
        {"body": body.pk, "words": "找 13900000001", "place": "3号院", "due_at": due},
    )

    assert answer.status_code == 409
    assert "不要写身份证号和电话号码" in answer.content.decode()
    assert "找 13900000001" in answer.content.decode()
    assert Asked.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "given", "state"),
    [
        ("resend_outside", {"is_new_link": "on"}, "ASKED"),
        ("revoke_outside", {"reason": "发错了"}, "ASKED"),
        ("release_outside", {"reason": "等不来"}, "RELEASED"),
    ],
)
def test_the_desk_resends_revokes_and_releases(client, at, name, given, state):
    row, worker = asked(at)
    enter(client, worker)

    answer = client.post(f"/community/cases/{row.case_id}/moves/{name}/", {"asked": row.pk, **given})

    before, row = queries.link_token(row), Asked.objects.get()
    assert answer.status_code == 302
    assert row.state == state
    assert Event.objects.filter(case=row.case).order_by("-sequence").first().name == name
    if name != "release_outside":
        assert client.get(f"/o/{before}/").status_code == 404


def test_the_desk_gives_more_time(client, at):
    row, worker = asked(at)
    enter(client, worker)
    due = (timezone.localtime() + timedelta(days=5)).replace(second=0, microsecond=0)

    client.post(
        f"/community/cases/{row.case_id}/moves/extend_outside/",
        {"asked": row.pk, "due_at": due.strftime("%Y-%m-%dT%H:%M"), "reason": "配件没到"},
    )

    assert Asked.objects.get().due_at == due


def test_without_anything_asked_the_desk_is_offered_only_to_ask(client, at):
    case, worker = make.case_in_hand(at=at)
    enter(client, worker)

    page = client.get(f"/community/cases/{case.pk}/").content.decode()
    refused = client.post(f"/community/cases/{case.pk}/moves/release_outside/", {"asked": 1, "reason": "等不来"})

    assert "moves/ask_outside/" in page
    assert "moves/release_outside/" not in page
    assert refused.status_code == 409


def test_the_list_shows_whom_the_desk_waits_for_and_since_when(client, at):
    row, worker = asked(at)
    stranger = make.post(Role.DEPARTMENT)

    mine = enter(client, worker).get("/outside/").content.decode()
    theirs = enter(client, stranger).get("/outside/").content.decode()

    assert "示例物业公司" in mine
    assert f"/community/cases/{row.case_id}/" in mine
    assert "没有在等外部单位的事项" in theirs


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_with_one_and_three(client, at, django_assert_num_queries, count):
    worker, bodies = None, [make_notice.body(f"公司{serial}") for serial in range(count)]
    for body in bodies:
        _row, worker = asked(at, body=body)
    enter(client, worker)
    client.get("/outside/")

    with django_assert_num_queries(2):
        client.get("/outside/")


def test_the_resident_reads_who_was_asked_and_not_what_it_wrote(client, at):
    from linli.case.actions import follow_token

    row, _worker = asked(at)
    client.post(link(row, "done"), {"words": "粗口一句"})
    case = Case.objects.get()

    page = client.get(f"/f/{case.number}/{follow_token(case.first_appeal_id)}/").content.decode()

    assert "示例物业公司答复已办好，正在核实" in page
    assert "粗口" not in page


# The administrator -------------------------------------------------------------------------------


def test_an_administrator_adds_changes_and_closes_a_body(client):
    make.neighbourhood()
    enter(client, make.post(Role.ADMIN))
    sent = {"name": "供水公司", "phone": "13800000002", "language": "zh-hans"}

    client.post("/admin/outside/", sent)
    body = Body.objects.get()
    without = client.post("/admin/outside/", {"name": "供电公司", "language": "zh-hans"})
    client.post(f"/admin/outside/{body.pk}/", {"name": "供水集团", "language": "bo"})
    page = client.get(f"/admin/outside/{body.pk}/").content.decode()
    client.post(f"/admin/outside/{body.pk}/close/", {"reason": "合并"})

    body.refresh_from_db()
    assert (body.name, body.language, body.is_active) == ("供水集团", "bo", False)
    assert without.status_code == 422
    assert "请写电话或邮箱。" in without.content.decode()
    assert "13800000002" not in page
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["keep_body", "keep_body", "close_body"]


def test_nobody_else_opens_the_bodies(client):
    assert enter(client, make.post(Role.COMMUNITY)).get("/admin/outside/").status_code == 403
