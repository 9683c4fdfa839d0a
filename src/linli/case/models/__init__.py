"""The tables of a case: the work, its events, its repeats, its supervision."""

from linli.case.models.cases import ENDED, STATES, Case, Event
from linli.case.models.repeats import Joined, Similar
from linli.case.models.supervision import Supervision

__all__ = ["ENDED", "STATES", "Case", "Event", "Joined", "Similar", "Supervision"]
