"""End a case: whatever ends it stops its clock and clears its supervision in the same transaction (结束)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from linli.case.actions.clock import run_again
from linli.case.actions.moving import move
from linli.case.actions.watching import clear
from linli.case.models import Case, Event
from linli.case.rules import CloseReason, Deadline


def end(*, case: Case, name: str, reason: CloseReason, at: datetime, words: str = "", **step: Any) -> Event:
    """Make the move that ends a case, with the reason it is closed for (结案).

    ``words`` are the person's own reason; ``step`` is what ``move`` takes beside.

    Raises:
        Refused: the table does not allow the move.
        Overtaken: somebody moved the case first.
    """
    with transaction.atomic():
        event = move(
            case=case,
            name=name,
            at=at,
            reason=words,
            closed_at=at,
            close_reason=reason,
            next_supervision_at=None,
            **run_again(case, at=at),
            **step,
        )
        clear(case=case, deadlines=list(Deadline), at=at)
    return event
