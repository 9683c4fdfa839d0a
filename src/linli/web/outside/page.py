"""The page an outside body opens from its link: what is asked, and three answers; no login (外部单位答复)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.case.rules import spoken_number
from linli.outside import actions as outside
from linli.outside import queries
from linli.outside.queries import Asked
from linli.outside.states import AskedState
from linli.shared.refusals import Refused
from linli.shared.scope import EVERYTHING, acting
from linli.staff import queries as staff
from linli.text import queries as text
from linli.web import photos
from linli.web.outside.forms import DeclineForm, DoneForm
from linli.web.refusals import sentence
from linli.web.resident.doors import WRONG_LINKS_MAX, WRONG_LINKS_SECONDS
from linli.web.resident.limits import at_most, count, too_often

often = at_most(60, per_seconds=3600, name="outside")


def door(view: Callable[[HttpRequest, Asked], HttpResponse]) -> Callable[..., HttpResponse]:
    """Open what was asked to whoever holds its link, in the body's language until they choose another."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        with acting(EVERYTHING):
            try:
                asked = queries.opened_by(token, at=timezone.now())
            except Refused as refusal:
                return _wrong_link(request, refusal)
            chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
            with translation.override(translation.get_language() if chosen else asked.body.language):
                answer = view(request, asked)
        answer["X-Robots-Tag"] = "noindex"
        return answer

    return guarded


@door
@require_safe
def page(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Show what is asked, where, by when and by whom; nothing of any resident."""
    return render(request, "outside/page.html", _context(request, asked))


@door
@often
@require_POST
def accept(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Take the word that it will be done (接下)."""
    try:
        outside.accept(asked=asked, at=timezone.now())
    except Refused as refusal:
        return render(request, "outside/page.html", _context(request, asked, refusal=refusal), status=409)
    messages.success(request, _("已记下，请在期限前办好后再来告诉我们。"))
    return redirect("outside:page", _token(request))


@door
@often
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Take the word that it will not be done, and why (不接)."""

    def done(answers: dict[str, Any]) -> bool:
        outside.decline(asked=asked, reason=answers["reason"], at=timezone.now())
        return True

    return _answered(request, asked, DeclineForm(request.POST or None), done, template="outside/decline.html")


@door
@often
@require_http_methods(["GET", "HEAD", "POST"])
def done(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Take the word that it is done, with what was done and photos (办好)."""
    form = DoneForm(request.POST or None, request.FILES or None)

    def finish(answers: dict[str, Any]) -> bool:
        kept = photos.keep(request, at=timezone.now())
        if kept.refusals:
            form.add_error(photos.FIELD, kept.refusals)
            return False
        outside.finish(asked=asked, words=answers["words"], at=timezone.now(), photo_ids=tuple(kept.ids))
        return True

    return _answered(request, asked, form, finish, template="outside/done.html")


def _answered(
    request: HttpRequest, asked: Asked, form: Any, act: Callable[[dict[str, Any]], bool], *, template: str
) -> HttpResponse:
    """Show an answer's page, or take the answer; what cannot be taken is said, and what was typed stays."""
    if asked.ended_at is not None:
        return redirect("outside:page", _token(request))
    status, refusal = 200 if request.method != "POST" else 422, None
    if request.method == "POST" and form.is_valid():
        try:
            if act(form.cleaned_data):
                messages.success(request, _("已收到您的答复，谢谢。"))
                return redirect("outside:page", _token(request))
        except Refused as refused:
            status, refusal = 409, refused
    return render(request, template, _context(request, asked, refusal=refusal) | {"form": form}, status=status)


def _context(request: HttpRequest, asked: Asked, *, refusal: Refused | None = None) -> dict[str, Any]:
    category = text.category(asked.case.category_code)
    language = translation.get_language() or settings.LANGUAGE_CODE
    return {
        "asked": asked,
        "refusal": sentence(refusal) if refusal else "",
        "number": spoken_number(asked.case.number),
        # A category that says something about a person is nobody's business outside.
        "category_name": text.category_name(category.code, language) if category and category.is_public else "",
        "unit": staff.unit_name(asked.asked_by_unit, language),
        "phone": asked.asked_by_unit.phone,
        "body": queries.body_name(asked.body, language),
        "is_open": asked.ended_at is None,
        "is_accepted": asked.state == AskedState.ACCEPTED,
        "is_done": asked.state == AskedState.DONE,
        "is_declined": asked.state == AskedState.DECLINED,
        "is_late": asked.ended_at is None and asked.due_at < timezone.now(),
        "token": _token(request),
        "html_lang": {"zh-hans": "zh-Hans"}.get(language, language),
        "languages": [(code, name, code == language) for code, name in settings.LANGUAGES],
    }


def _wrong_link(request: HttpRequest, refusal: Refused) -> HttpResponse:
    if count(request, "wrong-link", per_seconds=WRONG_LINKS_SECONDS) > WRONG_LINKS_MAX:
        return too_often(request, per_seconds=WRONG_LINKS_SECONDS)
    return render(request, "outside/wrong_link.html", {"reason": sentence(refusal)}, status=404)


def _token(request: HttpRequest) -> str:
    return str(request.resolver_match.kwargs["token"]) if request.resolver_match else ""
