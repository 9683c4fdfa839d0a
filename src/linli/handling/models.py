"""What a unit at work on a case asks of another: a piece of the work; and of the desk above: time, and a ruling."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from linli.case.models import Case
from linli.handling.rules import APPLICATION_LABELS, KIND_LABELS, REASON_MAX, ApplicationKind, ApplicationState
from linli.handling.states import TASK_LABELS, TaskState
from linli.staff.models import Post, Unit

RULED = ("GRANTED", "DENIED")
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
    named_due_at = models.DateTimeField(null=True)  # the time named, where due_at moved with a suspension
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


class Application(models.Model):
    """A request of a unit about its case's clock, owner or score, and the ruling on it (申请, 裁定)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="applications")
    kind = models.CharField(max_length=12, choices=[(k.value, KIND_LABELS[k]) for k in ApplicationKind])
    state = models.CharField(max_length=12, choices=[(s.value, APPLICATION_LABELS[s]) for s in ApplicationState])
    asked_at = models.DateTimeField()
    asked_by_post_id = models.BigIntegerField()
    asked_by_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=REASON_MAX)
    until_at = models.DateTimeField(null=True)  # until when a suspension is asked for
    decider = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    decided_by_post_id = models.BigIntegerField(null=True)
    ruling = models.CharField(max_length=REASON_MAX, blank=True)
    object_due_at = models.DateTimeField(null=True)  # a refusal may be objected to until then
    objection_to = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="objection")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind.value for kind in ApplicationKind]), name="application_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in ApplicationState]),
                name="application_state_known",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="application_with_reason"),
            models.CheckConstraint(
                condition=models.Q(state__in=RULED, decided_at__isnull=False, decided_by_post_id__isnull=False)
                | (~models.Q(state__in=RULED) & models.Q(decided_by_post_id__isnull=True)),
                name="application_ruled_by_someone",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="SUSPENSION", until_at__gt=models.F("asked_at"))
                | (~models.Q(kind="SUSPENSION") & models.Q(until_at__isnull=True)),
                name="application_suspended_until",
            ),
            models.UniqueConstraint(
                fields=["case", "kind"], condition=models.Q(state="ASKED"), name="application_one_at_a_time"
            ),
            # Reviewed once: whoever was refused a return, or took it back, does not ask again.
            models.UniqueConstraint(
                fields=["case", "asked_by_unit"], condition=models.Q(kind="RETURN"), name="application_return_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["decider", "asked_at", "id"], condition=models.Q(state="ASKED"), name="application_to_rule"
            ),
            models.Index(fields=["asked_by_unit", "-asked_at", "-id"], name="application_by_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.state}"

    @property
    def is_objection(self) -> bool:
        """True when it asks a higher desk to look at a refusal again."""
        return self.objection_to_id is not None
