"""Change what a district adds to the floor of the ladder; every edition is kept (通知阶梯)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max

from linli.call.models import LadderRung, LadderVersion
from linli.call.queries.ladder import ladder_version, rungs_of
from linli.call.rules import Rung, check_rungs
from linli.shared import audit
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.staff.models import Post

AHEAD_MAX = timedelta(days=366)
REASON_MAX = 200
EDITORS = frozenset({Role.DISTRICT, Role.ADMIN})
OVERTAKEN = "别人刚刚改过通知阶梯，请看最新一版再改。"


@transaction.atomic
def set_ladder(
    *,
    rungs: Iterable[Rung],
    since_at: datetime,
    reason: str,
    post: Post | None,
    at: datetime,
    number: int | None = None,
) -> LadderVersion:
    """Keep a new edition of what the district adds, which holds from a moment on (改通知阶梯).

    ``number`` is that of the newest edition somebody saw when they began to write; None does not ask.

    Raises:
        Refused: another role, no reason, too far ahead, what holds already, or slower than the floor.
        Overtaken: somebody kept another edition first.
    """
    if post is not None and post.role not in EDITORS:
        raise Refused("通知阶梯由区中心或系统管理员设置。")
    rungs, reason = check_rungs(rungs), reason.strip()[:REASON_MAX]
    if not reason:
        raise Refused("请写明为什么改。")
    # What holds is not changed backwards: who was told, was told by the ladder of that time.
    since_at = max(since_at, at)
    if since_at > at + AHEAD_MAX:
        raise Refused("最多提前 %(most)s 天安排。", most=AHEAD_MAX.days)
    newest = LadderVersion.objects.aggregate(most=Max("number"))["most"] or 0
    if number is not None and number != newest:
        raise Overtaken(OVERTAKEN)
    if set(rungs) == set(rungs_of(ladder_version(at=since_at))):
        raise Refused("和那时在用的阶梯一样，没有改动。")
    by_post_id = post.pk if post else None
    try:
        with transaction.atomic():
            version = LadderVersion.objects.create(
                number=newest + 1, since_at=since_at, by_post_id=by_post_id, reason=reason
            )
    except IntegrityError as taken:
        raise Overtaken(OVERTAKEN) from taken
    LadderRung.objects.bulk_create(
        LadderRung(
            version=version,
            after_seconds=rung.after_seconds,
            audience=rung.audience.value,
            from_time=rung.from_time,
            until_time=rung.until_time,
        )
        for rung in rungs
    )
    audit.record(
        stage="call",
        verb="set_ladder",
        subject=str(version.number),
        at=at,
        by_post_id=by_post_id,
        reason=reason,
        detail={"rungs": len(rungs), "since": since_at.isoformat()},
    )
    return version
