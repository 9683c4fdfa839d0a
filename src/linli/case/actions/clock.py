"""Keep the clock of a case: suspend, resume, extend, choose the line of its limit, reckon anew (时限变动)."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from linli.case.actions.moving import move
from linli.case.actions.watching import clear
from linli.case.deadlines import Given, Reckoned, Stood, calendar, limits, reckon, table_named
from linli.case.models import Case, Event, Extension, Pause
from linli.case.rules import Deadline, PauseReason
from linli.case.states import CaseState
from linli.shared.calendar import Calendar, Limit
from linli.shared.database.prepared import hold
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff.models import Post


def locked(case: Case) -> Case:
    """Hold a case for a change of its clock, as it is now: two changes at once would each forget the other."""
    hold(case)
    return case


def stood_of(case: Case) -> list[Stood]:
    """Return the times a case's clock stood still; a suspension that lasts is reckoned until its end."""
    return [
        Stood(row.paused_at, end, PauseReason(row.why))
        for row in Pause.objects.filter(case=case).order_by("paused_at")
        for end in [row.resumed_at or row.resume_due_at]
        if end is not None
    ]


def run_anew(case: Case, *, limit: Limit | None = None) -> dict[str, Any]:
    """Return the columns of a case's deadline worked out from its opening, its pauses and its extensions."""
    reckoned = reckoned_for(case, limit=limit)
    return {
        "due_at": reckoned.due_at,
        "due_since_at": reckoned.since,
        "due_round": case.due_round + (reckoned.due_at != case.due_at),
        "is_due_provisional": calendar().is_provisional(reckoned.due_at.year),
    }


def reckoned_for(case: Case, *, limit: Limit | None = None, days: Calendar | None = None) -> Reckoned:
    """Work the deadline of a case out from all that happened to its clock."""
    given = [
        Given(row.given_at, Limit.parse(row.limit_words))
        for row in Extension.objects.filter(case=case).order_by("number")
    ]
    return reckon(
        days=days or calendar(),
        start=case.opened_at,
        limit=limit or Limit.parse(case.limit_words),
        changes=[*stood_of(case), *given],
    )


def suspend(*, case: Case, until: datetime, at: datetime, detail: dict[str, Any], **who: Any) -> Event:
    """Let the clock of a case stand still until a moment; once in its life (挂账).

    Raises:
        Refused: it was suspended before, or the end lies in the past or too far ahead.
    """
    if not at < until <= at + timedelta(days=limits().suspension_days_max):
        raise Refused("挂账最长 %(days)s 天，恢复的时间要在现在之后。", days=limits().suspension_days_max)
    with transaction.atomic():
        locked(case)
        if Pause.objects.filter(case=case, why=PauseReason.SUSPENDED).exists():
            raise Refused("这件事已经挂过一次账，不能再挂。")
        Pause.objects.create(case=case, why=PauseReason.SUSPENDED, paused_at=at, resume_due_at=until)
        columns = run_anew(case) | {"due_round": case.due_round, "suspended_until": until}
        return move(
            case=case,
            name="suspend",
            at=at,
            next_supervision_at=at,
            detail=detail | {"until": until.isoformat(), **_before_and_after(case, columns)},
            **columns,
            **who,
        )


def resume(*, case: Case, at: datetime, reason: str = "", **who: Any) -> Event:
    """Let the clock of a suspended case run again; what was left before is left now (恢复办理).

    Raises:
        Refused: the case is not suspended.
    """
    with transaction.atomic():
        locked(case)
        if case.suspended_until is None:
            raise Refused("这件事没有挂账。")
        columns = run_again(case, at=at)
        return move(
            case=case,
            name="resume",
            at=at,
            reason=reason,
            next_supervision_at=at,
            detail=_before_and_after(case, columns),
            **columns,
            **who,
        )


def run_again(case: Case, *, at: datetime) -> dict[str, Any]:
    """End the suspension of a case, if there is one, and return the columns to set with the move that ends it."""
    if case.suspended_until is None:
        return {}
    Pause.objects.filter(case=case, resumed_at__isnull=True).update(resumed_at=min(at, case.suspended_until))
    return run_anew(case) | {"due_round": case.due_round, "suspended_until": None}


def extend(*, case: Case, limit: Limit, at: datetime, detail: dict[str, Any], **who: Any) -> Event:
    """Give a case more time on top of its limit (延期).

    Raises:
        Refused: it was extended as often as is allowed.
    """
    with transaction.atomic():
        locked(case)
        number = Extension.objects.filter(case=case).count() + 1
        if number > limits().extensions_max:
            raise Refused("最多延期 %(most)s 次，已经延过了。", most=limits().extensions_max)
        Extension.objects.create(case=case, number=number, given_at=at, limit_words=str(limit))
        columns = run_anew(case)
        event = move(
            case=case,
            name="extend",
            at=at,
            next_supervision_at=at,
            detail=detail | {"limit": str(limit), "number": number, **_before_and_after(case, columns)},
            **columns,
            **who,
        )
        let_off(case, at=at)
    return event


def fit(*, case: Case, post: Post, line: int, reason: str, at: datetime) -> Event:
    """Choose under which condition of its category a case falls; the limit counts from the opening (选时限情形).

    Raises:
        Refused: the line is none of the category's, or the present one.
    """
    with transaction.atomic():
        locked(case)
        table = table_named(case.limit_version)
        wanted = next(
            (each for each in table.choices(Deadline.FINISH, case.category_code) if each.number == line), None
        )
        if wanted is None or wanted.rule == case.limit_rule:
            raise Refused("请在这一分类的时限情形里另选一条。")
        columns = run_anew(case, limit=wanted.limit)
        detail = {"condition": wanted.condition, "limit": str(wanted.limit), "limit_before": case.limit_words}
        event = move(
            case=case,
            name="fit",
            role=Role(post.role),
            post=post,
            at=at,
            reason=reason,
            detail=detail | _before_and_after(case, columns),
            limit_words=str(wanted.limit),
            limit_rule=wanted.rule,
            next_supervision_at=at,
            **columns,
        )
        let_off(case, at=at)
    return event


def send_back_clock(case: Case, *, at: datetime) -> dict[str, Any]:
    """Keep the time a resident took to answer as a pause, and return the columns of the deadline after it."""
    if case.finished_at is not None:
        Pause.objects.create(
            case=case, why=PauseReason.RESIDENT, paused_at=case.finished_at, resumed_at=max(at, case.finished_at)
        )
    return run_anew(case) | {"due_round": case.due_round + 1, "next_supervision_at": at}


def let_off(case: Case, *, at: datetime) -> None:
    """Clear what the clock raised about a deadline that has been moved beyond this moment."""
    if case.due_at > at:
        clear(case=case, deadlines=[Deadline.FINISH], at=at, is_met=False)


def is_running(case: Case) -> bool:
    """Tell whether the clock of a case runs now."""
    return case.is_open and case.state != CaseState.FINISHED and case.suspended_until is None


def _before_and_after(case: Case, columns: dict[str, Any]) -> dict[str, Any]:
    return {"due_at_before": case.due_at.isoformat(), "due_at": columns["due_at"].isoformat()}
