"""The story of a case for a desk: every event in plain words, who, when (经过)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.case import queries as cases
from linli.case.queries import Case
from linli.case.refusals import REFUSAL_SENTENCES, RefusalRoute
from linli.case.rules import RUNGS, Deadline
from linli.case.states import STATE_LABELS, CaseState
from linli.confirm.rules import EXCLUDED_LABELS, OUTCOME_LABELS, WAY_LABELS, Excluded, Outcome, Way
from linli.handling.rules import KIND_LABELS as APPLICATION_KINDS
from linli.handling.rules import ApplicationKind
from linli.place import queries as place
from linli.shared.calendar import Limit
from linli.shared.roles import ROLE_LABELS, Role
from linli.shared.urgency import Urgency
from linli.web import times
from linli.web.casepage import asked_story, joint_story, words
from linli.web.casepage.filelines import Shown, shown
from linli.web.casepage.marks import ICONS, INNER, LATE
from linli.web.routing.words import recorded_words
from linli.whistle.states import WHISTLE_LABELS, WhistleKind


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the story, ready to be read."""

    name: str
    at: datetime
    title: str
    who: str
    text: str
    icon: str
    tone: str
    photo_ids: tuple[str, ...]
    is_told: bool
    files: tuple[Shown, ...] = ()

    @property
    def is_inner(self) -> bool:
        """True of what was written for colleagues only."""
        return self.name in INNER


def steps_of(case: Case, events: list[Any]) -> list[Step]:
    """Return the story of a case, every event in words, oldest first (经过)."""
    hands = cases.hands_of(events)
    files = shown([one for event in events for one in event.detail.get("files", ())])
    return [_step(event, case=case, hands=hands, files=files) for event in events]


def _step(event: Any, *, case: Case, hands: dict[int, str], files: dict[str, Shown]) -> Step:
    text = _assigned(event.detail, hands) if event.name == "assign" else _text(event, case=case)
    return Step(
        name=event.name,
        at=event.at,
        title=_title(event),
        who=_who(event, hands),
        text=text,
        icon=ICONS.get(event.name) or asked_story.STORY_ICONS.get(event.name, "circle"),
        tone="late" if event.name in LATE else "",
        photo_ids=tuple(event.detail.get("photos", ())),
        is_told=event.is_told,
        files=tuple(files[one] for one in event.detail.get("files", ()) if one in files),
    )


def _title(event: Any) -> str:
    if event.name == "open":
        return _("登记")
    if event.name == "supervise" and event.detail.get("level") in RUNGS:
        return _(RUNGS[event.detail["level"]].label)
    return words.move_label(event.name)


def _who(event: Any, hands: dict[int, str]) -> str:
    unit = words.unit_label(event.by_unit_id)
    if event.by_post_id in hands:
        return f"{unit} {hands[event.by_post_id]}".strip()
    return unit or _(ROLE_LABELS[Role(event.by_role)])


def _text(event: Any, *, case: Case) -> str:
    teller = TELLERS.get(event.name)
    if teller is not None:
        return str(teller(event.detail, event, case))
    return str(event.detail.get("words") or event.reason)


def _opened(detail: dict[str, Any], _event: Any, case: Case) -> str:
    parts = [
        _("来自%(channel)s，首接单位：%(unit)s。")
        % {"channel": words.channel_label(case.channel), "unit": words.unit_label(detail.get("to"))}
    ]
    keywords = [word for one in detail.get("suggested", ())[:1] for word in one["words"]]
    parts.append(_("分类：%s") % words.category_label(detail.get("category", case.category_code)))
    if keywords:
        parts[-1] += _("（由“%s”等词建议）") % _("”“").join(keywords[:3])
    return "\n".join([*parts, *recorded_words(detail.get("route", {}))])


def _blown(detail: dict[str, Any], event: Any, _case: Case) -> str:
    lead = detail.get("lead")
    names = [
        words.unit_label(unit) + (_("（牵头）") if unit == lead and len(detail["units"]) > 1 else "")
        for unit in detail.get("units", ())
    ]
    due = datetime.fromisoformat(detail["report_in_due_at"])
    told = _("%(kind)s：请%(units)s在%(due)s前报到。") % {
        "kind": _(WHISTLE_LABELS[WhistleKind(detail.get("kind", "SERVICE"))]),
        "units": _("、").join(names),
        "due": times.moment_words(due, at=event.at),
    }
    return "\n".join(part for part in (told, detail.get("words", "")) if part)


def _handed_on(detail: dict[str, Any], event: Any, _case: Case) -> str:
    ways = {"from": words.unit_label(detail.get("from")), "to": words.unit_label(detail.get("to"))}
    recorded = recorded_words(detail.get("route", {}) | {"outside_duty": detail.get("outside_duty")})
    return "\n".join(part for part in (_("由%(from)s转给%(to)s。") % ways, event.reason, *recorded) if part)


def _released(detail: dict[str, Any], event: Any, _case: Case) -> str:
    return "\n".join([_("不再等%s。") % words.unit_label(detail.get("unit")), event.reason])


def _refused(detail: dict[str, Any], event: Any, _case: Case) -> str:
    route = detail.get("route", "")
    label = REFUSAL_SENTENCES[RefusalRoute(route)].label if route in set(RefusalRoute) else ""
    return "\n".join(part for part in (_(label) if label else "", event.reason) if part)


def _assigned(detail: dict[str, Any], hands: dict[int, str]) -> str:
    name = hands.get(detail.get("to_post") or 0, "")
    return _("交给%s经办。") % name if name else _("不再指定经办人。")


def _merged(detail: dict[str, Any], event: Any, _case: Case) -> str:
    return "\n".join([_("并入 %s。") % detail.get("to_number", ""), event.reason])


def _joined(detail: dict[str, Any], _event: Any, _case: Case) -> str:
    if detail.get("from_number"):
        return str(_("%s 并入这一件，它的反映人也会收到结果。") % detail["from_number"])
    return _("又有一位居民反映同一件事，会一起收到结果。")


def _confirmed(detail: dict[str, Any], event: Any, _case: Case) -> str:
    told = _(str(detail.get("words", "")))
    if detail.get("proxy"):
        told = _("%s（代居民登记）") % told
    return "\n".join(part for part in (told, event.reason) if part)


def _corrected(detail: dict[str, Any], event: Any, _case: Case) -> str:
    before, after = detail.get("before", {}), detail.get("after", {})
    lines = [
        _("%(what)s：%(before)s → %(after)s")
        % {"what": _(label), "before": show(before.get(name)), "after": show(value)}
        for name, value in after.items()
        for label, show in [CORRECTED.get(name, ("", str))]
        if label
    ]
    if "lng" in after:
        lines.append(_("地图上的位置已改。"))
    return "\n".join([*lines, event.reason]).strip()


def _supervised(detail: dict[str, Any], _event: Any, _case: Case) -> str:
    if detail.get("by_hand"):
        return str(detail.get("words", ""))
    if "sent_back" in detail:
        return joint_story.raised(detail)
    return _("%(unit)s的“%(what)s”时限，已提请%(raised_to)s关注。") % {
        "unit": words.unit_label(detail.get("unit")),
        "what": words.deadline_label(detail["deadline"]),
        "raised_to": words.unit_label(detail.get("raised_to")),
    }


def _called_back(detail: dict[str, Any], _event: Any, _case: Case) -> str:
    if "excluded" in detail:
        return str(_("不用回访：%(why)s。") % {"why": _(EXCLUDED_LABELS[Excluded(detail["excluded"])])})
    if "level" in detail:
        return str(_("%(label)s：%(what)s") % {"label": _(RUNGS[detail["level"]].label), "what": _("回访还没有做")})
    lines = [
        _("第 %(number)s 次，%(way)s：%(outcome)s")
        % {
            "number": detail["number"],
            "way": _(WAY_LABELS[Way(detail["way"])]),
            "outcome": _(OUTCOME_LABELS[Outcome(detail["outcome"])]),
        },
        _("和谁说的：%s") % detail["spoke_with"] if detail.get("spoke_with") else "",
        str(detail.get("words", "")),
    ]
    return "\n".join(filter(None, lines))


def _due_moved(detail: dict[str, Any], event: Any, _case: Case) -> str:
    """Say how the deadline moved, after what was said about it."""
    said = detail.get("words") or event.reason
    moved = ""
    if detail.get("due_at") and detail["due_at"] != detail.get("due_at_before"):
        moved = _("办结时限：%(before)s → %(after)s") % {
            "before": _moment(detail.get("due_at_before")),
            "after": _moment(detail["due_at"]),
        }
    return "\n".join(part for part in (said, moved) if part)


def _recounted(detail: dict[str, Any], event: Any, case: Case) -> str:
    """Say what was reckoned anew, each with the time it had: of the case itself, and of what hangs on it."""
    own = [
        {"what": what, "before": detail[f"{name}_before"], "after": detail[name]}
        for name, what in RECOUNTED.items()
        if name in detail
    ]
    lines = [_due_moved(detail, event, case)]
    for one in [*own, *detail.get("moved", ())]:
        label = MOVED[one["what"]]
        places = {
            "what": _(label) if label else words.deadline_label(one["what"]),
            "unit": words.unit_label(one["unit"]) if one.get("unit") else "",
            "before": _moment(one["before"]),
            "after": _moment(one["after"]),
        }
        lines.append((_("%(what)s %(unit)s：%(before)s → %(after)s") % places).replace(" ：", "："))
    return "\n".join(filter(None, lines))


def _suspended(detail: dict[str, Any], event: Any, case: Case) -> str:
    until = _("最晚 %s 恢复办理。") % _moment(detail.get("until"))
    return "\n".join([_due_moved(detail, event, case), until])


def _fitted(detail: dict[str, Any], event: Any, case: Case) -> str:
    line = _("%(condition)s：%(limit)s") % {
        "condition": detail.get("condition") or _("一般情形"),
        "limit": words.limit_label(Limit.parse(detail["limit"])),
    }
    return "\n".join([line, _due_moved(detail, event, case)])


def _asked(detail: dict[str, Any], event: Any, _case: Case) -> str:
    until = [_("最晚 %s 恢复办理。") % _moment(detail["until"])] if detail.get("until") else []
    asked = _("等%s审批") % words.unit_label(detail.get("decider"))
    return "\n".join([event.reason, *until, asked])


def _ruled(detail: dict[str, Any], event: Any, _case: Case) -> str:
    kind = _(APPLICATION_KINDS[ApplicationKind(detail["kind"])]) if detail.get("kind") else ""
    return "\n".join(part for part in (kind, event.reason) if part)


def _cleared(detail: dict[str, Any], event: Any, _case: Case) -> str:
    rung = RUNGS.get(detail.get("level", 0))
    what = words.deadline_label(detail["deadline"])
    return "\n".join([_("%(label)s：%(what)s") % {"label": _(rung.label) if rung else "", "what": what}, event.reason])


def _area(code: str | None) -> str:
    return place.full_name(code, words.language()) if code else _("（空）")


def _moment(value: str | None) -> str:
    if not value:
        return _("（空）")
    moment = datetime.fromisoformat(value)
    return times.exact_words(moment)[:16]


def _or_empty(value: str | None) -> str:
    return value or _("（空）")


CORRECTED: dict[str, tuple[str, Any]] = {
    "category_code": ("分类", words.category_label),
    "area_code": ("区域", _area),
    "address": ("地址", _or_empty),
    "urgency": ("紧急程度", lambda value: words.urgency_label(Urgency(value))),
    "due_at": (gettext_noop("办结时限"), _moment),
}
RECOUNTED = {"dispatch_due_at": "DISPATCH", "contact_due_at": "CONTACT", "confirm_due_at": "CONFIRM"}
MOVED: dict[str, str] = dict.fromkeys(Deadline, "") | {
    "CONFIRM": gettext_noop("居民确认的时限"),
    "CALL_BACK": gettext_noop("回访时限"),
    "REVIEW": gettext_noop("申请复核的时限"),
    "OBJECTION": gettext_noop("提出异议的时限"),
}
TELLERS: dict[str, Any] = asked_story.TELLERS | {
    **joint_story.TELLERS,
    "open": _opened,
    "take": lambda *_parts: "",
    "blow": _blown,
    "dispatch": _handed_on,
    "release": _released,
    "refuse": _refused,
    "merge": _merged,
    "join": _joined,
    "confirm": _confirmed,
    "correct": _corrected,
    "supervise": _supervised,
    "call_back": _called_back,
    "clear": _cleared,
    "fit": _fitted,
    "extend": _due_moved,
    "suspend": _suspended,
    "resume": _due_moved,
    "recount": _recounted,
    "ask_extension": _asked,
    "ask_suspension": _asked,
    "ask_return": _asked,
    "ask_exemption": _asked,
    "object": _asked,
    "deny": _ruled,
    "take_back": _ruled,
    "give_back": _handed_on,
    "lapse": lambda *_parts: _(STATE_LABELS[CaseState.CLOSED]),
}
