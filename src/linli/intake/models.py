"""The appeal as it was received, never edited; keys, files and later words of those who hand appeals over."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from linli.intake.rules import CHANNEL_LABELS, KIND_LABELS, MEDIA_URL_MAX, Channel, FileState, Kind, LocatedBy
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
    media_urls = ArrayField(models.CharField(max_length=MEDIA_URL_MAX), default=list, db_default=[])
    people_affected = models.PositiveIntegerField(null=True)
    by_post_id = models.BigIntegerField(null=True)
    by_key_id = models.BigIntegerField(null=True)  # the system that handed it over

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


class ApiKey(models.Model):
    """What a partner's system shows at a machine door; only its digest is kept (接口密钥)."""

    name = models.CharField(max_length=120)
    secret_hash = models.BinaryField(max_length=32, unique=True)
    channel = models.CharField(max_length=12, choices=[(c.value, CHANNEL_LABELS[c]) for c in Channel])
    jurisdiction = models.CharField(max_length=60, blank=True)  # the only jurisdiction_id it may name; empty: any
    rate_per_minute = models.PositiveIntegerField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(channel__in=[Channel.OPEN311.value, Channel.HOTLINE.value]),
                name="key_channel_machine",
            ),
            models.CheckConstraint(
                condition=models.Q(is_active=True, revoked_at__isnull=True)
                | models.Q(is_active=False, revoked_at__isnull=False),
                name="key_revoked_with_its_time",
            ),
            models.CheckConstraint(condition=models.Q(rate_per_minute__gt=0), name="key_has_a_rate"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"


class PartnerUpdate(models.Model):
    """What a partner's system said later about its own request, so that saying it twice counts once (补充来文)."""

    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+", db_index=False)
    update_id = models.CharField(max_length=120)
    case_id = models.BigIntegerField()
    event_id = models.BigIntegerField()
    status = models.CharField(max_length=40)
    fingerprint = models.BinaryField(max_length=32)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "update_id"], name="partner_update_once")]

    def __str__(self) -> str:
        return f"{self.key_id} {self.update_id}"


class Spent(models.Model):
    """Requests a key or an address has spent in a minute; unlogged, gathered from all web processes (限速)."""

    subject = models.CharField(max_length=40, db_collation="C")
    minute = models.BigIntegerField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "minute"], name="spent_once")]

    def __str__(self) -> str:
        return f"{self.subject} {self.minute} {self.count}"


class HotlineFile(models.Model):
    """A file of hotline records brought by a desk, and how far its import has come (热线文件)."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in FileState])
    columns = models.JSONField(default=dict)  # field → heading of the file
    datum = models.CharField(max_length=10)
    by_post_id = models.BigIntegerField()
    uploaded_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    row_count = models.PositiveIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0)
    opened_count = models.PositiveIntegerField(default=0)
    repeated_count = models.PositiveIntegerField(default=0)
    rejected_count = models.PositiveIntegerField(default=0)
    words = models.CharField(max_length=300, blank=True)  # why it stopped

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[s.value for s in FileState]), name="hotline_file_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    done_count=models.F("opened_count") + models.F("repeated_count") + models.F("rejected_count")
                ),
                name="hotline_file_adds_up",
            ),
        ]
        indexes = [models.Index(fields=["-uploaded_at"], name="hotline_file_by_time")]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"
