"""The least valid record of each kind, for tests to begin from."""

from datetime import UTC, datetime, timedelta
from typing import Any

from linli.case import actions as cases
from linli.case.models import Case
from linli.intake.rules import Channel, ContactGiven, Received
from linli.place import queries as place
from linli.place.models import Area
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.models import Account, Post, Unit

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday, ten in the morning in Lhasa's office
DISTRICT, STREET, COMMUNITY, GRID = "540102", "540102001", "540102001001", "540102001001001"
_serial = iter(range(1, 1_000_000))


def later(**spans: float) -> datetime:
    """Return a moment after AT."""
    return AT + timedelta(**spans)


def area(code: str = COMMUNITY, name: str = "洛堆社区", **columns: Any) -> Area:
    """An area with the areas above it; no shape."""
    levels = {6: "DISTRICT", 9: "STREET", 12: "COMMUNITY", 15: "GRID", 20: "BUILDING"}
    for digits in (6, 9, 12, 15):
        if digits < len(code):
            Area.objects.get_or_create(
                code=code[:digits],
                defaults={"level": levels[digits], "name": f"区域{code[:digits]}", "valid_from": "2020-01-01"},
            )
    row, _made = Area.objects.update_or_create(
        code=code, defaults={"level": levels[len(code)], "name": name, "valid_from": "2020-01-01"} | columns
    )
    place.forget()
    return row


def unit(kind: str = "COMMUNITY", area_code: str = "", name: str = "", **columns: Any) -> Unit:
    """A body; the district, a street and a community by default lie in one another."""
    area_code = area_code or {"DISTRICT": DISTRICT, "STREET": STREET, "COMMUNITY": COMMUNITY}.get(kind, DISTRICT)
    if kind in {"DISTRICT", "STREET", "COMMUNITY"}:
        row, _made = Unit.objects.get_or_create(
            kind=kind,
            area_code=area_code,
            defaults={"code": f"{kind}-{area_code}", "name": name or f"{kind}{area_code}"} | columns,
        )
    else:
        row = Unit.objects.create(
            kind=kind,
            area_code=area_code,
            code=f"{kind}-{next(_serial)}",
            name=name or f"部门{next(_serial)}",
            **columns,
        )
    staff.forget()
    return row


def department(name: str = "水务局") -> Unit:
    """A department of the district."""
    return unit("DEPARTMENT", name=name)


def account(name: str = "卓玛", **columns: Any) -> Account:
    """An account without a usable password."""
    serial = next(_serial)
    return Account.objects.create(username=f"worker{serial}", name=name, password="!", created_at=AT, **columns)


def post(role: Role = Role.COMMUNITY, unit: Unit | None = None, area_code: str = "", **columns: Any) -> Post:
    """A post in the community, unless told otherwise."""
    kind = {
        Role.DEPARTMENT: "DEPARTMENT",
        Role.STREET: "STREET",
        Role.DISTRICT: "DISTRICT",
        Role.ADMIN: "DISTRICT",
        Role.HEALTH: "HEALTH",
    }.get(role, "COMMUNITY")
    body = unit or globals()["unit"](kind)
    row = Post.objects.create(
        account=columns.pop("account", None) or account(),
        role=role.value,
        unit=body,
        area_code=area_code or body.area_code,
        valid_from=AT - timedelta(days=365),
        **columns,
    )
    staff.forget()
    return row


def neighbourhood() -> None:
    """District, street and community with their areas and units."""
    area(GRID, "01网格")
    area(COMMUNITY, "洛堆社区")
    for kind in ("DISTRICT", "STREET", "COMMUNITY"):
        unit(kind)


def received(**columns: Any) -> Received:
    """An appeal from the web about a stairwell light in the community."""
    defaults: dict[str, Any] = {
        "channel": Channel.WEB,
        "text": "楼道灯坏了三天，晚上看不见路。",
        "area_code": COMMUNITY,
    }
    return Received(**(defaults | columns))


def contact(**columns: Any) -> ContactGiven:
    """A way to reach the resident."""
    return ContactGiven(**({"name": "扎西", "phone": "13900000001"} | columns))


def case(at: datetime = AT, **columns: Any) -> Case:
    """A case just opened in the community."""
    neighbourhood()
    opened = cases.open_case(received=received(**columns), at=at)
    return Case.objects.get(pk=opened.case_id)


def case_in_hand(at: datetime = AT, **columns: Any) -> tuple[Case, Post]:
    """A case that its community has signed for, with the post that signed."""
    row = case(at=at, **columns)
    worker = post(Role.COMMUNITY)
    cases.take(case=row, post=worker, at=at + timedelta(minutes=5))
    return row, worker
