"""Where a photo lies on disk, and what the audit says."""

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from linli.shared.models import AuditEntry


def photo_path(photo_id: UUID, *, small: bool = False) -> Path:
    """Return the file of a photo, or of its small version."""
    name = f"{photo_id}{'-small' if small else ''}.jpg"
    return Path(settings.PHOTO_DIR) / photo_id.hex[:2] / name


def audit_entries() -> QuerySet[AuditEntry]:
    """Return the audit, newest first (审计记录)."""
    return AuditEntry.objects.order_by("-at", "-pk")
