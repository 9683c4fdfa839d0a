"""What people do with a call: answer, attend, say what was found (接应、到场、结束)."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from linli.call.actions.moving import move
from linli.call.actions.taking_in import mark_tested
from linli.call.actions.telling import no_longer_needed, tell_holder
from linli.call.models import Call, CallEvent, FollowUp, Responder
from linli.call.rules import OUTCOMES_BY_CODE
from linli.call.rules.ladder import ARRIVE_MINUTES_MAX
from linli.call.states import CallState
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.staff.models import Post

VISIT_WITHIN = timedelta(hours=24)  # domain.md §5


@transaction.atomic
def answer(*, call: Call, post: Post, at: datetime) -> CallEvent:
    """Take a call upon oneself; the first is named, whoever comes after goes along (接应).

    Raises:
        Refused: the call is over, or the post cannot answer.
    """
    if call.state == CallState.RAISED:
        try:
            return _answered(call, post, at=at)
        except Overtaken:
            call.refresh_from_db()
    return join_in(call=call, post=post, at=at)


def _answered(call: Call, post: Post, *, at: datetime) -> CallEvent:
    arrive_due_at = at + timedelta(minutes=ARRIVE_MINUTES_MAX)
    event = move(
        call=call,
        name="answer",
        role=Role(post.role),
        post=post,
        at=at,
        answered_at=call.answered_at or at,
        answered_by_post_id=post.pk,
        answered_by_unit_id=post.unit_id,
        arrive_due_at=arrive_due_at,
        next_step_at=arrive_due_at,
    )
    _come(call, post, at=at)
    no_longer_needed(call=call)
    return event


@transaction.atomic
def join_in(*, call: Call, post: Post, at: datetime) -> CallEvent:
    """Go along with whoever answered first (我也去)."""
    event = move(call=call, name="join_in", role=Role(post.role), post=post, at=at)
    _come(call, post, at=at)
    return event


def _come(call: Call, post: Post, *, at: datetime) -> None:
    who, is_new = Responder.objects.get_or_create(
        call=call, post_id=post.pk, gave_up_at=None, defaults={"unit_id": post.unit_id, "answered_at": at}
    )
    if not is_new and who.answered_at < call.climbs_from:  # before the ladder began again; the history keeps that
        who.answered_at, who.on_scene_at = at, None
        who.save(update_fields=["answered_at", "on_scene_at"])


def ring_back(*, call: Call, post: Post, at: datetime, words: str = "") -> CallEvent:
    """Write down that the person was spoken to (已通话)."""
    return move(call=call, name="ring_back", role=Role(post.role), post=post, at=at, words=words)


def not_reached(*, call: Call, post: Post, at: datetime, words: str = "") -> CallEvent:
    """Write down that nobody picked up: a reason to go there, not to stop (电话没人接)."""
    return move(call=call, name="not_reached", role=Role(post.role), post=post, at=at, words=words)


def no_entry(*, call: Call, post: Post, at: datetime, words: str = "") -> CallEvent:
    """Write down that nobody opens; the page shows where a key lies and whom to call (敲门没有人应)."""
    return move(call=call, name="no_entry", role=Role(post.role), post=post, at=at, words=words)


def call_120(*, call: Call, post: Post, at: datetime, words: str = "") -> CallEvent:
    """Write down that an ambulance was called (已拨打 120)."""
    return move(call=call, name="call_120", role=Role(post.role), post=post, at=at, words=words)


def call_119(*, call: Call, post: Post, at: datetime, words: str = "") -> CallEvent:
    """Write down that the fire brigade was called (已拨打 119)."""
    return move(call=call, name="call_119", role=Role(post.role), post=post, at=at, words=words)


def note(*, call: Call, post: Post, at: datetime, words: str) -> CallEvent:
    """Add words to a call, open or closed (补充说明)."""
    return move(call=call, name="note", role=Role(post.role), post=post, at=at, words=words)


@transaction.atomic
def attend(*, call: Call, post: Post, at: datetime) -> CallEvent:
    """Be at the door; whoever comes without having answered has answered by coming (到场)."""
    event = move(
        call=call,
        name="attend",
        role=Role(post.role),
        post=post,
        at=at,
        answered_at=call.answered_at or at,
        answered_by_post_id=call.answered_by_post_id or post.pk,
        answered_by_unit_id=call.answered_by_unit_id or post.unit_id,
        on_scene_at=call.on_scene_at or at,
        next_step_at=None,
    )
    _come(call, post, at=at)
    Responder.objects.filter(call=call, post_id=post.pk, gave_up_at=None).update(on_scene_at=at)
    no_longer_needed(call=call)
    return event


@transaction.atomic
def give_up(*, call: Call, post: Post, at: datetime, words: str) -> CallEvent:
    """Say that one cannot go after all; if nobody else is going, the ladder begins again at once (我去不了).

    Raises:
        Refused: the post did not answer this call, or gave no reason.
    """
    mine = Responder.objects.filter(call=call, post_id=post.pk, gave_up_at=None)
    if not mine.exists():
        raise Refused("您没有接应这次呼叫。")
    others = _others(call, post)
    if others is not None:
        event = move(
            call=call, name="note", role=Role(post.role), post=post, at=at, words=words, detail={"gave_up": True},
            answered_by_post_id=others.post_id, answered_by_unit_id=others.unit_id,
        )  # fmt: skip
    else:
        event = move(
            call=call, name="give_up", role=Role(post.role), post=post, at=at, words=words, **_again(call, at=at)
        )
    mine.update(gave_up_at=at)
    return event


def _others(call: Call, post: Post) -> Responder | None:
    """Return who else is coming since the ladder began; when somebody had arrived, who else is there."""
    others = Responder.objects.filter(call=call, gave_up_at=None, answered_at__gte=call.climbs_from)
    if call.state == CallState.ON_SCENE:
        others = others.filter(on_scene_at__isnull=False)
    return others.exclude(post_id=post.pk).first()


@transaction.atomic
def close(*, call: Call, post: Post, outcome: str, at: datetime, words: str = "") -> CallEvent:
    """Say what was found, which ends the call; a visit within a day follows where it was needed (结束呼叫).

    Raises:
        Refused: no such outcome, or nobody has answered yet: answering and ending are two acts.
    """
    found = OUTCOMES_BY_CODE.get(outcome)
    if found is None:
        raise Refused("请选一个结果。")
    event = move(
        call=call, name="close", role=Role(post.role), post=post, at=at, words=words, detail={"outcome": outcome},
        outcome=outcome, closed_at=at, next_step_at=None,
    )  # fmt: skip
    no_longer_needed(call=call, with_screens=True)
    if outcome == "TEST" and call.device is not None:
        mark_tested(device=call.device, at=at)
    if found.needs_visit:
        _ask_for_visit(call, at=at)
    tell_holder(call=call, at=at)
    return event


def _ask_for_visit(call: Call, *, at: datetime) -> None:
    """Ask for a visit within a day; a call that was opened again after its visit asks for another one."""
    visit, is_new = FollowUp.objects.get_or_create(
        call=call, defaults={"area_code": call.area_code, "due_at": at + VISIT_WITHIN}
    )
    if not is_new and visit.done_at is not None:  # what was said of the first is in the history of the call
        visit.due_at, visit.done_at, visit.done_by_post_id = at + VISIT_WITHIN, None, None
        visit.save(update_fields=["due_at", "done_at", "done_by_post_id"])


@transaction.atomic
def reopen(*, call: Call, post: Post, at: datetime, words: str) -> CallEvent:
    """Open a call again that was ended too soon; the ladder begins again at once (重新打开)."""
    return move(
        call=call, name="reopen", role=Role(post.role), post=post, at=at, words=words,
        outcome="", closed_at=None, **_again(call, at=at),
    )  # fmt: skip


@transaction.atomic
def raise_case(*, call: Call, post: Post, appeal_id: int, number: str, at: datetime) -> CallEvent:
    """Remember which need the call raised; the case knows the rest (转成工单).

    Raises:
        Refused: it has raised one already.
    """
    # Two who press at once: the second waits here, and then reads what the first has done.
    if Call.objects.select_for_update().filter(pk=call.pk, appeal_id__isnull=True).first() is None:
        raise Refused("这次呼叫已经转成工单。")
    return move(
        call=call, name="raise_case", role=Role(post.role), post=post, at=at, words=number,
        detail={"appeal": appeal_id}, appeal_id=appeal_id,
    )  # fmt: skip


@transaction.atomic
def follow_up(*, call: Call, post: Post, at: datetime, words: str) -> CallEvent:
    """Write down the visit after a call: how the person is, and that they were told who had looked (回访).

    Raises:
        Refused: no visit was asked for, or it was done already.
    """
    visits = FollowUp.objects.filter(call=call, done_at__isnull=True)
    event = move(call=call, name="follow_up", role=Role(post.role), post=post, at=at, words=words)
    if not visits.update(done_at=at, done_by_post_id=post.pk, words=words.strip()):
        raise Refused("这次呼叫没有等着的回访。")
    return event


def _again(call: Call, *, at: datetime) -> dict[str, Any]:
    """Begin the ladder again: nobody is on the way any more."""
    return {
        "climbs_from": at,
        "told_seconds": -1,
        "round": call.round + 1,
        "next_step_at": at,
        "arrive_due_at": None,
        "answered_by_post_id": None,
        "answered_by_unit_id": None,
    }
