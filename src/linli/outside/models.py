"""Bodies outside the administration, and what was asked of each."""

from django.db import models

from linli.case.models import Case
from linli.outside.rules import SERIAL_MAX
from linli.outside.states import ASKED_LABELS, OPEN, AskedState
from linli.staff.models import Unit

STATES = [(s.value, ASKED_LABELS[s]) for s in AskedState]
STILL_OPEN = [s.value for s in OPEN]


class Body(models.Model):
    """A property company, a utility: a body without accounts that can be asked (外部单位)."""

    name = models.CharField(max_length=80)
    name_bo = models.CharField(max_length=160, blank=True)
    name_en = models.CharField(max_length=160, blank=True)
    language = models.CharField(max_length=8, default="zh-hans")
    area_code = models.CharField(max_length=20, db_collation="C")
    contact = models.ForeignKey("people.ContactPoint", on_delete=models.PROTECT, null=True, related_name="+")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=models.Q(is_active=True), name="body_name_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="body_named"),
        ]

    def __str__(self) -> str:
        return self.name


class Asked(models.Model):
    """One thing asked of one body about one case, until it answers or is waited for no longer (请外部单位)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="asked")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="asked")
    state = models.CharField(max_length=10, choices=STATES, default=AskedState.ASKED.value)
    words = models.TextField()  # what is asked; the body reads it, so nothing personal stands in it
    place = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    asked_by_post_id = models.BigIntegerField()
    asked_by_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    due_at = models.DateTimeField()
    serial = models.PositiveSmallIntegerField(default=1)  # which link holds; the ones before it are dead
    revoked_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    reminded_count = models.PositiveSmallIntegerField(default=0)
    next_reminder_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[s.value for s in AskedState]), name="asked_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=STILL_OPEN, ended_at__isnull=True)
                | (~models.Q(state__in=STILL_OPEN) & models.Q(ended_at__isnull=False, next_reminder_at__isnull=True)),
                name="asked_ended_with_its_time",
            ),
            models.CheckConstraint(condition=models.Q(serial__range=(1, SERIAL_MAX)), name="asked_serial"),
            models.CheckConstraint(condition=models.Q(due_at__gt=models.F("asked_at")), name="asked_due_after_asked"),
            models.UniqueConstraint(
                fields=["case", "body"], condition=models.Q(ended_at__isnull=True), name="asked_once_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(ended_at__isnull=True), name="asked_open_due"),
            models.Index(
                fields=["next_reminder_at"],
                condition=models.Q(next_reminder_at__isnull=False),
                name="asked_reminder_scan",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.body_id} {self.state}"
