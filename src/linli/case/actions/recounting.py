"""Reckon the open cases anew when the calendar has changed; the old time stays in the event (重算时限)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from linli.case import deadlines
from linli.case.actions.clock import let_off, reckoned_for, run_anew
from linli.case.actions.moving import move
from linli.case.actions.rulebook import read_days
from linli.case.actions.watching import opened_limit
from linli.case.deadlines import Reckoned, calendar, limits, overlay_in_force, reckon
from linli.case.models import Case, DayOverlay
from linli.case.rules import Deadline
from linli.case.states import CaseState, Relation
from linli.shared.batches import BATCH, each
from linli.shared.calendar import Calendar, Change, Limit, due, load, together
from linli.shared.roles import Role

SETTLED = timedelta(seconds=5)  # every process has looked at the calendar again by then
CLOCK = frozenset({Relation.CLOCK})
IS_OPEN = Q(closed_at__isnull=True)
Also = Callable[..., list[dict[str, Any]]]


def is_recount_due(*, at: datetime) -> bool:
    """Tell whether days came or went for which the open cases have not been reckoned anew."""
    return DayOverlay.objects.filter(_settled(at)).exists()


def recount(*, at: datetime, also: Also, within: Q = IS_OPEN) -> int:
    """Reckon cases by the calendar as it is now; return for how many a deadline moved (重算时限).

    ``also`` reckons what later stages keep beside a case, inside its transaction, and says what moved; the event of
    the case says both. Begun again after a stop it finds nothing to change in the cases it has done.
    """
    deadlines.forget()
    moved, after = 0, 0

    def reckon_anew(case: Case) -> None:
        nonlocal moved
        moved += _recount_case(case, at=at, also=also)

    while True:
        with transaction.atomic():
            rows = Case.objects.select_for_update().filter(within, pk__gt=after).order_by("pk")
            batch = list(rows[:BATCH])
            each(batch, reckon_anew, duty="recount")
        if len(batch) < BATCH:
            return moved
        after = batch[-1].pk


def recounted(*, at: datetime) -> None:
    """Note that the open cases have been reckoned for every change of days until now."""
    DayOverlay.objects.filter(_settled(at)).update(recounted_at=at)


def _settled(at: datetime) -> Q:
    known = Q(withdrawn_at__isnull=True, made_at__lte=at - SETTLED) | Q(withdrawn_at__lte=at - SETTLED)
    return known & Q(recounted_at__isnull=True)


@dataclass(frozen=True, slots=True)
class DaysRehearsed:
    """What a file of days would do: its changes, and how many of the open cases it would move."""

    changes: tuple[Change, ...]
    open: int
    moved: int


def rehearse_days(*, file_name: str, content: bytes, at: datetime) -> DaysRehearsed:
    """Reckon the open cases by a calendar with these days on top, and write nothing (预演).

    Raises:
        Refused: the file cannot be read or holds nothing.
    """
    overlay = read_days(file_name=file_name, content=content)
    standing = overlay_in_force()
    days = load(settings.CALENDAR, together([standing, overlay]) if standing else overlay)
    count, moved = 0, 0
    for case in Case.objects.filter(closed_at__isnull=True, opened_at__lte=at).iterator(chunk_size=1000):
        count += 1
        moved += _reckoned(case, days=days).due_at != case.due_at
    return DaysRehearsed(overlay.changes, count, moved)


def due_times(case: Case) -> dict[str, Any]:
    """Return every due time of an open case as the calendar has it now."""
    days, columns = calendar(), run_anew(case)
    if case.dispatched_at is None:
        signing, since = opened_limit(case, Deadline.DISPATCH), case.dispatch_since_at or case.opened_at
        columns["dispatch_due_at"] = due(calendar=days, start=since, limit=signing)
    if case.contact_due_at is not None and case.contacted_at is None:
        speaking = opened_limit(case, Deadline.CONTACT)
        columns["contact_due_at"] = due(calendar=days, start=case.opened_at, limit=speaking)
    if case.state == CaseState.FINISHED and case.finished_at is not None:
        columns["confirm_due_at"] = due(calendar=days, start=case.finished_at, limit=limits().call_back)
    return columns


def _reckoned(case: Case, *, days: Calendar) -> Reckoned:
    """Reckon a case by a calendar; most clocks have never been touched, and need no statement."""
    if case.due_round == 0 and case.due_since_at == case.opened_at:
        return reckon(days=days, start=case.opened_at, limit=Limit.parse(case.limit_words))
    return reckoned_for(case, days=days)


def _recount_case(case: Case, *, at: datetime, also: Also) -> bool:
    changed = {} if _is_settled(case) else _changed(case)
    moments = {name: value for name, value in changed.items() if isinstance(value, datetime)}
    detail: dict[str, Any] = {f"{name}_before": getattr(case, name).isoformat() for name in moments}
    detail |= {name: value.isoformat() for name, value in moments.items()}
    for name, value in changed.items():
        setattr(case, name, value)  # what goes with the case is reckoned from where it stands now
    moved = also(case=case, at=at)
    if not moved and not any(name.endswith("_due_at") or name == "due_at" for name in changed):
        if changed:
            Case.objects.filter(pk=case.pk).update(**changed)
        return False
    move(
        case=case,
        name="recount",
        role=Role.SYSTEM,
        post=None,
        at=at,
        known=CLOCK,
        detail=detail | ({"moved": moved} if moved else {}),
        **(changed | ({"next_supervision_at": at} if changed else {})),
    )
    let_off(case, at=at)
    return True


def _is_settled(case: Case) -> bool:
    """Tell whether nothing of a case itself runs by the calendar, or what runs stays as it is."""
    if not case.is_open:
        return True
    is_met = case.dispatched_at and (case.contacted_at or case.contact_due_at is None)
    is_waiting = case.state == CaseState.FINISHED
    return bool(is_met) and not is_waiting and _reckoned(case, days=calendar()).due_at == case.due_at


def _changed(case: Case) -> dict[str, Any]:
    return {name: value for name, value in due_times(case).items() if value != getattr(case, name)}
