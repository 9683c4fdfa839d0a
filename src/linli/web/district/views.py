"""Pages of the district's desk; a street sees its own part of the same pages."""

import tempfile
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.case import chains as histories
from linli.case import queries as cases
from linli.handling import queries as handled
from linli.report import actions as report_actions
from linli.report import queries as reports
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.web.casepage.rulings import to_rule_list
from linli.web.district import board as boards
from linli.web.district import layers, links, lists, places, placing, rates, said, words
from linli.web.district.forms import WeightsForm
from linli.web.district.periods import labels, period_of
from linli.web.district.refusing import saying_why
from linli.web.lists import export
from linli.web.session import desk, post_of
from linli.whistle import queries as calls

RULINGS = to_rule_list(lists.CASE)
CHAINS_SHOWN = 200
watching = desk(Role.DISTRICT, Role.STREET)
centre = desk(Role.DISTRICT)
checking = desk(Role.DISTRICT, Role.ADMIN, Role.AUDITOR)


@never_cache
@require_safe
@watching
@saying_why
def board(request: HttpRequest) -> HttpResponse:
    """Show the live board; with wall=1 as large as a wall."""
    shown = boards.context(request, post=post_of(request), at=timezone.now())
    template = "district/wall.html" if request.GET.get("wall") else "district/board.html"
    return render(request, template, {**shown, **_search(request), "panel_pattern": lists.CASE})


@require_safe
@watching
@saying_why
def layer(request: HttpRequest) -> HttpResponse:
    """Answer with the shapes of the map; asked again, only says whether they have changed."""
    shapes, tag = layers.layer(places.here(request, post=post_of(request)))
    response = HttpResponse(shapes, content_type="application/geo+json", headers={"ETag": f'"{tag}"'})
    if request.headers.get("If-None-Match") == f'"{tag}"':
        response = HttpResponse(status=304, headers={"ETag": f'"{tag}"'})
    patch_cache_control(response, private=True, no_cache=True)
    return response


@never_cache
@require_safe
@watching
@saying_why
def case_list(request: HttpRequest) -> HttpResponseBase:
    """List cases; a whole number finds its case whatever else is asked."""
    post = post_of(request)
    asked = request.GET.get("q", "")
    found = cases.by_number(asked, post=post) if asked else None
    if found is not None:
        return redirect("district:case", pk=found.pk)
    context = {"heading": _heading(request), **_search(request)}
    return lists.cases(request).answer(request, reports.cases(prefix=post.area_code), "district/cases.html", context)


@never_cache
@require_safe
@centre
@saying_why
def to_place(request: HttpRequest) -> HttpResponseBase:
    """List the open cases that nobody could place, or that lie outside."""
    at = timezone.now()
    unknown = reports.CASES["unplaced"](at) | reports.CASES["outside"](at)
    waiting = reports.cases(prefix=post_of(request).area_code).filter(unknown)
    return lists.TO_PLACE.answer(request, waiting, "district/to_place.html", _search(request))


@never_cache
@require_http_methods(["GET", "POST"])
@centre
@saying_why
def place_case(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a case a place and whoever answers for it, in one step."""
    post = post_of(request)
    case = calls.case_for(pk, post=post)
    form = placing.PlacingForm(request.POST or None, post=post)
    status = 200 if request.method == "GET" else 422
    if request.method == "POST" and form.is_valid():
        unit = placing.place_and_dispatch(case=case, post=post, said=form.cleaned_data, at=timezone.now())
        messages.success(request, _("已定位，派给%s。") % unit)
        return redirect("district:case", pk=pk)
    layer_url = links.address("layer", area=post.area_code, level="COMMUNITY")
    return render(
        request, "district/place_case.html", {"case": case, "form": form, "layer_url": layer_url}, status=status
    )


@never_cache
@require_safe
@watching
@saying_why
def silent(request: HttpRequest) -> HttpResponseBase:
    """List the calls past their report-in time."""
    calls = reports.silent_calls(prefix=post_of(request).area_code, at=timezone.now())
    return lists.SILENT.answer(request, calls, "district/silent.html", _search(request))


@never_cache
@require_safe
@watching
@saying_why
def supervision(request: HttpRequest) -> HttpResponseBase:
    """List what is supervised, standing and cleared."""
    recorded = reports.supervisions(prefix=post_of(request).area_code)
    return lists.SUPERVISION.answer(request, recorded, "district/supervision.html", _search(request))


@never_cache
@require_safe
@watching
@saying_why
def rulings(request: HttpRequest) -> HttpResponseBase:
    """List what waits for a ruling of the desk, or for its review."""
    return RULINGS.answer(request, calls.to_rule(post_of(request)), "district/rulings.html", _search(request))


@never_cache
@require_safe
@watching
@saying_why
def to_rule(request: HttpRequest) -> HttpResponseBase:
    """List what waits for the ruling of this desk."""
    waiting = handled.to_rule(post_of(request))
    return lists.TO_RULE.answer(request, waiting, "district/applications.html", _search(request))


@never_cache
@require_safe
@watching
@saying_why
def applications(request: HttpRequest) -> HttpResponseBase:
    """List what was asked about cases, and how it was ruled."""
    asked = handled.applications_in(post_of(request).area_code)
    return lists.APPLICATIONS.answer(request, asked, "district/applications.html", _search(request))


@never_cache
@require_safe
@watching
@saying_why
def answers(request: HttpRequest) -> HttpResponseBase:
    """List what residents said last of each case."""
    words_said = reports.answers(prefix=post_of(request).area_code)
    return said.ANSWERS.answer(request, words_said, "district/answers.html", _search(request))


@never_cache
@require_safe
@watching
@saying_why
def called(request: HttpRequest) -> HttpResponseBase:
    """List the call-backs, made and waiting; the rows behind the call-back success rate."""
    made = reports.call_backs(prefix=post_of(request).area_code)
    return said.CALLED.answer(request, made, "district/called.html", _search(request))


@never_cache
@require_safe
@watching
@saying_why
def rate_table(request: HttpRequest) -> HttpResponseBase:
    """Set the three rates side by side; as a page or as a file."""
    post, period = post_of(request), period_of(request.GET, at=timezone.now())
    asked, sort = rates.asked_of(request, post=post), request.GET.get("sort", "-n")
    both = rates.compared(request, asked, period=period)
    lines = rates.rows(asked, both, sort=sort)
    if request.GET.get("export") in export.WRITERS:
        export.record_table(request, title=_("三率"), kind=request.GET["export"], row_count=len(lines))
        return _file(rates.table(lines, asked=asked, both=both), kind=request.GET["export"], title=_("三率"))
    shown = rates.page(request, asked, both, post=post, lines=lines) | {"heads": rates.heads(request, sort=sort)}
    return render(request, "district/rates.html", shown | _search(request))


@never_cache
@require_http_methods(["GET", "POST"])
@centre
@saying_why
def weights(request: HttpRequest) -> HttpResponse:
    """Show the weights of the composite and every version before; set new ones from a day on."""
    form = WeightsForm(request.POST if request.method == "POST" else None, today=timezone.localdate())
    if form.is_bound and form.is_valid():
        report_actions.set_weights(post=post_of(request), at=timezone.now(), **form.cleaned_data)
        messages.success(request, _("新的权重已记下，从所填的日期起使用。"))
        return redirect("district:weights")
    context = {"form": form, "versions": reports.weights_book().versions, **_search(request)}
    return render(request, "district/weights.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
@checking
def chains(request: HttpRequest) -> HttpResponse:
    """Recompute the chains of events of a period and say whether any was broken."""
    period = period_of(request.GET, at=timezone.now())
    # The check answers with numbers of cases, never with their contents: an auditor may ask it of everything.
    with acting(EVERYTHING):
        checked = histories.check(since=period.since, until=period.until) if "check" in request.GET else None
    periods = [(label, f"{request.path}?check=1&period={key}", key == period.key)
               for key, label in labels().items() if key != "custom"]  # fmt: skip
    wrong = [(row.number, words.wrong_row(row)) for row in checked.broken[:CHAINS_SHOWN]] if checked else []
    context: dict[str, Any] = {
        "checked": checked,
        "wrong": wrong,
        "period": period,
        "periods": periods,
        "shown_max": CHAINS_SHOWN,
    }
    return render(request, "district/chains.html", context)


def _search(request: HttpRequest) -> dict[str, str]:
    return {"search_url": reverse("district:find"), "search_words": request.GET.get("q", "")}


def _heading(request: HttpRequest) -> str:
    figure = request.GET.get("is", "")
    return str(words.CASES[figure]) if figure in words.CASES else _("全部工单")


def _file(rows: Any, *, kind: str, title: str) -> FileResponse:
    content = tempfile.SpooledTemporaryFile(max_size=export.IN_MEMORY)  # noqa: SIM115 -- the response closes it
    write, media_type = export.WRITERS[kind]
    write(content, rows)
    content.seek(0)
    name = f"{title}-{timezone.localtime():%Y%m%d-%H%M}.{kind}"
    return FileResponse(content, as_attachment=True, filename=name, content_type=media_type)
