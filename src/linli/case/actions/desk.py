"""Verbs of the desks and of the reporter: take, hand on, correct, refuse, merge, add, withdraw."""

from contextlib import nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linli.case.actions.clock import let_off, locked, run_anew
from linli.case.actions.ending import end
from linli.case.actions.moving import move
from linli.case.actions.raising import raise_if_stuck
from linli.case.actions.watching import clear
from linli.case.deadlines import limit_for, table_named
from linli.case.models import Case, Event, Supervision
from linli.case.refusals import RefusalRoute
from linli.case.replies import replies
from linli.case.rules import CloseReason, Deadline
from linli.case.states import Relation
from linli.intake.rules import TEXT_MAX, Kind
from linli.place import queries as place
from linli.place.rules import Datum, to_cgcs2000
from linli.routing import queries as routing
from linli.shared.hints import hint
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.shared.urgency import Urgency
from linli.staff import queries as staff
from linli.staff.holding import keep_in_use
from linli.staff.models import Post
from linli.text import queries as text


def take(*, case: Case, post: Post, at: datetime) -> Event:
    """Sign for a case and begin (签收)."""
    # Where nothing is supervised, the move alone is the transaction: it is one statement, and reads no case anew.
    with transaction.atomic() if case.supervision_level else nullcontext():
        event = move(
            case=case, name="take", role=Role(post.role), post=post, at=at, dispatched_at=case.dispatched_at or at
        )
        clear(case=case, deadlines=[Deadline.DISPATCH, Deadline.LEAD], at=at)
    return event


def hand_on(
    *, case: Case, post: Post, to_unit_id: int, reason: str, at: datetime, route: routing.Route | None = None
) -> Event:
    """Give a case to another body, with the reason; the elapsed time stays (派单).

    ``route`` says that the responsibility list chose it; the case keeps the rule.

    Raises:
        Refused: the body is the present owner, no longer active, or a community whose duty list denies the category.
    """
    unit = staff.unit(to_unit_id)
    if not unit.is_active or unit.pk == case.owner_id:
        raise Refused("请选择另一个在用的单位。")
    told: dict[str, Any] = {"route": route.detail()} if route else {}
    if routing.check_duty(unit, case.category_code):
        told["outside_duty"] = True
    with transaction.atomic():
        keep_in_use([unit.pk])
        event = move(
            case=case,
            name="dispatch",
            role=Role(post.role),
            post=post,
            at=at,
            reason=reason,
            detail={"to": unit.pk, "from": case.owner_id} | told,
            owner_id=unit.pk,
            **(route.columns() if route else {}),
        )
        raise_if_stuck(case=case, at=at)
    return event


def keep_route(*, case: Case, post: Post, route: routing.Route, at: datetime) -> Event:
    """Record on a case, where it is, the rule that would send it there from now on (补记规则)."""
    return move(
        case=case,
        name="note",
        role=Role(post.role),
        post=post,
        at=at,
        detail={"words": f"已记成责任清单第 {route.rule_id} 号规则。", "route": route.detail()},
        **route.columns(),
    )


def note(*, case: Case, post: Post, words: str, at: datetime) -> Event:
    """Leave a note that only desks read (内部备注)."""
    return move(
        case=case,
        name="note",
        role=Role(post.role),
        post=post,
        at=at,
        known=frozenset({Relation.CALLED}),
        detail={"words": _words(words)},
    )


def contact(*, case: Case, post: Post, words: str, at: datetime, known: frozenset[Relation] = frozenset()) -> Event:
    """Record that the resident was spoken to; the first time meets the contact deadline (联系居民)."""
    with transaction.atomic() if case.supervision_level else nullcontext():  # as in ``take``
        event = move(
            case=case,
            name="contact",
            role=Role(post.role),
            post=post,
            at=at,
            known=known,
            detail={"words": _words(words)},
            contacted_at=case.contacted_at or at,
        )
        clear(case=case, deadlines=[Deadline.CONTACT], at=at)
    return event


def correct(
    *,
    case: Case,
    post: Post,
    at: datetime,
    category_code: str | None = None,
    area_code: str | None = None,
    point: tuple[float, float, Datum] | None = None,
    address: str | None = None,
    urgency: Urgency | None = None,
    reason: str = "",
) -> Event:
    """Correct category, place or urgency; the new limit counts from the opening, pauses and extensions stay (更正).

    Raises:
        Refused: unknown category or area, or nothing to correct.
    """
    with transaction.atomic():
        columns = _corrected(
            locked(case),
            category_code=category_code,
            area_code=area_code,
            point=point,
            address=address,
            urgency=urgency,
            at=at,
        )
        before = {name: _plain(getattr(case, name)) for name in columns}
        after = {name: _plain(value) for name, value in columns.items()}
        event = move(
            case=case,
            name="correct",
            role=Role(post.role),
            post=post,
            at=at,
            reason=reason,
            detail={"before": before, "after": after} | _beyond_duty(case, after),
            **columns,
        )
        let_off(case, at=at)
    return event


def refuse(*, case: Case, post: Post, route: str, reason: str, at: datetime) -> Event:
    """Do not accept a case, in one of the six ways, with the reply the resident reads in their language (不予受理).

    Words of one's own stand beside the reply of the way in the other languages.

    Raises:
        Refused: the route is none of the six.
    """
    if route not in set(RefusalRoute):
        raise Refused("请选择不予受理的情形。")
    reply = replies()[RefusalRoute(route)]
    words = reason.strip() or reply.text("zh-hans")
    return end(
        case=case,
        name="refuse",
        reason=CloseReason.REFUSED,
        at=at,
        words=words,
        role=Role(post.role),
        post=post,
        detail={
            "route": route,
            "words": words,
            "replies": {language: reply.text(language) for language in ("bo", "en")},
            "reply_version": reply.version,
            "is_own": words != reply.text("zh-hans"),
        },
        refusal_route=route,
    )


def add_words(
    *, case: Case, text_added: str, at: datetime, photo_ids: tuple[UUID, ...] = (), appeal_id: int | None = None
) -> Event:
    """Add what a reporter has to say later, from the follow link; the appeal says whose words they are (补充)."""
    detail = {"words": _words(text_added), "photos": [str(photo) for photo in photo_ids]}
    return move(
        case=case,
        name="add",
        role=Role.RESIDENT,
        post=None,
        at=at,
        known=frozenset({Relation.REPORTER}),
        detail=detail | {"appeal": appeal_id or case.first_appeal_id},
    )


def withdraw(*, case: Case, reason: str, at: datetime) -> Event:
    """Withdraw a case at its reporter's wish (撤回).

    Raises:
        Refused: others have reported the same and wait for it too.
    """
    if case.joined_count:
        raise Refused("还有 %(count)s 位居民也在等这件事，不能整件撤回。", count=case.joined_count)
    return end(
        case=case,
        name="withdraw",
        reason=CloseReason.WITHDRAWN,
        at=at,
        words=reason,
        role=Role.RESIDENT,
        post=None,
        known=frozenset({Relation.REPORTER}),
    )


def supervise_by_hand(*, case: Case, post: Post, level: int, words: str, at: datetime) -> Event:
    """Remind or supervise as a street or district person, beside what the clock does (催办, 督办).

    Raises:
        Refused: the level is not one of the ladder.
    """
    if level not in {1, 2, 3, 4}:
        raise Refused("请选择催办、督办、黄牌或红牌。")
    unit_id = case.lead_id or case.owner_id
    with transaction.atomic():
        event = move(
            case=case,
            name="supervise",
            role=Role(post.role),
            post=post,
            at=at,
            detail={
                "level": level,
                "words": _words(words),
                "by_hand": True,
                "unit": unit_id,
                "raised_to": case.owner_id,
            },
            supervision_level=max(case.supervision_level, level),
        )
        Supervision.objects.create(
            case=case,
            deadline=Deadline.FINISH,
            round=1000 + event.sequence,
            level=level,
            at=at,
            due_at=case.due_at,
            unit_id=unit_id,
            raised_to_id=case.owner_id,
            by_post_id=post.pk,
            words=words[:300],
        )
        hint(units=[unit_id, case.owner_id])
    return event


def _corrected(
    case: Case,
    *,
    category_code: str | None,
    area_code: str | None,
    point: tuple[float, float, Datum] | None,
    address: str | None,
    urgency: Urgency | None,
    at: datetime,
) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if category_code is not None and category_code != case.category_code:
        columns |= {"category_code": _known_category(category_code)}
    if urgency is not None and urgency != case.urgency:
        columns |= {"urgency": urgency.value}
    if columns:
        columns |= _new_limit(case, columns) | {"next_supervision_at": at}
    columns |= _new_place(case, area_code=area_code, point=point, address=address)
    if not columns:
        raise Refused("没有要更正的内容。")
    return columns


def _beyond_duty(case: Case, after: dict[str, Any]) -> dict[str, bool]:
    """The right category is never refused; where its owner is not there for it, the case has to be handed on."""
    code = after.get("category_code")
    return {"outside_duty": True} if code and routing.is_outside_duty(staff.unit(case.owner_id), code) else {}


def _known_category(code: str) -> str:
    if text.category(code) is None:
        raise Refused("没有“%(code)s”这个分类。", code=code)
    return code


def _new_limit(case: Case, columns: dict[str, Any]) -> dict[str, Any]:
    category = text.category(columns.get("category_code", case.category_code))
    if category is None:
        raise Refused("没有“%(code)s”这个分类。", code=case.category_code)
    urgency, table = Urgency(columns.get("urgency", case.urgency)), table_named(case.limit_version)
    if "category_code" not in columns:
        # A line of the category holds whatever the urgency; which of them, a desk may have chosen.
        kept = (each for each in table.choices(Deadline.FINISH, category.code) if each.rule == case.limit_rule)
        if (line := next(kept, None)) is not None:
            return run_anew(case, limit=line.limit)
    limit, rule = limit_for(
        table,
        category=category,
        kind=Kind(case.kind),
        urgency=urgency,
        words=f"{case.title} {case.first_appeal.text}",
    )
    return run_anew(case, limit=limit) | {"limit_words": str(limit), "limit_rule": rule}


def _new_place(
    case: Case, *, area_code: str | None, point: tuple[float, float, Datum] | None, address: str | None
) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if point is not None:
        found = place.locate_point(lng=point[0], lat=point[1], datum=point[2])
        lng, lat = to_cgcs2000(*point)
        columns |= {"lng": float(lng), "lat": float(lat), "is_outside": found is None}
        area_code = area_code or (found.code if found else None)
    if area_code is not None and area_code != case.area_code:
        code = place.resolve(area_code)
        if not place.exists(code):
            raise Refused("没有“%(code)s”这个区域代码。", code=area_code)
        columns |= {"area_code": code, "is_outside": False}
    if address is not None and address != case.address:
        columns["address"] = _words(address, most=300)
    return columns


def _words(words: str, *, most: int = TEXT_MAX) -> str:
    words = words.strip()
    if not words:
        raise Refused("请写下内容。")
    if len(words) > most:
        raise Refused("内容太长：最多 %(most)s 个字。", most=most)
    return words


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
