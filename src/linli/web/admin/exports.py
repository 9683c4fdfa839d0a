"""The ledger of files that left the system: who, which list, which rows, for what (导出台账)."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from linli.people.rules import PURPOSE_LABELS, Purpose
from linli.shared import queries as shared
from linli.shared.roles import Role
from linli.web.admin.doors import page_for
from linli.web.lists import Column, Filter, List


def _filters(row: Any) -> str:
    return _("；").join(f"{name}={value}" for name, value in row.filters.items()) or _("没有筛选")


def _purpose(row: Any) -> str:
    return _(PURPOSE_LABELS[Purpose(row.purpose)]) if row.purpose else ""


EXPORTS = List(
    name="exports",
    title=gettext_lazy("导出台账"),
    order="-at",
    columns=(
        Column(key="at", label=gettext_lazy("时间"), sort="at", is_main=True),
        Column(key="by_words", label=gettext_lazy("谁导出的")),
        Column(key="list_title", label=gettext_lazy("哪个列表"), sort="list_title"),
        Column(key="row_count", label=gettext_lazy("行数"), sort="row_count", is_number=True),
        Column(key="kind", label=gettext_lazy("格式")),
        Column(key="purpose", label=gettext_lazy("用途"), value=_purpose),
        Column(key="reason", label=gettext_lazy("说明"), is_extra=True),
        Column(key="filters", label=gettext_lazy("筛选条件"), value=_filters, is_extra=True),
        Column(key="columns", label=gettext_lazy("列"), value=lambda row: _("、").join(row.columns), is_extra=True),
        Column(key="path", label=gettext_lazy("页面"), is_extra=True),
    ),
    filters=(
        Filter(
            key="personal",
            label=gettext_lazy("内容"),
            choices=(("True", gettext_lazy("有居民内容")), ("False", gettext_lazy("没有居民内容"))),
            fields=("is_personal",),
        ),
        Filter(key="q", label=gettext_lazy("谁或哪个列表"), kind="words", fields=("by_words", "list_title", "reason")),
        Filter(key="since", label=gettext_lazy("从"), kind="since", fields=("at",)),
        Filter(key="until", label=gettext_lazy("到"), kind="until", fields=("at",)),
    ),
    live="",
    empty_title=gettext_lazy("还没有导出过"),
)


@require_GET
@page_for(Role.ADMIN, Role.AUDITOR)
def ledger(request: HttpRequest) -> HttpResponseBase:
    """Show every file that left the system (导出台账)."""
    return EXPORTS.answer(request, shared.exports(), "admin/log.html", {"title": _("导出台账")})
