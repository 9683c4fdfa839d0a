"""The list of the call-backs that wait, as each desk shows it (待回访)."""

from dataclasses import replace
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.confirm import queries as confirms
from linli.confirm.rules import TRIES_MAX
from linli.shared.prefixes import under
from linli.web.casepage import rows, words
from linli.web.lists import Column, Filter, List, due_cell, moment_cell

case_of = attrgetter("case")


def waiting(desk: str) -> List:
    """Return the list with the addresses of one desk."""
    return replace(WAITING, url=f"/{desk}/call-backs/KEY/")


def _tried(row: Any) -> str:
    if not row.tries:
        return _("还没有打")
    return _("打过 %(tries)s 次，最多 %(most)s 次") % {"tries": row.tries, "most": TRIES_MAX}


def _handler(row: Any) -> str:
    return words.unit_label(row.case.lead_id or row.case.owner_id)


def _late(found: QuerySet[Any], wanted: str) -> QuerySet[Any]:
    late = confirms.late_at(timezone.now())
    return found.filter(late) if wanted == "late" else found.exclude(late)


WAITING = List(
    name="call-backs",
    title=gettext_lazy("待回访"),
    order="due",
    key=attrgetter("case_id"),
    columns=(
        rows.title_column(case_of),
        Column(key="due", label=gettext_lazy("回访时限"), value=attrgetter("due_at"), show=due_cell, sort="due_at"),
        Column(key="tried", label=gettext_lazy("打过几次"), value=_tried),
        rows.place_column(case_of),
        Column(key="handler", label=gettext_lazy("谁办的"), value=_handler, is_extra=True),
        Column(
            key="finished",
            label=gettext_lazy("办结"),
            value=lambda row: row.case.finished_at,
            show=moment_cell,
            is_extra=True,
        ),
        rows.category_column(case_of),
        rows.number_column(case_of, sort=""),
    ),
    filters=(
        Filter(
            key="late",
            label=gettext_lazy("时限"),
            choices=lambda _request: [("late", _("已超时")), ("due", _("还没到时限"))],
            apply=_late,
            is_tabs=True,
        ),
        Filter(
            key="tries",
            label=gettext_lazy("打过几次"),
            choices=lambda _request: [(str(each), str(each)) for each in range(TRIES_MAX)],
            fields=("tries",),
        ),
        rows.area_filter(),
        replace(
            rows.category_filter(),
            apply=lambda found, code: found.filter(under(code, column="case__category_code")),
        ),
        Filter(
            key="q",
            label=gettext_lazy("查找"),
            kind="words",
            fields=("case__title", "case__address", "case__number"),
        ),
    ),
    tone=lambda row: rows.late_word(row.due_at),
    empty_title=gettext_lazy("都回访过了"),
    empty_words=gettext_lazy("每件事办结以后，三天之内要回访反映的居民；轮到的会出现在这里。"),
)
