"""Tell people of a call: rows that senders take up, and what became of each (通知)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from linli.call.actions.moving import move
from linli.call.models import Call, Presence, Told
from linli.call.queries.audience import FAULTS, targets
from linli.call.rules import AUDIENCE_LABELS, Audience, Rung, Standing, Way
from linli.call.states import CallState
from linli.shared.hints import alarm
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff.models import Post

HEARD_WITHIN = timedelta(seconds=10)  # an open page that does not show the call by then counts as closed
LEASE = timedelta(seconds=20)  # a telling taken up by a sender that was killed is taken up again after this
TRIES_MAX = 3
AGAIN_AFTER = timedelta(seconds=4)
PRESENCE_KEPT = timedelta(hours=1)


def tell(*, call: Call, rungs: Iterable[Rung], at: datetime) -> list[Told]:
    """Write down whom to tell now; what cannot be sent says so at once (通知)."""
    rows = [
        Told(
            call=call,
            round=call.round,
            after_seconds=rung.after_seconds,
            audience=target.audience.value,
            area_code=call.area_code,
            unit_id=target.unit_id,
            post_id=target.post_id,
            contact_id=target.contact_id,
            way=target.way.value,
            standing=_standing(target.way, target.fault).value,
            at=at,
            due_at=_due_at(target.way, target.fault, at=at),
            sent_at=at if target.way in {Way.SCREEN, Way.SHOWN} and not target.fault else None,
            fault=target.fault,
        )
        for rung in rungs
        for target in targets(call, rung.audience, at=at)
    ]
    told = Told.objects.bulk_create(rows)
    _say_unreached(call, told, at=at)
    if any(row.audience == Audience.ADVISE_120 for row in told):
        move(call=call, name="advise_120", role=Role.SYSTEM, post=None, at=at, is_120_advised=True)
    return told


def _standing(way: Way, fault: str) -> Standing:
    if fault:
        return Standing.FAILED
    return Standing.SENT if way in {Way.SCREEN, Way.SHOWN} else Standing.QUEUED


def _due_at(way: Way, fault: str, *, at: datetime) -> datetime | None:
    if fault or way is Way.SHOWN:
        return None
    return at + HEARD_WITHIN if way is Way.SCREEN else at


def _say_unreached(call: Call, told: list[Told], *, at: datetime) -> None:
    """Leave an event for every audience that no way leads to."""
    by_audience: dict[str, list[Told]] = {}
    for row in told:
        by_audience.setdefault(row.audience, []).append(row)
    missed = {audience: rows for audience, rows in by_audience.items() if all(row.fault for row in rows)}
    if missed:
        detail = {audience: rows[0].fault for audience, rows in missed.items()}
        words = "、".join(AUDIENCE_LABELS[Audience(audience)] for audience in missed)
        move(call=call, name="unreached", role=Role.SYSTEM, post=None, at=at, words=words, detail=detail)


def take_up_told(*, at: datetime, most: int = 50) -> list[Told]:
    """Take up tellings that are due; another sender leaves them alone for a while (取出通知)."""
    with transaction.atomic():
        due = Told.objects.select_for_update(skip_locked=True).filter(due_at__lte=at).order_by("due_at", "pk")[:most]
        rows = list(due)
        for row in rows:
            row.due_at, row.tries = at + LEASE, row.tries + 1
        Told.objects.bulk_update(rows, ["due_at", "tries"])
    return rows


def told_sent(*, key: UUID, at: datetime) -> None:
    """Remember that a telling left, or was shown (已发出)."""
    Told.objects.filter(key=key, standing=Standing.QUEUED.value).update(
        standing=Standing.SENT.value, sent_at=at, due_at=None
    )


def told_failed(*, key: UUID, fault: str, is_final: bool, at: datetime) -> None:
    """Remember that a telling did not arrive; when no other did, the ladder goes on at once (通知不到)."""
    with transaction.atomic():
        row = Told.objects.select_for_update().select_related("call").get(key=key)
        if row.standing in {Standing.HEARD.value, Standing.FAILED.value}:
            return
        if not is_final and row.tries < TRIES_MAX:
            row.due_at, row.fault = at + AGAIN_AFTER, fault[:120]
            row.save(update_fields=["due_at", "fault"])
            return
        row.standing, row.due_at, row.fault = Standing.FAILED.value, None, (fault or FAULTS["nobody"])[:120]
        row.save(update_fields=["standing", "due_at", "fault"])
        _go_on(row, at=at)
    alarm(areas=[row.area_code], calls=[row.call_id])


def _go_on(row: Told, *, at: datetime) -> None:
    call = Call.objects.select_for_update().get(pk=row.call_id)
    if call.state != CallState.RAISED or call.round != row.round:
        return
    same = Told.objects.filter(call=call, round=row.round, after_seconds__gte=row.after_seconds)
    if same.exclude(standing=Standing.FAILED.value).exclude(way=Way.SHOWN.value).exists():
        return
    faults = same.filter(audience=row.audience)
    detail = {row.audience: row.fault}
    if faults.count():
        words = AUDIENCE_LABELS[Audience(row.audience)]
        move(
            call=call, name="unreached", role=Role.SYSTEM, post=None, at=at, words=words, detail=detail, next_step_at=at
        )


def hear(*, post: Post, call_ids: Iterable[int], at: datetime) -> int:
    """Remember that an open page of a unit showed these calls (对方已收到)."""
    rows = Told.objects.filter(
        call_id__in=list(call_ids), unit_id=post.unit_id, way=Way.SCREEN.value, standing=Standing.SENT.value
    )
    return rows.update(standing=Standing.HEARD.value, heard_at=at, due_at=None)


def present(*, key: str, post: Post, has_sound: bool, at: datetime) -> None:
    """Remember that an alarm page of a unit is open and hears (在看).

    Raises:
        Refused: the page did not say which one it is.
    """
    if not 8 <= len(key) <= 40 or not key.isascii():  # a UUID, made by the page
        raise Refused("这个页面没有说明自己是哪一个，请刷新。")
    Presence.objects.update_or_create(
        key=key, defaults={"unit_id": post.unit_id, "post_id": post.pk, "seen_at": at, "has_sound": has_sound}
    )


def drop_old_presence(*, at: datetime) -> int:
    """Forget which pages were open an hour ago: it is nobody's business any more."""
    return Presence.objects.filter(seen_at__lt=at - PRESENCE_KEPT).delete()[0]
