"""Child processes: they never outlive their parent, come back when they die, and stop in order (子进程)."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from linli.runtime.trouble import Trouble

PR_SET_PDEATHSIG = 1
BACK_OFF_SECONDS_MAX = 10.0
STEADY_SECONDS = 20.0  # a child that lived this long is forgiven earlier deaths
EXAMINE_SECONDS = 5.0
BROKEN_LOOKS_MAX = 3  # a child that says so often, one look after the other, that it cannot go on is started again
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None

Process = subprocess.Popen[bytes]


def die_with_parent(sign: signal.Signals) -> Callable[[], None]:
    """Return what a child runs before its program: ask the kernel for this signal when the parent is gone."""
    parent = os.getpid()

    def ask() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(sign))
            if os.getppid() != parent:  # the parent died before the kernel heard us
                os._exit(1)

    return ask


@dataclass
class Child:
    """One program under supervision."""

    name: str
    start: Callable[[], Process]
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15.0
    process: Process | None = None
    deaths: int = 0
    started_at: float = field(default=0.0)
    start_again_at: float = 0.0
    is_broken: Callable[[], bool] | None = None  # asks a program that may live on without doing its work
    examine_at: float = 0.0
    broken_looks: int = 0


class Nursery:
    """Starts children, brings them back, stops them."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.children: list[Child] = []
        self._tell = tell

    def add(self, child: Child) -> None:
        """Start a child and watch over it from now on."""
        self.children.append(child)
        self._start(child)

    def look_after(self) -> None:
        """Bring back, after a growing pause, every child that has died."""
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._bury(child, child.process)
            elif child.process is not None and child.is_broken is not None:
                self._examine(child, child.process, child.is_broken)
            if child.process is None and time.monotonic() >= child.start_again_at:
                self._start(child)

    def drop(self, child: Child) -> None:
        """Look after a child no longer."""
        self.children.remove(child)
        if child.process is not None:
            _stop(child, child.process)
            child.process = None

    def stop(self) -> None:
        """Stop all, the last started first."""
        for child in reversed(self.children):
            if child.process is not None:
                _stop(child, child.process)
                child.process = None

    def _examine(self, child: Child, process: Process, is_broken: Callable[[], bool]) -> None:
        if time.monotonic() < child.examine_at:
            return
        child.broken_looks = child.broken_looks + 1 if is_broken() else 0
        child.examine_at = time.monotonic() + EXAMINE_SECONDS
        if child.broken_looks >= BROKEN_LOOKS_MAX:
            self._tell(f"{child.name} says that it cannot go on, it is stopped; see logs/{child.name}.log")
            process.kill()

    def _start(self, child: Child) -> None:
        child.started_at = time.monotonic()
        child.examine_at, child.broken_looks = child.started_at + EXAMINE_SECONDS, 0
        try:
            child.process = child.start()
        except (OSError, Trouble) as obstacle:
            if not child.deaths:  # the very first start: whoever asked for it hears of it
                raise
            child.deaths += 1
            child.start_again_at = time.monotonic() + _pause(child.deaths)
            self._tell(f"{child.name} cannot start: {obstacle}")

    def _bury(self, child: Child, process: Process) -> None:
        _kill_group(process.pid)  # a server's own workers go with it, or they would keep its port
        lived = time.monotonic() - child.started_at
        child.deaths = 1 if lived > STEADY_SECONDS else child.deaths + 1
        pause = _pause(child.deaths)
        child.start_again_at = time.monotonic() + pause
        child.process = None
        again = f"again in {pause:.0f} s" if pause else "starting again"
        self._tell(f"{child.name} stopped ({_ending(process.returncode)}), {again}; see logs/{child.name}.log")


def _pause(deaths: int) -> float:
    return 0.0 if deaths == 1 else min(BACK_OFF_SECONDS_MAX, 0.25 * 2.0**deaths)


def _stop(child: Child, process: Process) -> None:
    if process.poll() is None:
        process.send_signal(child.stop_signal)
        try:
            process.wait(child.stop_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    _kill_group(process.pid)


def _kill_group(pid: int) -> None:
    # Children are started as leaders of their own group, so this reaches only what the child itself started.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"
