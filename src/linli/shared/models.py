"""Photos as kept on disk, and the audit entries of changes that belong to no case."""

import uuid

from django.db import models


class Photo(models.Model):
    """A photo, decoded and encoded again so that nothing but the picture is left (照片)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.BinaryField(max_length=32)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    byte_count = models.PositiveIntegerField()
    kept_at = models.DateTimeField()
    is_used = models.BooleanField(default=False, db_default=False)  # whether some record is known to hold it

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(width__gt=0, height__gt=0), name="photo_has_size")]
        indexes = [models.Index("kept_at", condition=models.Q(is_used=False), name="photo_unnamed")]

    def __str__(self) -> str:
        return str(self.id)


class AuditEntry(models.Model):
    """Who changed what outside the cases, when and why; append-only (审计记录)."""

    stage = models.CharField(max_length=20)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    at = models.DateTimeField()
    by_post_id = models.BigIntegerField(null=True)
    by_words = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="audit_by_time")]

    def __str__(self) -> str:
        return f"{self.stage}.{self.verb} {self.subject}"


class Export(models.Model):
    """A file that left the system: who, which list, which rows, for what; append-only (导出台账)."""

    at = models.DateTimeField()
    by_post_id = models.BigIntegerField(null=True)
    by_words = models.CharField(max_length=200, blank=True)
    list_title = models.CharField(max_length=120)
    path = models.CharField(max_length=200)
    kind = models.CharField(max_length=10)
    filters = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    row_count = models.PositiveIntegerField()
    is_personal = models.BooleanField()
    purpose = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_personal=False) | ~models.Q(purpose=""), name="export_personal_has_purpose"
            )
        ]
        indexes = [models.Index(fields=["-at"], name="export_by_time")]

    def __str__(self) -> str:
        return f"{self.list_title}.{self.kind} {self.row_count}"


class Erasure(models.Model):
    """Records that were removed or erased when their time was over; append-only and chained (清除台账)."""

    at = models.DateTimeField()
    rule = models.CharField(max_length=20)
    count = models.PositiveIntegerField()
    records_digest = models.BinaryField(max_length=32)  # over their numbers, which are nowhere else any more
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(count__gt=0), name="erasure_of_something")]
        indexes = [models.Index(fields=["-at"], name="erasure_by_time")]

    def __str__(self) -> str:
        return f"{self.rule} {self.count}"


class ErasureHead(models.Model):
    """How many rows the ledger has and the hash of the last: cutting off its end shows (台账的结尾)."""

    row_count = models.PositiveBigIntegerField(default=0)
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="erasure_head_is_one")]

    def __str__(self) -> str:
        return str(self.row_count)


class Scan(models.TextChoices):
    """What is known about a file before somebody opens it (查毒)."""

    OFF = "OFF", "没有查毒"
    WAITING = "WAITING", "正在查毒"
    CLEAN = "CLEAN", "已查毒"
    FOUND = "FOUND", "查出病毒"
    FAILED = "FAILED", "查毒没有完成"


class Attachment(models.Model):
    """A file that hangs on a case, kept beside the photos, as it came (附件)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.BinaryField(max_length=32)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=80)
    byte_count = models.PositiveIntegerField()
    kept_at = models.DateTimeField()
    scan = models.CharField(max_length=8, choices=Scan.choices)
    scan_words = models.CharField(max_length=200, blank=True)
    scanned_at = models.DateTimeField(null=True)
    is_used = models.BooleanField(default=False, db_default=False)  # whether some record is known to hold it

    class Meta:
        indexes = [models.Index("kept_at", condition=models.Q(is_used=False), name="attachment_unnamed")]
        constraints = [
            models.CheckConstraint(condition=models.Q(byte_count__gt=0), name="attachment_not_empty"),
            models.CheckConstraint(condition=models.Q(scan__in=Scan.values), name="attachment_scan_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def may_be_opened(self) -> bool:
        """True when nothing speaks against it: looked at and clean, or the site looks at nothing."""
        return self.scan in {Scan.OFF, Scan.CLEAN}
