"""A device as the message server meets it, made of software: for trying out, for tests, for measurements (模拟设备).

It does what a bracelet must: it repeats a press until it hears *our* answer to that very press. That the message
server took the message proves nothing.
"""

import asyncio
import json
import logging
import random
import ssl
import time
import uuid
from asyncio import sslproto
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gmqtt
from gmqtt.mqtt.constants import MQTTv311
from gmqtt.mqtt.handler import MQTTConnectError

HANDLED, BUSY = 0, 6  # interfaces.md
DENIED = 128  # MQTT 3.1.1, SUBACK
REPEAT_SECONDS = 5.0
ANSWER_SECONDS_MAX = 30.0
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.5, 10.0
KEEP_ALIVE_SECONDS = 60
TLS_BYTES = 16_384
NO_RECONNECT = -2  # its own reconnecting keeps old messages; ours begins anew

_quiet = logging.getLogger("linli.device.mqtt")
_quiet.setLevel(logging.CRITICAL)


class NotLetIn(Exception):  # noqa: N818 -- foreseen
    """The message server refused serial and secret."""


@dataclass(frozen=True)
class Address:
    """Where devices come in."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None

    @classmethod
    def of(cls, url: str, authority: str | Path = "") -> "Address":
        """Read an address such as mqtts://host:8883; without an authority the public ones are believed."""
        parts = urlsplit(url)
        tls = ssl.create_default_context(cafile=str(authority) or None) if parts.scheme == "mqtts" else None
        return cls(parts.hostname or "127.0.0.1", parts.port or (8883 if tls else 1883), tls)


@dataclass(frozen=True)
class Heard:
    """What came back for a press; ``result`` None when nothing came in time."""

    ref: str
    result: int | None
    seconds: float
    times_said: int

    @property
    def is_handled(self) -> bool:
        """Return whether the press is with us."""
        return self.result == HANDLED


class Device:
    """One device with its connection."""

    def __init__(
        self,
        serial: str,
        secret: str,
        address: Address,
        *,
        keep_alive: int = KEEP_ALIVE_SECONDS,
        listening_qos: int = 0,
    ) -> None:
        self.serial = serial
        self.connects = 0
        self._secret, self._address, self._keep_alive = secret, address, keep_alive
        self._listening_qos = listening_qos
        self.gate: AbstractAsyncContextManager[None] = nullcontext()
        self._client: gmqtt.Client | None = None
        self._lost = asyncio.Event()
        self._entering = asyncio.Lock()
        self._waiting: dict[str, asyncio.Future[int]] = {}

    async def __aenter__(self) -> "Device":
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    @property
    def is_connected(self) -> bool:
        """Return whether it is connected as far as it knows."""
        return self._client is not None and not self._lost.is_set()

    async def connect(self) -> None:
        """Connect, where it is not connected.

        Raises:
            NotLetIn: the server refused it.
            OSError: nobody answers, or TLS does not agree.
        """
        async with self._entering, self.gate:  # a second connection would throw the first one out
            if not self.is_connected:
                await self._enter()

    async def _enter(self) -> None:
        will = gmqtt.Message(f"linli/{self.serial}/state", json.dumps({"online": False}), qos=1, retain=True)
        client = gmqtt.Client(self.serial, clean_session=True, will_message=will, logger=_quiet)
        client.set_config({"reconnect_retries": NO_RECONNECT, "reconnect_delay": 0})
        client.set_auth_credentials(self.serial, self._secret)
        lost = asyncio.Event()
        client.on_message = self._hear

        def end(*_given: object, **_named: object) -> None:
            lost.set()
            _drop(client)

        client.on_disconnect = end
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                await self._shake_hands(client, lost)
        except MQTTConnectError as fault:
            raise NotLetIn(f"{self.serial} was not let in: {fault}") from fault
        except BaseException:
            _drop(client)
            raise
        self._client, self._lost = client, lost
        self.connects += 1

    async def _shake_hands(self, client: gmqtt.Client, lost: asyncio.Event) -> None:
        entering = asyncio.ensure_future(self._come_in(client))
        losing = asyncio.ensure_future(lost.wait())
        try:
            await asyncio.wait({entering, losing}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(0)  # a refusal is said in the same moment in which the connection ends
            if not entering.done():
                raise NotLetIn(f"{self.serial} was not let in: the connection was closed")
            entering.result()
        finally:
            for task in (entering, losing):
                task.cancel()

    async def _come_in(self, client: gmqtt.Client) -> None:
        granted: asyncio.Future[tuple[int, ...]] = asyncio.get_running_loop().create_future()
        client.on_subscribe = lambda _client, _mid, codes, *_more: granted.set_result(codes)
        address = self._address
        await client.connect(
            address.host, address.port, ssl=address.tls or False, keepalive=self._keep_alive, version=MQTTv311
        )
        client.subscribe(f"linli/{self.serial}/ack", qos=self._listening_qos)
        if max(await granted) >= DENIED:
            raise NotLetIn(f"{self.serial} may not listen to its answers")

    async def stay(self) -> None:
        """Be connected from now on, whatever happens, until cancelled."""
        pause = PAUSE_SECONDS
        while True:
            try:
                await self.connect()
                pause = PAUSE_SECONDS
                await self._lost.wait()
            except (OSError, NotLetIn, TimeoutError):
                pause = min(pause * 2, PAUSE_SECONDS_MAX)
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))

    async def press(
        self, *, kind: str = "PRESS", ref: str = "", within: float = 60.0, repeat: float = REPEAT_SECONDS, **more: Any
    ) -> Heard:
        """Press once, and say it again until our answer to it comes or the time is over."""
        ref = ref or uuid.uuid4().hex[:16]
        words = {"ref": ref, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), "kind": kind} | more
        answer = self._waiting[ref] = asyncio.get_running_loop().create_future()
        began, times = time.perf_counter(), 0
        try:
            async with asyncio.timeout(within):
                while True:
                    times += await self._say("press", words)
                    with suppress(TimeoutError):
                        result = await asyncio.wait_for(asyncio.shield(answer), repeat * random.uniform(0.8, 1.2))
                        if result != BUSY:
                            return Heard(ref, result, time.perf_counter() - began, times)
                        answer = self._waiting[ref] = asyncio.get_running_loop().create_future()
        except TimeoutError:
            return Heard(ref, None, time.perf_counter() - began, times)
        finally:
            del self._waiting[ref]

    async def heartbeat(self, *, battery: int | None = None, signal: int | None = None) -> bool:
        """Say how it is; return whether it could be said."""
        words: dict[str, Any] = {"online": True, "at": datetime.now(UTC).isoformat(timespec="seconds")}
        measured = {"battery": battery, "signal": signal}
        return await self._say("state", words | {k: v for k, v in measured.items() if v is not None}, retain=True)

    async def leave(self) -> None:
        """Say goodbye, so that the last will stays unsaid."""
        client, self._client = self._client, None
        if client is not None and not self._lost.is_set():
            await asyncio.sleep(0.05)  # what was just said leaves first
            with suppress(OSError):
                await client.disconnect()

    def vanish(self) -> None:
        """Break off without a goodbye, as a device whose battery is empty."""
        client, self._client = self._client, None
        if client is not None:
            _drop(client)

    async def _say(self, topic: str, words: dict[str, Any], *, retain: bool = False) -> bool:
        with suppress(OSError, NotLetIn, TimeoutError):
            await self.connect()
        if not self.is_connected or self._client is None:
            return False
        self._client.publish(f"linli/{self.serial}/{topic}", json.dumps(words), qos=1, retain=retain)
        return True

    def _hear(self, _client: gmqtt.Client, _topic: str, payload: bytes, *_more: Any) -> int:
        with suppress(ValueError, KeyError, TypeError):
            words = json.loads(payload)
            answer = self._waiting[words["ref"]]
            if not answer.done():
                answer.set_result(int(words["result"]))
        return 0


def be_many() -> None:
    """Prepare this process for thousands of devices: Python keeps 256 kB for each TLS connection, 16 are enough."""
    sslproto.SSLProtocol.max_size = TLS_BYTES


def _drop(client: gmqtt.Client) -> None:
    """Break off at once; there is no public way to be so rude."""
    if client._connection is not None:  # noqa: SLF001 -- see above
        client._connection._transport.abort()  # noqa: SLF001 -- see above
