"""What is still to do before a case is whole: sub-tasks, and whatever else is open."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from linli.case.models import Case
from linli.handling.models import Task
from linli.handling.states import TaskState
from linli.shared.refusals import Refused
from linli.staff.models import Post
from linli.whistle import queries as calls
from linli.whistle.queries import CallCounts

__all__ = ["CallCounts", "Task", "Unfinished", "counts_for", "open_task", "tasks_for", "tasks_of", "unfinished"]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What is open when somebody wants to finish: assisting units, sub-tasks, cases split off."""

    unit_ids: tuple[int, ...] = ()
    tasks: tuple[Task, ...] = ()
    numbers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.unit_ids or self.tasks or self.numbers)


def tasks_of(case: Case) -> list[Task]:
    """Return every sub-task of a case in the order they were given (子任务)."""
    return list(Task.objects.filter(case=case).select_related("post__account").order_by("given_at", "pk"))


def tasks_for(post: Post) -> QuerySet[Task]:
    """Return the sub-tasks that a post's unit has to do, the soonest due first (给我们的子任务)."""
    todo = Task.objects.filter(unit_id=post.unit_id, state=TaskState.GIVEN.value)
    return todo.select_related("case").order_by("due_at", "pk")


def counts_for(post: Post) -> CallCounts:
    """Count everything that lies in a department's three lists (三张清单的数)."""
    todo = Task.objects.filter(unit_id=post.unit_id, state=TaskState.GIVEN.value).order_by()
    return calls.call_counts(post, tasks=todo.values("pk")[: calls.COUNT_MAX].count())


def open_task(pk: int, *, case: Case) -> Task:
    """Return one sub-task of a case that was not dropped.

    Raises:
        Refused: there is none.
    """
    found = Task.objects.filter(pk=pk, case=case, ended_at__isnull=True).first()
    if found is None:
        raise Refused("没有这个子任务，或者它已经取消。")
    found.case = case
    return found


def unfinished(case: Case) -> Unfinished:
    """Return what would be left open if the case were finished now (还没办完的)."""
    return Unfinished(
        unit_ids=tuple(called.unit_id for called in calls.assistants_open(case)),
        tasks=tuple(_to_do(case)),
    )


def _to_do(case: Case) -> Iterable[Task]:
    return Task.objects.filter(case=case, state=TaskState.GIVEN.value).order_by("due_at", "pk")
