"""Pages of one case: read it, make a move, preview, open the reporter's contact."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.case import queries as cases
from linli.case.queries import Case
from linli.case.states import BY_NAME
from linli.outside.states import DESK_MOVES
from linli.people import access
from linli.shared.refusals import Refused
from linli.staff.queries import Post
from linli.text.rules import guard
from linli.web import emergency
from linli.web.casepage import facts, joint, moves, outside, rulings, story, ties, words
from linli.web.casepage.door import Given
from linli.web.casepage.moves import COMPOSED, DOORS
from linli.web.refusals import sentence
from linli.web.session import post_of
from linli.whistle import queries as calls

GUARD_WORDS = {"id_number": "身份证号", "phone": "电话号码"}


@never_cache
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a case: what happened, what is to do, by when."""
    case = case_of(request, pk)
    return render(request, "casepage/page.html", page_context(request, case))


@never_cache
def move(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Show the form of a move, or make the move."""
    if name not in DOORS:
        raise Http404
    case, post, at = case_of(request, pk), post_of(request), timezone.now()
    door, step = DOORS[name], BY_NAME[name]
    asked = {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}
    form = door.form(**asked, case=case, post=post, at=at, query=request.GET or request.POST)
    try:
        moves.check(case, step=step, post=post, at=at, seen=_seen(request))
        if form.is_bound and form.is_valid():
            given = Given(case, post, at, form, request)
            door.act(given)
            messages.success(request, door.words(given))
            return HttpResponseRedirect(_next(request, case, post=post))
    except Refused as refusal:
        status = 403 if moves.is_role_excluded(step, post=post) else 409
        return _form_page(request, case, name=name, form=form, reason=sentence(refusal), status=status)
    return _form_page(request, case, name=name, form=form, status=422 if form.errors else 200)


@require_POST
def preview(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Show what the resident will read, and what should not stand in it."""
    case, said = case_of(request, pk), request.POST.get("words", "").strip()[:4000]
    told = moves.preview_words(name, said=said, post=post_of(request)) if said and name in DOORS else ""
    found = {_(GUARD_WORDS[finding.kind]) for finding in guard(said) if finding.kind in GUARD_WORDS}
    return render(request, "casepage/preview.html", {"case": case, "told": told, "found": sorted(found)})


@never_cache
@require_POST
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Open how to reach a reporter, for a purpose that is written down first."""
    case, post, at = case_of(request, pk), post_of(request), timezone.now()
    reachable, withheld = cases.reporters_for(case, post=post)
    context: dict[str, Any] = {"case": case, "case_url": address(request, "case", case.pk)}
    context["withheld_words"] = facts.withheld_words(case) if withheld else ""
    try:
        purpose = request.POST.get("purpose", "")
        context["contacts"] = [
            access.open_contact(contact_id=one, viewer=post, purpose=purpose, at=at, subject=f"case {case.number}")
            for one in reachable
        ]
    except Refused as refusal:
        context["reason"] = sentence(refusal)
    if withheld and not reachable:
        context["reason"] = context["withheld_words"]
    part = request.headers.get("HX-Target") == f"contact-{case.pk}"
    template = "casepage/contact.html" if part else "casepage/contact_page.html"
    return render(request, template, context, status=403 if "reason" in context else 200)


@require_safe
def units(request: HttpRequest, pk: int) -> HttpResponse:
    """List the units that match a search, those picked already first."""
    case = case_of(request, pk)
    bound = {"units": request.GET.getlist("units"), "lead": request.GET.get("lead", "")}
    form = DOORS["blow"].form(case=case, post=post_of(request), at=timezone.now(), query=request.GET, initial=bound)
    return render(request, "casepage/units.html", {"form": form, "case": case})


@require_safe
def layer(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the shapes around a case for its map: the grids of its community, or what is known above that."""
    return JsonResponse(facts.shapes_around(case_of(request, pk).area_code))


def page_context(request: HttpRequest, case: Case) -> dict[str, Any]:
    """Return everything the page of a case shows."""
    post, at = post_of(request), timezone.now()
    there = moves.Standing(case, post, at=at)
    offered = moves.offered(there)
    names = {move.name for move in offered}
    composed = [move for name in COMPOSED for move in offered if move.name == name]
    known = facts.facts_of(case, post=post, at=at)
    events = cases.story(case)
    asked = outside.asked_lines(request, case, offered=names, at=at)
    known["waiting_for"] = outside.waiting_words(asked) or known["waiting_for"]
    return {
        **_head(request, case),
        **known,
        "asked_outside": asked,
        "steps": story.steps_of(case, events),
        "main_moves": [move for move in offered if move.is_main],
        "more_moves": [
            move for move in offered if not move.is_main and move.name not in COMPOSED and move.name not in DESK_MOVES
        ],
        "composed": composed,
        "emergency": emergency.numbers_for(cases.said_about(case, events)) if case.is_open else [],
        "for_worker": True,
        "can_merge": "merge" in names,
        "offered_names": names,
        **ties.facts_of(case, post=post, at=at),
        "disputes": rulings.dispute_lines(there.disputes, offered=names, post=post, at=at),
        "tasks": joint.task_lines(case, tasks=there.tasks, offered=names, post=post, at=at),
    }


def address(request: HttpRequest, name: str, *parts: Any) -> str:
    """Return the address of a page of the case at the desk the request came to."""
    namespace = request.resolver_match.namespace if request.resolver_match else ""
    return reverse(f"{namespace}:{name}", args=parts)


def is_visible(pk: int, *, post: Post) -> bool:
    """Tell whether a post sees a case, so that no page leads to a dead end."""
    return calls.visible_to(post).filter(pk=pk).exists()


def _head(request: HttpRequest, case: Case) -> dict[str, Any]:
    return {
        "search_url": _find(request),
        "case": case,
        "case_url": address(request, "case", case.pk),
        "area_words": facts.area_words(case),
        "state_words": words.state_label(case.state),
        "state_icon": words.state_icon(case.state),
        "state_tone": words.state_tone(case.state),
        "category_words": words.category_label(case.category_code),
        "kind_words": words.kind_label(case.kind),
        "channel_words": words.channel_label(case.channel),
        "urgency_words": words.urgency_label(case.urgency),
        "owner_words": words.unit_label(case.owner_id),
        "lead_words": words.unit_label(case.lead_id),
        "first_receiver_words": words.unit_label(case.first_receiver_id),
    }


def _find(request: HttpRequest) -> str:
    try:
        return address(request, "find")
    except NoReverseMatch:
        return ""


def _form_page(
    request: HttpRequest, case: Case, *, name: str, form: Any, reason: str = "", status: int = 200
) -> HttpResponse:
    told = "words" in form.fields and bool(BY_NAME[name].resident_words)
    is_part = request.headers.get("HX-Target", "") in {f"move-{case.pk}", f"move-box-{case.pk}"}
    context = {
        **_head(request, case),
        "form": form,
        "move_words": words.move_label(name),
        "door": DOORS[name],
        "reason": reason,
        "action": address(request, "move", case.pk, name),
        "preview_url": address(request, "preview", case.pk, name),
        "units_url": address(request, "units", case.pk),
        "form_templates": [f"casepage/moves/{name}.html", f"casepage/moves/{'told' if told else 'default'}.html"],
        "is_part": is_part,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "seen": request.POST.get("seen") or case.event_count,
        "can_fill": not reason or form.is_bound,
    }
    return render(request, "casepage/move.html" if is_part else "casepage/move_page.html", context, status=status)


def case_of(request: HttpRequest, pk: int) -> Case:
    """Return a case that the post of a request sees.

    Raises:
        Http404: there is none.
    """
    try:
        return calls.case_for(pk, post=post_of(request))
    except Refused as refusal:
        raise Http404(sentence(refusal)) from refusal


def _seen(request: HttpRequest) -> int | None:
    seen = request.POST.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdigit() else None


def _next(request: HttpRequest, case: Case, *, post: Post) -> str:
    wanted = request.POST.get("next", "")
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    # A case corrected into another area is no longer this desk's.
    return address(request, "case", case.pk) if is_visible(case.pk, post=post) else address(request, "desk")
