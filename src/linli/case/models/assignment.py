"""Who inside a unit works on a case."""

from django.db import models

from linli.case.models.cases import Case
from linli.staff.models import Post, Unit


class Assignment(models.Model):
    """One colleague of a unit at a case, until another is named or nobody (经办人)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+", db_index=False)
    by_post_id = models.BigIntegerField()
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "unit"], condition=models.Q(ended_at__isnull=True), name="assignment_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(ended_at__gte=models.F("at")),
                name="assignment_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["post", "case"], condition=models.Q(ended_at__isnull=True), name="assignment_mine"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.post_id}"
