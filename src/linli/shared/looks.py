"""When what a process remembers is looked at again (看一眼)."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_by_heart: ContextVar[bool] = ContextVar("by_heart", default=False)


def is_due(looked_at: float, seconds: float) -> bool:
    """Tell whether a memory last looked at then (``time.monotonic()``) is to ask the database if it still holds."""
    return not _by_heart.get() and time.monotonic() - looked_at >= seconds


@contextmanager
def by_heart() -> Iterator[None]:
    """Trust what is remembered for the length of a block, however long ago it was looked at (凭记忆).

    For what runs while the connection is busy: a look would wait for it.
    """
    token = _by_heart.set(True)
    try:
        yield
    finally:
        _by_heart.reset(token)
