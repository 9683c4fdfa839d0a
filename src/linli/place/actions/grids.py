"""Take in grids, buildings and outlines from a table or a GeoJSON file (导入网格与楼栋)."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.utils import timezone

from linli.place.actions.columns import read_count, read_list, read_name, renamed
from linli.place.actions.edition import changing
from linli.place.actions.reports import ImportRefused, ImportReport, told
from linli.place.models import Area
from linli.place.queries.atlas import to_shape
from linli.place.queries.layers import to_geojson
from linli.place.rules import Datum, to_cgcs2000
from linli.place.rules.codes import Level, fits, level_of, parent
from linli.place.rules.findings import Fault, Finding, Unfit
from linli.place.rules.shapes import read_shape
from linli.place.rules.survey import Drawn, Known, survey
from linli.shared.audit import record
from linli.shared.prefixes import under

WRITTEN = ("name", "name_bo", "name_en", "aliases", "households", "people", "polygon", "lng", "lat")
CLOSED = ("valid_to", "successor_code")
FIRST_TABLE_ROW = 2
FIRST_FEATURE = 1


@dataclass(slots=True)
class _Plan:
    """What an import would write."""

    rows: int
    findings: list[Finding] = field(default_factory=list)
    created: list[Area] = field(default_factory=list)
    changed: list[Area] = field(default_factory=list)
    closed: list[Area] = field(default_factory=list)
    unchanged: int = 0


def import_grids(
    *,
    datum: Datum,
    at: datetime,
    features: Iterable[Mapping[str, Any]] | None = None,
    rows: Iterable[Mapping[str, Any]] | None = None,
    dry_run: bool = False,
    by_post_id: int | None = None,
    by_words: str = "",
) -> ImportReport:
    """Take in grids, buildings and the outlines of known areas, in one transaction (导入网格).

    Rows come from a table (``rows``, outline as WKT or GeoJSON text) or a feature collection (``features``). A redrawn
    grid has a new code and names in ``replaces`` the old ones, which close and keep their records. Taking in the same
    rows again changes nothing; ``dry_run`` writes nothing and reports every problem.

    Raises:
        ImportRefused: a row has an error; nothing was written.
    """
    given = [_flat(feature) for feature in features] if features is not None else [renamed(row) for row in rows or ()]
    first = FIRST_FEATURE if features is not None else FIRST_TABLE_ROW
    if dry_run:
        return _report(_plan(given, first, Datum(datum), at), dry_run=True)
    with changing(at=at):
        plan = _plan(given, first, Datum(datum), at)
        report = _report(plan, dry_run=False)
        if not report.is_acceptable:
            raise ImportRefused(report)
        _write(plan)
        detail = {
            "created": len(plan.created),
            "changed": len(plan.changed),
            "closed": list(report.closed),
            "datum": datum,
        }
        record(
            stage="place",
            verb="import_grids",
            subject=_common(report),
            at=at,
            by_post_id=by_post_id,
            by_words=by_words,
            detail=detail,
        )
    return report


def _flat(feature: Mapping[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    row = renamed(properties) if isinstance(properties, Mapping) else {}
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    return row | ({"geometry": geometry} if geometry not in (None, "") else {})


def _plan(given: list[dict[str, Any]], first: int, datum: Datum, at: datetime) -> _Plan:
    """Read, check and compare, without writing."""
    plan = _Plan(len(given))
    read: list[Drawn] = []
    for number, row in enumerate(given, first):
        try:
            read.append(_read(number, row))
        except Unfit as unfit:
            plan.findings.append(Finding(number, str(row.get("code", ""))[:20], unfit.fault, unfit.words))
    drawn = _converted(read, datum)
    standing = _standing(drawn)
    known = {code: _known(area) for code, area in standing.items()}
    found = survey(drawn, known)
    plan.findings += [*found, *_other_datum(read, found, datum, known)]
    if any(each.is_error for each in plan.findings):
        return plan
    opened_on = timezone.localdate(at)
    for each in drawn:
        _compare(plan, each, standing.get(each.code), opened_on)
    plan.closed = _closing(drawn, standing, opened_on)
    plan.findings += _left_behind(drawn, plan.closed)
    return plan


def _read(number: int, row: dict[str, Any]) -> Drawn:
    code = str(row.get("code", ""))
    if not fits(code):
        raise Unfit(Fault.BAD_CODE, given=code[:20])
    level = level_of(code)
    digits = len(code if level is Level.GRID else parent(code)) - 12
    if level in (Level.GRID, Level.BUILDING) and digits != settings.GRID_DIGITS:
        raise Unfit(Fault.BAD_WIDTH, digits=settings.GRID_DIGITS)
    cells: dict[str, Any] = {column: read_name(row, column) for column in ("name_bo", "name_en") if column in row}
    if "name" in row or level is Level.BUILDING:
        cells["name"] = read_name(row, "name", is_needed=True)
    cells |= {column: read_count(row, column) for column in ("households", "people") if column in row}
    if "aliases" in row:
        cells["aliases"] = list(read_list(row, "aliases"))
    shape = read_shape(_loaded(row["geometry"])) if "geometry" in row else None
    return Drawn(number, code, level, cells, shape, read_list(row, "replaces"))


def _loaded(geometry: Any) -> Any:
    """A table holds GeoJSON as text."""
    if isinstance(geometry, str) and geometry.lstrip().startswith("{"):
        try:
            return json.loads(geometry)
        except ValueError as broken:
            raise Unfit(Fault.UNREADABLE) from broken
    return geometry


def _converted(read: list[Drawn], datum: Datum) -> list[Drawn]:
    """Bring all outlines to CGCS2000 at once."""
    shapes = np.array([each.shape for each in read], dtype=object)
    moved = shapely.transform(shapes, lambda pairs: np.column_stack(to_cgcs2000(pairs[:, 0], pairs[:, 1], datum)))
    return [replace(each, shape=shape) for each, shape in zip(read, moved, strict=True)]


def _standing(drawn: list[Drawn]) -> dict[str, Area]:
    """Read what the rows touch: their own area, those around it and its neighbours."""
    found: dict[str, Area] = {}
    for prefix in sorted({each.code[:6] for each in drawn}):
        areas = Area.objects.filter(under(prefix, column="code"))
        if all(each.level is not Level.BUILDING for each in drawn):
            areas = areas.exclude(level=Level.BUILDING)
        found |= {area.code: area for area in areas}
    return found


def _known(area: Area) -> Known:
    shape = to_shape(area.polygon["type"], area.polygon["coordinates"]) if area.polygon else None
    return Known(Level(area.level), area.name, area.valid_to is None, shape)


def _other_datum(read: list[Drawn], found: list[Finding], datum: Datum, known: Mapping[str, Known]) -> list[Finding]:
    """Say so where most outlines miss their community and would lie in it by another datum."""
    missed = sum(each.fault is Fault.OUTSIDE_PARENT for each in found)
    if missed * 2 <= len(read):
        return []
    for other in (Datum.CGCS2000, Datum.GCJ02, Datum.BD09):
        again = survey(_converted(read, other), known) if other is not datum else found
        if not any(each.fault is Fault.OUTSIDE_PARENT for each in again):
            return [Finding(read[0].row, read[0].code, Fault.OTHER_DATUM, {"datum": other.value})]
    return []


def _compare(plan: _Plan, each: Drawn, area: Area | None, opened_on: date) -> None:
    is_new = area is None
    area = area or Area(code=each.code, level=each.level, valid_from=opened_on)
    before = {column: getattr(area, column) for column in WRITTEN}
    for column, value in each.given.items():
        setattr(area, column, value)
    area.name = area.name or f"{int(each.code[12:]):02d}网格"
    if each.shape is not None:
        area.polygon, label = to_geojson(each.shape), _label(each.shape)
        area.lng, area.lat = round(label.x, 6), round(label.y, 6)
    if is_new:
        plan.created.append(area)
    elif before != {column: getattr(area, column) for column in WRITTEN}:
        plan.changed.append(area)
    else:
        plan.unchanged += 1


def _label(shape: Any) -> Any:
    """The middle where it lies inside, else some point inside."""
    middle = shape.centroid
    return middle if shape.contains(middle) else shape.point_on_surface()


def _closing(drawn: list[Drawn], standing: Mapping[str, Area], closed_on: date) -> list[Area]:
    """Close what is replaced; a successor is named only where there is just one."""
    times = Counter(code for each in drawn for code in each.replaces if standing[code].valid_to is None)
    following = {code: each.code for each in drawn for code in each.replaces}
    closed = []
    for code in sorted(times):
        area = standing[code]
        area.valid_to = max(closed_on, area.valid_from + timedelta(days=1))
        area.successor_code = following[code] if times[code] == 1 else ""
        closed.append(area)
    return closed


def _left_behind(drawn: list[Drawn], closed: list[Area]) -> list[Finding]:
    """Point out closed grids whose buildings nobody has moved."""
    rows = {code: each.row for each in drawn for code in each.replaces}
    moved = set(rows)
    found = []
    for grid in (area for area in closed if area.level == Level.GRID):
        inside = Area.objects.filter(under(grid.code, column="code"), level=Level.BUILDING, valid_to__isnull=True)
        count = inside.exclude(code__in=moved).count()
        if count:
            words: dict[str, str | int] = {"name": grid.name, "count": count}
            found.append(Finding(rows[grid.code], grid.code, Fault.GRIDS_LEFT_BEHIND, words))
    return found


def _write(plan: _Plan) -> None:
    Area.objects.bulk_create(plan.created, batch_size=2000)
    Area.objects.bulk_update(plan.changed, WRITTEN, batch_size=500)
    Area.objects.bulk_update(plan.closed, CLOSED, batch_size=500)


def _common(report: ImportReport) -> str:
    """Return the longest code around everything that changed."""
    codes = sorted((*report.created, *report.changed, *report.closed))
    if not codes:
        return ""
    first, last = codes[0], codes[-1]
    return next((first[:length] for length in (20, 15, 12, 9, 6) if first[:length] == last[:length]), "")


def _report(plan: _Plan, *, dry_run: bool) -> ImportReport:
    return ImportReport(
        rows=plan.rows,
        problems=told(plan.findings),
        created=tuple(area.code for area in plan.created),
        changed=tuple(area.code for area in plan.changed),
        closed=tuple(area.code for area in plan.closed),
        unchanged=plan.unchanged,
        dry_run=dry_run,
    )
