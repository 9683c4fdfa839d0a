"""The table of limits, version by version; bring one as a file, rehearsed first (时限表)."""

import io
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.case import actions as cases
from linli.case import forms as files
from linli.case.deadlines import LimitTable, limit_table, table_named, versions
from linli.case.rules import DEADLINE_LABELS
from linli.intake.forms import rows_of
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.web.admin import uploads
from linli.web.admin.doors import by, page_for, reason_of
from linli.web.casepage import words
from linli.web.lists.export import WRITERS, record_table
from linli.web.refusals import sentence

PROBLEMS_SHOWN = 500
HEADS = (
    gettext_lazy("时限种类"),
    gettext_lazy("分类代码"),
    gettext_lazy("分类名称"),
    gettext_lazy("诉求类型"),
    gettext_lazy("紧急程度"),
    gettext_lazy("适用情形"),
    gettext_lazy("时限"),
    gettext_lazy("结案标准"),
)


class LimitsFileForm(forms.Form):
    """A table of limits as a file, and from when it holds."""

    file = forms.FileField(
        label=gettext_lazy("时限表文件（xlsx 或 csv）"),
        help_text=gettext_lazy("先导出现在用的那一版，在表格里改，再导入。"),
    )
    active_on = forms.DateField(
        label=gettext_lazy("从哪天起用"),
        widget=forms.DateInput({"type": "date"}),
        help_text=gettext_lazy("当天或以后；已经登记的事项仍按登记时的那一版。"),
    )
    reason = forms.CharField(label=gettext_lazy("为什么改"), max_length=200, required=False)


@require_GET
@page_for(Role.ADMIN)
def limit_versions(request: HttpRequest) -> HttpResponseBase:
    """List the versions of the limits, the latest first (时限表)."""
    at = timezone.now()
    in_force = limit_table(at=at)
    rows = [{"version": row, "standing": _standing(row, in_force=in_force.version, at=at)} for row in versions()]
    return render(request, "admin/limits.html", {"rows": rows, "in_force": in_force, "at": at})


@require_GET
@page_for(Role.ADMIN)
def limit_version(request: HttpRequest, name: str) -> HttpResponseBase:
    """Show the lines of a version, or give them as a file (时限表)."""
    table = table_named(name)
    if table.version != name:
        raise Refused("没有这一版时限表。")
    if request.GET.get("export") == "xlsx":
        return _file(request, table)
    rows = list(files.written(table))
    context = {"table": table, "heads": HEADS, "rows": rows[1:]}
    return render(request, "admin/limit_version.html", context)


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def rehearse(request: HttpRequest) -> HttpResponseBase:
    """Take a file, list every problem by row and what would change, and write nothing yet (预演)."""
    form = LimitsFileForm(request.POST or None, request.FILES or None, initial={"active_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            token = uploads.keep(form.cleaned_data["file"])
            reading = files.read_limits(rows_of(uploads.read(token)))
        except Refused as refusal:
            form.add_error("file", sentence(refusal))
        else:
            said = {"active_on": form.cleaned_data["active_on"].isoformat(), "reason": form.cleaned_data["reason"]}
            context = {"token": token, "said": said, **_told(reading), "name": form.cleaned_data["file"].name}
            return render(request, "admin/limits_report.html", context)
    status = 200 if request.method == "GET" else 422
    return render(request, "admin/limits_import.html", {"form": form}, status=status)


@require_POST
@page_for(Role.ADMIN)
def take_in(request: HttpRequest) -> HttpResponseBase:
    """Keep what was rehearsed as a new version (启用)."""
    token = request.POST.get("token", "")
    reading = files.read_limits(rows_of(uploads.read(token)))
    said = {"active_on": request.POST.get("active_on", ""), "reason": reason_of(request)}
    day = forms.DateField().to_python(said["active_on"]) if said["active_on"] else None
    try:
        version = _brought(reading, day, reason=said["reason"], **by(request))
    except Refused as refusal:
        context = {"token": token, "said": said, **_told(reading), "refusal": sentence(refusal)}
        return render(request, "admin/limits_report.html", context, status=409)
    uploads.forget(token)
    messages.success(request, _("已保存为 %(name)s，%(from)s 起用。") % {"name": version.name, "from": f"{day}"})
    return redirect("admin_limits")


@require_POST
@page_for(Role.ADMIN)
def recall(request: HttpRequest, name: str) -> HttpResponseBase:
    """Take back a version that has not begun (收回)."""
    cases.recall_limits(name=name, reason=reason_of(request), **by(request))
    messages.success(request, _("已收回，没有事项按它登记过。"))
    return redirect("admin_limits")


def _brought(reading: files.LimitReading, day: Any, **how: Any) -> Any:
    if reading.errors or day is None:
        raise Refused("文件还有错误，没有启用。")
    return cases.bring_limits(lines=reading.lines, active_on=day, **how)


def _told(reading: files.LimitReading) -> dict[str, Any]:
    problems = sorted(reading.problems, key=lambda problem: (not problem.is_error, problem.row))
    present = {_key(line): line for line in limit_table(at=timezone.now()).lines}
    brought = {_key(line): line for line in reading.lines}
    changed = [
        {
            "what": _what(line),
            "before": words.limit_label(present[key].limit) if key in present else "",
            "after": words.limit_label(line.limit),
        }
        for key, line in brought.items()
        if key not in present or present[key].limit != line.limit
    ]
    gone = [_what(line) for key, line in present.items() if key not in brought]
    return {
        "problems": [(problem, sentence(problem.refusal)) for problem in problems[:PROBLEMS_SHOWN]],
        "unshown_count": max(len(problems) - PROBLEMS_SHOWN, 0),
        "error_count": len(reading.errors),
        "line_count": len(reading.lines),
        "changed": changed,
        "gone": gone,
        "back": reverse("admin_limits"),
    }


def _key(line: Any) -> tuple[str, ...]:
    return line.deadline, line.category_code, line.kind, line.urgency, line.condition


def _what(line: Any) -> str:
    whom = words.category_label(line.category_code) if line.category_code else ""
    whom = whom or (words.kind_label(line.kind) if line.kind else words.urgency_label(line.urgency))
    condition = _("（%s）") % line.condition if line.condition else ""
    return f"{_(DEADLINE_LABELS[line.deadline])} · {whom}{condition}"


def _standing(row: Any, *, in_force: str, at: Any) -> tuple[str, str, str]:
    if row.recalled_at:
        return _("已收回"), "arrow-back-up", "over"
    if row.name == in_force:
        return _("在用"), "circle-check", "accent"
    return (_("还没到日子"), "hourglass", "soon") if row.active_from > at else (_("用过"), "history", "over")


def _file(request: HttpRequest, table: LimitTable) -> FileResponse:
    content = io.BytesIO()
    write, media_type = WRITERS["xlsx"]
    rows = list(files.written(table))
    write(content, iter(rows))
    record_table(request, title=_("时限表"), kind="xlsx", row_count=len(rows) - 1)
    content.seek(0)
    return FileResponse(content, as_attachment=True, filename=f"时限表-{table.version}.xlsx", content_type=media_type)
