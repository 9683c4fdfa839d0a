"""The time of the alarms: a wall clock that jumps neither stops the ladder nor makes it run (时间)."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

SLEW = timedelta(seconds=2)  # so much is a clock being set right little by little
SETTLED_SECONDS = 3.0  # a jump that lasts so long is the right time now
BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)
REMEMBERED_SECONDS = 600.0  # a jump is said on the duty desk for so long


@dataclass(frozen=True, slots=True)
class Jump:
    """The same moment by the time that was and by the time that is, and how long ago the clock jumped."""

    before: datetime
    after: datetime
    lasted: timedelta


def steady_seconds() -> float:
    """Return seconds that nobody can set; where the system knows, those it slept count: the callers waited too."""
    return time.clock_gettime(BOOT_CLOCK) if BOOT_CLOCK is not None else time.monotonic()


class Moments:
    """The wall clock carried on by the steady one, which nobody can set."""

    def __init__(
        self, *, wall: Callable[[], datetime] = timezone.now, steady: Callable[[], float] = steady_seconds
    ) -> None:
        self._wall, self._steady = wall, steady
        self._lock = threading.Lock()
        self._at, self._since = wall(), steady()
        self._off = timedelta(0)
        self._jumped_at: float | None = None
        self._latest: tuple[timedelta, float] | None = None

    def now(self) -> datetime:
        """Return the moment: the wall's, or where it would be had it not jumped."""
        with self._lock:
            return self._look()

    def settled(self) -> Jump | None:
        """Return a jump that has lasted, so that it has to be believed; until then time goes on as if it were none."""
        with self._lock:
            before, steady = self._look(), self._steady()
            if self._jumped_at is None or steady - self._jumped_at < SETTLED_SECONDS:
                return None
            return Jump(before, before + self._off, timedelta(seconds=steady - self._jumped_at))

    def believe(self, jump: Jump) -> None:
        """Go on from the time after a jump: what waits was moved along with it."""
        with self._lock:
            self._at, self._jumped_at, self._off = self._at + (jump.after - jump.before), None, timedelta(0)

    @property
    def jumped_by(self) -> timedelta | None:
        """By how much the wall clock is off what it should say, while that is not believed yet."""
        return self._off if self._jumped_at is not None else None

    @property
    def lately_jumped_by(self) -> timedelta | None:
        """By how much it jumped in the last minutes, believed or not."""
        if self._latest is None or self._steady() - self._latest[1] > REMEMBERED_SECONDS:
            return None
        return self._latest[0]

    def _look(self) -> datetime:
        wall, steady = self._wall(), self._steady()
        believed = self._at + timedelta(seconds=steady - self._since)
        off = wall - believed
        if abs(off) <= SLEW:
            self._at, self._since, self._jumped_at, self._off = wall, steady, None, timedelta(0)
            return wall
        if self._jumped_at is None or abs(off - self._off) > SLEW:
            self._jumped_at, self._off = steady, off
            self._latest = off, steady
        return believed
