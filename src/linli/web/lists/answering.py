"""A list that answers requests (列表的应答)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from linli.web.lists import export
from linli.web.lists.declared import Declared
from linli.web.lists.page import Address, Found, Page, found_of, order_of, page_of, with_columns
from linli.web.lists.views import default_of


@dataclass(frozen=True, slots=True, kw_only=True)
class List(Declared):
    """A declared list with its page and its export."""

    def answer(
        self, request: HttpRequest, queryset: QuerySet[Any], template: str, context: Mapping[str, Any] | None = None
    ) -> HttpResponseBase:
        """Answer a request with the page, or with the whole filtered list as a file."""
        led = default_of(request)
        if led is not None:
            return led
        wanted = request.GET.get(f"{self.prefix}export", "")
        if wanted in export.WRITERS:
            return self.exported(request, queryset, wanted)
        page = self.page(request, queryset)
        return render(request, template, {"page": page, "panel_pattern": self.url, **(context or {})})

    def exported(self, request: HttpRequest, queryset: QuerySet[Any], kind: str) -> HttpResponseBase:
        """Answer with the file and write it into the ledger; what says something about people asks first what for."""
        address = Address(request, self.prefix)
        order, _chosen = order_of(self, address, [])
        narrowed, given, _ignored = self.filtered(request, queryset)
        shown = with_columns(self, address)
        asked = export.Asked.of(request, shown, given=given, kind=kind)
        if asked.needs_purpose:
            return export.ask_purpose(request, shown, asked)
        return export.answer(shown, narrowed, order, asked)

    def page(self, request: HttpRequest, queryset: QuerySet[Any]) -> Page:
        """Return the page the address asks for; what makes no sense in it is left out and said so."""
        return page_of(self.found(request, queryset))

    def found(self, request: HttpRequest, queryset: QuerySet[Any]) -> Found:
        """Read the rows the address asks for without drawing them yet."""
        narrowed, given, ignored = self.filtered(request, queryset)
        return found_of(self, request, narrowed, given=given, ignored=ignored)
