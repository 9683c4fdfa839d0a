"""Do what waits for the clock row by row: a row that cannot be done is said in the log and holds up no other (逐件)."""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Model, QuerySet

BATCH = 200
Row = TypeVar("Row")
Kept = TypeVar("Kept", bound=Model)

log = logging.getLogger(__name__)


def one_by_one(waiting: QuerySet[Kept], act: Callable[[Kept], Any], *, duty: str, size: int = BATCH) -> int:
    """Act on everything that waits, a batch in a transaction, and return how many were done (逐件办).

    ``waiting`` is locked and ordered, and what was acted on waits no more; a row skipped waits for the next round.
    """
    done, skipped = 0, set[Any]()
    while True:
        with transaction.atomic():
            batch = list(waiting.exclude(pk__in=skipped)[:size])
            passed = {row.pk for row in each(batch, act, duty=duty)}
        skipped |= passed
        done += len(batch) - len(passed)
        if len(batch) < size:
            return done


def each(rows: Iterable[Row], act: Callable[[Row], Any], *, duty: str) -> list[Row]:
    """Act on each row in a savepoint of its own, and return those that were skipped (逐件).

    A fault of the connection rises: then the whole round is made again.
    """
    skipped = []
    for row in rows:
        try:
            with transaction.atomic():
                act(row)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("%s: %s could not be done and is skipped", duty, _named(row))
            skipped.append(row)
    return skipped


def together(rows: Sequence[Row], act: Callable[[Sequence[Row]], Any], *, duty: str) -> list[Row]:
    """Act on all rows at once, and one by one only where that fails; return those that were skipped (成批)."""
    try:
        with transaction.atomic():
            act(rows)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # noqa: BLE001 -- whatever it was, it is met again, and said, where each row is done
        log.warning("%s: %s rows could not be done together and are done one by one", duty, len(rows))
        return each(rows, lambda row: act([row]), duty=duty)
    return []


def _named(row: object) -> str:
    return f"{type(row).__name__} {row.pk}" if isinstance(row, Model) else str(row)
