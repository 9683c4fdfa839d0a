"""Send what is due: take it up, carry it, write down what became of it (发送).

Taking up moves ``next_try_at`` on by a lease and counts the attempt. A worker that is killed in between leaves the
sending where it is; after the lease it is taken up again, with the same key, so that a receiver who keeps keys gets it
once. That is at least once, and never silently not at all.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F

from linli.notice.carriers import Undelivered
from linli.notice.models import Sending
from linli.notice.rules import ATTEMPTS_MAX, LEASE, WAITING, Standing, wait_after

BATCH = 20
log = logging.getLogger(__name__)
S = TypeVar("S", bound=Sending)


def take_up(model: type[S], *, at: datetime, most: int = BATCH, **narrow: Any) -> list[S]:
    """Take up what is due, so that no other worker does for the length of a lease (领取)."""
    rows: Any = model._default_manager  # noqa: SLF001 -- Django's public name for it
    with transaction.atomic():
        due = rows.select_for_update(skip_locked=True).filter(
            **narrow, next_try_at__lte=at, state__in=[s.value for s in WAITING]
        )
        taken = list(due.order_by("next_try_at", "pk").values_list("pk", flat=True)[:most])
        rows.filter(pk__in=taken).update(next_try_at=at + LEASE, attempts=F("attempts") + 1)
    return sorted(rows.filter(pk__in=taken), key=lambda one: taken.index(one.pk))


def carry_all(
    taken: Sequence[S],
    *,
    carry: Callable[[S, datetime], None],
    whither: Callable[[S], object],
    now: Callable[[], datetime],
) -> int:
    """Carry each, and write down what became of it; where one found no open door the others wait (逐条发送)."""
    closed: dict[object, Undelivered] = {}
    for one in taken:
        place = whither(one)
        fault = closed.get(place) or _carried(one, carry, at=now())
        if fault is None:
            write_sent(one, at=now())
            continue
        if fault.is_nobody_there:
            closed[place] = fault  # the next would wait as long
        write_fault(one, fault=fault, at=now())
    return len(taken)


def _carried(one: S, carry: Callable[[S, datetime], None], *, at: datetime) -> Undelivered | None:
    try:
        carry(one, at)
    except Undelivered as fault:
        return fault
    except Exception as fault:
        log.exception("%s %s could not be sent", type(one).__name__, one.pk)
        return Undelivered(type(fault).__name__)
    return None


def write_sent(one: Sending, *, at: datetime) -> None:
    """Write down that it was taken over by whoever carries it (已发送)."""
    _write(one, state=Standing.SENT.value, sent_at=at, next_try_at=None, fault="")


def write_fault(one: Sending, *, fault: Undelivered, at: datetime) -> None:
    """Write down why it was not, and when to try again, or that it is given up (失败)."""
    is_over = fault.is_final or one.attempts >= ATTEMPTS_MAX
    _write(
        one,
        state=(Standing.GIVEN_UP if is_over else Standing.FAILED).value,
        next_try_at=None if is_over else at + wait_after(one.attempts),
        fault=fault.words,
    )


def _write(one: Sending, **columns: Any) -> None:
    """Write only while it still waits: what was resent or done meanwhile by another stays."""
    rows: Any = type(one)._default_manager  # noqa: SLF001 -- Django's public name for it
    rows.filter(pk=one.pk, key=one.key, state__in=[s.value for s in WAITING]).update(**columns)
    for name, value in columns.items():
        setattr(one, name, value)
