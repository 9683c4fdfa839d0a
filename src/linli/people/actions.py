"""Verbs about households, residents, consents and needs; each is one transaction that leaves one audit entry.

Audit entries name a record by its number, never by a person's name: the audit is read by people who may not see it.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from linli.people import queries
from linli.people.models import Consent, ContactPoint, Household, Membership, Need, NeedTag, Resident
from linli.people.queries import NO_SUCH_HOUSEHOLD, covers, need_tag
from linli.people.rules import (
    ADDRESS_MAX,
    ConsentGiven,
    Contact,
    birth_year_given,
    contact_given,
    contact_kept_until,
    needs_guardian,
    person_name,
)
from linli.shared import audit
from linli.shared.crypto import blind, seal
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.staff.queries import Post, post_words

KEEPERS = frozenset({Role.GRID, Role.COMMUNITY, Role.STREET})
LIVING_HERE = gettext_noop("登记居住信息，提供社区服务")
LIVING_HERE_SCOPE = gettext_noop("姓名、出生年份、性别、联系方式")
NOT_YOURS = "只有责任区域内的街道、社区和网格人员可以登记或修改居民资料。"


def keep_contact(*, name: str = "", phone: str = "", email: str = "", at: datetime, area_code: str = "") -> int | None:
    """Seal how the person behind an appeal wants to be reached, in one statement; None when they left nothing.

    Raises:
        Refused: the phone number or e-mail address cannot be one.
    """
    contact = contact_given(name=name, phone=phone, email=email)
    if contact == Contact():
        return None
    point = _point(contact, at=at, area_code=area_code)
    point.save(force_insert=True)
    return point.pk


def contact_row(
    *, name: str = "", phone: str = "", email: str = "", at: datetime, area_code: str = ""
) -> dict[str, Any] | None:
    """Return the sealed row of a contact, for whoever writes it in one statement with its appeal; None when empty.

    Raises:
        Refused: the phone number or e-mail address cannot be one.
    """
    contact = contact_given(name=name, phone=phone, email=email)
    if contact == Contact():
        return None
    return {"area_code": area_code, "created_at": at, "kept_until": contact_kept_until(at)} | _sealed(contact)


def keep_contacts(*, given: Iterable[Contact | None], at: datetime) -> list[int | None]:
    """Seal many contacts in one statement, in the order given; None where nothing was left.

    Raises:
        Refused: one of the phone numbers or e-mail addresses cannot be one.
    """
    checked = [contact_given(name=c.name, phone=c.phone, email=c.email) if c else Contact() for c in given]
    points = {i: _point(contact, at=at) for i, contact in enumerate(checked) if contact != Contact()}
    ContactPoint.objects.bulk_create(list(points.values()), batch_size=2000)
    return [points[i].pk if i in points else None for i in range(len(checked))]


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
    _must_keep(post, area_code)
    words = " ".join(address.split())
    if not words or len(words) > ADDRESS_MAX:
        raise Refused("请写明门牌，最多 %(most)s 个字。", most=ADDRESS_MAX)
    if Household.objects.filter(area_code=area_code, address=words, left_on__isnull=True).exists():
        raise Refused("“%(address)s”已经登记过了。", address=words)
    household = Household.objects.create(area_code=area_code, address=words, lng=lng, lat=lat, created_at=at)
    _record("register_household", household, at=at, post=post, detail={"area_code": area_code})
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
    _must_keep(post, household.area_code)
    contact = contact_given(name=name, phone=phone)
    resident = Resident(
        area_code=household.area_code,
        birth_year=birth_year_given(birth_year, today=at.date()),
        sex=_known_sex(sex),
        language=language,
        created_at=at,
    )
    _rename(resident, name)
    _must_be_guardians(resident, consent, at=at)
    resident.save()
    Membership.objects.create(
        resident=resident, household=household, area_code=household.area_code, relation=relation, since_on=at.date()
    )
    _keep_consent(consent, purpose=LIVING_HERE, scope=LIVING_HERE_SCOPE, at=at, post=post, resident=resident)
    if contact.phone:
        _point(contact, at=at, area_code=resident.area_code, resident=resident).save(force_insert=True)
    _record("register_resident", resident, at=at, post=post, detail={"household": household.pk})
    return resident


@transaction.atomic
def correct_resident(*, resident_id: int, reason: str, at: datetime, post: Post | None, **corrected: Any) -> Resident:
    """Put right what was wrong about a person: name, birth year, sex or language (更正).

    Raises:
        Refused: no reason, nothing that can be corrected, a value cannot be true, or outside the post's area.
    """
    if not reason.strip():
        raise Refused("请写明更正的原因。")
    resident = _resident(resident_id, post)
    columns = sorted(corrected)
    if not columns or set(columns) - {"name", "birth_year", "sex", "language"}:
        raise Refused("没有可以更正的内容。")
    if "name" in corrected:
        _rename(resident, corrected["name"])
    resident.birth_year = birth_year_given(corrected.get("birth_year", resident.birth_year), today=at.date())
    resident.sex = _known_sex(corrected.get("sex", resident.sex))
    resident.language = corrected.get("language", resident.language)
    resident.save()
    _record("correct_resident", resident, at=at, post=post, reason=reason, detail={"columns": columns})
    return resident


@transaction.atomic
def add_contact(*, resident_id: int, phone: str = "", email: str = "", at: datetime, post: Post | None) -> int:
    """Keep another way to reach a resident (登记联系方式).

    Raises:
        Refused: neither phone nor e-mail, one of them cannot be one, or outside the post's area.
    """
    resident = _resident(resident_id, post)
    contact = contact_given(phone=phone, email=email)
    if not (contact.phone or contact.email):
        raise Refused("请写电话或邮箱。")
    point = _point(contact, at=at, area_code=resident.area_code, resident=resident)
    point.save(force_insert=True)
    _record("add_contact", resident, at=at, post=post, detail={"contact": point.pk})
    return point.pk


@transaction.atomic
def leave(*, resident_id: int, on: date, reason: str, at: datetime, post: Post | None) -> None:
    """Say that a resident lives here no more; their needs end, their contacts are erased, the past stays (迁出).

    Raises:
        Refused: no reason, left already, or outside the post's area.
    """
    if not reason.strip():
        raise Refused("请写明原因。")
    resident = _resident(resident_id, post)
    if resident.left_on is not None:
        raise Refused("已经登记过迁出了。")
    resident.left_on = on
    resident.save(update_fields=["left_on"])
    homes = Membership.objects.filter(resident=resident, until_on__isnull=True)
    homes.filter(since_on__lte=on).update(until_on=on)
    homes.update(until_on=at.date())
    Need.objects.filter(resident=resident, ended_at__isnull=True).update(ended_at=at, ended_reason=reason[:200])
    _erase(ContactPoint.objects.filter(resident=resident), at=at)
    _record("leave", resident, at=at, post=post, reason=reason)


@transaction.atomic
def add_need(
    *,
    tag_code: str,
    consent: ConsentGiven | None,
    at: datetime,
    post: Post | None,
    resident_id: int | None = None,
    household_id: int | None = None,
    until_on: date | None = None,
) -> Need:
    """Record a need of a resident or a household, with the consent it rests on (登记需求).

    Raises:
        Refused: unknown tag, the tag is for the other kind of bearer, the consent is missing or not the guardian's,
            an end in the past, the need is on record already, or outside the post's area.
    """
    tag = need_tag(tag_code)
    resident, household = _bearer(tag, resident_id, household_id, post)
    area_code = resident.area_code if resident else household.area_code if household else ""
    if until_on is not None and until_on < at.date():
        raise Refused("到期日不能早于今天。")
    if consent is None and tag.basis != NeedTag.Basis.LEGAL_DUTY:
        raise Refused("登记“%(tag)s”要先征得同意。", tag=tag.name_zh)
    if consent is not None and resident is not None:
        _must_be_guardians(resident, consent, at=at)
    kept = None
    if consent is not None:
        kept = _keep_consent(
            consent,
            purpose=tag.purpose,
            scope=f"需求标签：{tag.name_zh}",
            at=at,
            post=post,
            resident=resident,
            household=household,
            is_separate=tag.basis == NeedTag.Basis.SEPARATE_CONSENT,
        )
    need = Need(
        resident=resident,
        household=household,
        area_code=area_code,
        tag=tag,
        consent=kept,
        since_on=at.date(),
        until_on=until_on or (consent.until_on if consent else None),
        recorded_post_id=post.pk if post else None,
    )
    try:
        with transaction.atomic():
            need.save()
    except IntegrityError as clash:
        raise Refused("“%(tag)s”已经登记过了。", tag=tag.name_zh) from clash
    _record("add_need", resident or household, at=at, post=post, detail={"need": need.pk, "tag": tag.code})
    return need


@transaction.atomic
def end_need(*, need_id: int, reason: str, at: datetime, post: Post | None) -> None:
    """End a need that is no longer there; it stays in the past (结束需求).

    Raises:
        Refused: no reason, no such need, ended already, or outside the post's area.
    """
    if not reason.strip():
        raise Refused("请写明结束的原因。")
    need = Need.objects.filter(pk=need_id).first()
    if need is None:
        raise Refused("没有这条需求。")
    _must_keep(post, need.area_code)
    if not Need.objects.filter(pk=need.pk, ended_at__isnull=True).update(ended_at=at, ended_reason=reason[:200]):
        raise Refused("这条需求已经结束了。")
    _record("end_need", need.resident or need.household, at=at, post=post, reason=reason, detail={"need": need.pk})


@transaction.atomic
def withdraw_consent(*, consent_id: int, at: datetime, post: Post | None = None, reason: str = "") -> int:
    """Take a consent back, as easily as it was given; needs that rest on it end at once. Return how many (撤回同意).

    Without a post it is the resident, who came by their own link.

    Raises:
        Refused: no such consent, withdrawn already, or outside the post's area.
    """
    consent = Consent.objects.filter(pk=consent_id).first()
    if consent is None:
        raise Refused("没有这条同意记录。")
    if post is not None:
        _must_keep(post, consent.area_code)
    words = reason.strip() or "撤回同意"
    withdrawn = Consent.objects.filter(pk=consent.pk, withdrawn_at__isnull=True)
    if not withdrawn.update(withdrawn_at=at, withdrawn_reason=words[:200]):
        raise Refused("这条同意已经撤回了。")
    dependent = Need.objects.filter(consent=consent, ended_at__isnull=True)
    ended_count = dependent.update(ended_at=at, ended_reason=words[:200])
    if consent.purpose == LIVING_HERE and consent.resident_id:
        _erase(ContactPoint.objects.filter(resident_id=consent.resident_id), at=at)
    detail = {"consent": consent.pk, "needs_ended": ended_count}
    whose = consent.resident or consent.household
    _record("withdraw_consent", whose, at=at, post=post, reason=words, detail=detail, by_resident=post is None)
    return ended_count


def withdraw_own_consent(*, resident_id: int, consent_id: int, at: datetime) -> int:
    """Let a resident take back a consent of their own; return how many needs ended (本人撤回同意).

    Raises:
        Refused: the consent is not theirs, or withdrawn already.
    """
    with acting(EVERYTHING):
        if not Consent.objects.filter(pk=consent_id, resident_id=resident_id).exists():
            raise Refused("没有这条同意记录。")
        return withdraw_consent(consent_id=consent_id, at=at, reason="本人撤回")


@transaction.atomic
def renew_link(*, resident_id: int, at: datetime, post: Post | None) -> Resident:
    """Give a resident a new link to their own record; the old one stops working (重发查看链接).

    Raises:
        Refused: no such resident, or outside the post's area.
    """
    resident = _resident(resident_id, post)
    resident.link_version += 1
    resident.save(update_fields=["link_version"])
    _record("renew_link", resident, at=at, post=post)
    return resident


@transaction.atomic
def edit_tag(*, code: str, at: datetime, by_post_id: int | None = None, **columns: Any) -> NeedTag:
    """Add a need tag or change one; past needs keep their tag (编辑需求标签).

    Raises:
        Refused: a value is not acceptable.
    """
    tag = NeedTag.objects.filter(pk=code).first() or NeedTag(code=code)
    for column, value in columns.items():
        setattr(tag, column, value)
    try:
        with transaction.atomic():
            tag.save()
    except IntegrityError as clash:
        raise Refused("标签的颜色、走访间隔或依据填得不对。") from clash
    queries.forget()
    transaction.on_commit(queries.forget)
    detail = {column: str(value) for column, value in columns.items()}
    audit.record(stage="people", verb="edit_tag", subject=code, at=at, by_post_id=by_post_id, detail=detail)
    return tag


@transaction.atomic
def end_expired_needs(*, at: datetime) -> int:
    """End the needs whose term, or whose consent's term, is over; return how many (到期结束)."""
    over = Need.objects.filter(ended_at__isnull=True, until_on__lt=at.date())
    lapsed = Need.objects.filter(ended_at__isnull=True, consent__until_on__lt=at.date())
    count = over.update(ended_at=at, ended_reason="到期") + lapsed.update(ended_at=at, ended_reason="同意到期")
    if count:
        audit.record(stage="people", verb="end_expired_needs", subject=f"{count}", at=at)
    return count


@transaction.atomic
def erase_expired_contacts(*, at: datetime) -> int:
    """Erase the contacts that have been kept long enough; return how many (到期抹除)."""
    count = _erase(ContactPoint.objects.filter(kept_until__lt=at.date()), at=at)
    if count:
        audit.record(stage="people", verb="erase_expired_contacts", subject=f"{count}", at=at)
    return count


def _rename(resident: Resident, words: str) -> None:
    name = person_name(words)
    if not name:
        raise Refused("请写姓名。")
    resident.name_sealed, resident.name_index = seal(name), blind(name)


def _known_sex(sex: str) -> str:
    if sex not in Resident.Sex.values:
        raise Refused("性别请选“女”“男”或留空。")
    return sex


def _point(contact: Contact, *, at: datetime, area_code: str = "", resident: Resident | None = None) -> ContactPoint:
    return ContactPoint(
        resident=resident,
        area_code=area_code,
        created_at=at,
        kept_until=contact_kept_until(at),
        **_sealed(contact),
    )


def _sealed(contact: Contact) -> dict[str, Any]:
    plain = {"name": contact.name, "phone": contact.phone, "email": contact.email}
    return {
        "contact_sealed": seal(json.dumps(plain, ensure_ascii=False)),
        "phone_index": blind(contact.phone) if contact.phone else None,
        "email_index": blind(contact.email) if contact.email else None,
    }


def _erase(points: Any, *, at: datetime) -> int:
    remaining = points.filter(erased_at__isnull=True)
    count: int = remaining.update(contact_sealed=b"", phone_index=None, email_index=None, erased_at=at)
    return count


def _keep_consent(
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


def _bearer(
    tag: NeedTag, resident_id: int | None, household_id: int | None, post: Post | None
) -> tuple[Resident | None, Household | None]:
    if tag.bearer == NeedTag.Bearer.RESIDENT:
        if resident_id is None:
            raise Refused("“%(tag)s”要登记在某一位居民名下。", tag=tag.name_zh)
        return _resident(resident_id, post), None
    if household_id is None:
        raise Refused("“%(tag)s”要登记在户上。", tag=tag.name_zh)
    household = Household.objects.filter(pk=household_id).first()
    if household is None:
        raise Refused(NO_SUCH_HOUSEHOLD)
    _must_keep(post, household.area_code)
    return None, household


def _resident(resident_id: int, post: Post | None) -> Resident:
    resident = Resident.objects.filter(pk=resident_id).first()
    if resident is None:
        raise Refused("没有这位居民，或者不在您的责任区域内。")
    _must_keep(post, resident.area_code)
    return resident


def _must_keep(post: Post | None, area_code: str) -> None:
    """Only the neighbourhood keeps records of its people; None is the system itself (import, demo)."""
    if post is not None and (post.role not in KEEPERS or not covers(post, area_code)):
        raise Refused(NOT_YOURS)


def _must_be_guardians(resident: Resident, consent: ConsentGiven, *, at: datetime) -> None:
    is_child = needs_guardian(birth_year=resident.birth_year, today=at.date())
    if is_child and consent.giver != Consent.Giver.GUARDIAN:
        raise Refused("未满 14 周岁的孩子，要由监护人同意。")


def _record(
    verb: str, subject: object, *, at: datetime, post: Post | None, by_resident: bool = False, **more: Any
) -> None:
    words = post_words(post) if post else "本人" if by_resident else "系统"
    by_post_id = post.pk if post else None
    audit.record(stage="people", verb=verb, subject=str(subject), at=at, by_post_id=by_post_id, by_words=words, **more)
