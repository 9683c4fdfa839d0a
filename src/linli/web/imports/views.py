"""Pages of the hotline's files: bring one, say what its columns mean, rehearse, import, see what became of it."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.case.tasks import import_hotline_file
from linli.intake import actions as intake
from linli.intake import forms as reading
from linli.intake import queries as appeals
from linli.intake.rules import FileState
from linli.people.rules import Purpose
from linli.place.rules import Datum
from linli.shared import audit
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.web.imports.forms import DATUM_LABELS, ColumnsForm, FileForm
from linli.web.imports.rehearsal import rehearsed
from linli.web.refusals import sentence
from linli.web.session import desk, post_of

PAGE_SIZE = 50


def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Guard a page for the district's centre and the hotline; a refusal is a page of its own."""

    @wraps(view)
    def answered(request: HttpRequest, **places: Any) -> HttpResponseBase:
        try:
            return view(request, **places)
        except Refused as refusal:
            context = {"reason": sentence(refusal), "back_url": reverse("imports")}
            return render(request, "refused.html", context, status=409)

    guard: Callable[[Any], Callable[..., HttpResponseBase]] = desk(Role.DISTRICT, Role.HOTLINE)
    return never_cache(guard(answered))


@require_http_methods(["GET", "POST"])
@page
def files(request: HttpRequest) -> HttpResponseBase:
    """List the files that were brought, and take another (热线文件)."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("imports_file", file_id=_kept(request, form).pk)
        except Refused as refusal:
            form.add_error("file", sentence(refusal))
    page = Paginator(appeals.hotline_files(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "files": page.object_list, "page": page}
    return render(request, "imports/files.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
@page
def one_file(request: HttpRequest, *, file_id: UUID) -> HttpResponseBase:
    """Show a file: before its import the rehearsal, then the progress, then the result (预演、进度、结果)."""
    file = appeals.hotline_file(file_id)
    if file.state != FileState.UPLOADED:
        has_rejected = appeals.rejected_path(file).exists()
        return render(request, "imports/progress.html", {"file": file, "has_rejected": has_rejected})
    rows = reading.rows_of(appeals.content_of(file))
    headings = list(rows[0].cells)
    form = ColumnsForm(request.POST or None, headings=headings, initial=file.columns | {"datum": file.datum})
    if request.method == "POST" and form.is_valid():
        columns = form.columns()
        reading.check_columns(columns, headings)
        intake.choose_columns(file=file, columns=columns, datum=Datum(form.cleaned_data["datum"]))
        return redirect("imports_file", file_id=file.pk)
    is_readable = all(file.columns.get(field) for field in reading.REQUIRED)
    rehearsal = rehearsed(file, rows, at=timezone.now()) if is_readable else None
    better = DATUM_LABELS[rehearsal.better_datum] if rehearsal and rehearsal.better_datum else ""
    context = {"file": file, "form": form, "rehearsal": rehearsal, "better_datum": better}
    return render(request, "imports/rehearsal.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@page
def start(request: HttpRequest, *, file_id: UUID) -> HttpResponseBase:
    """Begin the import; the worker does it (开始导入)."""
    file, at = appeals.hotline_file(file_id), timezone.now()
    reading.check_columns(file.columns, file.columns.values())
    with transaction.atomic():
        intake.start_file(file=file, post_id=post_of(request).pk, at=at)
        import_hotline_file.defer(file_id=str(file.pk), at=at.isoformat())
    return redirect("imports_file", file_id=file.pk)


@require_POST
@page
def resume(request: HttpRequest, *, file_id: UUID) -> HttpResponseBase:
    """Let an import that stopped go on where it was (再试)."""
    file, at = appeals.hotline_file(file_id), timezone.now()
    with transaction.atomic():
        intake.resume_file(file=file, post_id=post_of(request).pk, at=at)
        import_hotline_file.defer(file_id=str(file.pk), at=at.isoformat())
    return redirect("imports_file", file_id=file.pk)


@require_GET
@page
def rejected(request: HttpRequest, *, file_id: UUID) -> HttpResponseBase:
    """Fetch the rows that were not kept, each with its reason (未导入的行)."""
    path = appeals.rejected_path(appeals.hotline_file(file_id))
    if not path.exists():
        return HttpResponse(_("没有未导入的行。"), status=404, content_type="text/plain; charset=utf-8")
    post = post_of(request)
    with path.open("rb") as file:
        row_count = max(sum(1 for _line in file) - 1, 0)
    audit.record_export(
        list_title=_("未导入的行"),
        path=request.path,
        kind="csv",
        row_count=row_count,
        at=timezone.now(),
        by_post_id=post.pk,
        by_words=staff.post_words(post),
        is_personal=True,
        purpose=Purpose.HANDLE_CASE.value,  # whoever brought the file corrects what was not kept
    )
    return FileResponse(path.open("rb"), as_attachment=True, filename="rejected.csv", content_type="text/csv")


def _kept(request: HttpRequest, form: FileForm) -> Any:
    given = form.cleaned_data["file"]
    if given.size > reading.FILE_BYTES_MAX:
        raise Refused("文件超过 %(most)s MB，请分开导入。", most=reading.FILE_BYTES_MAX // 1_000_000)
    content = given.read()
    rows = reading.rows_of(content)
    headings = list(rows[0].cells)
    columns, datum = appeals.remembered_columns(headings) or (reading.guessed(headings), Datum.WGS84)
    return intake.keep_file(
        name=given.name or "",
        content=content,
        columns=columns,
        datum=datum,
        rows=len(rows),
        post_id=post_of(request).pk,
        at=timezone.now(),
    )
