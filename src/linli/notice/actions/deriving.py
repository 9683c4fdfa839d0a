"""Turn events into notices and deliveries: each event once, in one transaction with the taking of it (派生通知).

A trigger writes the id of every event into ``notice_freshevent`` in the transaction of the event itself; here the id
is taken away in the transaction that writes what follows from it. So nothing is lost between a commit and a notice,
nothing is told of what was rolled back, and a stop in between repeats nothing (decision 0016).
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from linli.case import queries as cases
from linli.case.models import Event
from linli.confirm import queries as confirms
from linli.intake.models import Appeal
from linli.notice import queries
from linli.notice.actions.handing import deliveries_of
from linli.notice.audience import COMMUNITY_DIGITS, Told, told_of
from linli.notice.carriers import can_mail
from linli.notice.models import Choice, FreshEvent, Notice
from linli.notice.reach import way_to
from linli.notice.rules import FAULT_WORDS, SMS_KINDS, STALE, Audience, Channel, Standing, after_quiet
from linli.outside import queries as outside
from linli.people import queries as people
from linli.shared.batches import together
from linli.shared.hints import hint
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.staff.queries import Post

BATCH = 500
TAKEN = """
DELETE FROM notice_freshevent WHERE id IN (
    SELECT id FROM notice_freshevent ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING event_id, at
"""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ways:
    """How somebody can be told at this moment, asked once for a whole batch."""

    at: datetime
    can_sms: bool
    can_mail: bool
    robots: dict[int, list[int]]
    posts: dict[int, list[tuple[Post, str, str]]]  # by unit: who wants which group by which way
    quiet: queries.QuietHours

    def when(self, *, is_urgent: bool) -> datetime:
        """Return when somebody who may be asleep is to be told."""
        local = timezone.localtime(self.at)
        return local if is_urgent else after_quiet(local, starts=self.quiet.starts, ends=self.quiet.ends)


def derive(*, at: datetime, most: int = BATCH) -> int:
    """Turn every event nobody was told of into notices and deliveries; return how many events were read (派生)."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM notice_freshevent WHERE at < %s", [at - STALE])
    read = 0
    while True:
        with transaction.atomic():
            taken = _taken(most)
            events = _events(taken)
            skipped = together(events, partial(_tell, at=at), duty="derive") if events else []
            # Not lost: it is tried again behind all others, until it is too old to be news.
            FreshEvent.objects.bulk_create(FreshEvent(event_id=event.pk, at=event.at) for event in skipped)
        read += len(taken) - len(skipped)
        if skipped or len(taken) < most:
            return read


def _taken(most: int) -> list[tuple[int, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, [most])
        return list(cursor.fetchall())


def _events(taken: Sequence[tuple[int, datetime]]) -> list[Event]:
    if not taken:
        return []
    moments = [moment for _pk, moment in taken]
    found = Event.objects.filter(
        pk__in=[pk for pk, _moment in taken], at__gte=min(moments), at__lte=max(moments)
    ).select_related("case__first_appeal")
    return sorted(found, key=lambda event: event.pk)


def _tell(events: Sequence[Event], *, at: datetime) -> None:
    told = [(event, one) for event in events for one in _told(event)]
    ways = _ways(at)
    notices: list[Notice] = []
    reporters: list[tuple[Event, Told, Appeal]] = []
    asked: list[tuple[Event, Told]] = []
    for event, one in told:
        if one.kind.audience is Audience.UNIT:
            notices += _to_unit(event, one, ways)
        elif one.kind.audience is Audience.OUTSIDE:
            asked.append((event, one))
        else:
            reporters += [(event, one, appeal) for appeal in _appeals(event)]
    notices += _to_reporters(reporters, ways)
    notices += _to_bodies(asked, ways) if asked else []
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    deliveries_of(events, at=at)
    hint(units={notice.unit_id for notice in notices if notice.unit_id and notice.channel == Channel.IN_APP})


def _told(event: Event) -> list[Told]:
    """Return who is told; an event that cannot be read is said in the log and holds nobody else up."""
    try:
        return told_of(event)
    except (KeyError, TypeError, ValueError, Refused):
        log.exception("event %s (%s) could not be read, nobody is told of it", event.pk, event.name)
        return []


def _ways(at: datetime) -> _Ways:
    robots: dict[int, list[int]] = {}
    gateways = list(queries.gateways_in_use())
    for gateway in gateways:
        if gateway.unit_id:
            robots.setdefault(gateway.unit_id, []).append(gateway.pk)
    has_sms = any(gateway.kind in SMS_KINDS for gateway in gateways)
    return _Ways(at, has_sms, can_mail(), robots, _wanting(at), queries.quiet_hours())


def _wanting(at: datetime) -> dict[int, list[tuple[Post, str, str]]]:
    wanted = list(
        Choice.objects.filter(is_wanted=True, channel__in=[Channel.EMAIL, Channel.SMS]).values_list(
            "post_id", "group", "channel"
        )
    )
    if not wanted:
        return {}
    held = staff.posts(at=at).filter(pk__in={pk for pk, _group, _channel in wanted}, account__is_active=True)
    posts = {post.pk: post for post in held}
    found: dict[int, list[tuple[Post, str, str]]] = {}
    for pk, group, channel in wanted:
        if pk in posts:
            found.setdefault(posts[pk].unit_id, []).append((posts[pk], group, channel))
    return found


def _to_unit(event: Event, one: Told, ways: _Ways) -> Iterable[Notice]:
    unit_id = one.to_id
    yield _notice(
        event,
        one,
        channel=Channel.IN_APP,
        recipient=f"post:{one.post_id}" if one.post_id else f"unit:{unit_id}",
        unit_id=unit_id,
        created_at=ways.at,
        state=Standing.SENT,
        sent_at=ways.at,
    )
    for gateway_id in () if one.post_id else ways.robots.get(unit_id, ()):
        yield _queued(event, one, ways, channel=Channel.ROBOT, recipient=f"gateway:{gateway_id}", unit_id=unit_id)
    for post, group, channel in ways.posts.get(unit_id, ()):
        can = {Channel.EMAIL: ways.can_mail and post.account.email, Channel.SMS: ways.can_sms and post.account.phone}
        is_meant = one.post_id in {0, post.pk}
        if is_meant and group == one.kind.group and can[Channel(channel)]:
            yield _queued(
                event,
                one,
                ways,
                channel=Channel(channel),
                recipient=f"post:{post.pk}",
                unit_id=unit_id,
                language=post.account.language,
            )


def _appeals(event: Event) -> list[Appeal]:
    """Return the appeals whose reporters are told: of the one that opened it, or of all that joined."""
    case = event.case
    if event.name == "split":  # who reported the whole hears of each part as it is opened
        return cases.appeals_of(case)[1:]
    if event.name == "open" or not case.joined_count:
        return [case.first_appeal]
    return cases.appeals_of(case)


def _to_reporters(told: Sequence[tuple[Event, Told, Appeal]], ways: _Ways) -> Iterable[Notice]:
    willing = [appeal for _event, _one, appeal in told if appeal.contact_id]
    unwilling = confirms.unwilling_among(appeal.pk for appeal in willing)
    reachable = people.ways_of(appeal.contact_id or 0 for appeal in willing if appeal.pk not in unwilling)
    for event, one, appeal in told:
        if appeal.contact_id is None or appeal.pk in unwilling:
            continue
        yield _to_somebody(
            event,
            one,
            ways,
            reachable=reachable.get(appeal.contact_id),
            recipient=f"contact:{appeal.contact_id}",
            language=_language(appeal.language),
            appeal=appeal.pk,
        )


def _to_bodies(told: Sequence[tuple[Event, Told]], ways: _Ways) -> Iterable[Notice]:
    rows = outside.asked_among(one.to_id for _event, one in told)
    reachable = people.ways_of(row.body.contact_id or 0 for row in rows.values())
    for event, one in told:
        row = rows.get(one.to_id)
        if row is None:
            continue
        yield _to_somebody(
            event,
            one,
            ways,
            reachable=reachable.get(row.body.contact_id or 0),
            recipient=f"asked:{row.pk}",
            unit_id=row.asked_by_unit_id,
            language=_language(row.body.language),
            unit=row.asked_by_unit_id,
            due=row.due_at.isoformat(),
        )


def _to_somebody(event: Event, one: Told, ways: _Ways, *, reachable: frozenset[str] | None, **columns: Any) -> Notice:
    """Return what goes to somebody outside; who cannot be reached stands in the log as not told, with the reason."""
    channel = way_to(reachable or frozenset(), has_sms=ways.can_sms, has_mail=ways.can_mail)
    notice = _queued(event, one, ways, channel=channel or Channel.SMS, is_private=True, **columns)
    if channel is None:
        notice.state, notice.next_try_at = Standing.GIVEN_UP.value, None
        notice.fault = FAULT_WORDS["no_contact" if reachable is None else "no_way"]
    return notice


def _language(words: str) -> str:
    return {"bo": "bo", "en": "en"}.get(words[:2].lower(), settings.LANGUAGE_CODE)


def _queued(
    event: Event,
    one: Told,
    ways: _Ways,
    *,
    channel: Channel,
    recipient: str,
    unit_id: int | None = None,
    language: str = "",
    is_private: bool = False,
    **places: Any,
) -> Notice:
    is_urgent = one.is_urgent or (is_private and event.case.urgency == "URGENT")
    when = ways.when(is_urgent=is_urgent) if is_private else ways.at
    notice = _notice(
        event,
        one,
        channel=channel,
        recipient=recipient,
        unit_id=unit_id,
        created_at=ways.at,
        next_try_at=when,
        language=language or settings.LANGUAGE_CODE,
        is_urgent=is_urgent,
    )
    notice.places |= places
    return notice


def _notice(event: Event, one: Told, **columns: Any) -> Notice:
    case = event.case
    known = {"number": case.number, "category": case.category_code, "area": case.area_code[:COMMUNITY_DIGITS]}
    places = {name: value for name, value in known.items() if name in one.kind.places} | one.places
    return Notice(
        kind=one.kind.name,
        event_id=event.pk,
        case=case,
        area_code=case.area_code,
        places=places,
        **({"language": settings.LANGUAGE_CODE, "is_urgent": one.is_urgent} | columns),
    )
