"""Sub-tasks: give one, finish it, send it back, drop it; the clock watches it like any deadline (子任务)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from linli.case import actions as cases
from linli.case.deadlines import Reckoned, first_rung, reckon_named
from linli.case.models import Case
from linli.case.rules import Deadline
from linli.case.states import Relation
from linli.handling.models import Task
from linli.handling.states import TaskState
from linli.shared.batches import one_by_one
from linli.shared.calendar import TimerKind
from linli.shared.hints import hint
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.holding import keep_in_use
from linli.staff.models import Post
from linli.whistle import actions as whistles
from linli.whistle import queries as calls

WORDS_MAX = 1000
RESULT_MAX = 2000
EVERYWHERE = Q()
CLOCK = TimerKind.URGENT_HOURS  # a moment was named, so the rungs are parts of the time until then


def give_task(
    *, case: Case, post: Post, unit_id: int, words: str, due_at: datetime, at: datetime, to_post_id: int | None = None
) -> Task:
    """Give a piece of the work, with its own limit, to a called unit or to a post of one's own unit (分派子任务).

    Raises:
        Refused: no words, a time gone by, a unit that is not at work on the case, or a post of another unit.
    """
    words = _checked(words, most=WORDS_MAX)
    if due_at <= at:
        raise Refused("子任务的时限应在现在之后。")
    _check_receiver(case, post=post, unit_id=unit_id, to_post_id=to_post_id, at=at)
    with transaction.atomic():
        keep_in_use([unit_id])
        cases.move(
            case=case,
            name="task",
            role=Role(post.role),
            post=post,
            at=at,
            detail={"unit": unit_id, "post": to_post_id, "words": words, "due_at": due_at.isoformat()},
        )
        task = Task.objects.create(
            case=case,
            unit_id=unit_id,
            post_id=to_post_id,
            given_by_unit_id=post.unit_id,
            given_by_post_id=post.pk,
            words=words,
            given_at=at,
            due_at=due_at,
            due_since_at=at,
            state=TaskState.GIVEN.value,
            next_supervision_at=first_rung([(at, due_at, CLOCK)]),
        )
        hint(units=[unit_id], cases=[case.pk])
    return task


def finish_task(*, task: Task, post: Post, result: str, at: datetime, photo_ids: Sequence[UUID] = ()) -> Task:
    """Say that a sub-task is done, in words and photos (完成子任务).

    Raises:
        Refused: another unit's task, or nothing written.
        Overtaken: a colleague said so first.
    """
    result = _checked(result, most=RESULT_MAX)
    if post.unit_id != task.unit_id:
        raise Refused("这个子任务不是给您的单位的。")
    with transaction.atomic():
        _move(
            task,
            "task_done",
            post=post,
            at=at,
            known=frozenset({Relation.CALLED}),
            detail={"words": result, "photos": [str(photo) for photo in photo_ids]},
        )
        _change(
            task,
            source=TaskState.GIVEN,
            state=TaskState.DONE,
            done_at=at,
            result=result,
            photo_ids=list(photo_ids),
            next_supervision_at=None,
        )
        cases.clear(case=task.case, deadlines=[Deadline.TASK], at=at, called_id=task.pk)
        hint(units=[task.given_by_unit_id])
    return task


def return_task(*, task: Task, post: Post, reason: str, due_at: datetime, at: datetime) -> Task:
    """Send a sub-task back because it is not what was asked, with a new limit (退回子任务).

    Raises:
        Refused: no reason, or a time gone by.
        Overtaken: it does not stand as done any more.
    """
    if due_at <= at:
        raise Refused("子任务的时限应在现在之后。")
    with transaction.atomic():
        detail = {"words": task.words, "due_at": due_at.isoformat()}
        _move(task, "task_back", post=post, at=at, reason=reason, detail=detail)
        _change(
            task,
            source=TaskState.DONE,
            state=TaskState.GIVEN,
            done_at=None,
            due_at=due_at,
            due_since_at=at,
            named_due_at=None,
            returned_count=task.returned_count + 1,
            next_supervision_at=first_rung([(at, due_at, CLOCK)]),
        )
        hint(units=[task.unit_id])
    return task


def drop_task(*, task: Task, post: Post, reason: str, at: datetime) -> Task:
    """Take a sub-task back that is no longer needed (取消子任务)."""
    with transaction.atomic():
        _move(task, "task_drop", post=post, at=at, reason=reason, detail={"words": task.words})
        _change(task, source=TaskState.GIVEN, state=TaskState.DROPPED, ended_at=at, next_supervision_at=None)
        cases.clear(case=task.case, deadlines=[Deadline.TASK], at=at, called_id=task.pk)
        hint(units=[task.unit_id])
    return task


def end_tasks(*, case: Case, at: datetime) -> None:
    """Drop what is still to do of a case that ends or goes on without it."""
    todo = Task.objects.filter(case=case, state=TaskState.GIVEN.value)
    units = list(todo.values_list("unit_id", flat=True))
    todo.update(state=TaskState.DROPPED.value, ended_at=at, next_supervision_at=None)
    cases.clear(case=case, deadlines=[Deadline.TASK], at=at)
    hint(units=units)


def supervise_tasks(*, at: datetime, within: Q = EVERYWHERE) -> int:
    """Let every sub-task whose next rung is due climb the ladder; ``within`` is a condition on tasks (子任务督办)."""

    def climb(task: Task) -> None:
        Task.objects.filter(pk=task.pk).update(next_supervision_at=_climb(task, at=at))

    locked = Task.objects.select_for_update(skip_locked=True, of=("self", "case")).select_related("case")
    due = locked.filter(within, next_supervision_at__lte=at).order_by("next_supervision_at")
    return one_by_one(due, climb, duty="supervise_tasks")


def reckon_tasks(*, case: Case, at: datetime) -> None:
    """Move what is still to do on by the time its case stood still; what was given meanwhile keeps its time."""
    for task in Task.objects.filter(case=case, state=TaskState.GIVEN.value).order_by("pk"):
        task.case = case
        clock = _clock_of(task)
        if clock.due_at != task.due_at:
            named = task.named_due_at or task.due_at
            Task.objects.filter(pk=task.pk).update(due_at=clock.due_at, named_due_at=named, next_supervision_at=at)
            hint(units=[task.unit_id])


def _clock_of(task: Task) -> Reckoned:
    stood = whistles.during(cases.stood_of(task.case), since=task.due_since_at)
    return reckon_named(task.due_since_at, task.named_due_at or task.due_at, stood=stood)


def _climb(task: Task, *, at: datetime) -> datetime | None:
    if task.state != TaskState.GIVEN or not task.case.is_open:
        return None
    return cases.climb(
        case=task.case,
        deadline=Deadline.TASK,
        unit_id=task.unit_id,
        start=_clock_of(task).since,
        due_at=task.due_at,
        kind=CLOCK,
        at=at,
        called_id=task.pk,
        turn=task.returned_count,
    )


def _check_receiver(case: Case, *, post: Post, unit_id: int, to_post_id: int | None, at: datetime) -> None:
    if unit_id != post.unit_id and not any(c.unit_id == unit_id for c in calls.open_calls_of(case).values()):
        raise Refused("子任务只能给正在办这件事的单位，或者给本单位的人。")
    if to_post_id is not None and not staff.posts(at=at, unit_id=unit_id).filter(pk=to_post_id).exists():
        raise Refused("这个人不在所选的单位里，或者已不在岗。")


def _move(task: Task, name: str, *, post: Post, at: datetime, detail: dict[str, Any], **step: Any) -> None:
    known = {"task": task.pk, "unit": task.unit_id}
    cases.move(case=task.case, name=name, role=Role(post.role), post=post, at=at, detail=known | detail, **step)


def _change(task: Task, *, source: TaskState, **columns: Any) -> None:
    plain = {name: getattr(value, "value", value) for name, value in columns.items()}
    if not Task.objects.filter(pk=task.pk, state=source.value).update(**plain):
        raise Overtaken("这个子任务刚有人动过，请刷新后再看。")
    for name, value in plain.items():
        setattr(task, name, value)


def _checked(words: str, *, most: int) -> str:
    words = words.strip()
    if not words:
        raise Refused("请写下要做什么，或者做了什么。")
    if len(words) > most:
        raise Refused("内容太长：最多 %(most)s 个字。", most=most)
    return words
