"""The department's desk: three lists, the answer in the row, the same cost whatever their length."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from linli.case import actions as cases
from linli.case.models import Case, Event
from linli.handling import actions as handling
from linli.handling import queries as work
from linli.place.queries import atlas
from linli.shared.roles import Role
from linli.shared.scope import acting
from linli.staff import queries as staff
from linli.text import queries as text
from linli.whistle import actions as whistles
from linli.whistle.models import Called, Whistle
from linli.whistle.states import WhistleKind
from tests import make
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
STATEMENTS = 3  # the session with its account, the counts, the calls


@pytest.fixture
def at():
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def _remembering(monkeypatch):
    """Names are looked up again at most once a second; here not at all, so that statements can be counted."""
    monkeypatch.setattr(staff, "SECONDS_BETWEEN_LOOKS", 3600.0)
    monkeypatch.setattr(atlas, "CHECK_SECONDS", 3600.0)
    monkeypatch.setattr(text, "FRESH_SECONDS", 3600.0)


@pytest.fixture
def post():
    make.neighbourhood()
    return make.post(Role.DEPARTMENT, unit=make.department("城管局"))


@pytest.fixture
def desk(client, post):
    client.force_login(post.account, backend=BACKEND)
    return client


def called(post, *, at, **columns):
    """One case of the community, to which the post's unit is called."""
    case = make.case(at=at, **columns)
    worker = make.post(Role.COMMUNITY)
    cases.take(case=case, post=worker, at=at + timedelta(minutes=1))
    whistles.blow(
        case=case,
        post=worker,
        kind=WhistleKind.SERVICE,
        unit_ids=[post.unit_id],
        lead_id=post.unit_id,
        message="",
        at=at + timedelta(minutes=2),
    )
    return case


def many_called(post, count, *, at):
    """Many calls to the unit of one post, written in bulk."""
    first = called(post, at=at)
    template = Called.objects.get(case=first)
    opened = cases.open_many(received=[make.received(text=f"第 {n} 件事") for n in range(count - 1)], at=at)
    for one in opened:
        whistle = Whistle.objects.create(
            case_id=one.case_id,
            kind="SERVICE",
            blown_at=at,
            blown_by_post_id=template.whistle.blown_by_post_id,
            blown_by_unit_id=template.whistle.blown_by_unit_id,
        )
        Called.objects.create(
            whistle=whistle,
            case_id=one.case_id,
            unit_id=post.unit_id,
            is_lead=True,
            state="CALLED",
            called_at=at,
            report_in_due_at=template.report_in_due_at,
            due_at=template.due_at + timedelta(minutes=one.case_id),
        )


@pytest.mark.parametrize("count", [1, 3, 50])
@pytest.mark.usefixtures("_remembering")
def test_the_list_costs_the_same_with_one_three_and_fifty_rows(desk, post, at, count, django_assert_num_queries):
    many_called(post, count, at=at)
    with acting(staff.scope_of(post)):
        desk.get("/department/")

    with django_assert_num_queries(STATEMENTS):
        answer = desk.get("/department/")

    assert answer.content.decode().count("<tr data-key=") == count


@pytest.mark.usefixtures("_remembering")
def test_the_next_page_costs_no_more_than_the_first(desk, post, at, django_assert_num_queries):
    many_called(post, 53, at=at)
    page = desk.get("/department/").context["page"]

    with django_assert_num_queries(STATEMENTS):
        answer = desk.get(page.next_url)

    assert len(page.rows) == 50
    assert answer.content.decode().count("<tr data-key=") == 3


def test_an_emergency_is_marked_until_the_unit_has_answered(desk, post, at):
    case = called(post, at=at, title="三楼着火了")
    before = desk.get("/department/").content.decode()
    desk.post(f"/department/cases/{case.pk}/moves/report_in/")

    assert "先打 119" in before
    assert "先打" not in desk.get("/department/in-hand/").content.decode()


TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
TIME = re.compile(r'name="server-time" content="([^"]+)"')


def test_a_page_drawn_before_carries_a_token_and_a_time_of_its_own(post, at):
    called(post, at=at)
    desk = Client(enforce_csrf_checks=True)
    desk.force_login(post.account, backend=BACKEND)
    first, second = (desk.get("/department/").content.decode() for _ in range(2))

    assert len(TOKEN.findall(first)) == len(TOKEN.findall(second)) > 1
    assert set(TOKEN.findall(first)).isdisjoint(TOKEN.findall(second))
    assert datetime.fromisoformat(TIME.search(second)[1]) > timezone.now() - timedelta(minutes=1)
    token, case = TOKEN.findall(second)[0], Case.objects.get()
    assert desk.post(f"/department/cases/{case.pk}/moves/report_in/", {"csrfmiddlewaretoken": token}).status_code == 302
    assert desk.post(f"/department/cases/{case.pk}/moves/finish/", {"csrfmiddlewaretoken": "x" * 64}).status_code == 403


def test_a_page_drawn_before_shows_what_was_read_just_now(desk, post, at):
    case = called(post, at=at)
    before = desk.get("/department/").content.decode()
    Case.objects.filter(pk=case.pk).update(title="换了标题的事")
    changed = desk.get("/department/").content.decode()
    called(post, at=at, text="又一件事")
    more = desk.get("/department/").content.decode()
    desk.post("/language/", {"language": "en", "next": "/department/"})
    english = desk.get("/department/").content.decode()

    assert "换了标题的事" not in before
    assert "换了标题的事" in changed
    assert more.count("<tr data-key=") == 2
    assert 'lang="en"' in english


def test_two_posts_never_see_the_page_of_the_other(desk, post, at):
    called(post, at=at)
    other = make.post(Role.DEPARTMENT, unit=make.department("水务局"))
    theirs = Client()
    theirs.force_login(other.account, backend=BACKEND)

    assert "<tr data-key=" in desk.get("/department/").content.decode()
    assert "都办完了" in theirs.get("/department/").content.decode()


def test_the_counts_of_another_unit_are_refused(post):
    other = make.post(Role.DEPARTMENT, unit=make.department("水务局"))

    with as_application(staff.scope_of(post)), pytest.raises(DatabaseError, match="not in scope"), transaction.atomic():
        work.counts_for(other)


@pytest.mark.parametrize("path", ["/department/", "/department/in-hand/", "/department/waiting/"])
def test_an_empty_list_says_that_all_is_done(desk, path):
    answer = desk.get(path)

    assert answer.status_code == 200
    assert "都办完了" in answer.content.decode()


def test_a_row_says_what_where_by_when_and_from_whom(desk, post, at):
    case = called(post, at=at, address="路程巷3号院2栋")

    page = desk.get("/department/").content.decode()

    for words in (case.title, "路程巷3号院2栋", "COMMUNITY540102001001 · 服务哨", "牵头", case.number, "data-due="):
        assert words in page


def test_a_unit_reports_in_from_the_row_and_comes_back_to_the_list(desk, post, at):
    case = called(post, at=at)

    answer = desk.post(f"/department/cases/{case.pk}/moves/report_in/", {"next": "/department/?sort=due"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/department/?sort=due")
    assert Called.objects.get(case=case).state == "REPORTED_IN"
    assert case.title not in desk.get("/department/").content.decode()
    assert case.title in desk.get("/department/in-hand/").content.decode()


def test_reporting_in_twice_is_told_and_written_once(desk, post, at):
    case = called(post, at=at)
    desk.post(f"/department/cases/{case.pk}/moves/report_in/")

    answer = desk.post(f"/department/cases/{case.pk}/moves/report_in/")

    assert answer.status_code == 409
    assert "已经答复过" in answer.content.decode()
    assert Event.objects.filter(case=case, name="report_in").count() == 1


def test_declining_asks_for_the_reason(desk, post, at):
    case = called(post, at=at)

    without = desk.post(f"/department/cases/{case.pk}/moves/decline/", {"words": " "})
    with_one = desk.post(f"/department/cases/{case.pk}/moves/decline/", {"words": "属于供电公司"})

    assert (without.status_code, with_one.status_code) == (422, 302)
    assert Called.objects.get(case=case).words == "属于供电公司"


def test_what_was_handed_on_waits_to_be_signed_for(desk, post, at):
    case, worker = make.case_in_hand(at=at)
    cases.hand_on(case=case, post=worker, to_unit_id=post.unit_id, reason="属于城管", at=at + timedelta(minutes=9))

    before = desk.get("/department/").content.decode()
    answer = desk.post(f"/department/cases/{case.pk}/moves/take/", {"next": "/department/"})

    case.refresh_from_db()
    assert "转给我们的，待签收" in before
    assert answer.status_code == 302
    assert case.state == "HANDLING"


def test_the_lead_finishes_and_waits_for_the_resident(desk, post, at):
    case = called(post, at=at)
    desk.post(f"/department/cases/{case.pk}/moves/report_in/")

    answer = desk.post(
        f"/department/cases/{case.pk}/moves/finish/", {"words": "清运完毕", "next": "/department/in-hand/"}
    )

    assert answer.headers["Location"] == "/department/in-hand/"
    assert case.title in desk.get("/department/waiting/").content.decode()
    assert Case.objects.get(pk=case.pk).state == "FINISHED"


def test_the_counts_stand_beside_the_three_lists(desk, post, at):
    called(post, at=at)
    done = called(post, at=at, text="垃圾没有清运")
    desk.post(f"/department/cases/{done.pk}/moves/report_in/")
    handling.finish(case=Case.objects.get(pk=done.pk), post=post, result="清运完毕", at=timezone.now())

    counts = desk.get("/department/").context["counts"]

    assert (counts.to_report_in, counts.in_hand, counts.waiting) == (1, 0, 1)


def test_a_number_finds_the_case_and_no_other_units_case(desk, post, at):
    mine, other = called(post, at=at), make.case(at=at, text="别人的事")

    found = desk.get("/department/find/", {"q": f" {mine.number[:4]} {mine.number[4:]}"})
    missing = desk.get("/department/find/", {"q": other.number})

    assert found.headers["Location"] == f"/department/cases/{mine.pk}/"
    assert missing.status_code == 404


def test_the_list_is_exported_without_its_buttons(desk, post, at):
    case = called(post, at=at)

    answer = desk.get("/department/", {"export": "csv", "purpose": "HANDLE_CASE"})

    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "事项,时限,地点,谁叫的,角色,编号"
    assert case.number in lines[1]


def test_a_redirect_never_leaves_the_site(desk, post, at):
    case = called(post, at=at)

    answer = desk.post(f"/department/cases/{case.pk}/moves/report_in/", {"next": "//elsewhere.example/"})

    assert answer.headers["Location"] == f"/department/cases/{case.pk}/"
