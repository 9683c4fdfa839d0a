"""The lists of devices, of what is to be done about them, and of the monthly tests (设备列表)."""

from datetime import datetime, time
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from linli.call.queries import devices as queries
from linli.call.rules.fleet import DEVICE_KIND_LABELS, TASK_KIND_LABELS, DeviceKind, TaskKind
from linli.call.states import DEVICE_STATE_LABELS, DeviceState
from linli.place import queries as places
from linli.staff import queries as staff
from linli.web.lists import Column, Filter, List, due_cell, moment_cell, state_cell
from linli.web.lists.declared import Choices
from linli.web.session import post_of

LEVELS = {6: "STREET", 9: "COMMUNITY", 12: "GRID"}
STATE_ICONS = {"IN_STOCK": "inbox", "HANDED_OUT": "user-check", "RETIRED": "circle-x"}
TASK_ICONS = {"SILENT": "wifi-off", "BATTERY": "alert-triangle", "TAKE_BACK": "arrow-back-up", "TEST": "hand-stop"}
KINDS = [(kind.value, gettext_lazy(DEVICE_KIND_LABELS[kind])) for kind in DeviceKind]
STATES = [(state.value, gettext_lazy(DEVICE_STATE_LABELS[state])) for state in DeviceState]
TASKS = [(kind.value, gettext_lazy(TASK_KIND_LABELS[kind])) for kind in TaskKind]


def state_words(row: Any) -> str:
    """Show the state of a device, and that it is silent: in words with an icon."""
    shown = state_cell(_(DEVICE_STATE_LABELS[DeviceState(row.state)]), STATE_ICONS[row.state])
    if row.state == DeviceState.HANDED_OUT and row.is_offline:
        shown += state_cell(_("离线"), "wifi-off", "late")
    return shown


def task_words(kind: str) -> str:
    """Name a task about a device."""
    return _(TASK_KIND_LABELS[TaskKind(kind)])


def month_began() -> datetime:
    """Return the first moment of this month, as the clocks of the neighbourhood show it."""
    return timezone.make_aware(datetime.combine(timezone.localdate().replace(day=1), time()))


def _areas(request: HttpRequest) -> Choices:
    post = post_of(request)
    level = LEVELS.get(len(post.area_code))
    return [(area.code, area.name) for area in places.areas(level=level, prefix=post.area_code)] if level else []


def _tasks(row: Any) -> str:
    marks = ((state_cell(task_words(kind), TASK_ICONS.get(kind, "tool"), "soon"),) for kind in row.open_tasks)
    return format_html_join(" ", "{}", marks)


def _where(row: Any) -> str:
    return places.full_name(places.grid_of(row.area_code), get_language() or "zh-hans")


def _silent(rows: QuerySet[Any], _value: str) -> QuerySet[Any]:
    return rows.filter(is_offline=True, state=DeviceState.HANDED_OUT.value)


ADDRESS = Column(
    key="address", label=gettext_lazy("在哪一户"), value=lambda row: row.address or "", sort="address", is_personal=True
)
DEVICES = List(
    name="devices",
    title=gettext_lazy("呼叫设备"),
    order="serial",
    url="/devices/KEY/",
    columns=(
        Column(key="serial", label=gettext_lazy("设备编号"), sort="serial", is_main=True),
        Column(
            key="state",
            label=gettext_lazy("状态"),
            value=lambda row: _(DEVICE_STATE_LABELS[DeviceState(row.state)]),
            cell=state_words,
            is_bare=True,
        ),
        Column(key="kind", label=gettext_lazy("类型"), value=lambda row: _(DEVICE_KIND_LABELS[DeviceKind(row.kind)])),
        ADDRESS,
        Column(key="area", label=gettext_lazy("区域"), value=_where, sort="area_code", is_extra=True),
        Column(
            key="tasks",
            label=gettext_lazy("要办的"),
            value=lambda row: "、".join(task_words(kind) for kind in row.open_tasks),
            cell=_tasks,
            is_bare=True,
        ),
        Column(key="last_seen_at", label=gettext_lazy("最近在线"), sort="last_seen_at", is_extra=True),
        Column(key="battery", label=gettext_lazy("电量（%）"), sort="battery", is_number=True, is_extra=True),
        Column(key="vendor", label=gettext_lazy("厂商型号"), is_extra=True),
        Column(key="unit", label=gettext_lazy("谁的库"), value=lambda row: staff.unit_name(row.unit), is_extra=True),
    ),
    filters=(
        Filter(key="state", label=gettext_lazy("状态"), choices=STATES, fields=("state",), is_tabs=True),
        Filter(key="kind", label=gettext_lazy("类型"), choices=KINDS, fields=("kind",)),
        Filter(
            key="task",
            label=gettext_lazy("要办的"),
            choices=TASKS,
            apply=queries.with_task,
        ),
        Filter(key="silent", label=gettext_lazy("在线"), choices=[("1", gettext_lazy("离线的"))], apply=_silent),
        Filter(key="area", label=gettext_lazy("范围"), choices=_areas, apply=queries.in_area),
        Filter(key="q", label=gettext_lazy("编号、门牌或型号"), kind="words", fields=("serial", "address", "vendor")),
    ),
    live="",
    empty_title=gettext_lazy("还没有登记设备"),
)

TASK_LIST = List(
    name="device-tasks",
    title=gettext_lazy("设备任务"),
    order="due",
    key=lambda row: row.device_id,
    url="/devices/KEY/",
    columns=(
        Column(
            key="kind",
            label=gettext_lazy("要办什么"),
            value=lambda row: task_words(row.kind),
            is_main=True,
        ),
        Column(key="seen", label=gettext_lazy("测到的")),
        Column(
            key="serial", label=gettext_lazy("设备编号"), value=lambda row: row.device.serial, sort="device__serial"
        ),
        ADDRESS,
        Column(key="due", label=gettext_lazy("期限"), value=lambda row: row.due_at, show=due_cell, sort="due_at"),
        Column(key="opened_at", label=gettext_lazy("从什么时候起"), sort="opened_at", is_extra=True),
        Column(key="area", label=gettext_lazy("区域"), value=_where, sort="area_code", is_extra=True),
    ),
    filters=(
        Filter(key="kind", label=gettext_lazy("要办什么"), choices=TASKS, fields=("kind",), is_tabs=True),
        Filter(key="area", label=gettext_lazy("范围"), choices=_areas, apply=queries.in_area),
        Filter(key="q", label=gettext_lazy("编号或门牌"), kind="words", fields=("device__serial", "address")),
    ),
    tone=lambda row: "late" if row.due_at < timezone.now() else "",
    empty_title=gettext_lazy("设备都好好的"),
)


def _tried(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    this_month = Q(tested_at__gte=month_began())
    return rows.filter(this_month if value == "1" else ~this_month | Q(tested_at__isnull=True))


def _tried_cell(row: Any) -> str:
    if row.tested_at is not None and row.tested_at >= month_began():
        return state_cell(_("本月已试按"), "circle-check", "accent")
    return state_cell(_("还没试按") if row.tested_at else _("从未试按"), "circle-dashed", "soon")


ROUND = List(
    name="device-round",
    title=gettext_lazy("每月试按"),
    order="area",
    url="/devices/KEY/",
    columns=(
        Column(
            key="address",
            label=gettext_lazy("门牌"),
            value=lambda row: row.address or "",
            sort="address",
            is_main=True,
            is_personal=True,
        ),
        Column(
            key="tried", label=gettext_lazy("试按"), value=lambda row: row.tested_at, cell=_tried_cell, is_bare=True
        ),
        Column(
            key="when",
            label=gettext_lazy("最近试按"),
            value=lambda row: row.tested_at,
            show=moment_cell,
            sort="tested_at",
        ),
        Column(key="area", label=gettext_lazy("楼栋"), value=_where, sort="area_code"),
        Column(key="serial", label=gettext_lazy("设备编号"), sort="serial"),
    ),
    filters=(
        Filter(
            key="tried",
            label=gettext_lazy("本月"),
            choices=[("0", gettext_lazy("还没试按")), ("1", gettext_lazy("已试按"))],
            apply=_tried,
            is_tabs=True,
        ),
        Filter(key="area", label=gettext_lazy("范围"), choices=_areas, apply=queries.in_area),
        Filter(key="q", label=gettext_lazy("门牌或编号"), kind="words", fields=("address", "serial")),
    ),
    live="area",
    empty_title=gettext_lazy("没有在用的设备"),
)
