"""Verbs about the responsibility list and the duty lists; each is one transaction that leaves one audit entry."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from linli.place import queries as place
from linli.routing import queries
from linli.routing.models import Duty, Edition, RoutingRule, RuleVersion
from linli.routing.rules import DutyMode, RuleState, week
from linli.shared import audit
from linli.shared.refusals import Conflict, Refused
from linli.staff import queries as staff
from linli.staff.models import UnitKind
from linli.text import queries as text

OWNERS = (
    UnitKind.DISTRICT,
    UnitKind.STREET,
    UnitKind.COMMUNITY,
    UnitKind.DEPARTMENT,
)  # whose posts can sign for a case
RULES_MAX = 20_000
NOTE_MAX = 200
REASON_MAX = 200
STEP = 10  # between positions, so that a rule can be set between two others


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a rule says, as a person gives it."""

    unit_id: int
    category_code: str = ""
    area_code: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    hours: str = ""
    note: str = ""
    state: RuleState = RuleState.IN_FORCE


@dataclass(frozen=True, slots=True)
class Brought:
    """One row of a brought list: which rule it is, if it names one, and what it says."""

    row: int
    terms: Terms
    rule_id: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking a list in does: rows that add, change or leave a rule, and rules it retires."""

    added: tuple[int, ...]
    changed: tuple[int, ...]
    same: tuple[int, ...]
    retired: tuple[int, ...]


def add_rule(
    *, terms: Terms, at: datetime, position: int | None = None, reason: str = "", by_post_id: int | None = None
) -> RoutingRule:
    """Add a rule, at the end unless told where (新增规则).

    Raises:
        Refused: it names no unit, area or category in force, or hours or dates that make no sense.
    """
    checked = check(terms)
    with _changing() as rows:
        if len(rows) >= RULES_MAX:
            raise Refused("责任清单最多 %(most)s 条。", most=RULES_MAX)
        row = RoutingRule(position=(rows[-1].position if rows else 0) + STEP, version=1, changed_at=at)
        _fill(row, checked)
        row.save()
        _keep(row, at=at, by_post_id=by_post_id, reason=reason)
        if position is not None:
            _renumber([*rows[: position - 1], row, *rows[position - 1 :]])
        _record("add_rule", str(row), at=at, by_post_id=by_post_id, reason=reason, detail={"after": terms_of(row)})
    return row


def change_rule(
    *, pk: int, terms: Terms, version: int, at: datetime, reason: str = "", by_post_id: int | None = None
) -> RoutingRule:
    """Change what a rule says; cases keep the version that sent them (更改规则).

    Raises:
        Refused: the new terms make no sense, or nothing changed.
        Conflict: somebody changed it since the page was opened.
    """
    checked = check(terms)
    with _changing():
        row = _row(pk)
        if row.version != version:
            raise Conflict("这条规则刚被别人改过，请看过新的内容再改。")
        before = terms_of(row)
        _fill(row, checked)
        if terms_of(row) == before:
            raise Refused("没有改动任何内容。")
        row.version, row.changed_at = row.version + 1, at
        row.save()
        _keep(row, at=at, by_post_id=by_post_id, reason=reason)
        detail = {"before": before, "after": terms_of(row)}
        _record("change_rule", str(row), at=at, by_post_id=by_post_id, reason=reason, detail=detail)
    return row


def retire_rule(*, pk: int, reason: str, at: datetime, by_post_id: int | None = None) -> None:
    """Ask a rule no longer; cases it sent keep it (停用规则).

    Raises:
        Refused: no reason was given, or it is retired already.
    """
    if not reason.strip():
        raise Refused("请写明停用原因。")
    with _changing():
        row = _row(pk)
        _retire(row, reason=reason, at=at, by_post_id=by_post_id)
        _record("retire_rule", str(row), at=at, by_post_id=by_post_id, reason=reason, detail={})


def move_rule(*, pk: int, place_wanted: int, at: datetime, by_post_id: int | None = None) -> None:
    """Ask a rule earlier or later: at this place of the list, the first being 1 (调整顺序).

    Raises:
        Refused: it is not on the list.
    """
    with _changing() as rows:
        row = next((each for each in rows if each.pk == pk), None)
        if row is None:
            raise Refused("没有第 %(number)s 号规则。", number=pk)
        others = [each for each in rows if each.pk != pk]
        wanted = min(max(place_wanted, 1), len(rows)) - 1
        ordered = [*others[:wanted], row, *others[wanted:]]
        if [each.pk for each in ordered] == [each.pk for each in rows]:
            return
        detail = {"from": rows.index(row) + 1, "to": wanted + 1}
        _renumber(ordered)
        _record("move_rule", str(row), at=at, by_post_id=by_post_id, reason="", detail=detail)


def put_in_force(*, at: datetime, reason: str, by_post_id: int | None = None) -> int:
    """Put every draft in force at once; return how many there were (草稿启用).

    Raises:
        Refused: there is no draft, or one of them makes no sense any more.
    """
    with _changing() as rows:
        drafts = [row for row in rows if row.state == RuleState.DRAFT]
        if not drafts:
            raise Refused("没有草稿。")
        for row in drafts:
            check(_terms(row))
            row.state, row.version, row.changed_at = RuleState.IN_FORCE.value, row.version + 1, at
            row.save()
            _keep(row, at=at, by_post_id=by_post_id, reason=reason)
        detail = {"rules": [row.pk for row in drafts]}
        _record("put_rules_in_force", "责任清单", at=at, by_post_id=by_post_id, reason=reason, detail=detail)
    return len(drafts)


def take_in_rules(
    *,
    brought: Sequence[Brought],
    is_whole: bool,
    at: datetime,
    reason: str = "",
    by_post_id: int | None = None,
    dry_run: bool = False,
) -> Taken:
    """Take in a list: change the rules it names, add the others in its order, all or none (导入责任清单).

    ``is_whole`` retires the rules in force that the list does not name. ``dry_run`` only says what would happen.

    Raises:
        Refused: a row names a rule that is not on the list, or names one twice; the sentence says which row.
    """
    with _changing() as rows:
        known = {row.pk: row for row in rows}
        _check_named(brought, known)
        named = {one.rule_id for one in brought}
        gone = [row for row in rows if is_whole and row.pk not in named]
        added, changed, same = _sorted_out(brought, known)
        taken = Taken(
            tuple(one.row for one in added),
            tuple(one.row for one in changed),
            tuple(one.row for one in same),
            tuple(row.pk for row in gone),
        )
        if dry_run or not (added or changed or gone or _is_other_order(brought, rows)):
            return taken
        for row in gone:
            _retire(row, reason=reason, at=at, by_post_id=by_post_id)
        made = {one.row: _made(one, known, at=at, by_post_id=by_post_id, reason=reason) for one in [*added, *changed]}
        listed = [made.get(one.row) or known[one.rule_id or 0] for one in brought]
        listed_pks = {row.pk for row in listed}
        others = [row for row in rows if row.pk not in listed_pks and row not in gone]
        _renumber([*listed, *others])
        detail = {"added": len(added), "changed": len(changed), "retired": [row.pk for row in gone]}
        _record("import_rules", "责任清单", at=at, by_post_id=by_post_id, reason=reason, detail=detail)
    return taken


@transaction.atomic
def set_duties(
    *, area_code: str, category_codes: Collection[str], at: datetime, reason: str = "", by_post_id: int | None = None
) -> None:
    """Say what the communities of an area are there for; an empty list takes the area's list away (职责清单).

    Raises:
        Refused: no such area or category, a grid is named, or nothing changed.
    """
    if not place.exists(area_code) or len(area_code) > 12:
        raise Refused("请选择本区、一个街道或一个社区。")
    wanted = set(category_codes)
    for code in wanted:
        if text.category(code) is None:
            raise Refused("没有“%(code)s”这个分类。", code=code)
    _lock()
    standing = Duty.objects.filter(area_code=area_code, until_at__isnull=True)
    known = set(standing.values_list("category_code", flat=True))
    if wanted == known:
        raise Refused("没有改动任何内容。")
    standing.filter(category_code__in=known - wanted).update(until_at=at)
    Duty.objects.bulk_create(
        [Duty(area_code=area_code, category_code=code, since_at=at) for code in sorted(wanted - known)]
    )
    detail = {"added": sorted(wanted - known), "ended": sorted(known - wanted)}
    _record("set_duties", area_code, at=at, by_post_id=by_post_id, reason=reason, detail=detail)


@transaction.atomic
def set_duty_mode(*, mode: DutyMode, at: datetime, reason: str = "", by_post_id: int | None = None) -> None:
    """Say what the duty lists do to a case outside them: nothing, warn, deny (职责清单的作用).

    Raises:
        Refused: it is so already.
    """
    edition = _lock()
    if edition.duty_mode == mode:
        raise Refused("没有改动任何内容。")
    detail = {"before": edition.duty_mode, "after": mode.value}
    Edition.objects.filter(pk=1).update(duty_mode=mode.value)
    _record("set_duty_mode", "职责清单", at=at, by_post_id=by_post_id, reason=reason, detail=detail)


def check(terms: Terms) -> Terms:
    """Return the terms with their hours in one shape.

    Raises:
        Refused: no such unit, area or category in force, a unit that cannot sign, dates or hours that make no sense.
    """
    unit = staff.unit(terms.unit_id)
    if not unit.is_active:
        raise Refused("“%(unit)s”已经停用，请选择在用的单位。", unit=unit.name)
    if unit.kind not in OWNERS:
        raise Refused("“%(unit)s”不能签收事项，请选择区、街道、社区或部门。", unit=unit.name)
    if terms.area_code and not place.exists(terms.area_code):
        raise Refused("没有“%(code)s”这个区域代码。", code=terms.area_code)
    if terms.category_code and text.category(terms.category_code) is None:
        raise Refused("没有“%(code)s”这个分类。", code=terms.category_code)
    if terms.valid_from and terms.valid_to and terms.valid_to < terms.valid_from:
        raise Refused("结束日期不能早于开始日期。")
    if len(terms.note) > NOTE_MAX:
        raise Refused("说明太长：最多 %(most)s 个字。", most=NOTE_MAX)
    return replace(terms, hours=week(terms.hours).words, note=terms.note.strip())


def terms_of(row: RoutingRule) -> dict[str, Any]:
    """Return what a rule says, in words a record can keep."""
    told = asdict(_terms(row))
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}


@contextmanager
def _changing() -> Iterator[list[RoutingRule]]:
    """Hold the list for one change, in its order."""
    with transaction.atomic():
        _lock()
        yield list(queries.listed().select_related(None))
        queries.forget()
        transaction.on_commit(queries.forget)


def _lock() -> Edition:
    Edition.objects.get_or_create(pk=1)
    return Edition.objects.select_for_update().get(pk=1)


def _row(pk: int) -> RoutingRule:
    row = queries.rule(pk)
    if row.state == RuleState.RETIRED:
        raise Refused("第 %(number)s 号规则已经停用。", number=pk)
    return row


def _terms(row: RoutingRule) -> Terms:
    return Terms(
        unit_id=row.unit_id,
        category_code=row.category_code,
        area_code=row.area_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        hours=row.hours,
        note=row.note,
        state=RuleState(row.state),
    )


def _fill(row: RoutingRule, terms: Terms) -> None:
    for name, value in asdict(terms).items():
        setattr(row, name, value)


def _keep(row: RoutingRule, *, at: datetime, by_post_id: int | None, reason: str) -> None:
    RuleVersion.objects.create(
        rule=row, version=row.version, terms=terms_of(row), at=at, by_post_id=by_post_id, reason=reason[:REASON_MAX]
    )


def _retire(row: RoutingRule, *, reason: str, at: datetime, by_post_id: int | None) -> None:
    row.state, row.version, row.changed_at = RuleState.RETIRED.value, row.version + 1, at
    row.save()
    _keep(row, at=at, by_post_id=by_post_id, reason=reason)


def _renumber(ordered: Sequence[RoutingRule]) -> None:
    moved = []
    for position, row in enumerate(ordered, 1):
        if row.position != position * STEP:
            row.position = position * STEP
            moved.append(row)
    RoutingRule.objects.bulk_update(moved, ["position"], batch_size=1000)


def _check_named(brought: Sequence[Brought], known: dict[int, RoutingRule]) -> None:
    seen: set[int] = set()
    for one in brought:
        if one.rule_id is None:
            continue
        if one.rule_id not in known:
            raise Refused("第 %(row)s 行：清单里没有第 %(number)s 号规则。", row=one.row, number=one.rule_id)
        if one.rule_id in seen:
            raise Refused("第 %(row)s 行：第 %(number)s 号规则出现了不止一次。", row=one.row, number=one.rule_id)
        seen.add(one.rule_id)


def _is_other_order(brought: Sequence[Brought], rows: Sequence[RoutingRule]) -> bool:
    wanted = [one.rule_id for one in brought if one.rule_id is not None]
    return wanted != [row.pk for row in rows if row.pk in set(wanted)]


def _sorted_out(
    brought: Sequence[Brought], known: dict[int, RoutingRule]
) -> tuple[list[Brought], list[Brought], list[Brought]]:
    added = [one for one in brought if one.rule_id is None]
    named = [one for one in brought if one.rule_id is not None]
    changed = [one for one in named if check(one.terms) != _terms(known[one.rule_id or 0])]
    return added, changed, [one for one in named if one not in changed]


def _made(
    one: Brought, known: dict[int, RoutingRule], *, at: datetime, by_post_id: int | None, reason: str
) -> RoutingRule:
    row = known.get(one.rule_id or 0)
    if row is None:
        row = RoutingRule(position=0, version=0)
    _fill(row, check(one.terms))
    row.version, row.changed_at = row.version + 1, at
    row.save()
    _keep(row, at=at, by_post_id=by_post_id, reason=reason)
    return row


def _record(verb: str, subject: str, *, at: datetime, by_post_id: int | None, reason: str, detail: Any) -> None:
    queries.forget()
    transaction.on_commit(queries.forget)
    audit.record(
        stage="routing", verb=verb, subject=subject, at=at, by_post_id=by_post_id, reason=reason, detail=detail
    )
