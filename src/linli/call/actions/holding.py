"""Devices with people: hand out, swap, take back, and what the holder allows (发放、更换、收回)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from linli.call.actions.device_moving import end_tasks, move_device, refuse_open_call
from linli.call.models import Device, Holding, HoldingContact
from linli.call.rules.stock import ContactAgreed, check_contact
from linli.call.states import DeviceState
from linli.people import actions as people
from linli.people.queries import covers
from linli.people.rules import ADDRESS_MAX, ConsentGiven
from linli.shared.crypto import seal
from linli.shared.refusals import Refused
from linli.staff.models import Post

NOTES_MAX = 500
CONTACTS_MAX = 6
DEVICE_PURPOSE = gettext_noop("一键呼：有人按下设备时，找到本人并进门帮助")
DEVICE_SCOPE = gettext_noop("姓名、门牌、从哪里进、房屋说明")
LOCATION_PURPOSE = gettext_noop("一键呼：按下设备时，知道人在哪里")
LOCATION_SCOPE = gettext_noop("只记按下那一刻的位置，不记行踪")
CONTACT_PURPOSE = gettext_noop("一键呼：没有人接应时，联系家属或邻居")
CONTACT_SCOPE = gettext_noop("紧急联系人的姓名、电话、关系")
NOT_HELD = "这台设备没有发放给谁。"
NOT_YOURS = "这台设备不在您的责任区域内。"


@transaction.atomic
def hand_out(
    *,
    device: Device,
    resident_id: int,
    consent: ConsentGiven,
    agreed_on: date,
    address: str,
    post: Post,
    at: datetime,
    location_consent: ConsentGiven | None = None,
    entrance: str = "",
    point: tuple[float, float] | None = None,
    notes: str = "",
    contacts: Sequence[ContactAgreed] = (),
) -> Holding:
    """Give a device to a resident: agreement, consent, the way to the door, who to call besides (发放).

    The consent to the location at a press is one of its own; without it no location is kept.

    Raises:
        Refused: it is not in stock, nobody consented, the resident is another area's, or a value cannot be.
    """
    if agreed_on > timezone.localdate(at):
        raise Refused("协议日期不能晚于今天。")
    if len(contacts) > CONTACTS_MAX:
        raise Refused("最多登记 %(most)s 位联系人。", most=CONTACTS_MAX)
    kept = people.give_consent(
        resident_id=resident_id, given=consent, purpose=DEVICE_PURPOSE, scope=DEVICE_SCOPE, at=at, post=post
    )
    located = _location(resident_id, location_consent, post=post, at=at) if location_consent else None
    holding = Holding(
        device=device,
        resident_id=resident_id,
        consent_id=kept.pk,
        location_consent_id=located,
        area_code=kept.area_code,
        address=_address(address),
        entrance=_entrance(entrance),
        lng=point[0] if point else None,
        lat=point[1] if point else None,
        notes_sealed=_notes(notes),
        agreed_on=agreed_on,
        handed_at=at,
        handed_by_post_id=post.pk,
    )
    _give(device, holding, post=post, at=at, detail={"is_located": located is not None, "contacts": len(contacts)})
    for given in contacts:
        _add_contact(holding, given, consent=consent, post=post, at=at)
    return holding


@transaction.atomic
def swap(*, device: Device, other: Device, post: Post, at: datetime, words: str) -> Holding:
    """Give another device in the place of one; consents, contacts, notes and the way in go along (换一台).

    Raises:
        Refused: nobody holds it, the other is not in stock, a call of it is open, no reason, or another desk's.
    """
    refuse_open_call(device)
    old = _held(device, post)
    if device.pk == other.pk:
        raise Refused("换上的要是另一台设备。")
    holding = Holding(
        device=other,
        resident_id=old.resident_id,
        consent_id=old.consent_id,
        location_consent_id=old.location_consent_id,
        area_code=old.area_code,
        address=old.address,
        entrance=old.entrance,
        lng=old.lng,
        lat=old.lat,
        notes_sealed=bytes(old.notes_sealed),
        agreed_on=old.agreed_on,
        handed_at=at,
        handed_by_post_id=post.pk,
    )
    known = list(HoldingContact.objects.filter(holding=old, ended_at__isnull=True).order_by("pk"))
    _leave(device, "swap", old, post=post, at=at, words=words, detail={"other": other.serial})
    _give(other, holding, post=post, at=at, detail={"instead_of": device.serial, "contacts": len(known)})
    for row in known:
        HoldingContact.objects.create(
            holding=holding,
            contact_id=row.contact_id,
            consent_id=row.consent_id,
            relation=row.relation,
            is_told=row.is_told,
        )
    HoldingContact.objects.filter(pk__in=[row.pk for row in known]).update(ended_at=at)
    return holding


@transaction.atomic
def take_back(*, device: Device, post: Post, at: datetime, words: str) -> None:
    """Take a device back into stock; house notes are erased at once, contacts begin to run out (收回).

    Raises:
        Refused: nobody holds it, a call of it is open, no reason, or another desk's.
    """
    _end(device, "take_back", post=post, at=at, words=words)


@transaction.atomic
def lose(*, device: Device, post: Post, at: datetime, words: str) -> None:
    """Say that a device is lost or beyond repair: it is retired, and its holder is without one (丢失).

    Raises:
        Refused: nobody holds it, a call of it is open, no reason, or another desk's.
    """
    _end(device, "lose", post=post, at=at, words=words)


@transaction.atomic
def correct(
    *,
    device: Device,
    address: str,
    entrance: str,
    notes: str | None,
    post: Post,
    at: datetime,
    point: tuple[float, float] | None = None,
) -> Holding:
    """Put right the way to the door; house notes only when they were written anew (更正).

    Raises:
        Refused: nobody holds it, a value cannot be, or another desk's.
    """
    holding = _held(device, post)
    holding.address, holding.entrance = _address(address), _entrance(entrance)
    if point:
        holding.lng, holding.lat = point
    columns = ["address", "entrance", "lng", "lat"]
    if notes is not None:
        holding.notes_sealed = _notes(notes)
        columns.append("notes_sealed")
    holding.save(update_fields=columns)
    move_device(device=device, name="correct", post=post, at=at, detail={"columns": columns})
    return holding


@transaction.atomic
def add_contact(
    *, device: Device, given: ContactAgreed, consent: ConsentGiven, post: Post, at: datetime
) -> HoldingContact:
    """Keep somebody else to call, when the holder agrees (加联系人).

    Raises:
        Refused: nobody holds it, the holder did not agree, a value cannot be, too many, or another desk's.
    """
    holding = _held(device, post)
    if HoldingContact.objects.filter(holding=holding, ended_at__isnull=True).count() >= CONTACTS_MAX:
        raise Refused("最多登记 %(most)s 位联系人。", most=CONTACTS_MAX)
    row = _add_contact(holding, given, consent=consent, post=post, at=at)
    move_device(device=device, name="add_contact", post=post, at=at, detail={"contact": row.contact_id})
    return row


@transaction.atomic
def end_contact(*, device: Device, contact_id: int, post: Post, at: datetime) -> None:
    """Call somebody no more; their number begins to run out (去掉联系人).

    Raises:
        Refused: nobody holds it, there is no such contact, or another desk's.
    """
    holding = _held(device, post)
    row = HoldingContact.objects.filter(holding=holding, pk=contact_id, ended_at__isnull=True).first()
    if row is None:
        raise Refused("没有这位联系人，或者已经去掉了。")
    if row.consent_id:
        people.withdraw_consent(consent_id=row.consent_id, at=at, post=post)
    forget_contacts([row], at=at)
    move_device(device=device, name="end_contact", post=post, at=at, detail={"contact": row.contact_id})


@transaction.atomic
def locate(*, device: Device, consent: ConsentGiven, post: Post, at: datetime) -> None:
    """Keep from now on where the device is when it is pressed (同意定位).

    Raises:
        Refused: nobody holds it, it is located already, or another desk's.
    """
    holding = _held(device, post)
    if holding.location_consent_id is not None:
        raise Refused("已经同意定位了。")
    holding.location_consent_id = _location(holding.resident_id, consent, post=post, at=at)
    holding.save(update_fields=["location_consent"])
    move_device(device=device, name="locate", post=post, at=at)


@transaction.atomic
def stop_locating(*, device: Device, post: Post, at: datetime) -> None:
    """Keep no location any more; the alarm itself goes on (停止定位).

    Raises:
        Refused: nobody holds it, it was not located, or another desk's.
    """
    holding = _held(device, post)
    if holding.location_consent_id is None:
        raise Refused("本来就没有定位。")
    people.withdraw_consent(consent_id=holding.location_consent_id, at=at, post=post)
    holding.location_consent_id = None
    holding.save(update_fields=["location_consent"])
    move_device(device=device, name="stop_locating", post=post, at=at)


@transaction.atomic
def agree(*, device: Device, consent: ConsentGiven, post: Post, at: datetime) -> None:
    """Let a holder who had taken the consent back keep the device after all (重新同意).

    Raises:
        Refused: nobody holds it, nobody consented, or another desk's.
    """
    holding = _held(device, post)
    kept = people.give_consent(
        resident_id=holding.resident_id, given=consent, purpose=DEVICE_PURPOSE, scope=DEVICE_SCOPE, at=at, post=post
    )
    holding.consent_id = kept.pk
    holding.save(update_fields=["consent"])
    move_device(device=device, name="agree", post=post, at=at, detail={"consent": kept.pk})
    waiting = device.tasks.filter(kind="TAKE_BACK", done_at__isnull=True)
    waiting.update(done_at=at, done_by_post_id=post.pk, words="重新同意")


def forget_contacts(rows: Sequence[HoldingContact], *, at: datetime) -> None:
    """Call these no more, and let the time run after which their numbers are erased."""
    HoldingContact.objects.filter(pk__in=[row.pk for row in rows]).update(ended_at=at)
    still = HoldingContact.objects.filter(contact__in=[row.contact_id for row in rows], ended_at__isnull=True)
    used = set(still.values_list("contact_id", flat=True))
    for row in rows:
        if row.contact_id not in used:
            people.end_contact_use(contact_id=row.contact_id, at=at)


def _give(device: Device, holding: Holding, *, post: Post, at: datetime, detail: dict[str, object]) -> None:
    # In another flat it may have no signal: until it is tried there it counts as never tried.
    move_device(
        device=device, name="hand_out", post=post, at=at, detail=detail, area_code=holding.area_code, tested_at=None
    )
    holding.save(force_insert=True)


def _end(device: Device, name: str, *, post: Post, at: datetime, words: str) -> None:
    refuse_open_call(device)
    holding = _held(device, post)
    forget_contacts(list(HoldingContact.objects.filter(holding=holding, ended_at__isnull=True)), at=at)
    _leave(device, name, holding, post=post, at=at, words=words, detail={})


def _leave(
    device: Device, name: str, holding: Holding, *, post: Post, at: datetime, words: str, detail: dict[str, object]
) -> None:
    move_device(device=device, name=name, post=post, at=at, words=words, detail=detail, area_code=device.unit.area_code)
    holding.ended_at, holding.ended_words, holding.notes_sealed = at, words.strip(), seal("")
    holding.save(update_fields=["ended_at", "ended_words", "notes_sealed"])
    end_tasks(device, post=post, at=at, words=words.strip())


def _held(device: Device, post: Post) -> Holding:
    """Return with whom a device is; its row is locked, so that two hands do not write at once."""
    holding = Holding.objects.select_for_update().filter(device=device, ended_at__isnull=True).first()
    if holding is None or device.state != DeviceState.HANDED_OUT:
        raise Refused(NOT_HELD)
    if not covers(post, holding.area_code):
        raise Refused(NOT_YOURS)
    return holding


def _add_contact(
    holding: Holding, given: ContactAgreed, *, consent: ConsentGiven, post: Post, at: datetime
) -> HoldingContact:
    checked = check_contact(given)
    agreed = people.give_consent(
        resident_id=holding.resident_id, given=consent, purpose=CONTACT_PURPOSE, scope=CONTACT_SCOPE, at=at, post=post
    )
    kept = people.keep_contact(
        name=checked.name, phone=checked.phone, at=at, area_code=holding.area_code, is_in_use=True
    )
    if kept is None:  # not after the check: a number is there
        raise Refused("联系人要写姓名、电话和关系。")
    return HoldingContact.objects.create(
        holding=holding, contact_id=kept, consent_id=agreed.pk, relation=checked.relation, is_told=checked.is_told
    )


def _location(resident_id: int, given: ConsentGiven, *, post: Post, at: datetime) -> int:
    kept = people.give_consent(
        resident_id=resident_id, given=given, purpose=LOCATION_PURPOSE, scope=LOCATION_SCOPE, at=at, post=post
    )
    return kept.pk


def _address(words: str) -> str:
    address = " ".join(words.split())
    if not address or len(address) > ADDRESS_MAX:
        raise Refused("请写明门牌，最多 %(most)s 个字。", most=ADDRESS_MAX)
    return address


def _entrance(words: str) -> str:
    entrance = " ".join(words.split())
    if len(entrance) > ADDRESS_MAX:
        raise Refused("“从哪里进”太长，最多 %(most)s 个字。", most=ADDRESS_MAX)
    return entrance


def _notes(words: str) -> bytes:
    if len(words) > NOTES_MAX:
        raise Refused("房屋说明太长，最多 %(most)s 个字。", most=NOTES_MAX)
    return seal(words.strip())
