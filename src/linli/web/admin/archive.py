"""What of the cases of earlier years is archived, what waits, and which cases these are (归档)."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from linli.case import archive as archives
from linli.place import queries as place
from linli.shared.roles import Role
from linli.text import queries as text
from linli.web.admin.doors import page_for
from linli.web.lists import Column, Filter, List

ARCHIVED = List(
    name="archive",
    title=gettext_lazy("归档"),
    order="closed_at",
    columns=(
        Column(key="number", label=gettext_lazy("编号"), is_main=True),
        Column(key="category", label=gettext_lazy("分类"), value=lambda row: text.category_name(row.category_code)),
        Column(key="area", label=gettext_lazy("区域"), value=lambda row: place.full_name(row.area_code)),
        Column(key="opened_at", label=gettext_lazy("登记")),
        Column(key="closed_at", label=gettext_lazy("结案"), sort="closed_at"),
        Column(key="archived_at", label=gettext_lazy("归档时间")),
    ),
    filters=(
        Filter(key="number", label=gettext_lazy("编号"), kind="words", fields=("number",)),
        Filter(key="since", label=gettext_lazy("结案从"), kind="since", fields=("closed_at",)),
        Filter(key="until", label=gettext_lazy("结案到"), kind="until", fields=("closed_at",)),
    ),
    live="",
    empty_title=gettext_lazy("还没有归档的事项"),
)


@require_GET
@page_for(Role.ADMIN, Role.AUDITOR)
def archive(request: HttpRequest) -> HttpResponseBase:
    """Show how far the archive has come and which cases are in it (归档)."""
    context = {"title": _("归档"), "standing": archives.standing(at=timezone.now())}
    return ARCHIVED.answer(request, archives.archived(), "admin/archive.html", context)
