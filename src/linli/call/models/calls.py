"""Presses as they came, calls, their append-only events, who came, and the visit afterwards."""

from django.db import models
from django.db.models import Q

from linli.call.models.devices import AREA, Device, Holding
from linli.call.rules.outcomes import OUTCOMES
from linli.call.rules.presses import PRESS_KIND_LABELS, VIA_LABELS, PressKind, Via
from linli.call.states import CALL_STATE_LABELS, CallState
from linli.shared.roles import ROLE_LABELS, Role
from linli.staff.models import Unit

STATES = [(s.value, CALL_STATE_LABELS[s]) for s in CallState]


class Press(models.Model):
    """One press as received, never edited; the same serial and ref is the same press (按键)."""

    serial = models.CharField(max_length=40, db_collation="C")  # as it was said, known or not
    ref = models.CharField(max_length=64, db_collation="C")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="presses")
    kind = models.CharField(max_length=8, choices=[(k.value, PRESS_KIND_LABELS[k]) for k in PressKind])
    via = models.CharField(max_length=12, choices=[(v.value, VIA_LABELS[v]) for v in Via])
    pressed_at = models.DateTimeField(null=True)  # by the device's clock
    received_at = models.DateTimeField()  # by ours
    lng = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    said = models.TextField(blank=True)
    fault = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["serial", "ref"], name="press_once"),
            models.CheckConstraint(condition=~Q(ref=""), name="press_ref"),
        ]
        indexes = [models.Index(fields=["received_at", "id"], name="press_by_time")]

    def __str__(self) -> str:
        return f"{self.serial} {self.ref}"


class Call(models.Model):
    """What follows from one press, until somebody says what was found at the door (呼叫)."""

    press = models.OneToOneField(Press, on_delete=models.PROTECT, related_name="call")
    number = models.CharField(max_length=12, db_collation="C")
    state = models.CharField(max_length=10, choices=STATES, default=CallState.RAISED.value)
    kind = models.CharField(max_length=8, choices=[(k.value, PRESS_KIND_LABELS[k]) for k in PressKind])
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="calls")
    holding = models.ForeignKey(Holding, on_delete=models.PROTECT, null=True, related_name="calls")
    area_code = models.CharField(max_length=20, db_collation="C")  # the district where nobody knows the device
    is_known = models.BooleanField(default=True)  # a device that is handed out; others go to the duty desk alone
    raised_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)  # the first answer, ever
    answered_by_post_id = models.BigIntegerField(null=True)  # who answers now
    answered_by_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    on_scene_at = models.DateTimeField(null=True)
    arrive_due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True, choices=[(o.code, o.label) for o in OUTCOMES])
    # The ladder: what it was told from, up to which second, in which round, and when it goes on.
    climbs_from = models.DateTimeField()
    told_seconds = models.IntegerField(default=-1)
    round = models.PositiveIntegerField(default=1)
    next_step_at = models.DateTimeField(null=True)
    is_120_advised = models.BooleanField(default=False)
    appeal_id = models.BigIntegerField(null=True)  # the need it raised; the case stage knows the rest
    event_count = models.PositiveIntegerField(default=0)
    head_hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in CallState]), name="call_state_known"),
            models.CheckConstraint(condition=AREA, name="call_area"),
            models.CheckConstraint(
                condition=Q(state="CLOSED", closed_at__isnull=False, next_step_at__isnull=True)
                | (~Q(state="CLOSED") & Q(closed_at__isnull=True)),
                name="call_closed_with_its_time",
            ),
            models.CheckConstraint(condition=~Q(state="CLOSED") | ~Q(outcome=""), name="call_closed_with_its_outcome"),
            # Nobody has answered: then somebody will be told again, whatever happens to the processes.
            models.CheckConstraint(
                condition=~Q(state="RAISED") | Q(next_step_at__isnull=False), name="call_unanswered_goes_on"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ANSWERED", "ON_SCENE"]) | Q(answered_by_post_id__isnull=False),
                name="call_answered_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["next_step_at"], condition=Q(next_step_at__isnull=False), name="call_step_scan"),
            models.Index(fields=["area_code", "raised_at"], condition=Q(closed_at__isnull=True), name="call_open"),
            models.Index(fields=["raised_at", "id"], name="call_by_time"),
            models.Index(fields=["device", "raised_at"], name="call_by_device"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        """True until somebody has said what was found."""
        return self.closed_at is None


class CallEvent(models.Model):
    """One step of a call: append-only, chained to the one before (呼叫记录)."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="events", db_index=False)
    sequence = models.PositiveIntegerField()
    at = models.DateTimeField()
    name = models.CharField(max_length=20)
    state_before = models.CharField(max_length=10, blank=True)
    state_after = models.CharField(max_length=10)
    by_role = models.CharField(max_length=12, choices=[(r.value, ROLE_LABELS[r]) for r in Role])
    by_post_id = models.BigIntegerField(null=True)
    by_unit_id = models.BigIntegerField(null=True)
    words = models.TextField(blank=True)
    detail = models.JSONField(default=dict)
    hash = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["call_id", "sequence"]
        constraints = [models.UniqueConstraint(fields=["call", "sequence"], name="call_event_once")]

    def __str__(self) -> str:
        return f"{self.call_id}#{self.sequence} {self.name}"


class Responder(models.Model):
    """Somebody who answers a call; the first is the one who is named (接应人)."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="responders")
    post_id = models.BigIntegerField()
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    answered_at = models.DateTimeField()
    on_scene_at = models.DateTimeField(null=True)
    gave_up_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["answered_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "post_id"], condition=Q(gave_up_at__isnull=True), name="responder_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.post_id}"


class FollowUp(models.Model):
    """The visit within a day after a call that was needed (回访任务)."""

    call = models.OneToOneField(Call, on_delete=models.PROTECT, related_name="follow_up")
    area_code = models.CharField(max_length=20, db_collation="C")
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by_post_id = models.BigIntegerField(null=True)
    words = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by_post_id__isnull=True)
                | Q(done_at__isnull=False, done_by_post_id__isnull=False),
                name="follow_up_done_by_somebody",
            )
        ]
        indexes = [
            models.Index(fields=["area_code", "due_at"], condition=Q(done_at__isnull=True), name="follow_up_open")
        ]

    def __str__(self) -> str:
        return f"{self.call_id}"
