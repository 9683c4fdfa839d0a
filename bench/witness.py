"""Notes when a press arrives where: bare at the message server, as a row, at a desk, at a phone's push service.

Ten times a second it writes a block to the same disk: a press waits for the disk twice, in the stream and as a row.

One process with a clock all processes share (`time.perf_counter` is the machine's steady clock). That a row is durable
is heard from PostgreSQL itself: it sends the hint of a call when the commit is on the disk, never before.
"""

import asyncio
import json
import os
import resource
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

import nats
import psycopg

from linli.jobs.alarms.reading import PRESSES
from linli.shared.hints import CHANNEL

BLOCK_BYTES, DISK_SECONDS = 4096, 0.1
PHONES = "/grid/"  # where the phones of grid workers are reached; the other phones are there for the load


@dataclass
class Seen:
    """When each press was first seen; by its mark, its call, or the number of its call."""

    hop: dict[str, float] = field(default_factory=dict)
    durable: dict[int, float] = field(default_factory=dict)
    desk: dict[int, float] = field(default_factory=dict)
    push: dict[str, float] = field(default_factory=dict)
    disk: list[tuple[float, float]] = field(default_factory=list)  # when we wrote, and how long until it was there
    pushes: int = 0
    cpu: float = 0.0


class Witness:
    """The witness as the measuring process has it."""

    def __init__(self, *, broker_url: str, database_url: str, live_port: int, cookie: str) -> None:
        context = get_context("spawn")
        self._near, far = context.Pipe()
        given = (far, broker_url, database_url, live_port, cookie)
        self._child = context.Process(target=_watch, args=given, daemon=True)
        self._child.start()
        far.close()
        self.push_port: int = self._answer()

    def seen(self) -> Seen:
        """Return what was seen so far."""
        self._near.send("seen")
        seen: Seen = self._answer()
        return seen

    def _answer(self) -> Any:
        if not self._near.poll(60):
            raise RuntimeError("the witness does not answer")
        return self._near.recv()

    def end(self) -> None:
        """End it."""
        self._child.terminate()
        self._child.join()


def _watch(pipe: Any, broker_url: str, database_url: str, live_port: int, cookie: str) -> None:
    with suppress(KeyboardInterrupt):
        asyncio.run(_Watch().watch(pipe, broker_url, database_url, live_port, cookie))


class _Watch:
    def __init__(self) -> None:
        self.kept = Seen()

    async def watch(self, pipe: Any, broker_url: str, database_url: str, live_port: int, cookie: str) -> None:
        broker = await nats.connect(broker_url, max_reconnect_attempts=-1, reconnect_time_wait=0.1, error_cb=_silent)
        await broker.subscribe(PRESSES, cb=self.on_press)
        await broker.flush()
        server = await asyncio.start_server(self.on_push, "127.0.0.1", 0)
        listening = asyncio.create_task(self.listen(database_url))
        ready = asyncio.Event()
        desk = asyncio.create_task(self.be_desk(live_port, cookie, ready))
        threading.Thread(target=self.write, daemon=True).start()
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({listening, desk, waiting}, return_when=asyncio.FIRST_COMPLETED)
        asyncio.get_running_loop().add_reader(pipe.fileno(), self.answer, pipe)
        if ready.is_set():
            pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.gather(listening, desk)  # a fault of one ends all, and the measurement

    def answer(self, pipe: Any) -> None:
        pipe.recv()
        usage = resource.getrusage(resource.RUSAGE_SELF)
        self.kept.cpu = usage.ru_utime + usage.ru_stime
        pipe.send(self.kept)

    def write(self) -> None:
        """Write a block and wait until it is on the disk, again and again."""
        with tempfile.TemporaryFile(buffering=0) as block:
            while True:
                began = time.perf_counter()
                block.write(bytes(BLOCK_BYTES))
                os.fdatasync(block.fileno())
                self.kept.disk.append((began, time.perf_counter() - began))
                block.seek(0)
                time.sleep(DISK_SECONDS)

    async def on_press(self, message: Any) -> None:
        now = time.perf_counter()
        self.kept.hop.setdefault(json.loads(message.data)["ref"], now)

    async def listen(self, database_url: str) -> None:
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as session:
            await session.execute(f"LISTEN {CHANNEL}")
            async for notice in session.notifies():
                now = time.perf_counter()
                for call in json.loads(notice.payload).get("calls", []):
                    self.kept.durable.setdefault(call, now)

    async def be_desk(self, live_port: int, cookie: str, ready: asyncio.Event) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", live_port)
        head = f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{live_port}\r\nCookie: sessionid={cookie}\r\n\r\n"
        writer.write(head.encode())
        status = await reader.readline()
        if b" 200 " not in status:
            raise RuntimeError(f"the desk is not let in: {status!r}")
        while line := await reader.readline():
            if line.startswith(b": welcome"):
                ready.set()
            elif line.startswith(b"data: "):
                now = time.perf_counter()
                for call in json.loads(line[6:]).get("calls", []):
                    self.kept.desk.setdefault(call, now)
        raise RuntimeError("the desk was sent away")

    async def on_push(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take pushes as the service of a phone's maker does."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if ": " in line)
            await reader.readexactly(int(lines["content-length"]))
            now = time.perf_counter()
            self.kept.pushes += 1
            if head.startswith(f"POST {PHONES}"):
                self.kept.push.setdefault(lines["topic"].upper(), now)
            writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        writer.close()


async def _silent(_fault: Exception) -> None:
    """While the message server is away there is nothing to say."""
