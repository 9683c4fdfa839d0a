"""Whether the history of calls holds together: every hash recomputed, the first wrong row named (核验)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from linli.call.actions.moving import words_of
from linli.call.models import Call, CallEvent, Press
from linli.shared.chains import Wrong, chained, wrong_in

CALLS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Broken:
    """A call whose history does not hold together, and the first row of it."""

    call_id: int
    number: str
    wrong: Wrong


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check looked at, and what it found."""

    call_count: int
    event_count: int
    broken: tuple[Broken, ...]
    orphans: tuple[int, ...] = ()  # presses whose call is gone


def check(*, since: datetime, until: datetime) -> Checked:
    """Recompute the chains of the calls raised in a period, some hundred at a time (核验)."""
    call_count, event_count, broken = 0, 0, []
    for calls in _together(since=since, until=until):
        histories: dict[int, list[CallEvent]] = {call.pk: [] for call in calls}
        for event in CallEvent.objects.filter(call__in=list(histories)).order_by("call_id", "sequence"):
            histories[event.call_id].append(event)
        call_count += len(calls)
        event_count += sum(map(len, histories.values()))
        found = ((call, wrong_of(call, histories[call.pk])) for call in calls)
        broken += [Broken(call.pk, call.number, wrong) for call, wrong in found if wrong is not None]
    return Checked(call_count, event_count, tuple(broken), orphans_of(since=since, until=until))


def wrong_of(call: Call, history: list[CallEvent]) -> Wrong | None:
    """Return the first row of a call's history that does not follow from the one before."""
    return wrong_in(history, row_count=call.event_count, head=bytes(call.head_hash), follows=_follows)


def orphans_of(*, since: datetime, until: datetime) -> tuple[int, ...]:
    """Return the presses of a period that no call follows from: a call was taken away whole."""
    received = Press.objects.filter(received_at__gte=since, received_at__lt=until, call__isnull=True)
    return tuple(received.order_by("pk").values_list("pk", flat=True))


def _together(*, since: datetime, until: datetime) -> Iterator[list[Call]]:
    after = 0
    while True:
        raised = Call.objects.filter(raised_at__gte=since, raised_at__lt=until, pk__gt=after).order_by("pk")
        calls = list(raised.only("number", "event_count", "head_hash")[:CALLS_AT_ONCE])
        if not calls:
            return
        yield calls
        after = calls[-1].pk


def _follows(previous: bytes, event: CallEvent) -> bool:
    said = words_of(
        call_id=event.call_id,
        at=event.at,
        name=event.name,
        before=event.state_before,
        after=event.state_after,
        role=event.by_role,
        post_id=event.by_post_id,
        unit_id=event.by_unit_id,
        words=event.words,
        detail=event.detail,
    )
    return bytes(event.hash) == chained(previous, said)
