"""Verbs of the resident on the outcome: confirm, rate, send back; and what happens when nobody answers."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from linli.case import actions as cases
from linli.case.models import Case, Event
from linli.case.rules import CloseReason
from linli.case.states import BY_NAME, Relation
from linli.confirm.models import CallBack, Confirmation
from linli.confirm.rules import RATING_LABELS, CallBackState, Way
from linli.handling import actions as handling
from linli.shared.batches import one_by_one
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff.models import Post
from linli.whistle import actions as whistles

REPORTER = frozenset({Relation.REPORTER})
CLOCK = frozenset({Relation.CLOCK})
EVERYWHERE = Q()


def confirm(
    *,
    case: Case,
    rating: int | None,
    at: datetime,
    reason: str = "",
    post: Post | None = None,
    way: Way | None = None,
) -> Event:
    """Say that it is solved, and how well; with a post, a worker writes it down for the resident (确认, 评价).

    Only who is called back (``way``) may say that it is solved and give no rating.

    Raises:
        Refused: the rating is none of the five, or the case does not wait for the resident.
    """
    if rating not in RATING_LABELS and not (rating is None and way is not None):
        raise Refused("请选择一个满意程度。")
    with transaction.atomic():
        event = cases.end(
            case=case,
            name="confirm",
            reason=CloseReason.CONFIRMED,
            at=at,
            words=reason,
            **_who(post),
            rating=rating,
            is_solved=True,
            detail={"rating": rating, "words": _rated(rating), "proxy": post is not None},
        )
        keep(case, at=at, is_solved=True, rating=rating, reason=reason, post=post, way=way)
    return event


def send_back(
    *,
    case: Case,
    reason: str,
    at: datetime,
    rating: int | None = None,
    post: Post | None = None,
    way: Way | None = None,
) -> Event:
    """Say that it is not solved: the case goes back to the same owner, its used time kept (退回重办).

    A case that lapsed while its reporter was not yet reached goes back too, once they are called (回访重办).

    Raises:
        Refused: no reason given, or the case does not wait for the resident.
    """
    if rating is not None and rating not in RATING_LABELS:
        raise Refused("请选择一个满意程度。")
    with transaction.atomic():
        cases.held(case, name="send_back")
        name, who = "send_back" if case.is_open else "reopen", _who(post)
        # Asked before anything is kept: the resident's word of a round that is answered stands.
        cases.allow(case=case, step=BY_NAME[name], role=who["role"], post=post, known=who.get("known", frozenset()))
        if Confirmation.objects.filter(case=case, round=case.reopened_count).exists():
            raise Refused("居民对这一次办结已经答复过了，请刷新后再看。")
        detail = {"words": reason, "rating": rating, "due_at_before": case.due_at.isoformat()}
        keep(case, at=at, is_solved=False, rating=rating, reason=reason, post=post, way=way)
        event = cases.move(
            case=case,
            name=name,
            at=at,
            reason=reason,
            **who,
            finished_at=None,
            confirm_due_at=None,
            closed_at=None,
            close_reason="",
            reopened_count=case.reopened_count + 1,
            is_solved=False,
            detail=detail,
            **cases.send_back_clock(case, at=at),
        )
        whistles.reopen_calls(case=case, at=at)
        cases.raise_if_stuck(case=case, at=at)
    return event


def withdraw(*, case: Case, reason: str, at: datetime) -> Event:
    """Withdraw a case at its reporter's wish, and let the units called to it know (撤回)."""
    with transaction.atomic():
        event = cases.withdraw(case=case, reason=reason, at=at)
        handling.let_go(case=case, at=at)
        _end_call_back(case, state=CallBackState.DROPPED, at=at)
    return event


def lapse_due(*, at: datetime, within: Q = EVERYWHERE) -> int:
    """Close what its resident did not answer in time; no rating is made up (到期结案).

    ``within`` is a condition on cases for a clock that looks after a part of them only.
    """

    def close(case: Case) -> None:
        cases.end(case=case, name="lapse", reason=CloseReason.LAPSED, at=at, role=Role.SYSTEM, post=None, known=CLOCK)

    waiting = Case.objects.select_for_update(skip_locked=True).filter(within, state="FINISHED", confirm_due_at__lte=at)
    return one_by_one(waiting.order_by("confirm_due_at"), close, duty="lapse_due")


def _who(post: Post | None) -> dict[str, Any]:
    if post is None:
        return {"role": Role.RESIDENT, "post": None, "known": REPORTER}
    return {"role": Role(post.role), "post": post}


def _rated(rating: int | None) -> str:
    return RATING_LABELS[rating] if rating else "已解决"


def keep(
    case: Case,
    *,
    at: datetime,
    is_solved: bool,
    rating: int | None,
    reason: str,
    post: Post | None,
    way: Way | None,
) -> None:
    """Keep the resident's word of this round and end its call-back; inside the transaction of its move (评价)."""
    Confirmation.objects.create(
        case=case,
        round=case.reopened_count,
        at=at,
        is_solved=is_solved,
        rating=rating,
        reason=reason,
        by_post_id=post.pk if post else None,
        area_code=case.area_code,
        owner_id=case.owner_id,
        handler_id=case.lead_id or case.owner_id,
    )
    _end_call_back(case, state=CallBackState.ANSWERED, at=at, way=way or (Way.DESK if post else Way.LINK))


def _end_call_back(case: Case, *, state: CallBackState, at: datetime, way: Way | None = None) -> None:
    """End the call-back of this round; who speaks before it is given has had one too."""
    ended = {"state": state.value, "way": way.value if way else "", "ended_at": at, "next_reminder_at": None}
    first = {"area_code": case.area_code, "created_at": at, "due_at": case.confirm_due_at or at}
    standing = CallBack.objects.filter(case=case, round=case.reopened_count).update(**ended)
    if not standing and state is CallBackState.ANSWERED:
        CallBack.objects.create(case=case, round=case.reopened_count, **first, **ended)
