"""The tables of a case: the work, its events, its repeats, its supervision, its wording."""

from linli.case.models.cases import ENDED, STATES, Case, Event
from linli.case.models.repeats import Joined, Similar
from linli.case.models.supervision import Supervision
from linli.case.models.wording import Wording, WordingMark

__all__ = ["ENDED", "STATES", "Case", "Event", "Joined", "Similar", "Supervision", "Wording", "WordingMark"]
