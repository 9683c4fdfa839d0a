"""Climb the ladder: whoever is next is told until somebody answers; due times are rows, not timers (通知阶梯)."""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q

from linli.call.actions.moving import move
from linli.call.actions.telling import tell
from linli.call.models import Call
from linli.call.queries.ladder import rungs_now
from linli.call.rules import Audience, Rung, climbed
from linli.call.rules.ladder import AFTER_SECONDS_MAX, REPEAT_SECONDS
from linli.call.states import CallState
from linli.shared.hints import alarm
from linli.shared.roles import Role

BATCH = 100
LATE_AGAIN = timedelta(minutes=5)
LATE_TO = (Audience.DUTY, Audience.COMMUNITY, Audience.STREET)

log = logging.getLogger(__name__)


def climb_due(*, at: datetime) -> int:
    """Go on with every call that is due; return how many (继续通知).

    A call whose next step lies further ahead than any step can was written by a clock that ran ahead: it is due now.
    """
    too_far = Q(state=CallState.RAISED.value, next_step_at__gt=at + timedelta(seconds=AFTER_SECONDS_MAX))
    due = Call.objects.filter(Q(next_step_at__lte=at) | too_far).order_by("next_step_at")
    return sum(_climb(pk, at=at) for pk in list(due.values_list("pk", flat=True)[:BATCH]))


def _climb(pk: int, *, at: datetime) -> bool:
    """Go on with one call; one that cannot go on does not hold up the others."""
    try:
        with transaction.atomic():
            call = Call.objects.select_for_update(skip_locked=True).filter(pk=pk, next_step_at__isnull=False).first()
            if call is None:
                return False
            if call.state == CallState.RAISED:
                _go_on(call, at=at)
            elif call.state == CallState.ANSWERED:
                _say_late(call, at=at)
            else:
                call.next_step_at = None
                call.save(update_fields=["next_step_at"])
            return True
    except DatabaseError:
        raise
    except Exception:
        log.exception("call %s could not go on", pk)
        return False


def _go_on(call: Call, *, at: datetime) -> None:
    waited = max((at - call.climbs_from).total_seconds(), 0.0)
    call.climbs_from = min(call.climbs_from, at)
    rungs = rungs_now(call, at=at)
    # A rung before that reached nobody: the next one is due whatever its seconds say.
    waited = max(waited, _second_of_next(rungs, call.told_seconds)) if call.next_step_at else waited
    due, next_seconds = climbed(rungs, waited_seconds=waited, told_seconds=call.told_seconds)
    if due:
        told_seconds, round_ = max(rung.after_seconds for rung in due), call.round
    else:
        told_seconds, round_ = call.told_seconds, call.round + 1
        due = tuple(Rung(int(waited), rung.audience) for rung in rungs if rung.audience is not Audience.ADVISE_120)
        next_seconds = None
    call.round = round_
    told = tell(call=call, rungs=due, at=at)
    is_in_vain = all(one.fault for one in told) and next_seconds is not None
    pause = timedelta(seconds=REPEAT_SECONDS)
    if next_seconds is not None:
        pause = max(call.climbs_from + timedelta(seconds=next_seconds) - at, timedelta(0))
    detail = {"told": [rung.audience.value for rung in due], "round": round_}
    move(
        call=call,
        name="climb",
        role=Role.SYSTEM,
        post=None,
        at=at,
        detail=detail,
        climbs_from=call.climbs_from,
        told_seconds=told_seconds,
        round=round_,
        next_step_at=at if is_in_vain else at + pause,
    )
    alarm(areas=[call.area_code], units=[one.unit_id for one in told if one.unit_id], calls=[call.pk])


def _second_of_next(rungs: tuple[Rung, ...], told_seconds: int) -> int:
    return min((rung.after_seconds for rung in rungs if rung.after_seconds > told_seconds), default=0)


def _say_late(call: Call, *, at: datetime) -> None:
    """Somebody answered and is not there yet: the desks are told, and told again."""
    call.round += 1
    tell(call=call, rungs=[Rung(0, audience) for audience in LATE_TO], at=at)
    move(
        call=call, name="late", role=Role.SYSTEM, post=None, at=at, round=call.round, next_step_at=at + LATE_AGAIN
    )  # fmt: skip
