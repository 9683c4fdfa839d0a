"""Answers to a call: the called unit's own, and those of its caller and lead, by the table of answers (应答)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linli.case import actions as cases
from linli.case.deadlines import calendar, first_rung
from linli.case.rules import Deadline
from linli.case.states import BY_NAME, CaseState, Relation
from linli.shared.calendar import TimerKind, due
from linli.shared.hints import hint
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.staff.models import Post
from linli.whistle import queries as calls
from linli.whistle.actions.disputing import ask_for_ruling
from linli.whistle.models import Called
from linli.whistle.states import ANSWERS, KIND_RULES, REFUSING, WAITING, CalledState, WhistleKind, may_answer

CALLED = frozenset({Relation.CALLED})
OF_A_CALL = (Deadline.REPORT_IN, Deadline.ANSWER, Deadline.PART)
ANSWERED_ALREADY = "您的单位已经答复过这一哨了，请刷新后再看。"
WORDS_MAX = 2000


def report_in(*, called: Called, post: Post, at: datetime, words: str = "") -> Called:
    """Say that the unit has come; a late one still may (报到).

    Raises:
        Overtaken: a colleague answered first.
        Refused: another unit's call, or the case is past that.
    """
    return _answer(
        called,
        post=post,
        at=at,
        move="report_in",
        words=words,
        reported_in_at=at,
        due_at=max(called.case.due_at, at),
        proposed_due_at=None,
        next_supervision_at=None,
    )


def decline(*, called: Called, post: Post, reason: str, at: datetime) -> Called:
    """Say that it is not this unit's, with the reason; the caller sees it at once (不接).

    Raises:
        Refused: an emergency: come first.
    """
    return _answer(called, post=post, at=at, move="decline", words=reason, **_gone(at))


def hand_back(*, called: Called, post: Post, reason: str, at: datetime) -> Called:
    """Give a call back after reporting in, because it turns out not to be this unit's (退回吹哨单位)."""
    return _answer(called, post=post, at=at, move="hand_back", words=reason, **_gone(at))


def counter(*, called: Called, post: Post, reason: str, proposed_due_at: datetime, at: datetime) -> Called:
    """Propose another time or another way; the caller has as long to answer as the unit had (另提方案).

    Raises:
        Refused: the proposed time lies in the past, or it is an emergency: come first.
    """
    if proposed_due_at <= at:
        raise Refused("提出的时间应在现在之后。")
    limit = calls.report_in_limit(called.case, kind=WhistleKind(called.whistle.kind), at=at)
    answer_due_at = due(calendar=calendar(), start=at, limit=limit)
    return _answer(
        called,
        post=post,
        at=at,
        move="counter",
        words=reason,
        detail={"proposed_due_at": proposed_due_at.isoformat()},
        proposed_due_at=proposed_due_at,
        due_at=answer_due_at,
        due_since_at=at,
        limit_words=str(limit),
        next_supervision_at=first_rung([(at, answer_due_at, limit.kind)]),
    )


def agree(*, called: Called, post: Post, at: datetime, words: str = "") -> Called:
    """Accept a counter-proposal: the unit has reported in, with a due time of its own (同意方案).

    Raises:
        Overtaken: the unit or a colleague answered first.
        Refused: not the caller's desk, or the proposed time has gone by.
    """
    proposed = called.proposed_due_at
    if proposed is not None and proposed <= at:
        raise Refused("提出的时间已经过了，请对方重新提，或者不同意这个方案。")
    return _reply(
        called,
        post=post,
        at=at,
        move="agree",
        words=words,
        detail={"to": called.unit_id, "due_at": proposed.isoformat() if proposed else ""},
        target=CaseState.HANDLING,
        # The unit answered in time if its proposal came in time; the caller's thinking is not its delay.
        reported_in_at=called.answered_at or at,
        due_at=proposed or called.case.due_at,
        due_since_at=at,
        next_supervision_at=first_rung([(at, proposed, TimerKind.URGENT_HOURS)]) if proposed else None,
    )


def turn_down(*, called: Called, post: Post, reason: str, at: datetime) -> Called:
    """Turn a counter-proposal down: the unit must report in, and has its full time again (不同意方案)."""
    limit = calls.report_in_limit(called.case, kind=WhistleKind(called.whistle.kind), at=at)
    report_in_due_at = due(calendar=calendar(), start=at, limit=limit)
    return _reply(
        called,
        post=post,
        at=at,
        move="turn_down",
        words=reason,
        detail={"unit": called.unit_id, "report_in_due_at": report_in_due_at.isoformat()},
        proposed_due_at=None,
        due_since_at=at,
        due_round=called.due_round + 1,
        limit_words=str(limit),
        report_in_due_at=report_in_due_at,
        due_at=report_in_due_at,
        next_supervision_at=first_rung([(at, report_in_due_at, limit.kind)]),
    )


def finish_part(*, called: Called, post: Post, words: str, at: datetime, photo_ids: Sequence[UUID] = ()) -> Called:
    """Say to the lead that an assisting unit's part is done, in words and photos (完成协办).

    Raises:
        Refused: nothing written, or the unit leads: a lead finishes the case.
    """
    words = _checked(words)
    if called.is_lead:
        raise Refused("牵头单位请直接办结；“完成协办”是协办单位用的。")
    return _answer(
        called,
        post=post,
        at=at,
        move="part",
        words=words,
        detail={"photos": [str(photo) for photo in photo_ids]},
        photo_ids=list(photo_ids),
        part_done_at=at,
        next_supervision_at=None,
    )


def return_part(*, called: Called, post: Post, reason: str, at: datetime) -> Called:
    """Ask an assisting unit to go on: its part is not what was needed (请协办再办)."""
    return _reply(
        called,
        post=post,
        at=at,
        move="return_part",
        words=reason,
        detail={"unit": called.unit_id},
        part_done_at=None,
        due_at=max(called.due_at, at),
    )


def check_answer(called: Called, move: str) -> None:
    """Refuse an answer that the table does not give to a call that stands so.

    Raises:
        Refused: an emergency: come first.
        Overtaken: somebody answered already.
    """
    kind = WhistleKind(called.whistle.kind)
    if move in KIND_RULES[kind].unit_moves_barred:
        raise Refused("应急哨要先到场：请先报到，到场后再说明情况。")
    if called.is_ruled and move in REFUSING:
        raise Refused("已经裁定这件事归您的单位；不服可以申请一次复核，期间照常办理。")
    if not may_answer(move, state=called.state, kind=kind, is_lead=called.is_lead):
        raise Overtaken(ANSWERED_ALREADY)


def hold(called: Called, *, name: str) -> None:
    """Hold the case of a call for a move, and see whether the unit leads it still: a blow may have replaced it.

    Where the call itself stands stays as it was read: ``change`` refuses when somebody else has answered meanwhile.
    """
    cases.held(called.case, name=name)
    called.refresh_from_db(fields=["is_lead"])


def change(called: Called, **columns: object) -> None:
    """Change a call if it is still as it was read.

    Raises:
        Overtaken: somebody answered first.
    """
    plain = {name: getattr(value, "value", value) for name, value in columns.items()}
    if not Called.objects.filter(pk=called.pk, state=called.state, ended_at=called.ended_at).update(**plain):
        raise Overtaken(ANSWERED_ALREADY)
    for name, value in plain.items():
        setattr(called, name, value)


def lead_after(called: Called) -> dict[str, Any]:
    """A lead that goes leaves the case without one; its owner answers until another leads."""
    return {"lead_id": None} if called.is_lead else {}


def state_after(called: Called) -> CaseState | None:
    """A whistle that nobody answers any more is no whistle: the case is its owner's to work on, or to give away."""
    case = called.case
    if case.state != CaseState.WHISTLED or calls.stand_beside(case, leaving_unit_id=called.unit_id):
        return None
    return CaseState.HANDLING


def _answer(
    called: Called,
    *,
    post: Post,
    at: datetime,
    move: str,
    words: str,
    detail: dict[str, Any] | None = None,
    **columns: object,
) -> Called:
    """Give the called unit's own answer."""
    if post.unit_id != called.unit_id:
        raise Refused("这一哨不是吹给您的单位的，不能“%(label)s”。", label=BY_NAME[move].label)
    check_answer(called, move)
    is_reason = BY_NAME[move].needs_reason
    first = {"answered_at": called.answered_at or at} if ANSWERS[move].sources == WAITING else {}
    with transaction.atomic():
        # The case first, then the call, in every verb: two people at one case never wait for each other.
        hold(called, name=move)
        was_lead = called.is_lead
        goes = ANSWERS[move].target == CalledState.DECLINED
        cases.move(
            case=called.case,
            name=move,
            role=Role(post.role),
            post=post,
            at=at,
            known=CALLED,
            reason=words if is_reason else "",
            target=state_after(called) if goes else None,
            detail={"called": called.pk, "words": words, "is_lead": was_lead} | (detail or {}),
            **(lead_after(called) if goes else {}),
        )
        change(called, state=ANSWERS[move].target, words=words, **first, **columns)
        cases.clear(case=called.case, deadlines=OF_A_CALL, at=at, called_id=called.pk)
        if move == "report_in" and called.is_lead:
            cases.found_lead(case=called.case, at=at)
        if called.state == CalledState.DECLINED:
            ask_for_ruling(called, post=post, words=words, was_lead=was_lead, at=at)
            cases.raise_if_stuck(case=called.case, at=at)
        hint(units=[called.whistle.blown_by_unit_id])
    return called


def _reply(
    called: Called,
    *,
    post: Post,
    at: datetime,
    move: str,
    words: str,
    detail: dict[str, Any],
    target: CaseState | None = None,
    **columns: object,
) -> Called:
    """Give the caller's or the lead's answer to what a called unit said."""
    check_answer(called, move)
    with transaction.atomic():
        hold(called, name=move)
        cases.move(
            case=called.case,
            name=move,
            role=Role(post.role),
            post=post,
            at=at,
            reason=words if BY_NAME[move].needs_reason else "",
            target=target,
            detail={"called": called.pk, "words": words} | detail,
        )
        change(called, state=ANSWERS[move].target, **columns)
        cases.clear(case=called.case, deadlines=OF_A_CALL, at=at, called_id=called.pk)
        if move == "agree" and called.is_lead:  # a proposal that is accepted is a report-in
            cases.found_lead(case=called.case, at=at)
        hint(units=[called.unit_id])
    return called


def _gone(at: datetime) -> dict[str, Any]:
    return {"ended_at": at, "is_lead": False, "next_supervision_at": None}


def _checked(words: str) -> str:
    words = words.strip()
    if not words:
        raise Refused("请写下这一部分办了什么，牵头单位要看。")
    if len(words) > WORDS_MAX:
        raise Refused("内容太长：最多 %(most)s 个字。", most=WORDS_MAX)
    return words
