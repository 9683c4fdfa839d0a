"""Where a photo lies on disk, what the audit says, and which files left the system."""

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from linli.shared.models import AuditEntry, Export


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
