"""The clock: asks every few seconds what is due, over every interruption of the database (时钟).

Each duty compares stored moments with the moment it is given, so a round missed is made up by the next, and a round
made twice changes nothing. Only one clock in a cell acts at a time; the others wait for its lock.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import django

LOCK = 5_401_020_001  # any number, the same in every clock
ROUND_SECONDS = 1.0
STOP_SECONDS_MAX = 12
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)  # a machine that believes in an earlier day has lost its clock
BACKWARDS_MAX = timedelta(seconds=30)

log = logging.getLogger(__name__)


@dataclass
class Duty:
    """One verb to be asked every so often."""

    verb: str
    every_seconds: float
    next_at: float = 0.0


DUTIES = (
    Duty("linli.case.actions.supervise", 5),
    Duty("linli.whistle.actions.supervise_called", 5),
    Duty("linli.whistle.actions.supervise_disputes", 30),
    Duty("linli.handling.actions.supervise_tasks", 15),
    Duty("linli.confirm.actions.ask_finished", 10),
    Duty("linli.case.actions.index_words", 2),
    Duty("linli.case.actions.make_event_years", 3600),
    Duty("linli.handling.actions.resume_due", 10),
    Duty("linli.confirm.actions.recount_due", 10),
    Duty("linli.confirm.actions.lapse_due", 30),
    Duty("linli.confirm.actions.remind_due", 60),
    Duty("linli.outside.actions.remind_due", 60),
    Duty("linli.notice.actions.derive", 2),
    Duty("linli.jobs.tasks.call_sender", 2),
    Duty("linli.notice.actions.drop_old", 3600),
    Duty("linli.report.actions.roll_up", 5),
    Duty("linli.intake.actions.forget_old_files", 3600),
    Duty("linli.shared.leftovers.drop_unnamed", 3600),
    Duty("linli.people.actions.end_expired_needs", 3600),
    Duty("linli.call.actions.follow_consents", 60),
    Duty("linli.call.actions.keep_fleet", 15),
    Duty("linli.call.actions.drop_old_presence", 600),
    Duty("linli.jobs.alarms.lookout.look_after_alarms", 5),
    Duty("linli.people.actions.erase_expired_contacts", 3600),
    Duty("linli.staff.actions.drop_expired_logins", 3600),
    Duty("linli.jobs.archiving.archive_old", 60),
)


class Clock:
    """Does the duties while it holds the lock and the time of day is believable."""

    def __init__(self, duties: tuple[Duty, ...], now: Callable[[], datetime], *, load: Callable[[str], Any]) -> None:
        self._duties = [(duty, load(duty.verb)) for duty in duties]  # a missing verb stops the start
        self._now = now
        self._latest = EARLIEST
        self._session: Any = None

    def round(self) -> int:
        """Do what is due; return how many duties were done."""
        if not self._leads():
            return 0
        at = self._now()
        if at < self._latest - BACKWARDS_MAX:
            log.error("the clock of this machine says %s, which is before %s: nothing is supervised", at, self._latest)
            return 0
        self._latest = max(self._latest, at)
        done = [self._do(duty, verb, at) for duty, verb in self._duties if time.monotonic() >= duty.next_at]
        return sum(done)

    def _do(self, duty: Duty, verb: Callable[..., object], at: datetime) -> bool:
        from django.db import DatabaseError, InterfaceError  # noqa: PLC0415 -- after the apps are registered

        duty.next_at = time.monotonic() + duty.every_seconds
        try:
            verb(at=at)
        except (DatabaseError, InterfaceError):
            raise
        except Exception:
            log.exception("%s failed", duty.verb)
            return False
        return True

    def _leads(self) -> bool:
        """Hold the cell's lock; it belongs to the database session, so it is lost and asked for again with it."""
        from django.db import connection  # noqa: PLC0415 -- after the apps are registered

        connection.ensure_connection()
        if self._session is connection.connection:
            return True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            holds = bool(cursor.fetchone()[0])
        self._session = connection.connection if holds else None
        return holds


def main() -> None:
    """Run until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    django.setup()
    from django.utils import timezone  # noqa: PLC0415 -- after the apps are registered
    from django.utils.module_loading import import_string  # noqa: PLC0415 -- see above

    from linli.shared.scope import EVERYTHING, acting  # noqa: PLC0415 -- see above

    stopping = threading.Event()

    def stop(*_: object) -> None:
        stopping.set()
        signal.alarm(STOP_SECONDS_MAX)  # a round that waits for a dead database is broken off

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, stop)
    clock = Clock(DUTIES, timezone.now, load=import_string)
    with acting(EVERYTHING):
        _tick(clock, stopping)


def _tick(clock: Clock, stopping: threading.Event) -> None:
    from django.db import DatabaseError, InterfaceError, connection  # noqa: PLC0415 -- after the apps are registered

    pause = ROUND_SECONDS
    while not stopping.wait(pause):
        try:
            clock.round()
            pause = ROUND_SECONDS
        except (DatabaseError, InterfaceError) as fault:
            log.warning("the database does not answer, asking again: %s", fault)
            connection.close()
            pause = min(pause * 2, 10.0)


if __name__ == "__main__":
    main()
