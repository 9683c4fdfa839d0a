"""The page of one call: who, where, what can be done now, who was told, what happened (呼叫页)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.call import access, queries
from linli.call.queries import Call
from linli.call.rules import AUDIENCE_LABELS, OUTCOMES, OUTCOMES_BY_CODE, Audience, is_clock_wrong
from linli.call.states import CALL_MOVE_BY_NAME, CallState, call_moves_for
from linli.shared.refusals import Refused
from linli.shared.roles import ROLE_LABELS, Role
from linli.staff import queries as staff
from linli.staff.queries import Post
from linli.web.calls.shown import shown
from linli.web.duty.doors import for_told
from linli.web.refusals import sentence
from linli.web.session import post_of

# What needs nothing but a click; the others have a form of their own on the page.
CLICKED = ("answer", "join_in", "attend", "ring_back", "not_reached", "no_entry", "call_120", "call_119")


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the story."""

    at: datetime
    title: str
    who: str
    words: str


@for_told
@require_safe
def call(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show one call."""
    return answered(request, queries.call(pk, post=post_of(request)))


@for_told
@require_POST
def contacts(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Open whom to ring: a look of its own, on record."""
    return answered(request, queries.call(pk, post=post_of(request)), has_contacts=True)


def answered(
    request: HttpRequest,
    found: Call,
    *,
    error: str = "",
    given: Any = None,
    has_contacts: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Answer with the page of a call; what was typed and refused stands there again with the reason."""
    post, at = post_of(request), timezone.now()
    row = shown(found, post=post, at=at)
    allowed = {move.name: _(move.label) for move in call_moves_for(CallState(found.state), role=Role(post.role))}
    if row.is_coming:
        allowed.pop("join_in", None)
    else:
        allowed.pop("give_up", None)
    known = access.open_caller(call=found, viewer=post, at=at, with_contacts=True) if has_contacts else None
    off = (found.press.pressed_at - found.press.received_at).total_seconds() if found.press.pressed_at else None
    context = {
        "row": row,
        "call": found,
        "clicked": [(name, allowed[name]) for name in CLICKED if name in allowed],
        "allowed": allowed,
        "outcomes": [(outcome.code, _(outcome.label), outcome.code == "MISTAKE") for outcome in OUTCOMES],
        "outcome": _(OUTCOMES_BY_CODE[found.outcome].label) if found.outcome else "",
        "suggests": _suggestion(found),
        "visit": queries.visit_of(found),
        "siblings": queries.siblings_of(found),
        "known": known.known if known else None,
        "may_ring": access.is_open_to(found),
        "steps": [_step(event) for event in queries.events_of(found)],
        "wrong_clock": found.press.pressed_at if is_clock_wrong(round(off) if off is not None else None) else None,
        "error": error,
        "given": given or {},
    }
    return render(request, "calls/call.html", context, status=status)


def refused(request: HttpRequest, pk: int, fault: Refused, *, status: int) -> HttpResponse:
    """Show the call again with why a step was not made; nothing typed is lost."""
    found = queries.call(pk, post=post_of(request))
    return answered(request, found, error=sentence(fault), given=request.POST, status=status)


def _suggestion(call: Call) -> str:
    outcome = OUTCOMES_BY_CODE.get(call.outcome)
    return outcome.tag_code if outcome and call.holding_id else ""


def _step(event: Any) -> Step:
    move = CALL_MOVE_BY_NAME.get(event.name)
    title = _("按下设备") if event.name == "raise" else _(move.label) if move else event.name
    return Step(event.at, title, _who(event), _words(event))


def _who(event: Any) -> str:
    role = _(ROLE_LABELS[Role(event.by_role)])
    if not event.by_post_id:
        return role
    try:
        post: Post = staff.post(event.by_post_id)
    except Refused:
        return role
    return f"{post.account.name} · {staff.unit_name(post.unit)}" if post.unit else post.account.name


def _words(event: Any) -> str:
    detail = event.detail
    parts = [event.words]
    if event.name == "climb":
        parts.append("、".join(_(AUDIENCE_LABELS[Audience(one)]) for one in detail.get("told", ())))
    if event.name == "close":
        parts.append(_(OUTCOMES_BY_CODE[detail["outcome"]].label))
    if event.name == "unreached":
        parts.append("；".join(_(fault) for fault in detail.values()))
    return " · ".join(part for part in parts if part)
