"""Set how notices are sent: texts, quiet hours, gateways, each post's choice; and how far a bell was read (设置)."""

import json
import uuid
from datetime import datetime, time
from typing import Any

from django.db import IntegrityError, connection, transaction

from linli.notice.carriers import Carrier, Parcel, Undelivered, carrier_for
from linli.notice.carriers.aliyun import ADDRESS as ALIYUN_ADDRESS
from linli.notice.models import Choice, Gateway, QuietHours, ReadMark, Template
from linli.notice.models.ways import GatewayKind
from linli.notice.outgoing import check_address
from linli.notice.rules import KEPT, KINDS, LANGUAGES, OF_ALL_KINDS, Channel, Group, check_templates, check_text
from linli.people.rules import phone_number
from linli.shared import audit
from linli.shared.crypto import seal, unseal
from linli.shared.refusals import Refused
from linli.shared.retention import Kept, record_erasure
from linli.staff import queries as staff
from linli.staff.queries import Post

SECRET_MAX = 200
NAME_MAX = 60
TWO_OF_A_KIND = {
    "SMS": "已经有一个在用的短信网关，请先停用它。",
    "VOICE": "已经有一个在用的语音电话网关，请先停用它。",
}
TRIAL = "这是一条测试通知，收到说明通道已经接通。"
OLD = """
DELETE FROM notice_notice WHERE id IN (
    SELECT id FROM notice_notice WHERE created_at < %s AND next_try_at IS NULL ORDER BY created_at LIMIT 5000)
RETURNING id
"""
OLD_DELIVERIES = """
DELETE FROM notice_delivery WHERE id IN (
    SELECT id FROM notice_delivery WHERE created_at < %s AND next_try_at IS NULL ORDER BY created_at LIMIT 5000)
RETURNING id
"""


def change_text(*, kind: str, language: str, subject: str, body: str, at: datetime, by_post_id: int) -> Template:
    """Put another text in the place of ours, after checking its places (改模板).

    Raises:
        Refused: no such kind or language, a place the kind does not have, or one it must have is missing.
    """
    _known(kind, language)
    check_text(kind=KINDS[kind], subject=subject, body=body)
    with transaction.atomic():
        row, _made = Template.objects.update_or_create(
            kind=kind,
            language=language,
            defaults={
                "subject": subject.strip(),
                "body": body.strip(),
                "changed_at": at,
                "changed_by_post_id": by_post_id,
            },
        )
        words = {"subject": row.subject, "body": row.body}
        _record("change_text", f"{kind} {language}", at=at, by_post_id=by_post_id, detail=words)
    return row


def begin_again(*, kind: str, language: str, at: datetime, by_post_id: int) -> None:
    """Go back to the text a new district begins with (恢复原有模板)."""
    _known(kind, language)
    with transaction.atomic():
        Template.objects.filter(kind=kind, language=language).delete()
        _record("begin_again", f"{kind} {language}", at=at, by_post_id=by_post_id)


def set_quiet_hours(*, starts: time, ends: time, at: datetime, by_post_id: int) -> None:
    """Say from when until when residents are left alone; the same hour twice means never (免打扰)."""
    with transaction.atomic():
        QuietHours.objects.update_or_create(pk=1, defaults={"starts": starts, "ends": ends})
        _record("set_quiet_hours", f"{starts:%H:%M}—{ends:%H:%M}", at=at, by_post_id=by_post_id)


def choose(*, post: Post, wanted: dict[tuple[Group, Channel], bool]) -> None:
    """Keep which groups of notices a post wants by which way (通知选择).

    Raises:
        Refused: supervision is put away from the bell.
    """
    if not wanted.get((Group.SUPERVISION, Channel.IN_APP), True):
        raise Refused("催办和督办的站内通知不能关掉。")
    rows = [
        Choice(post_id=post.pk, group=group.value, channel=channel.value, is_wanted=is_wanted)
        for (group, channel), is_wanted in wanted.items()
    ]
    Choice.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["post_id", "group", "channel"], update_fields=["is_wanted"]
    )


def mark_read(*, post: Post, through_id: int, at: datetime) -> None:
    """Write down how far a post has read its bell; never backwards (已读)."""
    row, made = ReadMark.objects.get_or_create(pk=post.pk, defaults={"through_id": through_id, "at": at})
    if not made and row.through_id < through_id:
        ReadMark.objects.filter(pk=post.pk, through_id__lt=through_id).update(through_id=through_id, at=at)


def add_gateway(
    *,
    kind: str,
    name: str,
    address: str,
    secret: str,
    at: datetime,
    by_post_id: int,
    unit_id: int | None = None,
    key_id: str = "",
    sign_name: str = "",
    templates: str = "",
) -> Gateway:
    """Add a service that carries messages out; all it is reached and signed with is kept sealed (接入发送通道).

    Raises:
        Refused: no name, no such kind, not an https address, a robot without a unit, a second gateway for texts or
            for voice, or an operator without key, signature or templates.
    """
    if kind not in GatewayKind.values:
        raise Refused("没有这种发送通道。")
    if not name.strip() or len(name) > NAME_MAX:
        raise Refused("请写名称，最多 %(most)s 个字。", most=NAME_MAX)
    if len(secret) > SECRET_MAX:
        raise Refused("密钥太长。")
    options = {}
    if kind == GatewayKind.ALIYUN:
        options = _operator(key_id=key_id, secret=secret, sign_name=sign_name, templates=templates)
        address = address.strip() or ALIYUN_ADDRESS
    check_address(address)
    is_of_all = kind in OF_ALL_KINDS
    if not is_of_all:
        staff.unit(unit_id or 0)
    try:
        with transaction.atomic():
            row = Gateway.objects.create(
                kind=kind,
                name=name.strip(),
                unit_id=None if is_of_all else unit_id,
                address_sealed=seal(address.strip()),
                secret_sealed=seal(secret.strip()),
                options_sealed=seal(json.dumps(options)) if options else b"",
                created_at=at,
            )
            _record("add_gateway", str(row), at=at, by_post_id=by_post_id)
    except IntegrityError as fault:
        raise Refused(TWO_OF_A_KIND["VOICE" if kind == GatewayKind.VOICE else "SMS"]) from fault
    return row


def stop_gateway(*, gateway: Gateway, reason: str, at: datetime, by_post_id: int) -> None:
    """Take a gateway out of use; what waits for it is tried again until another takes its place (停用通道).

    Raises:
        Refused: it is out of use already.
    """
    with transaction.atomic():
        if not Gateway.objects.filter(pk=gateway.pk, is_active=True).update(is_active=False):
            raise Refused("这条通道已经停用。")
        _record("stop_gateway", str(gateway), at=at, by_post_id=by_post_id, reason=reason)


def try_gateway(*, gateway: Gateway, to: str, at: datetime, by_post_id: int) -> str:
    """Send a trial message and return what went wrong, nothing when it was taken (测试通道).

    Raises:
        Refused: a gateway for texts or for voice needs a telephone number to try.
    """
    number = phone_number(to)
    if gateway.kind in OF_ALL_KINDS and not number:
        raise Refused("请写一个接收测试的手机号。")
    carrier = carrier_of(gateway)
    fault = ""
    try:
        carrier.carry(Parcel(uuid.uuid4(), number, "邻里 linli", TRIAL), timestamp=int(at.timestamp()))
    except Undelivered as undelivered:
        fault = undelivered.words
    with transaction.atomic():
        Gateway.objects.filter(pk=gateway.pk).update(tried_at=at, fault=fault)
        _record("try_gateway", str(gateway), at=at, by_post_id=by_post_id, detail={"fault": fault})
    return fault


def carrier_of(gateway: Gateway) -> Carrier:
    """Return who carries for a gateway, with its address and secret opened."""
    options = json.loads(unseal(bytes(gateway.options_sealed))) if gateway.options_sealed else {}
    return carrier_for(
        gateway.kind,
        address=unseal(bytes(gateway.address_sealed)),
        secret=unseal(bytes(gateway.secret_sealed)),
        options=options,
    )


def _operator(*, key_id: str, secret: str, sign_name: str, templates: str) -> dict[str, str]:
    if not key_id.strip() or not secret.strip():
        raise Refused("请写 AccessKey ID 和密钥。")
    if not sign_name.strip():
        raise Refused("请写短信签名。")
    check_templates(templates)
    return {"key_id": key_id.strip(), "sign_name": sign_name.strip(), "templates": templates}


def drop_old(*, at: datetime) -> int:
    """Remove the log of what ended more than a year and a month ago, some at a time (清理)."""
    dropped = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for rule, statement in ((Kept.NOTICE, OLD), (Kept.DELIVERY, OLD_DELIVERIES)):
            cursor.execute(statement, [at - KEPT])
            ids = [pk for (pk,) in cursor.fetchall()]
            record_erasure(rule=rule, ids=ids, at=at)
            dropped += len(ids)
        if dropped:
            audit.record(stage="notice", verb="drop_old", subject=str(dropped), at=at)
    return dropped


def _known(kind: str, language: str) -> None:
    if kind not in KINDS or language not in LANGUAGES:
        raise Refused("没有这种通知或语言。")


def _record(verb: str, subject: str, **how: Any) -> None:
    audit.record(stage="notice", verb=verb, subject=subject, **how)
