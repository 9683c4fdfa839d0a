"""The lists of applications and of supervision that every desk shows (申请、督办清单)."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.case.rules import DEADLINE_LABELS, RUNGS
from linli.handling.rules import APPLICATION_LABELS, KIND_LABELS, ApplicationKind, ApplicationState
from linli.staff import queries as staff
from linli.web.casepage import rows, words
from linli.web.casepage.forms import area_choices
from linli.web.lists import Column, Filter, List, due_cell, moment_cell, state_cell
from linli.web.session import post_of

case_of = attrgetter("case")


def _kind(row: Any) -> str:
    label = _(KIND_LABELS[ApplicationKind(row.kind)])
    return _("%s异议") % label if row.is_objection else label


def _state(row: Any) -> str:
    return _(APPLICATION_LABELS[ApplicationState(row.state)])


_STATE_CELLS: Mapping[str, tuple[str, str]] = {
    "ASKED": ("hourglass", "soon"),
    "GRANTED": ("circle-check", "accent"),
    "DENIED": ("circle-x", "over"),
    "TAKEN_BACK": ("arrow-back-up", "over"),
    "LAPSED": ("minus", "over"),
}


def applications(name: str, title: Any, *, url: str, order: str = "asked", is_open_only: bool = False) -> List:
    """Declare a list of applications."""
    state = Column(
        key="state",
        label=gettext_lazy("结果"),
        value=_state,
        cell=lambda row: state_cell(_state(row), *_STATE_CELLS[row.state]),
    )
    decider = Column(key="decider", label=gettext_lazy("谁审批"), value=lambda row: words.unit_label(row.decider_id))
    states = Filter(
        key="state",
        label=gettext_lazy("结果"),
        choices=lambda _request: [(each.value, _(label)) for each, label in APPLICATION_LABELS.items()],
        fields=("state",),
    )
    return List(
        name=name,
        title=title,
        order=order,
        url=url,
        key=attrgetter("case_id"),
        columns=(
            rows.title_column(case_of),
            Column(key="kind", label=gettext_lazy("申请"), value=_kind),
            Column(key="unit", label=gettext_lazy("谁申请"), value=lambda row: words.unit_label(row.asked_by_unit_id)),
            Column(key="reason", label=gettext_lazy("理由"), value=attrgetter("reason"), is_extra=True),
            Column(
                key="asked", label=gettext_lazy("何时"), value=attrgetter("asked_at"), show=moment_cell, sort="asked_at"
            ),
            Column(
                key="due",
                label=gettext_lazy("办结时限"),
                value=lambda row: row.case.due_at,
                cell=lambda row: rows.limit_cell(row.case),
            ),
            *(() if is_open_only else (state, decider)),
            rows.number_column(case_of, sort=""),
        ),
        filters=(
            Filter(
                key="kind",
                label=gettext_lazy("申请"),
                choices=lambda _request: [(each.value, _(label)) for each, label in KIND_LABELS.items()],
                fields=("kind",),
            ),
            *(() if is_open_only else (states,)),
            area_filter(),
        ),
        empty_title=gettext_lazy("没有申请"),
        empty_words=gettext_lazy("申请延期、挂账、退单、免责的，会出现在审批单位这里。"),
    )


def area_filter() -> Filter:
    """Choose an area of one's own, by the case."""
    return Filter(
        key="area",
        label=gettext_lazy("区域"),
        choices=lambda request: area_choices(post_of(request).area_code),
        apply=lambda found, code: found.filter(case__area_code__gte=code, case__area_code__lt=code + ":"),
    )


def rung_words(row: Any) -> str:
    """Name a rung and what it is about: 黄牌：办结."""
    return _("%(label)s：%(what)s") % {
        "label": _(RUNGS[row.level].label),
        "what": words.deadline_label(row.deadline),
    }


def _rung_cell(row: Any) -> str:
    return state_cell(rung_words(row), "alarm", "late" if row.level > 1 else "soon")


def _origin(row: Any) -> str:
    return _("人工：%s") % row.words if row.by_post_id else _("到点自动")


def _cleared(row: Any) -> str:
    if row.cleared_at is None:
        return state_cell(_("未销"), "alarm", "late")
    return moment_cell(row.cleared_at)


def _why_cleared(row: Any) -> str:
    if row.cleared_at is None:
        return ""
    return str(row.clear_reason) or _("做到了或时限改了，自动销督")


def _why_shortly(row: Any) -> str:
    return str(row.clear_reason) if row.clear_reason or row.cleared_at is None else _("自动销督")


def _units(_request: HttpRequest) -> list[tuple[str, str]]:
    return [(str(each.pk), staff.unit_name(each)) for each in staff.units()]


def _standing(found: QuerySet[Any], value: str) -> QuerySet[Any]:
    return found.filter(cleared_at__isnull=value == "standing")


def _by(found: QuerySet[Any], value: str) -> QuerySet[Any]:
    return found.filter(by_post_id__isnull=value == "clock")


def supervision(
    name: str,
    title: Any,
    *,
    url: str,
    live: str = "area unit",
    is_standing_only: bool = False,
    area: Filter | None = None,
) -> List:
    """Declare a list of what is or was supervised: 催办, 督办, 黄牌, 红牌."""
    cleared = (
        Column(key="cleared", label=gettext_lazy("销督"), value=attrgetter("cleared_at"), cell=_cleared),
        Column(key="why", label=gettext_lazy("为何销督"), value=_why_cleared, cell=_why_shortly, is_extra=True),
    )
    tabs = Filter(
        key="is",
        label=gettext_lazy("看哪些"),
        choices=(("standing", gettext_lazy("未销")), ("cleared", gettext_lazy("已销"))),
        apply=_standing,
        is_tabs=True,
    )
    return List(
        name=name,
        title=title,
        order="-at",
        url=url,
        key=attrgetter("case_id"),
        live=live,
        columns=(
            rows.title_column(case_of),
            Column(key="level", label=gettext_lazy("督办"), value=rung_words, cell=_rung_cell, sort="level"),
            Column(key="unit", label=gettext_lazy("对谁"), value=lambda row: words.unit_label(row.unit_id)),
            Column(
                key="raised",
                label=gettext_lazy("提到"),
                value=lambda row: words.unit_label(row.raised_to_id),
                is_extra=True,
                is_spare=True,
            ),
            Column(key="due", label=gettext_lazy("应完成"), value=attrgetter("due_at"), show=due_cell, sort="due_at"),
            Column(key="at", label=gettext_lazy("从何时"), value=attrgetter("at"), show=moment_cell, sort="at"),
            Column(key="by", label=gettext_lazy("怎么来的"), value=_origin, is_extra=True, is_spare=True),
            *(() if is_standing_only else cleared),
            rows.number_column(case_of, sort=""),
        ),
        filters=(
            *(() if is_standing_only else (tabs,)),
            Filter(
                key="level",
                label=gettext_lazy("级别"),
                choices=lambda _request: [(str(level), _(rung.label)) for level, rung in RUNGS.items()],
                fields=("level",),
            ),
            Filter(
                key="deadline",
                label=gettext_lazy("因为"),
                choices=lambda _request: [(each.value, _(label)) for each, label in DEADLINE_LABELS.items()],
                fields=("deadline",),
            ),
            Filter(
                key="by",
                label=gettext_lazy("怎么来的"),
                choices=(("clock", gettext_lazy("到点自动")), ("person", gettext_lazy("人工"))),
                apply=_by,
            ),
            Filter(
                key="unit",
                label=gettext_lazy("对谁"),
                choices=_units,
                apply=lambda found, pk: found.filter(Q(unit_id=int(pk))),
            ),
            area or area_filter(),
            Filter(key="since", label=gettext_lazy("从"), kind="since", fields=("at",)),
            Filter(key="until", label=gettext_lazy("到"), kind="until", fields=("at",)),
        ),
        tone=lambda row: "late" if row.cleared_at is None and row.due_at < timezone.now() else "",
        empty_title=gettext_lazy("没有督办"),
        empty_words=gettext_lazy(
            "时限用到四分之三时自动催办，到点督办，再超半程黄牌、一程红牌；也可以在事项页上人工督办。"
        ),
    )
