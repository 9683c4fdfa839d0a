"""The community and street desk: the morning, its lists, search, and an appeal written down for a resident."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.case import actions as cases
from linli.case import finding
from linli.case.models import Case, Joined
from linli.handling import actions as handling
from linli.intake.models import Appeal
from linli.intake.rules import Channel
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.whistle import actions as whistles
from linli.whistle.states import WhistleKind
from tests import make

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
QUEUES = ("overdue", "silent", "supervised", "to-take", "called", "in-hand", "waiting", "confirming", "open", "all")


@pytest.fixture
def at():
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def post():
    make.neighbourhood()
    return make.post(Role.COMMUNITY)


@pytest.fixture
def desk(client, post):
    client.force_login(post.account, backend=BACKEND)
    return client


def keys(answer):
    return [row.pk if isinstance(row, Case) else row.case_id for row in answer.context["page"].rows]


def indexed(at):
    with acting(EVERYTHING):
        cases.index_words(at=at)


def in_hand(post, *, at, **columns):
    case = make.case(at=at, **columns)
    cases.take(case=case, post=post, at=at + timedelta(minutes=1))
    return case


def test_a_morning_with_nothing_to_do_says_so(desk):
    page = desk.get("/community/").content.decode()

    assert "都办完了" in page


def test_every_number_of_the_morning_leads_to_as_many_rows(desk, post, at):
    long_ago = at - timedelta(days=20)
    make.case(at=at)
    in_hand(post, at=at, text="垃圾没有清运")
    late = in_hand(post, at=long_ago, text="路面有坑")
    done = in_hand(post, at=at, text="井盖松动")
    handling.finish(case=done, post=post, result="修好了", at=timezone.now())
    unit = make.department("城管局")
    whistles.blow(
        case=late,
        post=post,
        kind=WhistleKind.SERVICE,
        unit_ids=[unit.pk],
        lead_id=unit.pk,
        message="",
        at=long_ago + timedelta(minutes=5),
    )
    cases.supervise(at=timezone.now())

    tiles = desk.get("/community/").context["tiles"]

    counted = {tile["name"]: tile["number"] for tile in tiles}
    assert counted == {tile["name"]: len(keys(desk.get(tile["url"]))) for tile in tiles}
    assert counted["overdue"] == counted["silent"] == counted["waiting"] == 1
    assert (counted["to-take"], counted["in-hand"], counted["confirming"], counted["called"]) == (1, 2, 1, 0)


@pytest.mark.parametrize("name", QUEUES)
def test_an_empty_list_says_that_all_is_done(desk, name):
    answer = desk.get(f"/community/lists/{name}/")

    assert answer.status_code == 200
    assert "都办完了" in answer.content.decode()


@pytest.mark.parametrize("name", ["open", "all", "in-hand"])
def test_a_list_costs_the_same_with_one_and_with_three_rows(desk, post, at, name, django_assert_max_num_queries):
    in_hand(post, at=at)
    desk.get(f"/community/lists/{name}/")
    with django_assert_max_num_queries(5):
        desk.get(f"/community/lists/{name}/")
    in_hand(post, at=at, text="垃圾没有清运")
    in_hand(post, at=at, text="井盖松动")

    with django_assert_max_num_queries(5):
        answer = desk.get(f"/community/lists/{name}/")

    assert len(keys(answer)) == 3


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {"lamp", "rubbish"}),
        ({"category": "0104"}, {"lamp"}),
        ({"area": make.GRID}, {"rubbish"}),
        ({"channel": "PHONE"}, {"rubbish"}),
        ({"late": "yes"}, {"lamp"}),
        ({"late": "no"}, {"rubbish"}),
        ({"state": "HANDLING"}, {"rubbish"}),
        ({"q": "垃圾"}, {"rubbish"}),
    ],
)
def test_the_filters_leave_what_they_say(desk, post, at, query, expected):
    lamp = make.case(at=at - timedelta(days=30))
    rubbish = in_hand(post, at=at, text="垃圾没有清运", area_code=make.GRID, channel=Channel.PHONE)
    indexed(at)

    found = keys(desk.get("/community/lists/open/", query))

    assert set(found) == {{"lamp": lamp, "rubbish": rubbish}[name].pk for name in expected}


def test_a_number_opens_its_case_and_words_look_everywhere(desk, post, at):
    case = make.case(at=at)
    indexed(at)

    by_number = desk.get("/community/find/", {"q": f"{case.number[:4]} {case.number[4:]}", "state": "CLOSED"})
    by_words = desk.get("/community/find/", {"q": "楼道灯"})

    assert by_number.headers["Location"] == f"/community/cases/{case.pk}/"
    assert keys(by_words) == [case.pk]
    assert "<mark>楼道灯</mark>坏了三天" in by_words.content.decode()


def test_what_was_found_is_shown_as_words_and_never_as_markup(desk, post, at):
    case = in_hand(post, at=at, text="<b>水管</b>爆裂", title="<i>水管</i>")
    cases.note(case=case, post=post, words="<script>备件</script>到货", at=at + timedelta(minutes=9))
    indexed(at)

    by_text = desk.get("/community/find/", {"q": "水管"}).content.decode()
    by_note = desk.get("/community/find/", {"q": "备件"}).content.decode()

    assert "&lt;i&gt;<mark>水管</mark>&lt;/i&gt;" in by_text
    assert "&lt;script&gt;<mark>备件</mark>&lt;/script&gt;到货" in by_note


@pytest.mark.parametrize("count", [1, 3])
def test_a_search_costs_the_same_statements_however_much_it_finds(desk, at, count):
    for _each in range(count):
        make.case(at=at)
    indexed(at)
    desk.get("/community/find/", {"q": "楼道灯"})

    with CaptureQueriesContext(connection) as asked:
        desk.get("/community/find/", {"q": "楼道灯"})

    assert len(asked) == 5  # session with account, the index, the rows, their appeals, their steps


def test_more_than_are_shown_is_said_and_not_counted(desk, at, monkeypatch):
    monkeypatch.setattr(finding, "FOUND_MAX", 1)
    for _each in range(2):
        make.case(at=at)
    indexed(at)

    page = desk.get("/community/find/", {"q": "楼道灯"})

    assert "有这些词的不止 1 件" in page.content.decode()
    assert page.context["page"].is_count_whole is False


def test_another_community_is_not_seen(desk, post, at):
    make.area("540102001002", "冲赛康社区")
    make.unit("COMMUNITY", area_code="540102001002")
    other = make.case(at=at, area_code="540102001002")

    assert keys(desk.get("/community/lists/all/")) == []
    assert desk.get(f"/community/cases/{other.pk}/").status_code == 404


def test_a_street_works_at_the_same_desk_and_sees_its_communities(client, at):
    case = make.case(at=at)
    street = make.post(Role.STREET)
    client.force_login(street.account, backend=BACKEND)

    assert keys(client.get("/community/lists/open/")) == [case.pk]
    assert client.get(f"/community/cases/{case.pk}/").status_code == 200


def test_a_list_is_exported(desk, at):
    case = make.case(at=at)

    answer = desk.get("/community/lists/open/", {"export": "csv", "purpose": "HANDLE_CASE"})

    assert case.number in b"".join(answer.streaming_content).decode("utf-8-sig")


def said(**columns):
    return {
        "channel": "WALK_IN",
        "text": "楼道灯坏了三天",
        "address": "洛堆社区",
        "kind": "HELP",
        "key": "k1",
        "name": "扎西",
        "phone": "13900000001",
    } | columns


def test_an_appeal_at_the_counter_gets_a_number_and_the_worker_is_kept(desk, post):
    answer = desk.post("/community/register/", said())

    case = Case.objects.get()
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f"{case.number[:4]} {case.number[4:8]} {case.number[8:]}" in page
    assert f"/f/{case.number}/" in page
    assert (case.channel, case.area_code, case.first_appeal.by_post_id) == ("WALK_IN", make.COMMUNITY, post.pk)
    assert case.first_appeal.contact_id is not None


def test_sending_the_form_twice_registers_once(desk):
    desk.post("/community/register/", said())
    again = desk.post("/community/register/", said())

    assert again.status_code == 200
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"text": " "}, "发生了什么"),
        ({"phone": "12"}, "电话号码看起来不对"),
        ({"text": "长" * 4001}, "4000"),
        ({"channel": "HOTLINE"}, "怎么来的"),
        ({"lng": "500"}, "180"),
    ],
)
def test_a_fault_in_the_form_is_said_and_nothing_is_registered(desk, columns, words):
    answer = desk.post("/community/register/", said(**columns))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert (Case.objects.count(), Appeal.objects.count()) == (0, 0)


def test_nearby_cases_are_shown_before_registering(desk, at):
    case = make.case(at=at)

    page = desk.get("/community/register/nearby/", {"address": "洛堆社区", "text": "楼道灯坏了"}).content.decode()

    assert case.number in page
    assert f'value="{case.pk}"' in page


def test_a_resident_is_added_to_the_open_case_instead(desk, at):
    case = make.case(at=at)

    answer = desk.post("/community/register/", said(join=case.pk))

    case.refresh_from_db()
    assert answer.status_code == 200
    assert (Case.objects.count(), Joined.objects.count(), case.joined_count) == (1, 1, 1)


@pytest.mark.parametrize("role", [Role.DEPARTMENT, Role.GRID, Role.DISTRICT])
@pytest.mark.parametrize("path", ["", "lists/open/", "register/", "find/"])
def test_other_roles_are_turned_away_and_nothing_is_written(client, role, path):
    make.neighbourhood()
    post = make.post(role, area_code=make.GRID if role == Role.GRID else "")
    client.force_login(post.account, backend=BACKEND)

    read, sent = client.get(f"/community/{path}"), client.post(f"/community/{path}", said())

    assert (read.status_code, sent.status_code) == (403, 403)
    assert Case.objects.count() == 0


def test_what_belongs_to_another_community_is_registered_there(desk):
    make.area("540102001002", "冲赛康社区")
    make.unit("COMMUNITY", area_code="540102001002")
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE linli_app")

    answer = desk.post("/community/register/", said(address="冲赛康社区", text="水管漏水"))

    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    case = Case.objects.get()
    assert answer.status_code == 200
    assert (case.area_code, case.owner.area_code) == ("540102001002", "540102001002")
    assert "打开这件事" not in answer.content.decode()
