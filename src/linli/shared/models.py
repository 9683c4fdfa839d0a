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

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(width__gt=0, height__gt=0), name="photo_has_size")]

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
