"""Chains of hashes over append-only rows: each hash covers the one before it, so that tampering shows (防篡改链)."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

import orjson

GENESIS = b"\x00" * 32


class Fault(StrEnum):
    """What is wrong with a row of a history."""

    CHANGED = "CHANGED"
    MISSING = "MISSING"
    ADDED = "ADDED"
    HEAD = "HEAD"  # every row is whole, but what it is the history of remembers another end


class Row(Protocol):
    """One row of a history, in its place."""

    sequence: int
    hash: Any


T = TypeVar("T", bound=Row)


@dataclass(frozen=True, slots=True)
class Wrong:
    """The first row at which a history does not hold together."""

    fault: Fault
    sequence: int


def payload_of(words: dict[str, Any]) -> bytes:
    """Return the words of a row that its hash covers, in one fixed order."""
    return orjson.dumps(words, option=orjson.OPT_SORT_KEYS)


def chained(previous: bytes, payload: bytes) -> bytes:
    """Return the hash of a row: SHA-256 over the hash before it and its own words."""
    return hashlib.sha256(previous + payload).digest()


def wrong_in(history: Sequence[T], *, row_count: int, head: bytes, follows: Callable[[bytes, T], bool]) -> Wrong | None:
    """Return the first row of a history, in order, that does not follow from the one before (核验)."""
    previous = GENESIS
    for expected, row in enumerate(history, 1):
        if expected > row_count or row.sequence < expected:
            return Wrong(Fault.ADDED, row.sequence)
        if row.sequence > expected:
            return Wrong(Fault.MISSING, expected)
        if not follows(previous, row):
            return Wrong(Fault.CHANGED, row.sequence)
        previous = bytes(row.hash)
    if len(history) < row_count:
        return Wrong(Fault.MISSING, len(history) + 1)
    return None if previous == head else Wrong(Fault.HEAD, len(history))
