"""The lists of the desk: for each what it asks and how it is shown (待办列表)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from linli.case import queries as cases
from linli.handling import queries as work
from linli.staff.queries import Post
from linli.web.casepage import clock_rows, facts, rows, words
from linli.web.casepage.hands import hands_filter
from linli.web.casepage.rulings import to_rule_list
from linli.web.casepage.together import together
from linli.web.lists import Column, List, due_cell, state_cell
from linli.web.lists.declared import ALL_DONE
from linli.whistle import queries as calls

URL = "/community/cases/KEY/"
TOGETHER = together("/community/together/")
Asked = Callable[[Post, datetime], QuerySet[Any]]
case_of = attrgetter("case")


@dataclass(frozen=True, slots=True)
class Queue:
    """One list: its name in the address, its icon, what it asks, how it is shown."""

    title: Any
    icon: str
    asks: Asked
    shows: List
    tone: str = ""


def _cases(name: str, title: Any, *, order: str = "due", is_open_only: bool = True) -> List:
    return List(
        name=name,
        title=title,
        order=order,
        url=URL,
        columns=(
            rows.title_column(),
            rows.state_column(),
            rows.limit_column(),
            rows.place_column(),
            rows.category_column(),
            rows.number_column(),
            rows.opened_column(),
        ),
        filters=(
            rows.state_filter(is_open_only=is_open_only),
            rows.category_filter(),
            rows.area_filter(),
            hands_filter(),
            rows.late_filter(),
            rows.channel_filter(),
            rows.words_filter(is_open_only=is_open_only),
        ),
        tone=rows.is_late,
        together=TOGETHER,
    )


def _calls(name: str, title: Any, *, sentence: Column, due: Column) -> List:
    return List(
        name=name,
        title=title,
        order="due",
        url=URL,
        key=attrgetter("case_id"),
        columns=(
            rows.title_column(case_of),
            sentence,
            due,
            rows.place_column(case_of),
            rows.number_column(case_of, sort=""),
        ),
        filters=(hands_filter("case_id"),),
        tone=lambda called: (
            "late" if called.report_in_due_at < timezone.now() and called.reported_in_at is None else ""
        ),
        together=TOGETHER,
    )


def _who(called: Any) -> str:
    return facts.called_sentence(called, unit=words.unit_label(called.unit_id), at=timezone.now())


WHO = Column(
    key="who",
    label=gettext_lazy("在等谁"),
    value=_who,
    cell=lambda called: state_cell(_who(called), "hourglass"),
)
FROM = Column(
    key="from", label=gettext_lazy("谁吹的哨"), value=lambda called: words.unit_label(called.whistle.blown_by_unit_id)
)
REPORT_IN = Column(
    key="due",
    label=gettext_lazy("报到时限"),
    value=attrgetter("report_in_due_at"),
    show=due_cell,
    sort="report_in_due_at",
)
DUE = Column(key="due", label=gettext_lazy("时限"), value=attrgetter("due_at"), show=due_cell, sort="due_at")


SUPERVISED = replace(
    clock_rows.supervision("supervised", gettext_lazy("督办清单"), url=URL, is_standing_only=True),
    empty_title=ALL_DONE,
    empty_words="",
)
TO_RULE = clock_rows.applications("to-rule", gettext_lazy("待我审批"), url=URL, is_open_only=True)

TASKS = List(
    name="tasks",
    title=gettext_lazy("给我们的子任务"),
    order="due",
    url=URL,
    key=attrgetter("case_id"),
    columns=(
        Column(key="words", label=gettext_lazy("要做什么"), is_main=True),
        DUE,
        Column(key="from", label=gettext_lazy("谁交的"), value=lambda row: words.unit_label(row.given_by_unit_id)),
        rows.place_column(case_of),
        rows.number_column(case_of, sort=""),
    ),
    tone=lambda task: rows.late_word(task.due_at),
)
PROPOSED = Column(
    key="due", label=gettext_lazy("请在此前答复"), value=attrgetter("due_at"), show=due_cell, sort="due_at"
)

QUEUES: dict[str, Queue] = {
    "overdue": Queue(
        gettext_lazy("超时"),
        "clock-exclamation",
        lambda post, at: cases.overdue(post, at=at),
        _cases("overdue", gettext_lazy("超时")),
        "late",
    ),
    "soon": Queue(
        gettext_lazy("快到期"),
        "hourglass",
        lambda post, at: cases.due_soon(post, at=at),
        _cases("soon", gettext_lazy("快到期")),
        "soon",
    ),
    "silent": Queue(
        gettext_lazy("沉默单位"),
        "speakerphone",
        lambda post, at: calls.silent(post, at=at),
        _calls("silent", gettext_lazy("沉默单位"), sentence=WHO, due=REPORT_IN),
        "late",
    ),
    "supervised": Queue(
        gettext_lazy("督办清单"), "alarm", lambda post, _at: cases.supervised(post), SUPERVISED, "soon"
    ),
    "supervision": Queue(
        gettext_lazy("督办台账"),
        "flag",
        lambda post, _at: cases.supervisions_seen(post),
        clock_rows.supervision("supervision", gettext_lazy("督办台账"), url=URL),
    ),
    "to-rule": Queue(gettext_lazy("待我审批"), "clipboard-list", lambda post, _at: work.to_rule(post), TO_RULE, "soon"),
    "applications": Queue(
        gettext_lazy("申请与审批"),
        "clipboard-list",
        lambda post, _at: work.applications_in(post.area_code),
        clock_rows.applications("applications", gettext_lazy("申请与审批"), url=URL, order="-asked"),
    ),
    "suspended": Queue(
        gettext_lazy("挂账"),
        "clock-pause",
        lambda post, _at: cases.suspended(post),
        _cases("suspended", gettext_lazy("挂账")),
    ),
    "to-take": Queue(
        gettext_lazy("待签收"),
        "inbox",
        lambda post, _at: cases.to_take(post),
        _cases("to-take", gettext_lazy("待签收")),
    ),
    "called": Queue(
        gettext_lazy("叫到我们的哨"),
        "bell-ringing",
        lambda post, _at: calls.open_calls(post),
        _calls("called", gettext_lazy("叫到我们的哨"), sentence=FROM, due=DUE),
    ),
    "rulings": Queue(
        gettext_lazy("等我们裁定"), "flag", lambda post, _at: calls.to_rule(post), to_rule_list(URL), "soon"
    ),
    "proposals": Queue(
        gettext_lazy("等我们答复的方案"),
        "message-2",
        lambda post, _at: calls.proposals_to(post),
        _calls("proposals", gettext_lazy("等我们答复的方案"), sentence=WHO, due=PROPOSED),
        "soon",
    ),
    "tasks": Queue(gettext_lazy("给我们的子任务"), "list-check", lambda post, _at: work.tasks_for(post), TASKS),
    "in-hand": Queue(
        gettext_lazy("在办"),
        "progress",
        lambda post, _at: cases.in_hand(post),
        _cases("in-hand", gettext_lazy("在办")),
    ),
    "waiting": Queue(
        gettext_lazy("我等别人"),
        "hourglass",
        lambda post, _at: calls.waiting_on_others(post),
        _calls("waiting", gettext_lazy("我等别人"), sentence=WHO, due=REPORT_IN),
    ),
    "confirming": Queue(
        gettext_lazy("待居民确认"),
        "user-check",
        lambda post, _at: cases.awaiting_resident(post),
        _cases("confirming", gettext_lazy("待居民确认")),
    ),
    "open": Queue(
        gettext_lazy("辖区内未结"),
        "list-check",
        lambda post, _at: cases.open_for(post),
        _cases("open", gettext_lazy("辖区内未结")),
    ),
    "all": Queue(
        gettext_lazy("全部"),
        "list",
        lambda post, _at: cases.visible_to(post),
        _cases("all", gettext_lazy("全部"), order="-opened", is_open_only=False),
    ),
}
