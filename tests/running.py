"""What tests need that start processes: a port nobody else is given, and waiting until something holds."""

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from linli.runtime import ports

Answer = TypeVar("Answer")

# The kernel gives outgoing connections ports from 32768 on (Linux; 49152 on macOS): one below stays free meanwhile.
QUIET_PORTS = range(15_000, 32_000)


def quiet_port() -> int:
    """Choose a port that is free, and that no connection of another test takes before our process has come up."""
    while True:
        port = secrets.choice(QUIET_PORTS)
        if ports.free(preferred=port) == port:
            return port


def wait_for(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Ask until the answer is yes; the seconds are only there so that a test ends some day."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.05)


def run_alone(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a coroutine in a thread of its own: once a browser was started, this one has a loop that runs for ever."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
