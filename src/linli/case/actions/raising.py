"""Raise by itself what is sent back again and again, or goes from hand to hand with nobody leading (自动提级)."""

from datetime import datetime

from linli.case.actions.watching import clear, record_rung
from linli.case.models import Case, Event
from linli.case.rules import Deadline, Passing, rung_of_passing

SENT_BACK = frozenset({"decline", "hand_back", "send_back", "reopen", "give_back"})
PASSED_ON = frozenset({"dispatch", "give_back"})


def raise_if_stuck(*, case: Case, at: datetime) -> int:
    """Supervise a case one level up once it was sent back 3 times, or went through 3 units without a lead (提级).

    Call it in the transaction of the move that sent the case back or on. Return the level recorded, 0 for none.
    """
    if not case.is_open:
        return 0
    passing = passing_of(case)
    level = rung_of_passing(passing, has_lead=case.lead_id is not None)
    if not level or level <= _recorded(case):
        return 0
    record_rung(
        case,
        deadline=Deadline.LEAD,
        unit_id=case.owner_id,
        level=level,
        due_at=at,
        at=at,
        detail={"sent_back": passing.sent_back, "units": list(passing.unit_ids)},
        round=0,
    )
    return level


def found_lead(*, case: Case, at: datetime) -> None:
    """Clear what was raised because nobody led: now somebody does (销督)."""
    clear(case=case, deadlines=[Deadline.LEAD], at=at)


def passing_of(case: Case) -> Passing:
    """Count how often a case was sent back, and through which units it went without a lead."""
    steps = Event.objects.filter(case_id=case.pk, at__gte=case.opened_at, name__in=SENT_BACK | PASSED_ON)
    rows = list(steps.order_by("sequence").values_list("name", "by_unit_id", "detail"))
    units: dict[int, None] = {}
    for name, by_unit_id, detail in rows:
        if name in PASSED_ON:
            units |= dict.fromkeys(pk for pk in (detail.get("from"), detail.get("to")) if pk)
        elif name in {"decline", "hand_back"} and by_unit_id:
            units[by_unit_id] = None
    return Passing(sent_back=sum(name in SENT_BACK for name, _unit, _detail in rows), unit_ids=tuple(units))


def _recorded(case: Case) -> int:
    levels = case.supervisions.filter(deadline=Deadline.LEAD, round=0).values_list("level", flat=True)
    return max(levels, default=0)
