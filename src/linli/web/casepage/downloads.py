"""Files of a case, handed out to whoever sees the case; each time is written down (附件)."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.case.finding import has_file
from linli.shared import audit
from linli.shared.queries import attachment_path, attachments
from linli.staff import queries as staff
from linli.web.casepage import views
from linli.web.session import post_of


@never_cache
@require_safe
def download(request: HttpRequest, pk: int, file_id: UUID) -> HttpResponseBase:
    """Hand out a file of a case as a download, never to be shown by the browser; who took it is written down."""
    case = views.case_of(request, pk)
    row = attachments([file_id]).get(str(file_id)) if has_file(case, str(file_id)) else None
    if row is None:
        raise Http404(_("没有这个附件。"))
    if not row.may_be_opened:
        return _shut(request, case, row)
    try:
        content = attachment_path(row.pk).open("rb")
    except FileNotFoundError:
        raise Http404(_("没有这个附件。")) from None
    _record(request, case, row)
    answer = FileResponse(content, as_attachment=True, filename=row.name, content_type="application/octet-stream")
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _record(request: HttpRequest, case: Any, row: Any) -> None:
    post = post_of(request)
    audit.record(
        stage="case",
        verb="open_file",
        subject=f"{case.number} {row.name}",
        at=timezone.now(),
        by_post_id=post.pk,
        by_words=staff.post_words(post),
        detail={"case": case.pk, "file": str(row.pk)},
    )


def _shut(request: HttpRequest, case: Any, row: Any) -> HttpResponse:
    why = {
        "WAITING": _("这个附件正在查毒，查完才能打开，请稍等再试。"),
        "FAILED": _("查毒没有完成，附件暂时不能打开；系统会自动再查，一直不行请告诉管理员。"),
        "FOUND": _("这个附件查出病毒，不能打开。"),
    }[row.scan]
    return render(
        request, "refused.html", {"reason": why, "back_url": views.address(request, "case", case.pk)}, status=409
    )
