"""The lists of what residents said, and of the call-backs that asked them (评价与回访清单)."""

from operator import attrgetter
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.confirm.rules import CALL_BACK_LABELS, WAY_LABELS, CallBackState, Way
from linli.report import queries as reports
from linli.web.district import words
from linli.web.district.lists import CASE, area, category, figure, lead, owner, place_of, unit, unit_of
from linli.web.lists import Column, Filter, List, moment_cell, state_cell


def _solved(row: Any) -> str:
    if row.is_solved is None:
        return _("没有说")
    return _("已解决") if row.is_solved else _("未解决")


def _state(row: Any) -> str:
    return _(CALL_BACK_LABELS[CallBackState(row.state)])


def _way(row: Any) -> str:
    return _(WAY_LABELS[Way(row.way)]) if row.way else ""


_DATES = (
    Filter(key="since", label=gettext_lazy("登记从"), kind="since", fields=("case__opened_at",)),
    Filter(key="until", label=gettext_lazy("登记到"), kind="until", fields=("case__opened_at",)),
)
CALLED = List(
    name="called",
    title=gettext_lazy("回访"),
    url=CASE,
    key=attrgetter("case_id"),
    order="-created",
    columns=(
        Column(
            key="case", label=gettext_lazy("事项"), value=lambda row: row.case.title, is_main=True, is_personal=True
        ),
        Column(key="state", label=gettext_lazy("结果"), value=_state),
        Column(key="way", label=gettext_lazy("方式"), value=_way),
        Column(key="tries", label=gettext_lazy("打过几次"), value=attrgetter("tries"), is_number=True),
        Column(key="owner", label=gettext_lazy("首接单位"), value=lambda row: unit_of(row.case.owner_id)),
        Column(key="lead", label=gettext_lazy("牵头"), value=lambda row: unit_of(row.case.lead_id), is_extra=True),
        Column(
            key="area",
            label=gettext_lazy("地点"),
            value=lambda row: place_of(row.case.area_code),
            is_extra=True,
        ),
        Column(key="created", label=gettext_lazy("派出"), value=attrgetter("created_at"), sort="created_at"),
        Column(
            key="ended",
            label=gettext_lazy("结束"),
            value=attrgetter("ended_at"),
            cell=lambda row: moment_cell(row.ended_at),
            sort="ended_at",
            is_extra=True,
        ),
    ),
    filters=(
        figure(words.CALL_BACKS, lambda name: reports.CALL_BACKS[name], is_tabs=True),
        area("case__area_code"),
        unit(lambda pk: Q(case__owner_id=pk) | Q(case__lead_id=pk)),
        owner(lambda pk: Q(case__owner_id=pk)),
        lead(lambda pk: Q(case__lead_id=pk) & ~Q(case__owner_id=pk)),
        category("case__category_code"),
        *_DATES,
    ),
    empty_title=gettext_lazy("还没有回访"),
    empty_words=gettext_lazy("事项办结以后几秒钟内派出回访，会出现在这里。"),
)
ANSWERS = List(
    name="answers",
    title=gettext_lazy("居民评价"),
    url=CASE,
    key=attrgetter("case_id"),
    order="-at",
    columns=(
        Column(
            key="case", label=gettext_lazy("事项"), value=lambda row: row.case.title, is_main=True, is_personal=True
        ),
        Column(
            key="solved",
            label=gettext_lazy("是否解决"),
            value=_solved,
            cell=lambda row: state_cell(
                _solved(row), {True: "circle-check", False: "arrow-back-up"}.get(row.is_solved, "circle-dashed")
            ),
        ),
        Column(key="rating", label=gettext_lazy("满意度"), value=lambda row: words.RATINGS.get(row.rating, "")),
        Column(key="reason", label=gettext_lazy("居民的话"), value=attrgetter("reason"), is_extra=True),
        Column(key="owner", label=gettext_lazy("首接单位"), value=lambda row: unit_of(row.owner_id)),
        Column(key="handler", label=gettext_lazy("办理单位"), value=lambda row: unit_of(row.handler_id), is_extra=True),
        Column(
            key="by",
            label=gettext_lazy("谁填的"),
            value=lambda row: _("工作人员代填") if row.by_post_id else _("居民本人"),
            is_extra=True,
        ),
        Column(key="at", label=gettext_lazy("时间"), value=attrgetter("at"), sort="at"),
    ),
    filters=(
        figure(words.ANSWERS, lambda name: reports.ANSWERS[name], is_tabs=True),
        area("case__area_code"),
        unit(lambda pk: Q(owner_id=pk) | Q(handler_id=pk)),
        owner(lambda pk: Q(owner_id=pk)),
        lead(lambda pk: Q(handler_id=pk) & ~Q(owner_id=pk)),
        category("case__category_code"),
        Filter(key="since", label=gettext_lazy("登记从"), kind="since", fields=("case__opened_at",)),
        Filter(key="until", label=gettext_lazy("登记到"), kind="until", fields=("case__opened_at",)),
    ),
    empty_title=gettext_lazy("还没有评价"),
    empty_words=gettext_lazy("居民确认或退回以后，会出现在这里。"),
)
