"""Leave an audit entry in the transaction of the change itself (审计)."""

from datetime import datetime
from typing import Any

from linli.shared.models import AuditEntry


def record(
    *,
    stage: str,
    verb: str,
    subject: str,
    at: datetime,
    by_post_id: int | None = None,
    by_words: str = "",
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write one append-only audit entry; call it inside the transaction of the change (审计记录)."""
    return AuditEntry.objects.create(
        stage=stage,
        verb=verb,
        subject=subject[:200],
        at=at,
        by_post_id=by_post_id,
        by_words=by_words[:200],
        reason=reason,
        detail=detail or {},
    )
