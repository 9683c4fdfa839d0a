"""Work of several units on one case: proposals, parts, sub-tasks, as moves and as facts (协同办理)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms as fields
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from linli.case.queries import Case
from linli.handling import actions as handling
from linli.handling import queries as work
from linli.handling.states import TaskState
from linli.staff import queries as staff
from linli.staff.queries import Post
from linli.web import times
from linli.web.casepage import words
from linli.web.casepage.door import Door, Given
from linli.web.casepage.forms import REASON_MAX, WORDS_MAX, MoveForm, moment_field, text_field
from linli.web.choices import offer
from linli.web.photos import PhotosField
from linli.whistle import actions as whistles
from linli.whistle import queries as calls
from linli.whistle.states import ANSWERS, WAITING

TASK_WORDS_MAX = 1000
UNIT, POST = "unit", "post"


class CallForm(MoveForm):
    """Picks one of the called units to which this answer may be given."""

    move = ""
    called = fields.TypedChoiceField(label=gettext_lazy("哪个单位"), coerce=int)

    def arrange(self) -> None:
        """List the units whose call stands so; one alone is picked already."""
        sources = {state.value for state in ANSWERS[self.move].sources}
        standing = sorted(calls.open_calls_of(self.case).values(), key=lambda called: called.state not in WAITING)
        self.calls = {called.pk: called for called in standing if called.state in sources}
        offer(self, "called", [(pk, self.label(called)) for pk, called in self.calls.items()])
        self.initial = {"called": self.query.get("called") or next(iter(self.calls), "")}

    def label(self, called: Any) -> str:
        """Name a called unit."""
        return words.unit_label(called.unit_id)


class ReportInForm(MoveForm):
    """A word with the report-in, if there is something to say."""

    words = text_field(gettext_lazy("说明"), most=REASON_MAX, required=False, rows=2)


class DeclineForm(MoveForm):
    """Why it is not this unit's."""

    words = text_field(
        gettext_lazy("不接的原因"), most=REASON_MAX, help_text=gettext_lazy("写明依据和建议找谁。吹哨单位会立刻看到。")
    )


class CounterForm(MoveForm):
    """Another time, and why."""

    proposed_due_at = moment_field(gettext_lazy("什么时候能办好"))
    words = text_field(gettext_lazy("原因和方案"), most=REASON_MAX)


class ReleaseForm(CallForm):
    """Which called unit to let go, and why; those that have not reported in first."""

    move = "release"
    reason = text_field(gettext_lazy("原因"), most=REASON_MAX)


class AgreeForm(CallForm):
    """Which proposal to accept."""

    move = "agree"
    words = text_field(gettext_lazy("答复"), most=REASON_MAX, required=False, rows=2)

    def label(self, called: Any) -> str:
        """Name the unit with the time it proposes."""
        if called.proposed_due_at is None:
            return super().label(called)
        proposed = {"unit": super().label(called), "when": times.due_words(called.proposed_due_at, at=self.at)}
        return _("%(unit)s：%(when)s办好") % proposed


class TurnDownForm(AgreeForm):
    """Which proposal to turn down, and why."""

    move = "turn_down"
    words = text_field(
        gettext_lazy("不同意的原因"), most=REASON_MAX, help_text=gettext_lazy("对方会看到，并按报到时限重新计时。")
    )


class ReturnPartForm(CallForm):
    """Whose part is not enough, and what is missing."""

    move = "return_part"
    words = text_field(gettext_lazy("还差什么"), most=REASON_MAX)


class PartForm(MoveForm):
    """What the unit's part came to."""

    words = text_field(
        gettext_lazy("这一部分办了什么"), help_text=gettext_lazy("写给牵头单位看：做了什么、结果怎样、还要注意什么。")
    )
    photos = PhotosField(label=gettext_lazy("照片"))


class HandBackForm(MoveForm):
    """Why it turned out not to be this unit's."""

    words = text_field(
        gettext_lazy("退回的原因"), most=REASON_MAX, help_text=gettext_lazy("写明到场看到的情况、依据，建议找谁。")
    )


class TaskForm(MoveForm):
    """To whom, what, by when."""

    to = fields.ChoiceField(label=gettext_lazy("交给谁"))
    words = text_field(gettext_lazy("要做什么"), most=TASK_WORDS_MAX)
    due_at = moment_field(gettext_lazy("什么时候前完成"))

    def arrange(self) -> None:
        """List the units at work on the case, then the people of one's own unit."""
        standing = {called.unit_id for called in calls.open_calls_of(self.case).values()} - {self.post.unit_id}
        units = [(f"{UNIT}-{pk}", words.unit_label(pk)) for pk in sorted(standing)]
        own = [
            (f"{POST}-{post.pk}", f"{post.account.name} · {_(str(post))}")
            for post in staff.posts(at=self.at, unit_id=self.post.unit_id)
        ]
        groups: list[Any] = [(_("正在办这件事的单位"), units)] if units else []
        offer(self, "to", [("", _("请选择")), *groups, (_("本单位的人"), own)])

    @property
    def receiver(self) -> dict[str, Any]:
        """Return the unit and, where one was picked, the post."""
        kind, _dash, pk = self.cleaned_data["to"].partition("-")
        if kind == UNIT:
            return {"unit_id": int(pk)}
        return {"unit_id": self.post.unit_id, "to_post_id": int(pk)}


class PickTaskForm(MoveForm):
    """Picks one of the sub-tasks that stand so."""

    state = TaskState.GIVEN
    is_own = False
    task = fields.TypedChoiceField(label=gettext_lazy("哪个子任务"), coerce=int)

    def arrange(self) -> None:
        """List the sub-tasks; one alone is picked already."""
        found = [task for task in work.tasks_of(self.case) if task.state == self.state and self._is_listed(task)]
        self.tasks = {task.pk: task for task in found}
        for task in found:
            task.case = self.case
        offer(self, "task", [(task.pk, f"{words.unit_label(task.unit_id)}：{task.words[:40]}") for task in found])
        self.initial = {"task": self.query.get("task") or next(iter(self.tasks), "")}

    def _is_listed(self, task: Any) -> bool:
        return not self.is_own or task.unit_id == self.post.unit_id


class TaskDoneForm(PickTaskForm):
    """Which one, and what came of it."""

    is_own = True
    words = text_field(gettext_lazy("办了什么"), most=WORDS_MAX)
    photos = PhotosField(label=gettext_lazy("照片"))


class TaskBackForm(PickTaskForm):
    """Which one, what is missing, and until when."""

    state = TaskState.DONE
    due_at = moment_field(gettext_lazy("什么时候前重做"))
    words = text_field(gettext_lazy("还差什么"), most=REASON_MAX)


class TaskDropForm(PickTaskForm):
    """Which one, and why it is not needed any more."""

    words = text_field(gettext_lazy("为什么不用做了"), most=REASON_MAX)


def _task(given: Given) -> Any:
    return given.form.tasks[given.said["task"]]


def _give(given: Given) -> None:
    said = given.said
    handling.give_task(**given.who, **given.form.receiver, words=said["words"], due_at=said["due_at"])


def _done(given: Given) -> None:
    handling.finish_task(task=_task(given), **given.by, result=given.said["words"], photo_ids=given.photo_ids())


def _back(given: Given) -> None:
    said = given.said
    handling.return_task(task=_task(given), **given.by, reason=said["words"], due_at=said["due_at"])


DOORS: dict[str, Door] = {
    "part": Door(
        PartForm,
        lambda given: whistles.finish_part(
            called=given.call(), **given.by, words=given.said["words"], photo_ids=given.photo_ids()
        ),
        "circle-check",
        gettext_noop("已告诉牵头单位：您这一部分办完了。"),
    ),
    "agree": Door(
        AgreeForm,
        lambda given: whistles.agree(called=given.picked(), **given.by, words=given.said["words"]),
        "thumb-up",
        gettext_noop("已同意，对方按约定的时间来办。"),
    ),
    "turn_down": Door(
        TurnDownForm,
        lambda given: whistles.turn_down(called=given.picked(), **given.by, reason=given.said["words"]),
        "thumb-down",
        gettext_noop("已回复不同意，对方要重新报到。"),
    ),
    "return_part": Door(
        ReturnPartForm,
        lambda given: whistles.return_part(called=given.picked(), **given.by, reason=given.said["words"]),
        "arrow-back-up",
        gettext_noop("已请对方再办。"),
    ),
    "hand_back": Door(
        HandBackForm,
        lambda given: whistles.hand_back(called=given.call(), **given.by, reason=given.said["words"]),
        "hand-stop",
        gettext_noop("已退回，吹哨单位会看到原因。"),
    ),
    "task": Door(TaskForm, _give, "list-check", gettext_noop("子任务已交出，对方马上会看到。"), "t"),
    "task_done": Door(TaskDoneForm, _done, "check", gettext_noop("子任务已完成，交任务的人会看到。")),
    "task_back": Door(TaskBackForm, _back, "arrow-back-up", gettext_noop("子任务已退回。")),
    "task_drop": Door(
        TaskDropForm,
        lambda given: handling.drop_task(task=_task(given), **given.by, reason=given.said["words"]),
        "x",
        gettext_noop("子任务已取消。"),
    ),
}
NEEDS_TASK = {"task_done": TaskState.GIVEN, "task_back": TaskState.DONE, "task_drop": TaskState.GIVEN}


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One sub-task as the page shows it, with the answers it may have."""

    id: int
    words: str
    sentence: str
    who: str
    result: str
    photo_ids: tuple[Any, ...]
    tone: str
    icon: str
    moves: tuple[tuple[str, str, str], ...]


def is_offered(name: str, *, tasks: list[Any], post: Post) -> bool:
    """Tell whether there is a sub-task that this move could be made on."""
    wanted = NEEDS_TASK.get(name)
    own_only = name == "task_done"
    return wanted is None or any(
        task.state == wanted and (not own_only or task.unit_id == post.unit_id) for task in tasks
    )


def task_lines(case: Case, *, tasks: list[Any], offered: set[str], post: Post, at: datetime) -> list[TaskLine]:
    """Return the sub-tasks of a case in words, those to do first, the soonest due first (子任务)."""
    ordered = sorted(tasks, key=lambda task: (task.state != TaskState.GIVEN, task.due_at, task.pk))
    return [_line(task, offered=offered if case.is_open else set(), post=post, at=at) for task in ordered]


def _line(task: Any, *, offered: set[str], post: Post, at: datetime) -> TaskLine:
    state = TaskState(task.state)
    is_late = state == TaskState.GIVEN and task.due_at < at
    unit = words.unit_label(task.unit_id)
    person = f"{unit} {task.post.account.name}" if task.post else unit
    names = [name for name in NEEDS_TASK if name in offered and is_offered(name, tasks=[task], post=post)]
    return TaskLine(
        id=task.pk,
        words=task.words,
        sentence=_sentence(task, state, who=person, at=at),
        who=words.unit_label(task.given_by_unit_id),
        result=task.result,
        photo_ids=tuple(task.photo_ids),
        tone="late" if is_late else ("accent" if state == TaskState.GIVEN else "over"),
        icon="clock-exclamation" if is_late else _ICONS[state],
        moves=tuple((name, words.move_label(name), DOORS[name].icon) for name in names),
    )


def _sentence(task: Any, state: TaskState, *, who: str, at: datetime) -> str:
    if state is TaskState.GIVEN:
        told = _("等%(who)s完成，%(rest)s") % {"who": who, "rest": times.due_rest(task.due_at, at=at)}
        return told + (_("（退回过 %(n)s 次）") % {"n": task.returned_count} if task.returned_count else "")
    if state is TaskState.DONE:
        return _("%(who)s已完成（%(when)s）") % {"who": who, "when": times.moment_words(task.done_at, at=at)}
    return _("%(who)s：不用做了") % {"who": who}


_ICONS = {TaskState.GIVEN: "hourglass", TaskState.DONE: "circle-check", TaskState.DROPPED: "x"}
