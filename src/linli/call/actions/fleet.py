"""What devices say of themselves, and what has to be done about them: tasks, never alarms (设备健康)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from linli.call.rules.fleet import (
    BATTERY_LOW,
    SIGNAL_WEAK,
    SILENT_INTERVALS,
    TEST_EVERY,
    TaskKind,
    task_due_at,
)
from linli.call.rules.messages import Heartbeat
from linli.call.rules.presses import CLOCK_OFF_SECONDS, clock_off_seconds

BATTERY_WELL = BATTERY_LOW + 10  # (ours) charged, and not just above the line
OFF_MAX = 2_000_000_000

HEARD = """
UPDATE call_device AS d SET
    last_seen_at = CASE WHEN h.is_online THEN %(at)s ELSE d.last_seen_at END,
    is_offline = NOT h.is_online,
    battery = coalesce(h.battery, d.battery),
    signal = coalesce(h.signal, d.signal),
    clock_off_seconds = coalesce(h.off, d.clock_off_seconds)
FROM unnest(%(serials)s::text[], %(online)s::boolean[], %(batteries)s::smallint[], %(signals)s::smallint[],
    %(offs)s::integer[]) AS h(serial, is_online, battery, signal, off)
WHERE d.serial = h.serial COLLATE "C"
"""

# Each kind of task: when it is opened, when it closes by itself, what is written down of what was measured.
SILENT = (
    "coalesce(d.last_seen_at, d.registered_at)"
    f" < %(at)s - make_interval(secs => {SILENT_INTERVALS} * d.heartbeat_seconds)"
)
CONDITIONS: dict[TaskKind, tuple[str, str, str]] = {
    TaskKind.SILENT: (
        SILENT,
        f"NOT ({SILENT})",
        "to_char(d.last_seen_at AT TIME ZONE 'Asia/Shanghai', 'MM-DD HH24:MI')",
    ),
    TaskKind.BATTERY: (f"d.battery < {BATTERY_LOW}", f"d.battery >= {BATTERY_WELL}", "d.battery || ' %%'"),
    TaskKind.SIGNAL: (f"d.signal < {SIGNAL_WEAK}", f"d.signal >= {SIGNAL_WEAK}", "d.signal || ' dBm'"),
    TaskKind.CLOCK: (
        f"abs(d.clock_off_seconds) > {CLOCK_OFF_SECONDS}",
        f"abs(d.clock_off_seconds) <= {CLOCK_OFF_SECONDS}",
        "d.clock_off_seconds || ' s'",
    ),
    TaskKind.TEST: (
        "coalesce(d.tested_at, %(never)s) < %(tested_before)s",
        "d.tested_at >= %(tested_before)s",
        "coalesce(to_char(d.tested_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD'), '')",
    ),
}
OPEN = """
INSERT INTO call_devicetask (device_id, kind, area_code, opened_at, due_at, seen, words)
SELECT d.id, %(kind)s, d.area_code, %(at)s, %(due_at)s, left(coalesce({seen}, ''), 40), ''
FROM call_device d WHERE d.state = 'HANDED_OUT' AND {condition}
ON CONFLICT DO NOTHING
"""
CLOSE = """
UPDATE call_devicetask t SET done_at = %(at)s FROM call_device d
WHERE t.device_id = d.id AND t.kind = %(kind)s AND t.done_at IS NULL AND ({condition} OR d.state <> 'HANDED_OUT')
"""
GONE = "UPDATE call_device d SET is_offline = true WHERE d.state = 'HANDED_OUT' AND NOT d.is_offline AND "
OFFLINE = GONE + SILENT


def mark_heard(*, heartbeats: Iterable[Heartbeat], at: datetime) -> int:
    """Write down many signs of life in one statement; return how many were of devices we know (心跳).

    The latest word of a device counts. A last will makes it offline at once; battery, signal and the error of its
    clock are kept where it said nothing of them.
    """
    latest = {one.serial: one for one in heartbeats}
    if not latest:
        return 0
    offs = [clock_off_seconds(pressed_at=one.device_at, at=at) for one in latest.values()]
    given: dict[str, Any] = {
        "at": at,
        "serials": list(latest),
        "online": [one.is_online for one in latest.values()],
        "batteries": [one.battery for one in latest.values()],
        "signals": [one.signal for one in latest.values()],
        "offs": [None if off is None else max(-OFF_MAX, min(off, OFF_MAX)) for off in offs],
    }
    with connection.cursor() as cursor:
        cursor.execute(HEARD, given)
        return int(cursor.rowcount)


@transaction.atomic
def keep_fleet(*, at: datetime) -> int:
    """Open the tasks that devices need, close those that mended themselves; return how many were opened (设备任务)."""
    opened = 0
    tested_before = at - TEST_EVERY
    with connection.cursor() as cursor:
        cursor.execute(OFFLINE, {"at": at})
        for kind, (begins, ends, seen) in CONDITIONS.items():
            given = {
                "kind": kind.value,
                "at": at,
                "due_at": task_due_at(kind, at=at),
                "tested_before": tested_before,
                "never": datetime.min.replace(year=1970, tzinfo=at.tzinfo),
            }
            cursor.execute(CLOSE.format(condition=ends), given)
            cursor.execute(OPEN.format(condition=begins, seen=seen), given)
            opened += cursor.rowcount
    return opened
