"""The guard of desk pages: login, post, role, second factor, idle time, scope, and what that costs."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import include, path
from django.utils import timezone

from linli.shared import scope
from linli.shared.roles import Role
from linli.shared.scope import NOTHING, Scope
from linli.staff import actions, queries, sessions
from linli.staff.models import Account
from linli.web.session import client_address, desk, post_of
from tests import make_staff as make
from tests.make_staff import AT, COMMUNITY, DISTRICT, GRID

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
WORKERS = list(make.KINDS)


@desk(Role.COMMUNITY, Role.STREET)
def neighbourhood(request):
    return HttpResponse(f"{post_of(request).pk} {scope.current()}")


@desk(*WORKERS)
def anybody(request):
    return HttpResponse(str(scope.current()))


@desk(*WORKERS)
def streamed(request):
    return StreamingHttpResponse(str(scope.current()) for _ in range(2))


def public(request):
    return HttpResponse(str(scope.current()))


urlpatterns = [
    path("neighbourhood/", neighbourhood),
    path("anybody/", anybody),
    path("streamed/", streamed),
    path("public/", public),
    path("", include("linli.config.urls")),
]


@pytest.fixture
def enter(client):
    """Log a post in and return its browser."""

    def entered(post):
        client.force_login(post.account, backend=BACKEND)
        return client

    return entered


@pytest.mark.parametrize("role", WORKERS)
def test_only_the_roles_of_a_desk_get_in(enter, role):
    post = make.post(role)

    response = enter(post).get("/neighbourhood/")

    assert response.status_code == (200 if role in {Role.COMMUNITY, Role.STREET} else 403)


def test_who_has_the_wrong_post_is_told_whose_desk_it_is(enter):
    page = enter(make.post(Role.GRID)).get("/neighbourhood/").content.decode()

    assert "社工、街道" in page
    assert "/grid/" in page


def test_who_also_holds_a_fitting_post_may_switch_and_go_on(enter):
    account = make.account()
    grid, community = make.post(Role.GRID, by=account), make.post(Role.COMMUNITY, by=account)
    client = enter(grid)
    client.post("/account/posts/", {"post": grid.pk})

    assert f'value="{community.pk}"' in client.get("/neighbourhood/").content.decode()
    switched = client.post("/account/posts/", {"post": community.pk, "next": "/neighbourhood/"})

    assert switched["Location"] == "/neighbourhood/"
    assert client.get("/neighbourhood/").status_code == 200


def test_a_stranger_is_asked_to_log_in_and_comes_back(client):
    response = client.get("/neighbourhood/?page=2")

    assert response["Location"] == "/login/?next=%2Fneighbourhood%2F%3Fpage%3D2"


def test_a_form_sent_after_the_session_ended_comes_back_to_its_page(client):
    response = client.post("/neighbourhood/", headers={"Referer": "http://testserver/anybody/?a=1"})

    assert response["Location"] == "/login/?next=%2Fanybody%2F%3Fa%3D1"


def test_a_foreign_referer_is_not_followed(client):
    response = client.post("/neighbourhood/", headers={"Referer": "https://elsewhere.example/"})

    assert response["Location"] == "/login/?next=%2F"


def test_a_part_of_a_page_is_answered_by_a_redirect_the_script_understands(client):
    response = client.get(
        "/neighbourhood/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/anybody/"}
    )

    assert (response.status_code, response["HX-Redirect"]) == (401, "/login/?next=%2Fanybody%2F")


def test_an_ended_post_opens_nothing_any_more(enter):
    post = make.post()
    client = enter(post)
    client.get("/neighbourhood/")

    actions.end_post(post=post, reason="调离", at=timezone.now())

    assert client.get("/neighbourhood/")["Location"].startswith("/account/posts/")


def test_a_closed_account_is_out_at_once(enter):
    post = make.post()
    client = enter(post)

    actions.close_account(account=post.account, reason="离职", at=timezone.now())

    assert client.get("/neighbourhood/")["Location"].startswith("/login/")


# Scope -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.GRID, lambda unit: Scope(area_code=GRID, unit_id=unit)),
        (Role.COMMUNITY, lambda unit: Scope(area_code=COMMUNITY, unit_id=unit)),
        (Role.DEPARTMENT, lambda unit: Scope(unit_id=unit)),
        (Role.DISTRICT, lambda _unit: Scope(area_code=DISTRICT)),
        (Role.AUDITOR, lambda _unit: NOTHING),
    ],
)
@pytest.mark.parametrize("address", ["/anybody/", "/streamed/"])
def test_a_request_acts_in_the_scope_of_its_post(enter, role, expected, address):
    post = make.post(role)

    response = enter(post).get(address)
    content = response.getvalue() if response.streaming else response.content

    assert content.decode() == str(expected(post.unit_id)) * (2 if response.streaming else 1)
    assert scope.current() == NOTHING


def test_a_page_for_everybody_sees_nothing_by_itself(client):
    assert client.get("/public/").content.decode() == str(NOTHING)


def test_the_database_is_told_the_scope(enter):
    seen = []

    @desk(Role.COMMUNITY)
    def ask(request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('linli.area', true)")
            seen.append(cursor.fetchone()[0])
        return HttpResponse()

    urlpatterns.insert(0, path("ask/", ask))
    try:
        enter(make.post()).get("/ask/")
    finally:
        urlpatterns.pop(0)

    assert seen == [COMMUNITY]


# What it costs -----------------------------------------------------------------------------------


def test_knowing_who_asks_costs_one_statement(enter, django_assert_num_queries):
    client = enter(make.post())
    client.get("/neighbourhood/")

    with django_assert_num_queries(1):
        client.get("/neighbourhood/")


def test_a_session_shows_its_own_account_whatever_was_guessed(enter, monkeypatch):
    mine, other = make.post(), make.post()
    client = enter(mine)
    monkeypatch.setitem(sessions._whose, client.session.session_key, other.account_id)

    assert client.get("/neighbourhood/").content.decode().startswith(f"{mine.pk} ")
    assert client.get("/neighbourhood/").content.decode().startswith(f"{mine.pk} ")


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "argon2$other"}])
def test_a_known_session_ends_with_its_account_or_its_password(enter, change):
    post = make.post()
    client = enter(post)
    client.get("/neighbourhood/")
    assert client.get("/neighbourhood/").status_code == 200
    Account.objects.filter(pk=post.account_id).update(**change)

    assert client.get("/neighbourhood/").status_code == 302


def test_a_known_session_ends_when_it_is_deleted_or_over(enter):
    client = enter(make.post())
    client.get("/neighbourhood/")
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    assert client.get("/neighbourhood/").status_code == 302


def test_a_page_for_everybody_costs_none(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/public/")


# Idle --------------------------------------------------------------------------------------------


def sit_idle(client, minutes):
    session = client.session
    session["seen"] = int((timezone.now() - timedelta(minutes=minutes)).timestamp())
    session.save()


@pytest.mark.parametrize(("minutes", "is_out"), [(29, False), (31, True)])
def test_half_an_hour_without_a_hand_on_it_ends_the_session(enter, minutes, is_out):
    client = enter(make.post())
    client.get("/neighbourhood/")
    sit_idle(client, minutes)

    response = client.get("/neighbourhood/")

    assert (response.status_code == 302) is is_out
    assert ("_auth_user_id" not in client.session) is is_out


def test_the_login_page_says_why_and_leads_back(enter):
    client = enter(make.post())
    client.get("/neighbourhood/")
    sit_idle(client, 31)

    response = client.get("/neighbourhood/", follow=True)

    assert response.redirect_chain == [("/login/?next=%2Fneighbourhood%2F&why=idle", 302)]
    assert "填了一半的内容还在" in response.content.decode()


def test_a_role_may_have_a_shorter_time(enter):
    actions.set_role_rule(role=Role.COMMUNITY, idle_minutes=5, at=AT)
    client = enter(make.post())
    client.get("/neighbourhood/")
    sit_idle(client, 6)

    assert client.get("/neighbourhood/").status_code == 302


def test_a_page_that_refreshes_itself_does_not_keep_the_session_alive(enter):
    client = enter(make.post())
    client.get("/neighbourhood/")
    sit_idle(client, 20)
    before = client.session["seen"]

    client.get("/neighbourhood/", headers={"X-Background": "1"})
    untouched = client.session["seen"]
    client.get("/neighbourhood/")

    assert untouched == before
    assert client.session["seen"] > before


# Second factor -----------------------------------------------------------------------------------


def test_a_role_that_requires_it_is_sent_to_set_one_up(enter):
    actions.require_second_factor(role=Role.COMMUNITY, is_required=True, at=AT)

    response = enter(make.post()).get("/neighbourhood/")

    assert response["Location"] == "/account/second/?next=%2Fneighbourhood%2F"


def test_a_role_that_does_not_require_it_is_not_asked(enter):
    actions.require_second_factor(role=Role.COMMUNITY, is_required=True, at=AT)

    assert enter(make.post(Role.STREET)).get("/neighbourhood/").status_code == 200


# Addresses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "10.0.0.1", "192.0.2.9"),
        (1, "10.0.0.1", "10.0.0.1"),
        (1, "6.6.6.6, 10.0.0.1", "10.0.0.1"),
        (2, "6.6.6.6, 10.0.0.1, 10.0.0.2", "10.0.0.1"),
        (2, "10.0.0.1", "192.0.2.9"),
        (1, "", "192.0.2.9"),
    ],
)
def test_only_our_own_proxies_are_believed(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": "192.0.2.9", "HTTP_X_FORWARDED_FOR": forwarded}

    assert client_address(request) == address


def test_the_memory_is_fresh_for_each_test():
    assert queries.units() == []
