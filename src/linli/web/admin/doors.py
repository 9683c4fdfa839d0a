"""What every page of this desk shares: the guard, the filled-in form, who does it (管理页公用)."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.web.refusals import sentence
from linli.web.session import desk, post_of


def page_for(*roles: Role) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Guard a page of this desk; show a refusal as a page; let no browser keep a copy."""

    def guard(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def answered(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, **kwargs)
            except Refused as refusal:
                context = {"reason": sentence(refusal), "back_url": staff.desk_address(post_of(request))}
                return render(request, "refused.html", context, status=409)

        role_guard: Callable[[Any], Callable[..., HttpResponseBase]] = desk(*roles)
        return never_cache(role_guard(answered))

    return guard


def filled(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[], str],
    *,
    title: str,
    back: str,
    words: str = "",
    extra: str = "",
    shown: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Show a form, or act on it and go where the act says; a refusal stands above what was typed (填表)."""
    if request.method == "POST" and form.is_valid():
        try:
            address = act()
        except Refused as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, _("已保存，并记入审计。"))
            return redirect(address)
    context = {"form": form, "title": title, "back": back, "words": words, "extra": extra, **(shown or {})}
    return render(request, "admin/form.html", context, status=200 if request.method == "GET" else 422)


def by(request: HttpRequest) -> dict[str, Any]:
    """Say who acts and when, as every action asks."""
    return {"by_post_id": post_of(request).pk, "at": timezone.now()}


def reason_of(request: HttpRequest) -> str:
    """Return the reason given with a change."""
    return request.POST.get("reason", "")[:200]
