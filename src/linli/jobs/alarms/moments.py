"""The time of the alarms: a wall clock that jumps neither stops the ladder nor makes it run (时间)."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

SLEW = timedelta(seconds=2)  # so much is a clock being set right little by little
SETTLED_SECONDS = 120.0  # a jump that lasts so long is the right time now


class Moments:
    """The wall clock carried on by the steady one, which nobody can set."""

    def __init__(
        self, *, wall: Callable[[], datetime] = timezone.now, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall, self._steady = wall, steady
        self._lock = threading.Lock()
        self._at, self._since = wall(), steady()
        self._off = timedelta(0)
        self._jumped_at: float | None = None

    def now(self) -> datetime:
        """Return the moment: the wall's, or where it would be had it not jumped."""
        with self._lock:
            wall, steady = self._wall(), self._steady()
            believed = self._at + timedelta(seconds=steady - self._since)
            off = wall - believed
            if abs(off) <= SLEW:
                return self._believe(wall, steady)
            if self._jumped_at is None or abs(off - self._off) > SLEW:
                self._jumped_at, self._off = steady, off
            if steady - self._jumped_at >= SETTLED_SECONDS:
                return self._believe(wall, steady)
            return believed

    @property
    def jumped_by(self) -> timedelta | None:
        """By how much the wall clock is off what it should say, while that is not believed yet."""
        return self._off if self._jumped_at is not None else None

    def _believe(self, wall: datetime, steady: float) -> datetime:
        self._at, self._since, self._jumped_at, self._off = wall, steady, None, timedelta(0)
        return wall
