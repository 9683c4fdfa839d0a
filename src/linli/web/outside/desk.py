"""What desks wait for outside, and the administrator's list of bodies (等外部单位)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.outside import actions as outside
from linli.outside import queries
from linli.outside.states import ASKED_LABELS, AskedState
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.web.admin.doors import by, filled, page_for, reason_of
from linli.web.lists import Column, Filter, List, due_cell
from linli.web.outside.forms import BodyForm, KnownBodyForm
from linli.web.session import desk, post_of

FOLDERS = {Role.DEPARTMENT: "department", Role.DISTRICT: "district"}


def _list(folder: str) -> List:
    return List(
        name="outside",
        title=gettext_lazy("等外部单位"),
        order="due",
        key=lambda row: row.case_id,
        url=f"/{folder}/cases/KEY/",
        columns=(
            Column(key="title", label=gettext_lazy("事项"), value=lambda row: row.case.title, is_main=True),
            Column(key="body", label=gettext_lazy("等谁"), value=lambda row: queries.body_name(row.body)),
            Column(key="state", label=gettext_lazy("答复"), value=lambda row: _(ASKED_LABELS[AskedState(row.state)])),
            Column(key="since", label=gettext_lazy("从什么时候等起"), value=lambda row: row.asked_at, sort="asked_at"),
            Column(
                key="due", label=gettext_lazy("答复期限"), value=lambda row: row.due_at, show=due_cell, sort="due_at"
            ),
            Column(key="reminded", label=gettext_lazy("提醒过"), value=lambda row: row.reminded_count, is_number=True),
            Column(
                key="unit",
                label=gettext_lazy("谁请的"),
                value=lambda row: staff.unit_name(row.asked_by_unit),
                is_extra=True,
            ),
            Column(key="number", label=gettext_lazy("编号"), value=lambda row: row.case.number, is_extra=True),
        ),
        filters=(
            Filter(key="q", label=gettext_lazy("单位或编号"), kind="words", fields=("body__name", "case__number")),
        ),
        empty_title=gettext_lazy("没有在等外部单位的事项"),
    )


@desk(Role.COMMUNITY, Role.STREET, Role.DISTRICT, Role.DEPARTMENT)
@require_safe
def waiting(request: HttpRequest) -> HttpResponseBase:
    """List what the desk's cases wait for outside, the soonest due first."""
    post = post_of(request)
    shows = _list(FOLDERS.get(Role(post.role), "community"))
    return shows.answer(request, queries.waiting_for(post), "outside/waiting.html")


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def bodies(request: HttpRequest) -> HttpResponseBase:
    """List the bodies that can be asked, and add one (外部单位)."""
    form = BodyForm(request.POST or None)

    def keep() -> str:
        outside.keep_body(**form.cleaned_data, area_code=post_of(request).area_code, **by(request))
        return reverse("outside:bodies")

    if request.method == "POST":
        return filled(request, form, keep, title=_("新增外部单位"), back=reverse("outside:bodies"))
    rows = queries.every_body()[:500]
    return render(request, "outside/bodies.html", {"rows": rows, "form": form})


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def body(request: HttpRequest, body_id: int) -> HttpResponseBase:
    """Change a body, or how it is reached (更改外部单位)."""
    row = queries.body(body_id)
    names = ("name", "language", "name_bo", "name_en")
    initial: dict[str, Any] = {name: getattr(row, name) for name in names}
    form = KnownBodyForm(request.POST or None, initial=initial)

    def keep() -> str:
        outside.keep_body(**form.cleaned_data, area_code=row.area_code, body=row, **by(request))
        return reverse("outside:bodies")

    extra = "outside/close_body.html" if row.is_active else ""
    return filled(request, form, keep, title=row.name, back=reverse("outside:bodies"), extra=extra)


@require_POST
@page_for(Role.ADMIN)
def close(request: HttpRequest, body_id: int) -> HttpResponseBase:
    """Ask a body no more (停用外部单位)."""
    outside.close_body(body=queries.body(body_id), reason=reason_of(request), **by(request))
    messages.success(request, _("已停用。"))
    return redirect("outside:bodies")
