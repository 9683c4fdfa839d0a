"""The responsibility list: read it, change it, try it, replay it (责任清单)."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.routing import actions as routing_actions
from linli.routing import queries as routing
from linli.routing.rules import RuleState
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.web.admin.doors import by, filled, page_for, reason_of
from linli.web.casepage.words import unit_label
from linli.web.routing import forms, words
from linli.web.session import post_of

PAGE_SIZE = 100
STATES = {"broken", "DRAFT", "IN_FORCE", "RETIRED"}


@require_GET
@page_for(Role.ADMIN, Role.DISTRICT)
def rules(request: HttpRequest) -> HttpResponseBase:
    """List the rules in the order they are asked, the broken ones marked (责任清单)."""
    shown, broken, hidden = list(routing.listed()), routing.broken(), routing.hidden()
    places = {rule.pk: number for number, rule in enumerate(shown, 1)}
    asked, state = request.GET.get("q", "").strip()[:100], request.GET.get("state", "")
    if state == RuleState.RETIRED:
        shown = list(routing.retired())
    lines = [line_of(rule, place=places.get(rule.pk, 0), broken=broken, hidden=hidden) for rule in shown]
    found = [line for line in lines if _is_asked(line, asked=asked, state=state)]
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "count": len(lines),
        "draft_count": sum(rule.state == RuleState.DRAFT for rule in shown),
        "broken_count": len(broken),
        "asked": asked,
        "state": state if state in STATES else "",
        "can_edit": post_of(request).role == Role.ADMIN,
        "retired_count": routing.retired().count(),
    }
    return render(request, "routing/rules.html", context)


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def new_rule(request: HttpRequest) -> HttpResponseBase:
    """Add a rule (新增规则)."""
    form = forms.RuleForm(request.POST or None, post=post_of(request), is_new=True)

    def add() -> str:
        said = form.cleaned_data
        routing_actions.add_rule(terms=form.terms(), position=said["position"], reason=said["reason"], **by(request))
        return reverse("routing:rules")

    return filled(request, form, add, title=_("新增规则"), back=reverse("routing:rules"))


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def rule(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show a rule with all its versions, and change it (更改规则)."""
    known = routing.rule(pk)
    named = ("category_code", "area_code", "valid_from", "valid_to", "note", "state", "version")
    initial = {name: getattr(known, name) for name in named} | {"unit": known.unit_id, "hours": known.hours}
    form = forms.RuleForm(request.POST or None, post=post_of(request), is_new=False, present=known, initial=initial)

    def change() -> str:
        said = form.cleaned_data
        routing_actions.change_rule(
            pk=pk, terms=form.terms(), version=said["version"] or 0, reason=said["reason"], **by(request)
        )
        return reverse("routing:rules")

    if known.state == RuleState.RETIRED:
        return render(request, "routing/retired_rule.html", {"rule": known, "versions": versions_of(pk)})
    title = _("第 %(number)s 号规则（第 %(version)s 版）") % {"number": pk, "version": known.version}
    shown = {"rule": known, "versions": versions_of(pk)}
    back = reverse("routing:rules")
    return filled(request, form, change, title=title, back=back, extra="routing/rule_extra.html", shown=shown)


@require_POST
@page_for(Role.ADMIN)
def retire(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask a rule no longer (停用规则)."""
    routing_actions.retire_rule(pk=pk, reason=reason_of(request), **by(request))
    messages.success(request, _("已停用；用过它的事项不变。"))
    return redirect("routing:rules")


@require_POST
@page_for(Role.ADMIN)
def move(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Set a rule earlier or later in the list (调整顺序)."""
    wanted = request.POST.get("to", "")
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 7:
        routing_actions.move_rule(pk=pk, place_wanted=int(wanted), **by(request))
        messages.success(request, _("顺序已改，马上生效。"))
    else:
        messages.error(request, _("请写要排在第几条。"))
    return redirect(reverse("routing:rules") + f"#rule-{pk}")


@require_POST
@page_for(Role.ADMIN)
def put_in_force(request: HttpRequest) -> HttpResponseBase:
    """Put every draft in force (草稿启用)."""
    count = routing_actions.put_in_force(reason=reason_of(request), **by(request))
    messages.success(request, _("已启用 %s 条，新的诉求马上按它们派。") % count)
    return redirect("routing:rules")


def line_of(rule: Any, *, place: int, broken: dict[int, Any], hidden: dict[int, int]) -> dict[str, Any]:
    """Return what a row of the list shows of a rule."""
    trouble = words.BROKEN_WORDS.get(broken[rule.pk], "") if rule.pk in broken else ""
    by_earlier = hidden.get(rule.pk)
    return {
        "rule": rule,
        "place": place,
        "category": words.category_words(rule.category_code),
        "area": words.area_words(rule.area_code),
        "time": words.time_words(rule),
        "unit": staff.unit_name(rule.unit),
        "state": words.state_words(rule.state),
        "is_draft": rule.state == RuleState.DRAFT,
        "trouble": _(trouble) if trouble else "",
        "hidden": _("排在后面，永远轮不到：第 %s 号规则已经全管了") % by_earlier if by_earlier else "",
    }


def versions_of(pk: int) -> list[dict[str, Any]]:
    """Return every version of a rule in words, the newest first."""
    versions = list(routing.versions(pk))
    hands = {post.pk: staff.post_words(post) for post in _posts({row.by_post_id for row in versions})}
    return [
        {
            "version": row.version,
            "at": row.at,
            "by": hands.get(row.by_post_id or 0, ""),
            "reason": row.reason,
            "terms": _terms_words(row.terms),
            "state": words.state_words(row.terms["state"]),
        }
        for row in versions
    ]


def _posts(pks: set[int | None]) -> list[Any]:
    found = staff.every_post().filter(pk__in=[pk for pk in pks if pk])
    return list(found.select_related("unit", "account"))


def _terms_words(terms: dict[str, Any]) -> str:
    times = words.time_words(_Said(terms))
    parts = [words.category_words(terms["category_code"]), words.area_words(terms["area_code"]), times]
    return " · ".join([*parts, "→ " + unit_label(terms["unit_id"]), *filter(None, [terms.get("note", "")])])


class _Said:
    """What a kept version says of its times."""

    def __init__(self, terms: dict[str, Any]) -> None:
        self.valid_from, self.valid_to, self.hours = terms["valid_from"], terms["valid_to"], terms["hours"]


def _is_asked(line: dict[str, Any], *, asked: str, state: str) -> bool:
    told = f"{line['category']} {line['area']} {line['unit']} {line['rule'].note} {line['rule'].category_code}"
    if asked and asked.lower() not in f"{told} {line['rule'].area_code} #{line['rule'].pk}".lower():
        return False
    if state == "broken":
        return bool(line["trouble"] or line["hidden"])
    return state not in STATES or line["rule"].state == state
