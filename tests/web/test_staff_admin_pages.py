"""The administrator's and the auditor's desk by HTTP: per role, and what is refused."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.people import access
from linli.people.models import Look, NeedTag
from linli.people.rules import Purpose
from linli.shared.models import AuditEntry
from linli.shared.roles import Role
from linli.staff import queries
from linli.staff.models import Account, Post, Unit
from tests import make_staff as make
from tests.make_staff import AT, COMMUNITY, PASSWORD

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ADMINISTRATOR = [
    ("get", "/admin/", {}),
    ("get", "/admin/accounts/new/", {}),
    ("get", "/admin/accounts/KEY/", {}),
    ("get", "/admin/accounts/KEY/post/", {}),
    ("get", "/admin/accounts/KEY/password/", {}),
    ("get", "/admin/units/", {}),
    ("get", "/admin/units/new/", {}),
    ("get", "/admin/roles/", {}),
    ("get", "/admin/tags/", {}),
    ("get", "/admin/tags/new/", {}),
    ("get", "/admin/tags/LIVES_ALONE/", {}),
    ("post", "/admin/accounts/KEY/close/", {"reason": "离职"}),
    ("post", "/admin/accounts/KEY/unlock/", {}),
    ("post", "/admin/accounts/KEY/password/", {"password": "Another-Bridge-88"}),
    ("post", "/admin/roles/", {"role": "STREET", "is_second_factor_required": "on"}),
]
AUDITOR = [("get", "/admin/audit/", {}), ("get", "/admin/looks/", {})]


@pytest.fixture
def enter(client):
    def entered(role=Role.ADMIN):
        client.force_login(make.post(role).account, backend=BACKEND)
        client.get("/account/posts/")
        return client

    return entered


def ask(client, method, address, sent, account):
    return getattr(client, method)(address.replace("KEY", str(account.pk)), sent)


@pytest.mark.parametrize(("method", "address", "sent"), ADMINISTRATOR + AUDITOR)
@pytest.mark.parametrize("role", list(make.KINDS))
def test_each_page_opens_for_its_role_and_for_nobody_else(enter, role, method, address, sent):
    client, account = enter(role), make.account()
    wanted = Role.AUDITOR if (method, address, sent) in AUDITOR else Role.ADMIN

    response = ask(client, method, address, sent, account)

    assert (response.status_code in {200, 302}) is (role == wanted), response.status_code
    if role != wanted:
        assert response.status_code == 403
        assert AuditEntry.objects.count() == 0


def test_an_account_is_opened_and_given_a_post(enter):
    client, unit = enter(), make.unit()
    sent = {"username": "zhuoma", "name": "卓玛", "language": "zh-hans", "password": PASSWORD}

    opened = client.post("/admin/accounts/new/", sent)
    account = Account.objects.get(username="zhuoma")
    given = client.post(f"/admin/accounts/{account.pk}/post/", {"role": "COMMUNITY", "unit": unit.pk})

    assert opened["Location"] == given["Location"] == f"/admin/accounts/{account.pk}/"
    assert Post.objects.get(account=account).area_code == COMMUNITY
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["create_account", "appoint"]
    assert {entry.by_post_id for entry in AuditEntry.objects.all()} == {Post.objects.get(role="ADMIN").pk}


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("/admin/accounts/new/", {"username": "x", "name": "卓玛", "language": "zh-hans", "password": PASSWORD}),
        ("/admin/accounts/new/", {"username": "zhuoma", "name": "卓玛", "language": "zh-hans", "password": "short"}),
        ("/admin/accounts/new/", {}),
        ("/admin/accounts/KEY/post/", {"role": "DISTRICT", "unit": "UNIT"}),
        ("/admin/accounts/KEY/post/", {"role": "COMMUNITY", "unit": "999999"}),
        ("/admin/accounts/KEY/post/", {"role": "GRID", "unit": "UNIT", "area_code": "540199"}),
        ("/admin/accounts/KEY/password/", {"password": "1234567890123"}),
        ("/admin/units/new/", {"kind": "DEPARTMENT", "code": "X", "name": "水务局", "area_code": "lhasa"}),
        ("/admin/roles/", {"role": "STREET", "idle_minutes": "9999"}),
        ("/admin/tags/new/", {"code": "lower", "name_zh": "x"}),
        ("/admin/tags/LIVES_ALONE/", {"name_zh": "", "colour": "red"}),
    ],
)
def test_a_bad_answer_is_sent_back_and_writes_nothing(enter, address, sent):
    client, account, unit = enter(), make.account(), make.unit()
    sent = {key: str(unit.pk) if value == "UNIT" else value for key, value in sent.items()}

    response = ask(client, "post", address, sent, account)

    assert response.status_code == 422
    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("verb", "sent"), [("close", {}), ("second", {"reason": "手机丢了"}), ("reopen", {"reason": "回来了"})]
)
def test_a_verb_that_does_not_apply_is_refused_in_words(enter, verb, sent):
    client, account = enter(), make.account()

    response = client.post(f"/admin/accounts/{account.pk}/{verb}/", sent)

    assert response.status_code == 409
    assert AuditEntry.objects.count() == 0


def test_a_closed_account_comes_back(enter):
    client, account = enter(), make.post().account
    client.post(f"/admin/accounts/{account.pk}/close/", {"reason": "借调"})

    client.post(f"/admin/accounts/{account.pk}/reopen/", {"reason": "回来了"})

    account.refresh_from_db()
    assert account.is_active
    assert queries.posts_of(account, at=AT) == [Post.objects.get(account=account)]


def test_the_last_administrator_cannot_close_the_door_behind_them(enter):
    client = enter()
    account = Account.objects.get()

    response = client.post(f"/admin/accounts/{account.pk}/close/", {"reason": "离职"})

    assert response.status_code == 409
    assert "最后一位管理员" in response.content.decode()


def test_a_locked_door_is_opened_by_the_administrator(enter, client):
    account = make.post(by=make.account("zhuoma")).account
    for _ in range(5):
        client.post("/login/", {"username": "zhuoma", "password": "wrong"})

    enter().post(f"/admin/accounts/{account.pk}/unlock/")
    client.post("/logout/")

    assert client.post("/login/", {"username": "zhuoma", "password": PASSWORD}).status_code == 302


def test_a_role_rule_holds_at_once(enter):
    client = enter()

    client.post("/admin/roles/", {"role": "STREET", "is_second_factor_required": "on", "idle_minutes": "7"})

    assert (queries.rule("STREET").is_second_factor_required, queries.rule("STREET").idle_minutes) == (True, 7)


def test_a_tag_is_added_changed_and_retired(enter):
    client = enter()
    sent = {
        "code": "GLASSES", "name_zh": "需要老花镜", "bearer": "RESIDENT", "colour": "#1565c0", "icon": "eye",
        "visit_interval_days": "90", "purpose": "配镜", "basis": "CONSENT", "position": "50",
    }  # fmt: skip

    client.post("/admin/tags/new/", sent)
    client.post("/admin/tags/GLASSES/", {**sent, "purpose": "免费配镜", "retired_on": "2026-11-01"})

    tag = NeedTag.objects.get(pk="GLASSES")
    assert (tag.purpose, str(tag.retired_on)) == ("免费配镜", "2026-11-01")


def test_a_unit_is_added(enter):
    enter().post("/admin/units/new/", {"kind": "DEPARTMENT", "code": "WATER", "name": "水务局", "area_code": "540102"})

    assert Unit.objects.get(code="WATER").name == "水务局"


def test_the_auditor_reads_every_look_but_no_name(enter):
    resident = make.resident("仁青卓玛")
    access.open_resident(resident_id=resident.pk, viewer=make.post(), purpose=Purpose.VISIT, at=AT)

    page = enter(Role.AUDITOR).get("/admin/looks/").content.decode()

    assert "入户走访" in page
    assert "仁青卓玛" not in page
    assert Look.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_accounts_costs_the_same_for_few_and_many(enter, count):
    client = enter()
    for _ in range(count):
        make.account()
    client.get("/admin/")

    with CaptureQueriesContext(connection) as asked:
        client.get("/admin/")

    # Once a second memory looks whether its edition still holds; that is no cost of the page.
    own = [one["sql"] for one in asked if not re.search(r'FROM "\w*(edition|version|overlay)"', one["sql"])]
    assert len(own) == 3  # the session with its account, who holds which post, the rules that are broken
