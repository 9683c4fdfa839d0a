"""How a list is declared: its columns, filters and order (列表的声明)."""

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import attrgetter, or_
from typing import Any, Literal
from urllib.parse import quote

from django.db.models import Expression, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.web.lists.cells import plain

Words = str | Promise
Choices = Sequence[tuple[str, Words]]
WORDS_MAX = 100
TERMS_MAX = 5
ALL_DONE = _("都办完了")
NOT_TYPED = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: what it holds, how it is shown, what it is sorted by.

    ``value`` takes the row; it is what the export writes. ``show`` takes that value and makes words or markup of it,
    ``cell`` does so from the whole row. ``sort`` is a field of the queryset.
    """

    key: str
    label: Words
    value: Callable[[Any], Any] | None = None
    show: Callable[[Any], str] = plain
    cell: Callable[[Any], str] | None = None
    sort: str = ""
    is_main: bool = False  # carries the link that opens the row; the headline on a phone
    is_number: bool = False
    is_extra: bool = False  # steps aside while the side panel is open
    is_spare: bool = False  # shown where the screen is wide enough for it, and on a phone's cards
    is_bare: bool = False  # needs no label on a phone
    is_exported: bool = True
    is_personal: bool = False  # may say something about a person: whoever takes it along in a file says what for

    def value_of(self, row: Any) -> Any:
        """Return what the column holds for a row."""
        return self.value(row) if self.value else attrgetter(self.key)(row)

    def shown(self, row: Any) -> str:
        """Return the cell as escaped markup."""
        return plain(self.cell(row)) if self.cell else self.show(self.value_of(row))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One question to a list: a choice, words, or a day; without ``apply`` it asks ``fields``."""

    key: str
    label: Words
    kind: Literal["choice", "words", "since", "until"] = "choice"
    choices: Choices | Callable[[HttpRequest], Choices] = ()
    fields: tuple[str, ...] = ()
    apply: Callable[[QuerySet[Any], str], QuerySet[Any]] | None = None
    ask: Callable[[HttpRequest, str], Q | Expression] | None = None  # a condition that depends on who asks
    is_tabs: bool = False  # a row of links instead of a select

    def choices_for(self, request: HttpRequest) -> Choices:
        """Return the choices; they may depend on who asks."""
        return self.choices(request) if callable(self.choices) else self.choices

    def read(self, given: str, request: HttpRequest) -> str | None:
        """Return the value to filter by, nothing when none was given, None when it makes no sense."""
        value = NOT_TYPED.sub(" ", given).strip()[:WORDS_MAX]
        if not value or self.kind == "words":
            return value
        if self.kind == "choice":
            return value if value in {str(key) for key, _words in self.choices_for(request)} else None
        return value if _day(value) else None

    def narrow(self, queryset: QuerySet[Any], value: str, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows that answer the question."""
        if self.ask:
            return queryset.filter(self.ask(request, value))
        if self.apply:
            return self.apply(queryset, value)
        if self.kind == "words":
            for term in value.split()[:TERMS_MAX]:
                queryset = queryset.filter(reduce(or_, (Q(**{f"{field}__icontains": term}) for field in self.fields)))
            return queryset
        return queryset.filter(**{self.fields[0] + self._lookup(): self._wanted(value)})

    def _lookup(self) -> str:
        return {"since": "__gte", "until": "__lt"}.get(self.kind, "")

    def _wanted(self, value: str) -> Any:
        day = _day(value) if self.kind in {"since", "until"} else None
        if day is None:
            return value
        first = day if self.kind == "since" else day + datetime.timedelta(days=1)
        return timezone.make_aware(datetime.datetime.combine(first, datetime.time()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What may be done to several rows at once: where the chosen keys are sent, and the verbs to choose from."""

    url: str
    verbs: Callable[[HttpRequest], Choices]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a list of one kind of row is made of. ``url`` is the address of a row with KEY in the place of its key."""

    name: str
    title: Words
    columns: tuple[Column, ...]
    order: str  # a column's key, with "-" before it for descending
    filters: tuple[Filter, ...] = ()
    key: Callable[[Any], Any] = attrgetter("pk")
    url: Words = ""
    tone: Callable[[Any], str] | None = None  # "late" or "soon" marks the whole row
    live: str = "area unit"  # which hints renew it; "" for none
    empty_title: Words = ALL_DONE
    empty_words: Words = ""
    page_size: int = 50
    count_max: int = 10_000  # counted no further: "1万+"
    export_max: int = 20_000
    signature: Callable[[Any], tuple[Any, ...]] | None = None  # everything a row shows: equal ones share their markup
    is_planned: bool = False  # its statement is planned once per connection: for the lists asked most
    prefix: str = ""  # before the parameters, where a page holds two lists
    together: Together | None = None  # a box before each row, to choose several

    def filtered(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> tuple[QuerySet[Any], dict[str, str], list[str]]:
        """Return the rows the filters leave, the values in force, and what was given in vain."""
        given: dict[str, str] = {}
        ignored: list[str] = []
        for each in self.filters:
            words = request.GET.get(self.prefix + each.key, "")
            value = each.read(words, request)
            if value:
                given[each.key] = value
                queryset = each.narrow(queryset, value, request)
            elif value is None:
                ignored.append(words)
        return queryset, given, ignored

    def address(self, row: Any) -> str:
        """Return where a row is shown on a page of its own."""
        return str(self.url).replace("KEY", quote(str(self.key(row)), safe=""))


def _day(words: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(words)
    except ValueError:
        return None
