"""What the verbs of this stage share: who may keep, sealing, consent, the audit entry."""

from datetime import datetime
from typing import Any

import orjson
from django.utils.translation import gettext_noop

from linli.people.models import Consent, ContactPoint, Household, Resident
from linli.people.queries import covers
from linli.people.rules import (
    ConsentGiven,
    Contact,
    contact_kept_until,
    needs_guardian,
)
from linli.shared import audit
from linli.shared.crypto import blind, seal
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff.queries import Post, post_words

KEEPERS = frozenset({Role.GRID, Role.COMMUNITY, Role.STREET})
LIVING_HERE = gettext_noop("登记居住信息，提供社区服务")
LIVING_HERE_SCOPE = gettext_noop("姓名、出生年份、性别、联系方式")
NOT_YOURS = "只有责任区域内的街道、社区和网格人员可以登记或修改居民资料。"


def point_of(contact: Contact, *, at: datetime, area_code: str = "", resident: Resident | None = None) -> ContactPoint:
    """Return the sealed row of a way to reach someone, not yet written."""
    return ContactPoint(
        resident=resident,
        area_code=area_code,
        created_at=at,
        kept_until=contact_kept_until(at),
        **sealed(contact),
    )


def sealed(contact: Contact) -> dict[str, Any]:
    """Return the sealed columns of a contact, with the blind indexes it is found by."""
    plain = {"name": contact.name, "phone": contact.phone, "email": contact.email}
    return {
        "contact_sealed": seal(orjson.dumps(plain).decode()),
        "phone_index": blind(contact.phone) if contact.phone else None,
        "email_index": blind(contact.email) if contact.email else None,
    }


def erase(points: Any, *, at: datetime) -> int:
    """Erase what is sealed in these contact points; return how many."""
    remaining = points.filter(erased_at__isnull=True)
    count: int = remaining.update(contact_sealed=b"", phone_index=None, email_index=None, erased_at=at)
    return count


def keep_consent(
    given: ConsentGiven,
    *,
    purpose: str,
    scope: str,
    at: datetime,
    post: Post | None,
    resident: Resident | None = None,
    household: Household | None = None,
    is_separate: bool = False,
) -> Consent:
    """Write down a consent as it was given."""
    if given.until_on is not None and given.until_on < at.date():
        raise Refused("同意的有效期不能早于今天。")
    if given.giver not in Consent.Giver.values or given.way not in Consent.Way.values:
        raise Refused("请写明谁同意、用什么方式同意。")
    whose = resident or household
    return Consent.objects.create(
        resident=resident,
        household=household,
        area_code=whose.area_code if whose else "",
        giver=given.giver,
        way=given.way,
        purpose=purpose,
        scope=scope,
        is_separate=is_separate,
        given_at=at,
        until_on=given.until_on,
        recorded_post_id=post.pk if post else None,
    )


def resident_here(resident_id: int, post: Post | None) -> Resident:
    """Return a resident of the post's area.

    Raises:
        Refused: there is none, or outside the area.
    """
    resident = Resident.objects.filter(pk=resident_id).first()
    if resident is None:
        raise Refused("没有这位居民，或者不在您的责任区域内。")
    must_keep(post, resident.area_code)
    return resident


def must_keep(post: Post | None, area_code: str) -> None:
    """Only the neighbourhood keeps records of its people; None is the system itself (import, demo)."""
    if post is not None and (post.role not in KEEPERS or not covers(post, area_code)):
        raise Refused(NOT_YOURS)


def record(
    verb: str, subject: object, *, at: datetime, post: Post | None, by_resident: bool = False, **more: Any
) -> None:
    """Leave the audit entry of a change."""
    words = post_words(post) if post else "本人" if by_resident else "系统"
    by_post_id = post.pk if post else None
    audit.record(stage="people", verb=verb, subject=str(subject), at=at, by_post_id=by_post_id, by_words=words, **more)


def must_be_guardians(resident: Resident, consent: ConsentGiven, *, at: datetime) -> None:
    """Under fourteen the guardian consents (PIPL 31)."""
    is_child = needs_guardian(birth_year=resident.birth_year, today=at.date())
    if is_child and consent.giver != Consent.Giver.GUARDIAN:
        raise Refused("未满 14 周岁的孩子，要由监护人同意。")
