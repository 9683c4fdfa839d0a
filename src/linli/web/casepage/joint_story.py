"""The steps of joint work in plain words: proposals, parts, sub-tasks, rulings, cases together (协同的经过)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.case.queries import Case
from linli.web import times
from linli.web.casepage import words
from linli.whistle.states import RulingOutcome


def _replied(detail: dict[str, Any], event: Any, _case: Case) -> str:
    """Tell what a caller answered to a unit: to whom, by when, why."""
    unit = words.unit_label(detail.get("unit") or detail.get("to"))
    due_at = detail.get("due_at") or detail.get("report_in_due_at")
    head = _("对%(unit)s。") % {"unit": unit}
    if due_at:
        head = _("对%(unit)s，时限%(due)s。") % {"unit": unit, "due": _moment(due_at)}
    return "\n".join(part for part in (head, str(detail.get("words") or event.reason)) if part)


def _proposed(detail: dict[str, Any], event: Any, _case: Case) -> str:
    proposed = detail.get("proposed_due_at")
    head = _("提出%(due)s前办好。") % {"due": _moment(proposed)} if proposed else ""
    return "\n".join(part for part in (head, str(detail.get("words") or event.reason)) if part)


def _tasked(detail: dict[str, Any], event: Any, _case: Case) -> str:
    unit = words.unit_label(detail.get("unit"))
    head = _("给%(unit)s。") % {"unit": unit}
    if detail.get("due_at"):
        head = _("给%(unit)s，时限%(due)s。") % {"unit": unit, "due": _moment(detail["due_at"])}
    return "\n".join(part for part in (head, str(detail.get("words", "")), event.reason) if part)


def _finished(detail: dict[str, Any], event: Any, _case: Case) -> str:
    despite = _("没有等其余部分：%s") % event.reason if event.reason else ""
    return "\n".join(part for part in (str(detail.get("words", "")), despite) if part)


def _adjudicated(detail: dict[str, Any], event: Any, _case: Case) -> str:
    names = {"unit": words.unit_label(detail.get("unit")), "to": words.unit_label(detail.get("to"))}
    if detail.get("outcome") == RulingOutcome.ITS_OWN:
        told = _("归%(unit)s。") % names
    else:
        told = (_("不归%(unit)s，归%(to)s。") if detail.get("to") else _("不归%(unit)s。")) % names
    return "\n".join([told, event.reason])


def raised(detail: dict[str, Any]) -> str:
    """Tell why a case was raised by itself: sent back too often, or passed on with nobody leading."""
    raised_to = words.unit_label(detail.get("raised_to"))
    units = _("、").join(words.unit_label(pk) for pk in detail.get("units", ()))
    if units:
        told = _("退回 %(n)s 次；%(units)s都没有牵头，已自动提请%(raised_to)s督办。")
        return told % {"n": detail.get("sent_back", 0), "units": units, "raised_to": raised_to}
    return _("退回 %(n)s 次，已自动提请%(raised_to)s督办。") % {"n": detail.get("sent_back"), "raised_to": raised_to}


def _unmerged(detail: dict[str, Any], event: Any, _case: Case) -> str:
    return "\n".join([_("不再并入 %s。") % detail.get("from_number", ""), event.reason])


def _parted(detail: dict[str, Any], _event: Any, _case: Case) -> str:
    return str(_("%s 分出去单独办理，它的反映人不再从这一件收到消息。") % detail.get("number", ""))


def _split(detail: dict[str, Any], event: Any, _case: Case) -> str:
    return "\n".join([_("拆成：%s。") % detail.get("words", ""), event.reason])


def _linked(detail: dict[str, Any], event: Any, _case: Case) -> str:
    return "\n".join([_("%s 归到这件下面。") % detail.get("number", ""), event.reason])


def _moment(value: str) -> str:
    return times.exact_words(datetime.fromisoformat(value))[:16]


TELLERS: dict[str, Any] = {
    "agree": _replied,
    "turn_down": _replied,
    "return_part": _replied,
    "counter": _proposed,
    "task": _tasked,
    "task_back": _tasked,
    "task_drop": _tasked,
    "finish": _finished,
    "rule": _adjudicated,
    "unmerge": _unmerged,
    "part_with": _parted,
    "split": _split,
    "link": _linked,
}
