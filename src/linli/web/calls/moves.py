"""What is done to a call from its page: one step, one post, and back to the page (办理呼叫)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.call import actions as calls
from linli.call import queries
from linli.call.queries import Call
from linli.call.states import CALL_MOVE_BY_NAME
from linli.case import actions as cases
from linli.intake.rules import Channel, Received
from linli.shared.refusals import Conflict, Overtaken, Refused
from linli.staff.queries import Post
from linli.web.calls import page
from linli.web.duty.doors import for_told
from linli.web.session import post_of

ALREADY = "这次呼叫已经转成工单。"
Act = Callable[..., Any]


def _plain(verb: Act) -> Act:
    def act(*, call: Call, post: Post, at: datetime, given: Any) -> None:  # noqa: ARG001 -- the shape of all
        verb(call=call, post=post, at=at)

    return act


def _worded(verb: Act) -> Act:
    def act(*, call: Call, post: Post, at: datetime, given: Any) -> None:
        verb(call=call, post=post, at=at, words=given.get("words", "").strip())

    return act


def _close(*, call: Call, post: Post, at: datetime, given: Any) -> None:
    calls.close(call=call, post=post, outcome=given.get("outcome", ""), at=at, words=given.get("words", "").strip())


@transaction.atomic
def _raise_case(*, call: Call, post: Post, at: datetime, given: Any) -> None:
    """Open a case of what needs something done, and remember it with the call, both or neither."""
    if call.appeal_id is not None:
        raise Refused(ALREADY)
    received = Received(
        channel=Channel.CALL,
        text=given.get("words", "").strip(),
        address=call.holding.address if call.holding else "",
        area_code=call.area_code,
        idempotency_key=f"call {call.number}",
        by_post_id=post.pk,
    )
    try:
        opened = cases.open_case(received=received, at=at)
    except Conflict as conflict:  # the key is the call's: somebody opened its case in the same moment
        raise Refused(ALREADY) from conflict
    calls.raise_case(call=call, post=post, appeal_id=opened.appeal_id, number=opened.number, at=at)


MOVES: dict[str, Act] = {
    **{name: _plain(getattr(calls, name)) for name in page.CLICKED},
    **{name: _worded(getattr(calls, name)) for name in ("give_up", "note", "reopen", "follow_up")},
    "close": _close,
    "raise_case": _raise_case,
}


@for_told
@require_POST
def made(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """Make one step; who comes second is told who was first, and what was typed stays."""
    post = post_of(request)
    call = queries.call(pk, post=post)
    if name not in MOVES:
        return page.refused(request, pk, Refused("没有这一步。"), name=name, status=404)
    try:
        MOVES[name](call=call, post=post, at=timezone.now(), given=request.POST)
    except Overtaken as fault:
        return page.refused(request, pk, fault, name=name, status=409)
    except Refused as refusal:
        return page.refused(request, pk, refusal, name=name, status=422)
    messages.success(request, _("已记录：%(step)s") % {"step": _(CALL_MOVE_BY_NAME[name].label)})
    return redirect("calls:call", pk)
