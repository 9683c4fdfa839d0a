"""Climb the ladder: whoever is next is told until somebody answers; due times are rows, not timers (通知阶梯)."""

import logging
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from linli.call.actions.moving import move
from linli.call.actions.telling import is_in_vain, tell
from linli.call.models import Call, Told
from linli.call.queries.ladder import rungs_now
from linli.call.rules import Audience, Rung, climbed
from linli.call.rules.ladder import AFTER_SECONDS_MAX, ARRIVE_MINUTES_MAX, STEP_SECONDS_MAX, pause_seconds
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
    due = Call.objects.filter(_is_due(at)).order_by("next_step_at")
    return sum(_climb(pk, at=at) for pk in list(due.values_list("pk", flat=True)[:BATCH]))


def _is_due(at: datetime) -> Q:
    too_far = Q(state=CallState.RAISED.value, next_step_at__gt=at + timedelta(seconds=STEP_SECONDS_MAX))
    arrives_too_far = Q(next_step_at__gt=at + timedelta(minutes=ARRIVE_MINUTES_MAX))
    return Q(next_step_at__lte=at) | too_far | arrives_too_far


def _climb(pk: int, *, at: datetime) -> bool:
    """Go on with one call; one that cannot go on does not hold up the others."""
    try:
        with transaction.atomic():
            # Asked again under the lock: another climber may just have gone on with it.
            call = Call.objects.select_for_update(skip_locked=True).filter(_is_due(at), pk=pk).first()
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
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("call %s could not go on", pk)
        return False


def _go_on(call: Call, *, at: datetime) -> None:
    call.climbs_from = min(call.climbs_from, at)
    waited = (at - call.climbs_from).total_seconds()
    step = climbed(
        rungs_now(call, at=at),
        waited_seconds=waited,
        told=_told_in_round(call),
        is_repeating=call.told_seconds >= AFTER_SECONDS_MAX,
    )
    if step.is_repeat:
        call.round, call.told_seconds = call.round + 1, AFTER_SECONDS_MAX
    else:
        call.told_seconds = max(call.told_seconds, *(rung.after_seconds for rung in step.due))
    told = tell(call=call, rungs=step.due, at=at)
    pause = pause_seconds(step, waited_seconds=waited, is_in_vain=is_in_vain(told))
    move(
        call=call,
        name="climb",
        role=Role.SYSTEM,
        post=None,
        at=at,
        detail={"told": [rung.audience.value for rung in step.due], "round": call.round},
        climbs_from=call.climbs_from,
        told_seconds=call.told_seconds,
        round=call.round,
        next_step_at=at + timedelta(seconds=pause),
    )
    alarm(areas=[call.area_code], units=[one.unit_id for one in told if one.unit_id], calls=[call.pk])


def _told_in_round(call: Call) -> set[Audience]:
    told = Told.objects.filter(call=call, round=call.round).values_list("audience", flat=True)
    return {Audience(audience) for audience in told}


def _say_late(call: Call, *, at: datetime) -> None:
    """Somebody answered and is not there yet: the desks are told, and told again."""
    if call.next_step_at is not None and call.next_step_at > at:
        # The clock went back: how long they have been on the way nobody can say; not longer than they may is waited.
        call.next_step_at = at + timedelta(minutes=ARRIVE_MINUTES_MAX)
        call.save(update_fields=["next_step_at"])
        return
    call.round += 1
    tell(call=call, rungs=[Rung(0, audience) for audience in LATE_TO], at=at)
    move(
        call=call, name="late", role=Role.SYSTEM, post=None, at=at, round=call.round, next_step_at=at + LATE_AGAIN
    )  # fmt: skip
