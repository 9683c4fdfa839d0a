"""What waits for a unit: everything that would be nobody's if it were closed (等这个单位的)."""

from collections.abc import Iterator

from django.db.models import Q

from linli.case.models import Case
from linli.confirm.models import CallBack
from linli.confirm.rules import CallBackState
from linli.handling.models import Application, Task
from linli.handling.rules import ApplicationState
from linli.handling.states import TaskState
from linli.outside.models import Asked
from linli.report.queries.figures import of_unit
from linli.whistle.models import Called, Dispute
from linli.whistle.states import TO_RULE


def waiting_for_unit(unit_id: int) -> dict[str, int]:
    """Return how much of each kind waits for a unit, by what people call it; what there is none of is left out."""
    return {label: count for label, count in _counted(unit_id) if count}


def _counted(unit_id: int) -> Iterator[tuple[str, int]]:
    judged = Q(judge_id=unit_id, state__in=[state.value for state in TO_RULE])
    yield "事项", Case.objects.filter(of_unit(unit_id), closed_at__isnull=True).count()
    yield "吹哨", Called.objects.filter(unit_id=unit_id, ended_at__isnull=True).count()
    yield "子任务", Task.objects.filter(unit_id=unit_id, state=TaskState.GIVEN.value).count()
    yield "裁定", Dispute.objects.filter(judged).count()
    yield "审批", Application.objects.filter(decider_id=unit_id, state=ApplicationState.ASKED.value).count()
    yield "请外部单位办的事", Asked.objects.filter(asked_by_unit_id=unit_id, ended_at__isnull=True).count()
    yield "回访", CallBack.objects.filter(case__owner_id=unit_id, state=CallBackState.WAITING.value).count()
