"""Questions to the responsibility list and the duty lists; remembered per process: an appeal costs no statement.

One row changes with every change of a rule or a duty. Each process looks at it at most once a second.
"""

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from linli.place import queries as place
from linli.routing.models import Duty, Edition, RoutingRule, RuleVersion
from linli.routing.rules import (
    Asked,
    Book,
    Duties,
    DutyMode,
    Line,
    RoutedBy,
    Rule,
    RuleState,
    Skip,
    Verdict,
    World,
    considered,
    line_of,
)
from linli.shared import looks
from linli.shared.calendar import BEIJING, Calendar, load
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.staff.models import Unit, UnitKind
from linli.staff.rules import covering_codes
from linli.text import queries as text

SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers for a case first, which rule said so in which version, and which were skipped (派单结果)."""

    unit: Unit
    by: RoutedBy
    rule_id: int | None = None
    version: int | None = None
    skipped: tuple[Skip, ...] = ()
    is_outside_duty: bool = False  # of a community whose duty list does not name the category, and only warns

    def columns(self) -> dict[str, Any]:
        """Return what the case keeps of it."""
        return {"routed_by": self.by.value, "route_rule_id": self.rule_id, "route_version": self.version}

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps of it."""
        told: dict[str, Any] = {"by": self.by.value}
        if self.rule_id is not None:
            told |= {"rule": self.rule_id, "version": self.version}
        if self.skipped:
            told["skipped"] = [{"rule": s.rule_id, "version": s.version, "why": s.why.value} for s in self.skipped]
        if self.is_outside_duty:
            told["outside_duty"] = True
        return told


@dataclass(frozen=True, slots=True)
class Explained:
    """Every rule up to the match with what it said, and the outcome (试派)."""

    lines: tuple[tuple[Line, Verdict], ...]
    route: Route


@dataclass(slots=True)
class _Memory:
    edition: int
    areas: str
    in_force: Book
    with_drafts: Book
    duties: Duties
    mode: DutyMode


_lock = threading.Lock()
_memory: _Memory | None = None
_looked_at = 0.0


def route(
    *,
    category_code: str,
    area_code: str,
    at: datetime,
    is_inside: bool = True,
    has_drafts: bool = False,
    days: Calendar | None = None,
) -> Route:
    """Return who answers for a case first: the first rule that holds, else the unit covering the place (派单).

    ``days`` is the district's own calendar where it has one; office hours are asked of it.

    Raises:
        Refused: not even the district has a unit.
    """
    memory = _remembered()
    book = memory.with_drafts if has_drafts else memory.in_force
    if not is_inside or not book.lines:
        return _by_place(memory, category_code, area_code, (), is_inside=is_inside)
    found = book.find(Asked(category_code, area_code, at.astimezone(BEIJING)), _world(memory, days))
    return _route(memory, category_code, area_code, found.rule, found.skipped)


def explain(
    *, category_code: str, area_code: str, at: datetime, has_drafts: bool = False, days: Calendar | None = None
) -> Explained:
    """Return every rule up to the match with what it said, read one by one, and who gets it (试派).

    Raises:
        Refused: not even the district has a unit.
    """
    memory = _remembered()
    book = memory.with_drafts if has_drafts else memory.in_force
    told = considered(book, Asked(category_code, area_code, at.astimezone(BEIJING)), _world(memory, days))
    matched = next((line.rule for line, verdict in told if verdict is Verdict.MATCHED), None)
    skipped = tuple(
        Skip(line.rule.id, line.rule.version, verdict)
        for line, verdict in told
        if verdict in {Verdict.AREA_CLOSED, Verdict.UNIT_CLOSED, Verdict.OUTSIDE_DUTY}
    )
    return Explained(tuple(told), _route(memory, category_code, area_code, matched, skipped))


def duty_mode() -> DutyMode:
    """Return what the duty lists do to a case outside them (职责清单的作用)."""
    return _remembered().mode


def is_outside_duty(unit: Unit, category_code: str) -> bool:
    """Tell whether a unit is a community whose duty list does not name the category, while lists are looked at."""
    memory = _remembered()
    return memory.mode is not DutyMode.OFF and _is_outside(memory, unit, category_code)


def check_duty(unit: Unit, category_code: str) -> bool:
    """Refuse what a community is not there for, where lists deny; return whether to warn of it (职责清单检查).

    Raises:
        Refused: the category is outside the community's duty list, and the lists deny.
    """
    if not is_outside_duty(unit, category_code):
        return False
    if duty_mode() is DutyMode.DENY:
        raise Refused(
            "“%(category)s”不在%(unit)s的职责清单内，不能派给它。",
            category=text.category_name(category_code),
            unit=unit.name,
        )
    return True


def duties_of(area_code: str) -> frozenset[str]:
    """Return the categories listed for the communities of an area itself (职责清单)."""
    return _remembered().duties.by_area.get(area_code, frozenset())


def duty_areas() -> list[str]:
    """Return the areas that have a duty list of their own."""
    return sorted(_remembered().duties.by_area)


def listed() -> QuerySet[RoutingRule]:
    """Return the rules that are in force or drafts, in the order they are asked (责任清单)."""
    return RoutingRule.objects.exclude(state=RuleState.RETIRED.value).select_related("unit").order_by("position", "pk")


def retired() -> QuerySet[RoutingRule]:
    """Return the rules that are no longer asked, the latest first (已停用)."""
    gone = RoutingRule.objects.filter(state=RuleState.RETIRED.value).select_related("unit")
    return gone.order_by("-changed_at", "-pk")


def rule(pk: int) -> RoutingRule:
    """Return one rule, retired ones included.

    Raises:
        Refused: there is no such rule.
    """
    found = RoutingRule.objects.select_related("unit").filter(pk=pk).first()
    if found is None:
        raise Refused("没有第 %(number)s 号规则。", number=pk)
    return found


def versions(pk: int) -> QuerySet[RuleVersion]:
    """Return every version of a rule, the newest first (规则版本)."""
    return RuleVersion.objects.filter(rule_id=pk).order_by("-version")


def broken() -> dict[int, Verdict]:
    """Return the rules that would match and cannot send a case, with the reason (失效的规则)."""
    memory = _remembered()
    found: dict[int, Verdict] = {}
    for line in memory.with_drafts.lines:
        if line.is_area_closed:
            found[line.rule.id] = Verdict.AREA_CLOSED
        elif not _is_open(line.rule.unit_id):
            found[line.rule.id] = Verdict.UNIT_CLOSED
        elif line.rule.category and text.category(line.rule.category) is None:
            found[line.rule.id] = Verdict.OTHER_CATEGORY
    return found


def hidden() -> dict[int, int]:
    """Return the rules in force that an earlier one leaves no case to (被挡住的规则)."""
    memory = _remembered()
    return memory.in_force.hidden(_world(memory, None))


def has_rules() -> bool:
    """Tell whether any rule is in force."""
    return bool(_remembered().in_force.lines)


def forget() -> None:
    """Drop what this process remembers; the next question reads again."""
    global _memory, _looked_at
    with _lock:
        _memory, _looked_at = None, 0.0


def _route(
    memory: _Memory, category_code: str, area_code: str, matched: Rule | None, skipped: tuple[Skip, ...]
) -> Route:
    if matched is None:
        return _by_place(memory, category_code, area_code, skipped)
    unit = staff.unit(matched.unit_id)
    return Route(
        unit,
        RoutedBy.RULE,
        matched.id,
        matched.version,
        skipped,
        is_outside_duty=memory.mode is DutyMode.WARN and _is_outside(memory, unit, category_code),
    )


def _by_place(
    memory: _Memory, category_code: str, area_code: str, skipped: tuple[Skip, ...], *, is_inside: bool = True
) -> Route:
    """The last rule, always there: the deepest community, street or district that covers the place."""
    unit = staff.unit_for_area(area_code) if is_inside else staff.district_unit()
    is_outside = memory.mode is not DutyMode.OFF and _is_outside(memory, unit, category_code)
    if is_outside and memory.mode is DutyMode.DENY:
        unit, is_outside = _above(unit, area_code), False
    return Route(unit, RoutedBy.PLACE, None, None, skipped, is_outside_duty=is_outside)


def _above(community: Unit, area_code: str) -> Unit:
    for code in covering_codes(area_code):
        if len(code) < len(community.area_code):
            return staff.unit_for_area(code)
    return staff.district_unit()


def _is_outside(memory: _Memory, unit: Unit, category_code: str) -> bool:
    is_community = unit.kind == UnitKind.COMMUNITY
    return is_community and not memory.duties.covers(area=unit.area_code, category=category_code)


def _world(memory: _Memory, days: Calendar | None) -> World:
    def has_duty(unit_id: int, category_code: str) -> bool:
        return memory.mode is not DutyMode.DENY or not _is_outside(memory, staff.unit(unit_id), category_code)

    return World(_is_open, partial(_is_office, days or load(settings.CALENDAR)), has_duty)


def _is_open(unit_id: int) -> bool:
    return staff.unit(unit_id).is_active


def _is_office(days: Calendar, local: datetime) -> bool:
    hours = any(opens <= local.time() < closes for opens, closes in days.office_hours)
    return hours and days.is_working_day(local.date())


def _remembered() -> _Memory:
    global _memory, _looked_at
    memory, clock, areas = _memory, time.monotonic(), place.layer_version()
    if memory is not None and memory.areas == areas and not looks.is_due(_looked_at, SECONDS_BETWEEN_LOOKS):
        return memory
    row = Edition.objects.filter(pk=1).first() or Edition()
    if memory is None or memory.edition != row.number or memory.areas != areas:
        memory = _read(row, areas)
    with _lock:
        _memory, _looked_at = memory, clock
    return memory


def _read(row: Edition, areas: str) -> _Memory:
    lines = [line_of(_plain(each), area_now=place.resolve) for each in listed()]
    by_area: dict[str, set[str]] = {}
    for area_code, category_code in Duty.objects.filter(until_at__isnull=True).values_list(
        "area_code", "category_code"
    ):
        by_area.setdefault(area_code, set()).add(category_code)
    duties = Duties({area_code: frozenset(codes) for area_code, codes in by_area.items()})
    in_force = Book(line for line in lines if line.rule.state is RuleState.IN_FORCE)
    return _Memory(row.number, areas, in_force, Book(lines), duties, DutyMode(row.duty_mode))


def _plain(row: RoutingRule) -> Rule:
    return Rule(
        id=row.pk,
        version=row.version,
        position=row.position,
        unit_id=row.unit_id,
        category=row.category_code,
        area=row.area_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        hours=row.hours,
        state=RuleState(row.state),
    )
