"""Register, correct and end households and residents."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from linli.people.actions.common import (
    LIVING_HERE,
    LIVING_HERE_SCOPE,
    erase,
    keep_consent,
    must_be_guardians,
    must_keep,
    point_of,
    record,
    resident_here,
)
from linli.people.models import ContactPoint, Household, Membership, Need, Resident
from linli.people.rules import (
    ADDRESS_MAX,
    ConsentGiven,
    birth_year_given,
    contact_given,
    person_name,
)
from linli.shared.crypto import blind, seal
from linli.shared.refusals import Refused
from linli.staff.queries import Post


@transaction.atomic
def register_household(
    *,
    area_code: str,
    address: str,
    at: datetime,
    post: Post | None,
    lng: float | None = None,
    lat: float | None = None,
) -> Household:
    """Add a door (登记一户).

    Raises:
        Refused: the address is empty, too long or registered already, or it lies outside the post's area.
    """
    must_keep(post, area_code)
    words = " ".join(address.split())
    if not words or len(words) > ADDRESS_MAX:
        raise Refused("请写明门牌，最多 %(most)s 个字。", most=ADDRESS_MAX)
    if Household.objects.filter(area_code=area_code, address=words, left_on__isnull=True).exists():
        raise Refused("“%(address)s”已经登记过了。", address=words)
    household = Household.objects.create(area_code=area_code, address=words, lng=lng, lat=lat, created_at=at)
    record("register_household", household, at=at, post=post, detail={"area_code": area_code})
    return household


@transaction.atomic
def register_resident(
    *,
    household: Household,
    name: str,
    consent: ConsentGiven,
    at: datetime,
    post: Post | None,
    birth_year: int | None = None,
    sex: str = "",
    language: str = "zh-hans",
    relation: str = Membership.Relation.OTHER,
    phone: str = "",
) -> Resident:
    """Add a person to a household with their consent; for a child the guardian's (登记居民).

    Raises:
        Refused: the name is empty, a value cannot be true, the consent is not the guardian's though it must be, or
            the household lies outside the post's area.
    """
    must_keep(post, household.area_code)
    contact = contact_given(name=name, phone=phone)
    resident = Resident(
        area_code=household.area_code,
        birth_year=birth_year_given(birth_year, today=at.date()),
        sex=_known_sex(sex),
        language=language,
        created_at=at,
    )
    _rename(resident, name)
    must_be_guardians(resident, consent, at=at)
    resident.save()
    Membership.objects.create(
        resident=resident, household=household, area_code=household.area_code, relation=relation, since_on=at.date()
    )
    keep_consent(consent, purpose=LIVING_HERE, scope=LIVING_HERE_SCOPE, at=at, post=post, resident=resident)
    if contact.phone:
        point_of(contact, at=at, area_code=resident.area_code, resident=resident).save(force_insert=True)
    record("register_resident", resident, at=at, post=post, detail={"household": household.pk})
    return resident


@transaction.atomic
def correct_resident(*, resident_id: int, reason: str, at: datetime, post: Post | None, **corrected: Any) -> Resident:
    """Put right what was wrong about a person: name, birth year, sex or language (更正).

    Raises:
        Refused: no reason, nothing that can be corrected, a value cannot be true, or outside the post's area.
    """
    if not reason.strip():
        raise Refused("请写明更正的原因。")
    resident = resident_here(resident_id, post)
    columns = sorted(corrected)
    if not columns or set(columns) - {"name", "birth_year", "sex", "language"}:
        raise Refused("没有可以更正的内容。")
    if "name" in corrected:
        _rename(resident, corrected["name"])
    resident.birth_year = birth_year_given(corrected.get("birth_year", resident.birth_year), today=at.date())
    resident.sex = _known_sex(corrected.get("sex", resident.sex))
    resident.language = corrected.get("language", resident.language)
    resident.save()
    record("correct_resident", resident, at=at, post=post, reason=reason, detail={"columns": columns})
    return resident


@transaction.atomic
def leave(*, resident_id: int, on: date, reason: str, at: datetime, post: Post | None) -> None:
    """Say that a resident lives here no more; their needs end, their contacts are erased, the past stays (迁出).

    Raises:
        Refused: no reason, left already, or outside the post's area.
    """
    if not reason.strip():
        raise Refused("请写明原因。")
    resident = resident_here(resident_id, post)
    if resident.left_on is not None:
        raise Refused("已经登记过迁出了。")
    resident.left_on = on
    resident.save(update_fields=["left_on"])
    homes = Membership.objects.filter(resident=resident, until_on__isnull=True)
    homes.filter(since_on__lte=on).update(until_on=on)
    homes.update(until_on=at.date())
    Need.objects.filter(resident=resident, ended_at__isnull=True).update(ended_at=at, ended_reason=reason[:200])
    erase(ContactPoint.objects.filter(resident=resident), at=at)
    record("leave", resident, at=at, post=post, reason=reason)


@transaction.atomic
def renew_link(*, resident_id: int, at: datetime, post: Post | None) -> Resident:
    """Give a resident a new link to their own record; the old one stops working (重发查看链接).

    Raises:
        Refused: no such resident, or outside the post's area.
    """
    resident = resident_here(resident_id, post)
    resident.link_version += 1
    resident.save(update_fields=["link_version"])
    record("renew_link", resident, at=at, post=post)
    return resident


def _rename(resident: Resident, words: str) -> None:
    name = person_name(words)
    if not name:
        raise Refused("请写姓名。")
    resident.name_sealed, resident.name_index = seal(name), blind(name)


def _known_sex(sex: str) -> str:
    if sex not in Resident.Sex.values:
        raise Refused("性别请选“女”“男”或留空。")
    return sex
