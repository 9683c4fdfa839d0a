"""“Not ours”: a unit says so, the desk above rules with the precedents before it; final after one review (裁定)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from linli.case import actions as cases
from linli.case.deadlines import calendar, first_rung, limits
from linli.case.models import Case
from linli.case.rules import Deadline
from linli.case.states import CaseState, Relation
from linli.routing import queries as routing
from linli.shared.batches import one_by_one
from linli.shared.calendar import due
from linli.shared.hints import hint
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.holding import keep_in_use
from linli.staff.models import Post, Unit
from linli.whistle import queries as calls
from linli.whistle.actions.blowing import call_units
from linli.whistle.actions.reckoning import ruling_clock
from linli.whistle.models import Called, Dispute, Ruling
from linli.whistle.states import TO_RULE, CalledState, DisputeState, RulingOutcome, WhistleKind

STREET_DIGITS = 9
EVERYWHERE = Q()
STANDING = [state.value for state in TO_RULE]


def ask_for_ruling(called: Called, *, post: Post, words: str, was_lead: bool, at: datetime) -> Dispute:
    """Put a unit's “not ours” before the desk above its caller; inside the transaction of the answer (提请裁定)."""
    due_at = _due_at(at)
    judge = _judge(staff.unit(called.whistle.blown_by_unit_id))
    dispute = Dispute.objects.create(
        case=called.case,
        called=called,
        unit_id=called.unit_id,
        judge=judge,
        was_lead=was_lead,
        state=DisputeState.ASKED.value,
        asked_at=at,
        asked_by_post_id=post.pk,
        words=words,
        since_at=at,
        due_at=due_at,
        next_supervision_at=first_rung([(at, due_at, limits().return_within.kind)]),
    )
    hint(units=[judge.pk])
    return dispute


def rule(
    *, dispute: Dispute, post: Post, outcome: RulingOutcome, words: str, at: datetime, to_unit_id: int | None = None
) -> Ruling:
    """Rule whose a case is; the unit it falls to is called and cannot decline any more (裁定).

    The first ruling may be reviewed once; the review is final.

    Raises:
        Refused: not the desk above, no reason, a unit that cannot be called, or a community whose duty list denies
            the category.
        Overtaken: it was ruled already.
    """
    _check_judge(dispute, post=post)
    case, round_ = dispute.case, 2 if dispute.state == DisputeState.REVIEW else 1
    if outcome == RulingOutcome.ITS_OWN:
        to_unit_id = dispute.unit_id
    unit = _callable(dispute, to_unit_id) if to_unit_id else None
    with transaction.atomic():
        # Who stands called and who leads is read when nobody else can change it: a blow may come at the same moment.
        cases.held(case, name="rule")
        keep_in_use([unit.pk] if unit else [])
        freed_id = _freed(dispute, to_unit_id=to_unit_id) if round_ == 2 else None
        calls_one = unit is not None and not _stands(case, unit)
        has_lead = case.lead_id is not None and case.lead_id != freed_id
        leads = calls_one and dispute.was_lead and not has_lead
        lead_id = to_unit_id if leads else case.lead_id if has_lead else None
        cases.move(
            case=case,
            name="rule",
            role=Role(post.role),
            post=post,
            at=at,
            reason=words,
            target=_state_after(case, calls_one=calls_one, freed_id=freed_id),
            detail={
                "unit": dispute.unit_id,
                "outcome": outcome.value,
                "to": to_unit_id,
                "round": round_,
                "lead": lead_id,
                **({"outside_duty": True} if unit and routing.check_duty(unit, case.category_code) else {}),
            },
            lead_id=lead_id,
        )
        _ruled(dispute, round_=round_, at=at)
        ruling = _keep(dispute, post=post, outcome=outcome, to_unit_id=to_unit_id, words=words, round_=round_, at=at)
        _let_go(dispute, unit_id=freed_id, at=at)
        if unit is not None:
            _call(dispute, unit, is_lead=leads, at=at)
        hint(units=parties_of(dispute))
    return ruling


def ask_review(*, dispute: Dispute, post: Post, reason: str, at: datetime) -> Dispute:
    """Ask the district to look once more at a ruling; it is followed meanwhile (申请复核).

    Raises:
        Refused: no reason, a party that is not concerned, or the time for it has passed.
        Overtaken: the review was asked for already.
    """
    if post.unit_id not in parties_of(dispute):
        raise Refused("只有吹哨单位和被裁定的单位可以申请复核。")
    if dispute.state != DisputeState.RULED:
        raise Overtaken("这项裁定现在不能申请复核；复核只有一次。")
    if dispute.review_until is not None and at > dispute.review_until:
        raise Refused("申请复核的期限已过，裁定已经生效。")
    due_at = _due_at(at)
    with transaction.atomic():
        cases.move(
            case=dispute.case,
            name="ask_review",
            role=Role(post.role),
            post=post,
            at=at,
            known=frozenset({Relation.CALLED}),
            reason=reason,
            detail={"unit": dispute.unit_id},
        )
        _change(
            dispute,
            state=DisputeState.REVIEW.value,
            judge_id=staff.district_unit().pk,
            since_at=at,
            due_at=due_at,
            next_supervision_at=first_rung([(at, due_at, limits().return_within.kind)]),
        )
        hint(units=[dispute.judge_id])
    return dispute


def parties_of(dispute: Dispute) -> set[int]:
    """Return the units that a ruling concerns: who said it is not theirs, who called, to whom it was given."""
    given = dispute.rulings.exclude(to_unit_id=None).values_list("to_unit_id", flat=True)
    return {dispute.unit_id, dispute.called.whistle.blown_by_unit_id, *given}


def end_disputes(*, case: Case, at: datetime) -> None:
    """Leave unruled what no longer matters, because the case is over; its judge is told at once."""
    standing = Dispute.objects.filter(case=case, state__in=STANDING)
    judges = list(standing.values_list("judge_id", flat=True))
    if judges:
        standing.update(state=DisputeState.MOOT.value, next_supervision_at=None)
        cases.clear(case=case, deadlines=[Deadline.RULING], at=at)
        hint(units=judges)


def supervise_disputes(*, at: datetime, within: Q = EVERYWHERE) -> int:
    """Let every ruling that is late climb against the desk that owes it; ``within`` is a condition on disputes."""

    def climb(dispute: Dispute) -> None:
        Dispute.objects.filter(pk=dispute.pk).update(next_supervision_at=_climb(dispute, at=at))

    locked = Dispute.objects.select_for_update(skip_locked=True, of=("self", "case")).select_related("case")
    late = locked.filter(within, next_supervision_at__lte=at).order_by("next_supervision_at")
    return one_by_one(late, climb, duty="supervise_disputes")


def _climb(dispute: Dispute, *, at: datetime) -> datetime | None:
    if dispute.state not in STANDING or not dispute.case.is_open:
        return None
    return cases.climb(
        case=dispute.case,
        deadline=Deadline.RULING,
        unit_id=dispute.judge_id,
        start=ruling_clock(dispute, stood=cases.stood_of(dispute.case)).since,
        due_at=dispute.due_at,
        kind=limits().return_within.kind,
        at=at,
        called_id=dispute.called_id,
        turn=int(dispute.state == DisputeState.REVIEW),
    )


def _judge(caller: Unit) -> Unit:
    """The desk above: the street for its communities, the district for everybody else."""
    if caller.kind == "COMMUNITY":
        return staff.unit_for_area(caller.area_code[:STREET_DIGITS])
    return staff.district_unit()


def _due_at(at: datetime) -> datetime:
    return due(calendar=calendar(), start=at, limit=limits().return_within)


def _check_judge(dispute: Dispute, *, post: Post) -> None:
    if dispute.state not in STANDING:
        raise Overtaken("这件事已经裁定过了，请刷新后再看。")
    if post.unit_id != dispute.judge_id and post.role != Role.DISTRICT:
        raise Refused("这件事由%(unit)s裁定。", unit=staff.unit(dispute.judge_id).name)


def _callable(dispute: Dispute, unit_id: int) -> Unit:
    unit = staff.unit(unit_id)
    if not unit.is_active or unit.pk == dispute.called.whistle.blown_by_unit_id:
        raise Refused("不能裁定给%(unit)s。", unit=unit.name)
    return unit


def _stands(case: Case, unit: Unit) -> bool:
    return Called.objects.filter(case=case, unit=unit, ended_at__isnull=True).exists()


def _state_after(case: Case, *, calls_one: bool, freed_id: int | None) -> CaseState | None:
    """A unit called to a case that waits for nobody else is waited for; where nobody is called, its owner works."""
    if calls.stand_beside(case, leaving_unit_id=freed_id or 0):
        return CaseState.WHISTLED if calls_one and case.state == CaseState.DISPATCHED else None
    return CaseState.WHISTLED if calls_one else CaseState.HANDLING if case.state == CaseState.WHISTLED else None


def _keep(
    dispute: Dispute,
    *,
    post: Post,
    outcome: RulingOutcome,
    to_unit_id: int | None,
    words: str,
    round_: int,
    at: datetime,
) -> Ruling:
    case = dispute.case
    return Ruling.objects.create(
        dispute=dispute,
        case=case,
        round=round_,
        at=at,
        by_post_id=post.pk,
        by_unit_id=post.unit_id,
        unit_id=dispute.unit_id,
        outcome=outcome.value,
        to_unit_id=to_unit_id,
        words=words,
        category_code=case.category_code,
        area_code=case.area_code,
    )


def _call(dispute: Dispute, unit: Unit, *, is_lead: bool, at: datetime) -> None:
    """Call the unit the case falls to, if it does not stand there already; either way it cannot decline."""
    case, whistle = dispute.case, dispute.called.whistle
    if not _stands(case, unit):
        limit = calls.report_in_limit(case, kind=WhistleKind(whistle.kind), at=at)
        due_at = due(calendar=calendar(), start=at, limit=limit)
        call_units(whistle, units=[unit], lead_id=unit.pk if is_lead else None, due_at=due_at, limit=limit, at=at)
    Called.objects.filter(case=case, unit=unit, ended_at__isnull=True).update(is_ruled=True)
    hint(units=[unit.pk])


def _ruled(dispute: Dispute, *, round_: int, at: datetime) -> None:
    changed: dict[str, Any] = {"state": DisputeState.FINAL.value, "next_supervision_at": None}
    if round_ == 1:
        until = due(calendar=calendar(), start=at, limit=limits().objection)
        changed |= {"state": DisputeState.RULED.value, "review_until": until}
    _change(dispute, **changed)
    cases.clear(case=dispute.case, deadlines=[Deadline.RULING], at=at, called_id=dispute.called_id)


def _freed(dispute: Dispute, *, to_unit_id: int | None) -> int | None:
    """Return the unit that the first ruling had called, when the review gives the case to another one."""
    first = dispute.rulings.filter(round=1).values_list("to_unit_id", flat=True).first()
    return first if first and first != to_unit_id else None


def _let_go(dispute: Dispute, *, unit_id: int | None, at: datetime) -> None:
    if unit_id is not None:
        freed = Called.objects.filter(case=dispute.case, unit_id=unit_id, ended_at__isnull=True, is_ruled=True)
        freed.update(state=CalledState.RELEASED.value, ended_at=at, is_lead=False, next_supervision_at=None)


def _change(dispute: Dispute, **columns: Any) -> None:
    if not Dispute.objects.filter(pk=dispute.pk, state=dispute.state).update(**columns):
        raise Overtaken("这件事已经裁定过了，请刷新后再看。")
    for name, value in columns.items():
        setattr(dispute, name, value)
