"""Split a case into parts with owners of their own, or link a case to the larger one it belongs to (拆分, 关联)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from linli.case import tables
from linli.case.actions.clock import stood_of
from linli.case.actions.moving import move
from linli.case.actions.opening import JOBS, SEQUENCES
from linli.case.actions.planning import Plan, planned
from linli.case.actions.rows import FIXED, Row, job_row, rows_of
from linli.case.deadlines import Stood, calendar, deadlines_for, reckon
from linli.case.models import Case, Event, Pause, Tie
from linli.case.rules import PauseReason
from linli.case.states import CaseState
from linli.intake.rules import TEXT_MAX, Channel, Kind, Received
from linli.place.rules import Datum
from linli.routing import queries as routing
from linli.routing.rules import RoutedBy
from linli.shared.hints import hint
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.shared.urgency import Urgency
from linli.staff import queries as staff
from linli.staff.models import Post

PARTS_MAX = 10


@dataclass(frozen=True, slots=True)
class Part:
    """What is split off: what it is about, under which category, and who answers for it."""

    words: str
    category_code: str
    owner_id: int


@dataclass(frozen=True, slots=True)
class _Planned:
    """A part decided on, and since when its clock would have run without a pause."""

    plan: Plan
    since: datetime


def split(*, case: Case, post: Post, parts: Sequence[Part], reason: str, at: datetime) -> list[Case]:
    """Split a case: each part is a case of its own, its clock counted from when the whole began (拆分).

    The reporter of the whole follows every part. The whole cannot be finished before them, unless its unit says why.

    Raises:
        Refused: no part or too many, one without words, owner or known category, or the case is itself a part.
    """
    if not 1 <= len(parts) <= PARTS_MAX:
        raise Refused("请写下要拆成哪几件，一次最多 %(most)s 件。", most=PARTS_MAX)
    _check_is_whole(case)
    plans = [_plan(case, part, post=post, at=at) for part in parts]
    with transaction.atomic():
        ids = tables.next_ids(*SEQUENCES, count=len(plans))
        children = [_write(case, plan, *one[:2], at=at) for plan, one in zip(plans, ids, strict=True)]
        named = "、".join(
            f"{child['number']}（{plan.plan.route.unit.name}）" for child, plan in zip(children, plans, strict=True)
        )
        move(
            case=case,
            name="split",
            role=Role(post.role),
            post=post,
            at=at,
            reason=reason,
            detail={"words": named, "numbers": [child["number"] for child in children]},
        )
        Tie.objects.bulk_create(
            Tie(parent=case, child_id=child["id"], is_split=True, at=at, by_post_id=post.pk) for child in children
        )
        tables.insert_together({JOBS: job_row([child["id"] for child in children])})
        hint(areas=[case.area_code], units={plan.plan.route.unit.pk for plan in plans})
    with acting(EVERYTHING):
        return list(Case.objects.filter(pk__in=[child["id"] for child in children]).order_by("pk"))


def link(*, case: Case, child: Case, post: Post, reason: str, at: datetime) -> Event:
    """Link an open case to the larger one it belongs to; each keeps its owner and clock (关联下级事项).

    Raises:
        Refused: the same case, one that is over, one that belongs to another already, or has parts of its own.
    """
    if child.pk == case.pk or not child.is_open:
        raise Refused("只能关联另一件还在办理的事项。")
    _check_is_whole(case)
    _check_is_free(child)
    with transaction.atomic():
        event = move(
            case=case,
            name="link",
            role=Role(post.role),
            post=post,
            at=at,
            reason=reason,
            detail={"number": child.number, "case": child.pk},
        )
        Tie.objects.create(parent=case, child=child, is_split=False, at=at, by_post_id=post.pk)
        hint(cases=[child.pk], units=[child.owner_id])
    return event


def _check_is_whole(case: Case) -> None:
    with acting(EVERYTHING):
        tie = Tie.objects.select_related("parent").filter(child=case).first()
    if tie is not None:
        raise Refused("这一件已经是 %(number)s 的下级事项，不能再往下分。", number=tie.parent.number)


def _check_is_free(child: Case) -> None:
    with acting(EVERYTHING):
        if Tie.objects.filter(child=child).exists():
            raise Refused("%(number)s 已经有上级事项了。", number=child.number)
        if Tie.objects.filter(parent=child).exists():
            raise Refused("%(number)s 自己有下级事项，不能再归到别的事项下面。", number=child.number)


def _plan(case: Case, part: Part, *, post: Post, at: datetime) -> "_Planned":
    """Decide about a part as about an appeal at the place of the whole, but with owner and clock as given."""
    unit = staff.unit(part.owner_id)
    if not unit.is_active:
        raise Refused("请选择另一个在用的单位。")
    routing.check_duty(unit, part.category_code)
    words = part.words.strip()
    if not words or len(words) > TEXT_MAX:
        raise Refused("每一件都要写明办什么，最多 %(most)s 个字。", most=TEXT_MAX)
    asked = planned(_received(case, words, part=part, post=post), at=at)
    clock = deadlines_for(
        category=asked.category,
        kind=Kind(case.kind),
        urgency=Urgency(case.urgency),
        can_be_reached=False,
        start=case.opened_at,
    )
    reckoned = reckon(days=calendar(), start=case.opened_at, limit=clock.limit, changes=_stood(case, at=at))
    signing = asked.deadlines
    clock = replace(
        clock,
        dispatch_due_at=signing.dispatch_due_at,
        dispatch_limit=signing.dispatch_limit,
        due_at=reckoned.due_at,
    )
    # A desk's choice is no rule's: the rule is named only where it names the same unit.
    is_by_rule = asked.route.unit.pk == unit.pk
    route = asked.route if is_by_rule else routing.Route(unit, RoutedBy.PLACE)
    part_plan = replace(asked, route=route, state=CaseState.DISPATCHED, deadlines=clock, first_rung_at=at)
    return _Planned(part_plan, reckoned.since)


def _stood(case: Case, *, at: datetime) -> list[Stood]:
    """Return the times the clock of the whole stood still until now; they count for its parts as well."""
    return [replace(stood, resumed_at=min(stood.resumed_at, at)) for stood in stood_of(case) if stood.paused_at < at]


def _received(case: Case, words: str, *, part: Part, post: Post) -> Received:
    first = case.first_appeal
    return Received(
        channel=Channel(first.channel),
        kind=Kind(case.kind),
        text=words,
        area_code=case.area_code,
        lng=case.lng,
        lat=case.lat,
        datum=Datum.CGCS2000,
        address=case.address,
        category_code=part.category_code,
        urgency=Urgency(case.urgency),
        is_anonymous=first.is_anonymous,
        is_confidential=first.is_confidential,
        language=first.language,
        by_post_id=post.pk,
    )


def _write(case: Case, planned_part: "_Planned", appeal_id: int, case_id: int, *, at: datetime) -> Row:
    """Write appeal, case and first event of a part; reporter, beginning and pauses are those of the whole."""
    contact_id = case.first_appeal.contact_id
    rows = rows_of(planned_part.plan, appeal_id=appeal_id, case_id=case_id, contact_id=contact_id, at=at)
    rows["case_case"] |= {
        "first_receiver_id": case.first_receiver_id,
        "opened_at": case.opened_at,
        "due_since_at": planned_part.since,
        "contacted_at": case.contacted_at,
        "contact_due_at": case.contact_due_at,
        "contact_limit_words": case.contact_limit_words,
        "dispatch_since_at": at,
    }
    with acting(EVERYTHING):
        tables.insert_together(rows, fixed=FIXED)
        Pause.objects.bulk_create(_pause(case_id, stood) for stood in _stood(case, at=at))
    return rows["case_case"]


def _pause(case_id: int, stood: Stood) -> Pause:
    until = stood.resumed_at if stood.why is PauseReason.SUSPENDED else None
    return Pause(
        case_id=case_id,
        why=stood.why.value,
        paused_at=stood.paused_at,
        resumed_at=stood.resumed_at,
        resume_due_at=until,
    )
