"""Further appeals about the same work, and cases that read alike."""

from django.db import models

from linli.case.models.cases import Case
from linli.intake.models import Appeal


class Joined(models.Model):
    """A further appeal about the same work (同样反映)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="joined")
    appeal = models.OneToOneField(Appeal, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.appeal_id} → {self.case_id}"


class Similar(models.Model):
    """An open case with wording alike, offered to the worker and never merged by itself (疑似重复)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="similar")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    score = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "other"], name="similar_once")]

    def __str__(self) -> str:
        return f"{self.case_id} ~ {self.other_id}"
