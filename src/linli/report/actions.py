"""Keep the roll-ups of the three rates up to date, beside the work and never in its way (汇总)."""

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from linli.report.models import Cell, Fact, Mark, WeightsSet
from linli.report.queries.boards import BEIJING
from linli.report.queries.rolling import NO_END, fingerprint, roll_statement, stale_cases
from linli.shared import audit
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.staff.models import Post

WINDOW = 20_000  # events in one transaction
BATCH = 5_000  # cases in one statement
SETTLED_AFTER = timedelta(seconds=60)


def roll_up(*, at: datetime) -> int:
    """Bring facts and sums to what the cases are now; return how many cases were counted anew (汇总).

    Nothing is locked that intake or a move needs: one row says how far the roll-up has come, and only the roll-up
    writes facts and sums. Events are read by their ids, again and again until nobody can be writing a lower one.
    """
    counted = low = 0
    while low != NO_END:
        with transaction.atomic():
            mark = Mark.objects.select_for_update(skip_locked=True).filter(pk=1).first()
            if mark is None:  # another one is at it
                return counted
            if mark.counted_by != fingerprint():
                _forget(mark)
            top, safe_id = _look_ahead(mark, at=at)
            low = max(low, mark.settled_id)
            high = low + WINDOW if low + WINDOW < top else NO_END
            counted += _roll(low, high)
            low = high
            mark.settled_id = max(mark.settled_id, min(high, safe_id))
            mark.rolled_at = at
            mark.save()
    return counted


def set_weights(
    *, post: Post | None, response: int, resolution: int, satisfaction: int, from_on: date, reason: str, at: datetime
) -> WeightsSet:
    """Set the weights of the composite from a day on; the versions before stay (定权重).

    Raises:
        Refused: they do not make a hundred, the day is past, or no reason is given.
    """
    if min(response, resolution, satisfaction) < 0 or response + resolution + satisfaction != 100:
        raise Refused("三个权重加起来要等于 100。")
    if from_on < at.astimezone(BEIJING).date():
        raise Refused("不能改以前的权重：日期最早是今天。")
    if not reason.strip():
        raise Refused("请写明依据。")
    with transaction.atomic():
        made = WeightsSet.objects.create(
            response=response,
            resolution=resolution,
            satisfaction=satisfaction,
            from_on=from_on,
            set_at=at,
            by_post_id=post.pk if post else None,
            reason=reason.strip()[:300],
        )
        audit.record(
            stage="report", verb="set_weights", subject=str(made), at=at, by_post_id=post.pk if post else None,
            by_words=staff.post_words(post) if post else "", reason=made.reason,
            detail={"from_on": from_on.isoformat()},
        )  # fmt: skip
    return made


def _forget(mark: Mark) -> None:
    """Begin again: a release counts something differently. Until it is done, readers count what is missing live."""
    Cell.objects.all().delete()
    Fact.objects.all().delete()
    mark.settled_id, mark.seen_at, mark.counted_by = 0, None, fingerprint()


def _look_ahead(mark: Mark, *, at: datetime) -> tuple[int, int]:
    """Return the highest event id, and the id up to which every event is there to be read.

    An event's id is taken before its transaction ends, so a lower one may come later than a higher one. What was the
    highest id a minute ago is safe once every transaction that had begun then has ended.
    """
    top, oldest, next_one = _horizon()
    if mark.seen_at is None or mark.seen_id <= mark.settled_id:
        mark.seen_id, mark.seen_xmax, mark.seen_at = top, next_one, at
        return top, mark.settled_id
    is_safe = oldest >= mark.seen_xmax and at >= mark.seen_at + SETTLED_AFTER
    return top, mark.seen_id if is_safe else mark.settled_id


def _horizon() -> tuple[int, int, int]:
    """Return the highest event id, the oldest running transaction and the next one to begin."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(id), 0), pg_snapshot_xmin(pg_current_snapshot())::text::bigint,"
            " pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM case_event"
        )
        row: tuple[int, int, int] = cursor.fetchone()
    return row


def _roll(low: int, high: int) -> int:
    stale = stale_cases(low, high)
    statement, values = roll_statement()
    for start in range(0, len(stale), BATCH):
        with connection.cursor() as cursor:
            cursor.execute(statement, [stale[start : start + BATCH], *values])
    return len(stale)
