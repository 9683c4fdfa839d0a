"""What a post may see, decided on plain values."""

import pytest

from linli.shared.roles import Role
from linli.shared.scope import NOTHING, Scope
from linli.staff.rules import DESKS, SECOND_FACTOR_ROLES, UNIT_KINDS, covering_codes, scope_for

WORKERS = (
    Role.GRID, Role.COMMUNITY, Role.STREET, Role.DEPARTMENT, Role.DISTRICT, Role.HEALTH, Role.ADMIN, Role.AUDITOR,
)  # fmt: skip
GRID = "540102001001001"


@pytest.mark.parametrize(
    ("role", "area_code", "scope"),
    [
        (Role.GRID, GRID, Scope(area_code=GRID, unit_id=7)),
        (Role.COMMUNITY, "540102001001", Scope(area_code="540102001001", unit_id=7)),
        (Role.STREET, "540102001", Scope(area_code="540102001", unit_id=7)),
        (Role.DEPARTMENT, "540102", Scope(unit_id=7)),
        (Role.HEALTH, "540102001", Scope(unit_id=7)),
        (Role.DISTRICT, "540102", Scope(area_code="540102")),
        (Role.ADMIN, "540102", Scope(area_code="540102")),
        (Role.AUDITOR, "540102", NOTHING),
        (Role.RESIDENT, "540102", NOTHING),
        (Role.HOTLINE, "540102", NOTHING),
        (Role.SYSTEM, "540102", NOTHING),
    ],
)
def test_a_role_sees_its_area_its_unit_or_nothing(role, area_code, scope):
    assert scope_for(role=role, area_code=area_code, unit_id=7) == scope


def test_nobody_sees_everything():
    seen = [scope_for(role=role, area_code="540102", unit_id=1).everything for role in Role]

    assert seen == [False] * len(Role)


def test_the_areas_that_contain_a_building_are_named_from_the_inside_out():
    assert covering_codes("54010200100100100001") == (
        "54010200100100100001", GRID, "540102001001", "540102001", "540102",
    )  # fmt: skip


def test_an_area_of_the_district_is_contained_by_the_district_alone():
    assert covering_codes("540102") == ("540102",)


@pytest.mark.parametrize("role", WORKERS)
def test_every_worker_has_a_desk_and_a_kind_of_unit(role):
    assert role in DESKS
    assert role in UNIT_KINDS


def test_managers_and_auditors_are_the_roles_for_a_second_factor():
    assert SECOND_FACTOR_ROLES == (Role.DISTRICT, Role.ADMIN, Role.AUDITOR)
