"""What a case counts for, told again from nothing but its events: the check on everything kept (重述).

Only its first limits come from the case: they were frozen when it was opened.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

TRIES_MAX = 3
SATISFIED_MIN = 4
BROUGHT_IN = "brought_in_at"  # what the events of a case from an earlier system carry


@dataclass(frozen=True, slots=True)
class Told:
    """One event, as the recount reads it."""

    name: str
    at: datetime
    detail: Mapping[str, Any]
    state_after: str


@dataclass(slots=True)
class Retold:
    """A case as its events tell it."""

    opened_at: datetime
    area_code: str
    category_code: str
    owner_id: int
    state: str
    lead_id: int = 0
    dispatched_at: datetime | None = None
    contacted_at: datetime | None = None
    ended_at: datetime | None = None
    is_exempted: bool = False
    is_brought_in: bool = False
    refusal_route: str = ""
    round: int = 0
    answer: tuple[bool, int | None] | None = None
    said_owner_id: int = 0
    said_lead_id: int = 0
    calls: dict[int, str] = field(default_factory=dict)  # by round: how the call-back ended
    uncalled: dict[int, str] = field(default_factory=dict)  # by round: why nobody was to be called

    @property
    def led_by(self) -> int:
        """Return who leads without owning, 0 for nobody."""
        return 0 if self.lead_id == self.owner_id else self.lead_id


def retold(events: Sequence[Told]) -> Retold:
    """Tell a case again from its events, the first of which opened it (重述)."""
    first = events[0]
    case = Retold(first.at, first.detail["area"], first.detail["category"], first.detail["to"], first.state_after)
    case.is_brought_in = BROUGHT_IN in first.detail
    for event in events[1:]:
        teller = TELLERS.get(event.name)
        if teller is not None:
            teller(case, event)
        case.state = event.state_after
    return case


def has_responded(case: Retold, *, dispatch_due_at: datetime, contact_due_at: datetime | None) -> bool:
    """Return whether the reporter heard within the limit: contacted, or where nobody can be, signed for; or refused."""
    limit = contact_due_at or dispatch_due_at
    if case.state == "REFUSED" and case.ended_at is not None and case.ended_at <= limit:
        return True
    heard_at = case.dispatched_at if contact_due_at is None else case.contacted_at
    return case.dispatched_at is not None and heard_at is not None and heard_at <= limit


def excluded_for(case: Retold, *, leaving: Sequence[str]) -> str:
    """Return why a case leaves the rates, nothing when it counts."""
    if case.state in {"MERGED", "WITHDRAWN"}:
        return case.state.lower()
    if case.is_exempted:
        return "exempted"
    if case.refusal_route in leaving:
        return "refused"
    return "brought_in" if case.is_brought_in else ""


def counters(case: Retold, *, has_answered_in_time: bool) -> dict[str, int]:
    """Return what a case adds to each sum."""
    solved, rating = case.answer or (False, None)
    ended = [state for round_, state in case.calls.items() if round_ not in case.uncalled]
    return {
        "cases": 1,
        "responded": int(has_answered_in_time),
        "answered": int(case.answer is not None),
        "solved": int(solved),
        "rated": int(rating is not None),
        "satisfied": int(rating is not None and rating >= SATISFIED_MIN),
        "called": len(ended),
        "reached": ended.count("ANSWERED"),
        "declined": ended.count("DECLINED"),
        "not_reached": ended.count("NOT_REACHED"),
        "no_contact": list(case.uncalled.values()).count("NO_CONTACT"),
        "asked_not": list(case.uncalled.values()).count("ASKED_NOT"),
    }


def _signed(case: Retold, event: Told) -> None:
    case.dispatched_at = case.dispatched_at or event.at


def _blown(case: Retold, event: Told) -> None:
    _signed(case, event)
    case.lead_id = event.detail["lead"]


def _handed_on(case: Retold, event: Told) -> None:
    case.owner_id = event.detail["to"]


def _declined(case: Retold, event: Told) -> None:
    if event.detail.get("is_lead"):
        case.lead_id = 0


def _ruled(case: Retold, event: Told) -> None:
    case.lead_id = event.detail.get("lead", case.lead_id) or 0


def _released(case: Retold, event: Told) -> None:
    if event.detail.get("unit") == case.lead_id:
        case.lead_id = 0


def _contacted(case: Retold, event: Told) -> None:
    case.contacted_at = case.contacted_at or event.at


def _corrected(case: Retold, event: Told) -> None:
    after = event.detail.get("after", {})
    case.area_code = after.get("area_code", case.area_code)
    case.category_code = after.get("category_code", case.category_code)


def _refused(case: Retold, event: Told) -> None:
    case.refusal_route, case.ended_at = event.detail.get("route", ""), event.at


def _exempted(case: Retold, _event: Told) -> None:
    case.is_exempted = True


def _brought_in(case: Retold, _event: Told) -> None:
    case.is_brought_in = True


def _said(case: Retold, *, is_solved: bool, rating: int | None) -> None:
    case.answer = is_solved, rating
    case.said_owner_id, case.said_lead_id = case.owner_id, case.led_by
    case.calls[case.round] = "ANSWERED"


def _confirmed(case: Retold, event: Told) -> None:
    _said(case, is_solved=True, rating=event.detail.get("rating"))


def _sent_back(case: Retold, event: Told) -> None:
    _said(case, is_solved=False, rating=event.detail.get("rating"))
    case.round += 1


def _called(case: Retold, event: Told) -> None:
    detail = event.detail
    if "excluded" in detail:
        case.uncalled[case.round] = detail["excluded"]
    elif detail.get("outcome") == "REACHED" and detail.get("solved"):
        _said(case, is_solved=True, rating=detail.get("rating"))
    elif detail.get("outcome") == "REFUSED" and detail.get("last"):
        case.uncalled[case.round] = "ASKED_NOT"
    elif detail.get("outcome") == "REFUSED":
        case.calls[case.round] = "DECLINED"
    elif detail.get("outcome") == "NOT_REACHED" and detail["number"] >= TRIES_MAX:
        case.calls[case.round] = "NOT_REACHED"


TELLERS: Mapping[str, Callable[[Retold, Told], None]] = {
    "take": _signed,
    "finish": _signed,
    "blow": _blown,
    "dispatch": _handed_on,
    "give_back": _handed_on,
    "decline": _declined,
    "hand_back": _declined,
    "release": _released,
    "rule": _ruled,
    "contact": _contacted,
    "correct": _corrected,
    "refuse": _refused,
    "exempt": _exempted,
    "bring_in": _brought_in,
    "confirm": _confirmed,
    "send_back": _sent_back,
    "reopen": _sent_back,
    "call_back": _called,
}
