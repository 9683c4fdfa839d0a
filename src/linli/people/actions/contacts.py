"""Keep and erase ways to reach people, sealed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from linli.people.actions.common import erase, point_of, record, resident_here, sealed
from linli.people.models import ContactPoint
from linli.people.rules import (
    Contact,
    contact_given,
    contact_kept_until,
)
from linli.shared import audit
from linli.shared.refusals import Refused
from linli.shared.retention import Kept, record_erasure
from linli.staff.queries import Post


def keep_contact(
    *, name: str = "", phone: str = "", email: str = "", at: datetime, area_code: str = "", is_in_use: bool = False
) -> int | None:
    """Seal how the person behind an appeal wants to be reached, in one statement; None when they left nothing.

    What is in use, as the number of a body that is asked again and again, is kept until its use ends.

    Raises:
        Refused: the phone number or e-mail address cannot be one.
    """
    contact = contact_given(name=name, phone=phone, email=email)
    if contact == Contact():
        return None
    point = point_of(contact, at=at, area_code=area_code)
    if is_in_use:
        point.kept_until = None
    point.save(force_insert=True)
    return point.pk


def end_contact_use(*, contact_id: int, at: datetime) -> None:
    """Let the time run after which a contact is erased, because nobody uses it any more (停用联系方式)."""
    in_use = ContactPoint.objects.filter(pk=contact_id, kept_until__isnull=True)
    in_use.update(kept_until=contact_kept_until(at))


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
    return {"area_code": area_code, "created_at": at, "kept_until": contact_kept_until(at)} | sealed(contact)


def keep_contacts(*, given: Iterable[Contact | None], at: datetime) -> list[int | None]:
    """Seal many contacts in one statement, in the order given; None where nothing was left.

    Raises:
        Refused: one of the phone numbers or e-mail addresses cannot be one.
    """
    checked = [contact_given(name=c.name, phone=c.phone, email=c.email) if c else Contact() for c in given]
    points = {i: point_of(contact, at=at) for i, contact in enumerate(checked) if contact != Contact()}
    ContactPoint.objects.bulk_create(list(points.values()), batch_size=2000)
    return [points[i].pk if i in points else None for i in range(len(checked))]


@transaction.atomic
def add_contact(*, resident_id: int, phone: str = "", email: str = "", at: datetime, post: Post | None) -> int:
    """Keep another way to reach a resident (登记联系方式).

    Raises:
        Refused: neither phone nor e-mail, one of them cannot be one, or outside the post's area.
    """
    resident = resident_here(resident_id, post)
    contact = contact_given(phone=phone, email=email)
    if not (contact.phone or contact.email):
        raise Refused("请写电话或邮箱。")
    point = point_of(contact, at=at, area_code=resident.area_code, resident=resident)
    point.save(force_insert=True)
    record("add_contact", resident, at=at, post=post, detail={"contact": point.pk})
    return point.pk


@transaction.atomic
def erase_contacts(*, contact_ids: Iterable[int], at: datetime) -> int:
    """Erase the contacts of appeals whose case is archived; a resident's own stay; return how many (归档抹除)."""
    return erase(ContactPoint.objects.filter(pk__in=list(contact_ids), resident__isnull=True), at=at)


@transaction.atomic
def erase_expired_contacts(*, at: datetime) -> int:
    """Erase the contacts that have been kept long enough; return how many (到期抹除)."""
    over = ContactPoint.objects.select_for_update().filter(kept_until__lt=at.date(), erased_at__isnull=True)
    ids = list(over.values_list("pk", flat=True))
    count = erase(ContactPoint.objects.filter(pk__in=ids), at=at)
    if count:
        record_erasure(rule=Kept.CONTACT, ids=ids, at=at)
        audit.record(stage="people", verb="erase_expired_contacts", subject=f"{count}", at=at)
    return count
