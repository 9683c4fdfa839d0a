"""The tables of a case: the work, its events, repeats, clock, supervision, wording, hands; and the limits."""

from linli.case.models.assignment import Assignment
from linli.case.models.cases import ENDED, STATES, Case, Event
from linli.case.models.clock import Extension, Pause
from linli.case.models.limits import DayOverlay, LimitRow, LimitVersion, Rulebook
from linli.case.models.repeats import Joined, Similar
from linli.case.models.replies import RefusalReply
from linli.case.models.supervision import Supervision
from linli.case.models.ties import Tie
from linli.case.models.wording import Wording, WordingMark

__all__ = [
    "ENDED",
    "STATES",
    "Assignment",
    "Case",
    "DayOverlay",
    "Event",
    "Extension",
    "Joined",
    "LimitRow",
    "LimitVersion",
    "Pause",
    "RefusalReply",
    "Rulebook",
    "Similar",
    "Supervision",
    "Tie",
    "Wording",
    "WordingMark",
]
