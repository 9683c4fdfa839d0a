"""What a unit was called to, and what a caller waits for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.query import ValuesIterable

from linli.case.deadlines import calendar, limit_table
from linli.case.models import Case
from linli.case.queries import answered_by
from linli.case.rules import Deadline
from linli.shared.calendar import Limit, due
from linli.shared.database.prepared import row_prepared
from linli.shared.prefixes import under
from linli.shared.refusals import Refused
from linli.shared.urgency import Urgency
from linli.staff.models import Post
from linli.whistle.models import Called, Dispute, Whistle
from linli.whistle.states import AT_WORK, IN_HAND, KIND_RULES, TO_RULE, WAITING, CalledState, WhistleKind

IS_CALLED = "SELECT 1 FROM whistle_called WHERE case_id = $1 AND unit_id = $2 AND ended_at IS NULL LIMIT 1"

USUAL_DAYS = 180
USUAL_CASES = 300
STREET_DIGITS = 9


@dataclass(frozen=True, slots=True)
class UsualUnit:
    """A unit that such cases were given to before, and how often it came."""

    unit_id: int
    called: int
    came: int


def visible_to(post: Post) -> QuerySet[Case]:
    """Return every case a post may see: of its area, of its unit, or to which its unit was called."""
    called = Called.objects.filter(case_id=OuterRef("pk"), unit_id=post.unit_id)
    return Case.objects.filter(answered_by(post) | Exists(called)).order_by("-opened_at", "-pk")


def open_calls(post: Post) -> QuerySet[Called]:
    """Return every open call to a post's unit, the soonest due first."""
    mine = Called.objects.filter(unit_id=post.unit_id, ended_at__isnull=True)
    return mine.select_related("case", "whistle").order_by("due_at", "pk")


def waiting_for(post: Post) -> QuerySet[Called]:
    """Return the calls a post's unit has not answered, the soonest due first (待报到)."""
    return open_calls(post).filter(state__in=[state.value for state in WAITING])


def in_hand_for(post: Post) -> QuerySet[Called]:
    """Return what a post's unit reported in to and has not finished (在办)."""
    return open_calls(post).filter(state__in=[state.value for state in IN_HAND])


def ended_for(post: Post) -> QuerySet[Called]:
    """Return the calls of a post's unit that are over, newest first (已办)."""
    mine = Called.objects.filter(unit_id=post.unit_id, ended_at__isnull=False)
    return mine.select_related("case", "whistle").order_by("-called_at", "-pk")


def finished_by(post: Post) -> QuerySet[Called]:
    """Return what a post's unit finished, in whole or in part, and others have not yet (等别人)."""
    done = Q(state="FINISHED", case__state="FINISHED") | Q(state="PART_DONE", ended_at__isnull=True)
    mine = Called.objects.filter(done, unit_id=post.unit_id)
    return mine.select_related("case", "whistle").order_by("-called_at", "-pk")


class CallRow(SimpleNamespace):
    """A call as a list shows it, read without building the models it comes from."""

    @property
    def said(self) -> str | None:
        """What is read for words of emergency besides the title: nothing more; None once the unit has answered."""
        return "" if self.state in {CalledState.CALLED, CalledState.COUNTERED} else None


class _CallRows(ValuesIterable):
    def __iter__(self) -> Iterator[Any]:
        return (CallRow(**row) for row in super().__iter__())


def as_rows(called: QuerySet[Called]) -> QuerySet[Any]:
    """Return calls as bare rows: a list of fifty costs a third of the same with models (清单行)."""
    rows: QuerySet[Any] = called.select_related(None).values(
        "pk",
        "case_id",
        "state",
        "is_lead",
        "due_at",
        kind=F("whistle__kind"),
        caller_id=F("whistle__blown_by_unit_id"),
        title=F("case__title"),
        number=F("case__number"),
        area_code=F("case__area_code"),
        address=F("case__address"),
        confirm_due_at=F("case__confirm_due_at"),
    )
    rows._iterable_class = _CallRows  # noqa: SLF001 -- Django offers no public way to another row class
    return rows


def waiting_on_others(post: Post) -> QuerySet[Called]:
    """Return the units a post's unit called that have not answered, the soonest due first (我等别人)."""
    mine = Called.objects.filter(whistle__blown_by_unit_id=post.unit_id, ended_at__isnull=True)
    waiting = mine.filter(state__in=[state.value for state in WAITING])
    return waiting.select_related("case", "unit").order_by("due_at", "pk")


def proposals_to(post: Post) -> QuerySet[Called]:
    """Return the counter-proposals that wait for the answer of a post's unit, the soonest due first (等我们答复)."""
    mine = Called.objects.filter(
        whistle__blown_by_unit_id=post.unit_id, ended_at__isnull=True, state=CalledState.COUNTERED.value
    )
    return mine.select_related("case", "whistle", "unit").order_by("due_at", "pk")


def silent(post: Post, *, at: datetime) -> QuerySet[Called]:
    """Return the units called in a post's area that are past their report-in time and said nothing (沉默单位)."""
    waiting = Called.objects.filter(
        under(post.area_code, column="case__area_code"),
        ended_at__isnull=True,
        state=CalledState.CALLED.value,
        report_in_due_at__lt=at,
    )
    return waiting.select_related("case", "unit").order_by("report_in_due_at", "pk")


def called_for(case: Case) -> list[Called]:
    """Return every unit ever called to a case, the lead first."""
    return list(
        Called.objects.filter(case=case).select_related("unit", "whistle").order_by("-is_lead", "called_at", "pk")
    )


def assistants_open(case: Case) -> list[Called]:
    """Return the assisting units that have not said that their part is done (还没办完的协办)."""
    standing = Called.objects.filter(case=case, ended_at__isnull=True, is_lead=False)
    return list(standing.filter(state__in=[state.value for state in AT_WORK]).order_by("called_at", "pk"))


def open_calls_of(case: Case) -> dict[int, Called]:
    """Return the calls of a case that are not over, by id, each knowing its case."""
    found = (
        Called.objects.filter(case=case, ended_at__isnull=True).select_related("whistle").order_by("called_at", "pk")
    )
    calls = {called.pk: called for called in found}
    for called in calls.values():
        called.case = case
    return calls


def disputes_of(case: Case) -> list[Dispute]:
    """Return every “not ours” of a case with its rulings, in order (不是我们的事)."""
    found = Dispute.objects.filter(case=case).select_related("called__whistle").prefetch_related("rulings")
    disputes = list(found.order_by("asked_at", "pk"))
    for dispute in disputes:
        dispute.case = case
    return disputes


def to_rule(post: Post) -> QuerySet[Dispute]:
    """Return what waits for the ruling of a post's unit, the soonest due first (待裁定)."""
    waiting = Dispute.objects.filter(judge_id=post.unit_id, state__in=[state.value for state in TO_RULE])
    return waiting.select_related("case").order_by("due_at", "pk")


def whistles_of(case: Case) -> list[Whistle]:
    """Return the whistles of a case in order."""
    return list(Whistle.objects.filter(case=case).order_by("blown_at", "pk"))


def is_called(case: Case, *, post: Post) -> bool:
    """Tell whether a post's unit is called to a case and the call is open."""
    return row_prepared(IS_CALLED, (case.pk, post.unit_id)) is not None


def case_for(pk: int, *, post: Post) -> Case:
    """Return one case that a post may see (事项).

    Raises:
        Refused: there is no such case, or it is none of this desk's.
    """
    rows = visible_to(post).select_related("first_appeal", "merged_into")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Refused("没有这件事项，或者它不在您的范围内。")
    return found


def stand_beside(case: Case, *, leaving_unit_id: int) -> bool:
    """Tell whether units stay called to a case when one of them goes."""
    return Called.objects.filter(case=case, ended_at__isnull=True).exclude(unit_id=leaving_unit_id).exists()


def open_call(case: Case, *, post: Post) -> Called | None:
    """Return the call by which a post's unit is at a case, if there is one."""
    mine = Called.objects.filter(case=case, unit_id=post.unit_id, ended_at__isnull=True)
    found = mine.select_related("whistle").first()
    if found is not None:
        found.case = case
    return found


def usual_units(case: Case, *, at: datetime, count: int = 4) -> list[UsualUnit]:
    """Return the units that cases of the same kind nearby were given to lately, the most frequent first (惯例)."""
    alike = Case.objects.filter(
        under(case.area_code[:STREET_DIGITS]),
        category_code=case.category_code,
        opened_at__gte=at - timedelta(days=USUAL_DAYS),
    )
    recent = alike.order_by("-opened_at").values("pk")[:USUAL_CASES]
    rows = Called.objects.filter(case_id__in=recent).values("unit_id").order_by("unit_id")
    counted = rows.annotate(called=Count("pk"), came=Count("pk", filter=Q(reported_in_at__isnull=False)))
    found = [UsualUnit(row["unit_id"], row["called"], row["came"]) for row in counted if row["came"]]
    return sorted(found, key=lambda unit: (-unit.came, unit.unit_id))[:count]


def report_in_limit(case: Case, *, kind: WhistleKind, at: datetime) -> Limit:
    """Return how long a unit called at a moment by this kind of whistle has to answer (报到时限)."""
    urgency = Urgency.URGENT if KIND_RULES[kind].is_urgent else Urgency(case.urgency)
    return limit_table(at=at).line(Deadline.REPORT_IN, urgency=urgency, category_code=case.category_code).limit


def report_in_due(case: Case, *, kind: WhistleKind, at: datetime) -> datetime:
    """Return by when a unit called now would have to report in, so that one sees it before blowing."""
    return due(calendar=calendar(), start=at, limit=report_in_limit(case, kind=kind, at=at))
