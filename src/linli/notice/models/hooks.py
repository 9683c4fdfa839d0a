"""Systems of others that are told of events, and what was delivered to each."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from linli.notice.models.notices import Sending, standing_constraints


class Subscriber(models.Model):
    """Another system that wants to hear of events; its secret is shown once and kept sealed (订阅方)."""

    name = models.CharField("名称", max_length=120)
    address_sealed = models.BinaryField()
    host = models.CharField(max_length=200)  # what of the address may be shown
    secret_sealed = models.BinaryField()
    event_names = ArrayField(models.CharField(max_length=20), default=list)  # empty: all
    area_code = models.CharField(max_length=20, db_collation="C")
    is_active = models.BooleanField("在用", default=True)
    created_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_active=True, stopped_at__isnull=True)
                | models.Q(is_active=False, stopped_at__isnull=False),
                name="subscriber_stopped_with_its_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"


class Delivery(Sending):
    """One event handed to one subscriber, without anything about a person (推送)."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    event_id = models.BigIntegerField()
    event_name = models.CharField(max_length=20)
    payload = models.JSONField()
    status = models.PositiveSmallIntegerField(null=True)  # what the subscriber's server answered last

    class Meta:
        constraints = [
            *standing_constraints("delivery"),
            models.UniqueConstraint(fields=["subscriber", "event_id"], name="delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=models.Q(next_try_at__isnull=False), name="delivery_to_send"
            ),
            models.Index(fields=["-created_at", "-id"], name="delivery_by_time"),
            models.Index(fields=["-created_at"], condition=models.Q(state="GIVEN_UP"), name="delivery_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber_id} {self.event_id} {self.state}"
