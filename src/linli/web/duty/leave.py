"""Who is away and who is told instead (请假与替班)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.call import actions as calls
from linli.call.queries import duty
from linli.shared.refusals import Refused
from linli.web.duty.doors import for_told, said_unit
from linli.web.duty.forms import LeaveForm
from linli.web.refusals import sentence
from linli.web.session import post_of


@require_safe
@for_told
def leaves(request: HttpRequest) -> HttpResponseBase:
    """List who is away or will be, and take one's leave (请假与替班)."""
    return _page(request)


@require_POST
@for_told
def take(request: HttpRequest) -> HttpResponseBase:
    """Say who is away and who stands in (请假)."""
    at, post = timezone.now(), post_of(request)
    posts, substitutes = _choices(request)
    form = LeaveForm(request.POST, posts=posts, substitutes=substitutes)
    if form.is_valid():
        said = form.cleaned_data
        away = next(one for one in posts if str(one.pk) == said["away"])
        instead = next((one for one in substitutes if str(one.pk) == said["substitute"]), None)
        try:
            calls.take_leave(away=away, substitute=instead, span=form.span, post=post, at=at)
        except Refused as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, _("已登记请假。"))
            return redirect("duty:leave")
    return _page(request, form=form, status=422)


@require_POST
@for_told
def withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Say that somebody is back, or not away at all (销假)."""
    post = post_of(request)
    calls.withdraw_leave(leave=duty.leave(pk, post=post), post=post, at=timezone.now())
    messages.success(request, _("已销假，呼叫照常通知本人。"))
    return redirect("duty:leave")


def _page(request: HttpRequest, *, form: LeaveForm | None = None, status: int = 200) -> HttpResponseBase:
    at, post = timezone.now(), post_of(request)
    unit = duty.duty_unit(post, said_unit(request))
    if form is None:
        posts, substitutes = _choices(request)
        form = LeaveForm(initial={"away": str(post.pk)}, posts=posts, substitutes=substitutes)
    rows = duty.leaves(unit, post=post, at=at)
    context: dict[str, Any] = {
        "unit": unit,
        "form": form,
        "rows": [
            {"leave": row, "is_mine": row.post_id == post.pk or duty.may_head(post, row.post.unit)} for row in rows
        ],
        "at": at,
        "can_edit": duty.may_head(post, unit),
    }
    return render(request, "duty/leave.html", context, status=status)


def _choices(request: HttpRequest) -> tuple[list[Any], list[Any]]:
    at, post = timezone.now(), post_of(request)
    unit = duty.duty_unit(post, said_unit(request))
    posts = duty.roster_posts(unit, at=at) if duty.may_head(post, unit) else [post]
    return posts, duty.substitutes(unit, at=at)
