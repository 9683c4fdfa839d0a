"""The tables of a case: the work, its events, its repeats, its supervision, its wording, who works on it."""

from linli.case.models.assignment import Assignment
from linli.case.models.cases import ENDED, STATES, Case, Event
from linli.case.models.repeats import Joined, Similar
from linli.case.models.replies import RefusalReply
from linli.case.models.supervision import Supervision
from linli.case.models.wording import Wording, WordingMark

__all__ = [
    "ENDED",
    "STATES",
    "Assignment",
    "Case",
    "Event",
    "Joined",
    "RefusalReply",
    "Similar",
    "Supervision",
    "Wording",
    "WordingMark",
]
