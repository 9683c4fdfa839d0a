"""Name the colleague who works on a case inside a unit; the unit stays answerable (指定经办人)."""

from datetime import datetime

from django.db import transaction

from linli.case.actions.moving import move
from linli.case.assigning import colleagues
from linli.case.models import Assignment, Case, Event
from linli.case.states import Relation
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff.models import Post


def assign(
    *, case: Case, post: Post, to_post_id: int | None, at: datetime, known: frozenset[Relation] = frozenset()
) -> Event:
    """Name a colleague of a post's own unit, or nobody, to work on a case (指定经办人).

    Raises:
        Refused: that one is no colleague in office, or is named already.
    """
    if to_post_id is not None and to_post_id not in {one.pk for one in colleagues(post, at=at)}:
        raise Refused("只能指定本单位在岗的同事。")
    with transaction.atomic():
        # The move locks the case: two people naming at once come one after the other.
        event = move(
            case=case,
            name="assign",
            role=Role(post.role),
            post=post,
            at=at,
            known=known,
            detail={"to_post": to_post_id, "unit": post.unit_id},
        )
        named = Assignment.objects.filter(case=case, unit_id=post.unit_id, ended_at__isnull=True).first()
        if (named.post_id if named else None) == to_post_id:
            raise Refused("经办人没有变。")
        if named is not None:
            Assignment.objects.filter(pk=named.pk).update(ended_at=max(at, named.at))
        if to_post_id is not None:
            Assignment.objects.create(case=case, unit_id=post.unit_id, post_id=to_post_id, by_post_id=post.pk, at=at)
    return event
