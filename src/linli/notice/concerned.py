"""Whom a step concerns beyond what its event names: who judges, who need not come, who was named before (牵涉到谁)."""

from linli.case.models import Assignment, Event
from linli.handling.models import Task
from linli.handling.states import TaskState
from linli.whistle.models import Called, Dispute


def judges_of(event: Event) -> list[int]:
    """Return the desk that owes a ruling since this step: at the first asking, or at the review (裁定单位)."""
    asked = Dispute.objects.filter(case_id=event.case_id, since_at=event.at)
    return list(asked.values_list("judge_id", flat=True).distinct())


def let_go_by(event: Event) -> list[int]:
    """Return the units whose call or sub-task ended with this step although they had not done it (不用再来)."""
    calls = Called.objects.filter(case_id=event.case_id, ended_at=event.at, part_done_at__isnull=True)
    tasks = Task.objects.filter(case_id=event.case_id, ended_at=event.at, state=TaskState.DROPPED.value)
    return list(dict.fromkeys([*calls.values_list("unit_id", flat=True), *tasks.values_list("unit_id", flat=True)]))


def named_before(event: Event) -> int | None:
    """Return the post that had been named until this step (前经办人)."""
    named = Assignment.objects.filter(
        case_id=event.case_id, unit_id=event.detail["unit"], ended_at=event.at
    ).values_list("post_id", flat=True)
    return named.order_by("-pk").first()
