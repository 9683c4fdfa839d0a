"""The bell of a post: how much is unread, the list, and what it wants by which way (站内通知)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.notice import actions as notices
from linli.notice import queries
from linli.notice.rules import CHANNEL_LABELS, GROUP_LABELS, Channel, Group
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.web.notices import lists
from linli.web.refusals import sentence
from linli.web.session import BACKGROUND, desk, post_of

FOLDERS = {Role.GRID: "grid", Role.DEPARTMENT: "department", Role.HEALTH: "department", Role.DISTRICT: "district"}
at_a_desk = desk(*queries.BELLS)


@never_cache
@at_a_desk
@require_safe
def bell_page(request: HttpRequest) -> HttpResponseBase:
    """Show what the unit was told; what was unread is marked once, and read from now on."""
    post = post_of(request)
    rung, read = queries.bell(post), queries.read_through(post)
    shows = lists.bell_of(folder=FOLDERS.get(Role(post.role), "community"), read_through=read)
    answer = shows.answer(request, rung, "notices/bell.html")
    newest = rung.first()
    if newest is not None and newest.pk > read and not request.headers.get(BACKGROUND):
        notices.mark_read(post=post, through_id=newest.pk, at=timezone.now())
    return answer


@never_cache
@at_a_desk
@require_safe
def bell_part(request: HttpRequest) -> HttpResponse:
    """Give the bell with its count, for a page that has just been opened or was hinted at."""
    return render(request, "parts/bell.html", {"unread": queries.unread_count(post_of(request)), "is_fresh": True})


@never_cache
@at_a_desk
@require_http_methods(["GET", "POST"])
def choices(request: HttpRequest) -> HttpResponseBase:
    """Choose which groups of notices come by which way (通知选择)."""
    post, reason = post_of(request), ""
    known = queries.choices_of(post)
    if request.method == "POST":
        known = {key: _name(*key) in request.POST or _is_fixed(*key) for key in known}
        try:
            notices.choose(post=post, wanted=known)
        except Refused as refusal:
            reason = sentence(refusal)
        else:
            messages.success(request, _("已保存。"))
            return redirect("notices_choices")
    context = {"rows": _rows(known), "channels": _channels(), "account": post.account, "reason": reason}
    return render(request, "notices/choices.html", context, status=409 if reason else 200)


def _rows(known: dict[tuple[Group, Channel], bool]) -> list[dict[str, Any]]:
    return [
        {
            "label": _(label),
            "boxes": [
                {
                    "name": _name(group, channel),
                    "is_wanted": known[group, channel],
                    "is_fixed": _is_fixed(group, channel),
                    "channel": _(CHANNEL_LABELS[channel]),
                }
                for channel in queries.CHOSEN
            ],
        }
        for group, label in GROUP_LABELS.items()
    ]


def _channels() -> list[str]:
    return [_(CHANNEL_LABELS[channel]) for channel in queries.CHOSEN]


def _name(group: Group, channel: Channel) -> str:
    return f"{group}-{channel}"


def _is_fixed(group: Group, channel: Channel) -> bool:
    return group is Group.SUPERVISION and channel is Channel.IN_APP
