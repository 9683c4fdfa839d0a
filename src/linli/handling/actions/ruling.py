"""Rule on what was asked: grant or deny; and let a suspended case go on (裁定)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from linli.case import actions as cases
from linli.case.actions.recounting import Also
from linli.case.deadlines import calendar, extension_limit, limits
from linli.case.models import Case, Event
from linli.case.states import Relation
from linli.handling.actions.applying import lapse_applications, settle
from linli.handling.actions.tasks import reckon_tasks
from linli.handling.models import Application
from linli.handling.queries import may_rule
from linli.handling.rules import FINAL, GRANTED_BY, ApplicationKind, ApplicationState
from linli.routing import queries as routing
from linli.shared.batches import one_by_one
from linli.shared.calendar import Limit, due
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.holding import keep_in_use
from linli.staff.models import Post
from linli.whistle import actions as whistles

DECIDER = frozenset({Relation.DECIDER})
CLOCK = frozenset({Relation.CLOCK})
EVERYWHERE = Q()


def _nothing_else(*, case: Case, at: datetime) -> list[dict[str, Any]]:  # noqa: ARG001 -- what later stages fill in
    return []


def grant(
    *, application: Application, post: Post, at: datetime, words: str = "", to_unit_id: int | None = None
) -> Event:
    """Give a unit what it asked for; the resident is told of more time and of a suspension (同意).

    Raises:
        Refused: not this desk's to rule, or the unit that asked no longer works on the case.
        Overtaken: somebody has ruled already.
    """
    _check_ruler(application, post)
    kind, case = ApplicationKind(application.kind), application.case
    with transaction.atomic():
        cases.locked(case)
        if application.asked_by_unit_id not in {case.owner_id, case.lead_id}:
            raise Refused("申请单位已经不再办理这件事，只能不同意。")
        settle(
            application,
            state=ApplicationState.GRANTED,
            decided_at=at,
            decided_by_post_id=post.pk,
            ruling=words.strip()[:1000],
        )
        who: dict[str, Any] = {"role": Role(post.role), "post": post, "at": at, "known": DECIDER}
        detail = {
            "application": application.pk,
            "words": words.strip() or application.reason,
            "asked_by": application.asked_by_unit_id,
        }
        event = _granted(kind, application, case=case, detail=detail, to_unit_id=to_unit_id, **who)
        _reckon_the_rest(case, at=at)
    return event


def deny(*, application: Application, post: Post, reason: str, at: datetime) -> Event:
    """Refuse what a unit asked for, with the reason; it may object in time, but not to the end of a return (不同意).

    Raises:
        Refused: not this desk's to rule, or no reason.
        Overtaken: somebody has ruled already.
    """
    _check_ruler(application, post)
    kind = ApplicationKind(application.kind)
    is_final = kind in FINAL or application.is_objection
    object_due_at = None if is_final else due(calendar=calendar(), start=at, limit=limits().objection)
    with transaction.atomic():
        event = cases.move(
            case=application.case,
            name="deny",
            role=Role(post.role),
            post=post,
            at=at,
            known=DECIDER,
            reason=reason,
            detail={"application": application.pk, "kind": kind.value, "asked_by": application.asked_by_unit_id},
        )
        settle(
            application,
            state=ApplicationState.DENIED,
            decided_at=at,
            decided_by_post_id=post.pk,
            ruling=reason.strip(),
            object_due_at=object_due_at,
        )
    return event


def resume(*, case: Case, post: Post, at: datetime, reason: str = "") -> Event:
    """Go on with a suspended case before its suspension ends (恢复办理)."""
    with transaction.atomic():
        event = cases.resume(case=case, role=Role(post.role), post=post, at=at, reason=reason)
        _reckon_the_rest(case, at=at)
    return event


def resume_due(*, at: datetime, within: Q = EVERYWHERE) -> int:
    """Resume every suspension whose end has come, as of that end (挂账到期).

    ``within`` is a condition on cases for a clock that looks after a part of them only.
    """

    def go_on(case: Case) -> None:
        cases.resume(case=case, at=at, role=Role.SYSTEM, post=None, known=CLOCK)
        _reckon_the_rest(case, at=at)

    ended = Case.objects.select_for_update(skip_locked=True).filter(within, suspended_until__lte=at)
    return one_by_one(ended.order_by("suspended_until"), go_on, duty="resume_due")


def recount_due(*, at: datetime, also: Also = _nothing_else) -> int:
    """Reckon what is open anew when days came into the calendar or went out of it (重算时限).

    ``also`` reckons what later stages keep. Returns for how many cases something moved.
    """
    if not cases.is_recount_due(at=at):
        return 0

    def rest(*, case: Case, at: datetime) -> list[dict[str, Any]]:
        moved = whistles.reckon_calls(case=case, at=at, is_anew=True) if case.is_open else []
        return moved + _objections_moved(case, at=at) + also(case=case, at=at)

    may_object = Application.objects.filter(_may_object(at)).values("case_id")
    moved = cases.recount(at=at, also=rest, within=Q(closed_at__isnull=True) | Q(pk__in=may_object))
    cases.recounted(at=at)
    return moved


def _may_object(at: datetime) -> Q:
    return Q(state=ApplicationState.DENIED.value, object_due_at__gte=at)


def _objections_moved(case: Case, *, at: datetime) -> list[dict[str, Any]]:
    """Move the time in which a refusal may be objected to, unless it has gone by."""
    moved = []
    for row in Application.objects.filter(_may_object(at), case=case).order_by("pk"):
        until = due(calendar=calendar(), start=row.decided_at or at, limit=limits().objection)
        if row.object_due_at and until != row.object_due_at:
            Application.objects.filter(pk=row.pk).update(object_due_at=until)
            moved.append(whistles.moved_from("OBJECTION", row.asked_by_unit_id, row.object_due_at, until))
    return moved


def _reckon_the_rest(case: Case, *, at: datetime) -> None:
    """Let calls, rulings and sub-tasks stand still with their case, and go on with it."""
    whistles.reckon_calls(case=case, at=at)
    reckon_tasks(case=case, at=at)


def _check_ruler(application: Application, post: Post) -> None:
    if application.state != ApplicationState.ASKED:
        raise Overtaken("这项申请已经有结果了，请刷新后再看。")
    if application.asked_by_post_id == post.pk:
        raise Refused("自己提出的申请要由同单位的另一位同事来审批。")
    if not may_rule(application, post=post):
        raise Refused("这项申请不归您的单位审批。")


def _granted(
    kind: ApplicationKind,
    application: Application,
    *,
    case: Case,
    at: datetime,
    detail: dict[str, Any],
    to_unit_id: int | None,
    **who: Any,
) -> Event:
    match kind:
        case ApplicationKind.EXTENSION:
            return cases.extend(case=case, limit=granted_limit(case), at=at, detail=detail, **who)
        case ApplicationKind.SUSPENSION:
            return cases.suspend(case=case, until=application.until_at or at, at=at, detail=detail, **who)
        case ApplicationKind.RETURN:
            return _given_back(case, to_unit_id or application.decider_id, at=at, detail=detail, **who)
    return cases.move(case=case, name=GRANTED_BY[kind], at=at, detail=detail, exempted_at=at, **who)


def granted_limit(case: Case) -> Limit:
    """Return how much time one extension gives this case: its limit once more, up to the most (延期时长)."""
    limit = Limit.parse(case.limit_words)
    return extension_limit(days=calendar(), due_at=case.due_at, limit=limit, most=limits().extension_most)


def _given_back(case: Case, to_unit_id: int, *, at: datetime, detail: dict[str, Any], **who: Any) -> Event:
    unit = staff.unit(to_unit_id)
    if not unit.is_active or unit.pk == case.owner_id:
        raise Refused("请选择另一个在用的单位。")
    keep_in_use([unit.pk])
    outside = {"outside_duty": True} if routing.check_duty(unit, case.category_code) else {}
    # In other hands the work goes on: a suspension that was asked for by the former ones ends here.
    running = cases.run_again(case, at=at)
    event = cases.move(
        case=case,
        name="give_back",
        at=at,
        detail=detail | {"to": unit.pk, "from": case.owner_id} | outside | _moved(case, running),
        owner_id=unit.pk,
        **(running | ({"next_supervision_at": at} if running else {})),
        **who,
    )
    lapse_applications(case=case)
    cases.raise_if_stuck(case=case, at=at)
    return event


def _moved(case: Case, columns: dict[str, Any]) -> dict[str, str]:
    due_at = columns.get("due_at", case.due_at)
    return {"due_at_before": case.due_at.isoformat(), "due_at": due_at.isoformat()} if due_at != case.due_at else {}
