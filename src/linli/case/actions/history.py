"""Bring in the cases of an earlier system, with the times at which they were opened and closed there (历史补录)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from linli.case import tables
from linli.case.actions.opening import CONTACTS, SEQUENCES
from linli.case.actions.partitioning import ensure_event_years, years_of
from linli.case.actions.planning import Plan, planned_many
from linli.case.actions.rows import FIXED, closed_row, contact_row, rows_of
from linli.case.actions.taking_in import Outcome, Taken, refusals, sorted_out
from linli.case.rules import CloseReason
from linli.case.states import BY_NAME, CaseState
from linli.intake import queries as appeals
from linli.intake.past import Past
from linli.intake.rules import Channel, Received
from linli.shared.refusals import Conflict, Refused

Rows = dict[str, dict[str, Any]]
CLOSES = BY_NAME["bring_in"]


def bring_in(*, past: Sequence[Past], at: datetime) -> list[Taken]:
    """Open every case at its own moment, and close those that were closed, all new ones or none (历史补录).

    Deadlines are computed from when the case was opened; nobody is told, and nothing is confirmed. Open or closed,
    none of them counts in a rate: what a district had left open when it changed over is no fair part of that year. A
    number that came before is repeated or rejected, as at any import.

    Raises:
        Conflict: somebody brought in the same numbers at the same moment.
    """
    moments = [one.opened_at for one in past]
    received = [one.received for one in past]
    external_numbers = [one.external_number for one in received if one.external_number]
    taken, plans = sorted_out(
        received,
        known=appeals.by_external_numbers(Channel.HOTLINE, external_numbers),
        refused=refusals(received, at=at),
        plan=_planned_then,
    )
    try:
        numbers = _written([(plan, moments[place], past[place].closed_at) for place, plan in plans.items()], at=at)
    except IntegrityError as fault:
        raise Conflict("这批历史记录里有正在由别人导入的编号，没有导入任何一条。") from fault
    for place, number in zip(plans, numbers, strict=True):
        taken[place] = Taken(Outcome.OPENED, number)
    return [taken[place] for place in range(len(past))]


def _planned_then(received: Sequence[Received]) -> list[Plan | Refused]:
    """Plan each appeal as of its own moment, those of one moment together."""
    places: dict[datetime, list[int]] = {}
    for place, one in enumerate(received):
        assert one.occurred_at is not None  # noqa: S101 -- a past case has its opening time
        places.setdefault(one.occurred_at, []).append(place)
    found: dict[int, Plan | Refused] = {}
    for moment, those in places.items():
        found |= dict(zip(those, planned_many([received[place] for place in those], at=moment), strict=True))
    return [found[place] for place in range(len(received))]


def _written(opened: Sequence[tuple[Plan, datetime, datetime | None]], *, at: datetime) -> list[str]:
    if not opened:
        return []
    ensure_event_years(years_of(moment for _plan, *both in opened for moment in both if moment))
    with transaction.atomic():
        ids = tables.next_ids(*SEQUENCES, count=len(opened))
        rows = [_rows(*one, taken, at=at) for one, taken in zip(opened, ids, strict=True)]
        for table in (CONTACTS, "intake_appeal"):
            tables.copy_rows(table, [row[table] for row, _closing in rows if table in row])
        tables.copy_rows("case_case", [row["case_case"] for row, _closing in rows])
        tables.copy_rows("case_event", [row["case_event"] for row, _closing in rows], fixed=FIXED["case_event"])
        tables.copy_rows("case_event", [closing for _row, closing in rows if closing])
    return [row["case_case"]["number"] for row, _closing in rows]


def _rows(
    plan: Plan, opened_at: datetime, closed_at: datetime | None, taken: tuple[int, ...], *, at: datetime
) -> tuple[Rows, dict[str, Any] | None]:
    appeal_id, case_id, contact_id = taken
    contact = contact_row(plan.received, contact_id=contact_id, area_code=plan.spot.area_code, at=opened_at)
    kept = contact_id if contact else None
    rows: Rows = rows_of(plan, appeal_id=appeal_id, case_id=case_id, contact_id=kept, at=opened_at, brought_in_at=at)
    case = rows["case_case"] | FIXED["case_case"] | {"closed_at": None, "brought_in_at": at}
    closing = None
    if closed_at is not None:
        closing = closed_row(rows, name=CLOSES.name, at=closed_at, brought_in_at=at)
        case |= {
            "state": CaseState.CLOSED.value,
            "closed_at": closed_at,
            "close_reason": CloseReason.BROUGHT_IN.value,
            "next_supervision_at": None,
            "moved_at": closed_at,
            "event_count": 2,
            "head_hash": closing["hash"],
        }
    rows["case_case"] = case
    return (rows | {CONTACTS: contact} if contact else rows), closing
