"""When the clock of this machine jumps, what waits moves along with it: nobody is told too early, or never (对时)."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

# What was written since the jump by a process that believes the new time stays. A step of a call says when it was made;
# a moment belongs to the time it lies nearer to, where the jump is longer than any step (15 minutes).
CALLS = """
UPDATE call_call c SET
    next_step_at = next_step_at + %(by)s, climbs_from = climbs_from + %(by)s, arrive_due_at = arrive_due_at + %(by)s
WHERE next_step_at IS NOT NULL
    AND (NOT %(is_far)s OR greatest(next_step_at - %(before)s, %(before)s - next_step_at)
        < greatest(next_step_at - %(after)s, %(after)s - next_step_at))
    AND NOT EXISTS (SELECT 1 FROM call_callevent e WHERE e.call_id = c.id AND e.sequence = c.event_count
        AND e.at BETWEEN %(after)s - %(lasted)s AND %(after)s + interval '1 second')
"""
TOLD = """
UPDATE call_told SET due_at = due_at + %(by)s
WHERE due_at IS NOT NULL AND greatest(due_at - %(before)s, %(before)s - due_at)
    < greatest(due_at - %(after)s, %(after)s - due_at)
"""
PAGES = """
UPDATE call_presence SET seen_at = seen_at + %(by)s
WHERE greatest(seen_at - %(before)s, %(before)s - seen_at) < greatest(seen_at - %(after)s, %(after)s - seen_at)
"""
FAR = timedelta(minutes=40)


@transaction.atomic
def shift_clock(*, before: datetime, after: datetime, lasted: timedelta) -> int:
    """Move what waits from the time it was to the time the clock says; return how many calls moved (时钟跳变).

    ``before`` and ``after`` are the same moment on both; the jump was noticed ``lasted`` ago. A long jump done twice
    moves nothing more.
    """
    by = after - before
    given: dict[str, Any] = {"before": before, "after": after, "by": by, "is_far": abs(by) > FAR}
    given["lasted"] = lasted + timedelta(seconds=1)
    with connection.cursor() as cursor:
        cursor.execute(CALLS, given)
        moved = int(cursor.rowcount)
        cursor.execute(TOLD, given)
        cursor.execute(PAGES, given)
    return moved
