"""The alarm page: who calls and where, who was told, two buttons; a page that is open says so and hears."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from linli.call import actions as calls
from linli.call.models import Call, Presence, Responder, Told
from linli.call.rules.troubles import TroubleKind
from linli.people import actions as people
from linli.people.models import Look
from linli.people.rules import ConsentGiven
from linli.shared.roles import Role
from tests import make, make_call, make_staff

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
KEY = "0f1e2d3c-page-of-a-test"
HEARERS = [Role.GRID, Role.COMMUNITY, Role.STREET, Role.HEALTH, Role.DISTRICT]
pytestmark = pytest.mark.django_db


def enter(post):
    client = Client()
    client.force_login(post.account, backend=BACKEND)
    return client


def a_post(role):
    make.neighbourhood()
    if role == Role.GRID:
        return make.post(role, area_code=make.GRID)
    kind = {Role.STREET: "STREET", Role.HEALTH: "HEALTH", Role.DISTRICT: "DISTRICT"}.get(role)
    return make.post(role, unit=make.unit(kind)) if kind else make.post(role)


def raised(**columns):
    return make_call.call(at=timezone.now(), **columns)


@pytest.mark.parametrize("role", HEARERS)
def test_whoever_is_told_sees_who_calls_where_and_how_to_get_in(role):
    post = a_post(role)
    call = raised()

    page = enter(post).get("/calls/").content.decode()

    for words in ("次仁", "路程巷3号院2栋302", "钥匙在隔壁301", call.number, "我来接应", "已到场"):
        assert words in page
    assert Look.objects.get().subject == f"call {call.number}"
    assert Look.objects.get().viewer_post_id == post.pk


@pytest.mark.parametrize("role", [Role.DEPARTMENT, Role.ADMIN, Role.AUDITOR])
def test_nobody_else_sees_anything_and_no_look_is_written(role):
    make.neighbourhood()
    unit = make.department() if role == Role.DEPARTMENT else make.unit("DISTRICT")
    raised()

    for path in ("/calls/", "/calls/strip/"):
        assert enter(make.post(role, unit=unit)).get(path).status_code == 403
    assert Look.objects.count() == 0


def test_without_a_call_it_says_so_and_costs_little(django_assert_max_num_queries):
    client = enter(a_post(Role.DISTRICT))
    client.get("/calls/")

    with django_assert_max_num_queries(6):
        page = client.get("/calls/").content.decode()

    assert "现在没有人在等接应" in page


def test_every_call_is_shown_a_second_press_too():
    post = a_post(Role.COMMUNITY)
    held = make_call.holding()
    first, second = raised(held=held, ref="1"), raised(held=held, ref="2")

    page = enter(post).get("/calls/").content.decode()

    assert page.count('data-alarm="') == 2
    assert first.number in page
    assert second.number in page


def test_answering_is_one_click_and_the_alarm_ends_for_the_others():
    post, other = a_post(Role.GRID), a_post(Role.COMMUNITY)
    call = raised()

    answer = enter(post).post(f"/calls/{call.pk}/moves/answer/")

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/calls/{call.pk}/")
    page = enter(other).get("/calls/").content.decode()
    assert "现在没有人在等接应" in page
    assert post.account.name in page


def test_arriving_without_having_answered_is_both():
    post, call = a_post(Role.HEALTH), raised()

    enter(post).post(f"/calls/{call.pk}/moves/attend/")

    call.refresh_from_db()
    assert (call.state, call.answered_by_post_id) == ("ON_SCENE", post.pk)


def test_another_area_cannot_answer_and_nothing_is_written():
    raised_call = raised()
    make.area("540102002", "别的街道")
    make.area("540102002001", "别的社区")
    stranger = make.post(Role.COMMUNITY, unit=make.unit("COMMUNITY", area_code="540102002001", name="别的社区"))
    before = Call.objects.values().get()

    for path in ("answer", "attend"):
        assert enter(stranger).post(f"/calls/{raised_call.pk}/moves/{path}/").status_code == 409
    assert Call.objects.values().get() == before
    assert Responder.objects.count() == 0


def test_an_open_page_is_present_and_what_it_shows_is_heard():
    post = a_post(Role.DISTRICT)
    client = enter(post)
    assert client.post("/calls/present/", {"key": KEY, "sound": "on"}).status_code == 204
    call = raised()
    screen = Told.objects.get(way="SCREEN", unit_id=post.unit_id)
    assert screen.standing == "SENT"

    client.post("/calls/present/", {"key": KEY, "sound": "on", "call": [str(call.pk), "x", "9" * 30]})

    screen.refresh_from_db()
    assert screen.standing == "HEARD"
    assert (Presence.objects.get().unit_id, Presence.objects.get().has_sound) == (post.unit_id, True)
    assert "对方页面已显示" in client.get("/calls/").content.decode()


def test_a_page_without_a_key_is_told_so():
    answer = enter(a_post(Role.DISTRICT)).post("/calls/present/", {"key": "x"})

    assert answer.status_code == 422
    assert Presence.objects.count() == 0


def test_every_other_page_of_a_desk_shows_that_somebody_calls():
    post = a_post(Role.COMMUNITY)
    client = enter(post)
    assert 'hx-get="/calls/strip/"' in client.get("/community/").content.decode()
    raised()

    strip = client.get("/calls/strip/").content.decode()

    assert "路程巷3号院2栋302" in strip
    assert "次仁" not in strip  # a name is opened on the alarm page, on record


def test_a_department_carries_no_strip():
    make.neighbourhood()
    page = enter(make.post(Role.DEPARTMENT, unit=make.department())).get("/department/").content.decode()

    assert "alarm-strip" not in page


def test_the_duty_desk_alone_is_told_of_troubles():
    calls.in_trouble(kind=TroubleKind.STREAM_FULL, topic="", words="PRESSES 92%", at=make.AT)

    assert "消息存储快满了" in enter(a_post(Role.DISTRICT)).get("/calls/").content.decode()
    assert "消息存储快满了" not in enter(a_post(Role.COMMUNITY)).get("/calls/").content.decode()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_twenty_answer_at_once_one_is_first_and_all_come():
    call = raised()
    posts = [make.post(Role.GRID, area_code=make.GRID) for _ in range(20)]
    clients = [enter(post) for post in posts]
    codes = []

    def go(client):
        codes.append(client.post(f"/calls/{call.pk}/moves/answer/").status_code)
        connection.close()

    threads = [threading.Thread(target=go, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    call.refresh_from_db()
    assert codes == [302] * 20
    assert Responder.objects.filter(call=call).count() == 20
    assert call.answered_by_post_id in {post.pk for post in posts}


def test_the_needs_that_matter_at_the_door_are_named_and_others_are_not():
    call = raised()
    for code in ("LIVES_ALONE", "VOLUNTEER"):
        people.add_need(
            tag_code=code,
            consent=ConsentGiven(giver="SELF", way="SIGNED"),
            at=timezone.now(),
            post=None,
            resident_id=call.holding.resident_id,
        )

    page = enter(a_post(Role.COMMUNITY)).get("/calls/").content.decode()

    assert "独居老人" in page
    assert "志愿者" not in page


def test_the_small_map_has_the_grids_around_the_call_and_only_for_those_who_see_it():
    call = raised()
    stranger = make.post(Role.COMMUNITY, unit=make.unit("COMMUNITY", area_code="540102002001", name="别的社区"))

    drawn = enter(a_post(Role.COMMUNITY)).get(f"/calls/{call.pk}/layer.json")
    refused = enter(stranger).get(f"/calls/{call.pk}/layer.json")

    assert (drawn.status_code, drawn.json()["type"]) == (200, "FeatureCollection")
    assert refused.status_code == 409


def test_an_alarm_page_with_nobody_at_its_keyboard_is_not_logged_out_at_night(settings):
    settings.IDLE_TIMEOUT_MINUTES = 30
    client = enter(a_post(Role.DISTRICT))
    client.get("/calls/")
    stale = int(timezone.now().timestamp()) - 29 * 60
    session = client.session
    session["seen"] = stale
    session.save()

    client.post("/calls/present/", {"key": KEY, "sound": "on"})

    assert client.session["seen"] > stale


def test_an_address_names_the_house_once_and_the_map_finds_it():
    post = a_post(Role.COMMUNITY)
    house = f"{make.GRID}00001"
    make.area(house, "路程巷3号院2栋", lng=91.13, lat=29.65)
    raised(held=make_call.holding(area_code=house))

    page = enter(post).get("/calls/").content.decode()

    assert "01网格 路程巷3号院2栋302" in page
    assert "2栋 路程巷" not in page
    assert 'data-center="91.13,29.65"' in page


def test_a_call_page_says_the_needs_at_the_door_and_tells_120_of_them():
    post, held = a_post(Role.COMMUNITY), make_call.holding()
    people.add_need(
        tag_code="LIVES_ALONE", consent=make_staff.consent(), resident_id=held.resident_id, at=make.AT, post=None
    )
    call = raised(held=held)

    page = enter(post).get(f"/calls/{call.pk}/").content.decode()

    assert page.count("独居老人") == 2
