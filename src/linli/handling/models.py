"""Sub-tasks: what one unit at work on a case asks of another, or of one of its own people."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from linli.case.models import Case
from linli.handling.states import TASK_LABELS, TaskState
from linli.staff.models import Post, Unit

TASK_STATES = [(s.value, TASK_LABELS[s]) for s in TaskState]


class Task(models.Model):
    """A piece of the work with its own limit, given to a called unit or to a post (子任务)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="tasks")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    given_by_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    given_by_post_id = models.BigIntegerField()
    words = models.TextField()
    given_at = models.DateTimeField()
    due_at = models.DateTimeField()
    due_since_at = models.DateTimeField()  # the clock of due_at started here; moves when the task is sent back
    state = models.CharField(max_length=8, choices=TASK_STATES)
    done_at = models.DateTimeField(null=True)
    result = models.TextField(blank=True)
    photo_ids = ArrayField(models.UUIDField(), default=list, db_default=[])
    returned_count = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)  # dropped, or the case went on without it
    next_supervision_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=[s.value for s in TaskState]), name="task_state_known"),
            models.CheckConstraint(
                condition=models.Q(state="DONE", done_at__isnull=False)
                | (~models.Q(state="DONE") & models.Q(done_at__isnull=True)),
                name="task_done_with_its_time",
            ),
            models.CheckConstraint(
                condition=models.Q(state="DROPPED", ended_at__isnull=False)
                | (~models.Q(state="DROPPED") & models.Q(ended_at__isnull=True)),
                name="task_dropped_with_its_time",
            ),
            models.CheckConstraint(condition=models.Q(due_at__gt=models.F("given_at")), name="task_due_after_given"),
        ]
        indexes = [
            models.Index(fields=["unit", "due_at", "id"], condition=models.Q(state="GIVEN"), name="task_to_do"),
            models.Index(
                fields=["next_supervision_at"],
                condition=models.Q(next_supervision_at__isnull=False),
                name="task_supervision_scan",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.unit_id} {self.state}"
