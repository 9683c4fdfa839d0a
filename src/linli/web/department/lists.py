"""The three lists: what, where, by when, from whom, and the answer in the row itself (三张清单).

These pages are asked hundreds of times a second in the morning: cells are plain words put together once, names come
from memory, and nothing is read per row.
"""

from operator import attrgetter
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.web.casepage import rows, words
from linli.web.lists import Column, List, due_cell, state_cell
from linli.web.templatetags.linli import icon
from linli.whistle.states import WHISTLE_LABELS, CalledState, WhistleKind

URL = "/department/cases/KEY/"
COUNT_MAX = 1000
ANSWER = "answer"  # the one form of the page, whose buttons stand in the rows
case_of = attrgetter("case")


def button(pk: int, name: str, icon_name: str, *, is_main: bool = True) -> str:
    """Return a button that makes a move from the row."""
    css = "btn btn-sm btn-primary" if is_main else "btn btn-sm"
    return (
        f'<button type="submit" form="{ANSWER}" formaction="/department/cases/{pk}/moves/{name}/" class="{css}">'
        f"{icon(icon_name)}{words.move_label(name)}</button>"
    )


def link(pk: int, name: str, icon_name: str, *, css: str = "btn btn-sm") -> str:
    """Return a link to the form of a move."""
    return f'<a class="{css}" href="/department/cases/{pk}/moves/{name}/">{icon(icon_name)}{words.move_label(name)}</a>'


def answers(called: Any) -> SafeString:
    """Report in with one click; decline or propose with a reason."""
    pk = called.case_id
    parts = [button(pk, "report_in", "user-check"), link(pk, "decline", "hand-stop")]
    if called.state == CalledState.CALLED:
        parts.append(link(pk, "counter", "message-2"))
    return mark_safe(f'<span class="row-moves">{"".join(parts)}</span>')  # noqa: S308 -- numbers and our own words


def work(called: Any) -> SafeString:
    """Write down a step; who leads may finish."""
    pk = called.case_id
    parts = [link(pk, "step", "tool")]
    if called.is_lead:
        parts.insert(0, link(pk, "finish", "circle-check", css="btn btn-sm btn-primary"))
    return mark_safe(f'<span class="row-moves">{"".join(parts)}</span>')  # noqa: S308 -- as above


def taking(case: Any) -> SafeString:
    """Sign for what was handed on to the unit."""
    return mark_safe(f'<span class="row-moves">{button(case.pk, "take", "check")}</span>')  # noqa: S308 -- as above


def finishing(case: Any) -> SafeString:
    """Finish what the unit owns."""
    return mark_safe(f'<span class="row-moves">{link(case.pk, "finish", "circle-check")}</span>')  # noqa: S308 -- as above


def caller(called: Any) -> str:
    """Name who called, and how."""
    kind = _(WHISTLE_LABELS[WhistleKind(called.whistle.kind)])
    return f"{words.unit_label(called.whistle.blown_by_unit_id)} · {kind}"


def part(called: Any) -> str:
    """Say whether the unit leads or assists, and what it has proposed."""
    lead = _("牵头") if called.is_lead else _("协办")
    return f"{lead} · {_('已提方案，等答复')}" if called.state == CalledState.COUNTERED else lead


def part_cell(called: Any) -> str:
    """Show the unit's part as icon and words."""
    return state_cell(part(called), "flag" if called.is_lead else "users", "accent" if called.is_lead else "over")


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
            rows.title_column(case_of),
            due,
            rows.place_column(case_of),
            Column(key="from", label=gettext_lazy("谁叫的"), value=caller),
            Column(key="part", label=gettext_lazy("角色"), value=part, cell=part_cell, is_extra=True),
            rows.number_column(case_of, sort=""),
            *([moves_column] if moves else []),
        ),
        tone=late,
        live="unit",
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
        tone=rows.is_late,
        live="unit",
        count_max=COUNT_MAX,
    )


DUE = Column(key="due", label=gettext_lazy("时限"), value=attrgetter("due_at"), show=due_cell, sort="due_at")
CONFIRM = Column(
    key="due",
    label=gettext_lazy("居民确认期"),
    value=attrgetter("case.confirm_due_at"),
    show=due_cell,
    sort="case__confirm_due_at",
)
TO_REPORT_IN = calls_list(
    "to-report-in", gettext_lazy("待报到"), moves=answers, due=DUE, late=lambda called: rows.late_word(called.due_at)
)
IN_HAND = calls_list(
    "in-hand", gettext_lazy("在办"), moves=work, due=DUE, late=lambda called: rows.late_word(called.due_at)
)
WAITING = calls_list("waiting", gettext_lazy("等居民确认"), moves=None, due=CONFIRM, late=None)
OWN_TO_TAKE = own_list("to-take", gettext_lazy("转给我们的，待签收"), moves=taking)
OWN_IN_HAND = own_list("in-hand", gettext_lazy("我们负责的"), moves=finishing)
OWN_WAITING = own_list("waiting", gettext_lazy("我们负责的，等居民确认"), moves=None)
