"""A whistle, and each unit it called."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from linli.case.models import Case
from linli.staff.models import Unit
from linli.whistle.states import CALLED_LABELS, WHISTLE_LABELS, CalledState, WhistleKind

CALLED_STATES = [(s.value, CALLED_LABELS[s]) for s in CalledState]


class Whistle(models.Model):
    """A community's or street's call to one or more units (哨)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="whistles")
    kind = models.CharField(max_length=10, choices=[(k.value, WHISTLE_LABELS[k]) for k in WhistleKind])
    blown_at = models.DateTimeField()
    blown_by_post_id = models.BigIntegerField()
    blown_by_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    message = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class Called(models.Model):
    """One unit called to a case: what it must answer and do, by when (被吹哨单位)."""

    whistle = models.ForeignKey(Whistle, on_delete=models.PROTECT, related_name="called")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="called")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    is_lead = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=CALLED_STATES)
    called_at = models.DateTimeField()
    report_in_due_at = models.DateTimeField()
    reported_in_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)  # the unit's first word: reported in, declined or proposed
    due_at = models.DateTimeField()  # what is due next on this call: to report in, to answer a proposal, to finish
    due_since_at = models.DateTimeField(null=True)  # the clock of due_at started here; null: with the call
    part_done_at = models.DateTimeField(null=True)
    photo_ids = ArrayField(models.UUIDField(), default=list, db_default=[])  # of the part done
    ended_at = models.DateTimeField(null=True)
    words = models.TextField(blank=True)
    proposed_due_at = models.DateTimeField(null=True)
    next_supervision_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[s.value for s in CalledState]), name="called_state_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="PART_DONE") | models.Q(part_done_at__isnull=False, is_lead=False),
                name="called_part_done_by_who_assists",
            ),
            models.UniqueConstraint(
                fields=["case", "unit"], condition=models.Q(ended_at__isnull=True), name="called_once"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(ended_at__isnull=True, is_lead=True), name="called_one_lead"
            ),
        ]
        indexes = [
            # A department's list: what is open, the soonest due first, without touching closed years.
            # One index for each list: with the state inside the key the order by due time would be lost.
            models.Index(
                fields=["unit", "due_at", "id"],
                condition=models.Q(ended_at__isnull=True, state__in=["CALLED", "COUNTERED"]),
                name="called_waiting",
            ),
            models.Index(
                fields=["unit", "due_at", "id"],
                condition=models.Q(ended_at__isnull=True, state="REPORTED_IN"),
                name="called_in_hand",
            ),
            models.Index(
                fields=["unit", "due_at", "id"], condition=models.Q(ended_at__isnull=True), name="called_open_due"
            ),
            models.Index(
                fields=["next_supervision_at"],
                condition=models.Q(next_supervision_at__isnull=False),
                name="called_supervision_scan",
            ),
            models.Index(fields=["unit", "-called_at"], name="called_by_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.unit_id} {self.state}"
