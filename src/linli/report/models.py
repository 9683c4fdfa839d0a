"""Roll-ups of the three rates: what each case counts for, and the sums of it by day and month (汇总)."""

from django.db import models
from django.db.models import F, Q

AREA_DIGITS = 12  # as deep as successors of areas are named
COUNTERS = (
    "cases",
    "responded",
    "answered",
    "solved",
    "rated",
    "satisfied",
    "called",
    "reached",
    "declined",
    "not_reached",
    "no_contact",
    "asked_not",
)
PARTS = (("responded", "cases"), ("solved", "answered"), ("satisfied", "rated"), ("reached", "called"))


class Fact(models.Model):
    """What one case counts for, as it was when last rolled up; ``event_count`` says how far that was (计数事实)."""

    case_id = models.BigIntegerField(primary_key=True)
    event_count = models.PositiveIntegerField()
    opened_on = models.DateField()
    area_code = models.CharField(max_length=AREA_DIGITS, db_collation="C")
    category_code = models.CharField(max_length=8, db_collation="C")
    owner_id = models.BigIntegerField()
    lead_id = models.BigIntegerField()  # 0 when nobody leads, or the owner does
    said_owner_id = models.BigIntegerField()  # whom the resident's last word was about; 0 when nothing was said
    said_lead_id = models.BigIntegerField()
    excluded_for = models.CharField(max_length=16, blank=True)
    responded = models.PositiveSmallIntegerField()
    answered = models.PositiveSmallIntegerField()
    solved = models.PositiveSmallIntegerField()
    rated = models.PositiveSmallIntegerField()
    satisfied = models.PositiveSmallIntegerField()
    called = models.PositiveSmallIntegerField()
    reached = models.PositiveSmallIntegerField()
    declined = models.PositiveSmallIntegerField()
    not_reached = models.PositiveSmallIntegerField()
    no_contact = models.PositiveSmallIntegerField()
    asked_not = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["opened_on"], name="fact_by_day"),
            models.Index(fields=["category_code", "opened_on"], name="fact_by_category"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}@{self.event_count}"


class Cell(models.Model):
    """Sums of facts over a day or a month: by area and bodies, or by area and category (汇总格)."""

    pk = models.CompositePrimaryKey(
        "kind", "grain", "starts_on", "area_code", "owner_id", "lead_id", "category_code", "excluded_for"
    )
    kind = models.CharField(max_length=1, db_collation="C")  # B: by bodies, C: by category
    grain = models.CharField(max_length=1, db_collation="C")  # D: a day, M: a month
    starts_on = models.DateField()
    area_code = models.CharField(max_length=AREA_DIGITS, db_collation="C")
    owner_id = models.BigIntegerField()
    lead_id = models.BigIntegerField()
    category_code = models.CharField(max_length=8, db_collation="C")
    excluded_for = models.CharField(max_length=16, db_collation="C")
    cases = models.IntegerField()
    responded = models.IntegerField()
    answered = models.IntegerField()
    solved = models.IntegerField()
    rated = models.IntegerField()
    satisfied = models.IntegerField()
    called = models.IntegerField()
    reached = models.IntegerField()
    declined = models.IntegerField()
    not_reached = models.IntegerField()
    no_contact = models.IntegerField()
    asked_not = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["B", "C"], grain__in=["D", "M"]), name="cell_kind_and_grain"),
            models.CheckConstraint(
                condition=Q(*[Q((f"{name}__gte", 0)) for name in COUNTERS]), name="cell_counts_nothing_twice_off"
            ),
            models.CheckConstraint(
                condition=Q(*[Q((f"{part}__lte", F(whole))) for part, whole in PARTS]), name="cell_no_rate_above_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}{self.grain} {self.starts_on} {self.area_code}"


class Mark(models.Model):
    """How far the events have been rolled up for good (汇总进度)."""

    settled_id = models.BigIntegerField(default=0)  # every event up to here is in the facts
    seen_id = models.BigIntegerField(default=0)  # the newest event at ``seen_at``
    seen_xmax = models.BigIntegerField(default=0)  # transactions from here on had not begun at ``seen_at``
    seen_at = models.DateTimeField(null=True)
    rolled_at = models.DateTimeField(null=True)
    counted_by = models.CharField(max_length=64, blank=True)  # fingerprint of the statement that counted the facts

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="mark_is_one")]

    def __str__(self) -> str:
        return f"{self.settled_id}"


class WeightsSet(models.Model):
    """The weights of the composite from a day on; a new version is added, none is changed (权重)."""

    response = models.PositiveSmallIntegerField()
    resolution = models.PositiveSmallIntegerField()
    satisfaction = models.PositiveSmallIntegerField()
    from_on = models.DateField()
    set_at = models.DateTimeField()
    by_post_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(satisfaction=100 - F("response") - F("resolution")), name="weights_make_a_hundred"
            ),
        ]
        indexes = [models.Index(fields=["-from_on", "-id"], name="weights_by_day")]

    def __str__(self) -> str:
        return f"{self.response}/{self.resolution}/{self.satisfaction}"
