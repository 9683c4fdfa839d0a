"""Verbs of calling back: give each finished case its call-back, record each try, watch what is late (回访)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from linli.case import actions as cases
from linli.case import ties
from linli.case.deadlines import calendar, limits, rungs
from linli.case.models import Case, Event
from linli.case.rules import RUNGS
from linli.case.states import CaseState
from linli.confirm import queries
from linli.confirm.actions.answering import CLOCK, EVERYWHERE, confirm, keep, send_back
from linli.confirm.models import CallBack, CallBackTry, NoCall
from linli.confirm.rules import (
    EXCLUDED_LABELS,
    RATING_LABELS,
    TRIES_MAX,
    CallBackState,
    Excluded,
    Outcome,
    Way,
    excluded_for,
    state_after,
)
from linli.intake.models import Appeal
from linli.shared.batches import one_by_one
from linli.shared.calendar import due
from linli.shared.hints import hint
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.staff.models import Post

REMINDED_MAX = 2  # 催办 and 督办: the ladder of a call-back ends there (ours)
WORDS_MAX = 1000
WHO_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One try as the worker tells it: how, what came of it, who spoke, what was said (一次回访)."""

    way: Way
    outcome: Outcome
    spoke_with: str = ""
    words: str = ""
    is_solved: bool | None = None
    rating: int | None = None
    is_last: bool = False  # the reporter asks never to be called about this again
    appeal_id: int | None = None  # which reporter it was; needed for that wish where there are several


def ask_finished(*, at: datetime, within: Q = EVERYWHERE) -> int:
    """Give every finished case the call-back of its round; say at once which reporters are not called (派回访).

    ``within`` is a condition on cases for a clock that looks after a part of them only.
    """
    has_one = CallBack.objects.filter(case_id=OuterRef("pk"), round=OuterRef("reopened_count"))
    waiting = Case.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        within, ~Exists(has_one), state=CaseState.FINISHED.value
    )
    return one_by_one(waiting.order_by("confirm_due_at"), partial(_ask, at=at), duty="ask_finished")


def record_try(*, case: Case, post: Post, tried: Tried, at: datetime) -> CallBack:
    """Record one try to reach the reporter, and what they said (记录回访).

    Solved closes the case, whatever the rating; not solved sends it back to the same owner with all used time kept.

    Raises:
        Refused: no call-back waits, or something is missing; the sentence says what.
        Overtaken: a colleague was first.
    """
    _check(tried)
    with transaction.atomic():
        call_back = _waiting(case)
        never = _reporter(case, tried=tried) if tried.is_last else None
        number = call_back.tries + 1
        _write_down(case, post=post, tried=tried, number=number, at=at)
        CallBackTry.objects.create(
            call_back=call_back,
            number=number,
            at=at,
            way=tried.way.value,
            outcome=tried.outcome.value,
            spoke_with=tried.spoke_with.strip(),
            words=tried.words.strip(),
            by_post_id=post.pk,
        )
        call_back.tries = number
        call_back.save(update_fields=["tries"])
        if tried.outcome is Outcome.REACHED:
            _answer(case, post=post, tried=tried, at=at)
        else:
            _go_on(call_back, tried=tried, at=at)
        if never is not None:
            ask_not_to_be_called(appeal_id=never, at=at, post=post)
    hint(areas=[case.area_code], cases=[case.pk])
    return call_back


def ask_not_to_be_called(*, appeal_id: int, at: datetime, post: Post | None = None) -> None:
    """Keep a reporter's wish not to be called; a call-back that waits for nobody else ends (请勿回访).

    It holds for the case that theirs was merged into as well, and for the parts it is split into.
    """
    with transaction.atomic(), acting(EVERYTHING):
        contact_id = Appeal.objects.values_list("contact_id", flat=True).get(pk=appeal_id)
        NoCall.objects.get_or_create(
            appeal_id=appeal_id,
            defaults={"contact_id": contact_id, "at": at, "by_post_id": post.pk if post else None},
        )
        about = ties.cases_about({appeal_id, *ties.split_beside(appeal_id)})
        standing = CallBack.objects.select_for_update(of=("self",)).select_related("case")
        for call_back in standing.filter(state=CallBackState.WAITING.value, case__in=about):
            why = _why_nobody([call_back.case])[call_back.case_id]
            if why is not None:
                _exclude(call_back, why=why, at=at)


def remind_due(*, at: datetime, within: Q = EVERYWHERE) -> int:
    """Remind of call-backs that run late, at three quarters of their time and at its end (回访催办).

    ``within`` is a condition on call-backs.
    """
    late = CallBack.objects.select_for_update(skip_locked=True, of=("self",)).select_related("case")
    waiting = late.filter(within, next_reminder_at__lte=at).order_by("next_reminder_at")
    return one_by_one(waiting, partial(_remind, at=at), duty="remind_due")


def _ask(case: Case, *, at: datetime) -> None:
    why = _why_nobody([case])[case.pk]
    _begun(case, why=why, at=at).save(force_insert=True)
    if why is not None:
        _say_excluded(case, why=why, at=at)
    hint(areas=[case.area_code])


def _begun(case: Case, *, why: Excluded | None, at: datetime) -> CallBack:
    due_at = case.confirm_due_at or due(calendar=calendar(), start=case.finished_at or at, limit=limits().call_back)
    state = CallBackState.EXCLUDED if why else CallBackState.WAITING
    return CallBack(
        case=case,
        round=case.reopened_count,
        area_code=case.area_code,
        state=state.value,
        excluded_for=why.value if why else "",
        created_at=at,
        due_at=due_at,
        ended_at=at if why else None,
        next_reminder_at=None if why else _reminders(at, due_at)[0][1],
    )


def _why_nobody(batch: Sequence[Case]) -> Mapping[int, Excluded | None]:
    """Return for each case why none of its reporters is called, nothing when one of them is."""
    found: dict[int, list[bool]] = {case.pk: [] for case in batch}
    appeals = ties.reporters_among(batch)
    ids = [appeal for _case, appeal in appeals]
    with acting(EVERYTHING):
        reachable = set(Appeal.objects.filter(pk__in=ids, contact__isnull=False).values_list("pk", flat=True))
    unwilling = queries.unwilling_among(ids)
    for case_id, appeal_id in appeals:
        if appeal_id in reachable or appeal_id in unwilling:
            found[case_id].append(appeal_id in reachable - unwilling)
    return {case_id: excluded_for(each) for case_id, each in found.items()}


def _say_excluded(case: Case, *, why: Excluded, at: datetime) -> Event:
    detail = {"excluded": why.value}
    return cases.move(case=case, name="call_back", role=Role.SYSTEM, post=None, at=at, known=CLOCK, detail=detail)


def _exclude(call_back: CallBack, *, why: Excluded, at: datetime) -> None:
    _set(call_back, state=CallBackState.EXCLUDED, at=at, excluded_for=why.value)
    _say_excluded(call_back.case, why=why, at=at)


def _check(tried: Tried) -> None:
    if tried.way not in {Way.PHONE, Way.DOORSTEP}:
        raise Refused("请选择电话或上门。")
    if len(tried.words.strip()) > WORDS_MAX or len(tried.spoke_with.strip()) > WHO_MAX:
        raise Refused("内容太长：最多 %(most)s 个字。", most=WORDS_MAX)
    if tried.way is Way.DOORSTEP and tried.outcome is not Outcome.NOT_REACHED and not tried.spoke_with.strip():
        raise Refused("上门回访要写明见到了谁。")
    if tried.outcome is not Outcome.REACHED:
        return
    if tried.is_solved is None:
        raise Refused("请选择办好了还是没办好。")
    if tried.rating is not None and tried.rating not in RATING_LABELS:
        raise Refused("请选择一个满意程度。")
    if not tried.is_solved and not tried.words.strip():
        raise Refused("请写明居民说哪里没有办好。")


def _waiting(case: Case) -> CallBack:
    call_back = CallBack.objects.select_for_update().filter(case=case, round=case.reopened_count).first()
    if call_back is None:
        raise Refused("这件事现在不用回访。")
    call_back.case = case
    if call_back.state == CallBackState.WAITING:
        return call_back
    if call_back.state == CallBackState.EXCLUDED:
        raise Refused("不用回访：%(why)s。", why=EXCLUDED_LABELS[Excluded(call_back.excluded_for)])
    raise Overtaken("这次回访已经有结果了，请刷新后再看。")


def _write_down(case: Case, *, post: Post, tried: Tried, number: int, at: datetime) -> Event:
    """Leave the try in the story of the case."""
    said: dict[str, Any] = {"way": tried.way.value, "outcome": tried.outcome.value, "number": number}
    said |= {"spoke_with": tried.spoke_with.strip(), "words": tried.words.strip()}
    if tried.is_last:
        said |= {"last": True}
    if tried.outcome is Outcome.REACHED:
        said |= {"solved": tried.is_solved, "rating": tried.rating}
    # A good word on a case that has lapsed is kept with it; everything else its own move keeps.
    late: dict[str, Any] = {} if case.is_open or not tried.is_solved else {"is_solved": True, "rating": tried.rating}
    return cases.move(case=case, name="call_back", role=Role(post.role), post=post, at=at, detail=said, **late)


def _answer(case: Case, *, post: Post, tried: Tried, at: datetime) -> None:
    given: dict[str, Any] = {"case": case, "post": post, "at": at, "way": tried.way, "reason": tried.words.strip()}
    if not tried.is_solved:
        send_back(rating=tried.rating, **given)
    elif case.is_open:
        confirm(rating=tried.rating, **given)
    else:
        keep(case, at=at, is_solved=True, rating=tried.rating, reason=tried.words.strip(), post=post, way=tried.way)


def _go_on(call_back: CallBack, *, tried: Tried, at: datetime) -> None:
    """End what waits for no further try. Whoever will hear no more ends it by that wish, unless others may be asked."""
    state = state_after(outcome=tried.outcome, tries=call_back.tries)
    if tried.is_last and tried.outcome is Outcome.REFUSED:
        is_alone = len(queries.callable_appeals(call_back.case)) <= 1
        state = CallBackState.DECLINED if call_back.tries >= TRIES_MAX and not is_alone else CallBackState.WAITING
    if state is not CallBackState.WAITING:
        _set(call_back, state=state, at=at, way=tried.way.value)


def _reporter(case: Case, *, tried: Tried) -> int:
    """Return the reporter who asked never to be called again; a neighbour who asked nothing is still told.

    Raises:
        Refused: there are several, and none of them is named.
    """
    callable_ids = [appeal.pk for appeal in queries.callable_appeals(case)]
    if tried.appeal_id is None and len(callable_ids) <= 1:
        return callable_ids[0] if callable_ids else case.first_appeal_id
    if tried.appeal_id not in callable_ids:
        raise Refused("请选择是哪一位反映人说以后不用再联系。")
    return tried.appeal_id


def _set(call_back: CallBack, *, state: CallBackState, at: datetime, **columns: Any) -> None:
    changed = {"state": state.value, "ended_at": at, "next_reminder_at": None} | columns
    CallBack.objects.filter(pk=call_back.pk).update(**changed)
    for name, value in changed.items():
        setattr(call_back, name, value)


def _reminders(start: datetime, due_at: datetime) -> list[tuple[int, datetime]]:
    return rungs(start=start, due_at=due_at, kind=limits().call_back.kind, level_max=REMINDED_MAX)


def _remind(call_back: CallBack, *, at: datetime) -> None:
    case = call_back.case
    if call_back.round != case.reopened_count or case.state not in {CaseState.FINISHED, CaseState.CLOSED}:
        _set(call_back, state=CallBackState.DROPPED, at=at)
        return
    moments = _reminders(call_back.created_at, call_back.due_at)
    reached = max((level for level, moment in moments if moment <= at), default=call_back.reminded_level)
    if reached > call_back.reminded_level:
        detail = {"level": reached, "label": RUNGS[reached].label, "due_at": call_back.due_at.isoformat()}
        cases.move(case=case, name="call_back", role=Role.SYSTEM, post=None, at=at, known=CLOCK, detail=detail)
        hint(areas=[case.area_code], cases=[case.pk])
    call_back.reminded_level = max(reached, call_back.reminded_level)
    call_back.next_reminder_at = min((moment for _level, moment in moments if moment > at), default=None)
    call_back.area_code = case.area_code
    call_back.save(update_fields=["reminded_level", "next_reminder_at", "area_code"])
