"""Take in presses: each becomes a row and a call before anybody says that it is handled (按键进来)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction

from linli.call.actions.moving import move
from linli.call.actions.telling import is_in_vain, keep_told, tellings
from linli.call.models import Call, CallEvent, Device, DeviceTask, Holding, Press, Told
from linli.call.queries.ladder import rungs_now
from linli.call.rules import PressKind, Received, Result, climbed, clock_off_seconds, number_of
from linli.call.rules.events import event_words
from linli.call.rules.fleet import TaskKind
from linli.call.rules.ladder import REPEAT_SECONDS, pause_seconds
from linli.call.rules.presses import REF_MAX, SERIAL_MAX, is_same_press
from linli.call.states import CallState, DeviceState
from linli.shared.chains import GENESIS, chained
from linli.shared.hints import alarm
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting

SAID_MAX = 4000
WAITED_MAX = timedelta(hours=1)  # a press that lay at the broker longer than this is as urgent as can be

KEEP = """
INSERT INTO call_press (serial, ref, device_id, kind, via, pressed_at, received_at, lng, lat, said, fault)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (serial, ref) DO NOTHING RETURNING id, nextval('call_call_id_seq')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a press: its call, and what the device is told."""

    serial: str
    ref: str
    call_id: int
    number: str
    result: Result = Result.HANDLED
    is_repeat: bool = False


class _Kept(NamedTuple):
    """The row of a press, and the number that its call is to have."""

    press_id: int
    call_id: int


def take_in(*, received: Sequence[Received], at: datetime) -> list[Taken]:
    """Turn presses into calls, all in one transaction; whoever is to know at once is told in it (按键进来).

    The same serial and ref is the same press and answered again. Nothing a device says is refused: what cannot be
    read is kept word for word and rings at the duty desk.
    """
    with acting(EVERYTHING), transaction.atomic():
        return [_taken(one, at=at) for one in received]


def _taken(received: Received, *, at: datetime) -> Taken:
    serial, ref = _clean(received.serial)[:SERIAL_MAX] or "?", _ref(received)
    device, holding = _known(serial)
    kept = _keep(received, serial=serial, ref=ref, device=device, holding=holding, at=at)
    if kept is None:
        earlier = Press.objects.select_related("call").get(serial=serial, ref=ref)
        came_at = received.stored_at or at
        apart = (came_at - earlier.received_at).total_seconds()
        if is_same_press(
            earlier=earlier.pressed_at, now=received.pressed_at, apart_seconds=apart, has_ref=bool(received.ref)
        ):
            return Taken(
                serial=serial, ref=received.ref, call_id=earlier.call.pk, number=earlier.call.number, is_repeat=True
            )
        # The device counts from one again: the old ref is another press, and this one gets a mark of its own.
        ref = f"{ref[: REF_MAX - 12]}~{came_at.astimezone(UTC):{'%y%m%d%H' if received.ref else '%y%m%d%H%M'}}"
        kept = _keep(received, serial=serial, ref=ref, device=device, holding=holding, at=at)
        if kept is None:
            call = Call.objects.get(press__serial=serial, press__ref=ref)
            return Taken(serial=serial, ref=received.ref, call_id=call.pk, number=call.number, is_repeat=True)
    call = _raised(replace(received, serial=serial), kept, device=device, holding=holding, at=at)
    return Taken(serial=serial, ref=received.ref, call_id=call.pk, number=call.number)


def _keep(
    received: Received, *, serial: str, ref: str, device: Device | None, holding: Holding | None, at: datetime
) -> _Kept | None:
    # Taken back is taken back at once, not when the clock next comes round.
    consent = holding.location_consent if holding else None
    may_say_where = consent is not None and consent.withdrawn_at is None
    row = [
        serial,
        ref,
        device.pk if device else None,
        received.kind.value,
        received.via.value,
        received.pressed_at,
        received.stored_at or at,
        received.lng if may_say_where else None,
        received.lat if may_say_where else None,
        _clean(received.said)[:SAID_MAX],
        received.fault[:200],
    ]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, row)
        found = cursor.fetchone()
    return _Kept(*found) if found else None


def _raised(received: Received, kept: _Kept, *, device: Device | None, holding: Holding | None, at: datetime) -> Call:
    at = at.astimezone(UTC)
    came_at = received.stored_at or at
    # It has waited since it reached the broker, unless a clock says so that is wrong.
    waited = min(max(at - came_at, timedelta(0)), WAITED_MAX)
    detail = {"serial": received.serial, "via": received.via.value, "kind": received.kind.value}
    off = clock_off_seconds(pressed_at=received.pressed_at, at=came_at)
    if off is not None:
        detail["clock_off"] = str(off)
    payload = event_words(
        {"call": kept.call_id},
        at=at,
        name="raise",
        before="",
        after=CallState.RAISED.value,
        role=Role.SYSTEM.value,
        post_id=None,
        unit_id=None,
        words="",
        detail=detail,
    )
    call = Call(
        pk=kept.call_id,
        press_id=kept.press_id,
        number=number_of(call_id=kept.call_id, at=at),
        kind=received.kind.value,
        device=device,
        holding=holding,
        area_code=holding.area_code if holding else device.area_code if device else settings.DISTRICT_CODE,
        is_known=holding is not None,
        raised_at=at,
        climbs_from=at - waited,
        next_step_at=at + timedelta(seconds=REPEAT_SECONDS),
        event_count=1,
        head_hash=chained(GENESIS, payload),
    )
    is_test = received.kind is PressKind.TEST and holding is not None
    told = [] if is_test else _first_rung(call, waited=waited, at=at)
    call.save(force_insert=True)
    CallEvent.objects.create(
        call=call, sequence=1, at=at, name="raise", state_after=call.state, by_role=Role.SYSTEM.value, detail=detail,
        hash=call.head_hash,
    )  # fmt: skip
    if device is not None:
        _seen(device, off_seconds=off, at=at)
    if is_test:
        _tested(call, device, at=at)
    else:
        keep_told(call=call, told=told, at=at)
        alarm(areas=[call.area_code], units=[one.unit_id for one in told if one.unit_id], calls=[call.pk])
    return call


def _first_rung(call: Call, *, waited: timedelta, at: datetime) -> list[Told]:
    """Return whom to tell at once, and let the call go on after it; both are written with the press itself."""
    step = climbed(rungs_now(call, at=at), waited_seconds=0, told=())
    told = tellings(call, step.due, at=at)
    # Nobody of those can be reached: the next ones need not wait.
    pause = pause_seconds(step, waited_seconds=0, is_in_vain=is_in_vain(told))
    call.told_seconds, call.next_step_at = 0, max(at + timedelta(seconds=pause) - waited, at)
    return told


def _tested(call: Call, device: Device | None, *, at: datetime) -> None:
    move(call=call, name="tested", role=Role.SYSTEM, post=None, at=at, outcome="TEST", closed_at=at, next_step_at=None)
    if device is not None:
        mark_tested(device=device, at=at)


def mark_tested(*, device: Device, at: datetime) -> None:
    """Remember that a device was tried, and that it need not be for a month (试按)."""
    Device.objects.filter(pk=device.pk).update(tested_at=at)
    DeviceTask.objects.filter(device=device, kind=TaskKind.TEST.value, done_at__isnull=True).update(done_at=at)


def _seen(device: Device, *, off_seconds: int | None, at: datetime) -> None:
    columns: dict[str, object] = {"last_seen_at": at, "is_offline": False}
    if off_seconds is not None:
        columns["clock_off_seconds"] = max(-2_000_000_000, min(off_seconds, 2_000_000_000))
    Device.objects.filter(pk=device.pk).update(**columns)


def _known(serial: str) -> tuple[Device | None, Holding | None]:
    """Return the device that says so, and with whom it is; most presses come from one that is with somebody."""
    held = Holding.objects.filter(device__serial=serial, device__state=DeviceState.HANDED_OUT, ended_at__isnull=True)
    holding = held.select_related("device", "location_consent").first()
    return (holding.device, holding) if holding else (Device.objects.filter(serial=serial).first(), None)


def _ref(received: Received) -> str:
    """Return the device's own mark, or one made of its words, so that a repeat is still known as one."""
    # Of devices that do not say who they are, two may count alike: then only the same words are the same press.
    ref = _clean(received.ref)[:REF_MAX] if _clean(received.serial) else ""
    return ref or "w" + hashlib.sha256(received.said.encode()).hexdigest()[:31]


def _clean(words: str) -> str:
    return "".join(letter for letter in words if letter.isprintable()).strip()
