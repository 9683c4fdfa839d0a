"""One page of a list, ready to be shown (列表的一页)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.web import assets
from linli.web.lists.declared import Column, Declared, Filter
from linli.web.lists.keyset import Order, Slice, slice_of
from linli.web.lists.views import View, view_query, views_of

LONG = 200  # rows of a long page, as many as may be moved together
ROWS_REMEMBERED = 4000  # about ten megabytes of markup in a process
_ROWS: dict[tuple[Any, ...], str] = {}


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head: its label, and where a click on it leads."""

    label: str
    url: str
    sorted: str  # "ascending", "descending" or nothing, as aria-sort says it
    css: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer a filter offers."""

    value: str
    words: str
    is_chosen: bool
    url: str


@dataclass(frozen=True, slots=True)
class Control:
    """A filter as it stands: its name in the address, its value and its choices."""

    name: str
    label: str
    kind: str
    value: str
    choices: tuple[Choice, ...]


@dataclass(slots=True)
class Page:
    """What ``parts/list.html`` shows."""

    declared: Declared
    rows: list[Any]
    body: SafeString
    count: int
    is_count_whole: bool
    heads: list[Head]
    controls: list[Control]
    tabs: list[Control]
    hidden: list[tuple[str, str]]
    next_url: str
    previous_url: str
    first_url: str
    csv_url: str
    xlsx_url: str
    is_filtered: bool
    verbs: list[tuple[str, str]] = field(default_factory=list)  # what may be done to several rows at once
    long_url: str = ""  # the same with more rows to a page
    shown: list[tuple[str, str, bool, bool]] = field(default_factory=list)  # label, address, is shown, is spare
    views: list[View] = field(default_factory=list)  # kept filters, order and columns to choose from
    path: str = ""
    query: str = ""  # what a view kept now would hold
    messages: list[str] = field(default_factory=list)

    @property
    def count_words(self) -> str:
        """共 128 条, or 1万+ 条 where nobody counted further."""
        if self.is_count_whole:
            return _("共 %s 条") % self.count
        limit = self.declared.count_max
        return _("%s万+ 条") % (limit // 10_000) if limit % 10_000 == 0 else _("%s+ 条") % limit

    @property
    def folds(self) -> bool:
        """True where there is more to filter by than words: on a phone that waits behind one button."""
        return any(control.kind != "words" for control in self.controls)

    @property
    def filter_count(self) -> int:
        """Count the filters in force behind that button."""
        return sum(1 for control in self.controls if control.kind != "words" and control.value)

    @property
    def export_words(self) -> str:
        """State the limit of an export before it is made."""
        return _("按现在的筛选导出，最多 %s 行") % self.declared.export_max

    @property
    def numbers(self) -> range:
        """Return the places of the columns, for an empty table's width."""
        return range(len(self.declared.columns) + bool(self.verbs))

    @property
    def form_name(self) -> str:
        """Name the form that the boxes before the rows belong to."""
        return form_name(self.declared)


@dataclass(frozen=True, slots=True)
class Found:
    """The rows a request asks for, read but not yet drawn."""

    declared: Declared
    every_column: tuple[Column, ...]
    request: HttpRequest
    address: "Address"
    given: dict[str, str]
    chosen: str
    slice: Slice
    count: int
    is_count_whole: bool
    messages: list[str]

    @property
    def signature(self) -> tuple[Any, ...] | None:
        """Everything the page shows of these rows, or None where the list does not say what that is."""
        told = self.declared.signature
        if told is None:
            return None
        rows = tuple((told(row), self.declared.tone(row) if self.declared.tone else "") for row in self.slice.rows)
        ends = (self.slice.following, self.slice.preceding, self.count, self.is_count_whole)
        return (self.declared.name, rows, ends, tuple(views_of(self.request)), tuple(self.messages))


def found_of(
    declared: Declared, request: HttpRequest, queryset: QuerySet[Any], *, given: dict[str, str], ignored: list[str]
) -> Found:
    """Read the rows the address asks for: one statement, and at most one bounded count."""
    address = Address(request, declared.prefix)
    every_column = declared.columns
    declared = with_columns(declared, address)
    messages = [_("“%s”不在可选范围里，没有按它筛选。") % words[:40] for words in ignored]
    order, chosen = order_of(declared, address, messages)
    # What a filter asks may hold values whose type only Django knows.
    found = _slice(declared, address, queryset, order, messages, is_planned=declared.is_planned and not given)
    count, is_whole = _count(declared, address, queryset, found)
    return Found(declared, every_column, request, address, given, chosen, found, count, is_whole, messages)


def page_of(found: Found) -> Page:
    """Build the page of the rows that were read."""
    declared, request, address = found.declared, found.request, found.address
    verbs = _verbs(declared, request)
    controls = [_control(each, request, found.given, address) for each in declared.filters]
    tabs = {each.key for each in declared.filters if each.is_tabs}
    following, preceding = found.slice.following, found.slice.preceding
    return Page(
        declared=declared,
        rows=found.slice.rows,
        body=_body(declared, found.slice.rows, has_boxes=bool(verbs)),
        count=found.count,
        is_count_whole=found.is_count_whole,
        heads=[_head(column, found.chosen, address) for column in declared.columns],
        controls=[control for each, control in zip(declared.filters, controls, strict=True) if each.key not in tabs],
        tabs=[control for each, control in zip(declared.filters, controls, strict=True) if each.key in tabs],
        hidden=list(address.kept({each.key for each in declared.filters if each.key not in tabs})),
        next_url=address.with_(after=following) if following else "",
        previous_url=address.with_(before=preceding) if preceding else "",
        first_url=address.with_() if address.get("after") or address.get("before") else "",
        csv_url=address.with_(export="csv"),
        xlsx_url=address.with_(export="xlsx"),
        is_filtered=bool(found.given),
        verbs=verbs,
        shown=_shown(found.every_column, declared, address),
        views=views_of(request),
        path=request.path,
        query=view_query(request),
        long_url=address.with_(size=str(LONG)) if verbs and following and not address.get("size") else "",
        messages=found.messages,
    )


class Address:
    """The address bar, with this list's parameters told from the others'."""

    MOVING = ("after", "before", "export")

    def __init__(self, request: HttpRequest, prefix: str) -> None:
        self.path = request.path
        self.prefix = prefix
        self.asked = request.GET

    def get(self, key: str) -> str:
        """Return one of this list's parameters."""
        return self.asked.get(self.prefix + key, "")

    def with_(self, **changes: str) -> str:
        """Return the address with some parameters changed; paging begins anew and nothing is open."""
        query = self._settled()
        for key, value in changes.items():
            if value:
                query[self.prefix + key] = value
            else:
                query.pop(self.prefix + key, None)
        words = query.urlencode()
        return f"{self.path}?{words}" if words else self.path

    def kept(self, replaced: set[str]) -> Iterator[tuple[str, str]]:
        """Return what a filter form must carry along unseen."""
        names = {self.prefix + key for key in replaced}
        return ((name, value) for name, values in self._settled().lists() if name not in names for value in values)

    def _settled(self) -> QueryDict:
        query = self.asked.copy()
        for key in (*(self.prefix + moving for moving in self.MOVING), "open"):
            query.pop(key, None)
        return query


def with_columns(declared: Declared, address: Address) -> Any:
    """Return the list without the columns the address hides; the headline always stays."""
    hidden = set(address.get("hide").split(","))
    columns = tuple(column for column in declared.columns if column.is_main or column.key not in hidden)
    if len(columns) == len(declared.columns):
        return declared
    return replace(declared, columns=columns, signature=None)  # rows with other columns share no markup


def _shown(columns: Sequence[Column], declared: Declared, address: Address) -> list[tuple[str, str, bool, bool]]:
    shown = {column.key for column in declared.columns}
    hidden = [column.key for column in columns if column.key not in shown]
    choices = []
    for column in columns:
        if not column.is_main and str(column.label):
            is_shown = column.key in shown
            wanted = [*hidden, column.key] if is_shown else [key for key in hidden if key != column.key]
            choices.append(
                (str(column.label), address.with_(hide=",".join(wanted)), is_shown, column.is_spare or column.is_extra)
            )
    return choices


def order_of(declared: Declared, address: Address, messages: list[str]) -> tuple[Order, str]:
    """Return the order the address asks for, and the column's key it was asked by."""
    sortable = {column.key: column.sort for column in declared.columns if column.sort}
    chosen = address.get("sort")
    if chosen.removeprefix("-") not in sortable:
        if chosen:
            messages.append(_("不能按“%s”排序，已用原来的顺序。") % chosen[:40])
        chosen = declared.order
    return Order(sortable[chosen.removeprefix("-")], is_descending=chosen.startswith("-")), chosen


def _slice(
    declared: Declared,
    address: Address,
    queryset: QuerySet[Any],
    order: Order,
    messages: list[str],
    *,
    is_planned: bool,
) -> Slice:
    after, before = address.get("after"), address.get("before")
    size = LONG if declared.together and address.get("size") == str(LONG) else declared.page_size
    try:
        found = slice_of(
            queryset,
            order=order,
            token=after or before,
            is_backward=bool(before and not after),
            size=size,
            is_planned=is_planned,
        )
    except ValueError:
        messages.append(_("这个翻页链接已经不能用了，现在显示第一页。"))
        return slice_of(queryset, order=order, token="", is_backward=False, size=size)
    return found


def _count(declared: Declared, address: Address, queryset: QuerySet[Any], found: Slice) -> tuple[int, bool]:
    is_everything = not (found.following or found.preceding or address.get("after") or address.get("before"))
    if is_everything:
        return len(found.rows), True
    if declared.count_max <= declared.page_size:  # that there are more than these is known already
        return declared.count_max, False
    count = queryset.order_by().values("pk")[: declared.count_max + 1].count()
    return count, count <= declared.count_max


def _control(each: Filter, request: HttpRequest, given: dict[str, str], address: Address) -> Control:
    value = given.get(each.key, "")
    offered = each.choices_for(request) if each.kind == "choice" else ()
    choices = (
        Choice(str(key), str(words), str(key) == value, address.with_(**{each.key: str(key)})) for key, words in offered
    )
    everything = Choice("", _("全部"), not value, address.with_(**{each.key: ""}))
    return Control(address.prefix + each.key, str(each.label), each.kind, value, (everything, *choices))


def _head(column: Column, chosen: str, address: Address) -> Head:
    css = "is-number" * column.is_number + " is-extra" * column.is_extra + " is-spare" * column.is_spare
    if not column.sort:
        return Head(str(column.label), "", "", css)
    is_chosen = chosen.removeprefix("-") == column.key
    is_descending = chosen.startswith("-")
    following = f"-{column.key}" if is_chosen and not is_descending else column.key
    direction = ("descending" if is_descending else "ascending") if is_chosen else ""
    return Head(str(column.label), address.with_(sort=following), direction, css)


def form_name(declared: Declared) -> str:
    """Name the form that the boxes of a list belong to."""
    return f"together-{declared.name}"


def _verbs(declared: Declared, request: HttpRequest) -> list[tuple[str, str]]:
    return [(str(key), str(words)) for key, words in declared.together.verbs(request)] if declared.together else []


def _body(declared: Declared, rows: list[Any], *, has_boxes: bool = False) -> SafeString:
    """Rows as markup; every part is escaped where it is made."""
    if has_boxes:
        marked = zip(rows, _plain_rows(declared, rows), strict=True)
        return SafeString("".join(_boxed(declared, row, markup) for row, markup in marked))
    return SafeString("".join(_plain_rows(declared, rows)))


def _boxed(declared: Declared, row: Any, markup: str) -> str:
    """Return a row with a box to choose it by, put into the markup that equal rows share."""
    key = escape(str(declared.key(row)))
    label = escape(_("选这一件：%s") % (next(iter(_mains(declared, row)), "") or key))
    box = (
        f'<td class="is-pick"><label><input type="checkbox" name="pick" value="{key}" form="{form_name(declared)}" '
        f'aria-label="{label}" data-pick></label></td>'
    )
    return markup.replace(">", f">{box}", 1)


def _mains(declared: Declared, row: Any) -> Iterator[str]:
    return (str(column.value_of(row)) for column in declared.columns if column.is_main)


def _plain_rows(declared: Declared, rows: list[Any]) -> Iterator[str]:
    columns = [(column, _css(column), escape(str(column.label))) for column in declared.columns]
    if declared.signature is None:
        return (_row(declared, columns, row) for row in rows)
    # Names and times in words hold for this minute; the same rows are asked for again by every refresh of every desk.
    told = (declared.name, get_language(), timezone.now().replace(second=0, microsecond=0), assets.address("icons.svg"))
    return (_remembered(declared, columns, row, told) for row in rows)


def _remembered(declared: Declared, columns: Sequence[tuple[Column, str, str]], row: Any, told: tuple[Any, ...]) -> str:
    signature = declared.signature(row) if declared.signature else ()
    key = (told, signature, declared.tone(row) if declared.tone else "")
    words = _ROWS.get(key)
    if words is None:
        if len(_ROWS) >= ROWS_REMEMBERED:
            _ROWS.clear()
        words = _ROWS[key] = _row(declared, columns, row)
    return words


def _row(declared: Declared, columns: Sequence[tuple[Column, str, str]], row: Any) -> str:
    key = escape(str(declared.key(row)))
    url = escape(declared.address(row)) if declared.url else ""
    cells = "".join(_cell(column, css, label, row, url, key) for column, css, label in columns)
    tone = declared.tone(row) if declared.tone else ""
    return f'<tr data-key="{key}" class="{"is-" + tone if tone else ""}">{cells}</tr>\n'


def _cell(column: Column, css: str, label: str, row: Any, url: str, key: str) -> str:
    shown = column.shown(row)
    if column.is_main and url:
        shown = f'<a href="{url}" data-open="{key}">{shown or "—"}</a>'
    if not shown:
        css += " is-empty"
    return f'<td class="{css}" data-label="{label}">{shown}</td>'


def _css(column: Column) -> str:
    marks = (
        ("is-main", column.is_main),
        ("is-number", column.is_number),
        ("is-extra", column.is_extra),
        ("is-spare", column.is_spare),
        ("is-bare", column.is_bare),
    )
    return " ".join(name for name, holds in marks if holds)
