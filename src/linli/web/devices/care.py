"""What is to be done about devices, the monthly round of tests, and how soon calls were answered (设备维护)."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.call.queries import devices as queries
from linli.call.queries import punctuality as counts
from linli.call.queries.punctuality import ANSWERED_WITHIN, Timely
from linli.call.rules import PressKind
from linli.call.rules.outcomes import OUTCOMES_BY_CODE
from linli.call.rules.presses import PRESS_KIND_LABELS
from linli.place import queries as places
from linli.web.devices.doors import for_readers, for_stock
from linli.web.devices.lists import ROUND, TASK_LIST, month_began
from linli.web.district.periods import Period, labels, period_of
from linli.web.lists import Column, List
from linli.web.resident.links import as_square
from linli.web.session import post_of

HOURS = 24


@require_GET
@for_readers
def tasks(request: HttpRequest) -> HttpResponseBase:
    """List what is to be done about devices, the soonest due first (设备任务)."""
    return TASK_LIST.answer(request, queries.device_tasks(post_of(request)), "devices/tasks.html")


@require_GET
@for_readers
def test_round(request: HttpRequest) -> HttpResponseBase:
    """List the devices in use by building, who was tried this month and who not yet; it renews itself (每月试按)."""
    post = post_of(request)
    tried, count = queries.round_counts(post, since=month_began())
    context = {"tried": tried, "count": count}
    return ROUND.answer(request, queries.test_round(post), "devices/round.html", context)


@require_GET
@for_stock
def punctuality(request: HttpRequest) -> HttpResponseBase:
    """Show how soon calls were answered and attended, by grid and hour, each number with its rows (接应时效)."""
    post, at = post_of(request), timezone.now()
    period = period_of(request.GET, at=at)
    found = counts.punctuality(post, since=period.since, until=period.until, at=at)
    language = get_language() or "zh-hans"
    context = {
        "period": period,
        "periods": _periods(period),
        "kept": {},
        "tables": [
            (_("全部"), _("范围"), [_line(_("全部"), found.whole, period)]),
            (
                _("按网格"),
                _("网格"),
                [
                    _line(places.full_name(code, language), cell, period, grid=code)
                    for code, cell in sorted(found.by_grid.items())
                ],
            ),
            (
                _("按时段"),
                _("几点"),
                [_line(f"{hour:02d}:00", cell, period, hour=str(hour)) for hour, cell in found.by_hour.items()],
            ),
        ],
        "seconds": ANSWERED_WITHIN,
    }
    return render(request, "devices/punctuality.html", context)


def _seconds(row: Any, moment: Any) -> int | None:
    return round((moment - row.raised_at).total_seconds()) if moment else None


def _minutes(row: Any, moment: Any) -> float | None:
    return round((moment - row.raised_at).total_seconds() / 60, 1) if moment else None


def _outcome(row: Any) -> str:
    found = OUTCOMES_BY_CODE.get(row.outcome)
    return _(found.label) if found else ""


CALLS = List(
    name="counted-calls",
    title=gettext_lazy("计入的呼叫"),
    order="-raised",
    url="/calls/KEY/",
    columns=(
        Column(key="number", label=gettext_lazy("编号"), is_main=True),
        Column(key="raised", label=gettext_lazy("按下"), value=lambda row: row.raised_at, sort="raised_at"),
        Column(key="kind", label=gettext_lazy("种类"), value=lambda row: _(PRESS_KIND_LABELS[PressKind(row.kind)])),
        Column(
            key="answered",
            label=gettext_lazy("接应（秒后）"),
            value=lambda row: _seconds(row, row.answered_at),
            is_number=True,
        ),
        Column(
            key="scene",
            label=gettext_lazy("到场（分钟后）"),
            value=lambda row: _minutes(row, row.on_scene_at),
            is_number=True,
        ),
        Column(key="outcome", label=gettext_lazy("结果"), value=_outcome),
        Column(
            key="area",
            label=gettext_lazy("网格"),
            value=lambda row: places.full_name(places.grid_of(row.area_code), get_language() or "zh-hans"),
            sort="area_code",
        ),
    ),
    live="",
    empty_title=gettext_lazy("没有这样的呼叫"),
)


@require_GET
@for_stock
def counted(request: HttpRequest) -> HttpResponseBase:
    """List the calls behind a number (数里的呼叫)."""
    post, at = post_of(request), timezone.now()
    period = period_of(request.GET, at=at)
    rows = counts.counted_calls(post, since=period.since, until=period.until, at=at)
    grid, hour, measure = (request.GET.get(name, "")[:20] for name in ("grid", "hour", "measure"))
    if grid.isascii() and grid.isdigit():
        rows = counts.in_place(rows, grid)
    if hour.isascii() and hour.isdigit() and int(hour) < HOURS:
        rows = counts.in_hour(rows, int(hour))
    if measure.removeprefix("in-") in {str(seconds) for seconds in ANSWERED_WITHIN}:
        rows = rows.filter(counts.answered_within(int(measure.removeprefix("in-"))))
    if measure in {"come", "came"}:
        rows = rows.filter(counts.had_to_come())
    if measure == "came":
        rows = rows.filter(counts.attended_in_time())
    back = urlencode(period.address)
    return CALLS.answer(request, rows, "devices/counted.html", {"period": period, "back": back})


@require_GET
@for_stock
def label(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Show a label with the serial as words and as a QR code, to be printed and stuck on (标签)."""
    row = queries.device(device_id, post=post_of(request))
    return render(request, "devices/label.html", {"device": row, "square": as_square(row.serial)})


@require_GET
@for_readers
def agreement(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Show the agreement to be printed and signed; the name is written by hand, so nothing is opened (协议书)."""
    post = post_of(request)
    row = queries.device(device_id, post=post)
    holding = queries.holding_of(row, post=post)
    context = {"device": row, "holding": holding, "unit": row.unit, "today": timezone.localdate()}
    return render(request, "devices/agreement.html", context)


def _line(words: str, cell: Timely, period: Period, **place: str) -> dict[str, Any]:
    def rows(measure: str) -> str:
        return urlencode({**period.address, **place, "measure": measure})

    return {
        "words": words,
        "count": cell.count,
        "all": rows(""),
        "answered": [(_share(cell.answered.get(s, 0), cell.count), rows(f"in-{s}"), s) for s in ANSWERED_WITHIN],
        "attended": _share(cell.attended, cell.to_attend),
        "to_attend": cell.to_attend,
        "came": rows("came"),
        "come": rows("come"),
    }


def _share(part: int, whole: int) -> str:
    return f"{part} / {whole}（{100 * part / whole:.1f}%）" if whole else "—"


def _periods(chosen: Period) -> list[tuple[str, str, bool]]:
    return [
        (words, f"?{urlencode({'period': key})}", key == chosen.key)
        for key, words in labels().items()
        if key != "custom"
    ]
