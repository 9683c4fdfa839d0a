"""The alarm: every open call, whoever nobody answers filling the screen, with sound until somebody comes (呼叫台)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.call import actions as calls
from linli.call import queries
from linli.call.rules.troubles import TROUBLE_LABELS, TroubleKind
from linli.call.states import CallState
from linli.place import queries as place
from linli.place.rules import Level
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.web.calls.shown import address_of, shown
from linli.web.casepage.facts import shapes_around
from linli.web.duty.doors import for_told
from linli.web.refusals import sentence
from linli.web.session import post_of

SHOWN_MAX = 30  # more at once is a disaster, and said so
STRIP_MAX = 5


@for_told
@require_safe
def board(request: HttpRequest) -> HttpResponseBase:
    """Show every open call, those that nobody answers first and largest."""
    post, at = post_of(request), timezone.now()
    found = list(queries.open_calls(post)[: SHOWN_MAX + 1])
    rows = [shown(call, post=post, at=at) for call in found[:SHOWN_MAX]]
    troubles = queries.open_troubles() if post.role == Role.DISTRICT else []
    context = {
        "waiting": [row for row in rows if row.is_waiting],
        "others": [row for row in rows if not row.is_waiting],
        "has_more": len(found) > SHOWN_MAX,
        "district_code": settings.DISTRICT_CODE,
        "troubles": [(_(TROUBLE_LABELS[TroubleKind(one.kind)]), one) for one in troubles],
    }
    return render(request, "calls/board.html", context)


@for_told
@require_safe
def strip(request: HttpRequest) -> HttpResponseBase:
    """Show on every other page of a desk that somebody calls: where, and the way there."""
    found = queries.open_calls(post_of(request)).filter(state=CallState.RAISED.value)[: STRIP_MAX + 1]
    rows = [(call, address_of(call)) for call in found]
    return render(request, "calls/strip.html", {"rows": rows, "is_fresh": True})


@for_told
@require_safe
def layer(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the houses around a call for its map, the grids of its community where no house is drawn."""
    code = queries.call(pk, post=post_of(request)).area_code
    grid = place.grid_of(code)
    houses = place.layer(level=Level.BUILDING, prefix=grid) if len(grid) == place.GRID_LENGTH else {}
    return JsonResponse(houses if houses.get("features") else shapes_around(code))


@for_told
@require_POST
def present(request: HttpRequest) -> HttpResponse:
    """Hear that a page is open, whether it has sound, and which calls it shows."""
    at, post = timezone.now(), post_of(request)
    try:
        calls.present(key=request.POST.get("key", ""), post=post, has_sound=request.POST.get("sound") == "on", at=at)
    except Refused as refusal:
        return HttpResponse(sentence(refusal), status=422, content_type="text/plain; charset=utf-8")
    ids = [int(one) for one in request.POST.getlist("call")[:SHOWN_MAX] if one.isascii() and one.isdigit()]
    seen = queries.open_calls(post).filter(pk__in=[pk for pk in ids if pk < 2**62]).values_list("pk", flat=True)
    calls.hear(post=post, call_ids=list(seen), at=at)
    return HttpResponse(status=204)
