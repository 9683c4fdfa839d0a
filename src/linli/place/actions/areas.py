"""Take in yearly editions of the area codes and keep the areas in step with them (导入区划代码)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from linli.place.actions.columns import read_date, read_name, renamed
from linli.place.actions.edition import changing
from linli.place.actions.reports import ImportRefused, ImportReport, told
from linli.place.models import Area, AreaVersion
from linli.place.rules.codes import LEVEL_LABELS, Level, from_official, level_of, parent
from linli.place.rules.findings import Fault, Finding, Unfit
from linli.place.rules.history import Fate, Line, editions, partial, replay
from linli.shared.audit import record
from linli.shared.refusals import Refused

FIRST_ROW = 2
UPPER_LEVELS = (Level.DISTRICT, Level.STREET, Level.COMMUNITY)
UPDATED = ("name", "name_bo", "name_en", "aliases", "valid_from", "valid_to", "successor_code")


@dataclass(slots=True)
class _Plan:
    """What an import would write."""

    findings: list[Finding] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    named: dict[str, tuple[str, str]] = field(default_factory=dict)
    versions: list[AreaVersion] = field(default_factory=list)
    completed: list[AreaVersion] = field(default_factory=list)
    created: list[Area] = field(default_factory=list)
    changed: list[Area] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    unchanged: int = 0


def import_areas(
    *,
    rows: Iterable[Mapping[str, Any]],
    at: datetime,
    year: int | None = None,
    dry_run: bool = False,
    by_post_id: int | None = None,
    by_words: str = "",
) -> ImportReport:
    """Take in one or more yearly editions of the district's area codes, in one transaction (导入区划代码).

    ``year`` dates rows that name no date. Closed codes keep their rows and name their successor. Taking in the same
    edition again changes nothing; ``dry_run`` writes nothing and reports every problem.

    Raises:
        ImportRefused: a row has an error; nothing was written.
    """
    plan, listed = _Plan(), list(rows)
    for number, row in enumerate(listed, FIRST_ROW):
        _read(plan, number, renamed(row), year)
    if dry_run:
        return _report(_planned(plan), len(listed), dry_run=True)
    with changing(at=at):
        report = _report(_planned(plan), len(listed), dry_run=False)
        if not report.is_acceptable:
            raise ImportRefused(report)
        _write(plan)
        counts = {"created": len(report.created), "changed": len(report.changed), "closed": list(report.closed)}
        years = ", ".join(sorted({line.as_of.isoformat() for line in plan.lines}))
        record(
            stage="place",
            verb="import_areas",
            subject=years,
            at=at,
            by_post_id=by_post_id,
            by_words=by_words,
            detail=counts,
        )
    return report


def _read(plan: _Plan, number: int, row: dict[str, Any], year: int | None) -> None:
    written = str(row.get("code", ""))
    try:
        code = _read_code(row, written)
        name = read_name(row, "name", is_needed=True)
        as_of = read_date(row, year)
        successor = _official(str(row["successor_code"])) if "successor_code" in row else ""
        plan.named[code] = (read_name(row, "name_bo"), read_name(row, "name_en"))
    except Unfit as unfit:
        plan.findings.append(Finding(number, written[:20], unfit.fault, unfit.words))
        return
    plan.lines.append(Line(number, as_of, code, name, str(row.get("urban_rural_code", ""))[:3], successor))


def _read_code(row: Mapping[str, Any], written: str) -> str:
    code = _official(written)
    level, above = level_of(code), parent(code)
    said = str(row.get("level", "")).upper()
    if said and said not in (level.value, LEVEL_LABELS[level]):
        raise Unfit(Fault.BAD_LEVEL, given=said[:12], level=LEVEL_LABELS[level])
    if above and "parent_code" in row and _official(str(row["parent_code"])) != above:
        raise Unfit(Fault.BAD_PARENT, given=str(row["parent_code"])[:20], parent=above)
    return code


def _official(written: str) -> str:
    try:
        return from_official(written)
    except Refused as refusal:
        raise Unfit(Fault.BAD_CODE, given=written[:20]) from refusal


def _planned(plan: _Plan) -> _Plan:
    """Compare the lines with each other and with what is known, and say what to write."""
    districts = {line.code[:6] for line in plan.lines}
    published = {
        (version.as_of, version.code): version for version in AreaVersion.objects.all() if version.code[:6] in districts
    }
    _sort_lines(plan, published)
    fresh = {(line.as_of, line.code) for line in plan.lines}
    before = [
        Line(0, version.as_of, version.code, version.name, version.urban_rural_code, version.successor_code)
        for key, version in published.items()
        if key not in fresh
    ]
    books = editions([*before, *plan.lines])
    _check_books(plan, books)
    _compare(plan, replay(books))
    return plan


def _sort_lines(plan: _Plan, published: Mapping[tuple[Any, str], AreaVersion]) -> None:
    seen: dict[tuple[Any, str], Line] = {}
    for line in plan.lines:
        key = (line.as_of, line.code)
        if key in seen:
            plan.findings.append(Finding(line.row, line.code, Fault.DUPLICATE, {"other": seen[key].row}))
            continue
        standing = published.get(key)
        # An empty cell takes nothing back.
        said = replace(line, successor_code=line.successor_code or (standing.successor_code if standing else ""))
        seen[key] = said
        if standing is None:
            plan.versions.append(_version(said))
        elif standing.name != said.name or standing.successor_code not in ("", said.successor_code):
            plan.findings.append(Finding(line.row, line.code, Fault.PUBLISHED_OTHERWISE, {"name": standing.name}))
        elif standing.successor_code != said.successor_code:
            standing.successor_code = said.successor_code
            plan.completed.append(standing)
    plan.lines = list(seen.values())


def _version(line: Line) -> AreaVersion:
    return AreaVersion(
        as_of=line.as_of,
        code=line.code,
        level=line.level,
        name=line.name,
        parent_code=parent(line.code),
        urban_rural_code=line.urban_rural_code,
        successor_code=line.successor_code,
    )


def _check_books(plan: _Plan, books: list[tuple[Any, dict[str, Line]]]) -> None:
    everything = {code for _as_of, book in books for code in book}
    for _as_of, book in books:
        for line in (line for line in book.values() if line.row):
            above = parent(line.code)
            if above and above not in book:
                plan.findings.append(Finding(line.row, line.code, Fault.UNKNOWN_PARENT, {"parent": above}))
            if line.successor_code and line.successor_code not in everything:
                words: dict[str, str | int] = {"given": line.successor_code}
                plan.findings.append(Finding(line.row, line.code, Fault.UNKNOWN_SUCCESSOR, words))
    for as_of, district, count, size in partial(books):
        row = min((line.row for line in plan.lines if line.as_of == as_of), default=0)
        words = {"as_of": as_of.isoformat(), "count": count, "before": size}
        plan.findings.append(Finding(row, district, Fault.CUT_OFF, words))


def _compare(plan: _Plan, fates: Mapping[str, Fate]) -> None:
    standing = {area.code: area for area in Area.objects.filter(level__in=UPPER_LEVELS).defer("polygon")}
    rows = {line.code: line.row for line in plan.lines}
    for code, fate in sorted(fates.items()):
        area = standing.get(code)
        was_open = area is not None and area.valid_to is None
        before = {column: getattr(area, column) for column in UPDATED} if area else {}
        area = area or Area(code=code, level=level_of(code))
        _follow(area, fate, plan.named.get(code, ("", "")))
        if not before:
            plan.created.append(area)
        elif before != {column: getattr(area, column) for column in UPDATED}:
            plan.changed.append(area)
        else:
            plan.unchanged += 1
        if fate.valid_to and (was_open or not before):
            plan.closed.append(code)
            plan.findings += _farewell(fate, rows.get(code, 0))


def _follow(area: Area, fate: Fate, named: tuple[str, str]) -> None:
    area.name, area.valid_from, area.valid_to, area.successor_code = (
        fate.name,
        fate.valid_from,
        fate.valid_to,
        fate.successor_code,
    )
    area.name_bo, area.name_en = named[0] or area.name_bo, named[1] or area.name_en
    area.aliases = list(dict.fromkeys([*area.aliases, *fate.former_names]))


def _farewell(fate: Fate, row: int) -> list[Finding]:
    as_of = fate.valid_to.isoformat() if fate.valid_to else ""
    found = []
    if not fate.successor_code:
        found.append(Finding(row, fate.code, Fault.NO_SUCCESSOR, {"name": fate.name, "as_of": as_of}))
    if level_of(fate.code) is Level.COMMUNITY:
        inside = Area.objects.filter(code__startswith=fate.code, valid_to__isnull=True).exclude(code=fate.code).count()
        if inside:
            found.append(Finding(row, fate.code, Fault.GRIDS_LEFT_BEHIND, {"name": fate.name, "count": inside}))
    return found


def _write(plan: _Plan) -> None:
    AreaVersion.objects.bulk_create(plan.versions, batch_size=2000)
    AreaVersion.objects.bulk_update(plan.completed, ["successor_code"], batch_size=500)
    Area.objects.bulk_create(plan.created, batch_size=2000)
    Area.objects.bulk_update(plan.changed, UPDATED, batch_size=500)


def _report(plan: _Plan, rows: int, *, dry_run: bool) -> ImportReport:
    return ImportReport(
        rows=rows,
        problems=told(plan.findings),
        created=tuple(area.code for area in plan.created),
        changed=tuple(area.code for area in plan.changed),
        closed=tuple(plan.closed),
        unchanged=plan.unchanged,
        dry_run=dry_run,
    )
