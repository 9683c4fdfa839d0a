"""Pages of the call-backs: the list, one call-back with its form, the reporter's contact."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.case import queries as cases
from linli.confirm import actions as confirm_actions
from linli.confirm import queries as confirms
from linli.confirm.rules import (
    CALL_BACK_LABELS,
    EXCLUDED_LABELS,
    OUTCOME_LABELS,
    TRIES_MAX,
    WAY_LABELS,
    CallBackState,
    Excluded,
    Outcome,
    Way,
)
from linli.intake.rules import CHANNEL_LABELS, Channel
from linli.people import access
from linli.people.rules import Purpose
from linli.shared.refusals import Refused
from linli.web import times
from linli.web.callbacks import lists
from linli.web.callbacks.forms import TryForm
from linli.web.casepage import facts, words
from linli.web.refusals import sentence
from linli.web.session import post_of
from linli.whistle import queries as calls


@never_cache
@require_safe
def waiting(request: HttpRequest) -> HttpResponseBase:
    """List the call-backs that wait in the post's area."""
    asked = confirms.waiting_call_backs(post_of(request))
    return lists.waiting(_desk(request)).answer(request, asked, "callbacks/list.html", _search(request))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def call_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Show whom to ask about what, or record what came of a try."""
    case, post = _case(request, pk), post_of(request)
    form = _form(case, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _page(request, case, form)
    if not form.is_valid():
        return _page(request, case, form, status=422)
    try:
        made = confirm_actions.record_try(case=case, post=post, tried=form.tried(), at=timezone.now())
    except Refused as refusal:
        return _page(request, _case(request, pk), form, reason=sentence(refusal), status=409)
    messages.success(request, _done(form, made))
    return HttpResponseRedirect(reverse(f"{_desk(request)}:call_backs"))


@never_cache
@require_POST
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Open how to reach the reporters who may be called; that it was opened is written down first."""
    case, post, at = _case(request, pk), post_of(request), timezone.now()
    try:
        _must_wait(case)
        who: dict[str, Any] = {"viewer": post, "purpose": Purpose.CALL_BACK, "at": at, "subject": f"case {case.number}"}
        reachable = [appeal.contact_id for appeal in confirms.callable_appeals(case)]
        opened = [access.open_contact(contact_id=one, **who) for one in reachable if one]
    except Refused as refusal:
        return _page(request, case, _form(case), reason=sentence(refusal), status=409)
    return _page(request, case, _form(case), contacts=opened)


def _form(case: Any, given: Any = None) -> TryForm:
    """Number the reporters as their contacts stand on the page; who they are is not opened for that."""
    reporters = [
        (appeal.pk, _told_apart(appeal, place)) for place, appeal in enumerate(confirms.callable_appeals(case), start=1)
    ]
    return TryForm(given, reporters=reporters)


def _told_apart(appeal: Any, place: int) -> str:
    how = {"place": place, "when": times.moment_words(appeal.received_at, at=timezone.now())}
    return _("第 %(place)s 位：%(when)s，%(channel)s") % (how | {"channel": _(CHANNEL_LABELS[Channel(appeal.channel)])})


def _page(
    request: HttpRequest, case: Any, form: TryForm, *, reason: str = "", contacts: Any = None, status: int = 200
) -> HttpResponse:
    made = confirms.call_back_of(case)
    is_waiting = made is not None and made.state == CallBackState.WAITING
    results = [event.detail.get("words", "") for event in cases.story(case) if event.name == "finish"]
    context = {
        "case": case,
        "case_url": reverse(f"{_desk(request)}:case", args=[case.pk]),
        "page_url": reverse(f"{_desk(request)}:call_back", args=[case.pk]),
        "list_url": reverse(f"{_desk(request)}:call_backs"),
        "call_back": made,
        "is_waiting": is_waiting,
        "why_not": _why_not(made),
        "tries": [_told(each) for each in confirms.tries_of(made)] if made else [],
        "number": made.tries + 1 if made else 1,
        "most": TRIES_MAX,
        "result": results[-1] if results else "",
        "area_words": facts.area_words(case),
        "handler": words.unit_label(case.lead_id or case.owner_id),
        "form": form,
        "reason": reason,
        "contacts": contacts,
        **_search(request),
    }
    return render(request, "callbacks/page.html", context, status=status)


def _told(tried: Any) -> dict[str, Any]:
    said = [_(WAY_LABELS[Way(tried.way)]), tried.spoke_with, tried.words]
    return {"at": tried.at, "title": _(OUTCOME_LABELS[Outcome(tried.outcome)]), "text": " · ".join(filter(None, said))}


def _why_not(made: Any) -> str:
    """Say why there is nothing to fill in."""
    if made is None:
        return _("这件事现在不用回访。")
    if made.state == CallBackState.EXCLUDED:
        return _("不用回访：%(why)s。") % {"why": _(EXCLUDED_LABELS[Excluded(made.excluded_for)])}
    return "" if made.state == CallBackState.WAITING else _(CALL_BACK_LABELS[CallBackState(made.state)])


def _done(form: TryForm, made: Any) -> str:
    outcome, tries = form.cleaned_data["outcome"], made.tries
    if outcome == Outcome.REACHED:
        return _("已记下回访。") if form.cleaned_data["is_solved"] == "yes" else _("已记下回访，退回原单位再办。")
    if outcome == Outcome.NOT_REACHED and tries < TRIES_MAX:
        return _("已记下第 %(tries)s 次，还可以再打 %(left)s 次。") % {"tries": tries, "left": TRIES_MAX - tries}
    if made.state == CallBackState.WAITING:
        return _("已记下，还有别的反映人可以回访。")
    return _("已记下，这件事不再回访。")


def _must_wait(case: Any) -> None:
    """Refuse to open a contact for a call-back that does not wait.

    Raises:
        Refused: nobody is to be called.
    """
    why = _why_not(confirms.call_back_of(case))
    if why:
        raise Refused("%(why)s", why=why)


def _case(request: HttpRequest, pk: int) -> Any:
    try:
        return calls.case_for(pk, post=post_of(request))
    except Refused as refusal:
        raise Http404(sentence(refusal)) from refusal


def _desk(request: HttpRequest) -> str:
    return request.resolver_match.namespace if request.resolver_match else ""


def _search(request: HttpRequest) -> dict[str, str]:
    for name in ("find", "cases"):
        try:
            return {"search_url": reverse(f"{_desk(request)}:{name}")}
        except NoReverseMatch:
            continue
    return {}
