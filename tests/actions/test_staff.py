"""Accounts, units, posts: each verb, and what is refused."""

from datetime import timedelta

import pytest
from axes.models import AccessLog
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction

from linli.shared.models import AuditEntry
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import actions, queries
from linli.staff.models import Account, Post, RoleRule, Unit
from tests import make_staff as make
from tests.make_staff import AT, COMMUNITY, DISTRICT, GRID, LONG_AGO, PASSWORD, STREET

pytestmark = pytest.mark.django_db


def new_account(**changed):
    return actions.create_account(**{"username": "zhangsan", "name": "张三", "password": PASSWORD, "at": AT, **changed})


def test_an_account_is_made_and_leaves_one_audit_entry():
    account = new_account(username=" ZhangSan ")

    assert account.username == "zhangsan"
    assert account.check_password(PASSWORD)
    assert list(AuditEntry.objects.values_list("stage", "verb", "subject", "at")) == [
        ("staff", "create_account", "张三（zhangsan）", AT)
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"username": "张三"},
        {"username": "ab"},
        {"name": ""},
        {"password": "short"},
        {"password": "1234567890123"},
        {"password": "zhangsan12"},
        {"email": "nobody"},
    ],
)
def test_a_bad_answer_makes_no_account(changed):
    with pytest.raises(Refused):
        new_account(**changed)

    assert Account.objects.count() == 0
    assert AuditEntry.objects.count() == 0


def test_a_username_is_given_once():
    new_account()

    with pytest.raises(Refused, match="已经有人用了"):
        new_account(name="另一位")

    assert Account.objects.count() == 1


def test_no_password_is_kept_in_the_audit():
    new_account()

    assert PASSWORD not in str(list(AuditEntry.objects.values()))


def test_a_post_begins_now_and_covers_the_units_area():
    account, unit = make.account(), make.unit()

    post = actions.appoint(account=account, role=Role.COMMUNITY, unit=unit, at=AT)

    assert (post.area_code, post.valid_from, post.valid_to) == (COMMUNITY, AT, None)
    assert AuditEntry.objects.get().verb == "appoint"


def test_one_person_may_hold_several_posts():
    account = make.account()
    make.post(Role.COMMUNITY, by=account)
    make.post(Role.STREET, by=account)

    assert [p.role for p in queries.posts_of(account, at=AT)] == [Role.COMMUNITY, Role.STREET]


@pytest.mark.parametrize(
    ("role", "kind", "area_code"),
    [
        (Role.DISTRICT, "COMMUNITY", ""),
        (Role.GRID, "DEPARTMENT", ""),
        (Role.DEPARTMENT, "STREET", ""),
        (Role.RESIDENT, "COMMUNITY", ""),
        (Role.GRID, "COMMUNITY", "540102002001001"),
    ],
)
def test_a_post_at_the_wrong_unit_or_outside_its_area_is_refused(role, kind, area_code):
    account, unit = make.account(), make.unit(kind=kind)

    with pytest.raises(Refused):
        actions.appoint(account=account, role=role, unit=unit, area_code=area_code, at=AT)

    assert Post.objects.count() == 0


def test_the_same_post_is_not_given_twice():
    post = make.post()

    with pytest.raises(Refused, match="已经在这个岗位上了"):
        actions.appoint(account=post.account, role=post.role, unit=post.unit, at=AT)

    assert Post.objects.count() == 1


def test_a_post_that_ends_before_it_begins_is_refused():
    with pytest.raises(Refused, match="晚于"):
        actions.appoint(account=make.account(), role=Role.COMMUNITY, unit=make.unit(), at=AT, valid_to=AT)


def test_an_ended_post_is_no_longer_held_and_can_be_given_again():
    post = make.post()

    actions.end_post(post=post, reason="调离", at=AT)

    assert queries.posts_of(post.account, at=AT) == []
    assert queries.posts_of(post.account, at=AT - timedelta(days=1)) == [post]
    actions.appoint(account=post.account, role=post.role, unit=post.unit, at=AT)


def test_a_post_ends_once():
    post = make.post()
    actions.end_post(post=post, reason="调离", at=AT)

    with pytest.raises(Refused, match="已经结束"):
        actions.end_post(post=post, reason="调离", at=AT)


def test_ending_a_post_needs_a_reason():
    post = make.post()

    with pytest.raises(Refused):
        actions.end_post(post=post, reason=" ", at=AT)

    post.refresh_from_db()
    assert post.valid_to is None


def test_the_last_administrator_stays():
    post = make.post(Role.ADMIN)

    with pytest.raises(Refused, match="最后一位管理员"):
        actions.end_post(post=post, reason="调离", at=AT)
    with pytest.raises(Refused, match="最后一位管理员"):
        actions.close_account(account=post.account, reason="调离", at=AT)

    post.account.refresh_from_db()
    assert post.account.is_active


def test_an_administrator_may_leave_when_there_is_another():
    post, _other = make.post(Role.ADMIN), make.post(Role.ADMIN)

    actions.end_post(post=post, reason="调离", at=AT)

    assert queries.posts_of(post.account, at=AT) == []


def test_a_closed_account_loses_its_posts_but_stays_on_record():
    post = make.post()

    actions.close_account(account=post.account, reason="离职", at=AT)

    account = Account.objects.get(pk=post.account_id)
    assert not account.is_active
    assert queries.posts_of(account, at=AT) == []
    assert queries.posts_of(account, at=AT - timedelta(days=1)) == [post]


def test_a_unit_is_unique_by_code_and_by_area():
    actions.create_unit(code="C1", kind="COMMUNITY", area_code=COMMUNITY, name="洛堆社区", at=AT)

    with pytest.raises(Refused):
        actions.create_unit(code="C1", kind="COMMUNITY", area_code="540102001009", name="别的社区", at=AT)
    with pytest.raises(Refused):
        actions.create_unit(code="C2", kind="COMMUNITY", area_code=COMMUNITY, name="别的社区", at=AT)
    with pytest.raises(Refused):
        actions.create_unit(code="C3", kind="COMMUNITY", area_code="拉萨", name="别的社区", at=AT)

    assert Unit.objects.count() == 1


def test_the_first_administrator_sets_up_an_empty_district():
    account = actions.create_first_administrator(
        username="boss", name="管理员", password=PASSWORD, district_code=DISTRICT, district_name="区中心", at=AT
    )

    assert [p.role for p in queries.posts_of(account, at=AT)] == [Role.ADMIN, Role.DISTRICT]
    assert queries.district_unit().name == "区中心"
    assert [r.role for r in queries.rules() if r.is_second_factor_required] == [Role.DISTRICT, Role.ADMIN, Role.AUDITOR]


def test_a_second_first_administrator_is_refused():
    make.post(Role.ADMIN)

    with pytest.raises(Refused, match="已经有管理员"):
        actions.create_first_administrator(
            username="boss2", name="管理员", password=PASSWORD, district_code=DISTRICT, district_name="区中心", at=AT
        )

    assert Account.objects.filter(username="boss2").count() == 0


def test_a_role_rule_changes_only_what_is_named():
    actions.set_role_rule(role=Role.STREET, idle_minutes=10, at=AT)

    rule = actions.require_second_factor(role=Role.STREET, is_required=True, at=AT)

    assert (rule.is_second_factor_required, rule.idle_minutes) == (True, 10)
    assert queries.rule(Role.STREET).is_second_factor_required


@pytest.mark.parametrize("minutes", [0, 721])
def test_an_idle_time_out_of_range_is_refused(minutes):
    with pytest.raises(Refused):
        actions.set_role_rule(role=Role.STREET, idle_minutes=minutes, at=AT)

    assert RoleRule.objects.get(role=Role.STREET).idle_minutes is None


def test_changing_a_password_replaces_the_old_one():
    account = make.account()

    actions.set_password(account=account, password="Another-Bridge-88", at=AT)

    account.refresh_from_db()
    assert account.check_password("Another-Bridge-88")
    assert account.password_changed_at == AT


def test_ended_sessions_and_old_login_records_are_dropped_and_the_others_kept():
    for days in (-1, 1):
        Session.objects.create(session_key=f"key{days}", session_data="x", expire_date=AT + timedelta(days=days))
    for days in (100, 201):
        log = AccessLog.objects.create(username="zhuoma", ip_address="192.0.2.9")
        AccessLog.objects.filter(pk=log.pk).update(attempt_time=AT - timedelta(days=days))

    assert actions.drop_expired_logins(at=AT) == 2
    assert actions.drop_expired_logins(at=AT) == 0
    assert (Session.objects.count(), AccessLog.objects.count()) == (1, 1)


# Which unit an area belongs to, without a statement -------------------------------------------------


def test_the_deepest_unit_covers_an_area():
    community, street, district = (
        make.unit(),
        make.unit(kind="STREET", area_code=STREET),
        make.unit(kind="DISTRICT", area_code=DISTRICT),
    )

    assert queries.unit_for_area(GRID + "00001") == community
    assert queries.unit_for_area(GRID) == community
    assert queries.unit_for_area("540102001009") == street
    assert queries.unit_for_area("540102009001") == district


def test_a_department_never_covers_an_area():
    district = make.unit(kind="DISTRICT", area_code=DISTRICT)
    make.unit(kind="DEPARTMENT", area_code=COMMUNITY)

    assert queries.unit_for_area(GRID) == district


def test_without_a_district_unit_the_sentence_says_what_to_do():
    with pytest.raises(Refused, match="初始设置"):
        queries.unit_for_area(GRID)


def test_a_remembered_unit_costs_no_statement(django_assert_num_queries):
    make.unit()
    queries.unit_for_area(GRID)

    with django_assert_num_queries(0):
        queries.unit_for_area(GRID)


def test_a_change_made_elsewhere_is_noticed(monkeypatch):
    unit = make.unit(name="旧名")
    assert queries.unit_for_area(GRID).name == "旧名"

    with connection.cursor() as cursor:
        cursor.execute("UPDATE staff_unit SET name = '新名' WHERE id = %s", [unit.pk])
    monkeypatch.setattr(queries, "SECONDS_BETWEEN_LOOKS", 0.0)

    assert queries.unit_for_area(GRID).name == "新名"


def test_posts_of_a_person_cost_no_second_statement(django_assert_num_queries):
    account = make.post().account
    queries.posts_of(account, at=AT)

    with django_assert_num_queries(0):
        queries.posts_of(account, at=AT)


# The post in a session ---------------------------------------------------------------------------


def test_an_only_post_needs_no_choice():
    post = make.post()

    assert queries.post_in_session({}, post.account, at=AT) == post


def test_with_two_posts_the_choice_stays_open_until_made():
    account = make.account()
    _first, second = make.post(by=account), make.post(Role.STREET, by=account)

    assert queries.post_in_session({}, account, at=AT) is None
    assert queries.post_in_session({"post": second.pk}, account, at=AT) == second


def test_somebody_elses_post_in_the_session_is_not_taken():
    account, stranger = make.account(), make.post(Role.DISTRICT)
    make.post(by=account)
    make.post(Role.STREET, by=account)

    assert queries.post_in_session({"post": stranger.pk}, account, at=AT) is None


# What the database itself promises ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (Account, {"username": "Bad Name", "name": "x", "created_at": AT}),
        (Unit, {"code": "X", "kind": "CLUB", "area_code": DISTRICT, "name": "x"}),
        (Unit, {"code": "", "kind": "DEPARTMENT", "area_code": DISTRICT, "name": "x"}),
        (Unit, {"code": "X", "kind": "DEPARTMENT", "area_code": "lhasa", "name": "x"}),
        (RoleRule, {"role": "KING"}),
        (RoleRule, {"role": "HOTLINE", "idle_minutes": 0}),
    ],
)
def test_the_database_refuses_what_cannot_be(model, columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(**columns)


@pytest.mark.parametrize("changed", [{"role": "KING"}, {"valid_to": LONG_AGO}, {"area_code": "x"}])
def test_the_database_refuses_a_post_that_cannot_be(changed):
    columns = {"account": make.account(), "role": Role.COMMUNITY, "unit": make.unit(), "area_code": COMMUNITY}

    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.create(**{**columns, "valid_from": LONG_AGO, **changed})


def test_two_units_cannot_answer_for_one_area():
    make.unit()

    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.create(code="second", kind="COMMUNITY", area_code=COMMUNITY, name="x")
