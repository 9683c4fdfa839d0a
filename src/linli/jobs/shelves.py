"""Where the message server keeps what devices say of themselves: in memory, so that the disk is left to presses (存放).

A state is said anew every few minutes and stands in our tables; the server, told to write every message to the disk at
once, would do so for ten thousand states a minute as well, and a press would wait behind them. Its own streams are made
when the first device comes in, on the disk, unless they are there.
"""

import asyncio
import logging
from typing import Any

from nats.errors import Error as BrokerError
from nats.js.api import RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

# The server's own names and subjects (nats-server, server/mqtt.go).
RETAINED = StreamConfig(
    name="$MQTT_rmsgs",
    subjects=["$MQTT.rmsgs.>"],
    storage=StorageType.MEMORY,
    retention=RetentionPolicy.LIMITS,
    max_msgs_per_subject=1,
    max_bytes=32 * 1024 * 1024,  # of ten thousand devices a tenth of it; then the oldest states are forgotten
)
# What devices say with QoS 1 passes through here to devices that hear with QoS 1: none may hear what another says.
PASSING = StreamConfig(
    name="$MQTT_msgs",
    subjects=["$MQTT.msgs.>"],
    storage=StorageType.MEMORY,
    retention=RetentionPolicy.INTEREST,
    max_bytes=16 * 1024 * 1024,
)
ANSWER_SECONDS_MAX = 2

log = logging.getLogger(__name__)


class Shelves:
    """Says when the server has its shelves: before that no device is let in, or it would make them on the disk."""

    def __init__(self) -> None:
        self._are_there = asyncio.Event()

    def are_gone(self) -> None:
        """Remember that the server is away: what it had in memory goes with it."""
        self._are_there.clear()

    async def make(self, broker: Any) -> None:
        """Make them; a server that cannot makes its own, which is slower and as safe."""
        stream = broker.jetstream(timeout=ANSWER_SECONDS_MAX)
        try:
            for wanted in (RETAINED, PASSING):
                await _ensure(stream, wanted)
        except (BrokerError, TimeoutError) as fault:
            log.warning("the message server may keep what devices say of themselves on the disk: %s", fault)
        finally:
            self._are_there.set()

    async def wait(self) -> None:
        """Wait until they are there."""
        await self._are_there.wait()


async def _ensure(stream: Any, wanted: StreamConfig) -> None:
    try:
        found = await stream.stream_info(wanted.name)
    except NotFoundError:
        await stream.add_stream(wanted)
    else:
        if found.config.storage != wanted.storage:
            log.warning("%s lies on the disk until the next start", wanted.name)
