"""The ear: takes presses from the message server, and answers a device only when its press is a row (听).

A message is taken off the stream after its press is committed and the device was answered; whoever dies between leaves
it there, and it comes again. The same press twice is one press, so coming again does no harm.
"""

import asyncio
import json
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import nats
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from nats.errors import Error as BrokerError
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from linli.call import actions as calls
from linli.call.actions import Taken
from linli.call.rules import Received, Result
from linli.call.rules.messages import Heartbeat
from linli.call.rules.presses import SERIAL
from linli.call.rules.troubles import TroubleKind
from linli.jobs.alarms.moments import Moments
from linli.jobs.alarms.reading import STATES, SUBJECTS, bare, heard, state
from linli.shared.scope import EVERYTHING, acting

STREAM, CONSUMER = "PRESSES", "alarms"
# Presses stand here only until they are taken; when it is full the newest are refused, their devices say them again.
STREAM_BYTES, STREAM_MESSAGES = 256 * 1024 * 1024, 500_000
BATCH = 25  # in one transaction: the first of a burst waits for the last of its batch
FETCH_SECONDS = 1.0
AT_HAND_SECONDS = 0.2
LOOK_SECONDS = 3.0  # so long without a press, and the server is asked whether it still stores
AGAIN_SECONDS = 5  # a message of a killed process comes again
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.1, 3.0
PULSE_SECONDS = 1.0
UNKEPT = "原样存不下，只留了原话"

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)


class Ear:
    """Hears presses and heartbeats; says when it last was well."""

    def __init__(
        self, url: str, moments: Moments, *, taken_in: Callable[[], None], at_rest: threading.Event | None = None
    ) -> None:
        self._url, self._moments, self._taken_in = url, moments, taken_in
        self._at_rest = at_rest or threading.Event()  # set while no press waits to be taken in
        self._at_rest.set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="presses")
        self._pulse_thread = ThreadPoolExecutor(1, thread_name_prefix="heartbeats")
        self._heartbeats: dict[str, Heartbeat] = {}
        self.broker: Any = None
        self.beat = time.monotonic()  # when it last went round, whatever came
        self.lost_at: float | None = time.monotonic()  # since when the message server is away
        self.mute_since: float | None = None  # since when it is there and gives no presses: its disk may be full
        self.is_database_away = False

    async def listen(self) -> None:
        """Listen until cancelled, over every interruption of the message server."""
        while self.broker is None:
            self.beat = time.monotonic()
            self.broker = await _connected(self._url, lost=self._lost, found=self._found)
        self._found_now()
        await self.broker.subscribe(STATES, cb=self._on_state)
        pulse = asyncio.create_task(self._write_heartbeats())
        pause = PAUSE_SECONDS
        try:
            while True:
                try:
                    await self._take_for_ever()
                except (BrokerError, NotFoundError, OSError) as fault:
                    log.warning("the message server does not give the presses, asking again: %s", fault)
                    self.beat = time.monotonic()
                    pause = PAUSE_SECONDS if self.mute_since is None else min(pause * 2, PAUSE_SECONDS_MAX)
                    self.mute_since = self.mute_since or time.monotonic()
                await asyncio.sleep(pause)
        finally:
            pulse.cancel()

    async def standing(self) -> tuple[Any, Any]:
        """Return how full the stream is, and how far its consumer has come.

        Raises:
            nats.errors.Error: the message server does not say.
        """
        stream = self.broker.jetstream()
        return await stream.stream_info(STREAM), await stream.consumer_info(STREAM, CONSUMER)

    async def _take_for_ever(self) -> None:
        stream = self.broker.jetstream(timeout=10)
        await _ensure(stream)
        subscription = await stream.pull_subscribe("", durable=CONSUMER, stream=STREAM)
        looked_at = time.monotonic()
        try:
            while True:
                self.beat = time.monotonic()
                try:
                    messages = await _next(subscription)
                except TimeoutError:
                    # Nothing came; or the server came back without a place to store, and gives nothing ever again.
                    if self.broker.is_connected and time.monotonic() - looked_at >= LOOK_SECONDS:
                        await subscription.consumer_info()
                        looked_at = time.monotonic()
                    self.mute_since = None
                    if not self.broker.is_connected:
                        await asyncio.sleep(PAUSE_SECONDS)
                    continue
                self.mute_since = None
                self._at_rest.clear()
                try:
                    await self._take(messages)
                finally:
                    self._at_rest.set()
        finally:
            await subscription.unsubscribe()

    async def _take(self, messages: Sequence[Any]) -> None:
        """Make presses of messages, answer the devices, and only then let go of the messages."""
        read = [heard(message.subject, message.data) for message in messages]
        for one in read:
            self._heartbeats |= {beat.serial: beat for beat in one.heartbeats}
        stored = [self._stored_at(message) for message in messages]
        presses = [replace(press, stored_at=at) for one, at in zip(read, stored, strict=True) for press in one.presses]
        taken = await self._kept(presses) if presses else []
        self._taken_in()
        for press, result in zip(presses, taken, strict=True):
            await self._answer(press, result)
        for message in messages:
            await message.ack()

    def _stored_at(self, message: Any) -> datetime:
        """Return when the message server took a message, by the time of the alarms."""
        stored_at: datetime = message.metadata.timestamp
        return stored_at - (self._moments.jumped_by or timedelta(0))

    async def _kept(self, presses: Sequence[Received]) -> list[Taken | None]:
        """Write presses down, however long the database is away; None stands for what could not be written."""
        pause = PAUSE_SECONDS
        while True:
            self.beat = time.monotonic()
            try:
                taken = await _in(self._thread, partial(take_together, presses, self._moments))
            except (OperationalError, InterfaceError) as fault:
                self.is_database_away = True
                log.warning("%d presses wait for the database: %s", len(presses), fault)
                await asyncio.sleep(pause)
                pause = min(pause * 2, PAUSE_SECONDS_MAX)
            else:
                self.is_database_away = False
                return taken

    async def _answer(self, press: Received, taken: Taken | None) -> None:
        """Tell the device what became of its press, where it gave it a mark and can be told."""
        if not press.ref or not SERIAL.fullmatch(press.serial):
            return
        result = Result.BUSY if taken is None else taken.result
        words = json.dumps({"ref": press.ref, "result": result.value}).encode()
        await self.broker.publish(f"linli.{press.serial}.ack", words)

    async def _on_state(self, message: Any) -> None:
        beat = state(message.subject, message.data)
        self._heartbeats[beat.serial] = beat

    async def _write_heartbeats(self) -> None:
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            fresh, self._heartbeats = self._heartbeats, {}
            if not fresh:
                continue
            try:
                await _in(self._pulse_thread, partial(_mark, list(fresh.values()), self._moments))
            except (DatabaseError, InterfaceError) as fault:
                log.warning("the heartbeats of %d devices wait for the database: %s", len(fresh), fault)
                self._heartbeats = fresh | self._heartbeats

    async def _lost(self) -> None:
        self.lost_at = self.lost_at or time.monotonic()

    async def _found(self) -> None:
        self._found_now()

    def _found_now(self) -> None:
        self.lost_at = None


def take_together(presses: Sequence[Received], moments: Moments) -> list[Taken | None]:
    """Take in presses in one transaction; where one spoils it, one by one, so that no other waits for it.

    Raises:
        OperationalError: the database does not answer; nothing was written.
    """
    try:
        return list(calls.take_in(received=presses, at=moments.now()))
    except (OperationalError, InterfaceError):
        connection.close()
        raise
    except Exception:
        log.exception("%d presses together could not be written, trying one by one", len(presses))
    return [_alone(press, moments) for press in presses]


def _alone(press: Received, moments: Moments) -> Taken | None:
    for given in (press, bare(press, UNKEPT)):
        try:
            return calls.take_in(received=[given], at=moments.now())[0]
        except (OperationalError, InterfaceError):
            connection.close()
            raise
        except Exception:
            log.exception("a press of %s could not be written", press.serial)
    _say_unkept(press, moments)
    return None


def _say_unkept(press: Received, moments: Moments) -> None:
    with acting(EVERYTHING):
        calls.in_trouble(kind=TroubleKind.UNREADABLE, topic=press.serial, words=press.said[:120], at=moments.now())


def _mark(beats: Sequence[Heartbeat], moments: Moments) -> None:
    try:
        with acting(EVERYTHING):
            calls.mark_heard(heartbeats=beats, at=moments.now())
    except (OperationalError, InterfaceError):
        connection.close()
        raise


async def _next(subscription: Any) -> list[Any]:
    """Return the next message as soon as it is there, and with it those that wait already.

    Asked for many at once, the client may hold the first one back until the server says that there are no others.

    Raises:
        TimeoutError: nothing came.
    """
    messages: list[Any] = await subscription.fetch(1, timeout=FETCH_SECONDS)
    waiting = min(messages[0].metadata.num_pending, BATCH - 1)
    if waiting:
        with suppress(TimeoutError):
            messages += await subscription.fetch(waiting, timeout=AT_HAND_SECONDS)
    return messages


async def _ensure(stream: Any) -> None:
    """Make the stream and its consumer as they are to be, or bring them up to it."""
    wanted = StreamConfig(
        name=STREAM,
        subjects=list(SUBJECTS),
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_bytes=STREAM_BYTES,
        max_msgs=STREAM_MESSAGES,
    )
    try:
        await stream.update_stream(wanted)
    except NotFoundError:
        await stream.add_stream(wanted)
    own = ConsumerConfig(
        durable_name=CONSUMER,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=AGAIN_SECONDS,
        max_deliver=-1,
        max_ack_pending=BATCH * 80,
    )
    await stream.add_consumer(STREAM, own)


async def _connected(url: str, *, lost: Callable[[], Awaitable[None]], found: Callable[[], Awaitable[None]]) -> Any:
    """Connect to the message server once and for all; None when it is not there yet."""
    try:
        return await nats.connect(
            url, name="alarms", max_reconnect_attempts=-1, reconnect_time_wait=PAUSE_SECONDS, connect_timeout=5,
            disconnected_cb=lost, reconnected_cb=found, error_cb=_say, ping_interval=5, max_outstanding_pings=2,
        )  # fmt: skip
    except (OSError, BrokerError) as fault:
        log.warning("the message server is not there yet: %s", fault)
        await asyncio.sleep(PAUSE_SECONDS)
        return None


async def _say(fault: Exception) -> None:
    log.warning("the message server: %s", fault)


async def _in(thread: ThreadPoolExecutor, ask: Callable[[], Answer]) -> Answer:
    return await asyncio.get_running_loop().run_in_executor(thread, ask)
