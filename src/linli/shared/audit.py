"""Leave an audit entry in the transaction of the change itself (审计)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from linli.shared.models import AuditEntry, Export


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


def record_export(
    *,
    list_title: str,
    path: str,
    kind: str,
    row_count: int,
    at: datetime,
    by_post_id: int | None,
    by_words: str,
    filters: dict[str, str] | None = None,
    columns: Sequence[str] = (),
    is_personal: bool = False,
    purpose: str = "",
    reason: str = "",
) -> Export:
    """Write down that a file leaves the system, before its first byte does (导出台账)."""
    return Export.objects.create(
        list_title=list_title[:120],
        path=path[:200],
        kind=kind,
        row_count=row_count,
        at=at,
        by_post_id=by_post_id,
        by_words=by_words[:200],
        filters=filters or {},
        columns=list(columns),
        is_personal=is_personal,
        purpose=purpose,
        reason=reason[:300],
    )
