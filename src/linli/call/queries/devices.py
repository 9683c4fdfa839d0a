"""Devices as a post sees them: stock, who holds them, what is to be done, the round of tests (设备)."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from linli.call.models import Call, Device, DeviceEvent, DeviceTask, Holding, HoldingContact
from linli.call.queries.calls import visible as visible_calls
from linli.call.states import DeviceState
from linli.people.queries import covers
from linli.shared.prefixes import under
from linli.shared.refusals import Refused
from linli.shared.scope import EVERYTHING, acting
from linli.staff import queries as staff
from linli.staff.models import Post

NO_SUCH_DEVICE = "没有这台设备，或者不归您的岗位。"
NO_SUCH_TASK = "没有这条任务，或者不归您的岗位。"


def visible_devices(post: Post) -> Q:
    """Return the condition that a device lies in the area of a post or in the stock of its unit (数据范围)."""
    scope = staff.scope_of(post)
    if scope.everything:
        return Q()
    own = Q(unit_id=post.unit_id)
    return (under(scope.area_code) | own) if scope.area_code else own


def devices(post: Post) -> QuerySet[Device]:
    """Return the devices of a post with the door they are at and what is to be done about them (设备台账)."""
    held = Holding.objects.filter(device=OuterRef("pk"), ended_at__isnull=True)
    tasks = DeviceTask.objects.filter(device=OuterRef("pk"), done_at__isnull=True)
    found = Device.objects.filter(visible_devices(post)).select_related("unit")
    return found.annotate(
        address=Subquery(held.values("address")[:1]), open_tasks=ArraySubquery(tasks.order_by("due_at").values("kind"))
    )


def with_task(listed: QuerySet[Device], kind: str) -> QuerySet[Device]:
    """Return those of a list about which something is to be done."""
    tasks = DeviceTask.objects.filter(device=OuterRef("pk"), done_at__isnull=True, kind=kind)
    return listed.filter(Exists(tasks))


def in_area(listed: QuerySet[Device], prefix: str) -> QuerySet[Device]:
    """Return those of a list that lie under an area."""
    return listed.filter(under(prefix))


def held_by(resident_ids: Iterable[int], *, post: Post) -> list[Device]:
    """Return the devices that these people hold, as far as a post may see them."""
    held = Holding.objects.filter(resident__in=list(resident_ids), ended_at__isnull=True)
    return list(devices(post).filter(pk__in=held.values("device_id")).order_by("serial"))


def device(pk: int, *, post: Post) -> Device:
    """Return a device of a post.

    Raises:
        Refused: there is none, or it is another desk's; which of the two is not told.
    """
    found = Device.objects.filter(visible_devices(post), pk=pk).select_related("unit").first()
    if found is None:
        raise Refused(NO_SUCH_DEVICE)
    return found


def device_with_serial(serial: str, *, post: Post) -> Device:
    """Return the device of a post with a serial, as typed or scanned.

    Raises:
        Refused: there is none, or it is another desk's.
    """
    found = Device.objects.filter(visible_devices(post), serial=serial.strip()).select_related("unit").first()
    if found is None:
        raise Refused(NO_SUCH_DEVICE)
    return found


def holding_of(device: Device, *, post: Post) -> Holding | None:
    """Return with whom a device is, where that lies in the area of a post (发放)."""
    found = Holding.objects.filter(device=device, ended_at__isnull=True).first()
    return found if found is not None and covers(post, found.area_code) else None


def contacts_of(holding: Holding) -> list[HoldingContact]:
    """Return whom to call besides, without how (紧急联系人)."""
    return list(HoldingContact.objects.filter(holding=holding, ended_at__isnull=True).order_by("pk"))


def history_of(device: Device) -> list[DeviceEvent]:
    """Return the steps of a device, the newest first (设备记录)."""
    return list(DeviceEvent.objects.filter(device=device).order_by("-sequence")[:200])


def calls_of(device: Device, *, post: Post) -> list[Call]:
    """Return the newest calls of a device that a post may see."""
    found = Call.objects.filter(visible_calls(post), device=device).select_related("press")
    return list(found.order_by("-raised_at", "-pk")[:20])


def tasks_of(device: Device) -> list[DeviceTask]:
    """Return what is to be done about a device, the soonest due first."""
    return list(DeviceTask.objects.filter(device=device, done_at__isnull=True).order_by("due_at"))


def device_tasks(post: Post) -> QuerySet[DeviceTask]:
    """Return what is to be done about the devices of a post, with the door they are at (设备任务)."""
    mine = Device.objects.filter(visible_devices(post))
    held = Holding.objects.filter(device=OuterRef("device_id"), ended_at__isnull=True)
    found = DeviceTask.objects.filter(device__in=mine, done_at__isnull=True).select_related("device__unit")
    return found.annotate(address=Subquery(held.values("address")[:1]))


def device_task(pk: int, *, post: Post) -> DeviceTask:
    """Return a task about a device of a post.

    Raises:
        Refused: there is none, or it is another desk's.
    """
    mine = Device.objects.filter(visible_devices(post))
    found = DeviceTask.objects.filter(device__in=mine, pk=pk).select_related("device__unit").first()
    if found is None:
        raise Refused(NO_SUCH_TASK)
    return found


def test_round(post: Post) -> QuerySet[Device]:
    """Return the devices in use, for the monthly round of tests (每月试按)."""
    held = Holding.objects.filter(device=OuterRef("pk"), ended_at__isnull=True)
    found = Device.objects.filter(visible_devices(post), state=DeviceState.HANDED_OUT.value)
    return found.annotate(address=Subquery(held.values("address")[:1]))


def round_counts(post: Post, *, since: datetime) -> tuple[int, int]:
    """Return how many devices in use were tried since a moment, and how many there are."""
    rows = Device.objects.filter(visible_devices(post), state=DeviceState.HANDED_OUT.value)
    return rows.filter(tested_at__gte=since).count(), rows.count()


def demo_serials(serials: Iterable[str], *, at_most: int) -> dict[str, str]:
    """Return some of these devices that are with somebody, each with its door: for the page of a made-up district."""
    with acting(EVERYTHING):
        held = Holding.objects.filter(device__serial__in=list(serials), ended_at__isnull=True, device__kind="BRACELET")
        return dict(held.order_by("device__serial").values_list("device__serial", "address")[:at_most])


def call_of_press(*, serial: str, ref: str) -> Call | None:
    """Return the call of a press, for whoever made it; it says nothing about a person."""
    with acting(EVERYTHING):
        found = Call.objects.filter(press__serial=serial, press__ref=ref)
        return found.select_related("answered_by_unit").first()
