"""Keep what took long to count, for as long as it is still fair to show (缓存).

A board that is counted in a blink is counted every time. Where years of cases make a number slow, it is kept for a
multiple of the time it took, so that many open boards together never ask the database for more than a small share.
"""

import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from linli.shared.scope import current

T = TypeVar("T")
SLOW_SECONDS = 0.1
TIMES = 30  # kept thirty times as long as it took: at most a thirtieth of one core per process
SECONDS_MAX = 60.0
ENTRIES_MAX = 500

_lock = Lock()
_kept: dict[Hashable, tuple[float, Any]] = {}


def kept(count: Callable[..., T], /, *words: Hashable, **given: Hashable) -> T:
    """Return what this counts for these arguments, in this scope: from memory while it is fresh (取数)."""
    key = (count.__name__, current(), words, tuple(sorted(given.items())))
    found = _kept.get(key)
    if found is not None and time.monotonic() < found[0]:
        value: T = found[1]
        return value
    began = time.monotonic()
    value = count(*words, **given)
    took = time.monotonic() - began
    if took > SLOW_SECONDS:
        with _lock:
            if len(_kept) >= ENTRIES_MAX:
                _kept.clear()
            _kept[key] = (time.monotonic() + min(took * TIMES, SECONDS_MAX), value)
    return value


def forget() -> None:
    """Count everything anew."""
    _kept.clear()
