"""The clocks of calls and rulings, reckoned anew from where each began, without the case's suspension (计时)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from linli.case import actions as cases
from linli.case.deadlines import Reckoned, Stood, calendar, limits, reckon, reckon_named
from linli.case.models import Case
from linli.case.rules import Deadline
from linli.shared.calendar import Limit, TimerKind, due
from linli.whistle import queries as calls
from linli.whistle.models import Called, Dispute
from linli.whistle.states import TO_RULE, WAITING, CalledState, DisputeState, WhistleKind

NAMED = TimerKind.URGENT_HOURS  # a moment was named, so the rungs are parts of the time until then
STANDING = [state.value for state in TO_RULE]


def answer_limit(called: Called) -> Limit:
    """Return how long whoever speaks next on a call was given; calls made before it was kept go by the table."""
    if called.limit_words:
        return Limit.parse(called.limit_words)
    since = called.due_since_at or called.called_at
    return calls.report_in_limit(called.case, kind=WhistleKind(called.whistle.kind), at=since)


def clock_of(called: Called, *, stood: Sequence[Stood]) -> Reckoned | None:
    """Return since when and until when a call's own clock runs; nothing where it goes with its case."""
    since = called.due_since_at or called.called_at
    if CalledState(called.state) in WAITING:
        return reckon(days=calendar(), start=since, limit=answer_limit(called), changes=during(stood, since=since))
    if called.state == CalledState.REPORTED_IN and called.proposed_due_at is not None:
        return reckon_named(since, called.proposed_due_at, stood=during(stood, since=since))
    return None


def ruling_clock(dispute: Dispute, *, stood: Sequence[Stood]) -> Reckoned:
    """Return since when and until when the clock of a ruling runs."""
    since = dispute.since_at
    return reckon(days=calendar(), start=since, limit=limits().return_within, changes=during(stood, since=since))


def during(stood: Sequence[Stood], *, since: datetime) -> list[Stood]:
    """Return the pauses that began while a clock ran; what is begun in a pause runs in it, by its own time."""
    return [pause for pause in stood if pause.paused_at >= since]


def reckon_calls(*, case: Case, at: datetime, is_anew: bool = False) -> list[dict[str, Any]]:
    """Set what the calls and rulings of a case have to keep, after its clock stood still or days arrived (重算).

    ``is_anew`` lets the ladder of what moved be climbed from its foot again. Return what moved, with the old time.
    """
    stood = cases.stood_of(case)
    moved = [_call_moved(called, stood=stood, at=at, is_anew=is_anew) for called in _standing(case)]
    moved += [_ruling_moved(dispute, stood=stood, at=at) for dispute in _disputed(case)]
    return [one for one in moved if one]


def _standing(case: Case) -> list[Called]:
    found = list(Called.objects.filter(case=case, ended_at__isnull=True).select_related("whistle").order_by("pk"))
    for called in found:
        called.case = case
    return found


def _disputed(case: Case) -> list[Dispute]:
    return list(Dispute.objects.filter(case=case, state__in=[*STANDING, DisputeState.RULED.value]).order_by("pk"))


def _call_moved(called: Called, *, stood: Sequence[Stood], at: datetime, is_anew: bool) -> dict[str, Any] | None:
    case, clock = called.case, clock_of(called, stood=stood)
    if clock is None:
        if called.state == CalledState.REPORTED_IN:  # it goes with its case, whose own event says so
            Called.objects.filter(pk=called.pk).update(due_at=case.suspended_until or case.due_at)
        return None
    if clock.due_at == called.due_at:
        return None
    what = deadline_of(called)
    columns: dict[str, Any] = {"due_at": clock.due_at, "next_supervision_at": at}
    if what is Deadline.REPORT_IN:
        columns["report_in_due_at"] = clock.due_at
    if is_anew:
        columns["due_round"] = called.due_round + 1
    Called.objects.filter(pk=called.pk).update(**columns)
    if clock.due_at > at:
        cases.clear(case=case, deadlines=[what], at=at, called_id=called.pk, is_met=False)
    return moved_from(what.value, called.unit_id, called.due_at, clock.due_at)


def _ruling_moved(dispute: Dispute, *, stood: Sequence[Stood], at: datetime) -> dict[str, Any] | None:
    if dispute.state == DisputeState.RULED:
        return _review_moved(dispute, at=at)
    due_at = ruling_clock(dispute, stood=stood).due_at
    if due_at == dispute.due_at:
        return None
    Dispute.objects.filter(pk=dispute.pk).update(due_at=due_at, next_supervision_at=at)
    return moved_from(Deadline.RULING.value, dispute.judge_id, dispute.due_at, due_at)


def _review_moved(dispute: Dispute, *, at: datetime) -> dict[str, Any] | None:
    """Move the time in which a review may be asked for, unless it has gone by."""
    before, ruled_at = dispute.review_until, dispute.rulings.order_by("-round").values_list("at", flat=True).first()
    if before is None or ruled_at is None or before < at:
        return None
    until = due(calendar=calendar(), start=ruled_at, limit=limits().objection)
    if until == before:
        return None
    Dispute.objects.filter(pk=dispute.pk).update(review_until=until)
    return moved_from("REVIEW", dispute.unit_id, before, until)


def deadline_of(called: Called) -> Deadline:
    """Return what runs on a call that has a clock of its own."""
    by_state = {CalledState.CALLED: Deadline.REPORT_IN, CalledState.COUNTERED: Deadline.ANSWER}
    return by_state.get(CalledState(called.state), Deadline.PART)


def moved_from(what: str, unit_id: int | None, before: datetime, after: datetime) -> dict[str, Any]:
    """Return how an event says that a deadline was reckoned anew."""
    return {"what": what, "unit": unit_id, "before": before.isoformat(), "after": after.isoformat()}
