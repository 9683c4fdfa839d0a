"""The live board: what is open now, where, and how it flows (看板)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Left

from linli.case.models import Case
from linli.place import queries as place
from linli.report.queries.figures import CASES, silent_calls, within

DISTRICT_DIGITS = 6
RESOLVED_DIGITS = 12  # successors are named per community: a street may be divided between two
BEIJING = ZoneInfo("Asia/Shanghai")
BOARD_STATES = ("REGISTERED", "DISPATCHED", "WHISTLED", "HANDLING", "FINISHED")
COUNTED_NOW = ("overdue", "soon", "stuck", "supervised", "outside", "unplaced")


@dataclass(slots=True, kw_only=True)
class Stage:
    """One state of the flow: how many stand there, how many too long, since when the longest."""

    state: str
    count: int = 0
    stuck_count: int = 0
    oldest_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class AreaCount:
    """What is open in one area: how many, how many overdue, how far supervision has gone."""

    code: str
    open_count: int = 0
    overdue_count: int = 0
    supervised_count: int = 0
    supervision_level: int = 0


@dataclass(slots=True, kw_only=True)
class OpenNow:
    """Everything open in an area, counted in one statement: by figure, by state, by area below."""

    figures: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("open", *COUNTED_NOW), 0))
    stages: dict[str, Stage] = field(default_factory=lambda: {state: Stage(state=state) for state in BOARD_STATES})
    areas: dict[str, AreaCount] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The live board of an area at one moment."""

    at: datetime
    by_state: dict[str, int]
    open_count: int
    overdue_count: int
    silent_count: int
    outside_count: int
    unplaced_count: int
    supervised_count: int
    opened_today: int
    closed_today: int


def board(*, prefix: str, at: datetime) -> Board:
    """Return the counts of an area now, in four statements whatever the number of cases (看板)."""
    now, midnight = open_now(prefix=prefix, digits=DISTRICT_DIGITS, at=at), _midnight(at)
    here = Case.objects.filter(within(prefix))
    return Board(
        at=at,
        by_state={state: stage.count for state, stage in now.stages.items()},
        open_count=now.figures["open"],
        overdue_count=now.figures["overdue"],
        silent_count=silent_calls(prefix=prefix, at=at).count(),
        outside_count=now.figures["outside"],
        unplaced_count=now.figures["unplaced"],
        supervised_count=now.figures["supervised"],
        opened_today=here.filter(opened_at__gte=midnight, opened_at__lte=at).count(),
        closed_today=here.filter(closed_at__gte=midnight, closed_at__lte=at).count(),
    )


def open_now(*, prefix: str, digits: int, at: datetime) -> OpenNow:
    """Count what is open in an area, by state and by the areas of a level, in one statement (现况).

    What happened in an area that is closed today counts for the one that succeeded it.
    """
    counted = {name: Count("pk", filter=CASES[name](at)) for name in COUNTED_NOW}
    rows: Any = (
        Case.objects.filter(within(prefix), CASES["open"](at))
        .annotate(code=Left("area_code", max(digits, RESOLVED_DIGITS)))
        .values("code", "state")
        .annotate(open=Count("pk"), oldest=Min("moved_at"), level=Max("supervision_level"), **counted)
        .order_by("code", "state")
    )
    now = OpenNow()
    for row in rows:
        _add(now, row, code=place.resolve(row["code"])[:digits])
    return now


def by_area(*, prefix: str, digits: int, at: datetime) -> list[AreaCount]:
    """Return what is open per area of a level, rolled up by code prefix, in one statement (按区域)."""
    return sorted(open_now(prefix=prefix, digits=digits, at=at).areas.values(), key=lambda area: area.code)


def opened_by_area(*, prefix: str, digits: int, periods: Iterable[tuple[datetime, datetime]]) -> dict[str, list[int]]:
    """Return per area of a level how many cases were opened in each of some periods, in one statement (趋势)."""
    spans = list(periods)
    whole = Q(opened_at__gte=min(since for since, _until in spans), opened_at__lt=max(until for _since, until in spans))
    counts = {
        f"in_{at}": Count("pk", filter=Q(opened_at__gte=since, opened_at__lt=until))
        for at, (since, until) in enumerate(spans)
    }
    rows: Any = (
        Case.objects.filter(within(prefix), whole)
        .values(code=Left("area_code", max(digits, RESOLVED_DIGITS)))
        .annotate(**counts)
    )
    found: dict[str, list[int]] = {}
    for row in rows.order_by("code"):
        sums = found.setdefault(place.resolve(row["code"])[:digits], [0] * len(spans))
        for at in range(len(spans)):
            sums[at] += row[f"in_{at}"]
    return found


def silent_units(*, prefix: str, at: datetime) -> list[dict[str, Any]]:
    """Return per unit how many calls it has left unanswered and since when, the most first (沉默单位)."""
    calls: Any = silent_calls(prefix=prefix, at=at).order_by().values("unit_id")
    return list(calls.annotate(n=Count("pk"), since=Min("report_in_due_at")).order_by("-n", "since", "unit_id"))


def by_category(*, prefix: str, since: datetime, until: datetime, digits: int = 8) -> list[tuple[str, int]]:
    """Return how many cases of each category, or group of them, were opened in a period, most first (分类)."""
    opened = Case.objects.filter(within(prefix), opened_at__gte=since, opened_at__lt=until)
    counted = opened.values(code=Left("category_code", digits)).annotate(n=Count("pk")).order_by("-n", "code")
    return [(row["code"], row["n"]) for row in counted]


def by_day(*, prefix: str, since: datetime, until: datetime) -> list[tuple[str, int, int]]:
    """Return per day how many cases were opened and how many closed, in one statement (逐日)."""
    prefixes = place.roll_up(prefix)
    here = " OR ".join("(area_code >= %s AND area_code < %s)" for _prefix in prefixes)
    codes = [word for each in prefixes for word in (each, each + ":")]
    statement = f"""
        SELECT day, sum(opened)::int, sum(closed)::int FROM (
            SELECT (opened_at AT TIME ZONE 'Asia/Shanghai')::date AS day, 1 AS opened, 0 AS closed FROM case_case
            WHERE ({here}) AND opened_at >= %s AND opened_at < %s
            UNION ALL
            SELECT (closed_at AT TIME ZONE 'Asia/Shanghai')::date, 0, 1 FROM case_case
            WHERE ({here}) AND closed_at >= %s AND closed_at < %s
        ) days GROUP BY day ORDER BY day
    """  # noqa: S608 -- only the number of conditions varies; every value is a parameter
    with connection.cursor() as cursor:
        cursor.execute(statement, [*codes, since, until, *codes, since, until])
        return [(day.isoformat(), opened, closed) for day, opened, closed in cursor.fetchall()]


def _add(now: OpenNow, row: dict[str, Any], *, code: str) -> None:
    for name in now.figures:
        now.figures[name] += row[name]
    stage = now.stages[row["state"]]
    stage.count += row["open"]
    stage.stuck_count += row["stuck"]
    stage.oldest_at = min(stage.oldest_at or row["oldest"], row["oldest"])
    area = now.areas.setdefault(code, AreaCount(code=code))
    area.open_count += row["open"]
    area.overdue_count += row["overdue"]
    area.supervised_count += row["supervised"]
    area.supervision_level = max(area.supervision_level, row["level"])


def _midnight(at: datetime) -> datetime:
    return at.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
