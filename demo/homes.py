"""Households and residents of the made-up district, with needs and the consent each rests on (演示住户)."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from demo.bodies import a_name
from linli.case.tables import copy_rows, next_ids
from linli.people.models import Need, NeedTag
from linli.place.models import Area
from linli.shared.crypto import blind, seal

BATCH = 4000
NEEDY = 0.16
CONSENT_DAYS = 730


def settle(
    *, grids: list[Area], buildings: dict[str, list[Area]], how_many: int, chance: random.Random, at: datetime
) -> Iterator[int]:
    """Write so many households with their residents and needs by COPY; yield how many stand so far."""
    tags = list(NeedTag.objects.filter(retired_on__isnull=True))
    names = [(name, seal(name), blind(name)) for name in sorted({a_name(chance) for _ in range(600)})]
    written = 0
    while written < how_many:
        size = min(BATCH, how_many - written)
        _batch(grids, buildings, tags, names, first=written, size=size, chance=chance, at=at)
        written += size
        yield written


def _batch(
    grids: list[Area],
    buildings: dict[str, list[Area]],
    tags: list[NeedTag],
    names: list[tuple[str, bytes, bytes]],
    *,
    first: int,
    size: int,
    chance: random.Random,
    at: datetime,
) -> None:
    households, residents, members, consents, needs = [], [], [], [], []
    home_ids = next_ids("people_household_id_seq", count=size)
    for index, (home_id,) in enumerate(home_ids):
        grid = grids[(first + index) % len(grids)]
        homes = buildings.get(grid.code) or [grid]
        building = homes[((first + index) // len(grids)) % len(homes)]
        door = (first + index) // len(grids) // len(homes)
        households.append(_household(home_id, building, door, at=at))
        people = chance.choice((1, 1, 2, 2, 3, 3, 4))
        for order in range(people):
            residents.append((home_id, building.code, chance.choice(names), order))
    resident_ids = next_ids("people_resident_id_seq", count=len(residents))
    rows = []
    for (resident_id,), (home_id, code, name, order) in zip(resident_ids, residents, strict=True):
        age = chance.choice((5, 12, 28, 33, 41, 52, 63, 71, 78, 84))
        rows.append(_resident(resident_id, code, name, age=age, chance=chance, at=at))
        members.append(_member(resident_id, home_id, code, order))
        if chance.random() < NEEDY:
            tag = chance.choice(tags)
            consent = _consent(code, tag, chance=chance, at=at)
            whose = (
                {"resident_id": None, "household_id": home_id}
                if tag.bearer == "HOUSEHOLD"
                else {"resident_id": resident_id, "household_id": None}
            )
            key = (whose["resident_id"], whose["household_id"], tag.pk)
            if key not in {need[0] for need in needs}:
                needs.append((key, whose, tag, code, consent))
    consent_ids = next_ids("people_consent_id_seq", count=len(needs)) if needs else []
    need_rows = []
    for (consent_id,), (_key, whose, tag, code, consent) in zip(consent_ids, needs, strict=True):
        consents.append({"id": consent_id} | whose | consent)
        need_rows.append(whose | _need(tag, code, consent_id, at=at))
    for table, lines in (
        ("people_household", households),
        ("people_resident", rows),
        ("people_membership", members),
        ("people_consent", consents),
        ("people_need", need_rows),
    ):
        copy_rows(table, lines)


def _household(home_id: int, building: Area, door: int, *, at: datetime) -> dict[str, Any]:
    address = f"{building.name}{door // 4 + 1}单元{door % 4 + 1}0{door % 2 + 1}室{'' if door < 16 else door}"
    return {
        "id": home_id,
        "area_code": building.code,
        "address": address[:120],
        "lng": building.lng,
        "lat": building.lat,
        "visited_at": None,
        "created_at": at,
        "left_on": None,
    }


def _resident(
    resident_id: int, code: str, name: tuple[str, bytes, bytes], *, age: int, chance: random.Random, at: datetime
) -> dict[str, Any]:
    return {
        "id": resident_id,
        "area_code": code,
        "name_sealed": name[1],
        "name_index": name[2],
        "birth_year": at.year - age,
        "sex": chance.choice(("F", "M")),
        "language": chance.choice(("zh-hans", "bo")),
        "link_version": 1,
        "created_at": at,
        "left_on": None,
    }


def _member(resident_id: int, home_id: int, code: str, order: int) -> dict[str, Any]:
    relation = ("HEAD", "SPOUSE", "CHILD", "PARENT")[order]
    return {
        "resident_id": resident_id,
        "household_id": home_id,
        "area_code": code,
        "relation": relation,
        "since_on": date(2020, 1, 1),
        "until_on": None,
    }


def _consent(code: str, tag: NeedTag, *, chance: random.Random, at: datetime) -> dict[str, Any]:
    given_at = at - timedelta(days=chance.randrange(10, 300))
    return {
        "area_code": code,
        "giver": "HEAD" if tag.bearer == "HOUSEHOLD" else "SELF",
        "way": "SIGNED",
        "purpose": tag.purpose,
        "scope": tag.name_zh,
        "is_separate": tag.basis == "SEPARATE_CONSENT",
        "given_at": given_at,
        "until_on": (given_at + timedelta(days=CONSENT_DAYS)).date(),
        "withdrawn_at": None,
        "withdrawn_reason": "",
        "recorded_post_id": None,
    }


def _need(tag: NeedTag, code: str, consent_id: int, *, at: datetime) -> dict[str, Any]:
    return {
        "area_code": code,
        "tag_id": tag.pk,
        "consent_id": consent_id,
        "since_on": at.date(),
        "until_on": None,
        "ended_at": None,
        "ended_reason": "",
        "recorded_post_id": None,
    }


def count_needs() -> int:
    """Return how many needs stand."""
    return Need.objects.filter(ended_at__isnull=True).count()
