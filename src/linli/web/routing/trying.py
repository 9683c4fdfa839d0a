"""Where would this go, and which rule said so; and what the drafts would have changed (试派、回放)."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.case import routed
from linli.case.deadlines import calendar
from linli.routing import queries as routing
from linli.routing.rules import SKIPPED, RuleState, Verdict
from linli.shared.roles import Role
from linli.text import queries as text
from linli.web.admin.doors import page_for
from linli.web.casepage.words import category_label, unit_label
from linli.web.routing import forms, words
from linli.web.session import post_of

LINES_SHOWN = 500
ELSEWHERE = frozenset({Verdict.OTHER_CATEGORY, Verdict.OTHER_AREA})


@require_GET
@page_for(Role.ADMIN, Role.DISTRICT)
def attempt(request: HttpRequest) -> HttpResponseBase:
    """Say where an imagined case would go, with every rule asked on the way (试派)."""
    post = post_of(request)
    asked = request.GET if {"text", "category"} & set(request.GET) else None
    form = forms.TryForm(asked, post=post)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        context |= _answer(form.cleaned_data, district=post.area_code)
    return render(request, "routing/attempt.html", context, status=422 if form.errors else 200)


@require_GET
@page_for(Role.ADMIN, Role.DISTRICT)
def replay(request: HttpRequest) -> HttpResponseBase:
    """Say which of the last days' cases the drafts would have sent elsewhere (回放)."""
    form = forms.ReplayForm(request.GET if "days" in request.GET else None)
    drafts = [rule for rule in routing.listed() if rule.state == RuleState.DRAFT]
    context: dict[str, Any] = {"form": form, "draft_count": len(drafts)}
    if form.is_bound and form.is_valid():
        until = timezone.now()
        since = until - timedelta(days=form.cleaned_data["days"])
        found = routed.replay(prefix=post_of(request).area_code, since=since, until=until)
        ways = [(unit_label(before), unit_label(after), count) for before, after, count in found.ways]
        samples = [(moved, words.route_words(moved.before), words.route_words(moved.after)) for moved in found.samples]
        context |= {"found": found, "ways": ways, "samples": samples, "samples_max": routed.SAMPLES_MAX}
        context["can_open"] = post_of(request).role == Role.DISTRICT
    return render(request, "routing/replay.html", context, status=422 if form.errors else 200)


def _answer(said: dict[str, Any], *, district: str) -> dict[str, Any]:
    suggested = text.suggest_category(said["text"]) if said["text"] else []
    code = said["category"] or (suggested[0].code if suggested else text.OTHER)
    area = said["area"] or district
    told = routing.explain(
        category_code=code, area_code=area, at=said["at"], has_drafts=said["drafts"], days=calendar()
    )
    lines = [_line(line, verdict) for line, verdict in told.lines]
    keywords = suggested[0].words if suggested and not said["category"] else ()
    return {
        "route": told.route,
        "route_words": words.route_words(told.route),
        "unit": unit_label(told.route.unit.pk),
        "category_words": category_label(code),
        "keywords": _("、").join(keywords),
        "area_words": words.area_words(area) if len(area) > len(district) else _("只知道在本区"),
        "at": said["at"],
        "near": [line for line in lines if line["verdict"] not in ELSEWHERE],
        "elsewhere": [line for line in lines if line["verdict"] in ELSEWHERE][:LINES_SHOWN],
        "elsewhere_count": sum(line["verdict"] in ELSEWHERE for line in lines),
        "count": len(lines),
    }


def _line(line: Any, verdict: Verdict) -> dict[str, Any]:
    rule = line.rule
    return {
        "rule": rule,
        "category": words.category_words(rule.category),
        "area": words.area_words(rule.area),
        "time": words.time_words(rule),
        "unit": unit_label(rule.unit_id),
        "verdict": verdict,
        "words": words.verdict_words(verdict),
        "is_match": verdict is Verdict.MATCHED,
        "is_skipped": verdict in SKIPPED,
        "is_draft": rule.state is RuleState.DRAFT,
    }
