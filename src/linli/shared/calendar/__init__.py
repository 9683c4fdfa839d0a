"""Working time: which hours count, and when a limit is over (工作日历与时限)."""

from linli.shared.calendar.clock import Calendar, advance, due, elapsed, part, working_minutes_between
from linli.shared.calendar.limits import TIMER_LABELS, Limit, TimerKind
from linli.shared.calendar.profiles import Profile, profile
from linli.shared.calendar.shelf import load

__all__ = [
    "TIMER_LABELS",
    "Calendar",
    "Limit",
    "Profile",
    "TimerKind",
    "advance",
    "due",
    "elapsed",
    "load",
    "part",
    "profile",
    "working_minutes_between",
]
