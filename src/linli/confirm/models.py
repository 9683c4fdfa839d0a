"""What the resident said of the outcome, each time they were asked, and the call-backs that ask them."""

from django.db import models
from django.db.models import Q

from linli.case.models import Case
from linli.confirm.rules import (
    CALL_BACK_LABELS,
    EXCLUDED_LABELS,
    OUTCOME_LABELS,
    TRIES_MAX,
    WAY_LABELS,
    CallBackState,
    Excluded,
    Outcome,
    Way,
)
from linli.intake.models import Appeal
from linli.staff.models import Unit

RATING = Q(rating__isnull=True) | Q(rating__range=(1, 5))
STATES = [(s.value, CALL_BACK_LABELS[s]) for s in CallBackState]
REASONS = [(e.value, EXCLUDED_LABELS[e]) for e in Excluded]
OUTCOMES = [(o.value, OUTCOME_LABELS[o]) for o in Outcome]
WAITING = Q(state=CallBackState.WAITING.value)


class Confirmation(models.Model):
    """One answer: solved or not, a rating, a reason; closing never requires satisfaction (评价)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="confirmations")
    round = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    is_solved = models.BooleanField(null=True)  # null when the resident was not reached or did not say
    rating = models.PositiveSmallIntegerField(null=True)
    reason = models.TextField(blank=True)
    by_post_id = models.BigIntegerField(null=True)  # set when a worker wrote it down for the resident
    area_code = models.CharField(max_length=20, db_collation="C")
    owner = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    handler = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "round"], name="confirmation_once_a_round"),
            models.CheckConstraint(condition=RATING, name="confirmation_rating_one_to_five"),
        ]
        indexes = [models.Index(fields=["area_code", "at"], name="confirmation_by_area")]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.round} {self.rating}"


class CallBack(models.Model):
    """The duty to ask a reporter after each finish: by when, how often tried, how it ended (回访)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="call_backs")
    round = models.PositiveSmallIntegerField()
    area_code = models.CharField(max_length=20, db_collation="C")
    state = models.CharField(max_length=12, choices=STATES)
    excluded_for = models.CharField(max_length=12, blank=True, choices=REASONS)
    way = models.CharField(max_length=10, blank=True, choices=[(w.value, WAY_LABELS[w]) for w in Way])
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reminded_level = models.PositiveSmallIntegerField(default=0)
    next_reminder_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "round"], name="callback_once_a_round"),
            models.CheckConstraint(condition=Q(state__in=list(dict(STATES))), name="callback_state_known"),
            models.CheckConstraint(
                condition=(WAITING & Q(ended_at__isnull=True)) | (~WAITING & Q(ended_at__isnull=False)),
                name="callback_ended_with_its_time",
            ),
            models.CheckConstraint(condition=Q(tries__range=(0, TRIES_MAX)), name="callback_three_tries"),
            models.CheckConstraint(
                condition=~Q(state=CallBackState.EXCLUDED.value) | ~Q(excluded_for=""),
                name="callback_excluded_with_its_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["area_code", "due_at", "id"], condition=WAITING, name="callback_waiting"),
            models.Index(
                fields=["next_reminder_at"], condition=Q(next_reminder_at__isnull=False), name="callback_reminder_scan"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.round} {self.state}"


class CallBackTry(models.Model):
    """One try to reach a reporter: how, with whom, what came of it; at most three for a call-back (回访记录)."""

    call_back = models.ForeignKey(CallBack, on_delete=models.PROTECT, related_name="tried")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    way = models.CharField(max_length=10, choices=[(w.value, WAY_LABELS[w]) for w in Way])
    outcome = models.CharField(max_length=12, choices=OUTCOMES)
    spoke_with = models.CharField(max_length=100, blank=True)
    words = models.CharField(max_length=1000, blank=True)
    by_post_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call_back", "number"], name="callbacktry_once"),
            models.CheckConstraint(condition=Q(number__range=(1, TRIES_MAX)), name="callbacktry_three"),
            models.CheckConstraint(condition=Q(outcome__in=list(dict(OUTCOMES))), name="callbacktry_outcome_known"),
        ]

    def __str__(self) -> str:
        return f"{self.call_back_id}/{self.number} {self.outcome}"


class NoCall(models.Model):
    """A reporter's wish not to be called about an appeal, nor about what is split from it (请勿回访)."""

    appeal = models.OneToOneField(Appeal, on_delete=models.PROTECT, related_name="+")
    # The parts of a case have appeals of their own, but are reached by the contact of the whole.
    contact = models.ForeignKey("people.ContactPoint", on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    by_post_id = models.BigIntegerField(null=True)  # set when a worker wrote it down for the resident

    def __str__(self) -> str:
        return f"{self.appeal_id}"
