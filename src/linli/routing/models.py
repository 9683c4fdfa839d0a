"""The responsibility list with its versions, and the duty lists of communities."""

from django.db import models
from django.db.models import F, Q

from linli.routing.rules import MODE_LABELS, STATE_LABELS, DutyMode, RuleState
from linli.staff.models import Unit

CATEGORY = r"^([0-9]{2}){0,4}$"
AREA = r"^([0-9]{6,20})?$"


class RoutingRule(models.Model):
    """One line of the responsibility list as it stands now (责任清单的一条)."""

    position = models.PositiveIntegerField()
    category_code = models.CharField(max_length=8, blank=True, db_collation="C")  # a prefix; empty is every category
    area_code = models.CharField(max_length=20, blank=True, db_collation="C")  # a prefix; empty is the whole district
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)  # the last day
    hours = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=[(s.value, STATE_LABELS[s]) for s in RuleState])
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in RuleState]), name="routing_rule_state"),
            models.CheckConstraint(condition=Q(category_code__regex=CATEGORY), name="routing_rule_category"),
            models.CheckConstraint(condition=Q(area_code__regex=AREA), name="routing_rule_area"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="routing_rule_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.category_code or '*'} {self.area_code or '*'} → {self.unit_id}"


class RuleVersion(models.Model):
    """A rule as it stood from a moment on; append-only (规则版本)."""

    rule = models.ForeignKey(RoutingRule, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    terms = models.JSONField()
    at = models.DateTimeField()
    by_post_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["rule_id", "version"]
        constraints = [models.UniqueConstraint(fields=["rule", "version"], name="routing_version_once")]

    def __str__(self) -> str:
        return f"#{self.rule_id} v{self.version}"


class Duty(models.Model):
    """A category that the communities of an area are there for, from when until when (社区职责)."""

    area_code = models.CharField(max_length=20, db_collation="C")
    category_code = models.CharField(max_length=8, db_collation="C")
    since_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["area_code", "category_code"]
        constraints = [
            models.UniqueConstraint(
                fields=["area_code", "category_code"], condition=Q(until_at__isnull=True), name="routing_duty_once"
            ),
            models.CheckConstraint(condition=Q(area_code__regex=r"^[0-9]{6,12}$"), name="routing_duty_area"),
            models.CheckConstraint(
                condition=Q(category_code__regex=r"^([0-9]{2}){1,4}$"), name="routing_duty_category"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_code} {self.category_code}"


class Edition(models.Model):
    """One row: a number that changes with every change here, and how strict the duty lists are (版本)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)
    duty_mode = models.CharField(
        max_length=4, default=DutyMode.WARN.value, choices=[(m.value, MODE_LABELS[m]) for m in DutyMode]
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="routing_edition_single"),
            models.CheckConstraint(condition=Q(duty_mode__in=[m.value for m in DutyMode]), name="routing_duty_mode"),
        ]

    def __str__(self) -> str:
        return str(self.number)
