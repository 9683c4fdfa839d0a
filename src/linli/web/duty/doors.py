"""Who comes in here, and how a refusal is shown (值班页公用)."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from linli.shared.roles import Role
from linli.web.admin.doors import page_for

# Whoever may be told of a call reads the roster of their unit; who writes it, the action asks.
TOLD = (Role.GRID, Role.COMMUNITY, Role.STREET, Role.HEALTH, Role.DISTRICT)
LADDER = (Role.DISTRICT, Role.ADMIN)

Page = Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]
for_told: Page = page_for(*TOLD)
for_ladder: Page = page_for(*LADDER)


def said_unit(request: HttpRequest) -> Any:
    """Return the code of the unit a page is asked for, or nothing for one's own."""
    return (request.POST.get("unit") or request.GET.get("unit") or "")[:40]
