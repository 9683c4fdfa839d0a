"""The two doors through which a page without login reaches what is kept.

Without one of them a resident's request is in no scope and sees no case at all. ``door`` opens one case to whoever
holds its private link; ``letter_box`` lets something be put in, and asks only what everybody may know.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from linli.case import queries as case_queries
from linli.case.queries import Followed
from linli.shared.refusals import Refused
from linli.shared.scope import EVERYTHING, acting
from linli.web.refusals import sentence
from linli.web.resident.limits import count, too_often

P = ParamSpec("P")
WRONG_LINKS_MAX, WRONG_LINKS_SECONDS = 60, 600


def door(view: Callable[Concatenate[HttpRequest, Followed, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Open one case to whoever holds its private link; a wrong link is told so, and counted."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, number: str, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        with acting(EVERYTHING):
            try:
                followed = case_queries.followed(number, token)
            except Refused as refusal:
                return _wrong_link(request, refusal)
            answer = view(request, followed, *args, **kwargs)
        answer["X-Robots-Tag"] = "noindex"
        return answer

    return guarded


def letter_box(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a report be put in: its page may look up what is open nearby, and reads nobody's words."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        with acting(EVERYTHING):
            return view(request, *args, **kwargs)

    return guarded


def _wrong_link(request: HttpRequest, refusal: Refused) -> HttpResponse:
    if count(request, "wrong-link", per_seconds=WRONG_LINKS_SECONDS) > WRONG_LINKS_MAX:
        return too_often(request, per_seconds=WRONG_LINKS_SECONDS)
    return render(request, "resident/wrong_link.html", {"reason": sentence(refusal)}, status=404)
