"""Questions about who works on what inside a unit (经办人)."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from linli.case.models import Assignment, Case
from linli.staff import queries as staff
from linli.staff.models import Post

__all__ = ["Assignment", "assigned", "assignee_name", "colleagues", "is_assigned", "is_mine"]


def colleagues(post: Post, *, at: datetime) -> list[Post]:
    """Return the posts of a post's unit that may be given a case, itself among them, by name (同事)."""
    held = staff.posts(at=at, unit_id=post.unit_id).filter(account__is_active=True)
    return sorted(held.exclude(role="AUDITOR"), key=lambda one: (one.account.name, one.pk))


def assigned(case: Case) -> list[Assignment]:
    """Return who works on a case, for each unit that named somebody, the first named first (经办人)."""
    named = Assignment.objects.filter(case=case, ended_at__isnull=True).select_related("post__account", "unit")
    return list(named.order_by("at", "pk"))


def is_mine(post: Post, *, key: str = "pk") -> Exists:
    """Return the condition that a case, by its key in the rows asked for, is a post's own (我经办的)."""
    return Exists(_live(key).filter(post_id=post.pk))


def is_assigned(post: Post, *, key: str = "pk") -> Exists:
    """Return the condition that a post's unit has named somebody for a case (已指定)."""
    return Exists(_live(key).filter(unit_id=post.unit_id))


def assignee_name(post: Post, *, key: str = "pk") -> Subquery:
    """Return the name of whom a post's unit has named for a case (经办人)."""
    return Subquery(_live(key).filter(unit_id=post.unit_id).values("post__account__name")[:1])


def _live(key: str) -> QuerySet[Any]:
    return Assignment.objects.filter(Q(case_id=OuterRef(key)), ended_at__isnull=True)
