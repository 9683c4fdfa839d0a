"""Erase who and where from cases that were closed years ago; what was done, when and by whom stays (归档)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from linli.case.actions.indexing import index_cases
from linli.case.models import Case, Event, Joined
from linli.intake.models import Appeal
from linli.people import actions as people
from linli.shared import actions as shared

HEADING = "已归档"
COMMUNITY_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Archived:
    """What an archiving did: which cases, under which numbers."""

    case_ids: tuple[int, ...]
    numbers: tuple[str, ...]


@transaction.atomic
def archive(*, case_ids: Sequence[int], at: datetime) -> Archived:
    """Erase the words, the exact place, the contacts and the files of cases closed long ago (归档).

    The database refuses what was closed within a year. Events stay as they were, so the chain proves what it proved;
    ``queries.story`` leaves out what was said in them. Repeatable: a case that is archived is left alone.
    """
    said = {case_id: _appeals(case_id) for case_id in case_ids}  # before they say nothing any more
    done = _erased(case_ids, at=at)
    appeals = [appeal for case_id in done for appeal in said[case_id]]
    photos = {photo for appeal in appeals for photo in appeal.photo_ids}
    files: set[UUID] = set()
    for detail in Event.objects.filter(case_id__in=done).values_list("detail", flat=True):
        photos |= _ids(detail, "photos")
        files |= _ids(detail, "files")
    people.erase_contacts(contact_ids=[appeal.contact_id for appeal in appeals if appeal.contact_id], at=at)
    index_cases(case_ids=done)
    # Last: a file that is gone while its row was kept after all is asked for again and not missed.
    shared.erase_photos(photo_ids=photos)
    shared.drop_attachments(attachment_ids=files)
    return Archived(tuple(done), tuple(Case.objects.filter(pk__in=done).values_list("number", flat=True)))


def _appeals(case_id: int) -> list[Appeal]:
    joined = Joined.objects.filter(case_id=case_id).values("appeal_id")
    first = Case.objects.filter(pk=case_id).values("first_appeal_id")
    return [*Appeal.objects.filter(pk__in=joined), *Appeal.objects.filter(pk__in=first)]


def _erased(case_ids: Sequence[int], *, at: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT linli_archive_cases(%s::bigint[], %s, %s, %s)",
            [list(case_ids), at, HEADING, COMMUNITY_DIGITS + settings.GRID_DIGITS],
        )
        return sorted(row[0] for row in cursor.fetchall())


def _ids(detail: dict[str, Any], key: str) -> set[UUID]:
    return {UUID(one) for one in detail.get(key) or ()}
