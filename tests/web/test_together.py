"""One move on many cases: each has its own outcome, nothing is lost, nothing is done twice."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.case import actions as cases
from linli.case import assigning
from linli.case.models import Case, Event
from linli.case.states import BY_NAME
from linli.shared.roles import Role
from linli.web.casepage.together import FOR_MANY, MOST
from linli.whistle import actions as whistles
from linli.whistle.states import WhistleKind
from tests import make

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


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


def send(desk, move, *picked, place="community", sure=True, **given):
    keys = [one if isinstance(one, str) else f"{one.pk}.{one.event_count}" for one in picked]
    sent = {"move": move, "pick": keys, "next": "/community/lists/open/"} | given | ({"sure": "1"} if sure else {})
    return desk.post(f"/{place}/together/", sent)


def outcomes(desk):
    return [(row["pk"], row["is_done"]) for row in desk.session["together"]["outcomes"]]


def states(*told):
    return [Case.objects.get(pk=one.pk).state for one in told]


def test_each_list_of_cases_offers_what_can_be_done_together(desk, at):
    case = make.case(at=at)

    page = desk.get("/community/lists/to-take/").content.decode()

    assert f'name="pick" value="{case.pk}"' in page
    assert [move for move in FOR_MANY if f'<option value="{move}">' in page] == [
        "take", "report_in", "note", "assign", "contact", "step", "dispatch",
    ]  # fmt: skip


def test_nothing_is_done_before_it_has_been_shown_what_and_to_which(desk, at):
    told = [make.case(at=at) for _each in range(3)]

    page = send(desk, "take", *told, sure=False)

    assert page.status_code == 200
    assert all(case.number in page.content.decode() for case in told)
    assert states(*told) == ["DISPATCHED"] * 3


def test_what_can_be_done_is_done_and_the_others_are_named_with_the_reason(desk, post, at):
    first, taken, last = (make.case(at=at) for _each in range(3))
    cases.take(case=Case.objects.get(pk=taken.pk), post=post, at=at)
    make.area("540102001002", "冲赛康社区")
    make.unit("COMMUNITY", area_code="540102001002")
    foreign = make.case(at=at, area_code="540102001002")

    answer = send(desk, "take", first, taken, foreign, last)
    page = desk.get(answer.headers["Location"]).content.decode()

    assert outcomes(desk) == [(first.pk, True), (taken.pk, False), (foreign.pk, False), (last.pk, True)]
    assert states(first, taken, foreign, last) == ["HANDLING", "HANDLING", "DISPATCHED", "HANDLING"]
    assert "办成 2 件，没办成 2 件" in page
    assert "刚被" in page
    assert "不在您的范围内" in page


def test_a_fault_at_one_stops_only_that_one(desk, post, at, monkeypatch):
    told = [make.case(at=at) for _each in range(3)]
    real = cases.take

    def take(*, case, **given):
        if case.pk == told[1].pk:
            raise OperationalError("the connection was cut")
        return real(case=case, **given)

    monkeypatch.setattr("linli.web.casepage.moves.cases.take", take)
    send(desk, "take", *told)

    assert outcomes(desk) == [(told[0].pk, True), (told[1].pk, False), (told[2].pk, True)]
    assert states(*told) == ["HANDLING", "DISPATCHED", "HANDLING"]


def test_showing_the_outcome_again_does_nothing_again(desk, at):
    case = make.case(at=at)
    where = send(desk, "note", case, words="等备件").headers["Location"]

    pages = [desk.get(where).status_code for _each in range(2)]

    assert pages == [200, 200]
    assert Event.objects.filter(name="note").count() == 1


def test_a_form_with_a_fault_is_shown_again_with_what_was_typed_and_nothing_is_done(desk, at):
    told = [make.case(at=at) for _each in range(2)]
    other = make.unit("STREET")

    page = send(desk, "dispatch", *told, to=other.pk, reason=" ")

    assert page.status_code == 422
    assert f'<option value="{other.pk}" selected>' in page.content.decode()
    assert states(*told) == ["DISPATCHED"] * 2
    assert not Event.objects.filter(name="dispatch").exists()


def test_many_are_handed_on_with_one_reason_each_with_its_own_event(desk, at):
    told = [make.case(at=at) for _each in range(3)]
    other = make.unit("STREET")

    send(desk, "dispatch", *told, to=other.pk, reason="归街道管")

    assert {Case.objects.get(pk=case.pk).owner_id for case in told} == {other.pk}
    assert Event.objects.filter(name="dispatch", reason="归街道管").count() == 3


def test_many_are_given_to_one_colleague(desk, post, at):
    told = [make.case(at=at) for _each in range(2)]

    send(desk, "assign", *told, to_post=post.pk)

    assert [assigning.assigned(case)[0].post_id for case in told] == [post.pk, post.pk]
    mine = desk.get("/community/lists/open/", {"hands": "mine"}).context["page"].rows
    nobodys = desk.get("/community/lists/open/", {"hands": "nobody"}).context["page"].rows
    assert ({row.pk for row in mine}, list(nobodys)) == ({case.pk for case in told}, [])


def test_a_department_reports_in_to_many_at_once(client, at):
    unit = make.department("城管局")
    told = [make.case_in_hand(at=at) for _each in range(2)]
    for case, worker in told:
        whistles.blow(
            case=case, post=worker, kind=WhistleKind.SERVICE, unit_ids=[unit.pk], lead_id=unit.pk, message="",
            at=at + timedelta(minutes=9),
        )  # fmt: skip
    client.force_login(make.post(Role.DEPARTMENT, unit=unit).account, backend=BACKEND)

    assert 'name="pick"' in client.get("/department/").content.decode()
    send(client, "report_in", *(str(case.pk) for case, _worker in told), place="department")

    assert states(*(case for case, _worker in told)) == ["HANDLING", "HANDLING"]
    assert [is_done for _pk, is_done in outcomes(client)] == [True, True]


@pytest.mark.parametrize("move", ["finish", "refuse", "merge", "confirm", "supervise", "no-such-move", ""])
def test_a_move_that_is_not_for_many_or_not_for_this_post_is_turned_away(desk, at, move):
    case = make.case(at=at)

    answer = send(desk, move, case, words="一样的话")

    assert answer.status_code == 403
    assert Event.objects.filter(case=case).count() == 1


@pytest.mark.parametrize("keys", [(), ("x",), ("1.x2",), ("-1",), ("9" * 30,), ("²",)])
def test_keys_that_make_no_sense_are_no_keys(desk, keys):
    assert send(desk, "take", *keys).status_code in {404, 422}


def test_more_than_two_hundred_are_turned_away_with_the_limit(desk):
    answer = send(desk, "take", *(str(number) for number in range(1, MOST + 2)))

    assert (answer.status_code, "一次最多 200 件" in answer.content.decode()) == (422, True)


def test_every_move_for_many_stands_in_the_table():
    assert all(name in BY_NAME for name in FOR_MANY)


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_with_boxes_costs_the_same_statements(desk, at, count):
    for _each in range(count):
        make.case(at=at)
    desk.get("/community/lists/open/")

    with CaptureQueriesContext(connection) as asked:
        desk.get("/community/lists/open/")

    assert len(asked) == 2
