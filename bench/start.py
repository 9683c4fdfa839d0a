"""``./linli bench start``: how soon an installed linli answers, and how much memory the whole demo takes.

The demo is made once, stopped, and started again: the seconds from the command to the first page that answers. While
pages are asked by eight at a time, the memory of every process below the supervisor is added up as its proportional
share (PSS), four times a second, and the most is shown. Beside them stand, in the same run, a bare Python that imports
Django and a bare PostgreSQL on a new folder: nobody starts sooner than these.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil

from bench import harness
from linli.runtime import fingerprints, ports, postgres
from linli.runtime.folder import Folder

AIM_SECONDS, AIM_BYTES = 8.0, 1_000_000_000
READY_SECONDS_MAX = 900
STARTS = 3
PAGES = ("/", "/report/", "/login/", "/open311/v2/services.json")
ROUNDS = 40


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 if a figure misses its aim."""
    parser = argparse.ArgumentParser(prog="linli bench start", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--scale", choices=("small", "district"), default="small")
    asked = parser.parse_args(argv)
    home = Path(tempfile.mkdtemp(prefix="linli-bench-start-"))
    try:
        figures = measure(home / "data", scale=asked.scale)
    finally:
        remove(home)
    figures["missed"] = list(missed(figures))
    harness.show_json({"bench": "start", **figures}) if asked.json else show(figures)
    return 1 if figures["missed"] else 0


def measure(data: Path, *, scale: str) -> dict[str, Any]:
    """Make the demo, start it again some times, and load its pages while its memory is watched."""
    first, running = started(data, scale=scale)
    stop(running)
    starts = []
    for _start in range(STARTS):
        seconds, running = started(data, scale=scale)
        starts.append(seconds)
        if len(starts) < STARTS:
            stop(running)
    most = watched(running, lambda: ask(Folder(data)))
    stop(running)
    return {
        "first_start_seconds": round(first, 1),
        "cold_start_seconds": round(sorted(starts)[len(starts) // 2], 2),
        "bare_django_seconds": round(bare_django(), 2),
        "bare_postgres_seconds": round(bare_postgres(data.parent), 2),
        "peak_bytes": sum(most.values()),
        "peak_megabytes_by_process": {name: round(size / 1e6) for name, size in sorted(most.items())},
    }


def started(data: Path, *, scale: str) -> tuple[float, subprocess.Popen[bytes]]:
    """Start the demo and return how long it took until its first page answered."""
    port = ports.free("127.0.0.1", preferred=18_200)
    command = [sys.executable, "-m", "linli.runtime", "demo", "--data", str(data), "--port", str(port)]
    began = time.perf_counter()
    running = subprocess.Popen(
        [*command, "--scale", scale], cwd=fingerprints.REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    while time.perf_counter() - began < READY_SECONDS_MAX and running.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                return time.perf_counter() - began, running
        except (OSError, urllib.error.URLError):
            time.sleep(0.02)
    raise RuntimeError(f"the demo did not start: see {data / 'logs'}")


def stop(running: subprocess.Popen[bytes]) -> None:
    """Stop it as Ctrl-C does, and wait for its end."""
    running.send_signal(signal.SIGTERM)
    running.wait(120)


def ask(folder: Folder) -> None:
    """Ask for pages, eight at a time."""
    began = time.perf_counter()
    while (note := folder.running()) is None:  # said a moment after the first page answers
        if time.perf_counter() - began > READY_SECONDS_MAX:
            raise RuntimeError("the demo does not say that it runs")
        time.sleep(0.05)
    address = note.url.rstrip("/")

    def one(path: str) -> None:
        with urllib.request.urlopen(address + path, timeout=60) as answer:  # noqa: S310 -- our own pages
            answer.read()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, PAGES * ROUNDS))


def watched(running: subprocess.Popen[bytes], act: Callable[[], None]) -> dict[str, int]:
    """Return the memory of each kind of process at the moment when all together took most."""
    most: dict[str, int] = {}
    over = threading.Event()

    def watch() -> None:
        nonlocal most
        while not over.wait(0.25):
            now = shares(running.pid)
            if sum(now.values()) > sum(most.values()):
                most = now

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        act()
        time.sleep(1)
    finally:
        over.set()
        watching.join()
    return most


def shares(pid: int) -> dict[str, int]:
    """Add up the proportional memory of a process and of everything below it, by kind."""
    found: dict[str, int] = {}
    supervisor = psutil.Process(pid)
    for process in (supervisor, *supervisor.children(recursive=True)):
        try:
            name, size = kind_of(process), process.memory_full_info().pss
        except psutil.Error:  # it ended meanwhile
            continue
        found[name] = found.get(name, 0) + size
    return found


def kind_of(process: psutil.Process) -> str:
    """Name a process by what it does."""
    words = " ".join(process.cmdline())
    kinds = ("nats-server", "wsgi", "asgi", "jobs.worker", "jobs.clock", "jobs.doorkeeper", "jobs.alarms", "postgres")
    return next((kind for kind in kinds if kind in words), "supervisor")


def bare_django() -> float:
    """Return how long a bare Python takes to import Django and its database backend."""
    began = time.perf_counter()
    words = "import django.core.handlers.wsgi, django.db.backends.postgresql.base"
    subprocess.run([sys.executable, "-c", words], check=True)
    return time.perf_counter() - began


def bare_postgres(folder: Path) -> float:
    """Return how long a bare PostgreSQL takes to answer, its folder made beforehand."""
    place = postgres.place_for(folder / "bare")
    (folder / "bare").mkdir(exist_ok=True)
    postgres.create(place)
    began = time.perf_counter()
    with (folder / "bare.log").open("wb") as log:
        process = postgres.start(place, log=log)
        postgres.wait_ready(place, process, tell=lambda _: None)
    seconds = time.perf_counter() - began
    process.send_signal(signal.SIGINT)
    process.wait(60)
    shutil.rmtree(place.data.parent, ignore_errors=True)
    return seconds


def remove(home: Path) -> None:
    """Remove the folders, and the database that root keeps elsewhere."""
    for data in (home / "data",):
        if data.exists():
            shutil.rmtree(postgres.place_for(data).data.parent, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


def missed(figures: dict[str, Any]) -> Iterator[str]:
    """Name every aim that was missed."""
    if figures["cold_start_seconds"] >= AIM_SECONDS:
        yield f"{figures['cold_start_seconds']} s until the first page >= {AIM_SECONDS:.0f} s"
    if figures["peak_bytes"] >= AIM_BYTES:
        yield f"{figures['peak_bytes'] / 1e6:.0f} MB at the most >= {AIM_BYTES / 1e6:.0f} MB"


def show(figures: dict[str, Any]) -> None:
    """Print the figures for a person."""
    bare = f"bare Django {figures['bare_django_seconds']} s, bare PostgreSQL {figures['bare_postgres_seconds']} s"
    print(f"first start {figures['first_start_seconds']} s; cold start {figures['cold_start_seconds']} s ({bare})")
    parts = ", ".join(f"{name} {size}" for name, size in figures["peak_megabytes_by_process"].items())
    print(f"memory at the most {figures['peak_bytes'] / 1e6:.0f} MB: {parts}")
    for words in figures["missed"]:
        print(f"missed: {words}")


if __name__ == "__main__":
    sys.exit(main())
