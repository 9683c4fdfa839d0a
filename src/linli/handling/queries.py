"""What is still to do before a case is whole; what was asked about it, and waits for a ruling."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from linli.case import ties
from linli.case.models import Case
from linli.handling.models import Application, Task
from linli.handling.rules import FINAL, ApplicationKind, ApplicationState
from linli.handling.states import TaskState
from linli.shared.database.prepared import row_prepared
from linli.shared.prefixes import under
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.staff.models import Post
from linli.whistle import queries as calls

__all__ = [
    "Application",
    "Attached",
    "CallCounts",
    "Task",
    "Unfinished",
    "application",
    "applications_in",
    "applications_of",
    "asked_by",
    "attached_to",
    "counts_for",
    "may_object",
    "may_rule",
    "may_take_back",
    "open_task",
    "tasks_for",
    "tasks_of",
    "to_rule",
    "unfinished",
]

COUNT_MAX = 1000  # counted no further, so that a desk costs the same whatever lies in the archive


ATTACHED = """
SELECT EXISTS (SELECT FROM whistle_called WHERE case_id = $1 AND ended_at IS NULL),
    EXISTS (SELECT FROM whistle_dispute WHERE case_id = $1),
    EXISTS (SELECT FROM handling_task WHERE case_id = $1 AND state = 'GIVEN'),
    EXISTS (SELECT FROM handling_application WHERE case_id = $1 AND state = 'ASKED'),
    EXISTS (SELECT FROM outside_asked WHERE case_id = $1 AND ended_at IS NULL),
    EXISTS (SELECT FROM case_tie WHERE parent_id = $1)
"""


class Attached(NamedTuple):
    """What hangs on a case, wherever it lies: most cases that are finished have nothing of it (附着)."""

    calls: bool
    disputes: bool
    tasks: bool
    applications: bool
    asked: bool
    parts: bool


@dataclass(frozen=True, slots=True)
class CallCounts:
    """How much lies in each of a department's three lists: calls to it, what it owns itself, its sub-tasks."""

    calls_to_answer: int
    own_to_take: int
    calls_in_hand: int
    own_in_hand: int
    calls_waiting: int
    own_waiting: int
    tasks: int

    @property
    def to_report_in(self) -> int:
        """What waits for the unit's answer."""
        return self.calls_to_answer + self.own_to_take

    @property
    def in_hand(self) -> int:
        """What the unit works on."""
        return self.calls_in_hand + self.own_in_hand + self.tasks

    @property
    def waiting(self) -> int:
        """What waits for the resident."""
        return self.calls_waiting + self.own_waiting


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
    found = row_prepared("SELECT * FROM linli_desk_counts($1, $2)", (post.unit_id, COUNT_MAX))
    return CallCounts(*found or ())


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


def attached_to(case: Case) -> Attached:
    """Tell in one statement what hangs on a case, in whosever area, so that only that is asked for (附着)."""
    with acting(EVERYTHING):
        return Attached(*row_prepared(ATTACHED, (case.pk,)) or ())


def unfinished(case: Case, attached: Attached | None = None) -> Unfinished:
    """Return what would be left open if the case were finished now (还没办完的)."""
    attached = attached or attached_to(case)
    return Unfinished(
        unit_ids=tuple(called.unit_id for called in calls.assistants_open(case)) if attached.calls else (),
        tasks=tuple(_to_do(case)) if attached.tasks else (),
        numbers=tuple(part.number for part in ties.children_of(case) if part.is_unfinished) if attached.parts else (),
    )


def _to_do(case: Case) -> Iterable[Task]:
    return Task.objects.filter(case=case, state=TaskState.GIVEN.value).order_by("due_at", "pk")


def to_rule(post: Post) -> QuerySet[Application]:
    """Return what waits for the ruling of a post's unit, the longest waiting first (待审批)."""
    waiting = Application.objects.filter(decider_id=post.unit_id, state=ApplicationState.ASKED)
    return waiting.select_related("case", "asked_by_unit").order_by("asked_at", "pk")


def asked_by(post: Post) -> QuerySet[Application]:
    """Return what a post's unit has asked for, newest first (我们的申请)."""
    own = Application.objects.filter(asked_by_unit_id=post.unit_id)
    return own.select_related("case", "decider").order_by("-asked_at", "-pk")


def applications_in(area_code: str) -> QuerySet[Application]:
    """Return every application about the cases of an area, newest first (申请清单)."""
    rows = Application.objects.filter(under(area_code, column="case__area_code"))
    return rows.select_related("case", "asked_by_unit", "decider").order_by("-asked_at", "-pk")


def applications_of(case: Case) -> list[Application]:
    """Return every application about a case in order (申请)."""
    found = list(Application.objects.filter(case_id=case.pk).order_by("asked_at", "pk"))
    for row in found:
        row.case = case
    return found


def application(pk: int, *, case: Case) -> Application:
    """Return one application about a case.

    Raises:
        Refused: there is no such application.
    """
    found = Application.objects.filter(pk=pk, case=case).first()
    if found is None:
        raise Refused("没有这项申请。")
    found.case = case
    return found


def may_rule(row: Application, *, post: Post) -> bool:
    """Tell whether a post rules on an application: it sits in the deciding unit, and has not asked itself."""
    return (
        row.state == ApplicationState.ASKED
        and row.decider_id == post.unit_id
        and row.asked_by_post_id != post.pk
        and post.role in {Role.COMMUNITY, Role.STREET, Role.DISTRICT}
    )


def may_take_back(row: Application, *, post: Post) -> bool:
    """Tell whether a post's unit asked, and nobody has ruled yet."""
    return row.state == ApplicationState.ASKED and row.asked_by_unit_id == post.unit_id


def may_object(row: Application, rows: Iterable[Application], *, post: Post, at: datetime) -> bool:
    """Tell whether a post's unit may still object to the refusal of its application, once."""
    return (
        row.state == ApplicationState.DENIED
        and row.asked_by_unit_id == post.unit_id
        and ApplicationKind(row.kind) not in FINAL
        and not row.is_objection
        and row.object_due_at is not None
        and at <= row.object_due_at
        and not any(other.objection_to_id == row.pk for other in rows)
    )
