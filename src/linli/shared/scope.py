"""What the current session may see, enforced a second time by PostgreSQL row-level security (数据范围).

A scope is bound for the length of a request, a job or a test with ``acting``. The database backend hands it to the
server before the first statement that needs it; without a scope, scoped tables show nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything, an area by code prefix, a unit by id, or (the default) nothing."""

    everything: bool = False
    area_code: str = ""
    unit_id: int = 0


NOTHING = Scope()
EVERYTHING = Scope(everything=True)

_current: ContextVar[Scope] = ContextVar("linli_scope", default=NOTHING)


def current() -> Scope:
    """Return the scope in force."""
    return _current.get()


@contextmanager
def acting(scope: Scope) -> Iterator[None]:
    """Bind a scope for the length of the block."""
    token = _current.set(scope)
    try:
        yield
    finally:
        _current.reset(token)
