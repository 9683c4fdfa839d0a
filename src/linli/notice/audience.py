"""Who is told of which event, and what the text may speak of: one row for each event (谁会被告知)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from linli.case.models import Event
from linli.case.rules import RUNGS
from linli.intake.rules import Channel as Source
from linli.notice import concerned
from linli.notice.rules import KINDS as KIND
from linli.notice.rules import Audience, Kind

__all__ = ["HEARD", "Told", "told_of"]

COMMUNITY_DIGITS = 12
LATE_REMINDER = 2  # the one at the deadline says that the body is silent; those after it only remind


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to be told to one audience: a unit, every reporter of the case, or an outside body."""

    kind: Kind
    to_id: int = 0  # the unit, or what was asked of an outside body; reporters are found by the case
    post_id: int = 0  # the one colleague of that unit whom it concerns
    more: dict[str, Any] = field(default_factory=dict)
    is_urgent: bool = False

    @property
    def places(self) -> dict[str, Any]:
        """What the text may speak of beside the case itself."""
        return {name: value for name, value in self.more.items() if value and name in self.kind.places}


def told_of(event: Event) -> list[Told]:
    """Return who is told of an event; the unit that made the step is not told of it (谁会被告知)."""
    tell = HEARD.get(event.name)
    told = tell(event) if tell else []
    return [one for one in told if one.kind.audience is not Audience.UNIT or _is_new_to(one, event)]


def _is_new_to(one: Told, event: Event) -> bool:
    if one.post_id:
        return one.post_id != event.by_post_id
    return bool(one.to_id) and one.to_id != event.by_unit_id


def _unit(kind: str, unit_id: int | None, *, is_urgent: bool = False, **more: Any) -> Told:
    return Told(KIND[kind], unit_id or 0, more=more, is_urgent=is_urgent or KIND[kind].is_urgent)


def _reporters(kind: str, **more: Any) -> Told:
    return Told(KIND[kind], more=more)


def _iso(moment: Any) -> str:
    return moment.isoformat() if moment else ""


def _opened(event: Event) -> list[Told]:
    case, owner = event.case, event.detail["to"]
    told = [_unit("new_case", owner, due=_iso(case.dispatch_due_at))]
    # The hotline has told its caller itself.
    if case.channel != Source.HOTLINE:
        told.append(_reporters("resident_received", unit=owner, due=event.detail.get("due_at", "")))
    return told


def _handed_on(event: Event) -> list[Told]:
    due = _iso(event.case.dispatch_due_at)
    return [_unit("handed_on", event.detail["to"], unit=event.by_unit_id or event.detail.get("from"), due=due)]


def _blown(event: Event) -> list[Told]:
    detail = event.detail
    is_urgent = detail.get("kind") == "EMERGENCY"
    more = {"unit": event.by_unit_id, "due": detail.get("report_in_due_at", "")}
    return [_unit("whistle", unit_id, is_urgent=is_urgent, **more) for unit_id in detail["units"]]


def _answered(kind: str) -> Callable[[Event], list[Told]]:
    return lambda event: [_unit(kind, event.case.owner_id, unit=event.by_unit_id)]


def _finished(event: Event) -> list[Told]:
    unit, due = event.by_unit_id or event.case.owner_id, _iso(event.case.confirm_due_at)
    return [
        _unit("work_done", event.case.owner_id, unit=unit),
        _reporters("resident_finished", unit=unit, due=due),
        *_not_needed(event),
    ]


def _not_needed(event: Event) -> list[Told]:
    return [_unit("not_needed", unit_id) for unit_id in concerned.let_go_by(event)]


def _withdrawn(event: Event) -> list[Told]:
    at_work = _at_work(event)
    let_go = [one for one in _not_needed(event) if one.to_id not in at_work]
    return [_unit("withdrawn", unit_id) for unit_id in at_work] + let_go


def _ended_for_reporters(kind: str) -> Callable[[Event], list[Told]]:
    return lambda event: [_reporters(kind), *_not_needed(event)]


def _released(event: Event) -> list[Told]:
    return [_unit("not_needed", event.detail.get("unit"))]


def _not_ours(event: Event) -> list[Told]:
    """The caller is told that a unit will not come, the desk above it that it owes a ruling."""
    return [_unit("unit_declined", event.case.owner_id, unit=event.by_unit_id), *_to_judge(event)]


def _to_judge(event: Event) -> list[Told]:
    return [_unit("asked_to_rule", unit_id, unit=event.by_unit_id) for unit_id in concerned.judges_of(event)]


def _assigned(event: Event) -> list[Told]:
    unit_id, now, before = event.detail["unit"], event.detail.get("to_post"), concerned.named_before(event)
    named = [Told(KIND["assigned"], unit_id, post_id=now)] if now else []
    return named + ([Told(KIND["unassigned"], unit_id, post_id=before)] if before else [])


def _unmerged(event: Event) -> list[Told]:
    due = _iso(event.case.dispatch_due_at)
    owner = _unit("handed_on", event.case.owner_id, unit=event.by_unit_id, due=due)
    return [owner, _reporters("resident_parted")]


def _sent_back(event: Event) -> list[Told]:
    due = _iso(event.case.due_at)
    return [_unit("sent_back", unit_id, due=due) for unit_id in _at_work(event)]


def _added(event: Event) -> list[Told]:
    return [_unit("words_added", unit_id) for unit_id in _at_work(event)]


def _at_work(event: Event) -> list[int]:
    case = event.case
    return list(dict.fromkeys(unit_id for unit_id in (case.owner_id, case.lead_id) if unit_id))


def _supervised(event: Event) -> list[Told]:
    detail = event.detail
    rung = RUNGS.get(detail.get("level", 0))
    more = {"unit": detail.get("unit"), "level": rung.label if rung else ""}
    units = dict.fromkeys(unit_id for unit_id in (detail.get("unit"), detail.get("raised_to")) if unit_id)
    return [_unit("supervised", unit_id, **more) for unit_id in units]


def _asked(kind: str) -> Callable[[Event], list[Told]]:
    """The body is told by the link it was given; what was asked says how it is reached."""

    def tell(event: Event) -> list[Told]:
        return [Told(KIND[kind], event.detail["asked"])]

    return tell


def _reminded(event: Event) -> list[Told]:
    detail, told = event.detail, [Told(KIND["outside_reminded"], event.detail["asked"])]
    if detail.get("is_late") and detail.get("count") == LATE_REMINDER:
        more = {"body": detail.get("to_name"), "due": detail.get("due_at", "")}
        told += [_unit("outside_silent", unit_id, **more) for unit_id in _askers(event)]
    return told


def _outside_answered(event: Event) -> list[Told]:
    return [_unit("outside_answered", unit_id, body=event.detail.get("to_name")) for unit_id in _askers(event)]


def _askers(event: Event) -> list[int]:
    return list(dict.fromkeys(pk for pk in (event.detail.get("by_unit"), event.case.owner_id) if pk))


def _told_reporters(kind: str) -> Callable[[Event], list[Told]]:
    return lambda _event: [_reporters(kind)]


def _to_unit_named(kind: str, key: str) -> Callable[[Event], list[Told]]:
    """The unit stands in the event's detail under a name."""
    return lambda event: [_unit(kind, event.detail.get(key), unit=event.by_unit_id)]


def _task(event: Event) -> list[Told]:
    return [_unit("task_given", event.detail.get("unit"), unit=event.by_unit_id, due=event.detail.get("due_at", ""))]


def _part_done(event: Event) -> list[Told]:
    return [_unit("work_done", unit_id, unit=event.by_unit_id) for unit_id in _at_work(event)]


def _ruled(event: Event) -> list[Told]:
    units = dict.fromkeys(pk for pk in (event.detail.get("unit"), event.detail.get("to")) if pk)
    return [_unit("ruled", unit_id, unit=event.by_unit_id) for unit_id in units]


def _granted(event: Event) -> list[Told]:
    """Who asked is told of the ruling; of more time, or of none for now, the residents are told too."""
    told = [_unit("ruled", unit_id, unit=event.by_unit_id) for unit_id in _at_work(event)]
    if event.name == "extend":
        told.append(_reporters("resident_extended", due=_iso(event.case.due_at)))
    elif event.name == "suspend":
        told.append(_reporters("resident_paused", due=event.detail.get("until", "")))
    return told


HEARD: dict[str, Callable[[Event], list[Told]]] = {
    "open": _opened,
    "dispatch": _handed_on,
    "blow": _blown,
    "report_in": _answered("unit_came"),
    "decline": _not_ours,
    "counter": _answered("unit_countered"),
    "finish": _finished,
    "send_back": _sent_back,
    "add": _added,
    "supervise": _supervised,
    "agree": _to_unit_named("caller_answered", "to"),
    "turn_down": _to_unit_named("caller_answered", "unit"),
    "return_part": _to_unit_named("caller_answered", "unit"),
    "part": _part_done,
    "hand_back": _not_ours,
    "release": _released,
    "ask_review": _to_judge,
    "assign": _assigned,
    "withdraw": _withdrawn,
    "unmerge": _unmerged,
    "split": _told_reporters("resident_split"),
    "task": _task,
    "task_back": _task,
    "task_done": _part_done,
    "task_drop": _to_unit_named("task_dropped", "unit"),
    "rule": _ruled,
    "give_back": _handed_on,
    "reopen": _sent_back,
    "ask_extension": _to_unit_named("asked_to_rule", "decider"),
    "ask_suspension": _to_unit_named("asked_to_rule", "decider"),
    "ask_return": _to_unit_named("asked_to_rule", "decider"),
    "ask_exemption": _to_unit_named("asked_to_rule", "decider"),
    "object": _to_unit_named("asked_to_rule", "decider"),
    "extend": _granted,
    "suspend": _granted,
    "exempt": _granted,
    "deny": _to_unit_named("ruled", "asked_by"),
    "ask_outside": _asked("outside_asked"),
    "resend_outside": _asked("outside_asked"),
    "extend_outside": _asked("outside_extended"),
    "remind_outside": _reminded,
    "accept_outside": _outside_answered,
    "decline_outside": _outside_answered,
    "finish_outside": _outside_answered,
    "refuse": _ended_for_reporters("resident_refused"),
    "merge": _ended_for_reporters("resident_merged"),
    "lapse": _told_reporters("resident_closed"),
}
