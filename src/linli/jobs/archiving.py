"""Archive what was closed years ago, in every stage at once, under one row of the ledger (归档)."""

from datetime import datetime

from django.db import transaction

from linli.case import actions as cases
from linli.case import archive
from linli.confirm import actions as confirming
from linli.handling import actions as handling
from linli.outside import actions as outside
from linli.shared.retention import Kept, record_erasure
from linli.whistle import actions as whistles

BATCH = 200


def archive_old(*, at: datetime) -> int:
    """Erase who and where from the next cases that were closed long enough ago; return how many (归档)."""
    before = archive.due_before(at=at)
    if before is None:
        return 0
    due = list(archive.to_archive(before=before).values_list("pk", flat=True)[:BATCH])
    if not due:
        return 0
    with transaction.atomic():
        done = cases.archive(case_ids=due, at=at)
        for stage in (whistles, outside, handling, confirming):
            stage.forget_words(case_ids=done.case_ids)
        record_erasure(rule=Kept.CASE, ids=done.numbers, at=at)
    return len(done.numbers)
