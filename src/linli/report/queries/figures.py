"""One definition for each number that a page shows: what is counted is what its link lists (数与行)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache, reduce
from operator import and_, or_

from django.db.models import BooleanField, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models import Case as Choose

from linli.case.models import Case, Supervision
from linli.case.refusals import LEAVING_RATES
from linli.confirm.models import CallBack, Confirmation
from linli.confirm.rules import COUNTED_STATES, SATISFIED_MIN, CallBackState, Excluded
from linli.place import queries as place
from linli.shared.prefixes import under
from linli.staff import queries as staff
from linli.whistle.models import Called

WAITING_TO_REPORT_IN = ("CALLED", "COUNTERED")
WAITING_TO_BE_TAKEN = ("REGISTERED", "DISPATCHED")
SOON = timedelta(hours=24)
OPEN = Q(closed_at__isnull=True)
# Why a case leaves all three rates; the first reason that holds is the one it is listed under (不计入).
EXCLUSIONS: Mapping[str, Q] = {
    "merged": Q(state="MERGED"),
    "withdrawn": Q(state="WITHDRAWN"),
    "exempted": Q(exempted_at__isnull=False),
    "refused": Q(refusal_route__in=LEAVING_RATES),  # which of the six ways, and why: case.refusals
    "brought_in": Q(brought_in_at__isnull=False),  # signed for and answered in an earlier system, if at all
}
EXCLUDED_FOR = Choose(
    *(When(condition, then=Value(name)) for name, condition in EXCLUSIONS.items()),
    default=Value(""),
    output_field=CharField(),
)
COUNTED = ~reduce(or_, EXCLUSIONS.values())
# A case not accepted that stays in the response rate is answered by its reply.
REPLIED = ~Q(refusal_route="") & (
    Q(contact_due_at__isnull=True, closed_at__lte=F("dispatch_due_at"))
    | Q(contact_due_at__isnull=False, closed_at__lte=F("contact_due_at"))
)
RESPONDED = COUNTED & (
    REPLIED
    | Q(dispatched_at__isnull=False)
    & (
        Q(contact_due_at__isnull=True, dispatched_at__lte=F("dispatch_due_at"))
        | Q(contact_due_at__isnull=False, contacted_at__isnull=False, contacted_at__lte=F("contact_due_at"))
    )
)
# What is empty makes a comparison unknown, and "not unknown" is not true: the opposite needs a yes or a no.
IS_RESPONDED = Q(
    Choose(When(RESPONDED, then=Value(value=True)), default=Value(value=False), output_field=BooleanField())
)


def _overdue(at: datetime) -> Q:
    return OPEN & ~Q(state="FINISHED") & Q(due_at__lt=at)


def _stuck(at: datetime) -> Q:
    untaken = Q(state__in=WAITING_TO_BE_TAKEN, dispatched_at__isnull=True, dispatch_due_at__lt=at)
    return _overdue(at) | (OPEN & untaken)


def _unplaced(_at: datetime) -> Q:
    return OPEN & Q(area_code=staff.district_unit().area_code, is_outside=False)


def _silent(at: datetime) -> Q:
    return OPEN & Q(Exists(_silent_at(at).filter(case_id=OuterRef("pk"))))


def listed_under(name: str) -> Q:
    """Return the condition that this is the first reason for which a case leaves the rates (不计入的原因)."""
    names = list(EXCLUSIONS)
    return reduce(and_, [~EXCLUSIONS[each] for each in names[: names.index(name)]], EXCLUSIONS[name])


def _left_out(name: str) -> Callable[[datetime], Q]:
    return lambda _at: listed_under(name)


CASES: Mapping[str, Callable[[datetime], Q]] = {
    "open": lambda _at: OPEN,
    "overdue": _overdue,
    "soon": lambda at: OPEN & ~Q(state="FINISHED") & Q(due_at__gte=at, due_at__lt=at + SOON),
    "stuck": _stuck,
    "silent": _silent,
    "supervised": lambda _at: OPEN & Q(supervision_level__gte=2),
    "outside": lambda _at: OPEN & Q(is_outside=True),
    "unplaced": _unplaced,
    "counted": lambda _at: COUNTED,
    "responded": lambda _at: RESPONDED,
    "unresponded": lambda _at: COUNTED & ~IS_RESPONDED,
    "excluded": lambda _at: ~COUNTED,
    "reopened": lambda _at: Q(reopened_count__gt=0),
    **{f"excluded_{name}": _left_out(name) for name in EXCLUSIONS},
}
# An answer and a call-back count with their case: one that leaves the rates takes them along.
OF_COUNTED = Q(Exists(Case.objects.filter(COUNTED, pk=OuterRef("case_id"))))
ANSWERS: Mapping[str, Q] = {
    "answered": OF_COUNTED & Q(is_solved__isnull=False),
    "solved": OF_COUNTED & Q(is_solved=True),
    "unsolved": OF_COUNTED & Q(is_solved=False),
    "rated": OF_COUNTED & Q(rating__isnull=False),
    "satisfied": OF_COUNTED & Q(rating__gte=SATISFIED_MIN),
    "unsatisfied": OF_COUNTED & Q(rating__lt=SATISFIED_MIN),
}
_TO_BE_CALLED = OF_COUNTED & Q(excluded_for="")
CALL_BACKS: Mapping[str, Q] = {
    "called": _TO_BE_CALLED & Q(state__in=[state.value for state in COUNTED_STATES]),
    "reached": _TO_BE_CALLED & Q(state=CallBackState.ANSWERED.value),
    "declined": _TO_BE_CALLED & Q(state=CallBackState.DECLINED.value),
    "not_reached": _TO_BE_CALLED & Q(state=CallBackState.NOT_REACHED.value),
    "no_contact": OF_COUNTED & Q(excluded_for=Excluded.NO_CONTACT.value),
    "asked_not": OF_COUNTED & Q(excluded_for=Excluded.ASKED_NOT.value),
    "waiting": OF_COUNTED & Q(state=CallBackState.WAITING.value),
}


def within(prefix: str, *, column: str = "area_code") -> Q:
    """Return the condition that a record counts for an area today: under it, or under one it succeeded (归并)."""
    condition = Q()
    for each in prefixes(prefix):
        condition |= under(each, column=column)
    return condition


def prefixes(prefix: str) -> tuple[str, ...]:
    """Return the prefixes of an area today: its own, and those it succeeded (归并前缀)."""
    return _prefixes(place.layer_version(), prefix)


@lru_cache(maxsize=512)
def _prefixes(_version: str, prefix: str) -> tuple[str, ...]:
    return place.roll_up(prefix)


def of_unit(unit_id: int) -> Q:
    """Return the condition that a unit is scored for a case: as owner, or as the lead that handled it (双向考评)."""
    return Q(owner_id=unit_id) | Q(lead_id=unit_id)


def of_category(code: str, *, column: str = "category_code") -> Q:
    """Return the condition that a case is of a category, or of a group of them."""
    return under(code, column=column)


def cases(*, prefix: str) -> QuerySet[Case]:
    """Return every case that counts for an area, with its bodies, newest first (工单)."""
    return Case.objects.filter(within(prefix)).select_related("owner", "lead").order_by("-opened_at", "-pk")


def cases_counted(
    *, prefix: str, since: datetime, until: datetime, unit_id: int | None = None, category_code: str = ""
) -> QuerySet[Case]:
    """Return the rows behind the response rate: cases opened in the period, merged and withdrawn ones included."""
    rows = Case.objects.filter(within(prefix), opened_at__gte=since, opened_at__lt=until)
    rows = rows if unit_id is None else rows.filter(of_unit(unit_id))
    return rows.filter(of_category(category_code)) if category_code else rows


def last_words() -> QuerySet[Confirmation]:
    """Return the last word on each case; the earlier ones stay on record (末次评价)."""
    later = Confirmation.objects.filter(case_id=OuterRef("case_id"), round__gt=OuterRef("round"))
    return Confirmation.objects.filter(~Exists(later))


def answers(*, prefix: str) -> QuerySet[Confirmation]:
    """Return the last word of each resident in an area (评价)."""
    rows = last_words().filter(within(prefix, column="case__area_code"))
    return rows.select_related("case", "owner", "handler").order_by("-at", "-pk")


def answers_counted(
    *, prefix: str, since: datetime, until: datetime, unit_id: int | None = None, category_code: str = ""
) -> QuerySet[Confirmation]:
    """Return the rows behind resolution and satisfaction: the last word on each case opened in the period."""
    rows = answers(prefix=prefix).filter(case__opened_at__gte=since, case__opened_at__lt=until)
    rows = rows if unit_id is None else rows.filter(Q(owner_id=unit_id) | Q(handler_id=unit_id))
    return rows.filter(of_category(category_code, column="case__category_code")) if category_code else rows


def call_backs(*, prefix: str) -> QuerySet[CallBack]:
    """Return the call-backs in an area, of every round, the newest first (回访)."""
    rows = CallBack.objects.filter(within(prefix, column="case__area_code"))
    return rows.select_related("case", "case__owner", "case__lead").order_by("-created_at", "-pk")


def call_backs_counted(
    *, prefix: str, since: datetime, until: datetime, unit_id: int | None = None, category_code: str = ""
) -> QuerySet[CallBack]:
    """Return the rows behind the call-back success rate: those of the cases opened in the period."""
    rows = call_backs(prefix=prefix).filter(case__opened_at__gte=since, case__opened_at__lt=until)
    rows = rows if unit_id is None else rows.filter(Q(case__owner_id=unit_id) | Q(case__lead_id=unit_id))
    return rows.filter(of_category(category_code, column="case__category_code")) if category_code else rows


def silent_calls(*, prefix: str, at: datetime) -> QuerySet[Called]:
    """Return the calls in an area that are past their report-in time, the longest silent first (沉默单位)."""
    silent = _silent_at(at).filter(within(prefix, column="case__area_code"))
    return silent.select_related("case", "unit", "case__owner").order_by("report_in_due_at", "pk")


def standing_supervision(*, prefix: str) -> QuerySet[Supervision]:
    """Return supervision not yet cleared in an area, the highest level first (督办清单)."""
    standing = supervisions(prefix=prefix).filter(cleared_at__isnull=True)
    return standing.order_by("-level", "-at", "-pk")


def supervisions(*, prefix: str) -> QuerySet[Supervision]:
    """Return all supervision ever recorded in an area, standing and cleared, newest first (督办记录)."""
    recorded = Supervision.objects.filter(within(prefix, column="case__area_code"))
    return recorded.select_related("case", "unit", "raised_to").order_by("-at", "-pk")


def _silent_at(at: datetime) -> QuerySet[Called]:
    return Called.objects.filter(ended_at__isnull=True, state__in=WAITING_TO_REPORT_IN, report_in_due_at__lt=at)
