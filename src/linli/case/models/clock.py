"""What changed the run of a case's clock: the times it stood still, the extensions it was given."""

from django.db import models

from linli.case.models.cases import Case
from linli.case.rules import PAUSE_LABELS, PauseReason


class Pause(models.Model):
    """A time for which the clock of a case stood still; beside them it ran since the opening (停表).

    While a finished case waits for its resident, ``finished_at`` says so; a pause is written when it is sent back.
    The database lets no two pauses of a case overlap.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="pauses")
    why = models.CharField(max_length=12, choices=[(r.value, PAUSE_LABELS[r]) for r in PauseReason])
    paused_at = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True)
    resume_due_at = models.DateTimeField(null=True)  # when a suspension ends by itself

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(why__in=[reason.value for reason in PauseReason]), name="pause_reason_known"
            ),
            models.CheckConstraint(
                condition=models.Q(resumed_at__isnull=True) | models.Q(resumed_at__gte=models.F("paused_at")),
                name="pause_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(why="SUSPENDED", resume_due_at__gt=models.F("paused_at"))
                | models.Q(why="RESIDENT", resume_due_at__isnull=True, resumed_at__isnull=False),
                name="pause_suspended_until",
            ),
            models.UniqueConstraint(fields=["case"], condition=models.Q(why="SUSPENDED"), name="pause_suspended_once"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.why} {self.paused_at:%Y-%m-%d %H:%M}"


class Extension(models.Model):
    """More time that a case was given on top of its limit (延期)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="extensions")
    number = models.PositiveSmallIntegerField()
    given_at = models.DateTimeField()
    limit_words = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="extension_numbered"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="extension_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} +{self.limit_words}"
