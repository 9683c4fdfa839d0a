"""What communities are there for, and what happens to the rest (社区职责清单)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class DutyMode(StrEnum):
    """What a community's duty list does to a case outside it (职责清单的作用)."""

    OFF = "OFF"
    WARN = "WARN"
    DENY = "DENY"


MODE_LABELS = {DutyMode.OFF: "不检查", DutyMode.WARN: "提醒：确认后仍可派", DutyMode.DENY: "不准派"}


@dataclass(frozen=True, slots=True)
class Duties:
    """Categories by area; a community on no list is not narrowed (职责清单)."""

    by_area: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def covers(self, *, area: str, category: str) -> bool:
        """Tell whether a category is a community's duty: on its own list or on one of an area around it."""
        lists = [self.by_area[area[:digits]] for digits in range(len(area) + 1) if area[:digits] in self.by_area]
        return not lists or any(category.startswith(listed) for one in lists for listed in one)
