"""The three lists: what, where, by when, from whom, and the answer in the row itself (三张清单).

These pages are asked hundreds of times a second in the morning: cells are plain words put together once, names come
from memory, and nothing is read per row.
"""

import time
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.web import assets
from linli.web.casepage import clock_rows, rows, words
from linli.web.casepage.hands import hands_filter
from linli.web.casepage.moves import DOORS
from linli.web.casepage.together import together
from linli.web.lists import Column, List, due_cell, state_cell
from linli.web.templatetags.linli import icon
from linli.whistle.states import WHISTLE_LABELS, CalledState, WhistleKind

URL = "/department/cases/KEY/"
TOGETHER = together("/department/together/")
COUNT_MAX = 50  # a page; how many there are in all stands beside the three lists
ANSWER = "answer"  # the one form of the page, whose buttons stand in the rows
CLICKED = frozenset({"report_in", "take"})


@lru_cache(maxsize=64)
def _moves(names: tuple[str, ...], _language: str, _sprite: str) -> str:
    """Put the buttons of a row together once for each language; KEY stands for the case."""
    parts = "".join(_button(name) if name in CLICKED else _link(name, is_main=name == names[0]) for name in names)
    return f'<span class="row-moves">{parts}</span>'


def _button(name: str) -> str:
    """Return a button that makes a move from the row, by the one form of the page."""
    return (
        f'<button type="submit" form="{ANSWER}" formaction="{URL}moves/{name}/" class="btn btn-sm btn-primary">'
        f"{icon(DOORS[name].icon)}{words.move_label(name)}</button>"
    )


def _link(name: str, *, is_main: bool) -> str:
    """Return a link to the form of a move."""
    css = "btn btn-sm btn-primary" if is_main else "btn btn-sm"
    return f'<a class="{css}" href="{URL}moves/{name}/">{icon(DOORS[name].icon)}{words.move_label(name)}</a>'


def moves_of(case_id: int, *names: str) -> SafeString:
    """Return the answers that a row offers."""
    known = _moves(names, words.language(), assets.address("icons.svg"))
    return mark_safe(known.replace("KEY", str(case_id)))  # noqa: S308 -- a number and our own words


def answers(row: Any) -> SafeString:
    """Report in with one click; decline or propose with a reason, where the kind of whistle lets one."""
    if row.kind == WhistleKind.EMERGENCY:
        return moves_of(row.case_id, "report_in")
    if row.state == CalledState.CALLED:
        return moves_of(row.case_id, "report_in", "decline", "counter")
    return moves_of(row.case_id, "report_in", "decline")


def work(row: Any) -> SafeString:
    """Write down a step; who leads may finish the case, who assists its own part."""
    return moves_of(row.case_id, "finish" if row.is_lead else "part", "step")


def taking(case: Any) -> SafeString:
    """Sign for what was handed on to the unit."""
    return moves_of(case.pk, "take")


def finishing(case: Any) -> SafeString:
    """Finish what the unit owns."""
    return moves_of(case.pk, "finish")


@lru_cache(maxsize=4096)
def caller_words(unit_id: int, kind: str, _language: str) -> str:
    """Name who called, and how."""
    return f"{words.unit_label(unit_id)} · {_(WHISTLE_LABELS[WhistleKind(kind)])}"


def caller(row: Any) -> str:
    """Name who called, and how."""
    return caller_words(row.caller_id, row.kind, words.language())


@lru_cache(maxsize=16)
def part_words(state: str, _language: str, *, is_lead: bool) -> str:
    """Say whether the unit leads or assists, and what it has proposed."""
    lead = _("牵头") if is_lead else _("协办")
    if state == CalledState.PART_DONE:
        return f"{lead} · {_('已办完，等牵头单位办结')}"
    return f"{lead} · {_('已提方案，等答复')}" if state == CalledState.COUNTERED else lead


def part(row: Any) -> str:
    """Say whether the unit leads or assists, and what it has proposed."""
    return part_words(row.state, words.language(), is_lead=row.is_lead)


@lru_cache(maxsize=16)
def part_shown(said: str, _sprite: str, *, is_lead: bool) -> str:
    """Show the unit's part as icon and words."""
    return state_cell(said, "flag" if is_lead else "users", "accent" if is_lead else "over")


def part_cell(row: Any) -> str:
    """Show the unit's part as icon and words."""
    return part_shown(part(row), assets.address("icons.svg"), is_lead=row.is_lead)


@lru_cache(maxsize=8192)
def _due_shown(due: datetime, _minute: int, _language: str, _sprite: str) -> str:
    return due_cell(due)


def due_shown(due: datetime) -> str:
    """Show a deadline; what is said holds for a minute, and many pages say the same."""
    return _due_shown(due, int(time.time()) // 60, words.language(), assets.address("icons.svg"))


def calls_list(name: str, title: Any, *, moves: Any, due: Column, late: Any) -> List:
    """Declare a list of calls."""
    moves_column = Column(key="moves", label=gettext_lazy("办理"), cell=moves, is_bare=True, is_exported=False)
    return List(
        name=name,
        title=title,
        order="due",
        url=URL,
        key=attrgetter("case_id"),
        columns=(
            rows.title_column(),
            due,
            rows.place_column(),
            Column(key="from", label=gettext_lazy("谁叫的"), value=caller),
            Column(key="part", label=gettext_lazy("角色"), value=part, cell=part_cell, is_extra=True),
            rows.number_column(sort=""),
            *([moves_column] if moves else []),
        ),
        filters=(hands_filter("case_id"),),
        tone=late,
        live="unit",
        together=TOGETHER,
        is_planned=True,
        signature=lambda row: tuple(vars(row).values()),
        count_max=COUNT_MAX,
    )


def own_list(name: str, title: Any, *, moves: Any) -> List:
    """Declare a list of cases that the unit owns itself."""
    moves_column = Column(key="moves", label=gettext_lazy("办理"), cell=moves, is_bare=True, is_exported=False)
    return List(
        name=f"own-{name}",
        title=title,
        order="due",
        url=URL,
        prefix="own-",
        columns=(
            rows.title_column(),
            rows.limit_column(),
            rows.place_column(),
            rows.number_column(sort=""),
            *([moves_column] if moves else []),
        ),
        filters=(hands_filter(),),
        tone=rows.is_late,
        live="unit",
        together=TOGETHER,
        count_max=COUNT_MAX,
    )


def task_done(row: Any) -> SafeString:
    """Say that a sub-task is done."""
    return moves_of(row.case_id, "task_done")


DUE = Column(key="due", label=gettext_lazy("时限"), value=attrgetter("due_at"), show=due_shown, sort="due_at")
CONFIRM = Column(
    key="due",
    label=gettext_lazy("居民确认期"),
    value=attrgetter("confirm_due_at"),
    show=due_shown,
    sort="case__confirm_due_at",
)
TO_REPORT_IN = calls_list(
    "to-report-in", gettext_lazy("待报到"), moves=answers, due=DUE, late=lambda called: rows.late_word(called.due_at)
)
IN_HAND = calls_list(
    "in-hand", gettext_lazy("在办"), moves=work, due=DUE, late=lambda called: rows.late_word(called.due_at)
)
WAITING = calls_list("waiting", gettext_lazy("等别人"), moves=None, due=CONFIRM, late=None)
SUPERVISED = clock_rows.supervision("supervised", gettext_lazy("催办督办"), url=URL, live="unit")
APPLICATIONS = clock_rows.applications("applications", gettext_lazy("我们的申请"), url=URL, order="-asked")
OWN_TO_TAKE = own_list("to-take", gettext_lazy("转给我们的，待签收"), moves=taking)
OWN_IN_HAND = own_list("in-hand", gettext_lazy("我们负责的"), moves=finishing)
OWN_WAITING = own_list("waiting", gettext_lazy("我们负责的，等居民确认"), moves=None)
TASKS = List(
    name="tasks",
    title=gettext_lazy("给我们的子任务"),
    order="due",
    url=URL,
    prefix="task-",
    key=attrgetter("case_id"),
    columns=(
        Column(key="words", label=gettext_lazy("要做什么"), is_main=True),
        DUE,
        Column(key="from", label=gettext_lazy("谁交的"), value=lambda row: words.unit_label(row.given_by_unit_id)),
        rows.place_column(attrgetter("case")),
        rows.number_column(attrgetter("case"), sort=""),
        Column(key="moves", label=gettext_lazy("办理"), cell=task_done, is_bare=True, is_exported=False),
    ),
    tone=lambda task: rows.late_word(task.due_at),
    live="unit",
    count_max=COUNT_MAX,
)
