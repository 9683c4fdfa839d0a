"""Cases that hang together: a whole and its parts."""

from django.db import models

from linli.case.models.cases import Case


class Tie(models.Model):
    """A case that belongs to a larger one: split off from it, or linked to it later (上下级事项)."""

    parent = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="ties")
    child = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="tie")
    is_split = models.BooleanField()  # split off from the parent; otherwise a case of its own that was linked
    at = models.DateTimeField()
    by_post_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(parent=models.F("child")), name="tie_of_two_cases"),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} ⊂ {self.parent_id}"
