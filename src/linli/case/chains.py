"""Whether the history of cases holds together: every hash recomputed, the first wrong row named (核验)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db import connection
from django.db.models import Exists, OuterRef

from linli.case.models import Case, Event, Joined
from linli.case.rules import chained, payload_of
from linli.intake.models import Appeal
from linli.shared.chains import Fault, wrong_in

__all__ = ["Broken", "Checked", "Fault", "Gap", "check", "fault_in", "gaps_of", "is_whole", "orphans_of"]

ROWS_AT_ONCE = 2000
GAPS = """
WITH period AS (SELECT min(id) AS first, max(id) AS last FROM case_case WHERE opened_at >= %s AND opened_at < %s),
numbered AS (
    SELECT number, id - lag(id) OVER taken - 1 AS missing, lag(number) OVER taken AS after
    FROM case_case, period WHERE id BETWEEN first AND last WINDOW taken AS (ORDER BY id)
)
SELECT after, number, missing FROM numbered WHERE missing > 0 ORDER BY missing DESC, number
"""


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row at which the history of a case does not hold together."""

    case_id: int
    number: str
    fault: Fault
    sequence: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that no case has, between two that have one."""

    after: str
    before: str
    count: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of the chains looked at, and what it found."""

    case_count: int
    event_count: int
    broken: tuple[Broken, ...]
    orphans: tuple[int, ...] = ()  # appeals whose case is gone
    gaps: tuple[Gap, ...] = ()


def check(*, since: datetime, until: datetime) -> Checked:
    """Recompute the chains of the cases opened in a period, in two statements that read piece by piece (核验)."""
    opened = Case.objects.filter(opened_at__gte=since, opened_at__lt=until).order_by("pk")
    # A case has no event before its opening: the older partitions of the events stay closed.
    events = Event.objects.filter(at__gte=since - timedelta(seconds=1), case__in=opened)
    told = groupby(
        events.order_by("case_id", "sequence").iterator(chunk_size=ROWS_AT_ONCE), key=lambda event: event.case_id
    )
    heads = opened.only("number", "event_count", "head_hash").iterator(chunk_size=ROWS_AT_ONCE)
    case_count, event_count, broken = 0, 0, []
    for case, history in _side_by_side(heads, told):
        case_count += 1
        event_count += len(history)
        fault = fault_in(case, history)
        if fault:
            broken.append(fault)
    orphans = orphans_of(since=since, until=until)
    return Checked(case_count, event_count, tuple(broken), orphans, gaps_of(since=since, until=until))


def orphans_of(*, since: datetime, until: datetime) -> tuple[int, ...]:
    """Return the appeals of a period that no case holds: a case was taken away whole (无主诉求)."""
    received = Appeal.objects.filter(received_at__gte=since, received_at__lt=until)
    held = Exists(Case.objects.filter(first_appeal_id=OuterRef("pk")))
    joined = Exists(Joined.objects.filter(appeal_id=OuterRef("pk")))
    return tuple(received.filter(~held, ~joined).order_by("pk").values_list("pk", flat=True))


def gaps_of(*, since: datetime, until: datetime) -> tuple[Gap, ...]:
    """Return where numbers are left out between the cases of a period (缺号).

    A process that stops leaves numbers it had taken unused, and a refused appeal one: a gap alone proves nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(GAPS, [since, until])
        return tuple(Gap(*row) for row in cursor.fetchall())


def is_whole(case: Case) -> bool:
    """Recompute the hash of every event of a case and compare it with what was kept."""
    return fault_in(case, list(Event.objects.filter(case_id=case.pk).order_by("sequence"))) is None


def fault_in(case: Case, history: list[Event]) -> Broken | None:
    """Return the first row of a history, in order, that does not follow from the one before."""
    wrong = wrong_in(history, row_count=case.event_count, head=bytes(case.head_hash), follows=_follows)
    return None if wrong is None else Broken(case.pk, case.number, wrong.fault, wrong.sequence)


def _side_by_side(
    heads: Iterable[Case], told: Iterator[tuple[int, Iterator[Event]]]
) -> Iterator[tuple[Case, list[Event]]]:
    """Join cases to their events, both in the order of the case; an event has always a case, not the other way."""
    whose, history = next(told, (0, iter(())))
    for case in heads:
        if whose != case.pk:
            yield case, []
            continue
        yield case, list(history)
        whose, history = next(told, (0, iter(())))


def _follows(previous: bytes, event: Event) -> bool:
    """Tell whether a row follows from the one before, as rows are written now or as the first ones were."""
    now = chained(previous, _payload(event, is_told=event.is_told), sequence=event.sequence)
    kept = bytes(event.hash)
    return kept == now or kept == chained(previous, _payload(event, is_told=None), sequence=None)


def _payload(event: Event, *, is_told: bool | None) -> bytes:
    return payload_of(
        case_id=event.case_id,
        at=event.at,
        name=event.name,
        state_before=event.state_before,
        state_after=event.state_after,
        by_role=event.by_role,
        by_post_id=event.by_post_id,
        by_unit_id=event.by_unit_id,
        reason=event.reason,
        detail=event.detail,
        is_told=is_told,
    )
