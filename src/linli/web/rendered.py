"""Pages whose every part is known by name are drawn once a minute: drawing costs more than all the reading (重绘).

A desk refreshes with every hint, and most hints change nothing on it. What a page shows is read anew for each request;
only the markup is kept, under everything that was read. The token of forms and the time differ in each answer.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.defaultfilters import date
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language

from linli.web import assets, context

KEPT_MAX = 300  # pages of some 80 kB in a process
TOKEN = "token-of-this-answer"  # noqa: S105 -- stands where the token will be
TIME = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
_kept: dict[tuple[Any, ...], tuple[str, ...]] = {}


def rendered(
    request: HttpRequest, template: str, told: tuple[Any, ...] | None, given: Callable[[], Mapping[str, Any]]
) -> HttpResponse:
    """Answer with a page; ``told`` is everything it shows, ``given`` makes its context; told None keeps nothing."""
    if told is None or len(get_messages(request)):
        return render(request, template, dict(given()))
    key = (template, told, _frame(request))
    parts = _kept.get(key)
    if parts is None:
        if len(_kept) >= KEPT_MAX:
            _kept.clear()
        markup = render_to_string(template, {**given(), "csrf_token": TOKEN, "server_time": TIME}, request)
        parts = _kept[key] = _parted(markup)
    pieces = {TOKEN: get_token(request), _moment(TIME): _moment(timezone.now())}
    return HttpResponse("".join([pieces.get(part, part) for part in parts]))


def forget() -> None:
    """Forget every page."""
    _kept.clear()


def _frame(request: HttpRequest) -> tuple[Any, ...]:
    """Return what every page shows without being told by its view, and the minute."""
    post, user = getattr(request, "post", None), request.user
    return (
        request.get_full_path(),
        request.get_host(),
        request.scheme,
        get_language(),
        context.frame_of(request),
        context.is_large(request),
        (post.pk, post.role, post.title, post.unit_id, str(post.unit)) if post else None,
        (user.pk, str(user), getattr(user, "name", "")),
        assets.address("icons.svg"),
        timezone.now().replace(second=0, microsecond=0),
    )


def _moment(at: datetime) -> str:
    return date(timezone.localtime(at), "c")


def _parted(markup: str) -> tuple[str, ...]:
    parts = [markup]
    for mark in (TOKEN, _moment(TIME)):
        parts = [piece for part in parts for piece in _around(part, mark)]
    return tuple(parts)


def _around(part: str, mark: str) -> list[str]:
    pieces = part.split(mark)
    return [piece for each in pieces for piece in (mark, each)][1:]
