"""The desk's call-backs over HTTP: the list, the form on a phone or a desk, the contact with its look."""

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.case.models import Case
from linli.confirm import actions as confirms
from linli.confirm.models import CallBack, CallBackTry, NoCall
from linli.handling import actions as handling
from linli.people.models import Look
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from tests import make

pytestmark = pytest.mark.django_db
REACHED = {"way": "PHONE", "outcome": "REACHED", "is_solved": "yes", "rating": "5"}
LONG_AGO = 24 * 30  # longer than three days and the longest holiday, to whose end a time moves
DESKS = [(Role.COMMUNITY, "community"), (Role.STREET, "community"), (Role.DISTRICT, "district")]


@pytest.fixture(autouse=True)
def _everything():
    with acting(EVERYTHING):
        yield


def enter(client, post):
    client.force_login(post.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def finished(*, hours=1, **columns):
    at = timezone.now() - timedelta(hours=hours)
    case, worker = make.case_in_hand(at=at - timedelta(hours=2), **({"contact": make.contact()} | columns))
    handling.finish(case=case, post=worker, result="换了灯泡", at=at)
    confirms.ask_finished(at=at)
    return case


def keys(answer):
    return [row.case_id for row in answer.context["page"].rows]


@pytest.mark.parametrize(("role", "desk"), DESKS)
def test_each_desk_lists_the_call_backs_of_its_area(client, role, desk):
    late, fresh = finished(hours=LONG_AGO), finished()

    answer = enter(client, make.post(role)).get(f"/{desk}/call-backs/")

    assert keys(answer) == [late.pk, fresh.pk]
    assert f"/{desk}/call-backs/{late.pk}/" in answer.content.decode()


def test_the_list_narrows_to_what_is_late_and_to_how_often_it_was_tried(client):
    late, fresh = finished(hours=LONG_AGO), finished()
    desk = enter(client, make.post(Role.COMMUNITY))

    shown = [keys(desk.get(f"/community/call-backs/?{asked}")) for asked in ("late=late", "late=due", "tries=1")]

    assert shown == [[late.pk], [fresh.pk], []]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_with_one_and_with_three_rows(client, count, django_assert_num_queries):
    for _time in range(count):
        finished()
    desk = enter(client, make.post(Role.COMMUNITY))
    desk.get("/community/call-backs/")

    with django_assert_num_queries(2):
        desk.get("/community/call-backs/")


@pytest.mark.parametrize("role", [Role.DEPARTMENT, Role.GRID, Role.ADMIN])
def test_other_roles_are_not_let_in(client, role):
    case = finished()
    desk = enter(client, make.post(role))

    assert [desk.get(f"/community/call-backs/{end}").status_code for end in ("", f"{case.pk}/")] == [403, 403]


def test_the_form_shows_the_result_and_takes_the_answer(client):
    case = finished()
    desk = enter(client, make.post(Role.COMMUNITY))

    shown = desk.get(f"/community/call-backs/{case.pk}/").content.decode()
    answer = desk.post(f"/community/call-backs/{case.pk}/", REACHED)

    case.refresh_from_db()
    assert "换了灯泡" in shown
    assert answer["Location"] == "/community/call-backs/"
    assert (case.state, case.rating) == ("CLOSED", 5)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "outcome"),
        (REACHED | {"is_solved": ""}, "is_solved"),
        (REACHED | {"is_solved": "no"}, "words"),
        (REACHED | {"way": "DOORSTEP"}, "spoke_with"),
        (REACHED | {"rating": "9"}, "rating"),
    ],
)
def test_what_is_missing_is_said_beside_its_field_and_nothing_is_written(client, sent, field):
    case = finished()

    answer = enter(client, make.post(Role.COMMUNITY)).post(f"/community/call-backs/{case.pk}/", sent)

    case.refresh_from_db()
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert (case.state, CallBackTry.objects.count()) == ("FINISHED", 0)


def test_the_contact_opens_for_the_call_back_and_leaves_a_look(client):
    case = finished()
    desk = enter(client, make.post(Role.COMMUNITY))
    before = desk.get(f"/community/call-backs/{case.pk}/").content.decode()

    shown = desk.post(f"/community/call-backs/{case.pk}/contact/").content.decode()

    look = Look.objects.get()
    assert "13900000001" not in before
    assert 'href="tel:13900000001"' in shown
    assert (look.purpose, look.what, look.subject) == ("CALL_BACK", "CONTACT", f"case {case.number}")


def test_the_contact_of_who_asked_not_to_be_called_stays_closed(client):
    case = finished()
    confirms.ask_not_to_be_called(appeal_id=case.first_appeal_id, at=timezone.now())

    answer = enter(client, make.post(Role.COMMUNITY)).post(f"/community/call-backs/{case.pk}/contact/")

    assert answer.status_code == 409
    assert "反映人不愿意被联系" in answer.content.decode()
    assert Look.objects.count() == 0


@pytest.fixture
def merged():
    """A case with a reporter of its own and another from a case merged into it, and the desk that calls back."""
    at = timezone.now() - timedelta(hours=3)
    case, worker = make.case_in_hand(at=at, contact=make.contact())
    other = make.case(at=at, text="楼道又黑了", contact=make.contact(name="旺堆", phone="13900000002"))
    handling.merge(case=other, into=case, post=worker, reason="同一盏灯", at=at + timedelta(minutes=10))
    handling.finish(case=Case.objects.get(pk=case.pk), post=worker, result="换了灯泡", at=at + timedelta(hours=1))
    confirms.ask_finished(at=at + timedelta(hours=1))
    return case, other


def test_both_reporters_of_a_merged_case_are_shown_to_who_calls(client, merged):
    case, _other = merged

    shown = enter(client, make.post(Role.COMMUNITY)).post(f"/community/call-backs/{case.pk}/contact/").content.decode()

    assert 'href="tel:13900000001"' in shown
    assert 'href="tel:13900000002"' in shown
    assert Look.objects.count() == 2


def test_of_several_reporters_the_form_asks_whose_wish_it_is(client, merged):
    case, other = merged
    desk = enter(client, make.post(Role.COMMUNITY))
    said = {"way": "PHONE", "outcome": "REFUSED", "is_last": "on"}

    unsaid = desk.post(f"/community/call-backs/{case.pk}/", said)
    before = NoCall.objects.count()
    answer = desk.post(f"/community/call-backs/{case.pk}/", said | {"reporter": other.first_appeal_id}, follow=True)

    assert (unsaid.status_code, before) == (422, 0)
    assert "reporter" in unsaid.context["form"].errors
    assert "第 2 位" in unsaid.content.decode()
    assert "还有别的反映人可以回访" in answer.content.decode()
    assert NoCall.objects.get().appeal_id == other.first_appeal_id
    assert CallBack.objects.get(case=case).state == "WAITING"


def test_with_one_reporter_nobody_is_asked_which(client):
    case = finished()

    page = enter(client, make.post(Role.COMMUNITY)).get(f"/community/call-backs/{case.pk}/").content.decode()

    assert "哪一位反映人" not in page


def test_a_second_answer_is_refused_in_words(client):
    case = finished()
    desk = enter(client, make.post(Role.COMMUNITY))
    desk.post(f"/community/call-backs/{case.pk}/", REACHED)

    answer = desk.post(f"/community/call-backs/{case.pk}/", REACHED)

    assert answer.status_code == 409
    assert CallBackTry.objects.count() == 1


def test_a_neighbouring_community_does_not_see_it(client):
    case = finished()
    make.area("540102001002", "邻社区")
    stranger = make.post(Role.COMMUNITY, unit=make.unit("COMMUNITY", "540102001002"))

    desk = enter(client, stranger)

    assert keys(desk.get("/community/call-backs/")) == []
    assert desk.get(f"/community/call-backs/{case.pk}/").status_code == 404


def test_the_case_page_tells_each_try(client):
    case = finished()
    desk = enter(client, make.post(Role.COMMUNITY))
    desk.post(f"/community/call-backs/{case.pk}/", {"way": "PHONE", "outcome": "NOT_REACHED", "words": "没人接"})

    page = desk.get(f"/community/cases/{case.pk}/").content.decode()

    assert "第 1 次，电话：没有联系上" in page
    assert "没人接" in page


def test_a_resident_asks_by_the_link_not_to_be_called(client):
    case = finished()
    from linli.case.actions import follow_token

    link = f"/f/{case.number}/{follow_token(case.first_appeal_id)}/"
    offered = client.get(link).content.decode()

    answer = client.post(f"{link}no-call/")

    assert "no-call/" in offered
    assert answer["Location"] == link
    assert NoCall.objects.filter(appeal_id=case.first_appeal_id).count() == 1
    assert CallBack.objects.get(case=case).excluded_for == "ASKED_NOT"
    assert "no-call/" not in client.get(link).content.decode()


def test_a_desk_writes_down_that_no_call_is_wanted(client):
    make.neighbourhood()
    desk = enter(client, make.post(Role.COMMUNITY))
    page = desk.get("/community/register/")
    said = {"text": "楼道灯坏了", "channel": "WALK_IN", "kind": "HELP", "area": make.GRID, "phone": "13900000001",
            "is_call_unwanted": "on", "key": page.context["form"].initial["key"]}  # fmt: skip

    answer = desk.post("/community/register/", said)

    assert answer.status_code == 200
    assert NoCall.objects.get().appeal_id == answer.context["opened"].appeal_id
