"""Open a case: receive the appeal, locate, categorise, number, set deadlines, in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from linli.case import tables
from linli.case.actions.moving import More, move
from linli.case.actions.planning import Plan, Spot, planned, planned_many
from linli.case.actions.rows import FIXED, appeal_row, contact_row, job_row, rows_of
from linli.case.models import Case, Joined
from linli.case.rules import TOKEN_MAC_BYTES, token_of
from linli.case.states import Relation
from linli.intake import queries as appeals
from linli.intake.models import Appeal
from linli.intake.rules import LocatedBy, Received, check, fingerprint
from linli.shared.crypto import mac
from linli.shared.hints import hint
from linli.shared.refusals import Conflict, Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting

CONTACTS, JOBS = "people_contactpoint", "procrastinate_jobs"
CONTACT_IDS = "people_contactpoint_id_seq"
SEQUENCES = ("intake_appeal_id_seq", "case_case_id_seq", CONTACT_IDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The answer to an appeal: its case, the number to read out, the secret of the follow link."""

    case_id: int
    appeal_id: int
    number: str
    token: str
    due_at: datetime
    area_code: str
    category_code: str
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """Cases with their ids, numbers and rows, not yet written (待立案)."""

    plans: Sequence[Plan]
    ids: list[tuple[int, ...]]
    numbers: list[str]
    rows: list[dict[str, dict[str, Any]]]


def follow_token(appeal_id: int) -> str:
    """Return the secret of a resident's follow link; it can be made again and is kept nowhere (跟踪链接)."""
    return token_of(appeal_id, mac("follow link", str(appeal_id).encode())[:TOKEN_MAC_BYTES])


def open_case(*, received: Received, at: datetime) -> Opened:
    """Turn an appeal from any channel into a case with number, owner and deadlines (立案).

    All rows are written by one statement, which is the whole transaction unless the caller has begun one. The same
    idempotency key with the same content answers the same again.

    Raises:
        Refused: the appeal cannot be kept as it is; the sentence says how to mend it.
        Conflict: the key or external number already stands for other content.
    """
    check(received, at=at)
    plan = planned(received, at=at)
    appeal_id, case_id, contact_id = tables.take_ids(*SEQUENCES)
    contact = contact_row(received, contact_id=contact_id, area_code=plan.spot.area_code, at=at)
    rows = rows_of(plan, appeal_id=appeal_id, case_id=case_id, contact_id=contact_id if contact else None, at=at) | {
        JOBS: job_row([case_id])
    }
    try:
        # Whoever hears a need may open it, wherever it lies; what they may see afterwards is another matter.
        with acting(EVERYTHING):
            tables.insert_together(({CONTACTS: contact} if contact else {}) | rows, fixed=FIXED)
    except IntegrityError:
        with acting(EVERYTHING):
            return _accepted_before(received)
    hint(areas=[plan.spot.area_code], units=[plan.route.unit.pk])
    return _opened(plan, appeal_id=appeal_id, case_id=case_id, number=rows["case_case"]["number"])


def open_many(*, received: Sequence[Received], at: datetime) -> list[Opened]:
    """Open a case for each of many appeals, all or none, by COPY (批量立案).

    Raises:
        Refused: one of them cannot be kept; check each first to say which.
        Conflict: one of them was accepted before.
    """
    plans = []
    for plan in planned_many(received, at=at):
        if isinstance(plan, Refused):
            raise plan
        plans.append(plan)
    ids, numbers = open_planned(plans, at=at)
    return [
        _opened(plan, appeal_id=appeal_id, case_id=case_id, number=number)
        for plan, (appeal_id, case_id, _contact_id), number in zip(plans, ids, numbers, strict=True)
    ]


def open_planned(plans: Sequence[Plan], *, at: datetime) -> tuple[list[tuple[int, ...]], list[str]]:
    """Write the cases of many plans, all or none; return their ids and numbers (批量立案).

    Raises:
        Conflict: one of the appeals was accepted before.
    """
    drawn = drawn_up(plans, tables.next_ids(*SEQUENCES, count=len(plans)) if plans else [], at=at)
    open_drawn(drawn)
    return drawn.ids, drawn.numbers


def drawn_up(plans: Sequence[Plan], ids: Sequence[tuple[int, ...]], *, at: datetime) -> Drawn:
    """Draw up the cases of many plans under ids taken for them, as many as there are plans or more."""
    chosen = list(ids[: len(plans)])
    rows = [_batch_rows(plan, *those, at=at) for plan, those in zip(plans, chosen, strict=True)]
    return Drawn(plans, chosen, [row["case_case"]["number"] for row in rows], rows)


def open_drawn(drawn: Drawn, *, meanwhile: Callable[[], object] | None = None) -> None:
    """Write cases that were drawn up, all or none; ``meanwhile`` runs while the server writes (批量立案).

    Raises:
        Conflict: one of the appeals was accepted before.
    """
    if not drawn.ids:
        if meanwhile is not None:
            meanwhile()
        return
    rows = {
        table: [row[table] for row in drawn.rows if table in row]
        for table in (CONTACTS, "intake_appeal", "case_case", "case_event")
    }
    areas, units = {plan.spot.area_code for plan in drawn.plans}, {plan.route.unit.pk for plan in drawn.plans}
    try:
        with transaction.atomic():
            tables.insert_together({JOBS: job_row([case_id for _appeal_id, case_id, _contact_id in drawn.ids])})
            hint(areas=areas, units=units)
            tables.copy_together(rows, fixed=FIXED, meanwhile=meanwhile)
    except IntegrityError as fault:
        if not isinstance(fault.__cause__, UniqueViolation):
            raise
        raise Conflict("这批诉求里有已经导入过的编号，没有导入任何一条。") from fault


def join(*, case: Case, received: Received, at: datetime) -> Opened:
    """Add a further resident's appeal to an open case, so that they are told as well (同样反映).

    The same idempotency key with the same content answers the same again.

    Raises:
        Refused: the case is no longer open, or the appeal cannot be kept.
        Conflict: the key already stands for other content.
    """
    check(received, at=at)
    try:
        appeal_id = _joined(case, received, at=at)
    except IntegrityError:
        return _accepted_before(received)
    return Opened(
        case_id=case.pk,
        appeal_id=appeal_id,
        number=case.number,
        token=follow_token(appeal_id),
        due_at=case.due_at,
        area_code=case.area_code,
        category_code=case.category_code,
    )


def _joined(case: Case, received: Received, *, at: datetime) -> int:
    spot = Spot(case.area_code, LocatedBy.GIVEN, case.lng, case.lat)
    with transaction.atomic():
        appeal_id, contact_id = tables.take_ids("intake_appeal_id_seq", CONTACT_IDS)
        contact = contact_row(received, contact_id=contact_id, area_code=case.area_code, at=at)
        appeal = appeal_row(
            received,
            spot=spot,
            suggested="",
            appeal_id=appeal_id,
            contact_id=contact_id if contact else None,
            at=at,
        )
        tables.insert_together(({CONTACTS: contact} if contact else {}) | {"intake_appeal": appeal})
        Joined.objects.create(case=case, appeal_id=appeal_id, at=at)
        move(
            case=case,
            name="join",
            role=Role.RESIDENT,
            post=None,
            at=at,
            known=frozenset({Relation.REPORTER}),
            detail={"appeal": appeal_id},
            joined_count=More(1),
        )
    return int(appeal_id)


def _batch_rows(
    plan: Plan, appeal_id: int, case_id: int, contact_id: int, *, at: datetime
) -> dict[str, dict[str, Any]]:
    contact = contact_row(plan.received, contact_id=contact_id, area_code=plan.spot.area_code, at=at)
    rows = rows_of(plan, appeal_id=appeal_id, case_id=case_id, contact_id=contact_id if contact else None, at=at)
    return rows | {CONTACTS: contact} if contact else rows


def _opened(plan: Plan, *, appeal_id: int, case_id: int, number: str) -> Opened:
    return Opened(
        case_id=case_id,
        appeal_id=appeal_id,
        number=number,
        token=follow_token(appeal_id),
        due_at=plan.deadlines.due_at,
        area_code=plan.spot.area_code,
        category_code=plan.category.code,
    )


def _accepted_before(received: Received) -> Opened:
    """Answer a repeated submission as the first one was answered.

    Raises:
        Conflict: the key came with other content.
        IntegrityError: the fault was another one.
    """
    appeal = appeals.by_key(received.idempotency_key) if received.idempotency_key else None
    if appeal is None and received.external_number:
        appeal = appeals.by_external_number(received.channel, received.external_number)
    if appeal is None:
        raise IntegrityError("an appeal could not be written, and none was accepted under its key before")
    if bytes(appeal.fingerprint) != fingerprint(received):
        raise Conflict("这个编号已经用于另一条内容不同的诉求，没有重复登记。")
    return _answer_of(appeal)


def _answer_of(appeal: Appeal) -> Opened:
    case = Case.objects.filter(first_appeal=appeal).first() or Joined.objects.get(appeal=appeal).case
    return Opened(
        case_id=case.pk,
        appeal_id=appeal.pk,
        number=case.number,
        token=follow_token(appeal.pk),
        due_at=case.due_at,
        area_code=case.area_code,
        category_code=case.category_code,
        is_repeat=True,
    )
