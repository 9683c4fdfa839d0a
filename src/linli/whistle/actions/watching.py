"""Watch the calls: whoever has to speak next, the unit or its caller, climbs the ladder (报到督办)."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from linli.case import actions as cases
from linli.case.rules import Deadline
from linli.shared.batches import one_by_one
from linli.whistle.actions.reckoning import NAMED, answer_limit, clock_of, deadline_of
from linli.whistle.models import Called

EVERYWHERE = Q()


def supervise_called(*, at: datetime, within: Q = EVERYWHERE) -> int:
    """Let every silent call whose next rung is due climb the ladder; ``within`` is a condition on calls (报到督办)."""

    def climb(called: Called) -> None:
        running = _running(called)
        next_at = cases.climb(case=called.case, at=at, called_id=called.pk, **running) if running else None
        Called.objects.filter(pk=called.pk).update(next_supervision_at=next_at)

    # With the case locked too, and nothing waited for, the clock never stands in anybody's way.
    locked = Called.objects.select_for_update(skip_locked=True, of=("self", "case")).select_related("case", "whistle")
    due = locked.filter(within, next_supervision_at__lte=at).order_by("next_supervision_at")
    return one_by_one(due, climb, duty="supervise_called")


def _running(called: Called) -> dict[str, Any] | None:
    """Return the deadline that runs on a call now: whose it is, since when, until when."""
    if called.ended_at is not None or not called.case.is_open:
        return None
    clock = clock_of(called, stood=cases.stood_of(called.case))
    if clock is None:
        return None
    deadline = deadline_of(called)
    return {
        "deadline": deadline,
        "unit_id": called.whistle.blown_by_unit_id if deadline is Deadline.ANSWER else called.unit_id,
        "start": clock.since,
        "due_at": called.due_at,
        "kind": NAMED if deadline is Deadline.PART else answer_limit(called).kind,
        "turn": called.due_round + called.case.reopened_count,
    }
