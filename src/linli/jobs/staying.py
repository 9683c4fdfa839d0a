"""How a process of ours stays until it is told to go (常驻)."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


def told_to_stop(*, within: int) -> asyncio.Event:
    """Return what is set when the process is told to stop; what is not over within these seconds is broken off."""
    stopping = asyncio.Event()

    def stop() -> None:
        stopping.set()
        signal.alarm(within)  # saying goodbye to a dead database would take half a minute

    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop)
    return stopping


async def first_of(*doing: Coroutine[Any, Any, Any]) -> None:
    """Wait for the first to end, end the others, and let the first one's fault rise."""
    running = [asyncio.create_task(one) for one in doing]
    done, pending = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()
