"""The least valid account, unit, post, household, resident: for tests of any stage."""

from datetime import UTC, datetime
from itertools import count

from linli.people import actions as people
from linli.people.rules import ConsentGiven
from linli.shared.roles import Role
from linli.staff import queries
from linli.staff.models import Account, Post, Unit

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PASSWORD = "Snowland-Bridge-77"

DISTRICT = "540102"
STREET = "540102001"
COMMUNITY = "540102001001"
GRID = "540102001001001"
OTHER_COMMUNITY = "540102001002"

_numbers = count(1)
_hashed: dict[str, str] = {}
KINDS = {
    Role.GRID: ("COMMUNITY", COMMUNITY, GRID),
    Role.COMMUNITY: ("COMMUNITY", COMMUNITY, COMMUNITY),
    Role.STREET: ("STREET", STREET, STREET),
    Role.DEPARTMENT: ("DEPARTMENT", DISTRICT, DISTRICT),
    Role.HEALTH: ("HEALTH", DISTRICT, DISTRICT),
    Role.DISTRICT: ("DISTRICT", DISTRICT, DISTRICT),
    Role.ADMIN: ("DISTRICT", DISTRICT, DISTRICT),
    Role.AUDITOR: ("DISTRICT", DISTRICT, DISTRICT),
}


def account(username: str = "", *, name: str = "张三", password: str = PASSWORD, **columns: object) -> Account:
    made = Account(username=username or f"worker{next(_numbers)}", name=name, created_at=LONG_AGO, **columns)
    if password not in _hashed:
        made.set_password(password)
        _hashed[password] = made.password
    made.password = _hashed[password]
    made.save()
    return made


def unit(name: str = "", *, kind: str = "COMMUNITY", area_code: str = COMMUNITY) -> Unit:
    """One unit per area for communities, streets and the district; as many departments as asked."""
    if kind in {"DISTRICT", "STREET", "COMMUNITY"}:
        known = Unit.objects.filter(kind=kind, area_code=area_code, is_active=True).first()
        if known:
            return known
    number = next(_numbers)
    made = Unit.objects.create(code=f"U{number}", kind=kind, area_code=area_code, name=name or f"单位{number}")
    queries.forget()
    return made


def post(
    role: Role = Role.COMMUNITY, *, of: Unit | None = None, by: Account | None = None, area_code: str = ""
) -> Post:
    kind, unit_area, own_area = KINDS[role]
    at_unit = of or unit(kind=kind, area_code=unit_area)
    made = Post.objects.create(
        account=by or account(),
        role=role,
        unit=at_unit,
        area_code=area_code or (own_area if of is None else of.area_code),
        valid_from=LONG_AGO,
    )
    queries.forget()
    return made


def household(area_code: str = GRID, address: str = ""):
    words = address or f"3号院{next(_numbers)}单元301"
    return people.register_household(area_code=area_code, address=words, at=AT, post=None)


def consent(giver: str = "SELF", way: str = "SIGNED", **more: object) -> ConsentGiven:
    return ConsentGiven(giver=giver, way=way, **more)


def resident(name: str = "卓玛", *, of=None, **columns: object):
    given = columns.pop("consent", None) or consent()
    return people.register_resident(household=of or household(), name=name, consent=given, at=AT, post=None, **columns)
