"""What rules and their answers are called on a page (派单用语)."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.place import queries as place
from linli.routing.queries import Route
from linli.routing.rules import OFF_OFFICE, OFFICE, STATE_LABELS, VERDICT_LABELS, RoutedBy, RuleState, Verdict, week
from linli.web.casepage.words import category_label, language, unit_label

WEEKDAY_WORDS = {
    1: gettext_noop("周一"),
    2: gettext_noop("周二"),
    3: gettext_noop("周三"),
    4: gettext_noop("周四"),
    5: gettext_noop("周五"),
    6: gettext_noop("周六"),
    7: gettext_noop("周日"),
}
BROKEN_WORDS = {
    Verdict.AREA_CLOSED: gettext_noop("失效：区域已停用，事项会跳过它并记下原因"),
    Verdict.UNIT_CLOSED: gettext_noop("失效：单位已停用，事项会跳过它并记下原因"),
    Verdict.OTHER_CATEGORY: gettext_noop("失效：分类已停用，不会再有事项"),
}
OFFICE_WORDS = {OFFICE: gettext_noop("工作时间"), OFF_OFFICE: gettext_noop("非工作时间")}


def category_words(code: str) -> str:
    """Name the category a rule is for."""
    return category_label(code) if code else _("全部分类")


def area_words(code: str) -> str:
    """Name the area a rule is for."""
    return place.full_name(code, language()) if code else _("全区")


def state_words(state: str) -> str:
    """Name the state of a rule (规则状态名)."""
    return _(STATE_LABELS[RuleState(state)])


def verdict_words(verdict: Verdict) -> str:
    """Say what a rule answered (规则判断)."""
    return _(VERDICT_LABELS[verdict])


def hours_words(words: str) -> str:
    """Say hours of the week: 周一至周五 09:30-18:00 (时段)."""
    if words in OFFICE_WORDS:
        return _(OFFICE_WORDS[words])
    return _("；").join(_part_words(part) for part in week(words).words.split("; ") if part)


def time_words(rule: Any) -> str:
    """Say when a rule holds: its dates, then its hours, or always."""
    parts = []
    if rule.valid_from and rule.valid_to:
        parts.append(_("%(first)s 至 %(last)s") % {"first": rule.valid_from, "last": rule.valid_to})
    elif rule.valid_from:
        parts.append(_("%s 起") % rule.valid_from)
    elif rule.valid_to:
        parts.append(_("到 %s 止") % rule.valid_to)
    if rule.hours:
        parts.append(hours_words(rule.hours))
    return _("，").join(parts) or _("一直")


def route_words(route: Route) -> str:
    """Say which rule sent a case, or that none did (派单依据)."""
    if route.by is RoutedBy.PLACE:
        return _("没有规则管到，按地点派给%(unit)s") % {"unit": unit_label(route.unit.pk)}
    ways = {"rule": route.rule_id, "version": route.version, "unit": unit_label(route.unit.pk)}
    return _("责任清单第 %(rule)s 号规则（第 %(version)s 版）派给%(unit)s") % ways


def recorded_words(told: dict[str, Any]) -> list[str]:
    """Say what an event recorded of a dispatch, one sentence a line: the rule, those skipped, the duty list."""
    lines = []
    if told.get("by") == RoutedBy.RULE:
        lines.append(_("按责任清单第 %(rule)s 号规则（第 %(version)s 版）派单。") % told)
    elif told.get("by") == RoutedBy.PLACE:
        lines.append(_("没有规则管到，按地点派单。"))
    for skip in told.get("skipped", ()):
        why = verdict_words(Verdict(skip["why"]))
        lines.append(_("第 %(rule)s 号规则（第 %(version)s 版）%(why)s。") % {**skip, "why": why})
    if told.get("outside_duty"):
        lines.append(_("提醒：不在该社区的职责清单内。"))
    return lines


def _part_words(part: str) -> str:
    days, _space, times = part.partition(" ")
    first, dash, last = days.partition("-")
    if dash:
        named = _("%(first)s至%(last)s") % {"first": _day(first), "last": _day(last)}
    else:
        named = _("、").join(_day(day) for day in days.split(","))
    return named if times == "00:00-24:00" else f"{named} {times.replace(',', _('、'))}"


def _day(number: str) -> str:
    return _(WEEKDAY_WORDS[int(number)])
