"""Pages of the department's desk."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from linli.case import queries as cases
from linli.handling import queries as work
from linli.shared.roles import Role
from linli.web.department import lists
from linli.web.lists import List, page_of
from linli.web.lists.views import default_of
from linli.web.rendered import rendered
from linli.web.session import desk, post_of
from linli.whistle import queries as calls

Beside = tuple[List, Callable[[], QuerySet[Any]], int]  # a second list, what it asks, and how many there are
at_this_desk = desk(Role.DEPARTMENT, Role.HEALTH)


@at_this_desk
@require_safe
def to_report_in(request: HttpRequest) -> HttpResponseBase:
    """Show what the unit was called to and has not answered, and what was handed on to it."""
    post, counts = post_of(request), work.counts_for(post_of(request))
    own = (lists.OWN_TO_TAKE, lambda: cases.to_take(post), counts.own_to_take)
    return _answer(request, lists.TO_REPORT_IN, calls.waiting_for(post), own=own, counts=counts)


@at_this_desk
@require_safe
def in_hand(request: HttpRequest) -> HttpResponseBase:
    """Show what the unit works on, and the sub-tasks it was given."""
    post, counts = post_of(request), work.counts_for(post_of(request))
    own = (lists.OWN_IN_HAND, lambda: cases.in_hand(post), counts.own_in_hand)
    tasks = (lists.TASKS, lambda: work.tasks_for(post), counts.tasks)
    return _answer(request, lists.IN_HAND, calls.in_hand_for(post), own=own, counts=counts, tasks=tasks)


@at_this_desk
@require_safe
def waiting(request: HttpRequest) -> HttpResponseBase:
    """Show what the unit has finished and the resident has not yet answered."""
    post, counts = post_of(request), work.counts_for(post_of(request))
    own = (lists.OWN_WAITING, lambda: cases.awaiting_resident(post), counts.own_waiting)
    return _answer(request, lists.WAITING, calls.finished_by(post), own=own, counts=counts)


@at_this_desk
@require_safe
def supervised(request: HttpRequest) -> HttpResponseBase:
    """Show what the unit was reminded of, warned about or given a card for."""
    return _list(request, lists.SUPERVISED, cases.supervisions_seen(post_of(request)))


@at_this_desk
@require_safe
def applications(request: HttpRequest) -> HttpResponseBase:
    """Show what the unit asked for and how it was ruled."""
    return _list(request, lists.APPLICATIONS, work.asked_by(post_of(request)))


def _list(request: HttpRequest, shows: List, asked: QuerySet[Any]) -> HttpResponseBase:
    context = {"counts": work.counts_for(post_of(request)), "answer_form": lists.ANSWER, **_search()}
    return shows.answer(request, asked, "department/list.html", context)


def _answer(
    request: HttpRequest,
    shows: List,
    asked: QuerySet[Any],
    *,
    own: Beside,
    counts: work.CallCounts,
    tasks: Beside | None = None,
) -> HttpResponseBase:
    led = default_of(request)
    if led is not None:
        return led
    rows = calls.as_rows(asked)
    for declared, wanted, _count in (own, *([tasks] if tasks else [])):
        if request.GET.get(f"{declared.prefix}export"):
            return declared.answer(request, wanted(), "department/list.html")
    if request.GET.get(f"{shows.prefix}export"):
        return shows.answer(request, rows, "department/list.html")
    found = shows.found(request, rows)
    # Most departments own nothing themselves: what is counted as nothing is not asked for.
    owned = own[0].found(request, own[1]()) if own[2] else None
    given = tasks[0].found(request, tasks[1]()) if tasks and tasks[2] else None
    told = None if owned or given or found.signature is None else (found.signature, counts)
    return rendered(
        request,
        "department/list.html",
        told,
        lambda: {
            "page": page_of(found),
            "own": page_of(owned) if owned else None,
            "tasks": page_of(given) if given else None,
            "counts": counts,
            "panel_pattern": lists.URL,
            "answer_form": lists.ANSWER,
            **_search(),
        },
    )


def _search() -> dict[str, str]:
    return {"search_url": reverse("department:find")}
