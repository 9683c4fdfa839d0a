"""The live board: every number with the link to its rows (看板)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.place import queries as place
from linli.report import queries as reports
from linli.report.queries import OpenNow
from linli.staff.queries import Post
from linli.web import times
from linli.web.casepage import words as case_words
from linli.web.district import links, places, scoring, words
from linli.web.district.keeping import kept
from linli.web.district.periods import KEYS, Period, labels, period_of
from linli.web.district.places import Here

TREND_DAYS = 7
AREAS_ON_WALL = 12
CATEGORIES_MAX = 10
SILENT_MAX = 8
PINS_MAX = 200
CASES_SHOWN = 30
GROUP_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the board: what it counts, how many, where its rows are."""

    label: str
    number: int
    url: str
    icon: str
    tone: str = ""
    note: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the flow: how many stand there, how many too long, how long the longest."""

    label: str
    icon: str
    count: int
    url: str
    stuck_count: int
    stuck_url: str
    oldest: str
    percent: int


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area of the table beside the map; with the link one level down where there is one."""

    name: str
    down_url: str
    open_count: int
    open_url: str
    overdue_count: int
    overdue_url: str
    supervised_count: int
    supervised_url: str
    opened_count: int
    opened_url: str
    before_count: int

    @property
    def trend(self) -> int:
        """How many more were opened than in the week before."""
        return self.opened_count - self.before_count


def context(request: HttpRequest, *, post: Post, at: datetime) -> dict[str, Any]:
    """Return everything the board shows of the area and period in the address bar.

    Raises:
        Refused: the area is not the post's to see.
    """
    here, period = places.here(request, post=post), period_of(request.GET, at=at)
    now = kept(reports.open_now, prefix=here.code, digits=here.digits, at=_counted_at(at))
    days = kept(reports.by_day, prefix=here.code, since=period.since, until=period.until)
    silent = reports.silent_units(prefix=here.code, at=at)
    areas = area_rows(now, here=here, period=period, at=at)
    return {
        "at": at,
        "here": here,
        "here_name": places.name(here.code),
        "trail": _trail(here, post=post, period=period),
        "levels": _levels(here, period=period),
        "period": period,
        "period_name": period.words if period.key == "custom" else labels()[period.key],
        "periods": _periods(here, period=period),
        "kept": {"area": here.code, "level": here.level.value},
        "tiles": _tiles(now, here=here, silent_count=sum(row["n"] for row in silent)),
        "moved": _moved(days, here=here, period=period),
        "steps": _steps(now, here=here, at=at),
        "areas": areas,
        "wall_areas": sorted(areas, key=lambda row: (-row.overdue_count, -row.open_count))[:AREAS_ON_WALL],
        "counts": {area.code: [area.open_count, area.overdue_count] for area in now.areas.values()},
        "layer_url": links.address("layer", area=here.code, level=here.level.value),
        "wall_url": links.address("board", wall="1", area=here.code, level=here.level.value, **period.address),
        "supervision_url": links.address("supervision", is_="standing", area=here.code),
        "rates_url": links.address("rates", **period.address),
        "down_url": "" if here.is_deepest else links.address("board", area="CODE", **period.address),
        "days_chart": _days_chart(days, period=period),
        "days": days,
        "categories": _categories(here, period=period),
        "silent": _silent(silent, here=here),
        **scoring.of_area(here.code, period=period),
        **(_cases_here(here, at=at) if here.is_deepest else {}),
    }


def _counted_at(at: datetime) -> datetime:
    """Two seconds of boards that open together are counted once, where counting is slow."""
    return at.replace(second=at.second // 2 * 2, microsecond=0)


def area_rows(now: OpenNow, *, here: Here, period: Period, at: datetime) -> list[AreaRow]:
    """Return the areas one level down, those with nothing open included (按区域)."""
    today = timezone.localdate(at)
    week = Period("custom", today - timedelta(days=TREND_DAYS - 1), today)
    weeks = ((week.since, week.until), (week.previous.since, week.previous.until))
    opened = kept(reports.opened_by_area, prefix=here.code, digits=here.digits, periods=weeks)
    known = [area.code for area in place.areas(level=here.level, prefix=here.code)]
    # What is known no deeper than here stands below what has a place.
    codes = sorted({*known, *now.areas, *opened}, key=lambda code: (len(code) < here.digits, code))
    return [_area_row(code, now=now, opened=opened.get(code, [0, 0]), week=week, here=here, period=period)
            for code in codes]  # fmt: skip


def _area_row(code: str, *, now: OpenNow, opened: list[int], week: Period, here: Here, period: Period) -> AreaRow:
    count = now.areas.get(code) or reports.AreaCount(code=code)
    is_whole = len(code) == here.digits
    area = links.below(code, here=here)
    return AreaRow(
        name=places.name_below(code, above=here.code) if is_whole else places.shallow_label(code),
        down_url=links.address("board", area=code, **period.address) if is_whole and not here.is_deepest else "",
        open_count=count.open_count,
        open_url=links.rows("open", area=area),
        overdue_count=count.overdue_count,
        overdue_url=links.rows("overdue", area=area),
        supervised_count=count.supervised_count,
        supervised_url=links.rows("supervised", area=area),
        opened_count=opened[0],
        opened_url=links.opened(week, area=area),
        before_count=opened[1],
    )


def _tiles(now: OpenNow, *, here: Here, silent_count: int) -> list[Tile]:
    icons = {
        "open": ("inbox", ""),
        "overdue": ("clock-exclamation", "late"),
        "soon": ("hourglass", "soon"),
        "supervised": ("flag", "late"),
        "outside": ("map-pin", ""),
        "unplaced": ("zoom-question", ""),
    }
    tiles = [
        Tile(str(words.CASES[name]), now.figures[name], links.rows(name, area=here.code), icon,
             tone if now.figures[name] else "", note=str(words.NOTES.get(name, "")), name=name)
        for name, (icon, tone) in icons.items()
    ]  # fmt: skip
    silent = Tile(_("沉默单位"), silent_count, links.address("silent", area=here.code), "speakerphone",
                  "late" if silent_count else "", note=_("过了时限没有报到"), name="silent")  # fmt: skip
    return [*tiles[:3], silent, *tiles[3:]]


def _moved(days: list[tuple[str, int, int]], *, here: Here, period: Period) -> list[Tile]:
    opened, closed = sum(day[1] for day in days), sum(day[2] for day in days)
    return [
        Tile(_("登记"), opened, links.opened(period, area=here.code), "plus", note=period.words, name="opened"),
        Tile(_("结案"), closed, links.closed(period, area=here.code), "circle-check", note=period.words, name="closed"),
    ]


def _steps(now: OpenNow, *, here: Here, at: datetime) -> list[Step]:
    most = max((stage.count for stage in now.stages.values()), default=0) or 1
    return [
        Step(
            case_words.state_label(state),
            case_words.state_icon(state),
            stage.count,
            links.rows("open", area=here.code, state=state),
            stage.stuck_count,
            links.rows("stuck", area=here.code, state=state),
            times.span_words(at - stage.oldest_at) if stage.oldest_at else "",
            round(100 * stage.count / most),
        )
        for state, stage in now.stages.items()
    ]


def _days_chart(days: list[tuple[str, int, int]], *, period: Period) -> dict[str, Any]:
    counted = {day: (opened, closed) for day, opened, closed in days}
    shown = [(period.first + timedelta(days=each)).isoformat() for each in range(period.day_count)]
    return {
        "kind": "line",
        "labels": [day[5:] for day in shown],
        "series": [
            {"name": _("登记"), "values": [counted.get(day, (0, 0))[0] for day in shown], "tone": "accent"},
            {"name": _("结案"), "values": [counted.get(day, (0, 0))[1] for day in shown], "tone": "light"},
        ],
        "unit": "",
    }


def _categories(here: Here, *, period: Period) -> list[Tile]:
    counted = kept(reports.by_category, prefix=here.code, since=period.since, until=period.until, digits=GROUP_DIGITS)
    most = counted[0][1] if counted else 1
    return [
        Tile(
            case_words.category_label(code),
            count,
            links.opened(period, area=here.code, category=code),
            "tag",
            note=str(round(100 * count / most)),
        )
        for code, count in counted[:CATEGORIES_MAX]
    ]


def _silent(units: list[dict[str, Any]], *, here: Here) -> list[dict[str, Any]]:
    return [
        {
            "name": case_words.unit_label(row["unit_id"]),
            "count": row["n"],
            "since": row["since"],
            "url": links.address("silent", area=here.code, unit=str(row["unit_id"])),
        }
        for row in units[:SILENT_MAX]
    ]


def _cases_here(here: Here, *, at: datetime) -> dict[str, Any]:
    """Where nothing lies below, the cases themselves are shown, on the map and beside it."""
    found = reports.cases(prefix=here.code).filter(reports.CASES["open"](at)).order_by("due_at", "pk")[:PINS_MAX]
    rows = list(found)
    late = {row.pk for row in rows if row.due_at < at and row.state != "FINISHED"}
    pins = [
        {"lng": row.lng, "lat": row.lat, "tone": "late" if row.pk in late else "", "words": row.title,
         "href": links.address("board", area=here.code, open_=str(row.pk))}
        for row in rows if row.lng is not None
    ]  # fmt: skip
    return {"pins": pins, "cases_here": [(row, row.pk in late) for row in rows[:CASES_SHOWN]]}


def _trail(here: Here, *, post: Post, period: Period) -> list[tuple[str, str]]:
    return [
        (name, "" if code == here.code else links.address("board", area=code, **period.address))
        for code, name in places.trail(here.code, post=post)
    ]


def _levels(here: Here, *, period: Period) -> list[tuple[str, str, bool]]:
    return [
        (
            places.level_label(level),
            links.address("board", area=here.code, level=level.value, **period.address),
            level is here.level,
        )
        for level in here.levels
    ]


def _periods(here: Here, *, period: Period) -> list[tuple[str, str, bool]]:
    return [
        (label, links.address("board", area=here.code, level=here.level.value, period=key), key == period.key)
        for key, label in labels().items()
        if key != "custom" and key in KEYS
    ]
