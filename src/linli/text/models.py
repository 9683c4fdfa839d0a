"""The category table: what needs are called, in three languages, and their limits."""

from django.db import models

from linli.shared.urgency import Urgency
from linli.text.rules import EMERGENCY_NUMBERS, HARMLESS


class Category(models.Model):
    """One class of need; two digits for a group, four for a category (事项分类)."""

    code = models.CharField(primary_key=True, max_length=8, db_collation="C")
    parent_code = models.CharField(max_length=8, blank=True, db_collation="C")
    name_zh = models.CharField(max_length=60)
    name_bo = models.CharField(max_length=200, blank=True)
    name_en = models.CharField(max_length=60, blank=True)
    urgency = models.CharField(max_length=10, choices=[(u.value, u.value) for u in Urgency])
    limit_words = models.CharField(max_length=40, blank=True)
    keywords = models.JSONField(default=list)
    is_public = models.BooleanField(default=True)
    emergency_number = models.CharField(max_length=3, blank=True)
    retired_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(urgency__in=[u.value for u in Urgency]), name="category_urgency_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name_zh}"


class EmergencyList(models.Model):
    """The words that call for one number, as an administrator set them; the newest is used (紧急词)."""

    number = models.CharField(max_length=3, choices=[(n, n) for n in (*EMERGENCY_NUMBERS, HARMLESS)])
    version = models.PositiveIntegerField()
    words = models.JSONField()
    at = models.DateTimeField()
    by_post_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["number", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["number", "version"], name="emergency_list_version_once"),
            models.CheckConstraint(
                condition=models.Q(number__in=[*EMERGENCY_NUMBERS, HARMLESS]), name="emergency_list_number_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} v{self.version}"
