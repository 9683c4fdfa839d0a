"""Troubles on the way of a press, shown on the duty desk until they are over."""

from django.db import models
from django.db.models import Q

from linli.call.rules.troubles import TROUBLE_LABELS, TroubleKind


class Trouble(models.Model):
    """A part of the alarm path is in trouble, from when until when (系统报警)."""

    kind = models.CharField(max_length=14, choices=[(k.value, TROUBLE_LABELS[k]) for k in TroubleKind])
    topic = models.CharField(max_length=80)  # which stream, which device
    words = models.CharField(max_length=200, blank=True)
    count = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    cleared_by_post_id = models.BigIntegerField(null=True)  # null with cleared_at: it was over by itself

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[k.value for k in TroubleKind]), name="trouble_kind_known"),
            models.UniqueConstraint(
                fields=["kind", "topic"], condition=Q(cleared_at__isnull=True), name="trouble_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.topic}"
