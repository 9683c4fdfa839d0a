"""What a part of a configuration is, and who takes one in (配置的一部分)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils.functional import Promise

Entry = Mapping[str, Any]
Told = dict[str, Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who takes a configuration in, when and why."""

    at: datetime
    by_post_id: int | None
    reason: str

    @property
    def signed(self) -> dict[str, Any]:
        """What every verb asks."""
        return {"at": self.at, "by_post_id": self.by_post_id}

    @property
    def reasoned(self) -> dict[str, Any]:
        """What a verb asks that wants a reason."""
        return {**self.signed, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Section:
    """One part: its name in the file, what people call it, how it is told, and how one entry comes, changes, goes.

    ``tables`` are those whose rows it carries; a contract test asks every table for its section or its excuse.
    """

    name: str
    title: Promise
    fields: Sequence[str]
    tables: Sequence[str]
    tell: Callable[[], Told]
    write: Callable[[str, Entry | None, Entry, Who], None]
    drop: Callable[[str, Who], None] | None = None  # nothing: what a file does not name stays
    all_together: Callable[[Told, Who], None] | None = None  # for lists whose order counts
    check: Callable[[str, Entry | None, Entry, Collection[str]], None] | None = None  # what can be seen beforehand
    check_going: Callable[[str], None] | None = None


def picked(row: Any, fields: Sequence[str]) -> dict[str, Any]:
    return {field: plain(getattr(row, field)) for field in fields}


def plain(value: Any) -> Any:
    if isinstance(value, date | time):
        return value.isoformat()
    return list(value) if isinstance(value, tuple | set | frozenset) else value
