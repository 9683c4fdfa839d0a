"""Decisions about posts on plain values: what a role sees, which unit kinds it belongs to."""

from linli.shared.roles import Role
from linli.shared.scope import NOTHING, Scope

DISTRICT_DIGITS = 6
AREA_DIGITS = (20, 15, 12, 9, 6)  # building, grid, community, street, district

# The desk a post starts from; the address of the page it lands on after logging in.
DESKS: dict[Role, str] = {
    Role.GRID: "/grid/",
    Role.COMMUNITY: "/community/",
    Role.STREET: "/community/",
    Role.DEPARTMENT: "/department/",
    Role.HEALTH: "/department/",
    Role.DISTRICT: "/district/",
    Role.ADMIN: "/admin/",
    Role.AUDITOR: "/admin/audit/",
}

# Which bodies a role works in. A post elsewhere is a slip of the pen that would open the wrong rows.
UNIT_KINDS: dict[Role, frozenset[str]] = {
    Role.GRID: frozenset({"COMMUNITY"}),
    Role.COMMUNITY: frozenset({"COMMUNITY"}),
    Role.STREET: frozenset({"STREET"}),
    Role.DEPARTMENT: frozenset({"DEPARTMENT"}),
    Role.HEALTH: frozenset({"HEALTH"}),
    Role.DISTRICT: frozenset({"DISTRICT"}),
    Role.ADMIN: frozenset({"DISTRICT"}),
    Role.AUDITOR: frozenset({"DISTRICT"}),
}

# MLPS level 3: managers, exporters and administrators log in with two factors (domain.md §8).
SECOND_FACTOR_ROLES = (Role.DISTRICT, Role.ADMIN, Role.AUDITOR)


def scope_for(*, role: Role, area_code: str, unit_id: int) -> Scope:
    """Return what a post may see: its area, its unit, or nothing (数据范围)."""
    if role in {Role.DISTRICT, Role.ADMIN}:
        return Scope(area_code=area_code[:DISTRICT_DIGITS])
    if role in {Role.STREET, Role.COMMUNITY, Role.GRID}:
        return Scope(area_code=area_code, unit_id=unit_id)
    if role in {Role.DEPARTMENT, Role.HEALTH}:
        return Scope(unit_id=unit_id)
    return NOTHING


def covering_codes(code: str) -> tuple[str, ...]:
    """Return the codes of the areas that contain this one, itself first."""
    return tuple(code[:digits] for digits in AREA_DIGITS if digits <= len(code))
