"""Run the alarms until told to stop: the ear, the ladder, the senders and the watch, each watched by the others.

A part that dies or stands still ends the process, and the supervisor starts it again: everything it knows is in rows.
"""

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

import django

from linli.jobs.staying import first_of, told_to_stop

CLIMB_SECONDS = 0.25
# A press goes on after each of its statements, and waits so long for a thread that is at work: beside one, Python's own
# 5 ms make 120 to 180 ms of the 20 that it takes, these make 50 to 60.
SWITCH_SECONDS = 0.0005
GIVE_WAY_SECONDS = 0.1  # so long a telling waits for a press at most: also when presses never end
STILL_SECONDS_MAX = 90.0  # longer than a database that restarts
STOP_SECONDS_MAX = 10
PAUSE_SECONDS_MAX = 2.0
RESTART = 70  # exit code: a part stood still

log = logging.getLogger(__name__)


class Part(threading.Thread):
    """Does one round after the other over every interruption of the database; says when it last went round."""

    def __init__(self, name: str, one_round: Callable[[], object], wait: Callable[[], object]) -> None:
        super().__init__(name=name, daemon=True)
        self._round, self._wait = one_round, wait
        self.beat = time.monotonic()

    def run(self) -> None:
        """Go round until the process ends."""
        from django.db import DatabaseError, InterfaceError, connection  # noqa: PLC0415 -- after django.setup

        from linli.shared.scope import EVERYTHING, acting  # noqa: PLC0415 -- see above

        pause = 0.1
        with acting(EVERYTHING):
            while True:
                self.beat = time.monotonic()
                try:
                    self._round()
                    pause = 0.1
                except (DatabaseError, InterfaceError) as fault:
                    log.warning("the %s waits for the database: %s", self.name, fault)
                    connection.close()
                    time.sleep(pause)
                    pause = min(pause * 2, PAUSE_SECONDS_MAX)
                except Exception:
                    log.exception("the %s stumbled", self.name)
                    time.sleep(pause)
                self._wait()


def main() -> None:
    """Run until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    django.setup()
    asyncio.run(_keep())


async def _keep() -> None:
    from django.conf import settings  # noqa: PLC0415 -- after django.setup

    from linli.jobs.alarms.climbing import climb  # noqa: PLC0415 -- see above
    from linli.jobs.alarms.listening import Ear  # noqa: PLC0415 -- see above
    from linli.jobs.alarms.lookout import Sign  # noqa: PLC0415 -- see above
    from linli.jobs.alarms.moments import Moments  # noqa: PLC0415 -- see above
    from linli.jobs.alarms.senders import Senders  # noqa: PLC0415 -- see above
    from linli.jobs.alarms.watching import Watch  # noqa: PLC0415 -- see above

    sys.setswitchinterval(SWITCH_SECONDS)
    stopping = told_to_stop(within=STOP_SECONDS_MAX)
    moments = Moments()
    at_rest = threading.Event()
    senders = Senders(moments.now, give_way=lambda: at_rest.wait(GIVE_WAY_SECONDS))
    ear = Ear(settings.BROKER_URL, moments, taken_in=senders.wake, at_rest=at_rest)

    parts = [
        Part("ladder", partial(climb, moments, Sign(), senders.wake), lambda: time.sleep(CLIMB_SECONDS)),
        Part("sender", senders.round, senders.wait),
    ]
    for part in parts:
        part.start()
    try:
        await first_of(stopping.wait(), ear.listen(), Watch(ear, moments).watch(), _alive(parts, lambda: ear.beat))
    finally:
        senders.stop()


async def _alive(parts: list[Part], ear_beat: Callable[[], float]) -> None:
    """End the process when a part stands still: it is started again, and its work is in rows."""
    while True:
        await asyncio.sleep(CLIMB_SECONDS * 4)
        now = time.monotonic()
        still = [part.name for part in parts if not part.is_alive() or now - part.beat > STILL_SECONDS_MAX]
        if now - ear_beat() > STILL_SECONDS_MAX:
            still.append("ear")
        if still:
            log.critical("standing still: %s; starting again", ", ".join(still))
            os._exit(RESTART)


if __name__ == "__main__":
    main()
