"""What supervision recorded."""

from django.db import models

from linli.case.models.cases import Case
from linli.case.rules import DEADLINE_LABELS, Deadline
from linli.staff.models import Unit


class Supervision(models.Model):
    """A rung of the ladder that a deadline reached, and who was told (督办记录)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="supervisions")
    called_id = models.BigIntegerField(default=0)  # the called unit's row, or 0 when the case's own deadline
    deadline = models.CharField(max_length=10, choices=[(d.value, DEADLINE_LABELS[d]) for d in Deadline])
    round = models.PositiveSmallIntegerField(default=0)
    level = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    due_at = models.DateTimeField()
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")  # whose deadline it was
    raised_to = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    by_post_id = models.BigIntegerField(null=True)
    words = models.CharField(max_length=300, blank=True)
    cleared_at = models.DateTimeField(null=True)
    cleared_by_post_id = models.BigIntegerField(null=True)  # null when the clock cleared it: the deadline was met
    clear_reason = models.CharField(max_length=300, blank=True, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "called_id", "deadline", "round", "level"], name="supervision_once"
            ),
            models.CheckConstraint(condition=models.Q(level__range=(1, 4)), name="supervision_level_known"),
            models.CheckConstraint(
                condition=models.Q(cleared_by_post_id__isnull=True)
                | (models.Q(cleared_at__isnull=False) & ~models.Q(clear_reason="")),
                name="supervision_cleared_with_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["raised_to", "-at"], condition=models.Q(cleared_at__isnull=True), name="supervision_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.deadline} {self.level}"
