"""Subscribers of events: add, change, stop, try; and deliver to them, signed (订阅推送)."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from linli.case.states import BY_NAME
from linli.notice import queries
from linli.notice.actions.sending import carry_all, take_up
from linli.notice.carriers.port import Undelivered, handed_over
from linli.notice.models import Delivery, Subscriber
from linli.notice.outgoing import check_address
from linli.notice.rules import FAULT_WORDS, Standing
from linli.shared import audit
from linli.shared.crypto import seal, unseal
from linli.shared.refusals import Refused
from linli.shared.signing import new_secret, signed_headers

NAME_MAX = 120
TRIAL = {"type": "linli.test", "id": 0}


@dataclass(frozen=True, slots=True)
class SubscriberMade:
    """A new subscriber and its secret, which is shown once and kept sealed."""

    subscriber: Subscriber
    secret: str


def event_names() -> list[str]:
    """Return the names of all events a subscriber may choose."""
    return ["open", *(name for name in BY_NAME if name != "note")]


def add_subscriber(
    *, name: str, address: str, names: Sequence[str], area_code: str, at: datetime, by_post_id: int
) -> SubscriberMade:
    """Let another system hear of events in an area; its secret is in the answer only (新增订阅方).

    Raises:
        Refused: no name, not an https address, or an event there is not.
    """
    if not name.strip() or len(name) > NAME_MAX:
        raise Refused("请写明推送给谁，最多 %(most)s 个字。", most=NAME_MAX)
    parts, secret = check_address(address), new_secret()
    with transaction.atomic():
        row = Subscriber.objects.create(
            name=name.strip(),
            address_sealed=seal(address.strip()),
            host=(parts.hostname or "")[:200],
            secret_sealed=seal(secret),
            event_names=_checked(names),
            area_code=area_code,
            created_at=at,
        )
        audit.record(stage="notice", verb="add_subscriber", subject=str(row), at=at, by_post_id=by_post_id)
    return SubscriberMade(row, secret)


def change_subscriber(*, subscriber: Subscriber, names: Sequence[str], at: datetime, by_post_id: int) -> None:
    """Change which events a subscriber hears of (更改订阅)."""
    chosen = _checked(names)
    with transaction.atomic():
        Subscriber.objects.filter(pk=subscriber.pk).update(event_names=chosen)
        audit.record(
            stage="notice",
            verb="change_subscriber",
            subject=str(subscriber),
            at=at,
            by_post_id=by_post_id,
            detail={"events": chosen},
        )


def stop_subscriber(*, subscriber: Subscriber, reason: str, at: datetime, by_post_id: int) -> None:
    """Tell a subscriber nothing more; what waits for it is given up (停用订阅).

    Raises:
        Refused: it is stopped already.
    """
    with transaction.atomic():
        if not Subscriber.objects.filter(pk=subscriber.pk, is_active=True).update(is_active=False, stopped_at=at):
            raise Refused("这个订阅已经停用。")
        waiting = Delivery.objects.filter(subscriber=subscriber, next_try_at__isnull=False)
        waiting.update(state=Standing.GIVEN_UP.value, next_try_at=None, fault=FAULT_WORDS["stopped"])
        audit.record(
            stage="notice", verb="stop_subscriber", subject=str(subscriber), at=at, by_post_id=by_post_id, reason=reason
        )


def try_subscriber(*, subscriber: Subscriber, at: datetime, by_post_id: int) -> str:
    """Send a trial event and return what went wrong, nothing when it was taken (测试推送)."""
    fault = ""
    try:
        _send(subscriber, key=str(uuid4()), payload=TRIAL, at=at)
    except Undelivered as undelivered:
        fault = undelivered.words
    audit.record(
        stage="notice",
        verb="try_subscriber",
        subject=str(subscriber),
        at=at,
        by_post_id=by_post_id,
        detail={"fault": fault},
    )
    return fault


def send_deliveries(*, now: Callable[[], datetime]) -> int:
    """Deliver what is due to the subscribers; return how many were tried (推送)."""
    taken = take_up(Delivery, at=now())
    subscribers = {row.pk: row for row in queries.subscribers_in_use()}

    def carry(delivery: Delivery, at: datetime) -> None:
        subscriber = subscribers.get(delivery.subscriber_id)
        if subscriber is None:
            raise Undelivered(FAULT_WORDS["stopped"], is_final=True)
        try:
            status = _send(subscriber, key=str(delivery.key), payload=delivery.payload, at=at)
        except Undelivered as fault:
            Delivery.objects.filter(pk=delivery.pk).update(status=fault.status)
            raise
        Delivery.objects.filter(pk=delivery.pk).update(status=status)

    return carry_all(taken, carry=carry, whither=lambda delivery: delivery.subscriber_id, now=now)


def redeliver(*, delivery: Delivery, at: datetime, by_post_id: int) -> None:
    """Deliver again what was given up or sent; the same key, so that a subscriber knows a repeat (重新推送).

    Raises:
        Refused: it is waiting already, or its subscriber is stopped.
    """
    if not delivery.subscriber.is_active:
        raise Refused("这个订阅已经停用。")
    with transaction.atomic():
        ended = Delivery.objects.filter(pk=delivery.pk, next_try_at__isnull=True)
        if not ended.update(state=Standing.QUEUED.value, attempts=0, next_try_at=at, fault=""):
            raise Refused("这条推送已经在等发送。")
        audit.record(stage="notice", verb="redeliver", subject=str(delivery.pk), at=at, by_post_id=by_post_id)


def redeliver_all(*, subscriber: Subscriber, at: datetime, by_post_id: int) -> int:
    """Deliver again everything that was given up for a subscriber; return how many (全部重新推送)."""
    if not subscriber.is_active:
        raise Refused("这个订阅已经停用。")
    with transaction.atomic():
        dead = Delivery.objects.filter(subscriber=subscriber, state=Standing.GIVEN_UP.value)
        count = dead.update(state=Standing.QUEUED.value, attempts=0, next_try_at=at, fault="")
        audit.record(
            stage="notice",
            verb="redeliver_all",
            subject=str(subscriber),
            at=at,
            by_post_id=by_post_id,
            detail={"count": count},
        )
    return count


def _checked(names: Sequence[str]) -> list[str]:
    known = event_names()
    for name in names:
        if name not in known:
            raise Refused("没有“%(name)s”这种事件。", name=name[:20])
    return [name for name in known if name in names]


def _send(subscriber: Subscriber, *, key: str, payload: object, at: datetime) -> int:
    content = json.dumps(payload, ensure_ascii=False, sort_keys=True).encode()
    secret = unseal(bytes(subscriber.secret_sealed))
    headers = signed_headers(secret, key=key, timestamp=int(at.timestamp()), content=content)
    return handed_over(unseal(bytes(subscriber.address_sealed)), content=content, headers=headers).status
