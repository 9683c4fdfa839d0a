"""Hold a case before what stands on it is read: what is checked then is what is written (先后)."""

from linli.case.actions.clock import locked
from linli.case.actions.moving import ensure_unmoved, overtaken
from linli.case.models import Case
from linli.case.states import BY_NAME


def held(case: Case, *, name: str) -> Case:
    """Hold a case for a move, as it is now, in the transaction of the move.

    Raises:
        Overtaken: somebody moved it since it was read, and this move was decided on what stood before.
    """
    step, seen = BY_NAME[name], case.event_count
    locked(case)
    ensure_unmoved(case=case, step=step, seen=seen)
    if case.event_count > seen and case.state not in step.sources:
        raise overtaken(case)
    return case
