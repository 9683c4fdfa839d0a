"""Devices on plain values: kinds, the way they speak, and when something has to be done about one."""

from datetime import datetime, timedelta
from enum import StrEnum

BATTERY_LOW = 20  # domain.md §5, per cent
SIGNAL_WEAK = -105  # (ours) dBm; below it NB-IoT and LTE-M repeat and drop
SILENT_INTERVALS = 3  # domain.md §5
TEST_EVERY = timedelta(days=31)  # (ours) each device is pressed for a test once a month
TASK_WITHIN = {"SILENT": timedelta(days=1), "BATTERY": timedelta(days=3)}
TASK_WITHIN_OTHERWISE = timedelta(days=7)


class DeviceKind(StrEnum):
    """What it is (设备类型)."""

    BRACELET = "BRACELET"
    BUTTON = "BUTTON"
    SENSOR = "SENSOR"
    GATEWAY = "GATEWAY"


DEVICE_KIND_LABELS: dict[DeviceKind, str] = {
    DeviceKind.BRACELET: "手环",
    DeviceKind.BUTTON: "呼叫按钮",
    DeviceKind.SENSOR: "传感器",
    DeviceKind.GATEWAY: "网关",
}


class Protocol(StrEnum):
    """How it speaks to us (接入方式)."""

    LINLI = "LINLI"
    THINGSBOARD = "THINGSBOARD"
    VENDOR = "VENDOR"


PROTOCOL_LABELS: dict[Protocol, str] = {
    Protocol.LINLI: "MQTT（邻里主题）",
    Protocol.THINGSBOARD: "MQTT（ThingsBoard 主题）",
    Protocol.VENDOR: "厂商平台（HTTPS）",
}


class TaskKind(StrEnum):
    """What has to be done about a device (设备任务)."""

    SILENT = "SILENT"
    BATTERY = "BATTERY"
    SIGNAL = "SIGNAL"
    CLOCK = "CLOCK"
    TEST = "TEST"
    TAKE_BACK = "TAKE_BACK"


TASK_KIND_LABELS: dict[TaskKind, str] = {
    TaskKind.SILENT: "没有心跳",
    TaskKind.BATTERY: "电量低",
    TaskKind.SIGNAL: "信号弱",
    TaskKind.CLOCK: "时钟不准",
    TaskKind.TEST: "要试按",
    TaskKind.TAKE_BACK: "要收回",
}


def silent_since(*, at: datetime, heartbeat_seconds: int) -> datetime:
    """Return the moment before which a device's last sign makes it silent: three intervals (失联)."""
    return at - timedelta(seconds=SILENT_INTERVALS * heartbeat_seconds)


def task_due_at(kind: TaskKind, *, at: datetime) -> datetime:
    """Return by when a task about a device should be done (ours)."""
    return at + TASK_WITHIN.get(kind.value, TASK_WITHIN_OTHERWISE)
