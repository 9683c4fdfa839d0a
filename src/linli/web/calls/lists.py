"""Calls past and present, and the visits that follow them, as lists (呼叫记录、呼叫回访)."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.call import queries
from linli.call.rules import OUTCOMES, OUTCOMES_BY_CODE, PRESS_KIND_LABELS, PressKind
from linli.call.states import CALL_STATE_LABELS, CallState
from linli.place import queries as places
from linli.web.duty.doors import for_told
from linli.web.lists import Column, Filter, List, due_cell, moment_cell
from linli.web.session import post_of


def _where(row: Any) -> str:
    return places.full_name(places.grid_of(row.area_code), get_language() or "zh-hans")


def _address(row: Any) -> str:
    return row.holding.address if row.holding else ""


PAST = List(
    name="calls",
    title=gettext_lazy("呼叫记录"),
    order="-raised_at",
    url="/calls/KEY/",
    columns=(
        Column(key="number", label=gettext_lazy("编号"), is_main=True),
        Column(key="state", label=gettext_lazy("状态"), value=lambda row: _(CALL_STATE_LABELS[CallState(row.state)])),
        Column(key="kind", label=gettext_lazy("种类"), value=lambda row: _(PRESS_KIND_LABELS[PressKind(row.kind)])),
        Column(key="address", label=gettext_lazy("在哪一户"), value=_address, is_personal=True),
        Column(key="area", label=gettext_lazy("区域"), value=_where, is_extra=True),
        Column(key="raised_at", label=gettext_lazy("按下时间"), show=moment_cell, sort="raised_at"),
        Column(key="answered_at", label=gettext_lazy("接应"), show=moment_cell, sort="answered_at"),
        Column(key="on_scene_at", label=gettext_lazy("到场"), show=moment_cell, sort="on_scene_at", is_extra=True),
        Column(
            key="outcome",
            label=gettext_lazy("结果"),
            value=lambda row: _(OUTCOMES_BY_CODE[row.outcome].label) if row.outcome else "",
        ),
    ),
    filters=(
        Filter(
            key="state",
            label=gettext_lazy("状态"),
            choices=[(state.value, gettext_lazy(CALL_STATE_LABELS[state])) for state in CallState],
            fields=("state",),
            is_tabs=True,
        ),
        Filter(
            key="outcome",
            label=gettext_lazy("结果"),
            choices=[(one.code, gettext_lazy(one.label)) for one in OUTCOMES],
            fields=("outcome",),
        ),
        Filter(
            key="kind",
            label=gettext_lazy("种类"),
            choices=[(kind.value, gettext_lazy(PRESS_KIND_LABELS[kind])) for kind in PressKind],
            fields=("kind",),
        ),
        Filter(key="since", label=gettext_lazy("从"), kind="since", fields=("raised_at",)),
        Filter(key="until", label=gettext_lazy("到"), kind="until", fields=("raised_at",)),
        Filter(key="q", label=gettext_lazy("编号或门牌"), kind="words", fields=("number", "holding__address")),
    ),
    live="call",
    empty_title=gettext_lazy("没有呼叫"),
)

VISITS = List(
    name="visits",
    title=gettext_lazy("呼叫回访"),
    order="due",
    key=lambda row: row.call_id,
    url="/calls/KEY/",
    columns=(
        Column(key="number", label=gettext_lazy("编号"), value=lambda row: row.call.number, is_main=True),
        Column(key="address", label=gettext_lazy("在哪一户"), value=lambda row: _address(row.call), is_personal=True),
        Column(key="area", label=gettext_lazy("区域"), value=_where, is_extra=True),
        Column(
            key="outcome",
            label=gettext_lazy("结果"),
            value=lambda row: _(OUTCOMES_BY_CODE[row.call.outcome].label) if row.call.outcome else "",
        ),
        Column(key="due", label=gettext_lazy("回访期限"), value=lambda row: row.due_at, show=due_cell, sort="due_at"),
    ),
    live="call",
)


@for_told
@require_safe
def past(request: HttpRequest) -> HttpResponseBase:
    """List every call the post may see, the newest first."""
    return PAST.answer(request, queries.all_calls(post_of(request)), "calls/list.html")


@for_told
@require_safe
def visits(request: HttpRequest) -> HttpResponseBase:
    """List the visits that wait, the soonest due first."""
    return VISITS.answer(request, queries.visits_waiting(post_of(request)), "calls/list.html")
