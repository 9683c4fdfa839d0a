"""Which ladder holds for a call now."""

from datetime import datetime

from django.utils import timezone

from linli.call.models import Call, LadderVersion
from linli.call.rules import Audience, Rung, rungs_at

# A device nobody holds has no household, no grid and no family: the duty desk finds out, the community helps.
OF_UNKNOWN = frozenset({Audience.DUTY, Audience.COMMUNITY})
DISTRICT_DIGITS = 6


def ladder_version() -> LadderVersion | None:
    """Return the newest edition of what the district adds to the floor."""
    return LadderVersion.objects.order_by("-number").first()


def extra_rungs() -> tuple[Rung, ...]:
    """Return the rungs that the district adds to the floor."""
    newest = ladder_version()
    if newest is None:
        return ()
    return tuple(
        Rung(rung.after_seconds, Audience(rung.audience), rung.from_time, rung.until_time)
        for rung in newest.rungs.all()
    )


def rungs_now(call: Call, *, at: datetime) -> tuple[Rung, ...]:
    """Return whom a call is told to after how many seconds, at this time of day (通知阶梯)."""
    rungs = rungs_at(extra_rungs(), at=timezone.localtime(at))
    if call.is_known:
        return rungs
    whole_district = len(call.area_code) <= DISTRICT_DIGITS
    audiences = {Audience.DUTY} if whole_district else OF_UNKNOWN
    return tuple(rung for rung in rungs if rung.audience in audiences)
