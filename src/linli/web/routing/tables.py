"""The responsibility list as a file, out and in: rehearse first, then write (导出、导入责任清单)."""

import tempfile
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.intake import forms as reading
from linli.routing import actions as routing_actions
from linli.routing import forms as list_forms
from linli.routing import queries as routing
from linli.routing.rules import RuleState
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.web.admin import uploads
from linli.web.admin.doors import by, page_for, reason_of
from linli.web.lists import export
from linli.web.refusals import sentence
from linli.web.routing import forms

PROBLEMS_SHOWN = 500


@require_GET
@page_for(Role.ADMIN, Role.DISTRICT)
def write(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Give the list as a file that can be brought back (导出)."""
    is_filtered = request.GET.get("state") == RuleState.DRAFT
    rules = routing.listed().filter(state=RuleState.DRAFT.value) if is_filtered else routing.listed()
    content = tempfile.SpooledTemporaryFile(max_size=export.IN_MEMORY)  # noqa: SIM115 -- the response closes it
    rows = export.Counted([export.harmless(str(cell)) for cell in line] for line in list_forms.table(rules))
    writer, media_type = export.WRITERS[kind]
    writer(content, rows)
    content.seek(0)
    export.record_table(request, title=_("责任清单"), kind=kind, row_count=max(rows.count - 1, 0))
    name = f"{_('责任清单')}-{timezone.localtime():%Y%m%d-%H%M}.{kind}"
    return FileResponse(content, as_attachment=True, filename=name, content_type=media_type)


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def rehearse(request: HttpRequest) -> HttpResponseBase:
    """Take a file, say by row what it would do, and write nothing yet (演练)."""
    form = forms.ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            token = uploads.keep(said["file"])
            told = _rehearsed(
                uploads.read(token), state=RuleState(said["state"]), is_whole=said["is_whole"], who=by(request)
            )
        except Refused as refusal:
            form.add_error("file", sentence(refusal))
        else:
            kept = {"token": token, "state": said["state"], "is_whole": "1" if said["is_whole"] else ""}
            return render(request, "routing/rehearsed.html", {**told, "kept": kept, "name": said["file"].name})
    return render(request, "routing/import.html", {"form": form}, status=200 if request.method == "GET" else 422)


@require_POST
@page_for(Role.ADMIN)
def take_in(request: HttpRequest) -> HttpResponseBase:
    """Write what was rehearsed, all or none (导入)."""
    token, given = request.POST.get("token", ""), request.POST.get("state", "")
    state = RuleState.IN_FORCE if given == RuleState.IN_FORCE else RuleState.DRAFT
    read = _read(uploads.read(token), state=state)
    if any(row.brought is None for row in read):
        raise Refused("文件里有错误，没有导入任何内容。改好文件再检查一次。")
    taken = routing_actions.take_in_rules(
        brought=[row.brought for row in read if row.brought is not None],
        is_whole=bool(request.POST.get("is_whole")),
        reason=reason_of(request),
        **by(request),
    )
    uploads.forget(token)
    counts = {"added": len(taken.added), "changed": len(taken.changed), "retired": len(taken.retired)}
    messages.success(request, _("已导入：新增 %(added)s 条，更改 %(changed)s 条，停用 %(retired)s 条。") % counts)
    return redirect("routing:rules")


def _read(content: bytes, *, state: RuleState) -> list[list_forms.RowRead]:
    rows = [(row.number, {name: _plain(cell) for name, cell in row.cells.items()}) for row in reading.rows_of(content)]
    return list_forms.read_rules(rows, state=state)


def _plain(cell: str) -> str:
    """Take away the mark that kept a spreadsheet from calculating a cell."""
    return cell.removeprefix("'")


def _rehearsed(content: bytes, *, state: RuleState, is_whole: bool, who: dict[str, Any]) -> dict[str, Any]:
    read = _read(content, state=state)
    problems = [(row.number, sentence(row.refusal)) for row in read if row.refusal is not None]
    told: dict[str, Any] = {"problems": problems[:PROBLEMS_SHOWN], "problem_count": len(problems), "rows": len(read)}
    if not problems:
        brought = [row.brought for row in read if row.brought is not None]
        taken = routing_actions.take_in_rules(brought=brought, is_whole=is_whole, dry_run=True, **who)
        told["taken"] = taken
    return told
