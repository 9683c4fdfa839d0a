"""Photos and files that came with a form which was never sent: nobody names them, so they do not stay (未提交的文件).

A photo is kept as soon as it arrives, so that an error on the page does not lose it. What becomes of the form is known
a day later at the latest, when every draft is over: what an appeal, an event or another record names by then stays.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.apps import apps
from django.db import models, transaction

from linli.shared.models import Attachment, Photo
from linli.shared.queries import attachment_path, photo_path
from linli.shared.retention import Kept, record_erasure
from linli.shared.scope import EVERYTHING, acting

UNNAMED_KEPT = timedelta(days=1)  # twice as long as a session without a touch
EVENTS_SINCE = timedelta(days=7)  # before a file came, nothing named it; some slack for clocks that differ
BATCH = 1000
COLUMN = "photo_ids"  # the name of every column that names photos
DETAIL = {Photo: "photos", Attachment: "files"}  # and under which word the detail of an event names them

File = Photo | Attachment


def drop_unnamed(*, at: datetime) -> int:
    """Remove photos and files that nothing names a day after they came; return how many (清除未提交的文件)."""
    with acting(EVERYTHING):
        return sum(_dropped(kind, at=at) for kind in (Photo, Attachment))


def drop_photos(ids: Iterable[str | UUID], *, at: datetime) -> int:
    """Remove photos taken back before they were sent, at once; what was sent meanwhile stays (撤下照片)."""
    wanted = list(ids)
    if not wanted:
        return 0
    with acting(EVERYTHING), transaction.atomic():
        return _sorted_out(list(Photo.objects.select_for_update().filter(pk__in=wanted, is_used=False)), at=at)


def still_kept(ids: Sequence[str]) -> list[str]:
    """Return those of these photos that are there, in their order (还在的照片)."""
    there = {str(one) for one in Photo.objects.filter(pk__in=ids).values_list("pk", flat=True)} if ids else set()
    return [one for one in ids if one in there]


def _dropped(kind: type[File], *, at: datetime) -> int:
    count, has_more = 0, True
    while has_more:
        with transaction.atomic():
            waiting = kind.objects.select_for_update(skip_locked=True)
            old = waiting.filter(is_used=False, kept_at__lt=at - UNNAMED_KEPT).order_by("kept_at")
            batch: list[File] = list(old[:BATCH])
            count += _sorted_out(batch, at=at)
        has_more = len(batch) == BATCH
    return count


def _sorted_out(batch: Sequence[File], *, at: datetime) -> int:
    """Mark what is named and remove the rest; the ledger comes first, so that nothing goes without its line."""
    if not batch:
        return 0
    kind = type(batch[0])
    named = _named(batch)
    kind.objects.filter(pk__in=named).update(is_used=True)
    gone = [row for row in batch if row.pk not in named]
    record_erasure(rule=Kept.UNSENT_FILE, ids=[row.pk for row in gone], at=at)
    kind.objects.filter(pk__in=[row.pk for row in gone]).delete()
    for path in _paths(gone):
        path.unlink(missing_ok=True)
    return len(gone)


def _named(batch: Sequence[File]) -> set[UUID]:
    ids = {row.pk for row in batch}
    return ids & {*_in_columns(ids), *_in_events(type(batch[0]), since=min(row.kept_at for row in batch))}


def _in_columns(ids: set[UUID]) -> Iterator[UUID]:
    for model in apps.get_models():
        if hasattr(model, COLUMN):
            rows: models.QuerySet[models.Model] = models.QuerySet(model).filter(**{f"{COLUMN}__overlap": list(ids)})
            for named in rows.values_list(COLUMN, flat=True):
                yield from named


def _in_events(kind: type[File], *, since: datetime) -> Iterator[UUID]:
    event: type[models.Model] = apps.get_model("case", "Event")
    rows: models.QuerySet[models.Model] = models.QuerySet(event).filter(detail__has_key=DETAIL[kind])
    rows = rows.filter(at__gte=since - EVENTS_SINCE)
    for named in rows.values_list(f"detail__{DETAIL[kind]}", flat=True).iterator(chunk_size=2000):
        yield from map(UUID, named or ())


def _paths(rows: Iterable[File]) -> Iterator[Path]:
    for row in rows:
        if isinstance(row, Photo):
            yield from (photo_path(row.pk), photo_path(row.pk, small=True))
        else:
            yield attachment_path(row.pk)
