"""The whole of linli on one machine, started in order and watched over in the foreground (整机)."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg

from linli.runtime import broker as brokers
from linli.runtime import door as doors
from linli.runtime import fingerprints, logs, ports, postgres
from linli.runtime.children import Child, Nursery, Process, die_with_parent
from linli.runtime.folder import Folder, Running, require_room
from linli.runtime.trouble import Trouble

ROLE = "linli_app"
WEB_WORKERS = 2
WEB_THREADS = 4
WEB_CONNECTIONS_MAX = 1024  # per worker; browsers keep several open between two pages, and each counts
IDLE_MILLISECONDS_MAX = 20_000  # a connection that says nothing for so long makes room
WEB_READY_SECONDS_MAX = 90
BROKER_TRIES = 3
LIVE_PAGES_MAX = 2000


def tell(words: str) -> None:
    """Say one line to the person at the keyboard."""
    print(words, flush=True)


@dataclass
class System:
    """One linli: its data folder, address and processes."""

    folder: Folder
    host: str = "127.0.0.1"
    port: int = 8000
    is_demo: bool = False
    tell: Callable[[str], None] = tell
    nursery: Nursery = field(init=False)
    database_url: str = ""
    live_port: int = 0
    broker: brokers.Broker | None = None
    stamps: Path = field(init=False)

    def __post_init__(self) -> None:
        self.nursery = Nursery(self.tell)
        self.stamps = self.folder.path

    @property
    def url(self) -> str:
        """The one address people open."""
        host = "localhost" if self.host in {"127.0.0.1", "0.0.0.0", "::"} else self.host  # noqa: S104 -- compared
        return f"http://{host}:{self.port}/"

    def surroundings(self, *, as_owner: bool = False) -> dict[str, str]:
        """Environment for our own processes; only migrations and seeding act as the tables' owner."""
        given = {**self.folder.settings(), **os.environ}
        if not as_owner:
            given.pop("LINLI_ADMIN_PASSWORD", None)  # of use once, at the first start
        return {
            **given,
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "linli.config.settings",
            "LINLI_DATA": str(self.folder.path),
            "LINLI_SECRET": os.environ.get("LINLI_SECRET") or self.folder.secret(),
            "LINLI_DATABASE_URL": self.database_url,
            "LINLI_DATABASE_ROLE": "" if as_owner else ROLE,
            "LINLI_LIVE_PORT": str(self.live_port),
            "LINLI_BROKER_URL": self.broker.url if self.broker else "",
        }

    def open(self) -> None:
        """Take the folder and start what everything else rests on: database, then tables."""
        self.folder.prepare()
        self.folder.lock()
        self._start_database()
        self._bring_up_to_date("tables", self.stamps / "tables-stamp", fingerprints.migrations())

    def run_owner(self, *arguments: str) -> None:
        """Run one of our own Python modules to its end, as the tables' owner, with its words on the console.

        Raises:
            Trouble: it failed.
        """
        command = [sys.executable, *arguments]
        done = subprocess.run(command, env=self.surroundings(as_owner=True), cwd=fingerprints.REPOSITORY, check=False)
        if done.returncode:
            raise Trouble(f"{' '.join(arguments)} failed (code {done.returncode}).")

    def empty_database(self) -> None:
        """Throw the embedded database away and make the tables again; an outside database is never touched.

        Raises:
            Trouble: the database is not ours to empty.
        """
        self.make_database_anew()
        self._bring_up_to_date("tables", self.stamps / "tables-stamp", fingerprints.migrations())

    def make_database_anew(self) -> None:
        """Leave an embedded database without a single table; the next start makes or renews them.

        Raises:
            Trouble: the database is not ours to empty.
        """
        if os.environ.get("LINLI_DATABASE_URL"):
            raise Trouble("The database of LINLI_DATABASE_URL is not empty: empty it and start again.")
        (self.stamps / "tables-stamp").unlink(missing_ok=True)
        with psycopg.connect(self.database_url.replace("/linli?", "/postgres?"), autocommit=True) as connection:
            connection.execute("DROP DATABASE linli WITH (FORCE)")
            connection.execute("CREATE DATABASE linli")

    def serve(self, farewell: Callable[[], None]) -> None:
        """Start the rest, say where to go, and look after all of it until told to stop."""
        ports.require_free(self.host, self.port)
        self._start_broker()
        # A proxy in front needs to know the port beforehand; otherwise the next free one will do.
        self.live_port = ports.free(self.host, preferred=int(os.environ.get("LINLI_LIVE_PORT") or self.port + 1))
        self._bring_up_to_date("static", self.folder.path / "static-stamp", fingerprints.static_files())
        for name, command in self._programs().items():
            self.nursery.add(self._python_child(name, command))
        self._wait_for_web()
        broker_url = self.broker.url if self.broker else ""
        with suppress(KeyboardInterrupt):  # once it serves, being told to stop is its proper end
            self.folder.tell(
                Running(os.getpid(), self.url, self.database_url, broker_url, self.live_port, *self._door_words())
            )
            farewell()
            watch = logs.LogWatch(self.folder.logs)
            while True:
                self.nursery.look_after()
                for line in watch.new_lines():
                    self.tell(line)
                time.sleep(0.25)

    def close(self) -> None:
        """Stop everything that was started, the database last."""
        self.nursery.stop()
        self.folder.unlock()

    def _start_database(self) -> None:
        given = os.environ.get("LINLI_DATABASE_URL", "")
        if given:
            require_reachable(given)
            self.database_url = given
            return
        place = postgres.place_for(self.folder.path)
        require_room(place.data)
        if not place.data.exists():
            self.tell("Making the database (first start only) …")
        log = logs.open_log(self.folder.logs, "postgres")
        child = Child("postgres", lambda: postgres.start(place, log=log), signal.SIGINT, stop_seconds=60)
        self.nursery.add(child)
        assert child.process is not None  # noqa: S101 -- add() starts it or raises
        postgres.wait_ready(place, child.process, tell=self.tell)
        self.database_url = place.url
        self.stamps = place.data.parent  # a new database has no stamps

    def _start_broker(self) -> None:
        for tries_left in reversed(range(BROKER_TRIES)):
            broker = brokers.configure(self.folder, doors.opened(self.folder, is_demo=self.is_demo))
            start = partial(self._spawn, "broker", broker.command())
            child = Child("broker", start, is_broken=broker.is_broken)
            self.nursery.add(child)
            assert child.process is not None  # noqa: S101 -- add() starts it or raises
            try:
                brokers.wait_ready(broker, child.process)
            except Trouble:
                # A port that was free a moment ago may have been taken by anybody: it dies at once, and tries others.
                if not tries_left or child.process.poll() is None:
                    raise
                self.nursery.drop(child)
            else:
                self.broker = broker
                return

    def _bring_up_to_date(self, step: str, stamp: Path, fingerprint: str) -> None:
        embedded = not os.environ.get("LINLI_DATABASE_URL")
        if fingerprints.is_current(stamp, fingerprint) and (embedded or step != "tables"):
            return
        self.tell({"tables": "Bringing the tables up to date …", "static": "Gathering static files …"}[step])
        with logs.open_log(self.folder.logs, "prepare") as log:
            done = subprocess.run(
                [sys.executable, "-m", "linli.runtime.prepare", step],
                env=self.surroundings(as_owner=True),
                cwd=fingerprints.REPOSITORY,
                stdout=log,
                stderr=log,
                check=False,
            )
        if done.returncode:
            raise Trouble(f"The step “{step}” failed: see {self.folder.logs / 'prepare.log'}.")
        fingerprints.keep(stamp, fingerprint)

    def _programs(self) -> dict[str, list[str]]:
        granian = ["-m", "granian", "--host", self.host, "--no-ws", "--http", "1", "--respawn-failed-workers",
                   "--respawn-interval", "0.2", "--workers-kill-timeout", "8", "--log-level", "warning",
                   "--http1-header-read-timeout", str(IDLE_MILLISECONDS_MAX)]  # fmt: skip
        web = [*granian, "--port", str(self.port), "--interface", "wsgi", "--workers", str(WEB_WORKERS),
               "--blocking-threads", str(WEB_THREADS), "--backpressure", str(WEB_CONNECTIONS_MAX),
               "--static-path-route", "/static", "--static-path-mount", str(self.folder.path / "static"),
               "linli.config.wsgi:application"]  # fmt: skip
        live = [*granian, "--port", str(self.live_port), "--interface", "asgi", "--workers", "1",
                "--backpressure", str(LIVE_PAGES_MAX), "linli.config.asgi:application"]  # fmt: skip
        jobs = {name: ["-m", f"linli.jobs.{name}"] for name in ("worker", "clock", "doorkeeper", "alarms")}
        return {"web": web, "live": live, **jobs}

    def _python_child(self, name: str, arguments: list[str]) -> Child:
        return Child(name, lambda: self._spawn(name, [sys.executable, *arguments]))

    def _spawn(self, name: str, command: list[str]) -> Process:
        with logs.open_log(self.folder.logs, name) as log:
            return subprocess.Popen(
                command,
                env=self.surroundings() | self._keys_of(name),
                cwd=fingerprints.REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops its children in order
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 -- this process has one thread
            )

    def _keys_of(self, name: str) -> dict[str, str]:
        """Nobody but the doorkeeper can let devices in, or end their connections."""
        if name != "doorkeeper" or self.broker is None:
            return {}
        return {"LINLI_DOORKEEPER_SEED": self.broker.keys.seed, "LINLI_BROKER_SYSTEM_URL": self.broker.system_url}

    def _door_words(self) -> tuple[str, str]:
        door = self.broker.door if self.broker else None
        return (door.url, str(door.authority or "")) if door else ("", "")

    def _wait_for_web(self) -> None:
        started = time.monotonic()
        while time.monotonic() - started < WEB_READY_SECONDS_MAX:
            self.nursery.look_after()
            if _answers(self.host, self.port):
                return
            time.sleep(0.05)
        raise Trouble("The pages do not answer: see logs/web.log.")


def require_reachable(url: str) -> None:
    """Refuse to go on without the database that was asked for.

    Raises:
        Trouble: LINLI_DATABASE_URL is not an address, or nobody answers there.
    """
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as fault:
        first = (str(fault).strip().splitlines() or ["no words"])[0]
        raise Trouble(f"The database of LINLI_DATABASE_URL cannot be reached: {first}") from fault


@contextmanager
def opened(system: System) -> Iterator[System]:
    """Open a system and close it whatever happens."""
    try:
        system.open()
        yield system
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        system.close()


def sample_logins(folder: Folder) -> list[dict[str, str]]:
    """Read the logins the demo made, one per desk."""
    note = folder.path / "demo-logins.json"
    return list(json.loads(note.read_text())) if note.exists() else []


def _answers(host: str, port: int) -> bool:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- compared
    connection = http.client.HTTPConnection(target, port, timeout=30)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
