"""The appeal as it was received: never edited, only withdrawn from view by its retention."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from linli.intake.rules import CHANNEL_LABELS, KIND_LABELS, Channel, Kind, LocatedBy
from linli.place.rules import Datum


class Appeal(models.Model):
    """What a resident asked, word for word (诉求)."""

    channel = models.CharField(max_length=12, choices=[(c.value, CHANNEL_LABELS[c]) for c in Channel])
    kind = models.CharField(max_length=12, choices=[(k.value, KIND_LABELS[k]) for k in Kind])
    received_at = models.DateTimeField()
    occurred_at = models.DateTimeField(null=True)
    title = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    language = models.CharField(max_length=8)
    address = models.CharField(max_length=300, blank=True)
    lng = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    datum = models.CharField(max_length=10, choices=[(d.value, d.value) for d in Datum])
    area_code = models.CharField(max_length=20, db_collation="C")
    located_by = models.CharField(max_length=8, choices=[(b.value, b.value) for b in LocatedBy])
    category_suggested = models.CharField(max_length=8, blank=True, db_collation="C")
    contact = models.ForeignKey(
        "people.ContactPoint", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    is_anonymous = models.BooleanField(default=False)
    is_confidential = models.BooleanField(default=False)
    external_number = models.CharField(max_length=120, blank=True)
    idempotency_key = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001 -- NULL leaves the unique index
    fingerprint = models.BinaryField(max_length=32)
    photo_ids = ArrayField(models.UUIDField(), default=list)
    people_affected = models.PositiveIntegerField(null=True)
    by_post_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(channel__in=[c.value for c in Channel]), name="appeal_channel_known"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=[k.value for k in Kind]), name="appeal_kind_known"),
            models.CheckConstraint(
                condition=models.Q(lng__isnull=True, lat__isnull=True) | models.Q(lng__isnull=False, lat__isnull=False),
                name="appeal_point_whole",
            ),
            models.UniqueConstraint(
                fields=["channel", "external_number"],
                condition=~models.Q(external_number=""),
                name="appeal_external_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.title or self.text[:20]}"
