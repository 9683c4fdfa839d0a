"""The ladder of a district, and every telling with what became of it."""

import uuid

from django.db import models
from django.db.models import Q

from linli.call.models.calls import Call
from linli.call.rules.ladder import AUDIENCE_LABELS, FLOOR_SECONDS, STANDING_LABELS, WAY_LABELS, Audience, Standing, Way

AUDIENCES = [(a.value, AUDIENCE_LABELS[a]) for a in Audience]
ON_THE_LADDER = [(a.value, AUDIENCE_LABELS[a]) for a in FLOOR_SECONDS]


class LadderVersion(models.Model):
    """One edition of what a district adds to the floor; the newest holds (阶梯版本)."""

    number = models.PositiveIntegerField(unique=True)
    since_at = models.DateTimeField()
    by_post_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200)

    def __str__(self) -> str:
        return str(self.number)


class LadderRung(models.Model):
    """Tell an audience after so many seconds, at a time of day (阶梯)."""

    version = models.ForeignKey(LadderVersion, on_delete=models.PROTECT, related_name="rungs")
    after_seconds = models.PositiveIntegerField()
    audience = models.CharField(max_length=10, choices=ON_THE_LADDER)
    from_time = models.TimeField(null=True)
    until_time = models.TimeField(null=True)

    class Meta:
        ordering = ["after_seconds", "audience"]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_time__isnull=True, until_time__isnull=True)
                | Q(from_time__isnull=False, until_time__isnull=False),
                name="ladder_rung_times",
            )
        ]

    def __str__(self) -> str:
        return f"{self.after_seconds} s {self.audience}"


class Told(models.Model):
    """That somebody is told of a call, by which way, and what became of it (通知)."""

    key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="told")
    round = models.PositiveIntegerField()
    after_seconds = models.PositiveIntegerField()
    audience = models.CharField(max_length=10, choices=AUDIENCES)
    area_code = models.CharField(max_length=20, db_collation="C")
    unit_id = models.BigIntegerField(null=True)
    post_id = models.BigIntegerField(null=True)
    contact_id = models.BigIntegerField(null=True)
    way = models.CharField(max_length=8, choices=[(w.value, WAY_LABELS[w]) for w in Way])
    standing = models.CharField(max_length=8, choices=[(s.value, STANDING_LABELS[s]) for s in Standing])
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # when a sender takes it up; null: nothing to send (any more)
    sent_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(standing__in=[s.value for s in Standing]), name="told_standing_known"),
            models.CheckConstraint(condition=~Q(standing="FAILED") | ~Q(fault=""), name="told_failed_says_why"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="told_due"),
            models.Index(fields=["call", "unit_id"], name="told_by_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.audience} {self.way}"
