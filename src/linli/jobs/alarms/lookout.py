"""Whether the alarms are there at all: said on the duty desk by another process, should they not be (瞭望).

The alarms hold a lock of the database for as long as they live; whoever gets it knows that they do not.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from linli.call import actions as calls
from linli.call import queries
from linli.call.rules.troubles import TroubleKind

LOCK = 5_401_020_002  # any number, the same in the alarms and in every clock
FREE = "SELECT CASE WHEN pg_try_advisory_lock(%s) THEN pg_advisory_unlock(%s) ELSE false END"
LOOKS_MAX = 3  # so many looks in vain, one after the other, are no restart any more
ALARMS, LADDER = "呼叫服务", "通知阶梯"


class Sign:
    """Shows that the alarms live, on the connection of the thread that shows it."""

    def __init__(self) -> None:
        self._session: Any = None

    def show(self) -> None:
        """Hold the lock; it is lost with the connection and taken again on the next."""
        connection.ensure_connection()
        if self._session is not connection.connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock_shared(%s)", [LOCK])
            self._session = connection.connection


class Lookout:
    """Looks whether the alarms live and whether the ladder goes on; a duty of the clock."""

    def __init__(self) -> None:
        self._in_vain = {ALARMS: 0, LADDER: 0}
        self._is_told: dict[str, bool] = {}

    def __call__(self, *, at: datetime) -> None:
        """Put what is wrong on the duty desk, and take away what is over (瞭望)."""
        self._say(ALARMS, is_wrong=_nobody_holds_the_lock(), at=at)
        late = queries.left_waiting(at=at)
        self._say(LADDER, is_wrong=late > 0, at=at, words=str(late))

    def _say(self, topic: str, *, is_wrong: bool, at: datetime, words: str = "") -> None:
        self._in_vain[topic] = self._in_vain[topic] + 1 if is_wrong else 0
        if self._in_vain[topic] >= LOOKS_MAX:
            calls.in_trouble(kind=TroubleKind.CONSUMER_DEAD, topic=topic, words=words, at=at)
            self._is_told[topic] = True
        elif not is_wrong and self._is_told.get(topic, True):
            calls.out_of_trouble(kind=TroubleKind.CONSUMER_DEAD, topic=topic, at=at)
            self._is_told[topic] = False


look_after_alarms = Lookout()


def _nobody_holds_the_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(FREE, [LOCK, LOCK])
        return bool(cursor.fetchone()[0])
