"""Verbs of outside bodies: keep them, ask them, remind them, take their answer, wait no longer (外部单位)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from linli.case import actions as cases
from linli.case.models import Case, Event
from linli.case.states import Relation
from linli.outside.models import Asked, Body
from linli.outside.rules import SERIAL_MAX, next_reminder_at
from linli.outside.states import OPEN, AskedState
from linli.people import actions as people
from linli.people.rules import NAME_MAX
from linli.shared import audit
from linli.shared.batches import one_by_one
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.staff.models import Post
from linli.text.rules import guard

WORDS_MAX = 1000
PLACE_MAX = 300
BODY_NAME_MAX = 80
DAYS_MAX = 90
EVERYWHERE = Q()
LINK, CLOCK = frozenset({Relation.OUTSIDE}), frozenset({Relation.CLOCK})
OVERTAKEN = "这条请求刚刚有了变化，请刷新后再看。"


def keep_body(
    *,
    name: str,
    phone: str = "",
    email: str = "",
    name_bo: str = "",
    name_en: str = "",
    language: str = "zh-hans",
    area_code: str,
    at: datetime,
    by_post_id: int,
    body: Body | None = None,
) -> Body:
    """Keep a body that can be asked, and how to reach it, sealed; with ``body`` it is changed (登记外部单位).

    Raises:
        Refused: no name, the name is taken, or neither a phone number nor an e-mail address that can be one.
    """
    name = name.strip()
    if not name or len(name) > BODY_NAME_MAX:
        raise Refused("请写名称，最多 %(most)s 个字。", most=BODY_NAME_MAX)
    with transaction.atomic():
        contact_id = people.keep_contact(
            name=name[:NAME_MAX], phone=phone, email=email, at=at, area_code=area_code, is_in_use=True
        )
        if not (phone.strip() or email.strip()):
            contact_id = body.contact_id if body else None
        if contact_id is None:
            raise Refused("请写电话或邮箱。")
        if body is not None and body.contact_id not in {None, contact_id}:
            people.end_contact_use(contact_id=body.contact_id or 0, at=at)
        row = body or Body(area_code=area_code, created_at=at)
        row.name, row.name_bo, row.name_en = name, name_bo.strip()[:160], name_en.strip()[:160]
        row.language, row.contact_id = language, contact_id
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as fault:
            raise Refused("已经有一个同名的外部单位。") from fault
        audit.record(stage="outside", verb="keep_body", subject=str(row), at=at, by_post_id=by_post_id)
    return row


def close_body(*, body: Body, reason: str, at: datetime, by_post_id: int) -> None:
    """Ask a body no more; what was asked already stays, its contact is erased when its time is over (停用外部单位).

    Raises:
        Refused: it is closed already.
    """
    with transaction.atomic():
        if not Body.objects.filter(pk=body.pk, is_active=True).update(is_active=False):
            raise Refused("这个外部单位已经停用。")
        people.end_contact_use(contact_id=body.contact_id or 0, at=at)
        audit.record(stage="outside", verb="close_body", subject=str(body), at=at, by_post_id=by_post_id, reason=reason)


def ask(*, case: Case, post: Post, body: Body, words: str, place: str, due_at: datetime, at: datetime) -> Asked:
    """Ask an outside body to help with a case by a link of its own, until a time of its own (请外部单位).

    Raises:
        Refused: nothing is asked, something personal stands in it, the time has passed or is too far, the body is
            closed, or it is asked already.
    """
    words, place = _unpersonal(words, most=WORDS_MAX), _unpersonal(place, most=PLACE_MAX)
    _check_due(due_at, at=at)
    if not body.is_active:
        raise Refused("这个外部单位已经停用。")
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = Asked.objects.create(
                    case=case,
                    body=body,
                    words=words,
                    place=place,
                    asked_at=at,
                    asked_by_post_id=post.pk,
                    asked_by_unit_id=post.unit_id,
                    due_at=due_at,
                    next_reminder_at=next_reminder_at(asked_at=at, due_at=due_at, reminded_count=0),
                )
        except IntegrityError as fault:
            raise Refused("已经请过%(body)s，正在等它答复。", body=body.name) from fault
        _move(row, "ask_outside", post=post, at=at, words=words, due_at=_iso(due_at))
    return row


def resend(*, asked: Asked, post: Post, is_new_link: bool, at: datetime) -> Asked:
    """Send the link once more; a new one makes the former dead, and stands in for a revoked one (重发链接).

    Raises:
        Refused: too many links were made.
    """
    is_new_link = is_new_link or asked.revoked_at is not None
    if is_new_link and asked.serial >= SERIAL_MAX:
        raise Refused("换过太多次链接了，请不再等它，重新请一次。")
    with transaction.atomic():
        _set(asked, serial=asked.serial + is_new_link, revoked_at=None)
        _move(asked, "resend_outside", post=post, at=at, is_new_link=is_new_link)
    return asked


def extend(*, asked: Asked, post: Post, due_at: datetime, reason: str, at: datetime) -> Asked:
    """Give a body more time; its reminders begin again (延长答复期限).

    Raises:
        Refused: the new time is not after the old one, or too far away.
    """
    _check_due(due_at, at=at)
    if due_at <= asked.due_at:
        raise Refused("新的期限要晚于原来的期限。")
    with transaction.atomic():
        before = asked.due_at
        _set(
            asked,
            due_at=due_at,
            reminded_count=0,
            next_reminder_at=next_reminder_at(asked_at=at, due_at=due_at, reminded_count=0),
        )
        _move(asked, "extend_outside", post=post, at=at, reason=reason, due_at=_iso(due_at), before=_iso(before))
    return asked


def revoke(*, asked: Asked, post: Post, reason: str, at: datetime) -> Asked:
    """Make a link dead at once; the case still waits until another link is sent or it is released (作废链接).

    Raises:
        Refused: it is dead already.
    """
    if asked.revoked_at is not None:
        raise Refused("这个链接已经作废。")
    with transaction.atomic():
        _set(asked, revoked_at=at)
        _move(asked, "revoke_outside", post=post, at=at, reason=reason)
    return asked


def release(*, asked: Asked, post: Post, reason: str, at: datetime) -> Asked:
    """Wait for a body no longer, so that a silent one does not hold the case (不再等外部单位)."""
    with transaction.atomic():
        _end(asked, state=AskedState.RELEASED, at=at)
        _move(asked, "release_outside", post=post, at=at, reason=reason)
    return asked


def accept(*, asked: Asked, at: datetime) -> Asked:
    """Take the body's word that it will do it; a late one still may (外部单位接下).

    Raises:
        Overtaken: it was answered, or is waited for no longer.
    """
    if asked.state != AskedState.ASKED:
        raise Overtaken(OVERTAKEN)
    with transaction.atomic():
        _set(asked, state=AskedState.ACCEPTED.value, accepted_at=at)
        _answer(asked, "accept_outside", at=at)
    return asked


def decline(*, asked: Asked, reason: str, at: datetime) -> Asked:
    """Take the body's word that it will not, and why; the desk sees it at once (外部单位不接)."""
    reason = _said(reason)
    with transaction.atomic():
        _end(asked, state=AskedState.DECLINED, at=at, answer=reason)
        _answer(asked, "decline_outside", at=at, reason=reason)
    return asked


def finish(*, asked: Asked, words: str, at: datetime, photo_ids: Sequence[UUID] = ()) -> Asked:
    """Take the body's word that it is done, with what it did; finishing the case stays with the desk (外部单位办好)."""
    words = _said(words)
    with transaction.atomic():
        _end(asked, state=AskedState.DONE, at=at, answer=words)
        _answer(asked, "finish_outside", at=at, words=words, photos=[str(photo) for photo in photo_ids])
    return asked


def remind_due(*, at: datetime, within: Q = EVERYWHERE) -> int:
    """Remind every body whose next reminder is due, and say when one is silent; return how many (提醒外部单位).

    ``within`` is a condition on what was asked, for a clock that looks after a part only.
    """
    due = Asked.objects.select_for_update(skip_locked=True, of=("self",)).select_related("case", "body")
    waiting = due.filter(within, next_reminder_at__lte=at).order_by("next_reminder_at", "pk")
    return one_by_one(waiting, partial(_remind, at=at), duty="outside.remind_due")


def end_asked(*, case: Case, at: datetime) -> None:
    """Wait for nobody any more, because the case is finished or ends (随案结束)."""
    Asked.objects.filter(case=case, ended_at__isnull=True).update(
        state=AskedState.RELEASED.value, ended_at=at, next_reminder_at=None
    )


def _remind(asked: Asked, *, at: datetime) -> None:
    count = asked.reminded_count
    # A clock that stood still reminds once, not once for every moment missed.
    while (
        later := next_reminder_at(asked_at=asked.asked_at, due_at=asked.due_at, reminded_count=count + 1)
    ) is not None and later <= at:
        count += 1
    _set(asked, reminded_count=count + 1, next_reminder_at=later)
    is_late = asked.due_at <= at
    cases.move(
        case=asked.case,
        name="remind_outside",
        role=Role.SYSTEM,
        post=None,
        at=at,
        known=CLOCK,
        detail=_named(asked) | {"is_late": is_late, "count": count + 1, "due_at": _iso(asked.due_at)},
    )


def _answer(asked: Asked, name: str, *, at: datetime, reason: str = "", **detail: Any) -> Event:
    return cases.move(
        case=asked.case,
        name=name,
        role=Role.OUTSIDE,
        post=None,
        at=at,
        known=LINK,
        reason=reason,
        detail=_named(asked) | detail,
    )


def _move(asked: Asked, name: str, *, post: Post, at: datetime, reason: str = "", **detail: Any) -> Event:
    return cases.move(
        case=asked.case,
        name=name,
        role=Role(post.role),
        post=post,
        at=at,
        reason=reason,
        detail=_named(asked) | detail,
    )


def _named(asked: Asked) -> dict[str, Any]:
    return {"asked": asked.pk, "to_name": asked.body.name, "by_unit": asked.asked_by_unit_id}


def _end(asked: Asked, *, state: AskedState, at: datetime, answer: str = "") -> None:
    _set(asked, state=state.value, ended_at=at, next_reminder_at=None, answer=answer)


def _set(asked: Asked, **columns: Any) -> None:
    """Change what was asked if it is still as it was read.

    Raises:
        Overtaken: it was answered, ended or changed meanwhile.
    """
    read = Asked.objects.filter(
        pk=asked.pk, state=asked.state, serial=asked.serial, due_at=asked.due_at, revoked_at=asked.revoked_at
    )
    if asked.state not in {state.value for state in OPEN} or not read.update(**columns):
        raise Overtaken(OVERTAKEN)
    for name, value in columns.items():
        setattr(asked, name, value)


def _check_due(due_at: datetime, *, at: datetime) -> None:
    if due_at <= at:
        raise Refused("期限应在现在之后。")
    if due_at > at + timedelta(days=DAYS_MAX):
        raise Refused("期限太远：最多 %(most)s 天。", most=DAYS_MAX)


def _unpersonal(words: str, *, most: int) -> str:
    words = _said(words, most=most)
    if guard(words):
        raise Refused("给外部单位看的话里不要写身份证号和电话号码。")
    return words


def _said(words: str, *, most: int = WORDS_MAX) -> str:
    words = words.strip()
    if not words:
        raise Refused("请写下内容。")
    if len(words) > most:
        raise Refused("内容太长：最多 %(most)s 个字。", most=most)
    return words


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def forget_words(*, case_ids: Sequence[int]) -> None:
    """Erase what bodies were asked about these cases, where, and what they answered (归档)."""
    Asked.objects.filter(case__in=case_ids).update(words="", place="", answer="")
