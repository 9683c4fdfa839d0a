"""Ask for more time, for a suspension, for a return, for an exemption; object; take back (申请)."""

from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, transaction

from linli.case import actions as cases
from linli.case.deadlines import calendar, limits
from linli.case.models import Case, Event, Extension, Pause
from linli.handling.models import Application
from linli.handling.queries import may_object, may_take_back
from linli.handling.rules import ASKED_BY, DESK_KINDS, REASON_MAX, ApplicationKind, ApplicationState, asks_upwards
from linli.shared.calendar import due
from linli.shared.hints import hint
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.models import Post

STREET_DIGITS = 9


def ask(
    *, case: Case, post: Post, kind: ApplicationKind, reason: str, at: datetime, until: datetime | None = None
) -> Application:
    """Ask the desk above for more time, a suspension, a return or an exemption; the clock goes on meanwhile (申请).

    Raises:
        Refused: no reason, not in time, asked before, or more than is ever given.
    """
    reason = _checked(reason)
    with transaction.atomic():
        cases.locked(case)
        CHECKS[kind](case, post, at, until)
        decider_id = decider_of(kind, case=case, unit_id=post.unit_id)
        cases.move(
            case=case,
            name=ASKED_BY[kind],
            role=Role(post.role),
            post=post,
            at=at,
            reason=reason,
            detail={"decider": decider_id} | ({"until": until.isoformat()} if until else {}),
        )
        return _kept(
            Application(
                case=case,
                kind=kind.value,
                state=ApplicationState.ASKED.value,
                asked_at=at,
                asked_by_post_id=post.pk,
                asked_by_unit_id=post.unit_id,
                reason=reason,
                until_at=until,
                decider_id=decider_id,
            )
        )


def object_to(*, application: Application, post: Post, reason: str, at: datetime) -> Application:
    """Ask the next desk up to look at a refusal again, once and in time (异议).

    Raises:
        Refused: another unit's, too late, objected before, or a ruling that is final.
    """
    reason, case = _checked(reason), application.case
    with transaction.atomic():
        cases.locked(case)
        rows = list(Application.objects.filter(case=case))
        if not may_object(application, rows, post=post, at=at):
            raise Refused("这项裁定不能再提异议：要在 3 天内、由申请单位提出，只能提一次；退单的裁定是最终的。")
        decider_id = above(application.decider_id)
        cases.move(
            case=case,
            name="object",
            role=Role(post.role),
            post=post,
            at=at,
            reason=reason,
            detail={"decider": decider_id, "kind": application.kind, "application": application.pk},
        )
        return _kept(
            Application(
                case=case,
                kind=application.kind,
                state=ApplicationState.ASKED.value,
                asked_at=at,
                asked_by_post_id=post.pk,
                asked_by_unit_id=post.unit_id,
                reason=reason,
                until_at=application.until_at,
                decider_id=decider_id,
                objection_to=application,
            )
        )


def take_back(*, application: Application, post: Post, at: datetime) -> Event:
    """Take an application back before anybody has ruled (撤回申请).

    Raises:
        Refused: another unit's.
        Overtaken: somebody has ruled already.
    """
    if application.asked_by_unit_id != post.unit_id:
        raise Refused("这项申请不是您的单位提出的。")
    if not may_take_back(application, post=post):
        raise Overtaken("这项申请已经有结果了，请刷新后再看。")
    with transaction.atomic():
        settle(application, state=ApplicationState.TAKEN_BACK)
        return cases.move(
            case=application.case,
            name="take_back",
            role=Role(post.role),
            post=post,
            at=at,
            detail={"kind": application.kind, "application": application.pk},
        )


def settle(application: Application, *, state: ApplicationState, **columns: object) -> None:
    """Give an application its end, if nobody gave it one before.

    Raises:
        Overtaken: somebody was first.
    """
    waiting = Application.objects.filter(pk=application.pk, state=ApplicationState.ASKED)
    if not waiting.update(state=state.value, **columns):
        raise Overtaken("这项申请已经有结果了，请刷新后再看。")
    for name, value in ({"state": state.value} | columns).items():
        setattr(application, name, value)
    hint(units=[application.asked_by_unit_id, application.decider_id])


def lapse_applications(*, case: Case) -> None:
    """Let what nobody has ruled on lapse, when the case is over or in other hands; an exemption may still be given."""
    waiting = Application.objects.filter(case=case, state=ApplicationState.ASKED)
    units = set(waiting.values_list("decider_id", flat=True))
    waiting.exclude(kind=ApplicationKind.EXEMPTION).update(state=ApplicationState.LAPSED.value)
    hint(units=units)


def decider_of(kind: ApplicationKind, *, case: Case, unit_id: int) -> int:
    """Return the unit that rules: for a return whoever handed the case on, else the owner or the desk above it."""
    if kind is ApplicationKind.RETURN:
        giver_id = _giver_of(case)
        return giver_id if giver_id and giver_id != case.owner_id else above(case.owner_id)
    owner = staff.unit(case.owner_id)
    upwards = asks_upwards(kind, is_owner=unit_id == owner.pk, is_owner_a_desk=owner.kind in DESK_KINDS)
    return above(owner.pk) if upwards else owner.pk


def above(unit_id: int) -> int:
    """Return the desk one level up; above the district there is only itself (上级)."""
    unit = staff.unit(unit_id)
    if unit.kind == "COMMUNITY":
        return staff.unit_for_area(unit.area_code[:STREET_DIGITS]).pk
    return staff.district_unit().pk


def _giver_of(case: Case) -> int | None:
    last = Event.objects.filter(case=case, at__gte=case.opened_at, name__in=["dispatch", "give_back"])
    found = last.order_by("-sequence").first()
    giver_id = found.by_unit_id if found else None
    return giver_id if giver_id and staff.unit(giver_id).kind in DESK_KINDS else None


def _received_at(case: Case) -> datetime:
    last = Event.objects.filter(case=case, at__gte=case.opened_at, name__in=["dispatch", "give_back"])
    found = last.order_by("-sequence").first()
    return found.at if found else case.opened_at


def _check_extension(case: Case, _post: Post, at: datetime, _until: datetime | None) -> None:
    if at > case.due_at:
        raise Refused("已经过了办结时限，不能再申请延期；延期要在到期以前申请。")
    if Extension.objects.filter(case=case).count() >= limits().extensions_max:
        raise Refused("最多延期 %(most)s 次，已经延过了。", most=limits().extensions_max)


def _check_suspension(case: Case, _post: Post, at: datetime, until: datetime | None) -> None:
    days = limits().suspension_days_max
    if until is None or not 0 < (until - at).total_seconds() <= days * 86_400:
        raise Refused("挂账最长 %(days)s 天，恢复的时间要在现在之后。", days=days)
    if at > case.due_at:
        raise Refused("已经过了办结时限，不能再申请挂账；挂账要在到期以前申请。")
    if Pause.objects.filter(case=case, why="SUSPENDED").exists():
        raise Refused("这件事已经挂过一次账，不能再挂。")


def _check_return(case: Case, post: Post, at: datetime, _until: datetime | None) -> None:
    if at > due(calendar=calendar(), start=_received_at(case), limit=limits().return_within):
        raise Refused("退单要在收到以后 2 个工作日内提出，现在已经过了。")
    if Application.objects.filter(case=case, asked_by_unit_id=post.unit_id, kind=ApplicationKind.RETURN).exists():
        raise Refused("您的单位已经申请过退单；退单只审一次。")


def _check_exemption(case: Case, _post: Post, _at: datetime, _until: datetime | None) -> None:
    if case.exempted_at is not None:
        raise Refused("这件事已经免责了。")


CHECKS: dict[ApplicationKind, Callable[[Case, Post, datetime, datetime | None], None]] = {
    ApplicationKind.EXTENSION: _check_extension,
    ApplicationKind.SUSPENSION: _check_suspension,
    ApplicationKind.RETURN: _check_return,
    ApplicationKind.EXEMPTION: _check_exemption,
}


def _kept(application: Application) -> Application:
    try:
        with transaction.atomic():
            application.save(force_insert=True)
    except IntegrityError as fault:
        raise Refused("同样的申请正在等审批，不用再提。") from fault
    hint(units=[application.decider_id, application.asked_by_unit_id])
    return application


def _checked(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Refused("请写明申请的理由。")
    if len(reason) > REASON_MAX:
        raise Refused("原因太长：最多 %(most)s 个字。", most=REASON_MAX)
    return reason
