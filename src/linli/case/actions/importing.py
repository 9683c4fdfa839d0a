"""Import a hotline file in batches, each made ready while the database writes the one before (导入热线文件)."""

import csv
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from linli.case import tables
from linli.case.actions.opening import SEQUENCES, Drawn, drawn_up, open_drawn
from linli.case.actions.planning import look_again, planned_many
from linli.case.actions.taking_in import Outcome, Taken, sorted_out, take_in
from linli.intake import actions as intake
from linli.intake import forms
from linli.intake import queries as appeals
from linli.intake.models import Appeal, HotlineFile
from linli.intake.rules import CONTROL, Channel, FileState, Received
from linli.place.rules import Datum
from linli.shared.looks import by_heart
from linli.shared.refusals import Conflict, Refused

BATCH = 2000
NOT_FINISHED = gettext_noop("导入没有完成：系统出错，原因在 worker.log。已经登记的都在，再试会接着往下做。")

log = logging.getLogger(__name__)


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
    importing = _Importing(file, rows, at=at)
    for start in range(file.done_count, len(rows), BATCH):
        importing.do_batch(start)
    HotlineFile.objects.filter(pk=file.pk).update(state=FileState.DONE, finished_at=at)
    intake.drop_content(file)


def give_up_file(*, file_id: UUID, at: datetime) -> None:
    """Say that an import did not come to its end, so that a person can let it go on (导入没有完成)."""
    HotlineFile.objects.filter(pk=file_id, state=FileState.IMPORTING).update(
        state=FileState.FAILED, words=NOT_FINISHED, finished_at=at
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What only the database knows about a batch: which numbers came before, and the ids of those that did not."""

    start: int
    known: Mapping[str, Appeal]
    ids: Sequence[tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A batch that waits to be written: its rows as appeals, their cases, and what will have become of each row."""

    start: int
    readings: Sequence[forms.Reading]
    received: Sequence[Received]
    taken: Sequence[Taken]
    drawn: Drawn


class _Importing:
    """One import on its way through the rows of its file."""

    def __init__(self, file: HotlineFile, rows: Sequence[forms.Row], *, at: datetime) -> None:
        self._file, self._rows, self._at = file, rows, at
        self._columns, self._datum = dict(file.columns), Datum(file.datum)
        self._numbers = [forms.number_in(row, self._columns) for row in rows]
        self._first = {number: place for place, number in reversed(list(enumerate(self._numbers)))}
        self._next: _Ready | None = None

    def do_batch(self, start: int) -> None:
        """Import one batch and note how far the file has come, in one transaction."""
        file = self._file
        with transaction.atomic():
            # A second worker with the same job waits here, and finds the batch done.
            locked = HotlineFile.objects.select_for_update().get(pk=file.pk)
            if locked.done_count > start:
                return
            if start == file.done_count:
                _forget_rejected(file, since=self._rows[start].number)
            ready = self._next
            if ready is None or ready.start != start:
                ready = self._made_ready(self._asked(start))
            outcomes = self._written(ready)
            counts = Counter(one.outcome for one in outcomes)
            HotlineFile.objects.filter(pk=file.pk).update(
                done_count=F("done_count") + len(outcomes),
                opened_count=F("opened_count") + counts[Outcome.OPENED],
                repeated_count=F("repeated_count") + counts[Outcome.REPEATED],
                rejected_count=F("rejected_count") + counts[Outcome.REJECTED],
            )
            _keep_rejected(file, self._rows, outcomes, start)

    def _asked(self, start: int) -> _Asked:
        numbers = [number for number in self._numbers[start : start + BATCH] if number and not CONTROL.search(number)]
        known = appeals.by_external_numbers(Channel.HOTLINE, numbers)
        fresh = sum(number not in known for number in numbers)
        look_again(at=self._at)
        return _Asked(start, known, tables.next_ids(*SEQUENCES, count=fresh) if fresh else [])

    def _made_ready(self, asked: _Asked) -> _Ready:
        start, ends = asked.start, asked.start + BATCH
        at = self._at
        seen = {number for number in self._numbers[start:ends] if self._first[number] < start}
        readings = [
            forms.read_row(row, columns=self._columns, datum=self._datum, at=at, seen=seen)
            for row in self._rows[start:ends]
        ]
        received = [reading.received for reading in readings if reading.received is not None]
        taken, plans = sorted_out(received, known=asked.known, plan=lambda fresh: planned_many(fresh, at=at))
        drawn = drawn_up(list(plans.values()), asked.ids, at=at)
        opened = zip(plans, drawn.numbers, strict=True)
        taken |= {position: Taken(Outcome.OPENED, number) for position, number in opened}
        return _Ready(start, readings, received, [taken[position] for position in range(len(received))], drawn)

    def _written(self, ready: _Ready) -> list[Taken]:
        """Write a batch, and make the next one ready meanwhile; return what became of each row."""
        after = ready.start + BATCH
        asked = self._asked(after) if after < len(self._rows) else None
        taken = ready.taken
        try:
            open_drawn(ready.drawn, meanwhile=lambda: self._make_next_ready(asked))
        except Conflict:  # somebody took in the same numbers since we asked
            taken = take_in(received=ready.received, channel=Channel.HOTLINE, at=self._at)
        each = iter(taken)
        return [
            next(each) if reading.received is not None else Taken(Outcome.REJECTED, refusal=reading.refusal)
            for reading in ready.readings
        ]

    def _make_next_ready(self, asked: _Asked | None) -> None:
        self._next = None
        if asked is None:
            return
        try:
            with by_heart():
                self._next = self._made_ready(asked)
        except Exception:  # this batch is whole; if the next cannot be made, it fails in its own turn
            log.warning("row %s and those after it could not be made ready ahead", asked.start, exc_info=True)


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
