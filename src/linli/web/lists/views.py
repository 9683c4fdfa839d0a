"""The views of a list as they stand above it: kept filters, order and columns (视图)."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseRedirect, QueryDict

from linli.staff import queries as staff

NOT_KEPT = ("after", "before", "export", "open", "purpose", "reason", "view")


@dataclass(frozen=True, slots=True)
class View:
    """One view to choose: its name, its address, whether it is in force, whose it is."""

    name: str
    url: str
    is_chosen: bool
    is_own: bool
    by: str


def view_query(request: HttpRequest) -> str:
    """Return what a view kept now would hold: everything in the address but the place in the pages."""
    return kept_of(request.GET)


def kept_of(asked: QueryDict) -> str:
    """Return the part of a query that a view keeps, in one order."""
    kept = QueryDict(mutable=True)
    for name, values in sorted(asked.lists()):
        if not name.endswith(NOT_KEPT) and any(values):
            kept.setlist(name, [value for value in values if value])
    return kept.urlencode()


def views_of(request: HttpRequest) -> list[View]:
    """Return the views that this post may choose for the list at this address."""
    post = getattr(request, "post", None)
    if post is None:
        return []
    now = view_query(request)
    return [
        View(
            name=view.name,
            url=f"{view.path}?{view.query or 'view=all'}",
            is_chosen=view.query == now,
            is_own=view.post_id == post.pk,
            by=view.post.account.name,
        )
        for view in staff.saved_views(post, request.path)
    ]


def default_of(request: HttpRequest) -> HttpResponseRedirect | None:
    """Lead to the view a post opens this list with, when the address says nothing itself."""
    post = getattr(request, "post", None)
    if post is None or request.META.get("QUERY_STRING"):
        return None
    for view in staff.saved_views(post, request.path):
        if view.is_default and view.post_id == post.pk and view.query:
            return HttpResponseRedirect(f"{view.path}?{view.query}")
    return None
