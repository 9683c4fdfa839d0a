"""The calendars we ship, each built once and kept (日历库)."""

from functools import cache, lru_cache
from itertools import count
from pathlib import Path

from linli.shared.calendar.clock import Calendar, Known
from linli.shared.calendar.days import LAST_PUBLISHED_YEAR, mark, statutory_days
from linli.shared.calendar.overlays import Overlay, read_overlay

HERE = Path(__file__).parent
FILES = {
    "statutory": ("statutory",),
    "beijing": ("statutory",),
    "five-workday": ("statutory",),
    "lhasa": ("statutory", "lhasa"),
}


def load(name: str, overlay: Path | Overlay | None = None) -> Calendar:
    """Return a calendar we ship, with the district's own overlay on top if one is given (取日历).

    Built once and kept; an overlay file that has changed is read again.

    Raises:
        ValueError: there is no such calendar, or the overlay is wrong.
    """
    return _shipped(name) if overlay is None else _extended(name, _resolve(overlay))


@cache
def _shipped(name: str) -> Calendar:
    return _build(name, _overlays_of(name))


@lru_cache(maxsize=8)
def _extended(name: str, overlay: Overlay) -> Calendar:
    return _build(name, (*_overlays_of(name), overlay))


def _resolve(overlay: Path | Overlay) -> Overlay:
    if isinstance(overlay, Overlay):
        return overlay
    try:
        stamp = overlay.stat()
    except OSError as trouble:
        raise ValueError(f"cannot read the calendar overlay {overlay}: {trouble.strerror}") from trouble
    return _read_once(overlay, stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=8)
def _read_once(overlay: Path, _changed_ns: int, _size: int) -> Overlay:
    return read_overlay(overlay)


def _overlays_of(name: str) -> tuple[Overlay, ...]:
    if name not in FILES:
        raise ValueError(f"there is no calendar {name!r}: choose one of {', '.join(FILES)}")
    return tuple(read_overlay(HERE / f"{file}.toml") for file in FILES[name])


def _build(name: str, overlays: tuple[Overlay, ...]) -> Calendar:
    days = statutory_days(arranged_years={year for overlay in overlays for year in overlay.statutory_years})
    for overlay in overlays:
        for change in overlay.changes:
            mark(days, change.days(), is_worked=change.kind == "working")
    hours = next(overlay.office_hours for overlay in reversed(overlays) if overlay.office_hours)
    return Calendar(name=name, days=bytes(days), office_hours=hours, known=_known(overlays))


def _known(overlays: tuple[Overlay, ...]) -> Known:
    arranged = {year for overlay in overlays for year in overlay.statutory_years}
    local = {year for overlay in overlays for year in overlay.local_years}
    return Known(
        statutory_until=next(year for year in count(LAST_PUBLISHED_YEAR) if year + 1 not in arranged),
        local_until=max(local, default=None),
        expected=tuple((festival.name, festival.month) for overlay in overlays for festival in overlay.expected),
        entered=frozenset(
            (day.year, change.name) for overlay in overlays for change in overlay.changes for day in change.days()
        ),
    )
