"""Events not yet read, and what was sent to whom."""

import uuid
from typing import Any

from django.db import models

from linli.case.models import Case
from linli.notice.rules import CHANNEL_LABELS, KIND_LABELS, STANDING_LABELS, WAITING, Channel, Standing

STANDINGS = [(s.value, STANDING_LABELS[s]) for s in Standing]
OPEN = [s.value for s in WAITING]


class FreshEvent(models.Model):
    """An event nobody has been told of yet; a trigger writes it with the event itself, reading takes it away."""

    event_id = models.BigIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.event_id}"


class Sending(models.Model):
    """What every sending knows of its own standing; ``next_try_at`` is empty once nothing more is tried."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # the receiver knows a repeat by it
    state = models.CharField(max_length=10, choices=STANDINGS, default=Standing.QUEUED.value)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=120, blank=True)  # a code or a few words, never an address

    class Meta:
        abstract = True


def standing_constraints(name: str) -> list[Any]:
    """Return the constraints that keep a sending's state and its moments together."""
    return [
        models.CheckConstraint(condition=models.Q(state__in=[s.value for s in Standing]), name=f"{name}_state_known"),
        models.CheckConstraint(
            condition=models.Q(state__in=OPEN, next_try_at__isnull=False)
            | (~models.Q(state__in=OPEN) & models.Q(next_try_at__isnull=True)),
            name=f"{name}_waiting_has_a_time",
        ),
        models.CheckConstraint(
            condition=~models.Q(state=Standing.SENT.value) | models.Q(sent_at__isnull=False),
            name=f"{name}_sent_has_its_time",
        ),
    ]


class Notice(Sending):
    """One thing told to one recipient by one way (通知). It holds what its text speaks of, never an address."""

    kind = models.CharField(max_length=20, choices=[(kind.name, kind.label) for kind in KIND_LABELS])
    channel = models.CharField(max_length=8, choices=[(c.value, CHANNEL_LABELS[c]) for c in Channel])
    event_id = models.BigIntegerField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    area_code = models.CharField(max_length=20, db_collation="C")
    recipient = models.CharField(max_length=30, db_collation="C")  # unit:3 post:5 contact:9 asked:4 gateway:2
    unit_id = models.BigIntegerField(null=True)  # the unit whose bell it is, or whose worker or robot
    language = models.CharField(max_length=8)
    is_urgent = models.BooleanField(default=False)
    places = models.JSONField(default=dict)

    class Meta:
        constraints = [
            *standing_constraints("notice"),
            models.UniqueConstraint(fields=["event_id", "recipient", "channel", "kind"], name="notice_once"),
            models.CheckConstraint(
                condition=models.Q(channel__in=[c.value for c in Channel]), name="notice_channel_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(channel=Channel.IN_APP.value) | models.Q(unit_id__isnull=False),
                name="notice_bell_has_a_unit",
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "next_try_at"],
                condition=models.Q(next_try_at__isnull=False),
                name="notice_to_send",
            ),
            models.Index(fields=["unit_id", "-id"], condition=models.Q(channel="IN_APP"), name="notice_bell"),
            models.Index(fields=["-created_at", "-id"], name="notice_by_time"),
            models.Index(fields=["case"], name="notice_by_case"),
            models.Index(
                fields=["-created_at"], condition=models.Q(state__in=["FAILED", "GIVEN_UP"]), name="notice_in_vain"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel} {self.recipient} {self.state}"


class ReadMark(models.Model):
    """How far a post has read its bell (已读到)."""

    post_id = models.BigIntegerField(primary_key=True)
    through_id = models.BigIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.post_id} ≤ {self.through_id}"
