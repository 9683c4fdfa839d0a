"""Profiles: versioned tables of default deadlines (时限方案)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from linli.shared.calendar.limits import Limit
from linli.shared.urgency import Urgency

TABLE = Path(__file__).parent / "profiles.toml"

ByUrgency = Mapping[Urgency, Limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The default deadlines of one way of working; a category's own limit overrides the feedback limit (时限方案)."""

    name: str
    version: str
    calendar: str
    dispatch: ByUrgency
    report_in: ByUrgency
    contact: ByUrgency
    feedback: ByUrgency
    kind_limits: Mapping[str, Limit]
    return_within: Limit
    call_back: Limit
    objection: Limit
    extension_most: Limit
    call_back_tries: int
    extensions_max: int
    suspension_days_max: int
    ladder: tuple[float, ...]


@cache
def profile(name: str) -> Profile:
    """Return a profile by its name (取时限方案).

    Raises:
        ValueError: there is no such profile.
    """
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    if name not in table:
        raise ValueError(f"there is no profile {name!r}: choose one of {', '.join(sorted(table))}")
    return _read(name, table[name])


def _read(name: str, row: dict[str, Any]) -> Profile:
    by_urgency = {field: _by_urgency(row[field]) for field in ("dispatch", "report_in", "contact", "feedback")}
    limits = {field: Limit.parse(row[field]) for field in ("return_within", "call_back", "objection", "extension_most")}
    counts = {field: int(row[field]) for field in ("call_back_tries", "extensions_max", "suspension_days_max")}
    return Profile(
        name=name,
        version=row["version"],
        calendar=row["calendar"],
        kind_limits=MappingProxyType({kind: Limit.parse(words) for kind, words in row["kind_limits"].items()}),
        ladder=tuple(row["ladder"]),
        **by_urgency,
        **limits,
        **counts,
    )


def _by_urgency(row: dict[str, str]) -> ByUrgency:
    return MappingProxyType({urgency: Limit.parse(row[urgency.value]) for urgency in Urgency})
