"""Pages of the community and street desk."""

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.case import queries as cases
from linli.confirm import queries as confirms
from linli.shared.roles import Role
from linli.web.community.queues import QUEUES, SUPERVISED, URL
from linli.web.session import desk, post_of

MORNING = (
    "overdue",
    "soon",
    "silent",
    "supervised",
    "rulings",
    "proposals",
    "to-rule",
    "to-take",
    "called",
    "tasks",
    "in-hand",
    "waiting",
    "confirming",
)
COUNT_MAX = 999
at_this_desk = desk(Role.COMMUNITY, Role.STREET)


@at_this_desk
@require_safe
def morning(request: HttpRequest) -> HttpResponse:
    """Show what burns, what came in, what waits for me, what I wait for."""
    post, at = post_of(request), timezone.now()
    counted = cases.desk_counts(post, at=at)
    known = {
        "overdue": counted.overdue,
        "soon": counted.soon,
        "supervised": counted.supervised,
        "to-take": counted.to_take,
        "in-hand": counted.in_hand,
        "confirming": counted.awaiting,
    }
    tiles = [_tile(name, known.get(name, -1), post=post, at=at) for name in MORNING]
    tiles.append(_call_backs(post, at=at))
    context = {
        "tiles": tiles,
        "is_all_done": not any(tile["number"] for tile in tiles),
        "open_count": counted.open,
        "page": replace(SUPERVISED, filters=()).page(request, cases.supervised(post)),
        "panel_pattern": URL,
    }
    return render(request, "community/morning.html", context | _search())


@at_this_desk
@require_safe
def queue(request: HttpRequest, name: str) -> HttpResponseBase:
    """Show one of the desk's lists."""
    if name not in QUEUES:
        raise Http404
    wanted = QUEUES[name]
    asked = wanted.asks(post_of(request), timezone.now())
    return wanted.shows.answer(request, asked, "community/queue.html", {"queue": wanted, **_search()})


def _tile(name: str, number: int, *, post: Any, at: Any) -> dict[str, Any]:
    wanted = QUEUES[name]
    if number < 0:
        number = wanted.asks(post, at).order_by().values("pk")[: COUNT_MAX + 1].count()
    return {
        "name": name,
        "url": reverse("community:queue", args=[name]),
        "label": wanted.title,
        "icon": wanted.icon,
        "number": number,
        "shown": f"{COUNT_MAX}+" if number > COUNT_MAX else str(number),
        "tone": wanted.tone if number else "",
    }


def _call_backs(post: Any, *, at: Any) -> dict[str, Any]:
    """Count the call-backs that wait, and see whether the first of them is late, in one statement."""
    dues = list(confirms.waiting_call_backs(post).values_list("due_at", flat=True)[: COUNT_MAX + 1])
    return {
        "name": "call-backs",
        "url": reverse("community:call_backs"),
        "label": _("待回访"),
        "icon": "phone-call",
        "number": len(dues),
        "shown": f"{COUNT_MAX}+" if len(dues) > COUNT_MAX else str(len(dues)),
        "tone": "late" if dues and dues[0] < at else "",
    }


def _search() -> dict[str, str]:
    return {"search_url": reverse("community:find")}
