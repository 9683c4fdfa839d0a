"""Roles: what a person acts as at a desk (岗位角色)."""

from enum import StrEnum


class Role(StrEnum):
    """What an account, a resident or the system acts as."""

    RESIDENT = "RESIDENT"
    GRID = "GRID"
    COMMUNITY = "COMMUNITY"
    STREET = "STREET"
    DEPARTMENT = "DEPARTMENT"
    DISTRICT = "DISTRICT"
    HEALTH = "HEALTH"
    ADMIN = "ADMIN"
    AUDITOR = "AUDITOR"
    HOTLINE = "HOTLINE"
    OUTSIDE = "OUTSIDE"
    SYSTEM = "SYSTEM"


ROLE_LABELS: dict[Role, str] = {
    Role.RESIDENT: "居民",
    Role.GRID: "网格员",
    Role.COMMUNITY: "社工",
    Role.STREET: "街道",
    Role.DEPARTMENT: "部门",
    Role.DISTRICT: "区中心",
    Role.HEALTH: "卫生站",
    Role.ADMIN: "系统管理员",
    Role.AUDITOR: "审计员",
    Role.HOTLINE: "热线",
    Role.OUTSIDE: "外部单位",
    Role.SYSTEM: "系统",
}
