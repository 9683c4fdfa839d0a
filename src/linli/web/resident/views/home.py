"""The first page, and where a case stands for someone who has its number."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linli.case import queries as case_queries
from linli.case.queries import PublicStanding
from linli.case.rules import spoken_number
from linli.place import queries as place
from linli.text import queries as text
from linli.web.resident import drafts, told
from linli.web.resident.doors import letter_box
from linli.web.resident.forms import ProgressForm
from linli.web.resident.limits import at_most


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Offer the two doors, and the numbers to call when it burns (首页)."""
    area = request.GET.get("area", "")
    is_known = area.isdigit() and len(area) <= 20 and place.exists(area)
    return render(
        request, "resident/home.html", {"is_begun": drafts.is_begun(request), "area": area if is_known else ""}
    )


@letter_box
@at_most(60, per_seconds=600, name="progress")
@require_http_methods(["GET", "HEAD", "POST"])
def progress(request: HttpRequest) -> HttpResponse:
    """Find a case: by its private link everything, by its number alone only where it stands (查进度)."""
    form = ProgressForm(request.POST or None)
    if request.method != "POST":
        return render(request, "resident/progress.html", {"form": form})
    found = None
    if form.is_valid():
        if form.link:
            return redirect("resident:follow", *form.link)
        found = case_queries.public_standing(form.cleaned_data["number"])
        if found is None:
            form.add_error("number", _("没有这个编号。请对照短信或回执再看一遍。"))
    context = {"form": form, "standing": _standing(found) if found else None}
    return render(request, "resident/progress.html", context, status=200 if found else 422)


def _standing(found: PublicStanding) -> dict[str, object]:
    code = found.category_code
    return {
        "number": spoken_number(found.number),
        "words": told.state_words(found.state),
        "category": text.category_name(code, get_language() or "zh-hans") if code else "",
        "opened_at": found.opened_at,
        "due_at": found.due_at if found.closed_at is None and found.state != "FINISHED" else None,
    }
