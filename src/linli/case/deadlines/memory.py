"""The limits and the days in force, remembered per process, so that an appeal finds its limits without a statement.

One row in the database changes with every change of limits or days. Each process looks at it at most every other
second and reads again when it differs; versions are never changed, so what was read of one stays read.
"""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from django.conf import settings
from django.db.models import Count

from linli.case.deadlines.tables import LimitTable, Line, shipped
from linli.case.models import DayOverlay, LimitRow, LimitVersion, Rulebook
from linli.case.rules import Deadline
from linli.shared import looks
from linli.shared.calendar import Calendar, Limit, Overlay, load, overlay_of, profile, together
from linli.shared.refusals import Refused

SECONDS_BETWEEN_LOOKS = 2.0


@dataclass(slots=True)
class _Memory:
    number: int
    begins: tuple[tuple[datetime, str], ...]  # versions not taken back, the latest first
    calendar: Calendar
    tables: dict[str, LimitTable] = field(default_factory=dict)


_lock = threading.Lock()
_memory: _Memory | None = None
_looked_at = 0.0


def calendar() -> Calendar:
    """Return the district's working calendar, its own days on top (工作日历)."""
    return _remembered().calendar


def limit_table(*, at: datetime) -> LimitTable:
    """Return the table of limits in force at a moment; the shipped one until the district has its own (时限表)."""
    memory = _remembered()
    name = next((name for begins_at, name in memory.begins if begins_at <= at), "")
    return _table(memory, name) if name else _shipped()


def table_named(version: str) -> LimitTable:
    """Return a version by its name, as a case keeps it; a version no longer known gives way to the shipped one."""
    memory = _remembered()
    if version in memory.tables or any(name == version for _at, name in memory.begins):
        return _table(memory, version)
    return _shipped(version)


def tables_known() -> tuple[tuple[datetime, str], ...]:
    """Return when each version begins and its name, the latest first."""
    return _remembered().begins


def versions() -> list[LimitVersion]:
    """Return every version ever brought, also those taken back, the latest first (时限表各版)."""
    return list(LimitVersion.objects.annotate(line_count=Count("rows")).order_by("-active_from", "-pk"))


def overlays() -> list[DayOverlay]:
    """Return every file of days ever brought, the latest first (日历附加表)."""
    return list(DayOverlay.objects.order_by("-pk"))


def forget() -> None:
    """Drop what this process remembers; the next question reads again."""
    global _memory, _looked_at
    with _lock:
        _memory, _looked_at = None, 0.0


def _shipped(version: str = "") -> LimitTable:
    try:
        return _shipped_table(version or settings.PROFILE)
    except ValueError:
        return _shipped_table(settings.PROFILE)


@cache
def _shipped_table(name: str) -> LimitTable:
    return shipped(profile(name))


def _table(memory: _Memory, name: str) -> LimitTable:
    if name not in memory.tables:
        rows = LimitRow.objects.filter(version__name=name).order_by("line")
        memory.tables[name] = LimitTable.of(name, [_line(row) for row in rows])
    return memory.tables[name]


def _line(row: LimitRow) -> Line:
    return Line(
        number=row.line,
        deadline=Deadline(row.deadline),
        limit=Limit.parse(row.limit_words),
        category_code=row.category_code,
        kind=row.kind,
        urgency=row.urgency,
        condition=row.condition,
        closing_test=row.closing_test,
    )


def _remembered() -> _Memory:
    global _memory, _looked_at
    memory, clock = _memory, time.monotonic()
    if memory is not None and not looks.is_due(_looked_at, SECONDS_BETWEEN_LOOKS):
        return memory
    number = Rulebook.objects.values_list("number", flat=True).filter(pk=1).first() or 0
    if memory is None or memory.number != number:
        memory = _read(number)
    with _lock:
        _memory, _looked_at = memory, clock
    return memory


def _read(number: int) -> _Memory:
    if not number:
        return _Memory(0, (), load(settings.CALENDAR))
    versions = LimitVersion.objects.filter(recalled_at__isnull=True).order_by("-active_from")
    begins = tuple(versions.values_list("active_from", "name"))
    return _Memory(number, begins, load(settings.CALENDAR, overlay_in_force()))


def overlay_in_force() -> Overlay | None:
    """Return the district's own days, all files not withdrawn one on top of the other, or nothing.

    Raises:
        Refused: a file that was good when it came can no longer be read.
    """
    rows = list(DayOverlay.objects.filter(withdrawn_at__isnull=True).order_by("pk"))
    try:
        kept = [overlay_of(row.file_name, row.content.encode()) for row in rows]
    except ValueError as fault:
        raise Refused("日历附加表不能读了：%(why)s", why=str(fault)) from fault
    return together(kept) if kept else None
