"""The page of a case at every desk: who sees it, which moves it offers, what each answers."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from linli.case import actions as cases
from linli.case.models import Case, Event
from linli.handling import actions as handling
from linli.people.models import Look
from linli.shared.roles import Role
from linli.whistle import actions as whistles
from linli.whistle.models import Called
from linli.whistle.states import WhistleKind
from tests import make

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
DESKS = {"COMMUNITY": "community", "STREET": "community"}


@pytest.fixture
def at():
    return timezone.now() - timedelta(hours=1)


def enter(client, post):
    client.force_login(post.account, backend=BACKEND)
    return client


def url(post, case, *parts):
    return "/".join(["", DESKS.get(post.role, post.role.lower()), "cases", str(case.pk), *parts, ""])


def whistled(at, **columns):
    """A case in its community's hands, whistled to two departments, with every post concerned and one stranger."""
    case, worker = make.case_in_hand(at=at, area_code=make.GRID, contact=make.contact(), **columns)
    lead, other = make.department("城管局"), make.department("供电公司")
    whistles.blow(
        case=case,
        post=worker,
        kind=WhistleKind.SERVICE,
        unit_ids=[lead.pk, other.pk],
        lead_id=lead.pk,
        message="请来看看",
        at=at + timedelta(minutes=10),
    )
    posts = {
        "worker": worker,
        "street": make.post(Role.STREET),
        "lead": make.post(Role.DEPARTMENT, unit=lead),
        "other": make.post(Role.DEPARTMENT, unit=other),
        "stranger": make.post(Role.DEPARTMENT, unit=make.department("林业局")),
        "grid": make.post(Role.GRID, area_code=make.GRID),
    }
    return case, posts


def given(name, case, posts):
    """Fill in the form of a move so that it holds."""
    later = timezone.localtime() + timedelta(days=2)
    third = make.department("住建局")
    return {
        "blow": {"kind": "SERVICE", "units": [third.pk], "lead": "", "message": "请一起来"},
        "finish": {"words": "更换了灯泡", "despite": "其余单位不用等"},
        "task": {
            "to": f"unit-{posts['other'].unit_id}",
            "words": "看一下线路",
            "due_at": later.strftime("%Y-%m-%dT%H:%M"),
        },
        "contact": {"words": "约好下午三点上门"},
        "step": {"words": "已到现场查看"},
        "note": {"words": "记得带梯子"},
        "correct": {"category": case.category_code, "urgency": "URGENT", "area": case.area_code, "reason": "有老人"},
        "decline": {"words": "不是供电线路"},
        "counter": {"words": "配件明天到", "proposed_due_at": later.strftime("%Y-%m-%dT%H:%M")},
        "dispatch": {"to": third.pk, "reason": "属于住建"},
        "release": {
            "called": Called.objects.get(case=case, unit=posts["other"].unit).pk,
            "reason": "不用来了",
        },
        "split": {"words_1": "换灯", "owner_1": third.pk, "reason": "两家的事"},
        "link": {"child": make.case(text="它的一部分").number, "reason": "是它的一部分"} if name == "link" else {},
        "merge": {"into": make.case(text="同一件事，又来一次").number, "reason": "同一件事"},
        "refuse": {"route": "BEYOND_DUTY", "reason": ""},
        "supervise": {"level": 2, "words": "今天办完"},
        "confirm": {"rating": 5, "reason": "电话里说很好"},
        "send_back": {"reason": "还是不亮"},
    }.get(name, {})


# For a whistled case nobody has reported in to: who may make which move.
ALLOWED = {
    "worker": {"blow", "finish", "contact", "step", "note", "correct", "release", "merge", "task", "split", "link"},
    "street": {
        "blow",
        "finish",
        "contact",
        "step",
        "note",
        "correct",
        "release",
        "merge",
        "supervise",
        "task",
        "split",
        "link",
    },
    "lead": {"report_in", "decline", "counter", "contact", "step", "note", "finish", "task"},
    "other": {"report_in", "decline", "counter", "contact", "step", "note"},
    "grid": {"contact", "step", "note"},
}
MOVES = (
    *("take", "report_in", "blow", "finish", "confirm", "step", "contact", "note", "correct", "decline"),
    *("counter", "dispatch", "release", "send_back", "merge", "supervise", "refuse", "task", "task_done"),
    *("task_back", "task_drop", "agree", "turn_down", "part", "return_part", "hand_back", "rule", "ask_review"),
    *("unmerge", "split", "link"),
)


@pytest.mark.parametrize("who", ALLOWED)
def test_the_page_offers_exactly_the_moves_of_the_table(client, at, who):
    case, posts = whistled(at)

    answer = enter(client, posts[who]).get(url(posts[who], case))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert {name for name in MOVES if f"moves/{name}/" in page} == ALLOWED[who]


@pytest.mark.parametrize("who", ALLOWED)
@pytest.mark.parametrize("name", MOVES)
def test_a_move_is_made_or_refused_as_the_table_says(client, at, who, name):
    case, posts = whistled(at)
    filled = given(name, case, posts)
    before = Event.objects.filter(case=case).count()

    answer = enter(client, posts[who]).post(url(posts[who], case, "moves", name), filled)

    events = list(Event.objects.filter(case=case).order_by("sequence").values_list("name", flat=True))
    if name in ALLOWED[who]:
        assert (answer.status_code, answer.headers["Location"]) == (302, url(posts[who], case))
        assert events[before:] == [name]
    else:
        assert answer.status_code in {403, 409}
        assert len(events) == before
        assert "这一步没有做" in answer.content.decode()


@pytest.mark.parametrize("name", ["", "moves/report_in/", "moves/note/", "contact/", "units/", "layer.json"])
def test_a_unit_that_was_not_called_finds_nothing_and_nothing_is_written(client, at, name):
    case, posts = whistled(at)
    before = (Event.objects.count(), Look.objects.count())
    enter(client, posts["stranger"])

    read = client.get(f"/department/cases/{case.pk}/{name}")
    sent = client.post(f"/department/cases/{case.pk}/{name}", {"words": "看看", "purpose": "HANDLE_CASE"})

    assert {read.status_code, sent.status_code} <= {404, 405}
    assert (Event.objects.count(), Look.objects.count()) == before


@pytest.mark.parametrize(
    ("role", "path"), [("COMMUNITY", "department"), ("DEPARTMENT", "community"), ("GRID", "community")]
)
def test_a_post_of_another_role_is_turned_away_from_a_desk(client, at, role, path):
    case, posts = whistled(at)
    post = {"COMMUNITY": posts["worker"], "DEPARTMENT": posts["lead"], "GRID": posts["grid"]}[role]

    answer = enter(client, post).post(f"/{path}/cases/{case.pk}/moves/note/", {"words": "备注"})

    assert answer.status_code == 403
    assert not Event.objects.filter(case=case, name="note").exists()


def test_without_a_login_the_page_leads_to_the_login(client, at):
    case, _posts = whistled(at)

    answer = client.get(f"/community/cases/{case.pk}/")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login/?next=")


def test_the_second_of_two_people_is_told_who_was_first_and_keeps_what_they_wrote(client, at):
    case, posts = whistled(at)
    seen = Case.objects.get(pk=case.pk).event_count
    handling.finish(
        case=Case.objects.get(pk=case.pk), post=posts["lead"], result="修好了", despite="不等了", at=timezone.now()
    )

    answer = enter(client, posts["worker"]).post(
        url(posts["worker"], case, "moves", "finish"), {"words": "我们也修好了", "seen": seen}
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "这件事刚被城管局处理了（办结）" in page
    assert "我们也修好了" in page
    assert Event.objects.filter(case=case, name="finish").count() == 1


def test_two_people_may_hand_a_case_on_only_once(client, at):
    case, worker = make.case_in_hand(at=at)
    seen = Case.objects.get(pk=case.pk).event_count
    first, second = make.department("住建局"), make.department("水务局")
    cases.hand_on(
        case=Case.objects.get(pk=case.pk), post=worker, to_unit_id=first.pk, reason="属于住建", at=timezone.now()
    )

    answer = enter(client, worker).post(
        url(worker, case, "moves", "dispatch"), {"to": second.pk, "reason": "属于水务", "seen": seen}
    )

    case.refresh_from_db()
    assert answer.status_code == 409
    assert case.owner_id == first.pk


def test_a_form_with_a_fault_says_so_and_writes_nothing(client, at):
    case, posts = whistled(at)

    answer = enter(client, posts["worker"]).post(url(posts["worker"], case, "moves", "blow"), {"kind": "SERVICE"})

    assert answer.status_code == 422
    assert "请至少选择一个单位" in answer.content.decode()
    assert not Event.objects.filter(case=case, name="blow", sequence__gt=3).exists()


def test_a_unit_picked_as_lead_is_called_too(client, at):
    case, worker = make.case_in_hand(at=at)
    one, two = make.department("城管局"), make.department("水务局")

    enter(client, worker).post(
        url(worker, case, "moves", "blow"),
        {"kind": "JOINT", "units": [one.pk], "lead": two.pk, "message": "十点在小区东门集合"},
    )

    called = Called.objects.filter(case=case).order_by("unit_id").values_list("unit_id", "is_lead")
    assert list(called) == [(one.pk, False), (two.pk, True)]


def test_a_photo_that_is_none_is_refused_and_the_words_stay(client, at):
    case, posts = whistled(at)
    wrong = SimpleUploadedFile("a.jpg", b"no picture", "image/jpeg")

    answer = enter(client, posts["lead"]).post(
        url(posts["lead"], case, "moves", "finish"), {"words": "修好了", "despite": "不等了", "photos": wrong}
    )

    assert answer.status_code == 409
    assert "修好了" in answer.content.decode()
    assert not Event.objects.filter(case=case, name="finish").exists()


def test_the_contact_opens_only_with_a_purpose_and_leaves_a_look(client, at):
    case, posts = whistled(at)
    enter(client, posts["lead"])

    without = client.post(url(posts["lead"], case, "contact"), {"purpose": ""})
    with_one = client.post(url(posts["lead"], case, "contact"), {"purpose": "HANDLE_CASE"})

    assert (without.status_code, with_one.status_code) == (403, 200)
    assert "13900000001" not in without.content.decode()
    assert "13900000001" in with_one.content.decode()
    assert list(Look.objects.values_list("purpose", "subject")) == [("HANDLE_CASE", f"case {case.number}")]


@pytest.mark.parametrize(
    ("who", "is_known"),
    [("worker", True), ("grid", True), ("centre", True), ("lead", False), ("other", False), ("street", False)],
)
def test_who_asked_for_confidence_is_known_only_to_those_who_answer_for_the_case(client, at, who, is_known):
    case, posts = whistled(at, is_confidential=True)
    post = posts | {"centre": make.post(Role.DISTRICT)}
    enter(client, post[who])

    page = client.get(url(post[who], case)).content.decode()
    asked = client.post(url(post[who], case, "contact"), {"purpose": "HANDLE_CASE"})

    assert ("13900000001" in asked.content.decode()) is is_known
    assert asked.status_code == (200 if is_known else 403)
    said = "反映人要求保密。要联系反映人，请通过COMMUNITY540102001001。"
    assert [said in page, said in asked.content.decode()] == [not is_known, not is_known]
    assert ("查看联系方式" in page) is is_known
    assert Look.objects.count() == (1 if is_known else 0)


def test_of_several_reporters_only_the_one_who_asked_for_it_stays_unknown(client, at):
    case, posts = whistled(at, is_confidential=True)
    cases.join(case=case, received=make.received(contact=make.contact(phone="13900000002")), at=at)
    case.refresh_from_db()

    asked = enter(client, posts["lead"]).post(url(posts["lead"], case, "contact"), {"purpose": "HANDLE_CASE"})

    assert asked.status_code == 200
    assert "13900000002" in asked.content.decode()
    assert "13900000001" not in asked.content.decode()
    assert "反映人要求保密。要联系反映人，请通过" in asked.content.decode()


def test_the_page_itself_never_holds_the_contact(client, at):
    case, posts = whistled(at)

    page = enter(client, posts["worker"]).get(url(posts["worker"], case)).content.decode()

    assert "13900000001" not in page
    assert "查看联系方式" in page
    assert Look.objects.count() == 0


def test_the_preview_shows_the_resident_words_and_warns_of_numbers(client, at):
    case, posts = whistled(at)

    answer = enter(client, posts["lead"]).post(
        url(posts["lead"], case, "moves", "finish", "preview"), {"words": "修好了，有事打13900000002"}
    )

    page = answer.content.decode()
    assert "城管局已办结：修好了" in page
    assert "电话号码" in page


def test_a_refusal_has_a_reply_for_each_way_that_may_be_changed(client, at):
    case, worker = make.case(at=at), make.post(Role.COMMUNITY)
    enter(client, worker)

    page = client.get(url(worker, case, "moves", "refuse") + "?route=EMERGENCY").content.decode()
    client.post(url(worker, case, "moves", "refuse"), {"route": "EMERGENCY", "reason": ""})

    case.refresh_from_db()
    assert "110（报警）" in page
    assert case.state == "REFUSED"
    assert "119" in Event.objects.get(case=case, name="refuse").reason


def test_a_place_in_words_corrects_the_area(client, at):
    case, worker = make.case_in_hand(at=at)

    enter(client, worker).post(
        url(worker, case, "moves", "correct"),
        {
            "category": case.category_code,
            "urgency": case.urgency,
            "area": case.area_code,
            "place_words": "洛堆社区01网格",
        },
    )

    case.refresh_from_db()
    assert case.area_code == make.GRID


def test_the_page_says_which_rule_set_the_limit(client, at):
    case, posts = whistled(at)

    page = enter(client, posts["worker"]).get(url(posts["worker"], case)).content.decode()

    assert "为什么是这个时限" in page
    assert "分类“楼道灯损坏”规定 3 个工作日" in page
    assert "等词建议" in page


def test_a_called_unit_is_named_with_what_is_waited_for(client, at):
    case, posts = whistled(at)

    page = enter(client, posts["worker"]).get(url(posts["worker"], case)).content.decode()

    assert "等城管局报到，还有" in page
    assert "等供电公司报到，还有" in page


def test_in_the_side_panel_the_same_page_comes_without_its_frame(client, at):
    case, posts = whistled(at)

    answer = enter(client, posts["worker"]).get(url(posts["worker"], case), headers={"X-Linli-Frame": "panel"})

    page = answer.content.decode()
    assert "<html" not in page
    assert case.number in page


def test_a_whistle_search_keeps_what_was_picked(client, at):
    case, worker = make.case_in_hand(at=at)
    one, two = make.department("城管局"), make.department("水务局")

    page = enter(client, worker).get(url(worker, case, "units"), {"q": "水务", "units": [one.pk], "lead": one.pk})

    text = " ".join(page.content.decode().split())
    assert text.index("城管局") < text.index("水务局")
    assert f'value="{one.pk}" checked' in text
    assert f'name="units" value="{two.pk}" >' in text


def test_a_case_page_costs_the_same_however_long_its_story(client, at, django_assert_max_num_queries):
    case, posts = whistled(at)
    enter(client, posts["worker"]).get(url(posts["worker"], case))
    for minute in range(10):
        handling.record_step(
            case=Case.objects.get(pk=case.pk),
            post=posts["lead"],
            words=f"第 {minute} 步",
            at=at + timedelta(minutes=20 + minute),
        )

    with django_assert_max_num_queries(17):
        client.get(url(posts["worker"], case))


@pytest.fixture
def guarded():
    """Let PostgreSQL itself guard the rows, as it does for the running system."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE linli_app")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.mark.parametrize(("who", "name"), [(who, name) for who in ALLOWED for name in sorted(ALLOWED[who])])
def test_row_security_lets_every_allowed_move_through(client, at, request, who, name):
    case, posts = whistled(at)
    filled = given(name, case, posts)
    enter(client, posts[who])
    request.getfixturevalue("guarded")

    answer = client.post(url(posts[who], case, "moves", name), filled)

    assert (answer.status_code, answer.headers.get("Location")) == (302, url(posts[who], case))
    assert client.get(url(posts[who], case)).status_code == 200


def test_a_case_corrected_into_another_community_leaves_the_street_no_dead_end(client, at, request):
    make.area("540102002001", "嘎玛贡桑社区")
    case, posts = whistled(at)
    enter(client, posts["street"])
    request.getfixturevalue("guarded")

    answer = client.post(
        url(posts["street"], case, "moves", "correct"),
        {
            "category": case.category_code,
            "urgency": case.urgency,
            "area": case.area_code,
            "place_words": "嘎玛贡桑社区",
        },
    )

    assert (answer.status_code, answer.headers["Location"]) == (302, "/community/")


def test_an_emergency_stands_first_when_it_is_taken_down_and_when_it_is_opened(client, at):
    make.neighbourhood()
    enter(client, make.post(Role.COMMUNITY))

    heard = client.post("/community/register/listening/", {"text": "楼上着火了"}).content.decode()
    quiet = client.post("/community/register/listening/", {"text": "楼道灯坏了"}).content.decode()
    case = make.case(at=at, text="老人晕倒了，快来")
    page = client.get(f"/community/cases/{case.pk}/").content.decode()

    assert ("tel:119" in heard, quiet.strip()) == (True, "")
    assert page.index("tel:120") < page.index("case-head")


def test_a_case_that_is_over_calls_nobody(client, at):
    case = make.case(at=at, text="老人晕倒了，快来")
    post = make.post(Role.COMMUNITY)
    cases.refuse(case=case, post=post, route="EMERGENCY", reason="", at=at)
    enter(client, post)

    assert "tel:120" not in client.get(f"/community/cases/{case.pk}/").content.decode()


def test_an_emergency_said_later_or_by_a_neighbour_stands_first_too(client, at):
    added, joined, merged = (make.case(at=at) for _each in range(3))
    worker = make.post(Role.COMMUNITY)
    cases.add_words(case=added, text_added="老人晕倒了", at=at)
    cases.join(case=joined, received=make.received(text="楼道里着火了"), at=at)
    cases.merge(case=make.case(at=at, text="有人打架，动刀了"), into=merged, post=worker, reason="同一处", at=at)
    enter(client, worker)

    pages = [client.get(f"/community/cases/{case.pk}/").content.decode() for case in (added, joined, merged)]

    assert ["tel:120" in pages[0], "tel:119" in pages[1], "tel:110" in pages[2]] == [True, True, True]


def test_an_emergency_is_marked_in_the_list_while_it_waits(client, at):
    make.case(at=at, text=f"楼道的事要说一说，{'事情很长' * 40}，老人晕倒了", title="楼道的事")
    make.case(at=at, text="楼道灯坏了", title="灯不亮")
    enter(client, make.post(Role.COMMUNITY))

    page = client.get("/community/lists/to-take/").content.decode()

    assert page.count("先打 120") == 1
    assert page.index("楼道的事") < page.index("先打 120")
