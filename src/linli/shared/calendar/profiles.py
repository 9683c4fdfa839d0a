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

    def feedback_for(self, *, urgency: Urgency, kind: str = "") -> Limit:
        """Return the time for an answer; what is not pressing may have a limit by its kind (反馈时限)."""
        if urgency is Urgency.GENERAL and kind in self.kind_limits:
            return self.kind_limits[kind]
        return self.feedback[urgency]


@cache
def profile(name: str) -> Profile:
    """Return a profile's current version by its name, or any version by its own name (取时限方案).

    Raises:
        ValueError: there is no such profile or version.
    """
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    current: dict[str, str] = table["current"]
    versions: dict[str, dict[str, Any]] = table["version"]
    version = current.get(name, name)
    if version not in versions:
        raise ValueError(f"there is no profile {name!r}: choose one of {', '.join(current)}")
    return _read(version, versions[version])


def _read(version: str, row: dict[str, Any]) -> Profile:
    return Profile(
        name=version.rpartition("-")[0],
        version=version,
        calendar=row["calendar"],
        dispatch=_by_urgency(row["dispatch"]),
        report_in=_by_urgency(row["report_in"]),
        contact=_by_urgency(row["contact"]),
        feedback=_by_urgency(row["feedback"]),
        kind_limits=MappingProxyType({kind: Limit.parse(words) for kind, words in row["kind_limits"].items()}),
        return_within=Limit.parse(row["return_within"]),
        call_back=Limit.parse(row["call_back"]),
        objection=Limit.parse(row["objection"]),
        extension_most=Limit.parse(row["extension_most"]),
        call_back_tries=int(row["call_back_tries"]),
        extensions_max=int(row["extensions_max"]),
        suspension_days_max=int(row["suspension_days_max"]),
        ladder=tuple(row["ladder"]),
    )


def _by_urgency(row: dict[str, str]) -> ByUrgency:
    return MappingProxyType({urgency: Limit.parse(row[urgency.value]) for urgency in Urgency})
