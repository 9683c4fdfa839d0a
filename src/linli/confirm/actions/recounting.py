"""Let call-backs follow their case when days come into the calendar or go out of it (重算时限)."""

from datetime import datetime
from typing import Any

from linli.case.models import Case
from linli.confirm.models import CallBack
from linli.confirm.rules import CallBackState
from linli.handling import actions as handling
from linli.whistle import actions as whistles


def recount_due(*, at: datetime) -> int:
    """Reckon anew what is open, once days have changed: cases, calls, rulings, objections, call-backs (重算时限).

    Returns for how many cases something moved.
    """
    return handling.recount_due(at=at, also=_call_back_moved)


def _call_back_moved(*, case: Case, at: datetime) -> list[dict[str, Any]]:
    """Give the call-back of a finished case the time that the case has; one that was lapsed on is late already."""
    if case.confirm_due_at is None:
        return []
    waiting = CallBack.objects.filter(case=case, round=case.reopened_count, state=CallBackState.WAITING.value)
    row = waiting.exclude(due_at=case.confirm_due_at).first() if case.is_open else None
    if row is None:
        return []
    waiting.update(due_at=case.confirm_due_at, next_reminder_at=at)
    return [whistles.moved_from("CALL_BACK", case.owner_id, row.due_at, case.confirm_due_at)]
