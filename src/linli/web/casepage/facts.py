"""The facts beside a story: deadline, place, called units, reporters, similar cases (要点)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.case import assigning
from linli.case import queries as cases
from linli.case.queries import Case
from linli.case.states import CaseState
from linli.handling import queries as handled
from linli.handling.rules import APPLICATION_LABELS, ApplicationState
from linli.people.rules import PURPOSE_LABELS, purposes_for
from linli.place import queries as place
from linli.place.rules import Level
from linli.routing import queries as routing
from linli.routing.rules import RoutedBy
from linli.staff import queries as staff
from linli.staff.queries import Post
from linli.web import times
from linli.web.casepage import words
from linli.web.casepage.clock_forms import application_words
from linli.whistle import queries as calls
from linli.whistle.states import CALLED_LABELS, CalledState, may_answer

SIMILAR_MAX = 5
COMMUNITY_DIGITS = 12
OVER = frozenset({CalledState.DECLINED, CalledState.RELEASED, CalledState.FINISHED})
REPLIES = ("agree", "turn_down", "return_part")  # offered beside the unit they answer


@dataclass(frozen=True, slots=True)
class DueBar:
    """The deadline bar: how much of the limit is used, what is left, and why it is this long."""

    due_at: datetime
    percent: int
    tone: str
    used: str
    left: str
    why: str
    is_running: bool
    suspended: str = ""  # until when the clock stands still
    closing_test: str = ""  # what shows that it is done


@dataclass(frozen=True, slots=True)
class CalledLine:
    """One called unit and where it stands, in one sentence."""

    id: int
    unit: str
    is_lead: bool
    sentence: str
    words: str
    due_at: datetime | None
    tone: str
    icon: str
    is_open: bool
    photo_ids: tuple[Any, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()  # what the caller or the lead may answer: move and label


@dataclass(frozen=True, slots=True)
class ApplicationLine:
    """One thing that was asked about a case, and the ruling."""

    title: str
    reason: str
    until: str
    sentence: str
    ruling: str
    tone: str
    icon: str


def facts_of(case: Case, *, post: Post, at: datetime) -> dict[str, Any]:
    """Return what the right column shows of a case (要点)."""
    appeals = cases.appeals_of(case)
    reachable, withheld = cases.reporters_for(case, post=post)
    return {
        "due_bar": due_bar(case, at=at),
        "called": called_lines(case, at=at),
        "applications": application_lines(case, at=at),
        "similar": list(cases.similar_to(case)[:SIMILAR_MAX]) if case.is_open else [],
        "appeals": appeals,
        "others_count": max(len(appeals) - 1, case.joined_count),
        "can_reach": bool(reachable),
        "withheld_words": withheld_words(case) if withheld else "",
        "purposes": [(purpose.value, _(PURPOSE_LABELS[purpose])) for purpose in purposes_for(post.role)],
        "suggested_words": suggested_words(case),
        "pins": pins_of(case),
        "pins_id": f"pins-{case.pk}",
        "waiting_for": waiting_words(case, at=at),
        "routed_words": routed_words(case),
        "is_outside_duty": case.is_open and routing.is_outside_duty(staff.unit(case.owner_id), case.category_code),
        "assigned": [(words.unit_label(one.unit_id), one.post.account.name) for one in assigning.assigned(case)],
    }


def withheld_words(case: Case) -> str:
    """Say why a reporter stays unknown here, and through whom they are reached (保密)."""
    return _("反映人要求保密。要联系反映人，请通过%(unit)s。") % {"unit": words.unit_label(case.owner_id)}


def due_bar(case: Case, *, at: datetime) -> DueBar:
    """Return the deadline bar of a case (时限条)."""
    clock = cases.clock_of(case, at=at)
    is_running = case.is_open and case.state != CaseState.FINISHED and case.suspended_until is None
    end = at if is_running else (case.finished_at or case.closed_at or at)
    tone = times.due_tone(case.due_at, at=end)
    return DueBar(
        due_at=case.due_at,
        percent=min(100, round(clock.part * 100)),
        tone=tone if is_running or tone == "late" else "ample",
        used=times.span_words(clock.elapsed),
        left=_left(case, at=end, is_running=is_running),
        why=words.rule_words(
            limit=clock.limit,
            rule=case.limit_rule,
            version=case.limit_version,
            since=case.opened_at,
            at=at,
            is_provisional=case.is_due_provisional,
        )
        + (_("其中停表 %s，不计时。") % times.span_words(clock.stood_still) if clock.stood_still else ""),
        is_running=is_running,
        suspended=times.moment_words(case.suspended_until, at=at) if case.suspended_until else "",
        closing_test=words.closing_test(case.limit_rule, version=case.limit_version),
    )


def application_lines(case: Case, *, at: datetime) -> list[ApplicationLine]:
    """Return what was asked about a case and how it was ruled, the newest first (申请与裁定)."""
    return [_application_line(row, at=at) for row in reversed(handled.applications_of(case))]


def _application_line(row: Any, *, at: datetime) -> ApplicationLine:
    state = ApplicationState(row.state)
    told = _(APPLICATION_LABELS[state])
    if state is ApplicationState.ASKED:
        told = _("等%s审批") % words.unit_label(row.decider_id)
    elif row.decided_at:
        told = f"{words.unit_label(row.decider_id)} {told} · {times.moment_words(row.decided_at, at=at)}"
    return ApplicationLine(
        title=application_words(row, at=at),
        reason=row.reason,
        until=times.moment_words(row.until_at, at=at) if row.until_at else "",
        sentence=told,
        ruling=row.ruling,
        tone={ApplicationState.ASKED: "soon", ApplicationState.GRANTED: "accent"}.get(state, "over"),
        icon=_APPLICATION_ICONS[state],
    )


def _left(case: Case, *, at: datetime, is_running: bool) -> str:
    if is_running:
        return times.due_rest(case.due_at, at=at)
    return _("停表中") if case.suspended_until else _("用时到办结为止")


def called_lines(case: Case, *, at: datetime) -> list[CalledLine]:
    """Return every called unit with a sentence on where it stands, the lead first (被吹哨单位)."""
    return [_called_line(called, at=at) for called in calls.called_for(case)]


def suggested_words(case: Case) -> str:
    """Say which category the words suggested, when the case now has another one or the same (分类建议)."""
    code = case.first_appeal.category_suggested
    if not code:
        return _("文字里没有找到对应的分类，请人工选择。") if case.category_code == "99" else ""
    if code == case.category_code:
        return ""
    return _("按文字建议的是“%s”。") % words.category_label(code)


def pins_of(case: Case) -> list[dict[str, Any]]:
    """Return the pin of a case for the small map."""
    if case.lng is None or case.lat is None:
        return []
    late = "late" if case.supervision_level >= 2 else ""
    return [{"lng": case.lng, "lat": case.lat, "tone": late, "words": case.address or case.title}]


def shapes_around(code: str) -> dict[str, Any]:
    """Return the shapes a small map of what lies in an area needs (图层)."""
    level = Level.GRID if len(code) >= COMMUNITY_DIGITS else Level.COMMUNITY
    return place.layer(level=level, prefix=code[:COMMUNITY_DIGITS])


def waiting_words(case: Case, *, at: datetime) -> str:
    """Say in one sentence what a case waits for now (在等什么)."""
    unit = words.unit_label(case.owner_id)
    if case.state in {CaseState.REGISTERED, CaseState.DISPATCHED}:
        return _("等%(unit)s签收，%(rest)s") % {"unit": unit, "rest": times.due_rest(case.dispatch_due_at, at=at)}
    if case.state == CaseState.FINISHED and case.confirm_due_at:
        return _("等居民确认，%s") % times.due_rest(case.confirm_due_at, at=at)
    if case.suspended_until is not None:
        return _("挂账中，最晚%s恢复办理") % times.moment_words(case.suspended_until, at=at)
    if case.state == CaseState.HANDLING:
        return _("%s办理中") % (words.unit_label(case.lead_id) or unit)
    if case.state == CaseState.WHISTLED:
        return _("等被吹哨的单位报到")
    return _(words.CLOSED_WORDS.get(case.close_reason, ""))


def area_words(case: Case) -> str:
    """Name the place of a case from street to grid."""
    return place.full_name(case.area_code, words.language())


def routed_words(case: Case) -> str:
    """Say what chose the unit that got a case first: which rule in which version, or the place (派单依据)."""
    if case.routed_by == RoutedBy.RULE:
        kept = {"rule": case.route_rule_id, "version": case.route_version}
        return _("按责任清单第 %(rule)s 号规则（第 %(version)s 版）派单。") % kept
    return _("没有规则管到，按地点派单。")


def _called_line(called: Any, *, at: datetime) -> CalledLine:
    state = CalledState(called.state)
    unit = words.unit_label(called.unit_id)
    is_waiting = state in {CalledState.CALLED, CalledState.COUNTERED}
    is_late = called.ended_at is None and state not in OVER | {CalledState.PART_DONE} and called.due_at < at
    return CalledLine(
        id=called.pk,
        unit=unit,
        is_lead=called.is_lead,
        sentence=called_sentence(called, unit=unit, at=at),
        words=called.words,
        due_at=called.due_at if is_waiting else None,
        tone="late" if is_late else ("over" if state in OVER else "accent"),
        icon="clock-exclamation" if is_late else _CALLED_ICONS[state],
        is_open=called.ended_at is None,
        photo_ids=tuple(called.photo_ids),
        answers=tuple(
            (name, words.move_label(name))
            for name in REPLIES
            if called.ended_at is None
            and may_answer(name, state=state, kind=called.whistle.kind, is_lead=called.is_lead)
        ),
    )


def called_sentence(called: Any, *, unit: str, at: datetime) -> str:
    """Say where a called unit stands: 等水务局报到，还有 3 小时."""
    state = CalledState(called.state)
    if state is CalledState.CALLED:
        late = called.report_in_due_at < at
        told = _("%(unit)s没有报到，%(rest)s") if late else _("等%(unit)s报到，%(rest)s")
        return told % {"unit": unit, "rest": times.due_rest(called.report_in_due_at, at=at)}
    if state is CalledState.COUNTERED and called.proposed_due_at:
        proposed = times.due_words(called.proposed_due_at, at=at)
        return _("%(unit)s提出改到%(proposed)s") % {"unit": unit, "proposed": proposed}
    if state is CalledState.REPORTED_IN and called.reported_in_at:
        when = times.moment_words(called.reported_in_at, at=at)
        if called.proposed_due_at:
            agreed = times.due_words(called.due_at, at=at)
            return _("%(unit)s已报到，约定%(agreed)s办好") % {"unit": unit, "agreed": agreed}
        return _("%(unit)s已报到（%(when)s）") % {"unit": unit, "when": when}
    if state is CalledState.PART_DONE and called.part_done_at:
        when = times.moment_words(called.part_done_at, at=at)
        return _("%(unit)s的部分办完了（%(when)s）") % {"unit": unit, "when": when}
    return _("%(label)s：%(what)s") % {"label": unit, "what": _(CALLED_LABELS[state])}


_APPLICATION_ICONS = {
    ApplicationState.ASKED: "hourglass",
    ApplicationState.GRANTED: "circle-check",
    ApplicationState.DENIED: "circle-x",
    ApplicationState.TAKEN_BACK: "arrow-back-up",
    ApplicationState.LAPSED: "minus",
}
_CALLED_ICONS = {
    CalledState.CALLED: "hourglass",
    CalledState.COUNTERED: "message-2",
    CalledState.REPORTED_IN: "user-check",
    CalledState.PART_DONE: "circle-check",
    CalledState.DECLINED: "hand-stop",
    CalledState.FINISHED: "circle-check",
    CalledState.RELEASED: "route-off",
}
