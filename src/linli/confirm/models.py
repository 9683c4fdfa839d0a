"""What the resident said of the outcome, each time they were asked."""

from django.db import models

from linli.case.models import Case
from linli.staff.models import Unit


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
            models.CheckConstraint(
                condition=models.Q(rating__isnull=True) | models.Q(rating__range=(1, 5)),
                name="confirmation_rating_one_to_five",
            ),
        ]
        indexes = [models.Index(fields=["area_code", "at"], name="confirmation_by_area")]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.round} {self.rating}"
