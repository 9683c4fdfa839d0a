"""Record, end and withdraw needs with the consent each rests on."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from linli.people import queries
from linli.people.actions.common import (
    LIVING_HERE,
    erase,
    keep_consent,
    must_be_guardians,
    must_keep,
    record,
    resident_here,
)
from linli.people.models import Consent, ContactPoint, Household, Need, NeedTag, Resident
from linli.people.queries import NO_SUCH_HOUSEHOLD, need_tag
from linli.people.rules import (
    ConsentGiven,
)
from linli.shared import audit
from linli.shared.refusals import Refused
from linli.shared.retention import Kept, record_erasure
from linli.shared.scope import EVERYTHING, acting
from linli.staff.queries import Post


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
        must_be_guardians(resident, consent, at=at)
    kept = None
    if consent is not None:
        kept = keep_consent(
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
    record("add_need", resident or household, at=at, post=post, detail={"need": need.pk, "tag": tag.code})
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
    must_keep(post, need.area_code)
    if not Need.objects.filter(pk=need.pk, ended_at__isnull=True).update(ended_at=at, ended_reason=reason[:200]):
        raise Refused("这条需求已经结束了。")
    record("end_need", need.resident or need.household, at=at, post=post, reason=reason, detail={"need": need.pk})


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
        must_keep(post, consent.area_code)
    words = reason.strip() or "撤回同意"
    withdrawn = Consent.objects.filter(pk=consent.pk, withdrawn_at__isnull=True)
    if not withdrawn.update(withdrawn_at=at, withdrawn_reason=words[:200]):
        raise Refused("这条同意已经撤回了。")
    dependent = Need.objects.filter(consent=consent, ended_at__isnull=True)
    ended_count = dependent.update(ended_at=at, ended_reason=words[:200])
    if consent.purpose == LIVING_HERE and consent.resident_id:
        erase(ContactPoint.objects.filter(resident_id=consent.resident_id), at=at)
    detail = {"consent": consent.pk, "needs_ended": ended_count}
    whose = consent.resident or consent.household
    record("withdraw_consent", whose, at=at, post=post, reason=words, detail=detail, by_resident=post is None)
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
    ids = sorted({*over.values_list("pk", flat=True), *lapsed.values_list("pk", flat=True)})
    count = over.update(ended_at=at, ended_reason="到期") + lapsed.update(ended_at=at, ended_reason="同意到期")
    if count:
        record_erasure(rule=Kept.NEED, ids=ids, at=at)
        audit.record(stage="people", verb="end_expired_needs", subject=f"{count}", at=at)
    return count


def _bearer(
    tag: NeedTag, resident_id: int | None, household_id: int | None, post: Post | None
) -> tuple[Resident | None, Household | None]:
    if tag.bearer == NeedTag.Bearer.RESIDENT:
        if resident_id is None:
            raise Refused("“%(tag)s”要登记在某一位居民名下。", tag=tag.name_zh)
        return resident_here(resident_id, post), None
    if household_id is None:
        raise Refused("“%(tag)s”要登记在户上。", tag=tag.name_zh)
    household = Household.objects.filter(pk=household_id).first()
    if household is None:
        raise Refused(NO_SUCH_HOUSEHOLD)
    must_keep(post, household.area_code)
    return None, household
