"""Pages of the department's desk."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from linli.case import queries as cases
from linli.case.rules import bare_number
from linli.shared.roles import Role
from linli.web.department import lists
from linli.web.lists import List
from linli.web.session import desk, post_of
from linli.whistle import queries as calls

at_this_desk = desk(Role.DEPARTMENT, Role.HEALTH)


@at_this_desk
@require_safe
def to_report_in(request: HttpRequest) -> HttpResponseBase:
    """Show what the unit was called to and has not answered, and what was handed on to it."""
    post = post_of(request)
    called, own = calls.waiting_for(post), cases.to_take(post)
    return _answer(request, (lists.TO_REPORT_IN, called), (lists.OWN_TO_TAKE, own))


@at_this_desk
@require_safe
def in_hand(request: HttpRequest) -> HttpResponseBase:
    """Show what the unit works on."""
    post = post_of(request)
    return _answer(request, (lists.IN_HAND, calls.in_hand_for(post)), (lists.OWN_IN_HAND, cases.in_hand(post)))


@at_this_desk
@require_safe
def waiting(request: HttpRequest) -> HttpResponseBase:
    """Show what the unit has finished and the resident has not yet answered."""
    post = post_of(request)
    return _answer(
        request, (lists.WAITING, calls.finished_by(post)), (lists.OWN_WAITING, cases.awaiting_resident(post))
    )


@at_this_desk
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Open the case with this number; a department has no other search."""
    said = request.GET.get("q", "").strip()[:100]
    found = calls.visible_to(post_of(request)).filter(number=bare_number(said)).first() if said else None
    if found is not None:
        return HttpResponseRedirect(reverse("department:case", args=[found.pk]))
    return render(request, "department/not_found.html", {"search_words": said, **_search()}, status=404)


def _answer(
    request: HttpRequest, called: tuple[List, QuerySet[Any]], own: tuple[List, QuerySet[Any]]
) -> HttpResponseBase:
    for declared, asked in (called, own):
        if request.GET.get(f"{declared.prefix}export"):
            return declared.answer(request, asked, "department/list.html")
    context = {
        "page": called[0].page(request, called[1]),
        "own": own[0].page(request, own[1]),
        "counts": calls.call_counts(post_of(request)),
        "panel_pattern": lists.URL,
        "answer_form": lists.ANSWER,
        **_search(),
    }
    return render(request, "department/list.html", context)


def _search() -> dict[str, str]:
    return {"search_url": reverse("department:find")}
