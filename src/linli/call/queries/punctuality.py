"""How soon calls were answered and attended, by grid and hour; about calls, never about who answered (接应时效)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, DateTimeField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import ExtractHour, Substr
from django.utils import timezone

from linli.call.models import Call
from linli.call.queries.calls import visible
from linli.call.rules import PressKind
from linli.call.rules.ladder import ARRIVE_MINUTES_MAX
from linli.place.queries import GRID_LENGTH
from linli.shared.prefixes import under
from linli.staff.models import Post

ANSWERED_WITHIN = (30, 60, 180)  # seconds; domain.md §5
ARRIVE_WITHIN = timedelta(minutes=ARRIVE_MINUTES_MAX)
# Where nobody had to come, coming late is no fault.
NO_NEED_TO_COME = ("MISTAKE", "FAULT")
TRIED = "TEST"


@dataclass(frozen=True, slots=True)
class Timely:
    """Counts of one group: how many calls, how many of them answered in time, how many attended in time."""

    count: int = 0
    answered: dict[int, int] = field(default_factory=dict)
    to_attend: int = 0
    attended: int = 0

    def __add__(self, other: "Timely") -> "Timely":
        """Return both together."""
        return Timely(
            self.count + other.count,
            {seconds: self.answered.get(seconds, 0) + other.answered.get(seconds, 0) for seconds in ANSWERED_WITHIN},
            self.to_attend + other.to_attend,
            self.attended + other.attended,
        )


@dataclass(frozen=True, slots=True)
class Punctuality:
    """The counts of a period: all, by grid, by hour of the day."""

    whole: Timely
    by_grid: dict[str, Timely]
    by_hour: dict[int, Timely]


def counted_calls(post: Post, *, since: datetime, until: datetime, at: datetime, prefix: str = "") -> QuerySet[Call]:
    """Return the calls that a post's punctuality is counted from (计入的呼叫).

    Left out: tests, devices nobody holds, and calls so young that somebody may still arrive in time.
    """
    end = min(until, at - ARRIVE_WITHIN)
    found = Call.objects.filter(visible(post), under(prefix), is_known=True, raised_at__gte=since, raised_at__lt=end)
    return found.exclude(kind=PressKind.TEST.value).exclude(outcome=TRIED)


def punctuality(post: Post, *, since: datetime, until: datetime, at: datetime, prefix: str = "") -> Punctuality:
    """Count the calls of a period in one statement, by grid and hour (接应时效)."""
    rows = (
        counted_calls(post, since=since, until=until, at=at, prefix=prefix)
        .annotate(
            grid=Substr("area_code", 1, GRID_LENGTH),
            hour=ExtractHour("raised_at", tzinfo=timezone.get_current_timezone()),
        )
        .values("grid", "hour")
        .annotate(
            n=Count("pk"),
            to_attend=Count("pk", filter=had_to_come()),
            attended=Count("pk", filter=had_to_come() & attended_in_time()),
            **{f"in_{seconds}": Count("pk", filter=answered_within(seconds)) for seconds in ANSWERED_WITHIN},
        )
        .order_by("grid", "hour")
    )
    cells = [(row["grid"], row["hour"], _timely(dict(row))) for row in rows]
    return Punctuality(
        sum((cell for _grid, _hour, cell in cells), Timely()),
        _summed(cells, lambda cell: cell[0]),
        dict(sorted(_summed(cells, lambda cell: cell[1]).items())),
    )


def answered_within(seconds: int) -> Q:
    """Return the condition that a call was answered within so many seconds."""
    return Q(answered_at__lte=_after(timedelta(seconds=seconds)))


def had_to_come() -> Q:
    """Return the condition that somebody had to go there."""
    return Q(on_scene_at__isnull=False) | ~Q(outcome__in=NO_NEED_TO_COME)


def attended_in_time() -> Q:
    """Return the condition that somebody was at the door in time."""
    return Q(on_scene_at__lte=_after(ARRIVE_WITHIN))


def in_hour(listed: QuerySet[Call], hour: int) -> QuerySet[Call]:
    """Return those of a list that were raised in an hour of the day."""
    return listed.annotate(hour=ExtractHour("raised_at", tzinfo=timezone.get_current_timezone())).filter(hour=hour)


def in_place(listed: QuerySet[Call], prefix: str) -> QuerySet[Call]:
    """Return those of a list that lie under an area."""
    return listed.filter(under(prefix))


def _after(span: timedelta) -> Combinable:
    return ExpressionWrapper(F("raised_at") + span, output_field=DateTimeField())


def _timely(row: dict[str, Any]) -> Timely:
    answered = {seconds: row[f"in_{seconds}"] for seconds in ANSWERED_WITHIN}
    return Timely(row["n"], answered, row["to_attend"], row["attended"])


def _summed(cells: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, Timely]:
    found: dict[Any, Timely] = {}
    for cell in cells:
        found[key(cell)] = found.get(key(cell), Timely()) + cell[2]
    return found
