"""The grid worker's desk: one's own grid, a step, a photo, an appeal at the door."""

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.case.models import Case, Event
from linli.shared.roles import Role
from linli.web.grid import views
from tests import make

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def at():
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def post():
    make.neighbourhood()
    return make.post(Role.GRID, area_code=make.GRID)


@pytest.fixture
def desk(client, post):
    client.force_login(post.account, backend=BACKEND)
    return client


def test_only_the_own_grid_is_shown(desk, at):
    mine, _other_worker = make.case_in_hand(at=at, area_code=make.GRID)
    make.case(at=at, text="社区里别处的事")

    answer = desk.get("/grid/")

    assert [card["case"].pk for card in answer.context["cards"]] == [mine.pk]
    assert "社区里别处的事" not in answer.content.decode()


def test_what_does_not_fit_on_the_first_page_is_on_the_next(desk, at, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    for minutes in range(3):
        make.case_in_hand(at=at + timedelta(minutes=minutes), area_code=make.GRID)

    first, second = desk.get("/grid/"), desk.get("/grid/?page=2")

    assert [len(page.context["cards"]) for page in (first, second)] == [2, 1]
    assert 'href="?page=2" rel="next"' in first.content.decode()
    assert 'href="?page=1" rel="prev"' in second.content.decode()
    assert first.context["cards"][-1]["case"].due_at <= second.context["cards"][0]["case"].due_at


def test_a_grid_with_nothing_open_says_so(desk):
    assert "都办完了" in desk.get("/grid/").content.decode()


def test_the_page_is_for_one_thumb(desk):
    assert 'class="is-field"' in desk.get("/grid/").content.decode()


def test_a_worker_records_a_step_in_the_own_grid(desk, post, at):
    case, _worker = make.case_in_hand(at=at, area_code=make.GRID)

    answer = desk.post(f"/grid/cases/{case.pk}/moves/step/", {"words": "上门看过了"})

    assert answer.status_code == 302
    assert Event.objects.get(case=case, name="step").by_post_id == post.pk


def test_a_worker_does_not_finish_a_case_and_nothing_is_written(desk, at):
    case, _worker = make.case_in_hand(at=at, area_code=make.GRID)

    answer = desk.post(f"/grid/cases/{case.pk}/moves/finish/", {"words": "修好了"})

    assert answer.status_code == 403
    assert Case.objects.get(pk=case.pk).state == "HANDLING"
    assert not Event.objects.filter(case=case, name="finish").exists()


def test_a_worker_registers_at_the_door(desk, post):
    answer = desk.post(
        "/grid/register/", {"channel": "VISIT", "kind": "HELP", "text": "水管漏水", "area": make.GRID, "key": "door-1"}
    )

    case = Case.objects.get()
    assert answer.status_code == 200
    assert (case.channel, case.area_code, case.first_appeal.by_post_id) == ("VISIT", make.GRID, post.pk)


def test_the_list_costs_the_same_with_one_and_with_three_rows(desk, at, django_assert_max_num_queries):
    make.case(at=at, area_code=make.GRID)
    desk.get("/grid/")
    with django_assert_max_num_queries(5):
        desk.get("/grid/")
    make.case(at=at, area_code=make.GRID, text="井盖松动")
    make.case(at=at, area_code=make.GRID, text="垃圾没有清运")

    with django_assert_max_num_queries(5):
        desk.get("/grid/")
