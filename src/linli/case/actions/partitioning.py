"""Make the partitions of the events a year ahead, and those of years that were brought in (按年分区).

An event whose year has no partition lies in the partition of the rest: nothing is lost, but every question looks there
too. The year is made by a function of the database that belongs to the owner of the tables; the application may call
it and can do nothing else to them.
"""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction

ZONE = ZoneInfo("Asia/Shanghai")
YEARS_AHEAD = 1
FIRST_YEAR, LAST_YEAR = 2000, 2199  # as the database has it
LOCK_WAIT = "3s"  # whoever waits for a table holds up all who come after


def make_event_years(*, at: datetime) -> list[int]:
    """Make the partitions of this year and the next, and of years that wait in the rest; return them (按年分区)."""
    this_year = at.astimezone(ZONE).year
    with connection.cursor() as cursor:
        cursor.execute("SELECT linli_event_years_waiting()")
        waiting = [row[0] for row in cursor.fetchall()]
    return ensure_event_years({*waiting, *range(this_year, this_year + YEARS_AHEAD + 1)})


def ensure_event_years(years: Iterable[int]) -> list[int]:
    """Make the partitions of these years that are not there yet, each in its own transaction; return them."""
    return [year for year in sorted(years) if FIRST_YEAR <= year <= LAST_YEAR and _made(year)]


def years_of(moments: Iterable[datetime]) -> set[int]:
    """Return the years, by the clock of the district, in which these moments lie."""
    return {moment.astimezone(ZONE).year for moment in moments}


def _made(year: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NULL", [f"case_event_{year}"])
        if not cursor.fetchone()[0]:
            return False
        with transaction.atomic():
            cursor.execute("SET LOCAL lock_timeout = %s", [LOCK_WAIT])
            cursor.execute("SELECT linli_event_year(%s)", [year])
            return bool(cursor.fetchone()[0])
