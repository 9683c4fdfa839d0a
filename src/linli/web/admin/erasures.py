"""What is kept how long, and the ledger of what was removed when its time was over (保存期限、清除台账)."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from linli.shared import queries as shared
from linli.shared.retention import RULE_LABELS, Kept, first_wrong
from linli.shared.roles import Role
from linli.web.admin.doors import page_for
from linli.web.lists import Column, Filter, List


def _what(row: Any) -> str:
    return _(RULE_LABELS[Kept(row.rule)].label)


def _then(row: Any) -> str:
    return _(RULE_LABELS[Kept(row.rule)].then)


ERASURES = List(
    name="erasures",
    title=gettext_lazy("清除台账"),
    order="-at",
    columns=(
        Column(key="at", label=gettext_lazy("时间"), sort="at", is_main=True),
        Column(key="rule", label=gettext_lazy("清除了什么"), value=_what),
        Column(key="then", label=gettext_lazy("怎样清除"), value=_then),
        Column(key="count", label=gettext_lazy("条数"), sort="count", is_number=True),
        Column(
            key="records_digest",
            label=gettext_lazy("编号的指纹"),
            value=lambda row: bytes(row.records_digest).hex()[:16],
        ),
    ),
    filters=(
        Filter(
            key="rule",
            label=gettext_lazy("清除了什么"),
            choices=tuple((kept.value, gettext_lazy(rule.label)) for kept, rule in RULE_LABELS.items()),
            fields=("rule",),
        ),
        Filter(key="since", label=gettext_lazy("从"), kind="since", fields=("at",)),
        Filter(key="until", label=gettext_lazy("到"), kind="until", fields=("at",)),
    ),
    live="",
    empty_title=gettext_lazy("还没有到期清除过"),
)


@require_GET
@page_for(Role.ADMIN, Role.AUDITOR)
def ledger(request: HttpRequest) -> HttpResponseBase:
    """Show what is kept how long, what was removed, and whether the ledger is whole (清除台账)."""
    wrong = first_wrong()
    rules = [{"label": _(rule.label), "until": _(rule.until), "then": _(rule.then), "ground": _(rule.ground)}
             for rule in RULE_LABELS.values()]  # fmt: skip
    context = {"title": _("清除台账"), "rules": rules, "wrong": wrong}
    return ERASURES.answer(request, shared.erasures(), "admin/erasures.html", context)
