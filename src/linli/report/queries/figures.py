"""One definition for each number that a page shows: what is counted is what its link lists (数与行)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from django.db.models import BooleanField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models import Case as Choose

from linli.case.models import Case, Supervision
from linli.confirm.models import Confirmation
from linli.confirm.rules import SATISFIED_MIN
from linli.place import queries as place
from linli.shared.prefixes import under
from linli.staff import queries as staff
from linli.whistle.models import Called

NOT_COUNTED = ("MERGED", "WITHDRAWN")
WAITING_TO_REPORT_IN = ("CALLED", "COUNTERED")
WAITING_TO_BE_TAKEN = ("REGISTERED", "DISPATCHED")
SOON = timedelta(hours=24)
OPEN = Q(closed_at__isnull=True)
COUNTED = ~Q(state__in=NOT_COUNTED)
RESPONDED = (
    COUNTED
    & Q(dispatched_at__isnull=False)
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
    "ended": lambda _at: Q(close_reason__in=["CONFIRMED", "LAPSED"]),
    "confirmed": lambda _at: Q(close_reason="CONFIRMED"),
    "reopened": lambda _at: Q(reopened_count__gt=0),
}
ANSWERS: Mapping[str, Q] = {
    "answered": Q(is_solved__isnull=False),
    "solved": Q(is_solved=True),
    "unsolved": Q(is_solved=False),
    "rated": Q(rating__isnull=False),
    "satisfied": Q(rating__gte=SATISFIED_MIN),
    "unsatisfied": Q(rating__lt=SATISFIED_MIN),
}


def within(prefix: str, *, column: str = "area_code") -> Q:
    """Return the condition that a record counts for an area today: under it, or under one it succeeded (归并)."""
    condition = Q()
    for each in _prefixes(place.layer_version(), prefix):
        condition |= under(each, column=column)
    return condition


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


def answers(*, prefix: str) -> QuerySet[Confirmation]:
    """Return the last word of each resident in an area; the earlier ones stay on record (评价)."""
    later = Confirmation.objects.filter(case_id=OuterRef("case_id"), round__gt=OuterRef("round"))
    rows = Confirmation.objects.filter(within(prefix, column="case__area_code"), ~Exists(later))
    return rows.select_related("case", "owner", "handler").order_by("-at", "-pk")


def answers_counted(
    *, prefix: str, since: datetime, until: datetime, unit_id: int | None = None, category_code: str = ""
) -> QuerySet[Confirmation]:
    """Return the rows behind resolution and satisfaction: the last word on each case opened in the period."""
    rows = answers(prefix=prefix).filter(case__opened_at__gte=since, case__opened_at__lt=until)
    rows = rows if unit_id is None else rows.filter(Q(owner_id=unit_id) | Q(handler_id=unit_id))
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
