"""Tell people of a call: rows that senders take up, and what became of each (通知)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from operator import attrgetter
from uuid import UUID

from django.db import transaction
from django.db.models import Q, prefetch_related_objects

from linli.call.access import subject_of
from linli.call.actions.moving import move
from linli.call.models import Call, HoldingContact, Presence, Told
from linli.call.queries.audience import FAULTS, targets_of
from linli.call.rules import AUDIENCE_LABELS, Audience, Rung, Standing, Way
from linli.call.rules.ladder import AFTER_SECONDS_MAX
from linli.call.states import CallState
from linli.people import queries as people
from linli.shared.hints import alarm
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.staff.models import Post

HEARD_WITHIN = timedelta(seconds=10)  # an open page that does not show the call by then counts as closed
LEASE = timedelta(seconds=20)  # a telling taken up by a sender that was killed is taken up again after this
TRIES_MAX = 3
AGAIN_AFTER = timedelta(seconds=4)
PRESENCE_KEPT = timedelta(hours=1)

# Further ahead than a lease: the clock went back, and the telling must not wait for it to come round again.
TAKEN_UP = """
WITH due AS MATERIALIZED (
    SELECT id, due_at FROM call_told WHERE (due_at <= %(at)s OR due_at > %(lease)s) AND way = ANY(%(ways)s)
    ORDER BY due_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
UPDATE call_told t SET due_at = %(lease)s, tries = tries + 1 FROM due WHERE t.id = due.id
RETURNING t.*, due.due_at AS was_due_at
"""


def tell(*, call: Call, rungs: Iterable[Rung], at: datetime) -> list[Told]:
    """Write down whom to tell now; what cannot be sent says so at once (通知)."""
    return keep_told(call=call, told=tellings(call, rungs, at=at), at=at)


def tellings(call: Call, rungs: Iterable[Rung], *, at: datetime) -> list[Told]:
    """Return whom to tell now, not written down yet (拟通知)."""
    rungs = list(rungs)
    found = targets_of(call, [rung.audience for rung in rungs], at=at)
    return [
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
        for target in found[rung.audience]
    ]


def keep_told(*, call: Call, told: list[Told], at: datetime) -> list[Told]:
    """Write tellings down; an audience that no way leads to is an event (记下通知)."""
    Told.objects.bulk_create(told)
    _say_unreached(call, told, at=at)
    if any(row.audience == Audience.ADVISE_120 for row in told):
        move(call=call, name="advise_120", role=Role.SYSTEM, post=None, at=at, is_120_advised=True)
    return told


def is_in_vain(told: Iterable[Told]) -> bool:
    """Return whether these tellings reach nobody; words on a page of the call tell nobody who has not opened it."""
    return all(row.fault or row.way == Way.SHOWN for row in told)


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


def tell_holder(*, call: Call, at: datetime) -> None:
    """Tell whoever pressed, once and when it is over, that others have looked at their record (事后告知).

    The list itself stands in their own record; whoever visits afterwards says it as well.
    """
    if call.holding is None:
        return
    with acting(EVERYTHING):  # a health station sees the call, but no contact and no telling to others
        _tell_holder(call, call.holding.resident_id, at=at)


def _tell_holder(call: Call, resident_id: int, *, at: datetime) -> None:
    if Told.objects.filter(call=call, audience=Audience.HOLDER.value).exists():
        return
    if not people.was_looked_at(resident_id, subject=subject_of(call)):
        return
    others = HoldingContact.objects.filter(holding__resident_id=resident_id).values_list("contact_id", flat=True)
    contact_id = people.own_phone(resident_id, besides=list(others))
    fault = "" if contact_id else FAULTS["no_own"]
    Told.objects.create(
        call=call,
        round=call.round,
        after_seconds=0,
        audience=Audience.HOLDER.value,
        area_code=call.area_code,
        contact_id=contact_id,
        way=Way.SMS.value,
        standing=_standing(Way.SMS, fault).value,
        at=at,
        due_at=_due_at(Way.SMS, fault, at=at),
        fault=fault,
    )


def no_longer_needed(*, call: Call, with_screens: bool = False) -> None:
    """Let what waits to be sent wait no more; what was sent stays on record."""
    with acting(EVERYTHING):  # a health station that answers ends what others are told as well
        waiting = Told.objects.filter(call=call, due_at__isnull=False)
        (waiting if with_screens else waiting.exclude(way=Way.SCREEN.value)).update(due_at=None)


def take_up_told(*, at: datetime, most: int = 50, ways: Iterable[Way] = tuple(Way)) -> list[Told]:
    """Take up tellings that are due; another sender leaves them alone for a while (取出通知)."""
    given = {"at": at, "lease": at + LEASE, "ways": [way.value for way in ways], "most": most}
    rows = sorted(Told.objects.raw(TAKEN_UP, given), key=attrgetter("was_due_at", "pk"))
    prefetch_related_objects(rows, "call__holding")
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
        # Nothing is due any more when somebody has answered in between: then it is not tried again.
        if not is_final and row.tries < TRIES_MAX and row.due_at is not None:
            row.due_at, row.fault = at + AGAIN_AFTER, fault[:120]
            row.save(update_fields=["due_at", "fault"])
            return
        row.standing, row.due_at, row.fault = Standing.FAILED.value, None, (fault or FAULTS["nobody"])[:120]
        row.save(update_fields=["standing", "due_at", "fault"])
        _go_on(row, at=at)
    alarm(areas=[row.area_code], calls=[row.call_id])


def _go_on(row: Told, *, at: datetime) -> None:
    """Say that no way led to an audience; when none leads to anybody, the next rung is due at once."""
    call = Call.objects.select_for_update().get(pk=row.call_id)
    if call.state != CallState.RAISED or call.round != row.round:
        return
    alive = Told.objects.filter(call=call, round=row.round).exclude(standing=Standing.FAILED.value)
    if alive.filter(audience=row.audience).exists():
        return
    reaches_nobody = not alive.filter(after_seconds__gte=row.after_seconds).exclude(way=Way.SHOWN.value).exists()
    is_repeating = call.told_seconds >= AFTER_SECONDS_MAX  # then the next round is a minute away: no storm of tellings
    sooner = {"next_step_at": at} if reaches_nobody and not is_repeating else {}
    move(
        call=call,
        name="unreached",
        role=Role.SYSTEM,
        post=None,
        at=at,
        words=AUDIENCE_LABELS[Audience(row.audience)],
        detail={row.audience: row.fault},
        **sooner,
    )


def hear(*, post: Post, call_ids: Iterable[int], at: datetime) -> int:
    """Remember that an open page of a unit showed these calls (对方已收到)."""
    rows = Told.objects.filter(
        call_id__in=list(call_ids), unit_id=post.unit_id, way=Way.SCREEN.value, standing=Standing.SENT.value
    )
    # What was said to one post, only its own page can have shown; a page of somebody who walks a grid is no desk.
    own = Q(post_id=post.pk)
    rows = rows.filter(own if post.role == Role.GRID else own | Q(post_id__isnull=True))
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
