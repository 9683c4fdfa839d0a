"""Whether the histories of calls and devices hold together: every hash recomputed, the first wrong row named (核验)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from linli.call.models import Call, CallEvent, Device, DeviceEvent, Press
from linli.call.rules.events import event_words
from linli.shared.chains import Wrong, chained, wrong_in

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Broken:
    """A call or a device whose history does not hold together, and the first row of it."""

    number: str  # of a device its serial
    wrong: Wrong


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check looked at, and what it found."""

    count: int
    event_count: int
    broken: tuple[Broken, ...]
    orphans: tuple[int, ...] = ()  # presses whose call is gone


def check(*, since: datetime, until: datetime) -> Checked:
    """Recompute the chains of the calls raised in a period, some hundred at a time (核验)."""
    raised = Call.objects.filter(raised_at__gte=since, raised_at__lt=until)
    checked = _checked(raised, CallEvent.objects.all(), key="call_id", name="number", follows=_call_follows)
    return replace(checked, orphans=orphans_of(since=since, until=until))


def check_devices(*, since: datetime, until: datetime) -> Checked:
    """Recompute the chains of the devices that something happened to in a period (核验设备)."""
    moved = DeviceEvent.objects.filter(at__gte=since, at__lt=until).values("device_id")
    devices = Device.objects.filter(pk__in=moved)
    serials = dict(devices.values_list("pk", "serial"))

    def follows(previous: bytes, event: Any) -> bool:
        return _follows(previous, event, {"serial": serials[event.device_id]})

    return _checked(devices, DeviceEvent.objects.all(), key="device_id", name="serial", follows=follows)


def _checked(
    subjects: QuerySet[Any], events: QuerySet[Any], *, key: str, name: str, follows: Callable[[bytes, Any], bool]
) -> Checked:
    count, event_count, broken = 0, 0, []
    for together in _together(subjects.only(name, "event_count", "head_hash")):
        histories: dict[int, list[Any]] = {subject.pk: [] for subject in together}
        for event in events.filter(**{f"{key}__in": list(histories)}).order_by(key, "sequence"):
            histories[getattr(event, key)].append(event)
        count += len(together)
        event_count += sum(map(len, histories.values()))
        for subject in together:
            head = bytes(subject.head_hash)
            wrong = wrong_in(histories[subject.pk], row_count=subject.event_count, head=head, follows=follows)
            broken += [Broken(getattr(subject, name), wrong)] if wrong is not None else []
    return Checked(count, event_count, tuple(broken))


def orphans_of(*, since: datetime, until: datetime) -> tuple[int, ...]:
    """Return the presses of a period that no call follows from: a call was taken away whole."""
    received = Press.objects.filter(received_at__gte=since, received_at__lt=until, call__isnull=True)
    return tuple(received.order_by("pk").values_list("pk", flat=True))


def _together(subjects: QuerySet[Any]) -> Iterator[list[Any]]:
    after = 0
    while True:
        some = list(subjects.filter(pk__gt=after).order_by("pk")[:AT_ONCE])
        if not some:
            return
        yield some
        after = some[-1].pk


def _call_follows(previous: bytes, event: Any) -> bool:
    return _follows(previous, event, {"call": event.call_id})


def _follows(previous: bytes, event: Any, subject: dict[str, Any]) -> bool:
    said = event_words(
        subject,
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
