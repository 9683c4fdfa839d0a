"""What goes wrong on the way of a press, said on the duty desk until it is over (系统报警)."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from nats.errors import Error as BrokerError

from linli.call import actions as calls
from linli.call.rules.troubles import TroubleKind
from linli.jobs.alarms.listening import STREAM, Ear
from linli.jobs.alarms.moments import REMEMBERED_SECONDS, Moments
from linli.shared.hints import alarm
from linli.shared.scope import EVERYTHING, acting

LOOK_SECONDS = 3.0
NEARLY_FULL = 0.8
BROKER_SECONDS_MAX = 3.0  # away for longer than a restart takes
STUCK_SECONDS_MAX = 20.0
MUTE_SECONDS_MAX = 5.0
OUTAGE_SECONDS = 3.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """A trouble that is there now."""

    kind: TroubleKind
    words: str = ""


OWN = (
    TroubleKind.STREAM_FULL,
    TroubleKind.CONSUMER_DEAD,
    TroubleKind.BROKER_DOWN,
    TroubleKind.DATABASE_DOWN,
    TroubleKind.CLOCK,
)


class Outage:
    """How long the database was away: it can be said only afterwards, and is then said for a while."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._since: float | None = None
        self._latest: tuple[float, float] | None = None  # how long, and when it was over

    def begin(self) -> None:
        """Remember that the database does not answer."""
        self._since = self._steady() if self._since is None else self._since

    def end(self) -> None:
        """Remember that it answers."""
        if self._since is not None and self._steady() - self._since >= OUTAGE_SECONDS:
            self._latest = self._steady() - self._since, self._steady()
        self._since = None

    @property
    def seconds_lately(self) -> float | None:
        """How many seconds it was away, if that was lately."""
        if self._latest is None or self._steady() - self._latest[1] > REMEMBERED_SECONDS:
            return None
        return self._latest[0]


class Watch:
    """Looks at the ear, the stream and the clock; what it could not say is said as soon as it can."""

    def __init__(self, ear: Ear, moments: Moments) -> None:
        self._ear, self._moments = ear, moments
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watch")
        self._progress: tuple[int, float] = (0, time.monotonic())
        self._outage = Outage()
        self._standing: set[TroubleKind] | None = None  # unknown after a start

    async def watch(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            seen = [*self._of_here(), *await self._of_stream()]
            try:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._say, seen)
            except (DatabaseError, InterfaceError) as fault:
                log.warning("troubles wait for the database: %s", fault)
                self._outage.begin()
            else:
                self._outage.end()

    def _of_here(self) -> Iterable[Seen]:
        now = time.monotonic()
        if self._ear.lost_at is not None and now - self._ear.lost_at > BROKER_SECONDS_MAX:
            yield Seen(TroubleKind.BROKER_DOWN, f"{now - self._ear.lost_at:.0f} s")
        elif self._ear.mute_since is not None and now - self._ear.mute_since > MUTE_SECONDS_MAX:
            yield Seen(TroubleKind.CONSUMER_DEAD, f"{STREAM} {now - self._ear.mute_since:.0f} s")
        if self._outage.seconds_lately is not None:
            yield Seen(TroubleKind.DATABASE_DOWN, f"{self._outage.seconds_lately:.0f} s")
        jumped = self._moments.lately_jumped_by
        if jumped is not None:
            yield Seen(TroubleKind.CLOCK, f"{jumped.total_seconds():+.0f} s")

    async def _of_stream(self) -> list[Seen]:
        if self._ear.broker is None or self._ear.lost_at is not None:
            return []
        try:
            stream, consumer = await asyncio.wait_for(self._ear.standing(), LOOK_SECONDS)
        except (BrokerError, TimeoutError):
            return []
        return [*filled(stream), *self._stuck(consumer)]

    def _stuck(self, consumer: Any) -> Iterable[Seen]:
        """Presses lie there and none is taken; while the database is away that is known, and said by others."""
        done, now = consumer.ack_floor.stream_seq, time.monotonic()
        waiting = consumer.num_pending + consumer.num_ack_pending
        if done != self._progress[0] or not waiting:
            self._progress = done, now
        elif now - self._progress[1] > STUCK_SECONDS_MAX:
            yield Seen(TroubleKind.CONSUMER_DEAD, f"{waiting}")

    def _say(self, seen: list[Seen]) -> None:
        at, kinds = self._moments.now(), {one.kind for one in seen}
        over = [kind for kind in OWN if kind not in kinds and (self._standing is None or kind in self._standing)]
        try:
            with acting(EVERYTHING):
                for one in seen:
                    calls.in_trouble(kind=one.kind, topic="", words=one.words, at=at)
                for kind in over:
                    calls.out_of_trouble(kind=kind, at=at)
                if self._standing is not None and kinds != self._standing:
                    alarm(areas=[settings.DISTRICT_CODE])
        except (DatabaseError, InterfaceError):
            connection.close()
            raise
        self._standing = kinds


def filled(stream: Any) -> Iterable[Seen]:
    """Return that a stream is nearly full, in bytes or in messages."""
    have, most = stream.state, stream.config
    limits = ((have.bytes, most.max_bytes), (have.messages, most.max_msgs))
    parts = [used / limit for used, limit in limits if limit and limit > 0]
    if max(parts, default=0) >= NEARLY_FULL:
        yield Seen(TroubleKind.STREAM_FULL, f"{STREAM} {max(parts):.0%}")
