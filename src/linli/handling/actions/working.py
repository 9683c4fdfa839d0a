"""Work on a case: record a step, speak to the resident, finish, merge, refuse (办理)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linli.case import actions as cases
from linli.case.deadlines import calendar, limits
from linli.case.models import Case, Event
from linli.case.rules import Deadline
from linli.case.states import Relation
from linli.handling.actions.applying import lapse_applications
from linli.handling.actions.tasks import end_tasks
from linli.handling.queries import Unfinished, attached_to, unfinished
from linli.outside import actions as outside
from linli.routing import queries as routing
from linli.shared.calendar import due
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.models import Post
from linli.whistle import actions as whistles
from linli.whistle import queries as calls
from linli.whistle.states import CalledState

WORDS_MAX = 2000


def record_step(*, case: Case, post: Post, words: str, at: datetime, photo_ids: Sequence[UUID] = ()) -> Event:
    """Record one piece of the work, which the resident reads too (记录步骤).

    Raises:
        Refused: nothing written, or not this post's case.
    """
    return cases.move(
        case=case,
        name="step",
        role=Role(post.role),
        post=post,
        at=at,
        known=_known(case, post),
        detail={"words": _checked(words), "photos": [str(photo) for photo in photo_ids]},
    )


def speak(*, case: Case, post: Post, words: str, at: datetime) -> Event:
    """Record that the resident was contacted, by any unit at work on the case (联系居民)."""
    return cases.contact(case=case, post=post, words=words, at=at, known=_known(case, post))


def finish(
    *, case: Case, post: Post, result: str, at: datetime, photo_ids: Sequence[UUID] = (), despite: str = ""
) -> Event:
    """Say that the work is done, in words for the resident, and ask for their confirmation (办结).

    ``despite`` says why one does not wait for assisting units, sub-tasks or cases split off that are still open.

    Raises:
        Refused: no result written, neither owner nor lead, or something is open and no reason is given.
        Overtaken: somebody else finished or moved it first.
    """
    result = _checked(result)
    with transaction.atomic():
        # A sub-task given at the same moment is seen here, or finds the case finished.
        cases.held(case, name="finish")
        attached = attached_to(case)
        left = unfinished(case, attached)
        if left and not despite.strip():
            raise Refused("还有没办完的部分：%(what)s。不等它们就办结，要写明原因。", what=_named(left))
        event = cases.move(
            case=case,
            name="finish",
            role=Role(post.role),
            post=post,
            at=at,
            reason=despite.strip() if left else "",
            detail={"words": result, "photos": [str(photo) for photo in photo_ids]} | _left(left),
            finished_at=at,
            dispatched_at=case.dispatched_at or at,
            next_supervision_at=None,
            confirm_due_at=due(calendar=calendar(), start=at, limit=limits().call_back),
            **cases.run_again(case, at=at),
        )
        if attached.calls or attached.disputes:
            whistles.end_calls(case=case, state=CalledState.FINISHED, at=at)
        if attached.tasks:
            end_tasks(case=case, at=at)
        if attached.applications:
            lapse_applications(case=case)
        if attached.asked:
            outside.end_asked(case=case, at=at)
        cases.clear(case=case, deadlines=set(Deadline) - {Deadline.CONTACT, Deadline.RULING}, at=at)
    return event


def correct(*, case: Case, **corrections: Any) -> Event:
    """Correct a case, and give the units at work on it the deadline that follows (更正)."""
    with transaction.atomic():
        event = cases.correct(case=case, **corrections)
        whistles.retime_calls(case=case)
    return event


def fit(*, case: Case, post: Post, line: int, reason: str, at: datetime) -> Event:
    """Choose the condition of a case's limit, and give the units at work on it the deadline that follows (选情形)."""
    with transaction.atomic():
        event = cases.fit(case=case, post=post, line=line, reason=reason, at=at)
        whistles.retime_calls(case=case)
    return event


def hand_on(
    *, case: Case, post: Post, to_unit_id: int, reason: str, at: datetime, route: routing.Route | None = None
) -> Event:
    """Give a case to another body; called units go on, what the former hands asked for lapses (派单)."""
    with transaction.atomic():
        event = cases.hand_on(case=case, post=post, to_unit_id=to_unit_id, reason=reason, at=at, route=route)
        lapse_applications(case=case)
    return event


def merge(*, case: Case, into: Case, post: Post, reason: str, at: datetime) -> Event:
    """Join a repeat to an open case and let the units called to the repeat go (归并)."""
    with transaction.atomic():
        event = cases.merge(case=case, into=into, post=post, reason=reason, at=at)
        let_go(case=case, at=at)
    return event


def refuse(*, case: Case, post: Post, route: str, reason: str, at: datetime) -> Event:
    """Do not accept a case, with the reply, and let any unit called to it go (不予受理)."""
    with transaction.atomic():
        event = cases.refuse(case=case, post=post, route=route, reason=reason, at=at)
        let_go(case=case, at=at)
    return event


def let_go(*, case: Case, at: datetime) -> None:
    """Let everyone at work on a case go, because it ends without being finished."""
    whistles.end_calls(case=case, state=CalledState.RELEASED, at=at)
    end_tasks(case=case, at=at)
    lapse_applications(case=case)
    outside.end_asked(case=case, at=at)


def _left(left: Unfinished) -> dict[str, Any]:
    open_parts = {"units": list(left.unit_ids), "tasks": [task.pk for task in left.tasks], "cases": list(left.numbers)}
    return {"left_open": open_parts} if left else {}


def _named(left: Unfinished) -> str:
    units = [staff.unit(unit_id).name for unit_id in left.unit_ids]
    return "、".join([*units, *(task.words[:20] for task in left.tasks), *left.numbers])


def _known(case: Case, post: Post) -> frozenset[Relation]:
    if post.unit_id == case.owner_id:  # the owner may work on it, called or not
        return frozenset()
    return frozenset({Relation.CALLED}) if calls.is_called(case, post=post) else frozenset()


def _checked(words: str) -> str:
    words = words.strip()
    if not words:
        raise Refused("请写下办了什么，居民会看到。")
    if len(words) > WORDS_MAX:
        raise Refused("内容太长：最多 %(most)s 个字。", most=WORDS_MAX)
    return words
