"""How often one address may knock; counted where all processes see it (频次)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from linli.web.session import client_address

View = Callable[..., HttpResponse]


def count(request: HttpRequest, name: str, *, per_seconds: int) -> int:
    """Count one knock of this address and return how many there were in this window."""
    window = int(timezone.now().timestamp()) // per_seconds
    key = f"knock:{name}:{window}:{client_address(request)}"
    # Two processes may count two knocks as one; the limits are generous enough not to mind.
    knocks = int(cache.get(key, 0)) + 1
    cache.set(key, knocks, timeout=per_seconds * 2)
    return knocks


def at_most(most: int, *, per_seconds: int, name: str) -> Callable[[View], View]:
    """Let an address send a form so many times in a window; reading pages is not counted.

    Whole courtyards share one address behind their router, so the limits stop machines, not neighbours.
    """

    def limit(view: View) -> View:
        @wraps(view)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST" and count(request, name, per_seconds=per_seconds) > most:
                return too_often(request, per_seconds=per_seconds)
            return view(request, *args, **kwargs)

        return limited

    return limit


def too_often(request: HttpRequest, *, per_seconds: int) -> HttpResponse:
    """Say that it was too much and when to come back; what was kept stays kept."""
    answer = render(request, "resident/too_often.html", {"minutes": per_seconds // 60}, status=429)
    answer["Retry-After"] = str(per_seconds)
    return answer
