"""Merge a repeat into an open case, and take a merge back while that case is open (归并).

Every reporter follows the case that goes on, whichever way they came to it; nobody is lost by a merge.
"""

from datetime import datetime

from django.db import transaction

from linli.case.actions.ending import end
from linli.case.actions.holding import held
from linli.case.actions.moving import More, move
from linli.case.models import Case, Event
from linli.case.rules import CloseReason
from linli.case.states import Relation
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff.models import Post

COUNTED_BY = {"merge": "join", "unmerge": "part_with"}  # the move of the case that goes on


def merge(*, case: Case, into: Case, post: Post, reason: str, at: datetime) -> Event:
    """Join a repeat to an open case; its reporters follow that one from now on (归并).

    Raises:
        Refused: the other case is the same one, is not open, or is itself merged.
    """
    if into.pk == case.pk or not into.is_open:
        raise Refused("只能归并到另一件还在办理的事项。")
    with transaction.atomic():
        _hold(case, into, name="merge")
        event = end(
            case=case,
            name="merge",
            reason=CloseReason.MERGED,
            at=at,
            words=reason,
            role=Role(post.role),
            post=post,
            detail={"to_number": into.number, "to_case": into.pk},
            merged_into_id=into.pk,
        )
        move(
            case=into,
            name="join",
            role=Role(post.role),
            post=post,
            at=at,
            known=frozenset({Relation.AREA}),
            detail={"from_number": case.number, "from_case": case.pk, "count": 1 + case.joined_count},
            joined_count=More(1 + case.joined_count),
        )
    return event


def unmerge(*, case: Case, post: Post, reason: str, at: datetime) -> Event:
    """Take a merge back: the case goes on by itself, on the clock it always had (撤销归并).

    Its own reporters follow it again, those of the other case no longer hear of it. The owner signs for it anew.

    Raises:
        Refused: the case it was merged into is over, or was itself merged.
    """
    into = case.merged_into
    if into is None or not into.is_open:
        raise Refused("并入的那一件已经结束或又并入了别的事项，不能撤销这次归并。")
    with transaction.atomic():
        _hold(case, into, name="unmerge")
        count = 1 + case.joined_count
        event = move(
            case=case,
            name="unmerge",
            role=Role(post.role),
            post=post,
            at=at,
            reason=reason,
            detail={"from_number": into.number, "from_case": into.pk},
            merged_into_id=None,
            closed_at=None,
            close_reason="",
            lead_id=None,
            next_supervision_at=at,
        )
        move(
            case=into,
            name="part_with",
            role=Role(post.role),
            post=post,
            at=at,
            known=frozenset({Relation.AREA}),
            detail={"number": case.number, "case": case.pk, "count": count},
            joined_count=More(-count),
        )
    return event


def _hold(case: Case, into: Case, *, name: str) -> None:
    """Two people may merge the same two cases either way round: both lock them in one order, then read them anew.

    Who joined in between is counted with them.
    """
    both = Case.objects.select_for_update().filter(pk__in=[case.pk, into.pk])
    list(both.order_by("pk").values("pk"))
    held(case, name=name)
    held(into, name=COUNTED_BY[name])
