"""Pages that move a configuration: fetch it, compare a file with it, take the reviewed file in."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.web.admin import uploads
from linli.web.admin.configuration import moving
from linli.web.admin.configuration.forms import ConfigurationForm
from linli.web.admin.configuration.parts import Who
from linli.web.admin.doors import page_for
from linli.web.refusals import sentence
from linli.web.session import post_of


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def configuration(request: HttpRequest) -> HttpResponseBase:
    """Offer the file, and compare another with what stands here; write nothing."""
    form = ConfigurationForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            token = uploads.keep(form.cleaned_data["file"])
            found = moving.compared(uploads.read(token))
        except Refused as refusal:
            form.add_error("file", sentence(refusal))
        else:
            return _compared(request, found, token=token)
    return render(request, "admin/configuration.html", {"form": form}, status=422 if request.method == "POST" else 200)


@require_GET
@page_for(Role.ADMIN)
def export(_request: HttpRequest) -> HttpResponseBase:
    """Give the configuration as a file (导出配置)."""
    name = f"linli-configuration-{timezone.localtime():%Y%m%d}.json"
    return HttpResponse(
        moving.told(),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_POST
@page_for(Role.ADMIN)
def take_in(request: HttpRequest) -> HttpResponseBase:
    """Take in the very file that was compared, all or nothing (导入配置)."""
    token = request.POST.get("token", "")
    who = Who(at=timezone.now(), by_post_id=post_of(request).pk, reason=request.POST.get("reason", "").strip()[:200])
    try:
        found = moving.take_in(uploads.read(token), who=who)
    except moving.NotTakenIn as refusal:
        return _compared(request, refusal.found, token=token, why=sentence(refusal), status=409)
    except Refused as refusal:
        return _compared(request, moving.compared(uploads.read(token)), token=token, why=sentence(refusal), status=422)
    uploads.forget(token)
    count = sum(len(part.changes) for part in found)
    messages.success(request, _("已导入配置：改动 %(count)s 处，已记入审计。") % {"count": count})
    return redirect("admin_configuration")


def _compared(
    request: HttpRequest, found: list[moving.Difference], *, token: str, why: str = "", status: int = 200
) -> HttpResponse:
    parts = [
        {
            "title": part.title,
            "part": part,
            "problems": [(key, sentence(refusal)) for key, refusal in part.problems],
        }
        for part in found
        if part.changes or part.problems
    ]
    context: dict[str, Any] = {
        "parts": parts,
        "token": token,
        "why": why,
        "digest": token[:12],
        "change_count": sum(len(part.changes) for part in found),
        "going_count": sum(len(part.going) for part in found),
        "has_problems": any(part.problems for part in found),
    }
    return render(request, "admin/configuration_compared.html", context, status=status)
