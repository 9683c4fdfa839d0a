"""Which ladder holds for a call now."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from linli.call.models import Call, LadderVersion
from linli.call.rules import Audience, Rung, rungs_at

# A device nobody holds has no household, no grid and no family: the duty desk finds out, the community helps.
OF_UNKNOWN = frozenset({Audience.DUTY, Audience.COMMUNITY})
DISTRICT_DIGITS = 6


def ladder_version(*, at: datetime) -> LadderVersion | None:
    """Return the edition in force of what the district adds to the floor: the newest that has begun (阶梯版本)."""
    return LadderVersion.objects.filter(since_at__lte=at).order_by("-since_at", "-number").first()


def ladder_versions() -> QuerySet[LadderVersion]:
    """Return every edition, the one that holds last first (各个版本)."""
    return LadderVersion.objects.order_by("-since_at", "-number").prefetch_related("rungs")


def rungs_of(version: LadderVersion | None) -> tuple[Rung, ...]:
    """Return what an edition adds to the floor."""
    if version is None:
        return ()
    return tuple(
        Rung(rung.after_seconds, Audience(rung.audience), rung.from_time, rung.until_time)
        for rung in version.rungs.all()
    )


def rungs_now(call: Call, *, at: datetime) -> tuple[Rung, ...]:
    """Return whom a call is told to after how many seconds, at this time of day (通知阶梯)."""
    rungs = rungs_at(rungs_of(ladder_version(at=at)), at=timezone.localtime(at))
    if call.is_known:
        return rungs
    whole_district = len(call.area_code) <= DISTRICT_DIGITS
    audiences = {Audience.DUTY} if whole_district else OF_UNKNOWN
    return tuple(rung for rung in rungs if rung.audience in audiences)
