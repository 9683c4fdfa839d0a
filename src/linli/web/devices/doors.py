"""Who comes in here, and what every page of devices shares (设备页公用)."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.call.states import HANDERS, STOCK_KEEPERS
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.web.admin.doors import page_for
from linli.web.refusals import sentence

Page = Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]

READERS = (Role.GRID, Role.COMMUNITY, Role.STREET, Role.DISTRICT)
for_readers: Page = page_for(*READERS)
for_stock: Page = page_for(*(role for role in READERS if role in STOCK_KEEPERS))
for_door: Page = page_for(*(role for role in READERS if role in HANDERS))


def answered(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[], str],
    *,
    template: str = "devices/form.html",
    done: str = "",
    **context: Any,
) -> HttpResponse:
    """Show a form, or act on it and go where the act says; a refusal stands above what was typed (填表)."""
    if request.method == "POST" and form.is_valid():
        try:
            address = act()
        except Refused as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, done or _("已保存。"))
            return redirect(address)
    return render(request, template, {"form": form, **context}, status=200 if request.method == "GET" else 422)


def page_of(pk: int) -> str:
    """Return the address of the page of a device."""
    return reverse("devices:device", args=[pk])
