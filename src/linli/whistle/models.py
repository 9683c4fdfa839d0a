"""A whistle, and each unit it called."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from linli.case.models import Case
from linli.staff.models import Unit
from linli.whistle.states import (
    CALLED_LABELS,
    DISPUTE_LABELS,
    OUTCOME_LABELS,
    WHISTLE_LABELS,
    CalledState,
    DisputeState,
    RulingOutcome,
    WhistleKind,
)

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
    limit_words = models.CharField(max_length=40, blank=True, default="", db_default="")  # how long it was given
    due_round = models.PositiveSmallIntegerField(default=0, db_default=0)  # how often its clock began anew
    part_done_at = models.DateTimeField(null=True)
    photo_ids = ArrayField(models.UUIDField(), default=list, db_default=[])  # of the part done
    is_ruled = models.BooleanField(default=False, db_default=False)  # by a ruling: it cannot be declined any more
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
                fields=["unit", "due_at", "id"],
                condition=models.Q(ended_at__isnull=True, state="PART_DONE"),
                name="called_part_done",
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


class Dispute(models.Model):
    """A called unit's word that a case is not its own, for the desk above to rule on (不是我们的事)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="disputes")
    called = models.OneToOneField(Called, on_delete=models.PROTECT, related_name="dispute")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    judge = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    was_lead = models.BooleanField()
    state = models.CharField(max_length=8, choices=[(s.value, DISPUTE_LABELS[s]) for s in DisputeState])
    asked_at = models.DateTimeField()
    asked_by_post_id = models.BigIntegerField()
    words = models.TextField()
    since_at = models.DateTimeField()  # the clock of due_at started here: the asking, or the asking for a review
    due_at = models.DateTimeField()
    review_until = models.DateTimeField(null=True)
    next_supervision_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[s.value for s in DisputeState]), name="dispute_state_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="RULED") | models.Q(review_until__isnull=False),
                name="dispute_ruled_with_review_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["judge", "due_at", "id"],
                condition=models.Q(state__in=["ASKED", "REVIEW"]),
                name="dispute_to_rule",
            ),
            models.Index(
                fields=["next_supervision_at"],
                condition=models.Q(next_supervision_at__isnull=False),
                name="dispute_supervision_scan",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.unit_id} {self.state}"


class Ruling(models.Model):
    """Whose a case is, as the desk above ruled, kept for good as a precedent (裁定)."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="rulings")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField()  # 1, or 2 for the one review
    at = models.DateTimeField()
    by_post_id = models.BigIntegerField()
    by_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    outcome = models.CharField(max_length=12, choices=[(o.value, OUTCOME_LABELS[o]) for o in RulingOutcome])
    to_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    words = models.TextField()
    category_code = models.CharField(max_length=8, db_collation="C")
    area_code = models.CharField(max_length=20, db_collation="C")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dispute", "round"], name="ruling_once_a_round"),
            models.CheckConstraint(condition=models.Q(round__range=(1, 2)), name="ruling_one_review"),
            models.CheckConstraint(
                condition=models.Q(outcome__in=[o.value for o in RulingOutcome]), name="ruling_outcome_known"
            ),
        ]
        indexes = [models.Index(fields=["category_code", "-at"], name="ruling_precedents")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.unit_id} {self.outcome}"
