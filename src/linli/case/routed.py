"""How cases came to whoever answers for them: what no rule matched, what a draft would change (派单)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet

from linli.case.deadlines import calendar
from linli.case.models import Case
from linli.routing import queries as routing
from linli.routing.rules import RoutedBy
from linli.shared.prefixes import under

REPLAYED_MAX = 20_000
SAMPLES_MAX = 50
WAITING = ("REGISTERED", "DISPATCHED")


@dataclass(frozen=True, slots=True)
class Moved:
    """A case that the draft would have sent elsewhere."""

    case_id: int
    number: str
    title: str
    before: routing.Route
    after: routing.Route


@dataclass(frozen=True, slots=True)
class Replay:
    """What real cases would have become under the list with its drafts, beside the list in force."""

    count: int
    is_cut: bool
    ways: tuple[tuple[int, int, int], ...]  # from unit, to unit, how many; the most first
    unmatched_before: int
    unmatched_after: int
    samples: tuple[Moved, ...]

    @property
    def moved_count(self) -> int:
        """How many would have gone elsewhere."""
        return sum(count for _before, _after, count in self.ways)


def unmatched(*, prefix: str) -> QuerySet[Case]:
    """Return the cases no rule matched that nobody has signed for or handed on, the soonest due first (未匹配)."""
    by_place = Case.objects.filter(under(prefix), routed_by=RoutedBy.PLACE.value, closed_at__isnull=True)
    untouched = by_place.filter(state__in=WAITING, owner_id=F("first_receiver_id"), dispatched_at__isnull=True)
    return untouched.select_related("owner", "first_appeal").order_by("due_at", "pk")


def replay(*, prefix: str, since: datetime, until: datetime) -> Replay:
    """Ask the list in force and the list with its drafts about the cases opened in a period, newest first (回放).

    Category and place are those a case has now; the moment is that of its opening. Nothing is written.
    """
    opened = Case.objects.filter(under(prefix), opened_at__gte=since, opened_at__lt=until, is_outside=False)
    columns = ("pk", "number", "title", "category_code", "area_code", "opened_at")
    rows = opened.order_by("-opened_at", "-pk").values_list(*columns)[: REPLAYED_MAX + 1]
    ways: Counter[tuple[int, int]] = Counter()
    count = unmatched_before = unmatched_after = 0
    samples: list[Moved] = []
    days = calendar()
    for pk, number, title, category_code, area_code, opened_at in list(rows)[:REPLAYED_MAX]:
        asked = {"category_code": category_code, "area_code": area_code, "at": opened_at, "days": days}
        before, after = routing.route(**asked), routing.route(**asked, has_drafts=True)
        count += 1
        unmatched_before += before.by is RoutedBy.PLACE
        unmatched_after += after.by is RoutedBy.PLACE
        if before.unit.pk != after.unit.pk:
            ways[before.unit.pk, after.unit.pk] += 1
            if len(samples) < SAMPLES_MAX:
                samples.append(Moved(pk, number, title, before, after))
    counted = tuple((*way, many) for way, many in ways.most_common())
    return Replay(count, len(rows) > REPLAYED_MAX, counted, unmatched_before, unmatched_after, tuple(samples))
