"""The private follow link: the story, and the resident's own moves."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linli.case import actions as cases
from linli.case import queries as case_queries
from linli.case import ties
from linli.case.queries import Followed
from linli.case.rules import bare_number, spoken_number
from linli.case.states import CaseState, moves_for
from linli.confirm import actions as confirms
from linli.confirm import queries as confirm_queries
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.text import queries as text
from linli.web import emergency, photos
from linli.web.refusals import sentence
from linli.web.resident import told
from linli.web.resident.doors import door
from linli.web.resident.forms import AddForm, ConfirmForm, Plain, SendBackForm, WithdrawForm
from linli.web.resident.limits import at_most
from linli.web.resident.links import as_square, follow_address

page = require_http_methods(["GET", "HEAD", "POST"])
often = at_most(60, per_seconds=3600, name="follow")


@door
@require_safe
def follow(request: HttpRequest, followed: Followed) -> HttpResponse:
    """Show what has happened, who has it now and by when; a question that waits stands first (跟踪)."""
    case = followed.case
    context = _context(request, followed) | {
        "steps": told.story_of(followed),
        "parts": _parts(request, followed),
        "whole": _whole(followed),
        "to_come": told.to_come(followed),
        "photos_before": [str(photo) for photo in followed.appeal.photo_ids],
        "photos_after": told.photos_after(followed),
        "emergency": _emergency(followed),
        "may_be_called": bool(followed.appeal.contact_id) and not confirm_queries.is_unwilling(followed.appeal.pk),
        "is_late": case.is_open and case.state != CaseState.FINISHED and case.due_at < timezone.now(),
    }
    return render(request, "resident/follow.html", context)


def _emergency(followed: Followed) -> list[emergency.Number]:
    """Say whom to call first, as long as this is in hand and the reporter's own words sound like it (紧急情况)."""
    case = followed.case
    is_in_hand = case.is_open and case.state != CaseState.FINISHED
    return emergency.numbers_for(case_queries.said_by(followed)) if is_in_hand else []


@door
@require_safe
def new(request: HttpRequest, followed: Followed) -> HttpResponse:
    """Give the number and the link to keep, and say by when something will have happened (已收到)."""
    link = follow_address(request, followed.case.number, _token(request))
    context = _context(request, followed) | {
        "link": link,
        "square": as_square(link),
        "to_come": told.to_come(followed),
    }
    return render(request, "resident/new.html", context)


@door
@often
@page
def add(request: HttpRequest, followed: Followed) -> HttpResponse:
    """Take in what the reporter has to add (补充)."""
    form = AddForm(request.POST or None, request.FILES or None)

    def done(answers: dict[str, Any]) -> str:
        kept = photos.keep(request, at=timezone.now())
        if kept.refusals:
            form.add_error(photos.FIELD, kept.refusals)
            return ""
        cases.add_words(
            case=followed.case,
            text_added=answers["text"],
            at=timezone.now(),
            photo_ids=tuple(kept.ids),
            appeal_id=followed.appeal.pk,
        )
        return _("已补充，办理的人会看到。")

    return _made(request, followed, "add", form, done)


@door
@often
@page
def confirm(request: HttpRequest, followed: Followed) -> HttpResponse:
    """Take the resident's word that it is solved, and how well (确认)."""

    def done(answers: dict[str, Any]) -> str:
        confirms.confirm(case=followed.case, rating=answers["rating"], reason=answers["reason"], at=timezone.now())
        return _("谢谢，已记下您的确认和评价。")

    return _made(request, followed, "confirm", ConfirmForm(request.POST or None), done)


@door
@often
@page
def send_back(request: HttpRequest, followed: Followed) -> HttpResponse:
    """Take the resident's word that it is not solved (退回重办)."""

    def done(answers: dict[str, Any]) -> str:
        confirms.send_back(case=followed.case, reason=answers["reason"], at=timezone.now())
        return _("已退回重办，原来的单位会接着办。")

    return _made(request, followed, "send_back", SendBackForm(request.POST or None), done)


@door
@often
@page
def withdraw(request: HttpRequest, followed: Followed) -> HttpResponse:
    """Withdraw at the reporter's wish, after saying what that means (撤回)."""

    def done(answers: dict[str, Any]) -> str:
        confirms.withdraw(case=followed.case, reason=answers["reason"], at=timezone.now())
        return _("已撤回，不再办理。")

    form = WithdrawForm(request.POST if request.method == "POST" else None)
    return _made(request, followed, "withdraw", form, done)


@door
@often
@page
def no_call(request: HttpRequest, followed: Followed) -> HttpResponse:
    """Take the wish not to be called about this, which is no withdrawal (请勿回访)."""
    if request.method == "POST":
        confirms.ask_not_to_be_called(appeal_id=followed.appeal.pk, at=timezone.now())
        messages.success(request, _("记下了，不会再为回访打电话给您。您还可以在这里确认或退回。"))
        return redirect("resident:follow", followed.case.number, _token(request))
    return render(request, "resident/no_call.html", _context(request, followed))


def _made(
    request: HttpRequest, followed: Followed, move: str, form: Plain, done: Callable[[dict[str, Any]], str]
) -> HttpResponse:
    """Show a move's page, or make the move; what cannot be done is said, and what was typed stays on the page."""
    context = _context(request, followed) | {"form": form, "move": move}
    template, status = f"resident/{move}.html", 200
    if request.method != "POST":
        if move not in _moves(followed):
            return render(request, "resident/not_now.html", context, status=409)
        return render(request, template, context)
    try:
        _must_be_ours(followed, move)
        words = done(form.cleaned_data) if form.is_valid() else ""
    except Refused as refusal:
        context["refusal"], status = sentence(refusal), 409
    else:
        if words:
            messages.success(request, words)
            return redirect("resident:follow", followed.case.number, _token(request))
        status = 422
    return render(request, template, context, status=status)


def _parts(request: HttpRequest, followed: Followed) -> list[dict[str, Any]]:
    """Return the cases that a reporter's own case was split into, each with its private link (拆成的几件)."""
    if not followed.is_first:
        return []
    return [
        {
            "number": spoken_number(part.number),
            "title": part.title,
            "standing": told.state_words(part.state),
            "url": follow_address(request, part.number, cases.follow_token(part.appeal_id)),
        }
        for part in ties.children_of(followed.case)
        if part.is_split
    ]


def _whole(followed: Followed) -> str:
    """Return the number of the case that this one was split off from, for its own reporter."""
    whole = ties.parent_of(followed.case) if followed.is_first else None
    return spoken_number(whole.number) if whole else ""


def _must_be_ours(followed: Followed, move: str) -> None:
    """Refuse a move on the outcome to those who joined: it is the first reporter's (ours).

    Raises:
        Refused: this reporter joined the case.
    """
    if move != "add" and not followed.is_first:
        raise Refused("这件事由最先反映的居民确认、退回或撤回；您可以补充。")


def _moves(followed: Followed) -> frozenset[str]:
    """Return what this reporter may do now."""
    moves = {move.name for move in moves_for(CaseState(followed.case.state), role=Role.RESIDENT)} - {"join"}
    if not followed.is_first:
        moves &= {"add"}
    if followed.case.joined_count:
        moves -= {"withdraw"}
    return frozenset(moves)


def _context(request: HttpRequest, followed: Followed) -> dict[str, Any]:
    case, appeal, language = followed.case, followed.appeal, get_language() or "zh-hans"
    given = bare_number(str(_of_address(request, "number")))
    worker = case.lead if case.lead_id and case.lead else case.owner
    return {
        "followed": followed,
        "case": case,
        "appeal": appeal,
        "number": spoken_number(case.number),
        "merged_number": spoken_number(given) if given != case.number else "",
        "category_name": text.category_name(case.category_code, language),
        "owner": staff.unit_name(case.owner, language),
        "worker": staff.unit_name(worker, language),
        "phone": worker.phone or case.owner.phone,
        "standing": told.standing(followed),
        "limit_why": told.limit_why(followed),
        "moves": _moves(followed),
        "story_url": reverse("resident:follow", args=[given, _token(request)]),
    }


def _token(request: HttpRequest) -> str:
    return str(_of_address(request, "token"))


def _of_address(request: HttpRequest, name: str) -> Any:
    return request.resolver_match.kwargs[name] if request.resolver_match else ""
