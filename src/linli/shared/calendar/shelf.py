"""The calendars we ship, each read once and kept (日历库)."""

from functools import cache
from pathlib import Path

from linli.shared.calendar.clock import Calendar
from linli.shared.calendar.days import LAST_PUBLISHED_YEAR, mark, statutory_days
from linli.shared.calendar.overlays import Overlay, read_overlay

HERE = Path(__file__).parent
FILES = {
    "statutory": ("statutory",),
    "beijing": ("statutory",),
    "five-workday": ("statutory",),
    "lhasa": ("statutory", "lhasa"),
}


@cache
def load(name: str, overlay: Path | None = None) -> Calendar:
    """Return a calendar we ship, with the district's own overlay on top if one is given (取日历).

    Raises:
        ValueError: there is no such calendar, or the overlay is wrong.
    """
    if name not in FILES:
        raise ValueError(f"there is no calendar {name!r}: choose one of {', '.join(FILES)}")
    overlays = [read_overlay(HERE / f"{each}.toml") for each in FILES[name]]
    if overlay is not None:
        overlays.append(read_overlay(overlay))
    return _build(name, overlays)


def _build(name: str, overlays: list[Overlay]) -> Calendar:
    days = statutory_days()
    for overlay in overlays:
        for change in overlay.changes:
            mark(days, change.days(), is_worked=change.kind == "working")
    hours = next(overlay.office_hours for overlay in reversed(overlays) if overlay.office_hours)
    return Calendar(name=name, days=bytes(days), office_hours=hours, provisional_from=LAST_PUBLISHED_YEAR + 1)
