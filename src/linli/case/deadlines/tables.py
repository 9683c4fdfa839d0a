"""A table of limits as plain values: which line holds for a case (时限表)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from linli.case.rules import Deadline
from linli.shared.calendar import Limit, Profile
from linli.shared.urgency import Urgency

WORDS_BETWEEN = re.compile(r"[、，,;；/|\s]+")
Key = tuple[Deadline, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a table: a limit, for what, under which condition, and what shows that it is done (时限表行)."""

    number: int
    deadline: Deadline
    limit: Limit
    category_code: str = ""
    kind: str = ""
    urgency: str = ""
    condition: str = ""
    closing_test: str = ""

    @property
    def rule(self) -> str:
        """The rule as a case keeps it: category:0104#12."""
        what = f"category:{self.category_code}" if self.category_code else ""
        what = what or (f"kind:{self.kind}" if self.kind else f"urgency:{self.urgency}")
        return f"{what}#{self.number}" if self.number else what

    def is_meant(self, words: str) -> bool:
        """Tell whether an appeal's words name the condition: one of its words stands in them."""
        return any(word in words for word in WORDS_BETWEEN.split(self.condition) if word)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitTable:
    """One version of the limits; a line for a category counts before one for a kind, this before the urgency's."""

    version: str
    lines: tuple[Line, ...]
    is_shipped: bool = False
    _of_category: Mapping[Key, tuple[Line, ...]] = field(default_factory=dict)
    _of_kind: Mapping[Key, Line] = field(default_factory=dict)
    _of_urgency: Mapping[Key, Line] = field(default_factory=dict)
    _conditional: dict[str, bool] = field(default_factory=dict, compare=False)  # answers given before

    @classmethod
    def of(cls, version: str, lines: Iterable[Line], *, is_shipped: bool = False) -> "LimitTable":
        """Return a table that finds its lines without a search."""
        kept = tuple(lines)
        by_category: dict[Key, tuple[Line, ...]] = {}
        for line in kept:
            if line.category_code:
                key = (line.deadline, line.category_code)
                by_category[key] = (*by_category.get(key, ()), line)
        return cls(
            version=version,
            lines=kept,
            is_shipped=is_shipped,
            _of_category=by_category,
            _of_kind={(line.deadline, line.kind): line for line in kept if line.kind},
            _of_urgency={(line.deadline, line.urgency): line for line in kept if line.urgency},
        )

    def choices(self, deadline: Deadline, category_code: str) -> tuple[Line, ...]:
        """Return the lines of a category, or of the nearest group above it that has any."""
        for digits in range(len(category_code), 0, -2):
            found = self._of_category.get((deadline, category_code[:digits]))
            if found:
                return found
        return ()

    def has_conditions(self, category_code: str) -> bool:
        """Tell whether the words of an appeal decide which line of its category holds."""
        known = self._conditional.get(category_code)
        if known is None:
            known = any(line.condition for deadline in Deadline for line in self.choices(deadline, category_code))
            self._conditional[category_code] = known
        return known

    def line(
        self, deadline: Deadline, *, urgency: Urgency, category_code: str = "", kind: str = "", words: str = ""
    ) -> Line:
        """Return the line that holds for a case; of several, that whose condition its words name, else the first."""
        found = self.choices(deadline, category_code) if category_code else ()
        if found:
            meant = (line for line in found if line.condition and line.is_meant(words))
            return next(meant, None) or next((line for line in found if not line.condition), found[0])
        by_kind = self._of_kind.get((deadline, kind)) if urgency is Urgency.GENERAL else None
        return by_kind or self._of_urgency[deadline, urgency]

    def numbered(self, number: int) -> Line | None:
        """Return a line by its number."""
        return next((line for line in self.lines if line.number == number), None)


def shipped(profile: Profile) -> LimitTable:
    """Return the table that a profile ships; until another is in force, categories carry their own limits."""
    by_urgency = {
        Deadline.DISPATCH: profile.dispatch,
        Deadline.CONTACT: profile.contact,
        Deadline.REPORT_IN: profile.report_in,
        Deadline.FINISH: profile.feedback,
    }
    lines = [
        Line(number=0, deadline=deadline, urgency=urgency.value, limit=limit)
        for deadline, limits in by_urgency.items()
        for urgency, limit in limits.items()
    ]
    of_kinds = [
        Line(number=0, deadline=Deadline.FINISH, kind=kind, limit=limit) for kind, limit in profile.kind_limits.items()
    ]
    return LimitTable.of(profile.version, [*of_kinds, *lines], is_shipped=True)


def line_of(rule: str) -> int:
    """Return the number of the line that a kept rule names, 0 when it came from a shipped table."""
    _what, _hash, number = rule.partition("#")
    return int(number) if number.isdigit() else 0
