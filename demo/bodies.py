"""Who works in the made-up district: units, accounts, posts (演示岗位)."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from demo.words import DEPARTMENTS, FAMILY, FIRST, GIVEN, SECOND
from linli.place import queries as place
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.models import Account, Post, Unit

PASSWORD = "linli-demo-2026"  # noqa: S105 -- printed by the demo for whoever tries it; no real system has it
DESKS = {Role.COMMUNITY, Role.STREET, Role.DEPARTMENT, Role.DISTRICT}
GRID_WORKERS = {"district": 689}
ENGLISH = {
    "CG": "Urban Management",
    "ZJ": "Housing and Construction",
    "GS": "Water Company",
    "GD": "Power Company",
    "RQ": "Gas Company",
    "RL": "Heating Company",
    "HW": "Street Cleansing",
    "JJ": "Traffic Police",
    "XF": "Fire and Rescue",
    "SC": "Market Supervision",
    "MZ": "Civil Affairs",
    "RS": "Work and Social Security",
    "WJ": "Health Commission",
    "JY": "Education",
    "YL": "Parks and Greenery",
    "GA": "Police",
    "HB": "Environment",
    "CL": "Disabled Persons' Federation",
    "JT": "Transport",
    "YJ": "Emergency Management",
}


@dataclass
class Staff:
    """The posts of the made-up district by unit, and the logins to print."""

    posts: dict[int, list[Post]] = field(default_factory=dict)
    grid_posts: dict[str, Post] = field(default_factory=dict)
    departments: dict[str, Unit] = field(default_factory=dict)
    logins: list[dict[str, str]] = field(default_factory=list)

    def post_of(self, unit_id: int, chance: random.Random) -> Post:
        """Return somebody of a unit."""
        return chance.choice(self.posts[unit_id])


def a_name(chance: random.Random) -> str:
    """Make up a name."""
    if chance.random() < 0.6:
        return chance.choice(FIRST) + chance.choice(SECOND)
    return chance.choice(FAMILY) + chance.choice(GIVEN)


def employ(*, scale: str, chance: random.Random, at: datetime) -> Staff:
    """Make every unit of the tree, twenty departments, and the people of each (演示单位与岗位)."""
    crew = Staff()
    password = make_password(PASSWORD)
    since = at - timedelta(days=500)
    bodies = _units(crew)
    hire = _hirer(crew, chance=chance, password=password, since=since)
    for unit in bodies:
        _hire_for(unit, hire)
    _hire_grid_workers(crew, bodies, scale=scale, hire=hire)
    district = next(unit for unit in bodies if unit.kind == "DISTRICT")
    hire("admin", Role.ADMIN, district, "系统管理员")
    hire("auditor", Role.AUDITOR, district, "审计员")
    staff.forget()
    _choose_logins(crew, bodies)
    return crew


Hire = Callable[..., Post]


def _units(crew: Staff) -> list[Unit]:
    kinds = {"DISTRICT": "DISTRICT", "STREET": "STREET", "COMMUNITY": "COMMUNITY"}
    bodies = [
        Unit(
            code=area.code,
            kind=kinds[area.level],
            area_code=area.code,
            name=area.name,
            name_bo=area.name_bo,
            name_en=area.name_en,
        )
        for level in kinds
        for area in place.areas(level=level)
    ]
    district = bodies[0].area_code
    for code, name in DEPARTMENTS.items():
        unit = Unit(code=code, kind="DEPARTMENT", area_code=district, name=name, name_en=ENGLISH.get(code, ""))
        crew.departments[code] = unit
        bodies.append(unit)
    bodies += [
        Unit(code=f"H{street.code}", kind="HEALTH", area_code=street.code, name=f"{street.name}卫生服务中心")
        for street in place.areas(level="STREET")
    ]
    Unit.objects.bulk_create(bodies)
    staff.forget()
    return bodies


def _hirer(crew: Staff, *, chance: random.Random, password: str, since: datetime) -> Hire:
    def hire(username: str, role: Role, unit: Unit, title: str, area_code: str = "") -> Post:
        account = Account.objects.create(
            username=username.lower(), name=a_name(chance), password=password, created_at=since
        )
        post = Post.objects.create(
            account=account,
            role=role.value,
            unit=unit,
            area_code=area_code or unit.area_code,
            title=title,
            valid_from=since,
        )
        if role in DESKS:
            crew.posts.setdefault(unit.pk, []).append(post)
        return post

    return hire


def _hire_for(unit: Unit, hire: Hire) -> None:
    match unit.kind:
        case "DISTRICT":
            hire("district", Role.DISTRICT, unit, "区中心值班长")
            hire("district2", Role.DISTRICT, unit, "区中心值班员")
        case "STREET":
            hire(f"street{unit.code[-3:]}", Role.STREET, unit, "街道吹哨专员")
        case "COMMUNITY":
            for number in ("", "b"):
                hire(f"community{unit.code[6:]}{number}", Role.COMMUNITY, unit, "社工")
        case "DEPARTMENT":
            hire(f"dept-{unit.code}", Role.DEPARTMENT, unit, "报到专员")
        case "HEALTH":
            hire(f"nurse{unit.code[-3:]}", Role.HEALTH, unit, "护士")


def _hire_grid_workers(crew: Staff, bodies: list[Unit], *, scale: str, hire: Hire) -> None:
    communities = {unit.area_code: unit for unit in bodies if unit.kind == "COMMUNITY"}
    grids = sorted(area.code for area in place.areas(level="GRID"))
    workers = min(GRID_WORKERS.get(scale, len(grids)), len(grids))
    for index, grid in enumerate(grids):
        unit = communities[grid[:12]]
        if index < workers:
            crew.grid_posts[grid] = hire(f"grid{grid[6:]}", Role.GRID, unit, "网格员", grid)
            continue
        # Fewer workers than grids: a colleague of the same community looks after a second one.
        colleague = next((post for code, post in crew.grid_posts.items() if code[:12] == grid[:12]), None)
        if colleague is None:
            crew.grid_posts[grid] = hire(f"grid{grid[6:]}", Role.GRID, unit, "网格员", grid)
        else:
            crew.grid_posts[grid] = Post.objects.create(
                account=colleague.account,
                role=Role.GRID.value,
                unit=unit,
                area_code=grid,
                title="网格员",
                valid_from=colleague.valid_from,
            )


def _choose_logins(crew: Staff, bodies: list[Unit]) -> None:
    street = next(unit for unit in bodies if unit.kind == "STREET")
    community = next(
        unit for unit in bodies if unit.kind == "COMMUNITY" and unit.area_code.startswith(street.area_code)
    )
    grid = min(code for code in crew.grid_posts if code.startswith(community.area_code))
    health = next(unit for unit in bodies if unit.kind == "HEALTH" and unit.area_code == street.area_code)
    chosen = [
        ("区中心", "district", bodies[0].name),
        ("街道", f"street{street.code[-3:]}", street.name),
        ("社区", f"community{community.code[6:]}", community.name),
        ("网格", f"grid{grid[6:]}", place.full_name(grid)),
        ("部门", "dept-cg", crew.departments["CG"].name),
        ("部门", "dept-gd", crew.departments["GD"].name),
        ("卫生站", f"nurse{health.code[-3:]}", health.name),
        ("系统管理员", "admin", bodies[0].name),
        ("审计员", "auditor", bodies[0].name),
    ]
    crew.logins = [{"desk": desk, "username": name, "password": PASSWORD, "unit": unit} for desk, name, unit in chosen]
