"""The tree of areas with its history, and taking in new editions: rehearse first, then write (区域)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.place import actions as places
from linli.place import queries as place
from linli.place.actions import ImportRefused, ImportReport
from linli.place.forms import looks_like_features, read_features, read_table
from linli.place.rules import Datum
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.web.admin import forms, uploads
from linli.web.admin.doors import by, page_for
from linli.web.refusals import sentence
from linli.web.session import post_of

PROBLEMS_SHOWN = 500
INSIDE_SHOWN = 1000
FORMS: dict[str, Any] = {"areas": forms.AreasForm, "grids": forms.GridsForm}


@require_GET
@page_for(Role.ADMIN)
def tree(request: HttpRequest) -> HttpResponseBase:
    """Show an area, what lies inside, and what it was called over the years."""
    code = request.GET.get("area", "") or post_of(request).area_code
    shown = place.place(code)
    if shown is None and code != post_of(request).area_code:
        raise Refused("没有这个区域。")
    inside = place.children(code)
    context = {
        "code": code,
        "shown": shown,
        "trail": [(each, place.name(each)) for each in place.ancestry(code)],
        "inside": [_line(each) for each in inside[:INSIDE_SHOWN]],
        "inside_count": len(inside),
        "closed": [
            (each, place.full_name(each.successor_code, get_language() or "zh-hans"))
            for each in place.closed_inside(code)
        ],
        "published": place.published(code)[:INSIDE_SHOWN],
    }
    return render(request, "admin/areas.html", context)


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def rehearse(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Take a file, list every problem by row, and write nothing yet."""
    form = FORMS[kind](request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "kind": kind}
    if request.method == "POST" and form.is_valid():
        answers = {name: value for name, value in form.cleaned_data.items() if name != "file" and value}
        token = uploads.keep(form.cleaned_data["file"])
        try:
            report = _take_in(kind, uploads.read(token), answers, request, dry_run=True)
        except Refused as refusal:
            form.add_error("file", sentence(refusal))
        else:
            more = {"token": token, "answers": answers, "name": form.cleaned_data["file"].name}
            return render(request, "admin/import_report.html", {**context, **more, **_told(report)})
    return render(request, "admin/import.html", context, status=200 if request.method == "GET" else 422)


@require_POST
@page_for(Role.ADMIN)
def take_in(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Write what was rehearsed; if the world has changed since, say what stands in the way."""
    token = request.POST.get("token", "")
    answers = {name: request.POST[name] for name in ("year", "datum") if request.POST.get(name)}
    try:
        report = _take_in(kind, uploads.read(token), answers, request, dry_run=False)
    except ImportRefused as refusal:
        context = {"kind": kind, "token": token, "answers": answers, **_told(refusal.report)}
        return render(request, "admin/import_report.html", context, status=409)
    uploads.forget(token)
    counts = {"created": len(report.created), "changed": len(report.changed), "closed": len(report.closed)}
    messages.success(request, _("已导入：新增 %(created)s，更新 %(changed)s，停用 %(closed)s。") % counts)
    return redirect("admin_areas")


def _take_in(
    kind: str, content: bytes, answers: dict[str, Any], request: HttpRequest, *, dry_run: bool
) -> ImportReport:
    who = {**by(request), "by_words": staff.post_words(post_of(request)), "dry_run": dry_run}
    if kind == "areas":
        year = int(answers["year"]) if str(answers.get("year", "")).isdigit() else None
        return places.import_areas(rows=read_table(content), year=year, **who)
    is_map = looks_like_features(content)
    return places.import_grids(
        features=read_features(content) if is_map else None,
        rows=None if is_map else read_table(content),
        datum=Datum(answers["datum"]),
        **who,
    )


def _told(report: ImportReport) -> dict[str, Any]:
    return {
        "report": report,
        "problems": report.problems[:PROBLEMS_SHOWN],
        "unshown_count": max(0, len(report.problems) - PROBLEMS_SHOWN),
        "back": reverse("admin_areas"),
        "at": timezone.now(),
    }


def _line(area: Any) -> dict[str, Any]:
    below = place.children(area.code)
    return {
        "area": area,
        "level": _(place.level_label(area.level)),
        "count": len(below),
        "undrawn": sum(each.lng is None for each in below) if below and below[0].level == "GRID" else 0,
        "is_drawn": area.lng is not None,
    }
