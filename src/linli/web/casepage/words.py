"""What a case's states, limits and answers are called on a page (事项用语)."""

from datetime import datetime
from typing import Any

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from linli.case.deadlines import line_of, table_named
from linli.case.rules import DEADLINE_LABELS, Deadline
from linli.case.states import BY_NAME, STATE_LABELS, CaseState
from linli.intake.rules import CHANNEL_LABELS, KIND_LABELS, Channel, Kind
from linli.shared.calendar import Limit, TimerKind
from linli.shared.urgency import URGENCY_LABELS, Urgency
from linli.staff import queries as staff
from linli.text import queries as text
from linli.web import times

CLOSED_WORDS = {
    "CONFIRMED": gettext_noop("居民已确认"),
    "LAPSED": gettext_noop("确认期已过，自动结案"),
    "REFUSED": gettext_noop("不予受理"),
    "WITHDRAWN": gettext_noop("居民已撤回"),
    "MERGED": gettext_noop("已归并到另一件"),
}
TIMER_WORDS = {
    TimerKind.URGENT_HOURS: gettext_noop("%(amount)s 个小时（不分昼夜）"),
    TimerKind.WORKING_HOURS: gettext_noop("%(amount)s 个工作小时"),
    TimerKind.WORKING_DAYS: gettext_noop("%(amount)s 个工作日"),
    TimerKind.NATURAL_DAYS: gettext_noop("%(amount)s 个自然日"),
}
STATE_ICONS = {
    CaseState.REGISTERED: "inbox",
    CaseState.DISPATCHED: "inbox",
    CaseState.WHISTLED: "speakerphone",
    CaseState.HANDLING: "progress",
    CaseState.FINISHED: "user-check",
    CaseState.CLOSED: "circle-check",
    CaseState.REFUSED: "circle-x",
    CaseState.WITHDRAWN: "arrow-back-up",
    CaseState.MERGED: "git-merge",
}
STATE_TONES = {CaseState.HANDLING: "accent", CaseState.WHISTLED: "accent", CaseState.FINISHED: "accent"}


def language() -> str:
    """Return the language of the page."""
    return get_language() or "zh-hans"


def move_label(name: str) -> str:
    """Name a move as its button does (流转名)."""
    step = BY_NAME.get(name)
    return _(step.label) if step else name


def state_label(state: str) -> str:
    """Name a state of a case (状态名)."""
    return _(STATE_LABELS[CaseState(state)])


def state_icon(state: str) -> str:
    """Name the icon beside a state."""
    return STATE_ICONS[CaseState(state)]


def state_tone(state: str) -> str:
    """Name the tone of a state: accent while it is being worked on, over when it is over."""
    return STATE_TONES.get(CaseState(state), "over")


def channel_label(channel: str) -> str:
    """Name a channel (来源名)."""
    return _(CHANNEL_LABELS[Channel(channel)])


def kind_label(kind: str) -> str:
    """Name a kind of appeal (诉求类型名)."""
    return _(KIND_LABELS[Kind(kind)])


def urgency_label(urgency: str) -> str:
    """Name an urgency (紧急程度名)."""
    return _(URGENCY_LABELS[Urgency(urgency)])


def deadline_label(deadline: str) -> str:
    """Name what a deadline asks for (时限名)."""
    return _(DEADLINE_LABELS[Deadline(deadline)])


def category_label(code: str) -> str:
    """Name a category in the language of the page (分类名)."""
    return text.category_name(code, language())


def unit_label(unit_id: int | None) -> str:
    """Name a unit in the language of the page, nothing for none (单位名)."""
    return staff.unit_name(staff.unit(unit_id)) if unit_id else ""


def limit_label(limit: Limit) -> str:
    """Say a limit: 3 个自然日 (时限)."""
    if limit.in_minutes:
        return _("%(amount)s 分钟") % {"amount": limit.amount}
    return _(TIMER_WORDS[limit.kind]) % {"amount": limit.amount}


def rule_words(*, limit: Limit, rule: str, version: str, since: datetime, at: datetime, is_provisional: bool) -> str:
    """Say which rule set a deadline, of which version, counted from when (为什么是这个时限)."""
    source, _colon, code = rule.partition("#")[0].partition(":")
    names: dict[str, Any] = {"category": category_label, "kind": kind_label, "urgency": urgency_label}
    name = names[source](code) if source in names else rule
    whats = {"category": _("分类“%s”"), "kind": _("诉求类型“%s”"), "urgency": _("紧急程度“%s”")}
    words = _("%(what)s规定 %(limit)s，从 %(since)s 算起；用的是 %(version)s 版时限表。") % {
        "what": whats.get(source, "%s") % name + _condition(rule, version=version),
        "limit": limit_label(limit),
        "since": times.moment_words(since, at=at),
        "version": version,
    }
    return words + _("当年放假安排还没有公布，日期可能再调整。") if is_provisional else words


def closing_test(rule: str, *, version: str) -> str:
    """Say what shows that a case is done, where the table of limits says so (结案标准)."""
    line = table_named(version).numbered(line_of(rule)) if line_of(rule) else None
    return line.closing_test if line else ""


def _condition(rule: str, *, version: str) -> str:
    line = table_named(version).numbered(line_of(rule)) if line_of(rule) else None
    return _("（%s）") % line.condition if line and line.condition else ""
