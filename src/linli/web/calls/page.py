"""The page of one call: who, where, what can be done now, who was told, what happened (呼叫页)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from linli.call import access, queries
from linli.call.queries import Call
from linli.call.rules import AUDIENCE_LABELS, OUTCOMES, OUTCOMES_BY_CODE, Audience, is_clock_wrong
from linli.call.states import CALL_MOVE_BY_NAME, CallState, call_moves_for
from linli.people import queries as people
from linli.shared.refusals import Refused
from linli.shared.roles import ROLE_LABELS, Role
from linli.staff import queries as staff
from linli.staff.queries import Post
from linli.web.calls.shown import Shown, shown
from linli.web.duty.doors import for_told
from linli.web.refusals import sentence
from linli.web.session import post_of

# What needs nothing but a click; the others have a form of their own on the page.
CLICKED = ("answer", "join_in", "attend", "ring_back", "not_reached", "no_entry", "call_120", "call_119")
EMERGENCY_NUMBERS = (("120", "call_120"), ("119", "call_119"))
# Forms that open by a click, each with what it asks for.
ASKED = {
    "give_up": gettext_lazy("为什么去不了"),
    "note": gettext_lazy("写什么"),
    "raise_case": gettext_lazy("要办什么"),
    "reopen": gettext_lazy("为什么重新打开"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the story."""

    at: datetime
    title: str
    who: str
    words: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A step that wants words: its form, open where something was refused or is asked for."""

    name: str
    label: str
    asks: str
    words: str
    is_open: bool


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
    name: str = "",
    words: str = "",
    has_contacts: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Answer with the page of a call; the words of a step that was refused stand in its form again."""
    post, at = post_of(request), timezone.now()
    row = shown(found, post=post, at=at)
    allowed = {move.name: _(move.label) for move in call_moves_for(CallState(found.state), role=Role(post.role))}
    if row.is_coming:
        allowed.pop("join_in", None)
    else:
        allowed.pop("give_up", None)
    visit = queries.visit_of(found)
    if visit is None or visit.done_at:
        allowed.pop("follow_up", None)
    if found.appeal_id is not None:
        allowed.pop("raise_case", None)
    if name not in allowed:
        name = "note"  # its form is gone, what was typed is not: it may still be kept as a note
    known = access.open_caller(call=found, viewer=post, at=at, with_contacts=True) if has_contacts else None
    off = (found.press.pressed_at - found.press.received_at).total_seconds() if found.press.pressed_at else None
    context = {
        "row": row,
        "call": found,
        "clicked": [(one, allowed[one]) for one in CLICKED if one in allowed and not one.startswith("call_1")],
        "numbers": [(number, one, allowed[one]) for number, one in EMERGENCY_NUMBERS if one in allowed],
        "asked": _asked(found, allowed, name=name, words=words),
        "allowed": allowed,
        "outcomes": [(outcome.code, _(outcome.label), outcome.code == "MISTAKE") for outcome in OUTCOMES],
        "outcome": _(OUTCOMES_BY_CODE[found.outcome].label) if found.outcome else "",
        "suggests": _suggestion(found, row),
        "language": dict(settings.LANGUAGES).get(row.caller.language, row.caller.language) if row.caller else "",
        "visit": visit,
        "siblings": queries.siblings_of(found),
        "known": known.known if known else None,
        "may_ring": access.is_open_to(found),
        "steps": _steps(found),
        "wrong_clock": found.press.pressed_at if is_clock_wrong(round(off) if off is not None else None) else None,
        "error": error,
        "given": {name: words},
    }
    return render(request, "calls/call.html", context, status=status)


def refused(request: HttpRequest, pk: int, fault: Refused, *, name: str, status: int) -> HttpResponse:
    """Show the call again with why a step was not made; nothing typed is lost."""
    found, words = queries.call(pk, post=post_of(request)), request.POST.get("words", "")
    return answered(request, found, error=sentence(fault), name=name, words=words, status=status)


def _asked(call: Call, allowed: dict[str, str], *, name: str, words: str) -> list[Asked]:
    outcome = OUTCOMES_BY_CODE.get(call.outcome)
    wanted = "raise_case" if outcome and outcome.asks_case else ""
    return [
        Asked(
            name=one,
            label=allowed[one],
            asks=str(asks),
            words=words if one == name else "",
            is_open=one == wanted or (one == name and bool(words)),
        )
        for one, asks in ASKED.items()
        if one in allowed
    ]


def _suggestion(call: Call, row: Shown) -> tuple[str, int | None] | None:
    """Return the need tag that an outcome suggests and the household it may be asked for in; a person decides."""
    outcome = OUTCOMES_BY_CODE.get(call.outcome)
    if outcome is None or not outcome.tag_code or row.caller is None:
        return None
    tag = next((one for one in people.need_tags() if one.code == outcome.tag_code), None)
    return (people.tag_name(tag), next(iter(row.caller.household_ids), None)) if tag else None


def _steps(call: Call) -> list[Step]:
    events = queries.events_of(call)
    posts = staff.posts_by_id(event.by_post_id for event in events if event.by_post_id)
    return [_step(event, posts.get(event.by_post_id or 0)) for event in events]


def _step(event: Any, post: Post | None) -> Step:
    move = CALL_MOVE_BY_NAME.get(event.name)
    if event.detail.get("gave_up"):
        move = CALL_MOVE_BY_NAME["give_up"]
    title = _("按下设备") if event.name == "raise" else _(move.label) if move else event.name
    return Step(event.at, title, _who(event, post), _words(event))


def _who(event: Any, post: Post | None) -> str:
    if post is None:
        return _(ROLE_LABELS[Role(event.by_role)])
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
