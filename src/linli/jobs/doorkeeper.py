"""The doorkeeper: tells the message server which device may come in, and what it may say and hear (门卫).

A changed secret counts at once: PostgreSQL says that it was changed, and the device's connection is ended. Whoever was
refused, or spoke on a topic that is not its own, is counted on the duty desk.
"""

import asyncio
import json
import logging
import os
import re
from collections import deque
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import django
import nats
import psycopg
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from nats.errors import Error as BrokerError

from linli.call.rules.troubles import REFUSALS, WRONG_TOPIC, TroubleKind
from linli.jobs.knocks import Doorkeeper, Known, Register
from linli.jobs.shelves import Shelves
from linli.jobs.staying import first_of, told_to_stop
from linli.runtime.passes import Signer
from linli.shared.scope import EVERYTHING, acting

QUESTIONS = "$SYS.REQ.USER.AUTH"
CHANNEL = "linli_device"  # call/migrations/0003_device_credentials_notice.py
RECONNECT_SECONDS = 0.05  # after a restart of the server, be there before the devices
RELOAD_SECONDS = 300.0  # should a notice ever be lost
REPORT_SECONDS = 5.0
QUIET_MINUTES = 10  # a refusal that nobody repeats goes from the duty desk
NAMES_SHOWN = 8
NAME_LETTERS = 40
LOG_BYTES_AT_ONCE = 1_000_000
STOP_SECONDS_MAX = 12
VIOLATION = re.compile(r' - mid:\d+ - "([^"]*)" - (?:Publish|Subscription) Violation')

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")


@dataclass
class Tally:
    """Whom the door refused since the duty desk was told."""

    counts: dict[str, int] = field(default_factory=dict)
    names: dict[str, deque[str]] = field(default_factory=dict)

    def add(self, reason: str, name: str) -> None:
        """Count one; what a stranger calls itself is cut, and shown without control letters."""
        self.counts[reason] = self.counts.get(reason, 0) + 1
        shown = "".join(letter for letter in name[:NAME_LETTERS] if letter.isprintable())
        names = self.names.setdefault(reason, deque(maxlen=NAMES_SHOWN))
        if shown not in names:
            names.append(shown)

    def put_back(self, counts: dict[str, int]) -> None:
        """Count again what could not be told."""
        for reason, count in counts.items():
            self.counts[reason] = self.counts.get(reason, 0) + count


class Violations:
    """Reads from the server's log who used a topic that is not its own: the device itself is told nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_to = path.stat().st_size if path.exists() else 0

    def fresh(self) -> list[str]:
        """Return the devices that did so since the last look."""
        size = self._path.stat().st_size if self._path.exists() else 0
        if size < self._read_to:  # the server began a new one
            self._read_to = 0
        if size == self._read_to:
            return []
        with self._path.open("rb") as words:
            words.seek(max(self._read_to, size - LOG_BYTES_AT_ONCE))
            found = VIOLATION.findall(words.read(LOG_BYTES_AT_ONCE).decode(errors="replace"))
        self._read_to = size
        return found


def main() -> None:
    """Run until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    django.setup()
    asyncio.run(_keep())


async def _keep() -> None:
    stopping = told_to_stop(within=STOP_SECONDS_MAX)
    system = await _connected(os.environ["LINLI_BROKER_SYSTEM_URL"])
    tally, leaving = Tally(), set[asyncio.Task[None]]()

    def changed(serial: str) -> None:
        task = asyncio.create_task(_show_out(system, serial))
        leaving.add(task)
        task.add_done_callback(leaving.discard)

    register = Register(_look_up, changed=changed)
    keeper = Doorkeeper(Signer(bytes.fromhex(os.environ["LINLI_DOORKEEPER_SEED"])), register, refused=tally.add)
    shelves = Shelves()
    broker = await _connected(settings.BROKER_URL, shelves)
    await broker.subscribe(QUESTIONS, queue="doorkeepers", cb=partial(_open, keeper, shelves, set()))
    await shelves.make(broker)
    violations = Violations(settings.DATA_DIR / "logs" / "broker.log")
    # A fault ends the process, and the supervisor starts it again.
    await first_of(stopping.wait(), _listen(register), _reload(register), _report(tally, violations))


async def _open(keeper: Doorkeeper, shelves: Shelves, answering: set[asyncio.Task[None]], message: Any) -> None:
    """Answer beside others: one that has to be looked up keeps nobody waiting."""

    async def answer() -> None:
        await shelves.wait()
        try:
            if words := await keeper.answer(message.data):
                await message.respond(words)
        except (ValueError, BrokerError) as fault:
            log.warning("a question of the message server stays without answer: %s", fault)

    task = asyncio.create_task(answer())
    answering.add(task)
    task.add_done_callback(answering.discard)


async def _show_out(system: Any, serial: str) -> None:
    """End the connection of a device whose secret or topics have changed; it comes back by itself, if it may."""
    try:
        asked = json.dumps({"mqtt_client": serial}).encode()
        answer = json.loads((await system.request("$SYS.REQ.SERVER.PING.CONNZ", asked, timeout=5)).data)
        for line in answer["data"]["connections"]:
            kick = json.dumps({"cid": line["cid"]}).encode()
            await system.request(f"$SYS.REQ.SERVER.{answer['server']['id']}.KICK", kick, timeout=5)
            log.warning("%s was shown out, because its secret or its topics have changed", serial)
    except (BrokerError, TimeoutError, ValueError, KeyError) as fault:
        log.warning("%s could not be shown out: %s", serial, fault)


async def _listen(register: Register) -> None:
    """Hear of devices that were made or changed; after every interruption read them all."""
    pause = 0.1
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**_address(), autocommit=True) as session:
                await session.execute(f"LISTEN {CHANNEL}")
                await register.read_all()
                pause = 0.1
                async for notice in session.notifies():
                    register.want(notice.payload)
        except (DatabaseError, psycopg.Error, OSError) as fault:
            log.warning("the database does not speak, trying again in %.1f s: %s", pause, fault)
        await asyncio.sleep(pause)
        pause = min(pause * 2, 5.0)


async def _reload(register: Register) -> None:
    while True:
        await asyncio.sleep(RELOAD_SECONDS)
        with suppress(DatabaseError):  # the listener says so
            await register.read_all()


async def _report(tally: Tally, violations: Violations) -> None:
    while True:
        await asyncio.sleep(REPORT_SECONDS)
        for name in violations.fresh():
            tally.add(WRONG_TOPIC, name)
        counts, tally.counts = tally.counts, {}
        try:
            await _in_thread(partial(_tell_duty, counts, {reason: [*names] for reason, names in tally.names.items()}))
        except DatabaseError as fault:
            log.warning("the duty desk cannot be told: %s", fault)
            tally.put_back(counts)


def _tell_duty(counts: dict[str, int], names: dict[str, list[str]]) -> None:
    from linli.call import actions as calls  # noqa: PLC0415 -- after the apps are registered

    at = timezone.now()
    for reason, count in counts.items():
        words = "、".join(names.get(reason, []))
        calls.in_trouble(kind=TroubleKind.DENIED, topic=reason, words=words, count=count, at=at)
    for reason in REFUSALS:
        quiet_since = at - timedelta(minutes=QUIET_MINUTES)
        calls.out_of_trouble(kind=TroubleKind.DENIED, topic=reason, quiet_since=quiet_since, at=at)


async def _look_up(serials: Collection[str] | None) -> Iterable[Known]:
    from linli.call import queries as calls  # noqa: PLC0415 -- after the apps are registered

    return await _in_thread(partial(calls.credentials, serials))


async def _in_thread(ask: Callable[[], Answer]) -> Answer:
    """Ask the database in the one thread that has a connection to it."""

    def asked() -> Answer:
        connection.close_if_unusable_or_obsolete()
        try:
            with acting(EVERYTHING):
                return ask()
        except DatabaseError:
            connection.close()
            raise

    return await asyncio.get_running_loop().run_in_executor(_thread, asked)


def _address() -> dict[str, Any]:
    parameters = connection.get_connection_params()
    return {key: parameters[key] for key in parameters if key not in {"cursor_factory", "context", "prepare_threshold"}}


async def _connected(url: str, shelves: Shelves | None = None) -> Any:
    async def lost() -> None:
        log.warning("the message server is away")
        if shelves is not None:
            shelves.are_gone()

    async def found() -> None:
        log.warning("the message server is back")
        if shelves is not None:
            await shelves.make(broker)

    async def fault(fault: Exception) -> None:
        log.debug("the message server does not answer: %s", fault)  # twenty times a second while it is away

    broker = await nats.connect(
        url, max_reconnect_attempts=-1, reconnect_time_wait=RECONNECT_SECONDS, connect_timeout=5,
        error_cb=fault, disconnected_cb=lost, reconnected_cb=found,
    )  # fmt: skip
    return broker


if __name__ == "__main__":
    main()
