"""A real linli for a measurement: embedded PostgreSQL with fsync, tables, a made-up district, the web server."""

import json
import os
import resource
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil
import psycopg

from linli.runtime import binaries, ports, postgres
from linli.runtime.folder import Folder
from linli.runtime.system import System

READY_SECONDS_MAX = 60
HEAD_END = b"\r\n\r\n"


@dataclass
class Bench:
    """A system under measurement."""

    system: System
    folder: Path
    port: int
    web: subprocess.Popen[bytes] | None = None
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Address of the database, as its owner."""
        return self.system.database_url

    def sql(self, statement: str, *values: Any) -> Any:
        """Ask the database one thing and return the first row."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchone() if cursor.description else None

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database for rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def settle(self) -> None:
        """Let what was filled in reach the disk, so that it does not in the middle of what is measured."""
        self.sql("VACUUM ANALYZE")
        self.sql("CHECKPOINT")
        os.sync()

    def django(self) -> None:
        """Let this process use the product as the owner of the tables."""
        os.environ.update(self.system.surroundings(as_owner=True))
        import django

        django.setup()

    def serve(self) -> None:
        """Start the web server exactly as the product does."""
        (self.folder / "static").mkdir(exist_ok=True)
        command = self.system._programs()["web"]  # noqa: SLF001 -- the very command of the product
        log = (self.folder / "web.log").open("wb")
        self.web = subprocess.Popen([sys.executable, *command], env=self.system.surroundings() | self.settings,
                                    stdout=log, stderr=log)  # fmt: skip
        started = time.monotonic()
        while time.monotonic() - started < READY_SECONDS_MAX:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError((self.folder / "web.log").read_text()[-2000:])

    def serve_all(self) -> None:
        """Start the message server and every process of the product, as its supervisor does."""
        (self.folder / "static").mkdir(exist_ok=True)
        self.system._start_broker()  # noqa: SLF001 -- the very steps of the product
        self.system.live_port = ports.free("127.0.0.1", preferred=self.port + 1)
        for name, command in self.system._programs().items():  # noqa: SLF001 -- see above
            self.system.nursery.add(self.system._python_child(name, command))  # noqa: SLF001 -- see above
        self.system._wait_for_web()  # noqa: SLF001 -- see above

    def program(self, name: str) -> psutil.Process:
        """Return a process that was started with all others."""
        child = next(child for child in self.system.nursery.children if child.name == name)
        if child.process is None:
            raise RuntimeError(f"{name} is not there")
        return psutil.Process(child.process.pid)

    def cpu_by_program(self) -> dict[str, float]:
        """Return the processor seconds of every program so far, with the processes below it."""
        seconds: dict[str, float] = {}
        for child in self.system.nursery.children:
            own = self.program(child.name)
            times = [own.cpu_times()]
            for process in own.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    times.append(process.cpu_times())
            gone = times[0].children_user + times[0].children_system
            seconds[child.name] = gone + sum(each.user + each.system for each in times)
        return seconds

    def cpu_seconds(self) -> dict[str, float]:
        """Return the processor seconds of the web server's and the database's processes so far."""
        seconds = {"web": 0.0, "postgres": 0.0}
        for process in psutil.Process().children(recursive=True):
            try:
                name = "postgres" if process.name().startswith("postgres") else "web"
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            seconds[name] += times.user + times.system
        return seconds


@contextmanager
def system(*, scale: str = "district") -> Iterator[Bench]:
    """Start a database with fsync on and the made-up district's areas and units; remove it all at the end."""
    folder = Path(tempfile.mkdtemp(prefix="linli-bench-"))
    os.environ.pop("LINLI_DATABASE_URL", None)
    port = ports.free("127.0.0.1", preferred=18_000)
    bench = Bench(System(Folder(folder), port=port, tell=lambda _: None), folder, port)
    place = None
    try:
        bench.system.folder.prepare()
        place = postgres.place_for(folder)
        postgres.create(place)
        with (place.data / "postgresql.conf").open("a") as settings:
            settings.write("shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.max = 2000\n")
        bench.system.open()
        bench.sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        bench.django()
        _fill(scale)
        yield bench
    finally:
        if bench.web:
            bench.web.terminate()
            bench.web.wait()
        bench.system.close()
        shutil.rmtree(folder, ignore_errors=True)
        if place is not None:
            shutil.rmtree(place.data.parent, ignore_errors=True)


def _fill(scale: str) -> None:
    from datetime import UTC, datetime
    from random import Random

    from demo import bodies, shapes
    from linli.place import actions as places
    from linli.place.rules import Datum
    from linli.shared.scope import EVERYTHING, acting
    from linli.staff import queries as staff

    at = datetime.now(UTC)
    drawing = shapes.draw(scale, seed=1)
    with acting(EVERYTHING):
        places.import_areas(rows=drawing.area_rows, at=at, by_words="bench")
        places.import_grids(features=drawing.features, datum=Datum.CGCS2000, at=at, by_words="bench")
        bodies.employ(scale=scale, chance=Random(1), at=at)
        staff.forget()


# A client cheap enough to stand on the same cores: one process, one selector, requests made beforehand ----------------


@dataclass(frozen=True)
class Load:
    """What a run of a load client saw."""

    clients: int
    seconds: float
    answers: int
    refused: int
    milliseconds: Sequence[float]
    client_cpu_seconds: float
    statuses: Mapping[str, int]

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds

    def part(self, share: float) -> float:
        """Return the latency under which this share of the answers came."""
        ordered = sorted(self.milliseconds)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def load(port: int, requests: Sequence[bytes], *, clients: int, seconds: float, expected: bytes = b"201") -> Load:
    """Send these requests over keep-alive connections, each client waiting for its answer."""
    context = get_context("fork")
    near, far = context.Pipe()
    child = context.Process(target=_drive, args=(far, port, requests, clients, seconds, expected))
    child.start()
    far.close()
    answer: Load = near.recv()
    child.join()
    return answer


def _drive(pipe: Any, port: int, requests: Sequence[bytes], clients: int, seconds: float, expected: bytes) -> None:
    selector = selectors.DefaultSelector()
    waiting = iter(requests)
    sent_at: dict[int, float] = {}
    buffers: dict[int, bytes] = {}
    for _ in range(clients):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
    took: list[float] = []
    refused = 0
    statuses: Counter[str] = Counter()
    began = now = time.perf_counter()
    ends = began + seconds
    for key in list(selector.get_map().values()):
        _send(key.fileobj, waiting, sent_at, buffers)
    while sent_at:
        for key, _event in selector.select():
            connection = key.fileobj
            number = key.fd
            received = connection.recv(65536)
            if not received:
                raise ConnectionError("the server closed a connection under load")
            buffers[number] += received
            if not _whole(buffers[number]):
                continue
            now = time.perf_counter()
            took.append((now - sent_at.pop(number)) * 1000)
            refused += buffers[number][9:12] != expected
            statuses[buffers[number][9:12].decode()] += 1
            if now < ends:
                _send(connection, waiting, sent_at, buffers)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    pipe.send(Load(clients, now - began, len(took), refused, took, usage.ru_utime + usage.ru_stime, dict(statuses)))


def _send(connection: Any, waiting: Iterator[bytes], sent_at: dict[int, float], buffers: dict[int, bytes]) -> None:
    request = next(waiting, None)
    if request is None:
        return
    number = connection.fileno()
    buffers[number] = b""
    sent_at[number] = time.perf_counter()
    connection.sendall(request)


def _whole(answer: bytes) -> bool:
    head, found, body = answer.partition(HEAD_END)
    if not found:
        return False
    at = head.lower().find(b"content-length:")
    return at >= 0 and len(body) >= int(head[at + 15 :].split(b"\r\n", 1)[0])


def pgbench(url: str, script: str, *, clients: int, seconds: int) -> dict[str, float]:
    """Run a script of statements with pgbench, prepared; return transactions per second and their latency."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as file:
        file.write(script)
        file.flush()
        command = [str(binaries.installed() / "pgbench"), "-n", "-M", "prepared", "-f", file.name, "-c", str(clients),
                   "-j", str(min(clients, 2)), "-T", str(seconds), url]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or "tps = " not in done.stdout:
        raise RuntimeError(done.stdout + done.stderr)
    lines = dict(line.split(" = ", 1) for line in done.stdout.splitlines() if " = " in line)
    return {"per_second": float(lines["tps"].split()[0]), "average_ms": float(lines["latency average"].split()[0])}


def show_json(figures: dict[str, Any]) -> None:
    """Print figures for a machine."""
    print(json.dumps(figures, ensure_ascii=False))
