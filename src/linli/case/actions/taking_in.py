"""Take in many appeals of one channel: open the new, know the repeated, say why the others are not kept (批量受理)."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from linli.case.actions.opening import open_planned
from linli.case.actions.planning import Plan, planned_many
from linli.intake import actions as intake
from linli.intake import forms
from linli.intake import queries as appeals
from linli.intake.models import Appeal, HotlineFile
from linli.intake.rules import Channel, FileState, Received, check, fingerprint
from linli.people.rules import contact_given
from linli.place.rules import Datum
from linli.shared.refusals import Conflict, Refused

BATCH = 1000
TRIES = 3
NOT_FINISHED = gettext_noop("导入没有完成：系统出错，原因在 worker.log。已经登记的都在，再试会接着往下做。")
OTHER_CONTENT = "编号“%(number)s”已经登记过，内容与这次不同；原件不改，请人工核对。"


class Outcome(StrEnum):
    """What became of one appeal of many."""

    OPENED = "OPENED"
    REPEATED = "REPEATED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome of one appeal: the case's number, or the reason."""

    outcome: Outcome
    number: str = ""
    refusal: Refused | None = None


def take_in(*, received: Sequence[Received], channel: Channel, at: datetime) -> list[Taken]:
    """Open cases for many appeals of one channel, in the order given; one bad appeal keeps none of the others out.

    An external number that came before with the same content is repeated; with other content it is rejected.
    """
    for _attempt in range(TRIES):
        taken, plans = sorted_out(received, channel=channel, at=at, plan=lambda fresh: planned_many(fresh, at=at))
        try:
            _ids, numbers = open_planned(list(plans.values()), at=at)
        except Conflict:  # somebody took in the same numbers at the same moment
            continue
        for position, number in zip(plans, numbers, strict=True):
            taken[position] = Taken(Outcome.OPENED, number)
        return [taken[position] for position in range(len(received))]
    raise Conflict("同样的编号正在由别人导入，请稍后再试。")


def import_file(*, file_id: UUID, at: datetime) -> None:
    """Import a hotline file batch by batch; begun again after a stop, it goes on where it was (导入热线文件)."""
    file = appeals.hotline_file(file_id)
    if file.state != FileState.IMPORTING:
        return
    try:
        rows = forms.rows_of(appeals.content_of(file))
    except Refused as refusal:
        HotlineFile.objects.filter(pk=file.pk).update(
            state=FileState.FAILED, words=refusal.sentence[:300], finished_at=at
        )
        return
    begun_at = file.done_count
    seen: set[str] = set()
    readings = [forms.read_row(row, columns=file.columns, datum=Datum(file.datum), at=at, seen=seen) for row in rows]
    for start in range(begun_at, len(rows), BATCH):
        _import_batch(file, rows, readings, start, at=at, is_first=start == begun_at)
    HotlineFile.objects.filter(pk=file.pk).update(state=FileState.DONE, finished_at=at)
    intake.drop_content(file)


def give_up_file(*, file_id: UUID, at: datetime) -> None:
    """Say that an import did not come to its end, so that a person can let it go on (导入没有完成)."""
    HotlineFile.objects.filter(pk=file_id, state=FileState.IMPORTING).update(
        state=FileState.FAILED, words=NOT_FINISHED, finished_at=at
    )


def _import_batch(
    file: HotlineFile,
    rows: Sequence[forms.Row],
    readings: Sequence[forms.Reading],
    start: int,
    *,
    at: datetime,
    is_first: bool,
) -> None:
    """Import one batch and note how far the file has come, in one transaction."""
    batch = readings[start : start + BATCH]
    read = [reading.received for reading in batch if reading.received is not None]
    with transaction.atomic():
        # A second worker with the same job waits here, and finds the batch done.
        locked = HotlineFile.objects.select_for_update().get(pk=file.pk)
        if locked.done_count > start:
            return
        if is_first:
            _forget_rejected(file, since=rows[start].number)
        taken = iter(take_in(received=read, channel=Channel.HOTLINE, at=at))
        outcomes = [
            next(taken) if reading.received is not None else Taken(Outcome.REJECTED, refusal=reading.refusal)
            for reading in batch
        ]
        counts = {outcome: sum(one.outcome == outcome for one in outcomes) for outcome in Outcome}
        HotlineFile.objects.filter(pk=file.pk).update(
            done_count=F("done_count") + len(batch),
            opened_count=F("opened_count") + counts[Outcome.OPENED],
            repeated_count=F("repeated_count") + counts[Outcome.REPEATED],
            rejected_count=F("rejected_count") + counts[Outcome.REJECTED],
        )
        _keep_rejected(file, rows, outcomes, start)


def _forget_rejected(file: HotlineFile, *, since: int) -> None:
    """Take out what a try that was broken off had written of a batch it did not finish."""
    path = appeals.rejected_path(file)
    if not path.exists():
        return
    with path.open(encoding="utf-8-sig", newline="") as kept:
        heading, *lines = csv.reader(kept)
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([heading, *(line for line in lines if int(line[0]) < since)])
    draft.replace(path)


def _keep_rejected(file: HotlineFile, rows: Sequence[forms.Row], outcomes: Sequence[Taken], start: int) -> None:
    path = appeals.rejected_path(file)
    is_new = not path.exists()
    with path.open("a", encoding="utf-8-sig" if is_new else "utf-8", newline="") as out:
        writer = csv.writer(out)
        if is_new:
            writer.writerow(["行 row", "原因 reason", *(rows[0].cells if rows else ())])
        for position, one in enumerate(outcomes, start):
            if one.refusal is not None:
                cells = [forms.harmless(cell) for cell in rows[position].cells.values()]
                writer.writerow([rows[position].number, one.refusal.sentence, *cells])


def sorted_out(
    received: Sequence[Received],
    *,
    channel: Channel,
    at: datetime,
    plan: Callable[[list[Received]], Sequence[Plan | Refused]],
) -> tuple[dict[int, Taken], dict[int, Plan]]:
    """Return by position what is known or refused already, and the plan of each appeal that is new (分拣)."""
    taken: dict[int, Taken] = {}
    fresh: dict[int, Received] = {}
    numbers = [one.external_number for one in received if one.external_number]
    known: dict[str, Appeal | Received] = dict(appeals.by_external_numbers(channel, numbers))
    for position, one in enumerate(received):
        try:
            _check(one, at=at)
        except Refused as refusal:
            taken[position] = Taken(Outcome.REJECTED, refusal=refusal)
            continue
        before = known.get(one.external_number)
        if before is None:
            fresh[position] = one
            if one.external_number:
                known[one.external_number] = one
        elif _print_of(before) == fingerprint(one):
            taken[position] = Taken(Outcome.REPEATED)
        else:
            taken[position] = Taken(Outcome.REJECTED, refusal=Refused(OTHER_CONTENT, number=one.external_number))
    plans: dict[int, Plan] = {}
    for position, planned in zip(fresh, plan(list(fresh.values())), strict=True):
        if isinstance(planned, Refused):
            taken[position] = Taken(Outcome.REJECTED, refusal=planned)
        else:
            plans[position] = planned
    return taken, plans


def _print_of(before: Appeal | Received) -> bytes:
    return fingerprint(before) if isinstance(before, Received) else bytes(before.fingerprint)


def _check(received: Received, *, at: datetime) -> None:
    check(received, at=at)
    if received.contact is not None:
        contact_given(name=received.contact.name, phone=received.contact.phone, email=received.contact.email)
