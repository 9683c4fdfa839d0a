"""End the calls of a case, open them again, move them with its deadline (解除)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from linli.case import actions as cases
from linli.case.deadlines import calendar, first_rung
from linli.case.models import Case
from linli.shared.calendar import due
from linli.shared.hints import hint
from linli.shared.roles import Role
from linli.staff.models import Post
from linli.whistle import queries as calls
from linli.whistle.actions.answering import OF_A_CALL, change, hold, lead_after, state_after
from linli.whistle.actions.disputing import end_disputes
from linli.whistle.models import Called
from linli.whistle.states import CalledState, WhistleKind


def release(*, called: Called, post: Post, reason: str, at: datetime) -> Called:
    """Let a called unit go, so that a silent one does not hold the case (解除)."""
    with transaction.atomic():
        hold(called, name="release")
        cases.move(
            case=called.case,
            name="release",
            role=Role(post.role),
            post=post,
            at=at,
            reason=reason,
            target=state_after(called),
            detail={"unit": called.unit_id},
            **lead_after(called),
        )
        change(called, state=CalledState.RELEASED, ended_at=at, is_lead=False, words=reason, next_supervision_at=None)
        cases.clear(case=called.case, deadlines=OF_A_CALL, at=at, called_id=called.pk)
        cases.raise_if_stuck(case=called.case, at=at)
        hint(units=[called.unit_id])
    return called


def end_calls(*, case: Case, state: CalledState, at: datetime) -> None:
    """End every open call of a case, when it is finished, withdrawn or merged."""
    open_calls = Called.objects.filter(case=case, ended_at__isnull=True)
    units = list(open_calls.values_list("unit_id", flat=True))
    open_calls.update(state=state.value, ended_at=at, next_supervision_at=None)
    end_disputes(case=case, at=at)
    hint(units=units)


def reopen_calls(*, case: Case, at: datetime) -> None:
    """Open again the calls that a finish had ended, when the resident sends the case back.

    Who had not come by then has its full time to report in once more.
    """
    finished = Called.objects.filter(case=case, state=CalledState.FINISHED.value).select_related("whistle")
    last = finished.order_by("unit_id", "-called_at")
    newest = {row.unit_id: row for row in reversed(list(last))}
    for row in newest.values():
        if row.reported_in_at is None:
            change(row, **_called_anew(case, row, at=at))
        else:
            # A time that was agreed on is spent with the round: from now on the case's own holds.
            anew = {"ended_at": None, "part_done_at": None, "proposed_due_at": None, "due_at": max(case.due_at, at)}
            change(row, state=CalledState.REPORTED_IN, **anew)
    hint(units=newest)


def _called_anew(case: Case, called: Called, *, at: datetime) -> dict[str, Any]:
    limit = calls.report_in_limit(case, kind=WhistleKind(called.whistle.kind), at=at)
    due_at = due(calendar=calendar(), start=at, limit=limit)
    return {
        "state": CalledState.CALLED,
        "ended_at": None,
        "proposed_due_at": None,
        "due_since_at": at,
        "due_round": called.due_round + 1,
        "limit_words": str(limit),
        "report_in_due_at": due_at,
        "due_at": due_at,
        "next_supervision_at": first_rung([(at, due_at, limit.kind)]),
    }


def retime_calls(*, case: Case) -> None:
    """Give the units at work on a case its deadline after that was moved; a time agreed with one of them stands."""
    at_work = Called.objects.filter(
        case=case, ended_at__isnull=True, state=CalledState.REPORTED_IN.value, proposed_due_at__isnull=True
    )
    at_work.update(due_at=case.suspended_until or case.due_at)
