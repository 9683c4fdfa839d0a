"""Close a unit, by hand or by a configuration: only when nothing waits for it (停用单位)."""

from typing import Any

from django.db import transaction

from linli.report import queries as reports
from linli.shared.refusals import Refused
from linli.shared.scope import EVERYTHING, acting
from linli.staff import actions as staff_actions
from linli.staff import queries as staff


def close_unit(*, unit: Any, **reasoned: Any) -> None:
    """Take a unit out of use and then look what waits for it; whoever gives it work meanwhile waits, and is told.

    Raises:
        Refused: somebody holds a post in it, or something waits for it; nothing was changed.
    """
    try:
        with transaction.atomic():
            staff_actions.close_unit(unit=unit, **reasoned)
            check_nothing_waits(unit)
    finally:
        staff.forget()  # what was read in between may have been taken back


def check_nothing_waits(unit: Any) -> None:
    """Refuse when something waits for a unit.

    Raises:
        Refused: the sentence says what, and how much of it.
    """
    for what, count in waiting_for(unit.pk).items():
        raise Refused(
            "“%(unit)s”还有没办完的%(what)s（%(count)s 件），请先办完或转给别的单位。",
            unit=unit.name,
            what=what,
            count=count,
        )


def waiting_for(unit_id: int) -> dict[str, int]:
    """Return how much of each kind waits for a unit, wherever it lies."""
    with acting(EVERYTHING):
        return reports.waiting_for_unit(unit_id)
