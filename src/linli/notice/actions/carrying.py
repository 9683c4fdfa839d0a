"""Carry notices to their recipients: open the address at the last moment, for a purpose that is written down (送达)."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from linli.case import actions as cases
from linli.notice import queries, texts
from linli.notice.actions.sending import carry_all, take_up
from linli.notice.actions.setting import carrier_of
from linli.notice.carriers import Carrier, Mail, Parcel, Undelivered
from linli.notice.models import Gateway, Notice
from linli.notice.rules import FAULT_WORDS, PLACE_LABELS, SMS_KINDS, Channel, Standing
from linli.outside import queries as outside
from linli.people import access
from linli.shared import audit
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.staff.queries import UnitKind

DESKS = {UnitKind.DEPARTMENT: "department", UnitKind.HEALTH: "department", UnitKind.DISTRICT: "district"}


def send_notices(*, channel: Channel, now: Callable[[], datetime]) -> int:
    """Send the notices of one channel that are due; return how many were tried (发送通知)."""
    taken = take_up(Notice, at=now(), channel=channel.value)
    texts_now, gateways = texts.changed(), {gateway.pk: gateway for gateway in queries.gateways_in_use()}

    def carry(notice: Notice, at: datetime) -> None:
        _carry(notice, at=at, texts_now=texts_now, gateways=gateways)

    return carry_all(taken, carry=carry, whither=_whither, now=now)


def resend(*, notice: Notice, at: datetime, by_post_id: int) -> None:
    """Send a notice again, whatever became of it; a new key, since the person wants it once more (重发).

    Raises:
        Refused: it is waiting to be sent already, or it is shown in the system and was never sent.
    """
    if notice.channel == Channel.IN_APP:
        raise Refused("站内通知不用重发。")
    with transaction.atomic():
        ended = Notice.objects.filter(pk=notice.pk, state__in=[Standing.SENT.value, Standing.GIVEN_UP.value])
        again = ended.update(
            state=Standing.QUEUED.value, key=uuid4(), attempts=0, next_try_at=at, sent_at=None, fault=""
        )
        if not again:
            raise Refused("这条通知已经在等发送。")
        audit.record(stage="notice", verb="resend_notice", subject=str(notice.pk), at=at, by_post_id=by_post_id)


def _carry(notice: Notice, *, at: datetime, texts_now: texts.Changed, gateways: dict[int, Gateway]) -> None:
    _still_wanted(notice)
    subject, body = texts.text_of(notice.kind, notice.language, texts_now)
    link = _link(notice) if "{link}" in subject + body else ""
    subject, body = texts.rendered(notice.kind, notice.places, language=notice.language, texts=texts_now, link=link)
    to, carrier = _recipient(notice, at=at, gateways=gateways)
    known = {name: value for name, value in notice.places.items() if name in PLACE_LABELS}
    parcel = Parcel(
        notice.key,
        to,
        subject,
        body,
        kind=notice.kind,
        language=notice.language,
        places=texts.words_of(known, language=notice.language, link=link),
    )
    carrier.carry(parcel, timestamp=int(at.timestamp()))


def _still_wanted(notice: Notice) -> None:
    """Nobody is asked to confirm what was confirmed or sent back while the message waited for the morning."""
    is_over = notice.kind == "resident_finished" and notice.case.state != "FINISHED"
    if notice.recipient.startswith("asked:"):
        asked = outside.asked(_number(notice))
        is_over = asked.ended_at is not None or asked.revoked_at is not None
    if is_over:
        raise Undelivered(FAULT_WORDS["no_longer"], is_final=True)


def _recipient(notice: Notice, *, at: datetime, gateways: dict[int, Gateway]) -> tuple[str, Carrier]:
    whose, _colon, pk = notice.recipient.partition(":")
    if whose == "gateway":
        return "", _by_gateway(gateways.get(int(pk)))
    if whose == "post":
        address = _post_address(int(pk), notice)
    else:
        contact_id = outside.asked(int(pk)).body.contact_id if whose == "asked" else int(pk)
        address = _contact_address(contact_id or 0, notice, at=at)
    if not address:
        raise Undelivered(FAULT_WORDS["no_address"], is_final=True)
    if notice.channel == Channel.EMAIL:
        return address, Mail()
    return address, _by_gateway(next((one for one in gateways.values() if one.kind in SMS_KINDS), None))


def _by_gateway(gateway: Gateway | None) -> Carrier:
    if gateway is None:
        raise Undelivered(FAULT_WORDS["no_gateway"])
    return carrier_of(gateway)


def _post_address(pk: int, notice: Notice) -> str:
    try:
        account = staff.post(pk).account
    except Refused as refusal:
        raise Undelivered(FAULT_WORDS["no_post"], is_final=True) from refusal
    return account.email if notice.channel == Channel.EMAIL else account.phone


def _contact_address(pk: int, notice: Notice, *, at: datetime) -> str:
    """Open how to reach somebody; the look is written before anything is unsealed, and the person can read it."""
    try:
        contact = access.open_contact(
            contact_id=pk, viewer=None, purpose=access.Purpose.NOTICE, at=at, subject=f"case {notice.case.number}"
        )
    except Refused as refusal:
        raise Undelivered(FAULT_WORDS["no_contact"], is_final=True) from refusal
    return contact.email if notice.channel == Channel.EMAIL else contact.phone


def _link(notice: Notice) -> str:
    if not settings.PUBLIC_URL:
        raise Undelivered(FAULT_WORDS["no_link"], is_final=True)
    return f"{settings.PUBLIC_URL}{path_of(notice)}"


def path_of(notice: Notice) -> str:
    """Return the page a notice leads to: the resident's or the body's own link, or the case at the unit's desk."""
    if notice.recipient.startswith("asked:"):
        return reverse("outside:page", args=[outside.link_token(outside.asked(_number(notice)))])
    if "appeal" in notice.places:
        token = cases.follow_token(notice.places["appeal"])
        return reverse("resident:follow", args=[notice.case.number, token])
    kind = staff.unit(notice.unit_id).kind if notice.unit_id else UnitKind.COMMUNITY
    return reverse(f"{DESKS.get(UnitKind(kind), 'community')}:case", args=[notice.case_id])


def _number(notice: Notice) -> int:
    return int(notice.recipient.partition(":")[2])


def _whither(notice: Notice) -> object:
    return notice.recipient if notice.channel == Channel.ROBOT else notice.channel
