"""The one door to personal data: a purpose, a right, a look written first, then the data (访问).

Whoever opens something passes three questions: is this a purpose the role may have, does the record lie in the
post's area (or is it the contact of a case the caller has shown the post may see), and is the look on record. The
look is written before anything is unsealed, in the same transaction.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from linli.people.models import Consent, ContactPoint, Household, Look, Membership, Need, Resident
from linli.people.queries import NO_SUCH_HOUSEHOLD, covers
from linli.people.rules import CASE_PURPOSES, PURPOSES, Contact, Purpose
from linli.shared.crypto import unseal
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.staff.queries import Post, post_words

__all__ = [
    "Contact",
    "HouseholdCard",
    "Purpose",
    "ResidentCard",
    "open_contact",
    "open_household",
    "open_in_emergency",
    "open_own_record",
    "open_resident",
]

NO_SUCH_RESIDENT = "没有这位居民，或者不在您的责任区域内。"
NO_SUCH_CONTACT = "没有留下联系方式，或者已经按期抹除。"
UNKNOWN_PURPOSE = "请先选择查看的目的。"
PURPOSE_NOT_YOURS = "您的岗位不能为这个目的查看个人资料。"
NOT_YOUR_AREA = "这份资料不在您的责任区域内。"
NO_EMERGENCY = "没有说明是哪一次呼叫，不能以紧急救助为由查看。"
OWN_WORDS = "本人"
SYSTEM_WORDS = "系统"


@dataclass(frozen=True, slots=True)
class ResidentCard:
    """A resident's record, in the clear."""

    id: int
    area_code: str
    name: str
    birth_year: int | None
    sex: str
    language: str
    relation: str = ""
    needs: tuple[Need, ...] = ()
    consents: tuple[Consent, ...] = ()
    contact_ids: tuple[int, ...] = ()
    household_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class HouseholdCard:
    """A household's record, in the clear."""

    id: int
    area_code: str
    address: str
    visited_at: datetime | None
    left_on: date | None
    residents: tuple[ResidentCard, ...] = ()
    needs: tuple[Need, ...] = ()
    consents: tuple[Consent, ...] = field(default=())


@transaction.atomic
def open_household(
    *, household_id: int, viewer: Post, purpose: Purpose | str, at: datetime, subject: str = ""
) -> HouseholdCard:
    """Open a household with the people in it; each of them will see that it was opened (查看一户).

    Raises:
        Refused: no or no fitting purpose, no such household, or it lies outside the post's area.
    """
    reason = _right(viewer, purpose)
    household = Household.objects.filter(pk=household_id).first()
    if household is None or not covers(viewer, household.area_code):
        raise Refused(NO_SUCH_HOUSEHOLD)
    members = list(
        Membership.objects.filter(household=household, until_on__isnull=True).select_related("resident").order_by("pk")
    )
    look = _look(viewer, reason, at, what="HOUSEHOLD", subject=subject, area_code=household.area_code)
    whose: Sequence[int | None] = [member.resident_id for member in members] or [None]
    Look.objects.bulk_create([Look(**look, household=household, resident_id=resident_id) for resident_id in whose])
    return _household_card(household, members)


@transaction.atomic
def open_resident(
    *, resident_id: int, viewer: Post, purpose: Purpose | str, at: datetime, subject: str = ""
) -> ResidentCard:
    """Open one resident's record (查看居民资料).

    Raises:
        Refused: no or no fitting purpose, no such resident, or they live outside the post's area.
    """
    reason = _right(viewer, purpose)
    resident = Resident.objects.filter(pk=resident_id).first()
    if resident is None or not covers(viewer, resident.area_code):
        raise Refused(NO_SUCH_RESIDENT)
    look = _look(viewer, reason, at, what="RECORD", subject=subject, area_code=resident.area_code)
    Look.objects.create(**look, resident=resident)
    return _resident_card(resident)


def open_contact(
    *, contact_id: int, viewer: Post | None, purpose: Purpose | str, at: datetime, subject: str = ""
) -> Contact:
    """Open how to reach someone (查看联系方式).

    A unit outside the area opens the contact of a case by naming the case in ``subject``; that the post may see the
    case is for the caller to have asked. Without a viewer only the system opens it, to send the person a notice.

    Raises:
        Refused: no or no fitting purpose, nothing was left or it has been erased, or it lies outside the area.
    """
    reason = _right(viewer, purpose)
    # The contact of an appeal may be kept before its place is known: the rule decides here, the row policy cannot.
    with acting(EVERYTHING), transaction.atomic():
        point = ContactPoint.objects.filter(pk=contact_id, erased_at__isnull=True).first()
        if point is None:
            raise Refused(NO_SUCH_CONTACT)
        if viewer is not None and not _may_reach(viewer, point, reason, subject):
            raise Refused(NOT_YOUR_AREA)
        look = _look(viewer, reason, at, what="CONTACT", subject=subject, area_code=point.area_code)
        Look.objects.create(**look, contact_point=point, resident_id=point.resident_id)
        return Contact(**json.loads(unseal(bytes(point.contact_sealed))))


def open_in_emergency(
    *, resident_id: int, viewer: Post, at: datetime, subject: str, contact_ids: Iterable[int] | None = None
) -> tuple[ResidentCard, dict[int, Contact]]:
    """Open the record of someone who calls for help, wherever they live; with ids also whom to ring (紧急救助).

    Whom to ring are the person's own contacts and those named. That the post was told of the call is for the caller
    to have asked; the call is named in ``subject``. However often a post looks during one call, it is one look that
    the person reads of afterwards.

    Raises:
        Refused: the role may not, no call is named, or there is no such resident.
    """
    reason = _right(viewer, Purpose.EMERGENCY)
    if not subject:
        raise Refused(NO_EMERGENCY)
    with acting(EVERYTHING), transaction.atomic():
        resident = Resident.objects.filter(pk=resident_id).first()
        if resident is None:
            raise Refused(NO_SUCH_RESIDENT)
        whose = Q(pk__in=[]) if contact_ids is None else Q(pk__in=set(contact_ids)) | Q(resident=resident)
        points = list(ContactPoint.objects.filter(whose, erased_at__isnull=True).order_by("pk"))
        who = {"subject": subject, "area_code": resident.area_code}
        _look_once(_look(viewer, reason, at, what="RECORD", **who), resident, None)
        for point in points:
            _look_once(_look(viewer, reason, at, what="CONTACT", **who), resident, point)
        return _resident_card(resident), {p.pk: Contact(**json.loads(unseal(bytes(p.contact_sealed)))) for p in points}


def _look_once(look: dict[str, object], resident: Resident, point: ContactPoint | None) -> None:
    """Write a look down unless the same post has looked at the same for the same call before."""
    same = {name: look[name] for name in ("viewer_post_id", "purpose", "what", "subject")}
    looks = Look.objects.filter(resident=resident, contact_point=point, **same)
    if looks.exists():
        return
    # Two pages of one post may open at the same moment: the second waits for the first here.
    Resident.objects.select_for_update().get(pk=resident.pk)
    if not looks.exists():
        Look.objects.create(**look, resident=resident, contact_point=point)


def open_own_record(*, resident_id: int, at: datetime) -> tuple[ResidentCard, tuple[Contact, ...]]:
    """Open a record for the person it is about, who came by their own link; that, too, is a look (本人查看).

    Raises:
        Refused: there is no such resident.
    """
    with acting(EVERYTHING), transaction.atomic():
        resident = Resident.objects.filter(pk=resident_id).first()
        if resident is None:
            raise Refused(NO_SUCH_RESIDENT)
        look = _look(None, Purpose.OWN_RECORD, at, what="RECORD", subject="", area_code=resident.area_code)
        Look.objects.create(**look, resident=resident)
        points = ContactPoint.objects.filter(resident=resident, erased_at__isnull=True).order_by("pk")
        return _resident_card(resident), tuple(Contact(**json.loads(unseal(bytes(p.contact_sealed)))) for p in points)


def _right(viewer: Post | None, purpose: Purpose | str) -> Purpose:
    if purpose not in list(Purpose):
        raise Refused(UNKNOWN_PURPOSE)
    role = Role(viewer.role) if viewer else Role.SYSTEM
    if purpose not in PURPOSES.get(role, frozenset()):
        raise Refused(PURPOSE_NOT_YOURS)
    return Purpose(purpose)


def _may_reach(viewer: Post, point: ContactPoint, purpose: Purpose, subject: str) -> bool:
    if point.area_code and covers(viewer, point.area_code):
        return True
    return point.resident_id is None and purpose in CASE_PURPOSES and bool(subject)


def _look(
    viewer: Post | None, purpose: Purpose, at: datetime, *, what: str, subject: str, area_code: str
) -> dict[str, object]:
    words = OWN_WORDS if purpose is Purpose.OWN_RECORD else SYSTEM_WORDS
    return {
        "viewer_post_id": viewer.pk if viewer else None,
        "viewer_unit_id": viewer.unit_id if viewer else None,
        "viewer_words": post_words(viewer)[:200] if viewer else words,
        "purpose": purpose.value,
        "what": what,
        "subject": subject[:80],
        "area_code": area_code,
        "at": at,
    }


def _household_card(household: Household, members: list[Membership]) -> HouseholdCard:
    needs = Need.objects.filter(household=household, ended_at__isnull=True).select_related("tag", "consent")
    consents = Consent.objects.filter(household=household).order_by("-given_at")
    return HouseholdCard(
        id=household.pk,
        area_code=household.area_code,
        address=household.address,
        visited_at=household.visited_at,
        left_on=household.left_on,
        residents=tuple(_resident_card(member.resident, relation=member.relation) for member in members),
        needs=tuple(needs.order_by("tag__position", "pk")),
        consents=tuple(consents),
    )


def _resident_card(resident: Resident, *, relation: str = "") -> ResidentCard:
    needs = Need.objects.filter(resident=resident, ended_at__isnull=True).select_related("tag", "consent")
    points = ContactPoint.objects.filter(resident=resident, erased_at__isnull=True)
    homes = Membership.objects.filter(resident=resident, until_on__isnull=True)
    return ResidentCard(
        id=resident.pk,
        area_code=resident.area_code,
        name=unseal(bytes(resident.name_sealed)),
        birth_year=resident.birth_year,
        sex=resident.sex,
        language=resident.language,
        relation=relation,
        needs=tuple(needs.order_by("tag__position", "pk")),
        consents=tuple(Consent.objects.filter(resident=resident).order_by("-given_at")),
        contact_ids=tuple(points.order_by("pk").values_list("pk", flat=True)),
        household_ids=tuple(homes.order_by("pk").values_list("household_id", flat=True)),
    )
