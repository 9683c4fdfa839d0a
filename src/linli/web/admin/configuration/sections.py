"""The parts of a configuration: how each is told, and which verbs change it to what a file says (配置的各部分)."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, time
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.notice import actions as notices
from linli.notice import queries as notice
from linli.notice import texts
from linli.notice.rules import KINDS, LANGUAGES, check_text
from linli.people import actions as people
from linli.people import queries as residents
from linli.routing import actions as routing
from linli.routing import queries as routes
from linli.routing.rules import DutyMode, RuleState
from linli.shared.refusals import Refused
from linli.shared.urgency import Urgency
from linli.staff import actions as staff_actions
from linli.staff import queries as staff
from linli.text import actions as text_actions
from linli.text import queries as text
from linli.web.admin import closing
from linli.web.admin.configuration.parts import Entry, Section, Told, Who, picked
from linli.web.admin.configuration.versioned import NOW, VERSIONED

# -- units ---------------------------------------------------------------------------------------------------------

UNIT = ("kind", "area_code", "name", "name_bo", "name_en", "phone")
UNIT_FIXED = ("kind", "area_code")


def _units() -> Told:
    return {unit.code: picked(unit, UNIT) for unit in staff.units()}


def _check_unit(_code: str, before: Entry | None, after: Entry, _units: Collection[str]) -> None:
    for fixed in UNIT_FIXED:
        if before is not None and fixed in after:
            raise Refused("单位的类型和区域不能改；请停用它，另设一个。")


def _write_unit(code: str, before: Entry | None, after: Entry, who: Who) -> None:
    if before is None:
        staff_actions.create_unit(code=code, **after, **who.signed)
        return
    if any(before[fixed] != after[fixed] for fixed in UNIT_FIXED):
        raise Refused("单位的类型和区域不能改；请停用它，另设一个。")
    given = {field: after[field] for field in UNIT if field not in UNIT_FIXED}
    staff_actions.change_unit(unit=_unit(code), **given, **who.signed)


def _unit(code: str) -> Any:
    found = staff.all_units().filter(code=code).first()
    if found is None:
        raise Refused("没有代码为“%(code)s”的单位。", code=code[:40])
    return found


# -- categories ----------------------------------------------------------------------------------------------------

CATEGORY = ("name_zh", "name_bo", "name_en", "urgency", "limit_words", "keywords", "is_public")


def _categories() -> Told:
    return {row.code: picked(row, CATEGORY) for row in text.categories()}


def _write_category(code: str, before: Entry | None, after: Entry, who: Who) -> None:
    given = {**after, "urgency": _urgency(after["urgency"])}
    if before is None:
        first = {name: given[name] for name in ("name_zh", "urgency", "limit_words")}
        row = text_actions.add_category(code=code, **first, **who.signed)
        if all(getattr(row, field) == after[field] for field in CATEGORY):
            return
    text_actions.edit_category(code=code, **given, **who.reasoned)


def _urgency(words: str) -> Urgency:
    if words not in {urgency.value for urgency in Urgency}:
        raise Refused("没有“%(words)s”这种紧急程度。", words=words[:20])
    return Urgency(words)


# -- what is asked of roles, need tags -----------------------------------------------------------------------------

ROLE = ("is_second_factor_required", "idle_minutes")
TAG = ("name_zh", "name_bo", "name_en", "bearer", "colour", "icon", "visit_interval_days", "purpose", "basis",
       "position", "retired_on")  # fmt: skip


def _roles() -> Told:
    return {rule.role: picked(rule, ROLE) for rule in staff.rules()}


def _write_role(role: str, before: Entry | None, after: Entry, who: Who) -> None:
    if before is None:
        raise Refused("没有“%(role)s”这个角色。", role=role[:20])
    staff_actions.set_role_rule(role=role, **after, **who.signed)


def _tags() -> Told:
    return {tag.code: picked(tag, TAG) for tag in residents.need_tags(is_retired_shown=True)}


def _write_tag(code: str, _before: Entry | None, after: Entry, who: Who) -> None:
    retired_on = date.fromisoformat(after["retired_on"]) if after["retired_on"] else None
    people.edit_tag(code=code, **{**after, "retired_on": retired_on}, **who.signed)


# -- responsibility list and duty lists ----------------------------------------------------------------------------

RULE_PLAIN = ("category_code", "area_code", "valid_from", "valid_to", "hours", "note", "state")
RULE = ("position", "unit", *RULE_PLAIN)


def _rules() -> Told:
    told: Told = {}
    for position, rule in enumerate(routes.listed(), 1):
        told[f"{rule.pk}"] = {"position": position, "unit": rule.unit.code, **picked(rule, RULE_PLAIN)}
    return told


def _check_rule(_key: str, _before: Entry | None, after: Entry, units: Collection[str]) -> None:
    if after.get("unit") is not None and after["unit"] not in units:
        raise Refused("没有代码为“%(code)s”的单位。", code=str(after["unit"])[:40])


def _write_rules(wanted: Told, who: Who) -> None:
    """Take the whole list in: a rule that says the same is the same rule, whatever its number was elsewhere."""
    here: dict[tuple[Any, ...], list[int]] = {}
    for number, entry in _rules().items():
        here.setdefault(_said(entry), []).append(int(number))
    brought = []
    for row, entry in enumerate(sorted(wanted.values(), key=lambda entry: entry["position"]), 1):
        known = here.get(_said(entry))
        brought.append(routing.Brought(row=row, terms=_terms(entry), rule_id=known.pop(0) if known else None))
    routing.take_in_rules(brought=brought, is_whole=True, **who.reasoned)


def _said(entry: Entry) -> tuple[Any, ...]:
    return tuple(entry[field] for field in RULE if field != "position")


def _terms(entry: Entry) -> routing.Terms:
    if entry["state"] not in {RuleState.IN_FORCE.value, RuleState.DRAFT.value}:
        raise Refused("没有“%(words)s”这种规则状态。", words=str(entry["state"])[:20])
    return routing.check(
        routing.Terms(
            unit_id=_unit(entry["unit"]).pk,
            category_code=entry["category_code"],
            area_code=entry["area_code"],
            valid_from=_day(entry["valid_from"]),
            valid_to=_day(entry["valid_to"]),
            hours=entry["hours"],
            note=entry["note"],
            state=RuleState(entry["state"]),
        )
    )


def _day(words: str | None) -> date | None:
    return date.fromisoformat(words) if words else None


def _duties() -> Told:
    lists = {area: {"category_codes": sorted(routes.duties_of(area))} for area in routes.duty_areas()}
    return {"*": {"category_codes": [routes.duty_mode().value]}, **lists}


def _write_duty(area: str, _before: Entry | None, after: Entry, who: Who) -> None:
    if area != "*":
        routing.set_duties(area_code=area, category_codes=after["category_codes"], **who.reasoned)
        return
    words = after["category_codes"][0] if len(after["category_codes"]) == 1 else ""
    if words not in {mode.value for mode in DutyMode}:
        raise Refused("没有“%(words)s”这种职责清单的作用。", words=str(words)[:20])
    routing.set_duty_mode(mode=DutyMode(words), **who.reasoned)


def _drop_duty(area: str, who: Who) -> None:
    routing.set_duties(area_code=area, category_codes=(), **who.reasoned)


# -- notices -------------------------------------------------------------------------------------------------------

TEXT = ("subject", "body")
HOURS = ("starts", "ends")


def _texts() -> Told:
    return {
        f"{kind} {language}": {"subject": subject, "body": body}
        for (kind, language), (subject, body) in sorted(texts.changed().items())
    }


def _check_text(key: str, before: Entry | None, after: Entry, _units: Collection[str]) -> None:
    kind, _space, language = key.partition(" ")
    if kind not in KINDS or language not in LANGUAGES:
        raise Refused("没有“%(key)s”这种通知。", key=key[:60])
    whole = {**texts_now(kind, language), **(before or {}), **after}
    check_text(kind=KINDS[kind], subject=whole["subject"], body=whole["body"])


def texts_now(kind: str, language: str) -> Entry:
    """Return the text of a notice as it is sent today."""
    subject, body = texts.text_of(kind, language, texts.changed())
    return {"subject": subject, "body": body}


def _write_text(key: str, _before: Entry | None, after: Entry, who: Who) -> None:
    kind, _space, language = key.partition(" ")
    notices.change_text(kind=kind, language=language, **after, **who.signed)


def _drop_text(key: str, who: Who) -> None:
    kind, _space, language = key.partition(" ")
    notices.begin_again(kind=kind, language=language, **who.signed)


def _hours() -> Told:
    quiet = notice.quiet_hours()
    return {"residents": {"starts": f"{quiet.starts:%H:%M}", "ends": f"{quiet.ends:%H:%M}"}}


def _write_hours(_key: str, _before: Entry | None, after: Entry, who: Who) -> None:
    try:
        starts, ends = (time.fromisoformat(after[field]) for field in HOURS)
    except ValueError as wrong:
        raise Refused("看不懂时间“%(words)s”。", words=str(after)[:40]) from wrong
    notices.set_quiet_hours(starts=starts, ends=ends, **who.signed)


SECTIONS: tuple[Section, ...] = (
    Section("units", _("单位"), UNIT, ("staff.Unit",), _units, _write_unit,
            lambda code, who: closing.close_unit(unit=_unit(code), **who.reasoned), check=_check_unit,
            check_going=lambda code: closing.check_nothing_waits(_unit(code))),
    Section("categories", _("事项分类"), CATEGORY, ("text.Category",), _categories, _write_category,
            lambda code, who: text_actions.retire_category(code=code, **who.reasoned)),
    Section("roles", _("角色规则"), ROLE, ("staff.RoleRule",), _roles, _write_role),
    Section("tags", _("需求标签"), TAG, ("people.NeedTag",), _tags, _write_tag),
    Section("rules", _("责任清单"), RULE, ("routing.RoutingRule", "routing.RuleVersion"), _rules,
            lambda *_given: None, all_together=_write_rules, check=_check_rule),
    Section("duties", _("职责清单"), ("category_codes",), ("routing.Duty",), _duties, _write_duty, _drop_duty),
    Section("texts", _("通知模板"), TEXT, ("notice.Template",), _texts, _write_text, _drop_text, check=_check_text),
    Section("quiet_hours", _("免打扰时段"), HOURS, ("notice.QuietHours",), _hours, _write_hours),
    *VERSIONED,
)  # fmt: skip


def ordered(section: Section, keys: Sequence[str], *, is_going: bool) -> Iterator[str]:
    """Give keys in the order in which they can come or go: groups before what lies in them, now before later."""
    yield from sorted(keys, key=lambda key: (len(key), key) if section.name == "categories" else (key != NOW, key),
                      reverse=is_going)  # fmt: skip
