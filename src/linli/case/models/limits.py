"""The district's own tables of limits, version by version, and its own days off."""

from django.db import models

from linli.case.rules import DEADLINE_LABELS, Deadline
from linli.intake.rules import KIND_LABELS, Kind
from linli.shared.urgency import URGENCY_LABELS, Urgency


class LimitVersion(models.Model):
    """One version of the table of limits; what is in it is never changed, a later version takes its place (时限表)."""

    name = models.CharField(max_length=40, unique=True)
    active_from = models.DateTimeField()
    made_at = models.DateTimeField()
    made_by_post_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    recalled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="limitversion_named"),
            # What has been in force is history; only what has not begun can be taken back.
            models.CheckConstraint(
                condition=models.Q(recalled_at__isnull=True) | models.Q(recalled_at__lt=models.F("active_from")),
                name="limitversion_recalled_before_it_began",
            ),
            models.UniqueConstraint(
                fields=["active_from"], condition=models.Q(recalled_at__isnull=True), name="limitversion_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LimitRow(models.Model):
    """One line of a version: for which cases, under which condition, how long, and what shows that it is done."""

    version = models.ForeignKey(LimitVersion, on_delete=models.PROTECT, related_name="rows")
    line = models.PositiveIntegerField()
    deadline = models.CharField(max_length=10, choices=[(d.value, DEADLINE_LABELS[d]) for d in Deadline])
    category_code = models.CharField(max_length=8, blank=True, db_collation="C")
    kind = models.CharField(max_length=12, blank=True, choices=[(k.value, KIND_LABELS[k]) for k in Kind])
    urgency = models.CharField(max_length=10, blank=True, choices=[(u.value, URGENCY_LABELS[u]) for u in Urgency])
    condition = models.CharField(max_length=120, blank=True)
    limit_words = models.CharField(max_length=40)
    closing_test = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "line"], name="limitrow_numbered"),
            models.UniqueConstraint(
                fields=["version", "deadline", "category_code", "kind", "urgency", "condition"], name="limitrow_once"
            ),
            models.CheckConstraint(
                condition=models.Q(deadline__in=[deadline.value for deadline in Deadline]),
                name="limitrow_deadline_known",
            ),
            # Each line is for one category, or one kind, or one urgency.
            models.CheckConstraint(
                condition=(~models.Q(category_code="") & models.Q(kind="", urgency=""))
                | (~models.Q(kind="") & models.Q(category_code="", urgency="", condition=""))
                | (~models.Q(urgency="") & models.Q(category_code="", kind="", condition="")),
                name="limitrow_for_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}#{self.line} {self.limit_words}"


class DayOverlay(models.Model):
    """Days off and make-up days that the district added to the shipped calendar, as the file came (日历附加表)."""

    file_name = models.CharField(max_length=120)
    content = models.TextField()
    made_at = models.DateTimeField()
    made_by_post_id = models.BigIntegerField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    recounted_at = models.DateTimeField(null=True)  # when the open cases were last reckoned anew because of it

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True) | models.Q(withdrawn_at__gte=models.F("made_at")),
                name="dayoverlay_withdrawn_after_it_came",
            )
        ]

    def __str__(self) -> str:
        return self.file_name


class Rulebook(models.Model):
    """One row that changes with every change of limits or days; tells every process to read again (版本)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="rulebook_single")]

    def __str__(self) -> str:
        return str(self.number)
