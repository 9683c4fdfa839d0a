"""The lists of the district's desk; the rows behind every number of its board (工作清单)."""

from collections.abc import Callable
from dataclasses import replace
from operator import attrgetter
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.case.states import STATE_LABELS
from linli.intake.rules import CHANNEL_LABELS
from linli.place.rules import Level
from linli.report import queries as reports
from linli.staff import queries as staff
from linli.text import queries as text
from linli.web.casepage import clock_rows
from linli.web.casepage import rows as case_rows
from linli.web.casepage import words as case_words
from linli.web.casepage.together import together
from linli.web.district import places, words
from linli.web.lists import Column, Filter, List, due_cell, moment_cell, state_cell
from linli.web.lists.declared import Words
from linli.web.session import post_of

CASE = "/district/cases/KEY/"
ONE_UNIT = gettext_lazy("单位")
COUNTED = 100_000  # so that a number of the board and its list say the same
OPEN_FIGURES = frozenset({"open", "overdue", "soon", "stuck", "silent", "supervised", "outside", "unplaced"})


def cases(request: HttpRequest) -> List:
    """Return the list of cases, dated by registration or by closing, ordered by what is looked for (工单清单)."""
    by_closing = request.GET.get("by") == "closed"
    order = "due" if request.GET.get("is") in OPEN_FIGURES else "-closed" if by_closing else "-opened"
    field = "closed_at" if by_closing else "opened_at"
    since, until = (
        (gettext_lazy("结案从"), gettext_lazy("结案到"))
        if by_closing
        else (gettext_lazy("登记从"), gettext_lazy("登记到"))
    )
    dates = (
        Filter(key="since", label=since, kind="since", fields=(field,)),
        Filter(key="until", label=until, kind="until", fields=(field,)),
    )
    columns = (*_CASES.columns, _CLOSED) if by_closing else _CASES.columns
    said = case_rows.words_filter(is_open_only=request.GET.get("is") in OPEN_FIGURES)
    filters = (*_CASE_FILTERS, said, *dates)
    return replace(_CASES, order=order, filters=filters, columns=columns, count_max=COUNTED)


def area(column: str = "area_code") -> Filter:
    """Ask for an area: its own cases, those below it, and those of areas it succeeded."""

    def narrowed(rows: QuerySet[Any], code: str) -> QuerySet[Any]:
        if code.startswith(places.EXACTLY):
            return rows.filter(**{column: code.removeprefix(places.EXACTLY)})
        return rows.filter(reports.within(code, column=column))

    return Filter(key="area", label=gettext_lazy("区域"), choices=_areas, apply=narrowed)


def unit(condition: Callable[[int], Q], *, key: str = "unit", label: Words = ONE_UNIT) -> Filter:
    """Ask for a unit, on whichever sides the condition names."""
    return Filter(
        key=key,
        label=label,
        choices=lambda _request: [(str(each.pk), staff.unit_name(each)) for each in staff.units()],
        apply=lambda rows, pk: rows.filter(condition(int(pk))),
    )


def owner(condition: Callable[[int], Q]) -> Filter:
    """Ask for the unit that answers for a case: the side that whistles."""
    return unit(condition, key="owner", label=gettext_lazy("首接单位"))


def lead(condition: Callable[[int], Q]) -> Filter:
    """Ask for the unit that leads without owning: the side that reports in."""
    return unit(condition, key="lead", label=gettext_lazy("牵头单位"))


def category(column: str = "category_code") -> Filter:
    """Ask for a category or a group of them."""
    return Filter(
        key="category",
        label=gettext_lazy("分类"),
        choices=lambda _request: _categories(),
        apply=lambda rows, code: rows.filter(reports.of_category(code, column=column)),
    )


def figure(names: Any, conditions: Callable[[str], Q], *, is_tabs: bool = False) -> Filter:
    """Ask for the rows of one number of the board."""
    return Filter(
        key="is",
        label=gettext_lazy("看哪些"),
        choices=lambda _request: list(names.items()),
        apply=lambda rows, name: rows.filter(conditions(name)),
        is_tabs=is_tabs,
    )


def _areas(request: HttpRequest) -> list[tuple[str, str]]:
    return places.choices(request, post=post_of(request))


def _categories() -> list[tuple[str, str]]:
    return [
        (each.code, "　" * bool(each.parent_code) + case_words.category_label(each.code)) for each in text.categories()
    ]


def _state(case: Any) -> str:
    icon, tone = case_words.state_icon(case.state), case_words.state_tone(case.state)
    return state_cell(case_words.state_label(case.state), icon, tone)


def place_of(code: str) -> str:
    """Down to the grid; the building stands in the case."""
    return format_html('<span class="place-words">{}</span>', places.label(code[: places.DIGITS[Level.GRID]]))


def _due(case: Any) -> str:
    if case.closed_at:
        return format_html("{} {}", moment_cell(case.closed_at), _("结案"))
    return _("等居民确认") if case.state == "FINISHED" else due_cell(case.due_at)


def _level(level: int) -> str:
    return state_cell(words.LEVELS[level], "flag", "late" if level >= 2 else "soon") if level else ""


def _late(case: Any) -> str:
    is_running = case.closed_at is None and case.state != "FINISHED"
    return "late" if is_running and case.due_at < timezone.now() else ""


def unit_of(pk: int | None) -> str:
    return case_words.unit_label(pk)


_CASE_FILTERS = (
    figure(words.CASES, lambda name: reports.CASES[name](timezone.now())),
    Filter(
        key="state",
        label=gettext_lazy("状态"),
        choices=lambda _request: [(state.value, case_words.state_label(state.value)) for state in STATE_LABELS],
        fields=("state",),
    ),
    area(),
    category(),
    unit(reports.of_unit),
    owner(lambda pk: Q(owner_id=pk)),
    lead(lambda pk: Q(lead_id=pk) & ~Q(owner_id=pk)),
    Filter(
        key="channel",
        label=gettext_lazy("来源"),
        choices=lambda _request: [(each.value, case_words.channel_label(each.value)) for each in CHANNEL_LABELS],
        fields=("channel",),
    ),
)
_CLOSED = Column(
    key="closed", label=gettext_lazy("结案"), value=attrgetter("closed_at"), sort="closed_at", is_extra=True
)
_CASES = List(
    together=together("/district/together/"),
    name="cases",
    title=gettext_lazy("工单"),
    url=CASE,
    order="-opened",
    columns=(
        Column(key="title", label=gettext_lazy("事项"), is_main=True, is_personal=True),
        Column(key="due", label=gettext_lazy("时限"), value=attrgetter("due_at"), cell=_due, sort="due_at"),
        Column(
            key="state",
            label=gettext_lazy("状态"),
            value=lambda case: case_words.state_label(case.state),
            cell=_state,
        ),
        Column(
            key="level",
            label=gettext_lazy("督办"),
            value=lambda case: words.LEVELS.get(case.supervision_level, ""),
            cell=lambda case: _level(case.supervision_level),
            sort="supervision_level",
        ),
        Column(
            key="area",
            label=gettext_lazy("地点"),
            value=lambda case: places.label(case.area_code),
            cell=lambda case: place_of(case.area_code),
            sort="area_code",
        ),
        Column(key="owner", label=gettext_lazy("首接单位"), value=lambda case: unit_of(case.owner_id)),
        Column(
            key="lead",
            label=gettext_lazy("牵头"),
            value=lambda case: unit_of(case.lead_id),
            is_extra=True,
            is_spare=True,
        ),
        Column(
            key="category",
            label=gettext_lazy("分类"),
            value=lambda case: case_words.category_label(case.category_code),
            is_extra=True,
        ),
        Column(
            key="opened", label=gettext_lazy("登记"), value=attrgetter("opened_at"), sort="opened_at", is_extra=True
        ),
        Column(key="number", label=gettext_lazy("编号"), sort="number", is_extra=True),
        Column(
            key="channel",
            label=gettext_lazy("来源"),
            value=lambda case: case_words.channel_label(case.channel),
            is_extra=True,
            is_spare=True,
        ),
    ),
    tone=_late,
    empty_title=gettext_lazy("没有工单"),
    empty_words=gettext_lazy("有人反映问题以后，会出现在这里。"),
)
TO_PLACE = replace(
    _CASES,
    name="to-place",
    title=gettext_lazy("待定位"),
    url="/district/placing/KEY/",
    order="due",
    columns=(
        *(column for column in _CASES.columns if column.key not in {"area", "lead", "owner", "level"}),
        Column(key="address", label=gettext_lazy("居民说的地点"), value=attrgetter("address"), is_extra=True),
        Column(
            key="outside",
            label=gettext_lazy("为什么在这里"),
            value=lambda case: _("位置不在本区") if case.is_outside else _("只知道在本区"),
        ),
    ),
    filters=(
        figure(
            {"unplaced": words.CASES["unplaced"], "outside": words.CASES["outside"]},
            lambda name: reports.CASES[name](timezone.now()),
            is_tabs=True,
        ),
    ),
    empty_title=gettext_lazy("都有地点了"),
    empty_words=gettext_lazy("系统找不到地点的、位置在区外的诉求会先到这里，核实以后派给社区或街道。"),
)
SILENT = List(
    name="silent",
    title=gettext_lazy("沉默单位"),
    url=CASE,
    key=attrgetter("case_id"),
    order="due",
    columns=(
        Column(
            key="case", label=gettext_lazy("事项"), value=lambda row: row.case.title, is_main=True, is_personal=True
        ),
        Column(key="unit", label=gettext_lazy("单位"), value=lambda row: unit_of(row.unit_id)),
        Column(
            key="due",
            label=gettext_lazy("报到时限"),
            value=attrgetter("report_in_due_at"),
            show=due_cell,
            sort="report_in_due_at",
        ),
        Column(
            key="called", label=gettext_lazy("吹哨"), value=attrgetter("called_at"), sort="called_at", is_extra=True
        ),
        Column(
            key="lead",
            label=gettext_lazy("牵头"),
            value=lambda row: _("牵头") if row.is_lead else _("协办"),
            is_extra=True,
        ),
        Column(
            key="area",
            label=gettext_lazy("地点"),
            value=lambda row: places.label(row.case.area_code),
            cell=lambda row: place_of(row.case.area_code),
        ),
        Column(key="number", label=gettext_lazy("编号"), value=lambda row: row.case.number, is_extra=True),
    ),
    filters=(
        Filter(
            key="unit",
            label=gettext_lazy("单位"),
            choices=lambda _request: [(str(each.pk), staff.unit_name(each)) for each in staff.units()],
            fields=("unit_id",),
        ),
        area("case__area_code"),
    ),
    tone=lambda _row: "late",
    empty_title=gettext_lazy("都报到了"),
    empty_words=gettext_lazy("被吹哨的单位过了报到时限还没有回应，会出现在这里。"),
)
SUPERVISION = replace(
    clock_rows.supervision("supervision", gettext_lazy("督办"), url=CASE, area=area("case__area_code")), order="-level"
)
TO_RULE = clock_rows.applications("to-rule", gettext_lazy("待我审批"), url=CASE, is_open_only=True)
APPLICATIONS = clock_rows.applications("applications", gettext_lazy("申请与审批"), url=CASE, order="-asked")
