"""Where a photo lies on disk, what the audit says, and which files left the system."""

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from linli.shared.models import Attachment, AuditEntry, Erasure, Export


def photo_path(photo_id: UUID, *, small: bool = False) -> Path:
    """Return the file of a photo, or of its small version."""
    name = f"{photo_id}{'-small' if small else ''}.jpg"
    return Path(settings.PHOTO_DIR) / photo_id.hex[:2] / name


def audit_entries() -> QuerySet[AuditEntry]:
    """Return the audit, newest first (审计记录)."""
    return AuditEntry.objects.order_by("-at", "-pk")


def exports() -> QuerySet[Export]:
    """Return the files that left the system, newest first (导出台账)."""
    return Export.objects.order_by("-at", "-pk")


def erasures() -> QuerySet[Erasure]:
    """Return what was removed when its time was over, newest first (清除台账)."""
    return Erasure.objects.order_by("-at", "-pk")


def attachment_path(attachment_id: UUID) -> Path:
    """Return the file of an attachment; its name says nothing about what it is."""
    return Path(settings.ATTACHMENT_DIR) / attachment_id.hex[:2] / str(attachment_id)


def attachments(ids: Iterable[str | UUID]) -> dict[str, Attachment]:
    """Return attachments by their ids, as words (附件)."""
    wanted = list(ids)
    return {str(row.pk): row for row in Attachment.objects.filter(pk__in=wanted)} if wanted else {}
