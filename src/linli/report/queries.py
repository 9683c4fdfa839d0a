"""Counts over cases and answers: the live board and the three rates; every number can be opened as its rows."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, F, Max, Q, QuerySet

from linli.case.models import Case, Supervision
from linli.confirm.models import Confirmation
from linli.confirm.rules import SATISFIED_MIN
from linli.report.rules import Rate, ThreeRates
from linli.shared.prefixes import under
from linli.whistle.models import Called

NOT_COUNTED = ("MERGED", "WITHDRAWN")
WAITING_TO_REPORT_IN = ("CALLED", "COUNTERED")
DISTRICT_DIGITS = 6
BEIJING = ZoneInfo("Asia/Shanghai")
BOARD_STATES = ("REGISTERED", "DISPATCHED", "WHISTLED", "HANDLING", "FINISHED")


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaCount:
    """What is open in one area: how many, how many overdue, how far supervision has gone."""

    code: str
    open_count: int
    overdue_count: int
    supervision_level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The live board of an area at one moment."""

    at: datetime
    by_state: dict[str, int]
    open_count: int
    overdue_count: int
    silent_count: int
    outside_count: int
    unplaced_count: int
    supervised_count: int
    opened_today: int
    closed_today: int


def board(*, prefix: str, at: datetime) -> Board:
    """Return the counts of an area now, in four statements whatever the number of cases (看板)."""
    open_cases = Case.objects.filter(under(prefix), closed_at__isnull=True)
    counts = open_cases.aggregate(
        **{state: Count("pk", filter=Q(state=state)) for state in BOARD_STATES},
        overdue=Count("pk", filter=Q(due_at__lt=at) & ~Q(state="FINISHED")),
        outside=Count("pk", filter=Q(is_outside=True)),
        unplaced=Count("pk", filter=Q(area_code=prefix[:DISTRICT_DIGITS])),
        supervised=Count("pk", filter=Q(supervision_level__gte=2)),
    )
    midnight = _midnight(at)
    return Board(
        at=at,
        by_state={state: counts[state] for state in BOARD_STATES},
        open_count=sum(counts[state] for state in BOARD_STATES),
        overdue_count=counts["overdue"],
        silent_count=silent_calls(prefix=prefix, at=at).count(),
        outside_count=counts["outside"],
        unplaced_count=counts["unplaced"],
        supervised_count=counts["supervised"],
        opened_today=Case.objects.filter(under(prefix), opened_at__gte=midnight, opened_at__lte=at).count(),
        closed_today=Case.objects.filter(under(prefix), closed_at__gte=midnight, closed_at__lte=at).count(),
    )


def by_area(*, prefix: str, digits: int, at: datetime) -> list[AreaCount]:
    """Return what is open per area of a level, rolled up by code prefix, in one statement (按区域)."""
    statement = """
        SELECT left(area_code, %s) AS code, count(*),
               count(*) FILTER (WHERE due_at < %s AND state <> 'FINISHED'), max(supervision_level)
        FROM case_case
        WHERE closed_at IS NULL AND area_code >= %s AND area_code < %s
        GROUP BY 1 ORDER BY 1
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [digits, at, prefix, prefix + ":"])
        rows = cursor.fetchall()
    return [
        AreaCount(code=code, open_count=count, overdue_count=overdue, supervision_level=level)
        for code, count, overdue, level in rows
    ]


def by_category(*, prefix: str, since: datetime, until: datetime) -> list[tuple[str, int]]:
    """Return how many cases of each category were opened in a period, most first."""
    opened = Case.objects.filter(under(prefix), opened_at__gte=since, opened_at__lt=until)
    return [
        (row["category_code"], row["n"])
        for row in opened.values("category_code").annotate(n=Count("pk")).order_by("-n", "category_code")
    ]


def by_day(*, prefix: str, since: datetime, until: datetime) -> list[tuple[str, int, int]]:
    """Return per day how many cases were opened and how many closed, in one statement."""
    statement = """
        SELECT day, sum(opened)::int, sum(closed)::int FROM (
            SELECT (opened_at AT TIME ZONE 'Asia/Shanghai')::date AS day, 1 AS opened, 0 AS closed FROM case_case
            WHERE area_code >= %(low)s AND area_code < %(high)s AND opened_at >= %(since)s AND opened_at < %(until)s
            UNION ALL
            SELECT (closed_at AT TIME ZONE 'Asia/Shanghai')::date, 0, 1 FROM case_case
            WHERE area_code >= %(low)s AND area_code < %(high)s AND closed_at >= %(since)s AND closed_at < %(until)s
        ) days GROUP BY day ORDER BY day
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, {"low": prefix, "high": prefix + ":", "since": since, "until": until})
        return [(day.isoformat(), opened, closed) for day, opened, closed in cursor.fetchall()]


def three_rates(
    *, prefix: str, since: datetime, until: datetime, unit_id: int | None = None, category_code: str = ""
) -> ThreeRates:
    """Return the three rates of the cases opened in a period, for an area and, if given, one unit or category (三率).

    A unit is scored on both sides: as the owner that answered for a case, and as the lead that handled it.
    """
    opened = cases_counted(prefix=prefix, since=since, until=until, unit_id=unit_id, category_code=category_code)
    counted = opened.exclude(state__in=NOT_COUNTED)
    responded = Q(dispatched_at__isnull=False) & (
        Q(contact_due_at__isnull=True, dispatched_at__lte=F("dispatch_due_at"))
        | Q(contacted_at__lte=F("contact_due_at"))
    )
    cases = counted.aggregate(
        n=Count("pk"),
        responded=Count("pk", filter=responded),
        ended=Count("pk", filter=Q(close_reason__in=["CONFIRMED", "LAPSED"])),
    )
    answers = answers_counted(prefix=prefix, since=since, until=until, unit_id=unit_id, category_code=category_code)
    said = answers.aggregate(
        with_answer=Count("pk", filter=Q(is_solved__isnull=False)),
        solved=Count("pk", filter=Q(is_solved=True)),
        rated=Count("pk", filter=Q(rating__isnull=False)),
        satisfied=Count("pk", filter=Q(rating__gte=SATISFIED_MIN)),
        closed=Count("case_id", distinct=True, filter=Q(case__close_reason="CONFIRMED")),
    )
    return ThreeRates(
        response=Rate(cases["responded"], cases["n"]),
        resolution=Rate(said["solved"], said["with_answer"]),
        satisfaction=Rate(said["satisfied"], said["rated"]),
        call_back=Rate(said["closed"], cases["ended"]),
        excluded_count=opened.count() - cases["n"],
    )


def cases_counted(
    *, prefix: str, since: datetime, until: datetime, unit_id: int | None = None, category_code: str = ""
) -> QuerySet[Case]:
    """Return the rows behind the response rate: cases opened in the period, merged and withdrawn ones included."""
    rows = Case.objects.filter(under(prefix), opened_at__gte=since, opened_at__lt=until)
    if unit_id is not None:
        rows = rows.filter(Q(owner_id=unit_id) | Q(lead_id=unit_id))
    return rows.filter(category_code=category_code) if category_code else rows


def answers_counted(
    *, prefix: str, since: datetime, until: datetime, unit_id: int | None = None, category_code: str = ""
) -> QuerySet[Confirmation]:
    """Return the rows behind resolution and satisfaction: the last answer of each case opened in the period."""
    rows = Confirmation.objects.filter(case__opened_at__gte=since, case__opened_at__lt=until)
    rows = rows.filter(under(prefix, column="case__area_code"))
    if unit_id is not None:
        rows = rows.filter(Q(owner_id=unit_id) | Q(handler_id=unit_id))
    if category_code:
        rows = rows.filter(case__category_code=category_code)
    # Only the last word of each resident counts; the earlier ones stay on record.
    return rows.annotate(last=Max("case__confirmations__round")).filter(round=F("last"))


def silent_calls(*, prefix: str, at: datetime) -> QuerySet[Called]:
    """Return the calls in an area that are past their report-in time, the longest silent first (沉默单位)."""
    waiting = Called.objects.filter(ended_at__isnull=True, state__in=WAITING_TO_REPORT_IN, report_in_due_at__lt=at)
    return (
        waiting.filter(under(prefix, column="case__area_code"))
        .select_related("case", "unit")
        .order_by("report_in_due_at", "pk")
    )


def standing_supervision(*, prefix: str) -> QuerySet[Supervision]:
    """Return supervision not yet cleared in an area, the highest level first (督办清单)."""
    standing = Supervision.objects.filter(cleared_at__isnull=True).filter(under(prefix, column="case__area_code"))
    return standing.select_related("case", "unit", "raised_to").order_by("-level", "-at", "-pk")


def _midnight(at: datetime) -> datetime:
    return at.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
