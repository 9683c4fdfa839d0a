"""The case, and its append-only events."""

from django.db import models

from linli.case.rules import CloseReason
from linli.case.states import STATE_LABELS, CaseState
from linli.intake.models import Appeal
from linli.intake.rules import CHANNEL_LABELS, KIND_LABELS, Channel, Kind
from linli.routing.rules import ROUTED_BY_LABELS, RoutedBy
from linli.shared.roles import ROLE_LABELS, Role
from linli.shared.urgency import URGENCY_LABELS, Urgency
from linli.staff.models import Unit

STATES = [(s.value, STATE_LABELS[s]) for s in CaseState]
ENDED = (CaseState.CLOSED, CaseState.REFUSED, CaseState.WITHDRAWN, CaseState.MERGED)


class Case(models.Model):
    """The work an appeal asks for; always has exactly one owner (工单)."""

    number = models.CharField(max_length=11, unique=True, db_collation="C")
    state = models.CharField(max_length=12, choices=STATES)
    kind = models.CharField(max_length=12, choices=[(k.value, KIND_LABELS[k]) for k in Kind])
    channel = models.CharField(max_length=12, choices=[(c.value, CHANNEL_LABELS[c]) for c in Channel])
    category_code = models.CharField(max_length=8, db_collation="C")
    title = models.CharField(max_length=120)
    area_code = models.CharField(max_length=20, db_collation="C")
    is_outside = models.BooleanField(default=False)
    lng = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    address = models.CharField(max_length=300, blank=True)
    urgency = models.CharField(max_length=10, choices=[(u.value, URGENCY_LABELS[u]) for u in Urgency])
    people_affected = models.PositiveIntegerField(null=True)
    first_appeal = models.OneToOneField(Appeal, on_delete=models.PROTECT, related_name="+")
    first_receiver = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    lead = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    # What decided who got it first: a rule of the responsibility list in its version, or else the place.
    routed_by = models.CharField(
        max_length=5,
        choices=[(r.value, ROUTED_BY_LABELS[r]) for r in RoutedBy],
        default=RoutedBy.PLACE.value,
        db_default=RoutedBy.PLACE.value,
    )
    route_rule_id = models.BigIntegerField(null=True)
    route_version = models.PositiveIntegerField(null=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")

    opened_at = models.DateTimeField()
    dispatched_at = models.DateTimeField(null=True)
    dispatch_due_at = models.DateTimeField()
    dispatch_since_at = models.DateTimeField(null=True)  # its clock started here; null: with the opening
    # The limits it opened under; empty in cases opened before they were kept.
    dispatch_limit_words = models.CharField(max_length=40, blank=True, default="", db_default="")
    contacted_at = models.DateTimeField(null=True)
    contact_due_at = models.DateTimeField(null=True)  # null when the resident left no way to be reached
    contact_limit_words = models.CharField(max_length=40, blank=True, default="", db_default="")
    finished_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    due_since_at = (
        models.DateTimeField()
    )  # the clock of due_at started here; moves when a return gives waiting time back
    limit_words = models.CharField(max_length=40)
    limit_rule = models.CharField(max_length=40)
    limit_version = models.CharField(max_length=40)
    is_due_provisional = models.BooleanField(default=False)
    confirm_due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=10, blank=True, choices=[(r.value, r.value) for r in CloseReason])
    # In which of the six ways it was not accepted; decides what the three rates count (case.rules.REFUSAL_WAYS).
    refusal_route = models.CharField(max_length=16, blank=True, default="", db_default="")
    rating = models.PositiveSmallIntegerField(null=True)
    is_solved = models.BooleanField(null=True)
    reopened_count = models.PositiveSmallIntegerField(default=0)
    joined_count = models.PositiveIntegerField(default=0)
    due_round = models.PositiveSmallIntegerField(default=0, db_default=0)  # how often due_at was set anew
    suspended_until = models.DateTimeField(null=True)  # the clock stands still until then; due_at counts on it
    exempted_at = models.DateTimeField(null=True)  # out of the score since then, never out of the record
    brought_in_at = models.DateTimeField(null=True)  # began in an earlier system: no answer of linli's to score
    supervision_level = models.PositiveSmallIntegerField(default=0)
    next_supervision_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)  # who and where were erased then; decision 0020
    event_count = models.PositiveIntegerField(default=0)
    head_hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=[s.value for s in CaseState]), name="case_state_known"),
            models.CheckConstraint(
                condition=models.Q(state__in=[s.value for s in ENDED], closed_at__isnull=False)
                | (~models.Q(state__in=[s.value for s in ENDED]) & models.Q(closed_at__isnull=True)),
                name="case_closed_with_its_time",
            ),
            models.CheckConstraint(
                condition=models.Q(rating__isnull=True) | models.Q(rating__range=(1, 5)), name="case_rating_one_to_five"
            ),
            models.CheckConstraint(condition=~models.Q(area_code=""), name="case_area_never_empty"),
            models.CheckConstraint(condition=models.Q(supervision_level__range=(0, 4)), name="case_supervision_level"),
            models.CheckConstraint(
                condition=models.Q(refusal_route="") | models.Q(state=CaseState.REFUSED.value),
                name="case_refusal_route_of_refused",
            ),
            models.CheckConstraint(
                condition=models.Q(routed_by="RULE", route_rule_id__isnull=False, route_version__isnull=False)
                | models.Q(routed_by="PLACE", route_rule_id__isnull=True, route_version__isnull=True),
                name="case_route_with_its_rule",
            ),
            models.CheckConstraint(
                condition=models.Q(suspended_until__isnull=True) | models.Q(state="HANDLING"),
                name="case_suspended_in_hand",
            ),
        ]
        indexes = [
            # Open work of an owner in the order it is due; the desk's list.
            models.Index(
                fields=["owner", "due_at", "id"], condition=models.Q(closed_at__isnull=True), name="case_open_by_owner"
            ),
            models.Index(
                fields=["area_code", "due_at"], condition=models.Q(closed_at__isnull=True), name="case_open_by_area"
            ),
            models.Index(fields=["area_code", "opened_at"], name="case_by_area"),
            models.Index(fields=["opened_at", "id"], name="case_by_time"),
            # What the clock scans.
            models.Index(
                fields=["next_supervision_at"],
                condition=models.Q(next_supervision_at__isnull=False),
                name="case_supervision_scan",
            ),
            models.Index(fields=["confirm_due_at"], condition=models.Q(state="FINISHED"), name="case_confirm_scan"),
            models.Index(
                fields=["suspended_until"],
                condition=models.Q(suspended_until__isnull=False),
                name="case_suspended_scan",
            ),
            # What was closed in a period; an open case is not in it, so opening one costs nothing.
            models.Index(
                fields=["closed_at", "id"], condition=models.Q(closed_at__isnull=False), name="case_by_closing"
            ),
            # What waits to be archived, oldest first.
            models.Index(
                fields=["closed_at"],
                condition=models.Q(closed_at__isnull=False, archived_at__isnull=True),
                name="case_to_archive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def is_open(self) -> bool:
        """True until the case is closed, refused, withdrawn or merged."""
        return self.closed_at is None


class Event(models.Model):
    """One step that was made: append-only, chained to the one before (流转记录)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events", db_index=False)
    sequence = models.PositiveIntegerField()
    at = models.DateTimeField()
    name = models.CharField(max_length=20)
    state_before = models.CharField(max_length=12, blank=True)
    state_after = models.CharField(max_length=12)
    by_role = models.CharField(max_length=12, choices=[(r.value, ROLE_LABELS[r]) for r in Role])
    by_post_id = models.BigIntegerField(null=True)
    by_unit_id = models.BigIntegerField(null=True)
    reason = models.TextField(blank=True)
    detail = models.JSONField(default=dict)
    is_told = models.BooleanField(default=False)  # whether the resident's page shows it
    hash = models.BinaryField(max_length=32)

    class Meta:
        # The table is partitioned by ``at``; its keys are made by hand in the migration.
        ordering = ["case_id", "sequence"]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.sequence} {self.name}"
