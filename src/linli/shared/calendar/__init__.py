"""Working time: which hours count, and when a limit is over (工作日历与时限)."""

from linli.shared.calendar.clock import (
    BEIJING,
    Calendar,
    advance,
    due,
    due_after_pause,
    elapsed,
    length,
    part,
    working_minutes_between,
)
from linli.shared.calendar.coverage import Missing, calendar_warnings
from linli.shared.calendar.limits import TIMER_LABELS, Limit, TimerKind
from linli.shared.calendar.overlays import Change, Overlay, overlay_of, read_overlay, together
from linli.shared.calendar.profiles import Profile, profile
from linli.shared.calendar.shelf import load

__all__ = [
    "BEIJING",
    "TIMER_LABELS",
    "Calendar",
    "Change",
    "Limit",
    "Missing",
    "Overlay",
    "Profile",
    "TimerKind",
    "advance",
    "calendar_warnings",
    "due",
    "due_after_pause",
    "elapsed",
    "length",
    "load",
    "overlay_of",
    "part",
    "profile",
    "read_overlay",
    "together",
    "working_minutes_between",
]
