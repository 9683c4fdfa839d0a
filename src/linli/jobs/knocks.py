"""Who knocks at the message server, and whether it may come in: from memory, looked up where memory fails (敲门).

Memory answers thousands at once, and also while the database is away. Only a device that it does not know, or knows
with another secret, is looked up, many in one question.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any, Protocol

from linli.call.rules import is_secret, topics_of
from linli.call.rules.presses import SERIAL
from linli.call.rules.troubles import UNKNOWN_DEVICE, WRONG_CLIENT, WRONG_SECRET
from linli.runtime import passes
from linli.runtime.broker import ACCOUNT

GATHER_SECONDS = 0.02
LOOK_UP_SECONDS_MAX = 4.0
REFUSED_SECONDS = 0.3  # who was refused is not looked up again at once
REFUSED_KEPT_MAX = 20_000
AWAY = "the database is away"

log = logging.getLogger(__name__)


class Known(Protocol):
    """What memory keeps of a device."""

    @property
    def serial(self) -> str:
        """Its name at the server."""

    @property
    def secret_hash(self) -> bytes:
        """The fingerprint of its secret."""

    @property
    def kind(self) -> str:
        """What it is."""

    @property
    def protocol(self) -> str:
        """How it speaks."""


LookUp = Callable[[Collection[str] | None], Awaitable[Iterable[Known]]]


class Register:
    """The devices as last read."""

    def __init__(self, look_up: LookUp, *, changed: Callable[[str], object] = lambda _serial: None) -> None:
        self._look_up = look_up
        self._changed = changed
        self._known: dict[str, Known] = {}
        self._wanted: dict[str, asyncio.Future[bool]] = {}
        self._gathering: asyncio.Task[None] | None = None

    def get(self, serial: str) -> Known | None:
        """Return what memory knows of a device."""
        return self._known.get(serial)

    async def read_all(self) -> None:
        """Read every device anew."""
        self._take(await self._look_up(None), None)

    async def read(self, serial: str) -> bool:
        """Read one device anew, with the others asked for in the same moment; False when nobody could be asked."""
        try:
            return await asyncio.wait_for(asyncio.shield(self.want(serial)), LOOK_UP_SECONDS_MAX)
        except TimeoutError:
            return False

    def want(self, serial: str) -> "asyncio.Future[bool]":
        """Begin to read one device anew."""
        answer = self._wanted.setdefault(serial, asyncio.get_running_loop().create_future())
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._gather())
        return answer

    async def _gather(self) -> None:
        while self._wanted:
            await asyncio.sleep(GATHER_SECONDS)
            wanted, self._wanted = self._wanted, {}
            try:
                self._take(await self._look_up(wanted.keys()), set(wanted))
                has_read = True
            except Exception as fault:  # noqa: BLE001 -- whatever it is, those who wait must hear of it
                log.warning("devices cannot be looked up: %s", fault)
                has_read = False
            for answer in wanted.values():
                answer.set_result(has_read)
        self._gathering = None

    def _take(self, rows: Iterable[Known], asked: set[str] | None) -> None:
        found = {row.serial: row for row in rows}
        asked = set(self._known) if asked is None else asked
        before = {serial: self._known.pop(serial) for serial in asked if serial in self._known}
        self._known |= found
        for serial, known in before.items():
            if found.get(serial) != known:
                self._changed(serial)


class Doorkeeper:
    """Judges who knocks, and says whom it refused and why."""

    def __init__(self, signer: passes.Signer, register: Register, *, refused: Callable[[str, str], object]) -> None:
        self._signer = signer
        self._register = register
        self._refused = refused
        self._sent_away: dict[tuple[str, str], float] = {}

    async def answer(self, question: bytes) -> bytes:
        """Return the answer to one question of the server; nothing for one who has gone meanwhile.

        Raises:
            ValueError: the question cannot be read.
        """
        asked = passes.read(question.decode())
        try:
            said, client = asked["nats"]["connect_opts"], asked["nats"]["client_info"]
            nkey, server = asked["nats"]["user_nkey"], asked["nats"]["server_id"]["id"]
        except (KeyError, TypeError) as fault:
            raise ValueError("no question of a message server") from fault
        if "exp" in asked and asked["exp"] < time.time():
            return b""
        serial, secret = said.get("user", ""), said.get("pass", "")
        reason = await self._reason(serial, secret, client.get("mqtt_id", ""))
        known = self._register.get(serial)
        verdict = {"jwt": self._pass(known, nkey)} if known and not reason else {"error": reason}
        if reason and reason != AWAY:
            self._refused(reason, serial)
        says = {"type": "authorization_response", "version": 2} | verdict
        return self._signer.sign({"iat": int(time.time()), "sub": nkey, "aud": server, "nats": says}).encode()

    async def _reason(self, serial: str, secret: str, client: str) -> str:
        """Say why not, or nothing."""
        if not SERIAL.fullmatch(serial):
            return UNKNOWN_DEVICE
        reason = self._reason_known(serial, secret, client)
        if reason in {UNKNOWN_DEVICE, WRONG_SECRET} and not self._was_just_refused(serial, secret):
            if not await self._register.read(serial):
                return reason if reason == WRONG_SECRET else AWAY
            reason = self._reason_known(serial, secret, client)
            if reason:
                self._sent_away[serial, secret] = time.monotonic()
        return reason

    def _reason_known(self, serial: str, secret: str, client: str) -> str:
        known = self._register.get(serial)
        if known is None:
            return UNKNOWN_DEVICE
        if not is_secret(secret, known.secret_hash):
            return WRONG_SECRET
        # With another's client id it would throw that other device out.
        return "" if client == serial else WRONG_CLIENT

    def _was_just_refused(self, serial: str, secret: str) -> bool:
        if len(self._sent_away) > REFUSED_KEPT_MAX:
            self._sent_away.clear()
        return time.monotonic() - self._sent_away.get((serial, secret), -REFUSED_SECONDS) < REFUSED_SECONDS

    def _pass(self, known: Known, nkey: str) -> str:
        topics = topics_of(serial=known.serial, kind=known.kind, protocol=known.protocol)
        rights: dict[str, Any] = {
            "type": "user",
            "version": 2,
            "pub": {"allow": topics.says},
            "sub": {"allow": topics.hears},
            "subs": -1,
            "data": -1,
            "payload": -1,
            "allowed_connection_types": ["MQTT"],
        }
        claims = {"iat": int(time.time()), "sub": nkey, "aud": ACCOUNT, "name": known.serial, "nats": rights}
        return self._signer.sign(claims)
