"""Pages of the grid worker's desk."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from linli.call import queries as called
from linli.case import queries as cases
from linli.shared.roles import Role
from linli.web.casepage import facts, rows, words
from linli.web.session import desk, post_of

PAGE_SIZE = 50


@desk(Role.GRID)
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Show what is open in the worker's own grid, the soonest due first, a page at a time."""
    post, at = post_of(request), timezone.now()
    page = Paginator(cases.in_grid(post), PAGE_SIZE).get_page(request.GET.get("page"))
    cards = [
        {
            "case": case,
            "is_late": bool(rows.is_late(case)),
            "due": rows.limit_of(case),
            "state": words.state_label(case.state),
            "state_icon": words.state_icon(case.state),
            "waiting": facts.waiting_words(case, at=at),
        }
        for case in page
    ]
    phones = len(called.subscriptions_of(post.account))
    context = {"cards": cards, "page": page, "area": post.area_code, "phones": phones}
    return render(request, "grid/today.html", context)
