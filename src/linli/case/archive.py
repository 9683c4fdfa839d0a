"""Questions about what is archived and what is due to be (归档)."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet, Sum

from linli.case.models import Case, Tie
from linli.shared import queries as shared
from linli.shared.retention import Kept

BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the archive has come: what waits, since when the oldest words are kept, when it last ran."""

    years: int  # 0: never
    before: datetime | None  # what was closed before is due
    waiting: int
    archived: int
    oldest_kept_at: datetime | None
    last_at: datetime | None


def due_before(*, at: datetime) -> datetime | None:
    """Return the moment before which a case must have been closed to be archived; nothing when never (归档期限)."""
    if not settings.ARCHIVE_YEARS:
        return None
    local = at.astimezone(BEIJING)
    year = local.year - settings.ARCHIVE_YEARS
    return local.replace(year=year, day=28 if (local.month, local.day) == (2, 29) else local.day)


def to_archive(*, before: datetime) -> QuerySet[Case]:
    """Return the cases closed before a moment whose words are still kept, oldest first (待归档).

    A case waits for what it hangs together with: the case it was merged into, the whole it is a part of, the parts.
    """
    alive = Q(closed_at__isnull=True) | Q(closed_at__gte=before)
    waits = (
        Case.objects.filter(alive, pk=OuterRef("merged_into_id")),
        Case.objects.filter(alive, tie__parent_id=OuterRef("pk")),
        Case.objects.filter(alive, ties__child_id=OuterRef("pk")),
        Case.objects.filter(alive, tie__parent__in=Tie.objects.filter(child=OuterRef(OuterRef("pk"))).values("parent")),
    )
    old = Case.objects.filter(closed_at__lt=before, archived_at__isnull=True)
    return old.filter(*(~Exists(each) for each in waits)).order_by("closed_at", "pk")


def archived() -> QuerySet[Case]:
    """Return the archived cases (已归档)."""
    return Case.objects.filter(archived_at__isnull=False)


def standing(*, at: datetime) -> Standing:
    """Say how far the archive has come (归档进度)."""
    before = due_before(at=at)
    kept = Case.objects.filter(closed_at__isnull=False, archived_at__isnull=True)
    # The ledger knows how many: counting them in the table of cases would read all of it.
    erased = shared.erasures().filter(rule=Kept.CASE).aggregate(count=Sum("count"), last=Max("at"))
    return Standing(
        years=settings.ARCHIVE_YEARS,
        before=before,
        waiting=kept.filter(closed_at__lt=before).count() if before else 0,
        archived=erased["count"] or 0,
        oldest_kept_at=kept.aggregate(oldest=Min("closed_at"))["oldest"],
        last_at=erased["last"],
    )
