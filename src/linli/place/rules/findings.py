"""What an import may find wrong, by row (核查结果)."""

from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """One kind of finding; its sentence is in ``place.actions.sentences`` (问题种类)."""

    BAD_CODE = "BAD_CODE"
    BAD_WIDTH = "BAD_WIDTH"
    BAD_LEVEL = "BAD_LEVEL"
    BAD_PARENT = "BAD_PARENT"
    BAD_NAME = "BAD_NAME"
    LONG_NAME = "LONG_NAME"
    BAD_DATE = "BAD_DATE"
    BAD_NUMBER = "BAD_NUMBER"
    BAD_REPLACED = "BAD_REPLACED"
    CLOSED_CODE = "CLOSED_CODE"
    DUPLICATE = "DUPLICATE"
    UNKNOWN_PARENT = "UNKNOWN_PARENT"
    UNKNOWN_AREA = "UNKNOWN_AREA"
    UNKNOWN_SUCCESSOR = "UNKNOWN_SUCCESSOR"
    PUBLISHED_OTHERWISE = "PUBLISHED_OTHERWISE"
    CUT_OFF = "CUT_OFF"
    UNREADABLE = "UNREADABLE"
    UNCLOSED = "UNCLOSED"
    NOT_A_POLYGON = "NOT_A_POLYGON"
    INVALID = "INVALID"
    NOT_ON_EARTH = "NOT_ON_EARTH"
    TOO_MANY_CORNERS = "TOO_MANY_CORNERS"
    OVERLAP = "OVERLAP"
    OUTSIDE_PARENT = "OUTSIDE_PARENT"
    REDRAWN = "REDRAWN"
    MOVED = "MOVED"
    NO_SHAPE = "NO_SHAPE"
    GAP = "GAP"
    HOUSEHOLDS = "HOUSEHOLDS"
    PEOPLE = "PEOPLE"
    NO_SUCCESSOR = "NO_SUCCESSOR"
    GRIDS_LEFT_BEHIND = "GRIDS_LEFT_BEHIND"
    OTHER_DATUM = "OTHER_DATUM"


WARNINGS = frozenset(
    {
        Fault.MOVED,
        Fault.NO_SHAPE,
        Fault.GAP,
        Fault.HOUSEHOLDS,
        Fault.PEOPLE,
        Fault.NO_SUCCESSOR,
        Fault.GRIDS_LEFT_BEHIND,
        Fault.OTHER_DATUM,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one row that a person should know (核查意见)."""

    row: int
    code: str
    fault: Fault
    words: dict[str, str | int] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        """Tell whether the row cannot be taken as it is."""
        return self.fault not in WARNINGS


class Unfit(Exception):  # noqa: N818 -- an answer about one row, caught by the check of that row
    """One value of a row cannot be read."""

    def __init__(self, fault: Fault, **words: str | int) -> None:
        super().__init__(fault)
        self.fault = fault
        self.words = words
