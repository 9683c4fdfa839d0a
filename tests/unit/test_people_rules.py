"""Phone numbers, names, ages, purposes: decided on plain values."""

from datetime import UTC, date, datetime

import pytest

from linli.people.rules import (
    CASE_PURPOSES,
    PURPOSE_LABELS,
    PURPOSES,
    Contact,
    Purpose,
    birth_year_given,
    contact_given,
    contact_kept_until,
    email_address,
    is_in_force,
    needs_guardian,
    person_name,
    phone_number,
    purposes_for,
)
from linli.shared.refusals import Refused
from linli.shared.roles import Role

TODAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13908912345", "13908912345"),
        (" 139 0891 2345 ", "13908912345"),
        ("１３９０８９１２３４５", "13908912345"),
        ("+86 139-0891-2345", "13908912345"),
        ("008613908912345", "13908912345"),
        ("8613908912345", "13908912345"),
        ("0891-6321234", "08916321234"),
        ("（0891）6321234", "08916321234"),
        ("010-65321234", "01065321234"),
        ("6321234", "6321234"),
        ("400-123-4567", "4001234567"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_phone_number_is_kept_as_digits(typed, kept):
    assert phone_number(typed) == kept


@pytest.mark.parametrize("typed", ["1390891234", "139089123456", "12908912345", "12345", "abc", "0891-63", "1" * 400])
def test_a_number_that_nobody_can_dial_is_refused_with_an_example(typed):
    with pytest.raises(Refused, match="手机号是 11 位数字"):
        phone_number(typed)


def test_a_name_is_trimmed_and_spelled_in_one_way():
    assert person_name("  扎西　多吉 ") == "扎西 多吉"


@pytest.mark.parametrize("typed", ["长" * 41, "卓\x00玛"])
def test_a_name_nobody_bears_is_refused(typed):
    with pytest.raises(Refused):
        person_name(typed)


def test_an_address_for_mail_is_kept_in_lower_case():
    assert email_address(" Zhuoma@Example.CN ") == "zhuoma@example.cn"


@pytest.mark.parametrize("typed", ["zhuoma", "a@b", "a b@example.cn", "a" * 120 + "@example.cn"])
def test_what_is_no_mail_address_is_refused(typed):
    with pytest.raises(Refused, match="邮箱"):
        email_address(typed)


def test_nothing_left_is_an_empty_contact():
    assert contact_given() == Contact()


@pytest.mark.parametrize("year", [1905, 2027])
def test_a_year_of_birth_must_be_possible(year):
    with pytest.raises(Refused, match="出生年份"):
        birth_year_given(year, today=TODAY)


@pytest.mark.parametrize(("year", "needs"), [(2026, True), (2013, True), (2012, True), (2011, False), (None, False)])
def test_a_child_under_fourteen_needs_a_guardian(year, needs):
    assert needs_guardian(birth_year=year, today=TODAY) is needs


def test_a_contact_is_kept_three_years():
    assert contact_kept_until(AT) == date(2029, 11, 23)


def test_a_contact_of_a_leap_day_is_kept_to_the_first_of_march():
    assert contact_kept_until(datetime(2028, 2, 29, tzinfo=UTC)) == date(2031, 3, 1)


@pytest.mark.parametrize(
    ("until_on", "ended_at", "holds"),
    [(None, None, True), (TODAY, None, True), (date(2026, 11, 22), None, False), (None, AT, False)],
)
def test_what_has_ended_is_not_in_force(until_on, ended_at, holds):
    assert is_in_force(until_on=until_on, ended_at=ended_at, at=AT) is holds


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR, Role.HOTLINE])
def test_who_only_looks_after_the_system_has_no_purpose(role):
    assert purposes_for(role) == ()


def test_a_department_opens_contacts_for_its_cases_only():
    assert purposes_for(Role.DEPARTMENT) == (Purpose.HANDLE_CASE, Purpose.CALL_BACK, Purpose.EMERGENCY)
    assert set(purposes_for(Role.DEPARTMENT)) <= CASE_PURPOSES


def test_every_purpose_has_a_name_and_someone_who_may_have_it():
    assert set(PURPOSE_LABELS) == set(Purpose)
    assert {purpose for allowed in PURPOSES.values() for purpose in allowed} == set(Purpose)
