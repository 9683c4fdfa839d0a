"""What a case is found by."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Wording(models.Model):
    """The pieces of everything said about a case, of its place, its units and its week: decision 0017 (检索词)."""

    case_id = models.BigIntegerField(primary_key=True)
    opened_at = models.DateTimeField()
    event_count = models.PositiveIntegerField()  # of the case as it was read; more since then means read it again
    pieces = ArrayField(models.IntegerField())

    class Meta:
        db_table = "case_wording"
        indexes = [GinIndex(fields=["pieces"], name="case_wording_pieces", gin_pending_list_limit=1024)]

    def __str__(self) -> str:
        return str(self.case_id)


class WordingMark(models.Model):
    """How far the events have been read for the wording; one row (检索进度)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    done_id = models.BigIntegerField(default=0)  # every event up to here has been read
    whole_id = models.BigIntegerField(default=0)  # no event up to here can still be on its way
    waiting_id = models.BigIntegerField(default=0)  # none either once the transactions before waiting_xid are over
    waiting_xid = models.BigIntegerField(default=0)
    seen_id = models.BigIntegerField(default=0)

    class Meta:
        db_table = "case_wording_mark"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="wording_mark_single")]

    def __str__(self) -> str:
        return str(self.done_id)
