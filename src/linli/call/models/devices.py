"""Devices, who holds them, and what has to be done about them."""

from django.db import models
from django.db.models import Q

from linli.call.rules.fleet import DEVICE_KIND_LABELS, PROTOCOL_LABELS, TASK_KIND_LABELS, DeviceKind, Protocol, TaskKind
from linli.call.states import DEVICE_STATE_LABELS, DeviceState
from linli.shared.chains import GENESIS
from linli.shared.roles import ROLE_LABELS, Role
from linli.staff.models import Unit

AREA = Q(area_code__regex=r"^[0-9]{6,20}$")


class Device(models.Model):
    """A bracelet, a button, a sensor or a gateway; knows the broker by its serial and a secret of its own (设备)."""

    serial = models.CharField("设备编号", max_length=40, unique=True, db_collation="C")
    kind = models.CharField("类型", max_length=10, choices=[(k.value, DEVICE_KIND_LABELS[k]) for k in DeviceKind])
    protocol = models.CharField(
        "接入方式",
        max_length=12,
        choices=[(p.value, PROTOCOL_LABELS[p]) for p in Protocol],
        default=Protocol.LINLI.value,
    )
    state = models.CharField(
        "状态",
        max_length=10,
        choices=[(s.value, DEVICE_STATE_LABELS[s]) for s in DeviceState],
        default=DeviceState.IN_STOCK.value,
    )
    vendor = models.CharField("厂商型号", max_length=60, blank=True)
    secret_hash = models.BinaryField(max_length=32)  # SHA-256 of a long random secret, shown once
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")  # whose stock it is
    area_code = models.CharField("区域代码", max_length=20, db_collation="C")  # of its holder, else of its unit
    registered_at = models.DateTimeField("登记时间")
    heartbeat_seconds = models.PositiveIntegerField("心跳间隔（秒）", default=300)
    last_seen_at = models.DateTimeField("最近在线", null=True)
    is_offline = models.BooleanField("离线", default=False)  # its last will, or silence for three intervals
    battery = models.PositiveSmallIntegerField("电量（%）", null=True)
    signal = models.SmallIntegerField("信号（dBm）", null=True)
    clock_off_seconds = models.IntegerField("时钟偏差（秒）", null=True)
    tested_at = models.DateTimeField("最近试按", null=True)
    event_count = models.PositiveIntegerField(default=0)
    head_hash = models.BinaryField(max_length=32, default=GENESIS)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(serial__regex=r"^[A-Za-z0-9][A-Za-z0-9_-]{2,39}$"), name="device_serial"
            ),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in DeviceState]), name="device_state_known"),
            models.CheckConstraint(condition=Q(kind__in=[k.value for k in DeviceKind]), name="device_kind_known"),
            models.CheckConstraint(condition=Q(protocol__in=[p.value for p in Protocol]), name="device_protocol_known"),
            models.CheckConstraint(condition=Q(battery__isnull=True) | Q(battery__lte=100), name="device_battery"),
            models.CheckConstraint(condition=AREA, name="device_area"),
            models.CheckConstraint(condition=Q(heartbeat_seconds__range=(10, 86_400)), name="device_heartbeat"),
        ]
        indexes = [
            models.Index(fields=["area_code", "id"], name="device_by_area"),
            models.Index(fields=["secret_hash"], name="device_by_secret"),  # ThingsBoard names a device by it
            # None on what a heartbeat changes: ten thousand devices a minute would write into every index of the table.
        ]

    def __str__(self) -> str:
        return self.serial


class DeviceEvent(models.Model):
    """One step of a device: append-only, chained to the one before (设备记录)."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="events", db_index=False)
    sequence = models.PositiveIntegerField()
    at = models.DateTimeField()
    name = models.CharField(max_length=20)
    state_before = models.CharField(max_length=10, blank=True)
    state_after = models.CharField(max_length=10)
    by_role = models.CharField(max_length=12, choices=[(r.value, ROLE_LABELS[r]) for r in Role])
    by_post_id = models.BigIntegerField(null=True)
    by_unit_id = models.BigIntegerField(null=True)
    words = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)
    hash = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["device_id", "sequence"]
        constraints = [models.UniqueConstraint(fields=["device", "sequence"], name="device_event_once")]

    def __str__(self) -> str:
        return f"{self.device_id}#{self.sequence} {self.name}"


class Holding(models.Model):
    """That a device is with somebody: agreement, consent, the way to the door, who to call (发放)."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="holdings")
    resident = models.ForeignKey("people.Resident", on_delete=models.PROTECT, related_name="+")
    consent = models.ForeignKey("people.Consent", on_delete=models.PROTECT, related_name="+")
    location_consent = models.ForeignKey("people.Consent", on_delete=models.PROTECT, null=True, related_name="+")
    area_code = models.CharField("区域代码", max_length=20, db_collation="C")
    address = models.CharField("门牌", max_length=120)
    entrance = models.CharField("从哪里进", max_length=120, blank=True)
    lng = models.FloatField("经度", null=True)  # of the entrance
    lat = models.FloatField("纬度", null=True)
    notes_sealed = models.BinaryField("房屋说明（加密）")  # where a key lies
    agreed_on = models.DateField("协议日期")
    handed_at = models.DateTimeField("发放时间")
    handed_by_post_id = models.BigIntegerField()
    ended_at = models.DateTimeField("收回时间", null=True)
    ended_words = models.CharField("收回原因", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device"], condition=Q(ended_at__isnull=True), name="holding_one_holder"),
            models.CheckConstraint(condition=AREA, name="holding_area"),
            models.CheckConstraint(
                condition=Q(lng__isnull=True, lat__isnull=True) | Q(lng__isnull=False, lat__isnull=False),
                name="holding_point",
            ),
        ]
        indexes = [models.Index(fields=["resident"], name="holding_by_resident")]

    def __str__(self) -> str:
        return f"{self.device_id} → {self.resident_id}"


class HoldingContact(models.Model):
    """Somebody to call besides, when the holder agreed: family, a neighbour (紧急联系人)."""

    holding = models.ForeignKey(Holding, on_delete=models.PROTECT, related_name="contacts")
    contact = models.ForeignKey("people.ContactPoint", on_delete=models.PROTECT, related_name="+")
    consent = models.ForeignKey("people.Consent", on_delete=models.PROTECT, null=True, related_name="+")
    relation = models.CharField("关系", max_length=20)
    is_told = models.BooleanField("呼叫时通知", default=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["holding", "contact"], name="holding_contact_once")]

    def __str__(self) -> str:
        return f"{self.holding_id} {self.relation}"


class DeviceTask(models.Model):
    """Something to be done about a device, never an alarm: battery, silence, signal, a test (设备任务)."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="tasks")
    kind = models.CharField(max_length=10, choices=[(k.value, TASK_KIND_LABELS[k]) for k in TaskKind])
    area_code = models.CharField(max_length=20, db_collation="C")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    seen = models.CharField(max_length=40, blank=True)  # what was measured: 12 %, −112 dBm
    done_at = models.DateTimeField(null=True)
    done_by_post_id = models.BigIntegerField(null=True)  # null with done_at: it mended itself
    words = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[k.value for k in TaskKind]), name="device_task_kind"),
            models.UniqueConstraint(
                fields=["device", "kind"], condition=Q(done_at__isnull=True), name="device_task_once_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["area_code", "due_at"], condition=Q(done_at__isnull=True), name="device_task_open")
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.kind}"
