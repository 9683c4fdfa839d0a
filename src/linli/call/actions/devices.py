"""The stock of devices: register, renew a secret, retire, and what was done about a device (设备库存)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import IntegrityError, transaction

from linli.call.actions.device_moving import end_tasks, move_device, refuse_open_call
from linli.call.actions.taking_in import mark_tested
from linli.call.models import Device, DeviceEvent, DeviceTask, Holding
from linli.call.rules import new_secret, secret_hash
from linli.call.rules.events import event_words
from linli.call.rules.stock import ROWS_MAX, NewDevice, Problem, check_new, problems_among
from linli.call.states import DEVICE_MOVE_BY_NAME, DeviceState
from linli.people.queries import covers
from linli.shared.chains import GENESIS, chained
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.staff import queries as staff
from linli.staff.models import Post, Unit

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Registered:
    """A device with the secret that is shown once."""

    device: Device
    secret: str


def register(*, new: NewDevice, post: Post, at: datetime) -> Registered:
    """Add one device to the stock; its secret is shown once and kept as a fingerprint (登记设备).

    Raises:
        Refused: a value cannot be, the serial is registered already, or the stock is another desk's.
    """
    return register_all(rows=[new], post=post, at=at)[0]


@transaction.atomic
def register_all(*, rows: Sequence[NewDevice], post: Post, at: datetime) -> list[Registered]:
    """Add devices to the stock, all or none (批量登记).

    Raises:
        Refused: one of them cannot be added; the sentence says which and why.
    """
    _may_register(post)
    if not rows:
        raise Refused("没有要登记的设备。")
    problems = problems_of(rows=rows, post=post)
    if problems:
        raise Refused(problems[0].sentence, **problems[0].places)
    units = {row.unit_code: unit_for(row.unit_code, post=post) for row in rows}
    secrets = [new_secret() for _row in rows]
    devices = [_device(row, units[row.unit_code], secret, at=at) for row, secret in zip(rows, secrets, strict=True)]
    events = [_registered(device, post, at=at) for device in devices]
    try:
        with transaction.atomic():
            Device.objects.bulk_create(devices, batch_size=AT_ONCE)
    except IntegrityError as clash:
        raise Refused("有设备刚被别人登记了，请重新检查。") from clash
    for device, event in zip(devices, events, strict=True):
        event.device = device
    DeviceEvent.objects.bulk_create(events, batch_size=AT_ONCE)
    return [Registered(device, secret) for device, secret in zip(devices, secrets, strict=True)]


def problems_of(*, rows: Sequence[NewDevice], post: Post) -> list[Problem]:
    """Return what stands against registering these devices, by row; nothing is written (试登记).

    Raises:
        Refused: there are too many at once.
    """
    if len(rows) > ROWS_MAX:
        raise Refused("一次最多登记 %(most)s 台。", most=ROWS_MAX)
    found = problems_among(rows)
    with acting(EVERYTHING):  # a serial is unique in the whole system, whoever registered it
        serials = [row.serial for row in rows]
        known = set(Device.objects.filter(serial__in=serials).values_list("serial", flat=True))
    for number, row in enumerate(rows, 1):
        if row.serial in known:
            found.append(Problem(number, "设备 %(serial)s 已经登记过了。", {"serial": row.serial}))
        if row.unit_code and not _has_unit(row.unit_code, post=post):
            found.append(Problem(number, "没有“%(code)s”这个单位，或者不归您的岗位。", {"code": row.unit_code}))
    return sorted(found, key=lambda problem: problem.row)


def unit_for(code: str, *, post: Post) -> Unit:
    """Return whose stock a new device belongs to; without a code the post's own unit.

    Raises:
        Refused: there is no such unit under the post.
    """
    if not code:
        return post.unit
    for body in staff.units():
        if body.code == code and (body.pk == post.unit_id or covers(post, body.area_code)):
            return body
    raise Refused("没有“%(code)s”这个单位，或者不归您的岗位。", code=code)


@transaction.atomic
def renew_secret(*, device: Device, post: Post, at: datetime) -> str:
    """Give a device another secret; with the old one the broker lets nobody in any more (换密钥).

    Raises:
        Refused: the device is retired or another desk's.
    """
    secret = new_secret()
    move_device(device=device, name="renew_secret", post=post, at=at, secret_hash=secret_hash(secret))
    return secret


@transaction.atomic
def retire(*, device: Device, post: Post, at: datetime, words: str) -> None:
    """Take a device out of use for good; one that is with somebody is taken back or reported lost first (停用).

    Raises:
        Refused: it is not in stock, no reason, or another desk's.
    """
    refuse_open_call(device)
    move_device(device=device, name="retire", post=post, at=at, words=words)
    end_tasks(device, post=post, at=at, words=words.strip())


@transaction.atomic
def allot(*, device: Device, unit_code: str, post: Post, at: datetime) -> None:
    """Move a device of the stock to that of another unit of the area (调拨).

    Raises:
        Refused: it is not in stock, another desk's, or the unit is not under the post.
    """
    unit = unit_for(unit_code, post=post)
    detail = {"from": device.unit_id, "to": unit.pk}
    move_device(device=device, name="allot", post=post, at=at, detail=detail, unit_id=unit.pk, area_code=unit.area_code)


@transaction.atomic
def note_test(*, device: Device, post: Post, at: datetime, words: str = "") -> None:
    """Write down that a device was tried at the door though it cannot say so itself (登记试按).

    Raises:
        Refused: nobody holds it, or another desk's.
    """
    _is_in_sight(device, post)
    move_device(device=device, name="note_test", post=post, at=at, words=words)
    mark_tested(device=device, at=at)


@transaction.atomic
def finish_task(*, task: DeviceTask, post: Post, at: datetime, words: str) -> None:
    """Say what was done about a device (设备任务完成).

    Raises:
        Refused: no words, another desk's, a device that is to be taken back, or it is done already.
    """
    device = task.device
    if task.kind == "TAKE_BACK":
        raise Refused("收回设备以后，这条任务自己会完成。")
    open_task = DeviceTask.objects.filter(pk=task.pk, done_at__isnull=True)
    detail = {"task": task.pk, "kind": task.kind}
    move_device(device=device, name="finish_task", post=post, at=at, words=words, detail=detail)
    if not open_task.update(done_at=at, done_by_post_id=post.pk, words=words.strip()):
        raise Refused("这条任务已经完成了。")


def _is_in_sight(device: Device, post: Post) -> None:
    holding = Holding.objects.filter(device=device, ended_at__isnull=True).first()
    if holding is None or not covers(post, holding.area_code):
        raise Refused("这台设备不在您的责任区域内。")


def _may_register(post: Post) -> None:
    step = DEVICE_MOVE_BY_NAME["register"]
    if Role(post.role) not in step.roles:
        raise Refused("您的岗位不能“%(label)s”。", label=step.label)


def _has_unit(code: str, *, post: Post) -> bool:
    try:
        unit_for(code, post=post)
    except Refused:
        return False
    return True


def _device(row: NewDevice, unit: Unit, secret: str, *, at: datetime) -> Device:
    kept = check_new(row)
    return Device(
        serial=kept.serial,
        kind=kept.kind,
        protocol=kept.protocol,
        vendor=kept.vendor,
        secret_hash=secret_hash(secret),
        unit=unit,
        area_code=unit.area_code,
        registered_at=at,
        heartbeat_seconds=kept.heartbeat_seconds,
        event_count=1,
    )


def _registered(device: Device, post: Post, *, at: datetime) -> DeviceEvent:
    """Return the first event of a device, and let the device remember its hash."""
    at = at.astimezone(UTC)
    detail = {"kind": device.kind, "protocol": device.protocol, "unit": device.unit_id}
    payload = event_words(
        {"serial": device.serial},
        at=at,
        name="register",
        before="",
        after=DeviceState.IN_STOCK.value,
        role=post.role,
        post_id=post.pk,
        unit_id=post.unit_id,
        words="",
        detail=detail,
    )
    device.head_hash = chained(GENESIS, payload)
    return DeviceEvent(
        sequence=1, at=at, name="register", state_after=DeviceState.IN_STOCK.value, by_role=post.role,
        by_post_id=post.pk, by_unit_id=post.unit_id, detail=detail, hash=device.head_hash,
    )  # fmt: skip
