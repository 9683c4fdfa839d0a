"""What a new district still lacks, in the order to do it (开通清单)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.case.deadlines import calendar
from linli.place import queries as place
from linli.place.rules import Level
from linli.routing import queries as routing
from linli.shared.calendar import Missing, calendar_warnings
from linli.shared.calendar.coverage import ARRANGEMENT, LOCAL
from linli.shared.roles import Role
from linli.staff import actions as staff_actions
from linli.staff import queries as staff
from linli.staff.queries import UnitKind
from linli.text import queries as text
from linli.web.admin.doors import page_for

KIND_OF = {Level.STREET: UnitKind.STREET, Level.COMMUNITY: UnitKind.COMMUNITY}
WORKERS = (Role.DISTRICT, Role.STREET, Role.COMMUNITY, Role.GRID, Role.DEPARTMENT, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing to set up: whether it is done, what there is, what is missing, where to go."""

    title: str
    words: str
    is_done: bool
    url: str
    is_optional: bool = False
    is_reminder: bool = False  # worth a look, but nothing waits for it


@require_GET
@page_for(Role.ADMIN)
def overview(request: HttpRequest) -> HttpResponseBase:
    """Show what is set up and what is still missing (系统管理首页)."""
    items = checklist(at=timezone.now())
    left = sum(not (item.is_done or item.is_optional or item.is_reminder) for item in items)
    return render(request, "admin/start.html", {"items": items, "left": left})


def checklist(*, at: datetime) -> list[Requirement]:
    """Return everything a district needs before its first case, in order (开通清单)."""
    return [*_places(), *_units(), *_people(at), *_tables(at)]


def missing_units() -> list[Any]:
    """Return the streets and communities in force without a unit of their own."""
    covered = {unit.area_code for unit in staff.units() if unit.kind in KIND_OF.values()}
    return [area for area in place.areas() if area.level in KIND_OF and area.code not in covered]


@transaction.atomic
def add_missing_units(*, at: datetime, by_post_id: int) -> int:
    """Add a unit for every street and community that has none; all or nothing (补齐单位)."""
    missing = missing_units()
    for area in missing:
        staff_actions.create_unit(
            code=area.code,
            kind=KIND_OF[area.level],
            area_code=area.code,
            name=area.name,
            name_bo=area.name_bo,
            name_en=area.name_en,
            at=at,
            by_post_id=by_post_id,
        )
    return len(missing)


def missing_words(missing: Missing) -> str:
    """Say which dates are to be entered (日历提醒)."""
    named = {"year": missing.year, "name": _(ARRANGEMENT) if missing.name == ARRANGEMENT else _(LOCAL)}
    return _("%(year)s年的%(name)s尚未录入，落在该年的时限均为暂定。") % named


def _places() -> list[Requirement]:
    count = Counter(area.level for area in place.areas() if area.level is not Level.BUILDING)
    communities = place.areas(level=Level.COMMUNITY)
    with_grids = sum(bool(place.children(each.code)) for each in communities)
    grids, undrawn = count[Level.GRID], sum(area.lng is None for area in place.areas(level=Level.GRID))
    url = reverse("admin_areas")
    return [
        Requirement(
            _("区划"),
            _("%(streets)s 个街道、%(communities)s 个社区") % {
                "streets": count[Level.STREET], "communities": count[Level.COMMUNITY]
            },
            count[Level.STREET] > 0 and count[Level.COMMUNITY] > 0,
            url,
        ),
        Requirement(
            _("网格"),
            _("%(grids)s 个网格；%(left)s 个社区还没有划网格，%(undrawn)s 个网格没有图形")
            % {"grids": grids, "left": len(communities) - with_grids, "undrawn": undrawn},
            grids > 0 and with_grids == len(communities) and not undrawn,
            url,
        ),
    ]  # fmt: skip


def _units() -> list[Requirement]:
    kinds = Counter(unit.kind for unit in staff.units())
    missing = missing_units()
    url = reverse("admin_units")
    return [
        Requirement(
            _("街道和社区单位"),
            _("%(made)s 个已设立，%(left)s 个街道或社区还没有")
            % {"made": kinds[UnitKind.STREET] + kinds[UnitKind.COMMUNITY], "left": len(missing)},
            not missing and kinds[UnitKind.COMMUNITY] > 0,
            url,
        ),
        Requirement(
            _("部门"), _("%s 个部门可以被吹哨") % kinds[UnitKind.DEPARTMENT], kinds[UnitKind.DEPARTMENT] > 0, url
        ),
    ]


def _people(at: datetime) -> list[Requirement]:
    held = {row["role"]: row["n"] for row in staff.posts(at=at).order_by().values("role").annotate(n=Count("pk"))}
    words = _("，").join(f"{_(ROLE_WORDS[role])} {held.get(role.value, 0)}" for role in WORKERS)
    needed = [role for role in WORKERS if role not in {Role.GRID, Role.AUDITOR}]
    return [
        Requirement(_("账号和岗位"), words, all(held.get(role.value) for role in needed), reverse("admin_accounts"))
    ]


def _tables(at: datetime) -> list[Requirement]:
    warnings = calendar_warnings(calendar=calendar(), at=at)
    leaves = text.leaves()
    dated = _("放假安排已经录到位") if not warnings else "".join(missing_words(each) for each in warnings)
    return [
        Requirement(_("事项分类"), _("%s 个分类") % len(leaves), len(leaves) > 1, reverse("admin_categories")),
        _responsibilities(),
        Requirement(_("工作日历"), dated, not warnings, reverse("admin_calendar"), is_reminder=True),
        Requirement(
            _("外部接口"),
            _("12345 热线、Open311 需要时再发密钥"),
            is_done=True,
            url=reverse("admin_keys"),
            is_optional=True,
        ),
    ]


def _responsibilities() -> Requirement:
    """Dispatch works without rules, by place; a broken one is worth a look."""
    counts = {"rules": sum(1 for _rule in routing.listed()), "broken": len(routing.broken())}
    words = _("%(rules)s 条规则，%(broken)s 条失效；没有规则管到的按地点派") % counts
    return Requirement(
        _("责任清单"), words, not counts["broken"], reverse("routing:rules"), is_reminder=bool(counts["broken"])
    )


ROLE_WORDS = {
    Role.DISTRICT: "区中心",
    Role.STREET: "街道",
    Role.COMMUNITY: "社工",
    Role.GRID: "网格员",
    Role.DEPARTMENT: "部门",
    Role.AUDITOR: "审计员",
}
