"""Columns and filters that the desks' lists of cases share (列表用的列和筛选)."""

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.case import finding
from linli.case.states import STATE_LABELS, CaseState
from linli.intake.rules import CHANNEL_LABELS
from linli.place import queries as place
from linli.web import emergency
from linli.web.casepage import words
from linli.web.casepage.forms import area_choices, category_choices
from linli.web.lists import Column, Filter, due_cell, state_cell
from linli.web.session import post_of

OVER = frozenset({CaseState.CLOSED, CaseState.REFUSED, CaseState.WITHDRAWN, CaseState.MERGED})
CATEGORY_GROUP_DIGITS = 2
PLACE_SHOWN = 60
Cased = Callable[[Any], Any]  # from a row to its case


def itself(row: Any) -> Any:
    """Return the case of a row that is a case."""
    return row


def state_of(case: Any) -> str:
    """Show the state of a case as icon and words."""
    return state_cell(words.state_label(case.state), words.state_icon(case.state), words.state_tone(case.state))


def late_word(due_at: datetime) -> str:
    """Mark a row that is past its moment."""
    return "late" if due_at < timezone.now() else ""


def is_late(case: Any) -> str:
    """Mark a row whose case is past its limit and not finished."""
    is_running = case.closed_at is None and case.state != CaseState.FINISHED
    return late_word(case.due_at) if is_running else ""


def place_of(case: Any) -> str:
    """Name where a case is: the deepest area, then what the address adds to it."""
    area = place.full_name(case.area_code, words.language())
    return f"{area} {beyond(case.address, area)}".strip()


def beyond(address: str, area: str) -> str:
    """Return an address without the names it begins with and the area has said; 12 is not 1 and then 2."""
    for name in area.split("·"):
        if name and not name[-1].isdigit():
            address = address.removeprefix(name).lstrip(" ·，,")
    return address


def place_cell(case: Any) -> str:
    """Show where a case is; an address that goes on and on is cut, the case page has all of it."""
    where = place_of(case)
    return where if len(where) <= PLACE_SHOWN else f"{where[: PLACE_SHOWN - 1]}…"


def limit_of(case: Any) -> datetime:
    """Return the moment a case is due: for one that is finished, until when the resident may answer."""
    due: datetime = case.due_at
    return case.confirm_due_at or due if case.state == CaseState.FINISHED else due


def limit_cell(case: Any) -> str:
    """Show what is due; a case that is over shows only when it was closed."""
    if case.closed_at is not None:
        return _("%s 结案") % timezone.localtime(case.closed_at).strftime("%Y-%m-%d")
    return due_cell(limit_of(case))


def title_column(case_of: Cased = itself) -> Column:
    """The headline of a row."""
    return Column(
        key="title",
        label=gettext_lazy("事项"),
        value=lambda row: case_of(row).title,
        cell=lambda row: title_cell(case_of(row)),
        is_main=True,
        is_personal=True,
    )


def title_cell(case: Any) -> str:
    """Show the headline, and behind it whom to call first while nobody has signed for it (紧急情况)."""
    said = getattr(case, "said", None)
    heard = emergency.numbers_for(f"{case.title} {said}") if said is not None else []
    if not heard:
        return str(case.title)
    first = _("先打 %(numbers)s") % {"numbers": "、".join(one.number for one in heard)}
    return format_html("{} {}", case.title, state_cell(first, "phone", "late"))


def number_column(case_of: Cased = itself, *, sort: str = "number") -> Column:
    """The number people read out."""
    return Column(
        key="number", label=gettext_lazy("编号"), value=lambda row: case_of(row).number, sort=sort, is_extra=True
    )


def place_column(case_of: Cased = itself, *, sort: str = "") -> Column:
    """Where it is."""
    return Column(
        key="place",
        label=gettext_lazy("地点"),
        value=lambda row: place_of(case_of(row)),
        cell=lambda row: place_cell(case_of(row)),
        sort=sort,
        is_personal=True,
    )


def category_column(case_of: Cased = itself) -> Column:
    """What it is about."""
    return Column(
        key="category",
        label=gettext_lazy("分类"),
        value=lambda row: words.category_label(case_of(row).category_code),
        is_extra=True,
    )


def state_column() -> Column:
    """Where it stands."""
    return Column(
        key="state", label=gettext_lazy("状态"), value=lambda case: words.state_label(case.state), cell=state_of
    )


def limit_column() -> Column:
    """By when."""
    return Column(key="due", label=gettext_lazy("时限"), value=attrgetter("due_at"), cell=limit_cell, sort="due_at")


def opened_column() -> Column:
    """When it came."""
    return Column(
        key="opened", label=gettext_lazy("登记"), value=attrgetter("opened_at"), sort="opened_at", is_extra=True
    )


def state_filter(*, is_open_only: bool = True) -> Filter:
    """Choose a state."""
    states = [state for state in CaseState if not (is_open_only and state in OVER)]
    return Filter(
        key="state",
        label=gettext_lazy("状态"),
        choices=lambda _request: [(state.value, _(STATE_LABELS[state])) for state in states],
        fields=("state",),
    )


def category_filter() -> Filter:
    """Choose a category, or a whole group of them."""
    return Filter(
        key="category",
        label=gettext_lazy("分类"),
        choices=_categories,
        apply=lambda cases, code: cases.filter(category_code__gte=code, category_code__lt=code + ":"),
    )


def area_filter() -> Filter:
    """Choose a community or a grid of one's own area."""
    return Filter(
        key="area",
        label=gettext_lazy("区域"),
        choices=_areas,
        apply=lambda cases, code: cases.filter(area_code__gte=code, area_code__lt=code + ":"),
    )


def channel_filter() -> Filter:
    """Choose how it came."""
    return Filter(
        key="channel",
        label=gettext_lazy("来源"),
        choices=lambda _request: [(channel.value, _(label)) for channel, label in CHANNEL_LABELS.items()],
        fields=("channel",),
    )


def late_filter() -> Filter:
    """Only what is overdue, or only what is not."""
    return Filter(
        key="late",
        label=gettext_lazy("超时"),
        choices=lambda _request: [("yes", _("已超时")), ("no", _("未超时"))],
        apply=_late,
    )


def words_filter(*, is_open_only: bool = True) -> Filter:
    """Words of the title, the text, the address, the steps, or the number; from the index of words."""
    return Filter(
        key="q",
        label=gettext_lazy("查找") if is_open_only else gettext_lazy("查找（最近的 1000 件命中）"),
        kind="words",
        apply=lambda cases, said: with_all_words(cases, said, is_open=is_open_only),
    )


def with_all_words(cases: QuerySet[Any], said: str, *, is_open: bool) -> QuerySet[Any]:
    """Leave the cases that have this number, or the newest of those that have all these words (按词筛选)."""
    number = finding.number_in(said)
    if number:
        return cases.filter(number=number)
    return cases.filter(pk__in=finding.found(said, at=timezone.now(), is_open=is_open).case_ids)


def _late(cases: QuerySet[Any], wanted: str) -> QuerySet[Any]:
    at = timezone.now()
    late = cases.filter(due_at__lt=at, closed_at__isnull=True).exclude(state="FINISHED")
    return late if wanted == "yes" else cases.exclude(pk__in=late.values("pk"))


def _categories(_request: HttpRequest) -> list[tuple[str, str]]:
    choices: list[tuple[str, str]] = []
    for name, rows in words_by_group():
        choices += [(rows[0][0][:CATEGORY_GROUP_DIGITS], name), *((code, f"　{label}") for code, label in rows)]
    return list(dict(choices).items())


def words_by_group() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the categories in force by group, with their names in the page's language."""
    return [(name, rows) for name, rows in category_choices() if isinstance(rows, list)]


def _areas(request: HttpRequest) -> list[tuple[str, str]]:
    return area_choices(post_of(request).area_code)
