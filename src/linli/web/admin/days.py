"""Days off and make-up days as a file: rehearsed first, then in force, and open cases reckoned anew (放假安排)."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from linli.case import actions as cases
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.web.admin import uploads
from linli.web.admin.doors import by, page_for, reason_of
from linli.web.refusals import sentence


class DaysFileForm(forms.Form):
    """A file of days."""

    file = forms.FileField(
        label=gettext_lazy("放假安排文件（csv 或 toml）"),
        help_text=gettext_lazy("例如一行 off,2027-08-01,2027-08-07,雪顿节；working 是调休上班。"),
    )


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def rehearse(request: HttpRequest) -> HttpResponseBase:
    """Take a file, show its days and how many open cases they would move, and write nothing yet (预演)."""
    form = DaysFileForm(request.POST or None, request.FILES or None)
    context = {"form": form}
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            token = uploads.keep(file)
            rehearsed = cases.rehearse_days(file_name=file.name, content=uploads.read(token), at=timezone.now())
        except Refused as refusal:
            form.add_error("file", sentence(refusal))
        else:
            shown = {"token": token, "name": file.name, "rehearsed": rehearsed}
            return render(request, "admin/days_import.html", {**context, **shown})
    return render(request, "admin/days_import.html", context, status=200 if request.method == "GET" else 422)


@require_POST
@page_for(Role.ADMIN)
def take_in(request: HttpRequest) -> HttpResponseBase:
    """Put the days in force; the clock reckons the open cases anew (启用)."""
    token = request.POST.get("token", "")
    name = request.POST.get("name", "")[:120] or "days.csv"
    cases.bring_days(file_name=name, content=uploads.read(token), **by(request))
    uploads.forget(token)
    messages.success(request, _("已启用；未结事项的时限马上重算，旧的时限留在经过里。"))
    return redirect("admin_calendar")


@require_POST
@page_for(Role.ADMIN)
def withdraw(request: HttpRequest, overlay_id: int) -> HttpResponseBase:
    """Take a file of days out again (停用)."""
    cases.withdraw_days(overlay_id=overlay_id, reason=reason_of(request), **by(request))
    messages.success(request, _("已停用；未结事项的时限马上重算。"))
    return redirect("admin_calendar")
