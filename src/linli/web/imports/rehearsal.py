"""What an import would do, and every problem by row, without writing anything (预演)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from linli.intake import forms
from linli.intake import queries as appeals
from linli.intake.queries import HotlineFile
from linli.intake.rules import Channel, Received, fingerprint
from linli.place import queries as place
from linli.place.rules import Datum
from linli.web.refusals import sentence

SHOWN_MAX = 500
OUTSIDE = "坐标不在本区：会照样登记，由区中心定位。"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing about one row; an error keeps the row out, a warning does not."""

    row: int
    field: str
    words: str
    is_error: bool = True


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would happen."""

    fresh_count: int
    repeated_count: int
    rejected_count: int
    problems: list[Problem]
    better_datum: Datum | None

    @property
    def shown(self) -> list[Problem]:
        """The problems that fit on a page."""
        return self.problems[:SHOWN_MAX]

    @property
    def unshown_count(self) -> int:
        """How many do not."""
        return max(len(self.problems) - SHOWN_MAX, 0)


def rehearsed(file: HotlineFile, rows: Sequence[forms.Row], *, at: datetime) -> Rehearsal:
    """Read every row as the import would (预演)."""
    seen: set[str] = set()
    datum = Datum(file.datum)
    problems: list[Problem] = []
    read: list[tuple[int, Received]] = []
    for row in rows:
        reading = forms.read_row(row, columns=file.columns, datum=datum, at=at, seen=seen)
        if reading.received is not None:
            read.append((row.number, reading.received))
        elif reading.refusal is not None:
            label = _(forms.FIELD_LABELS[reading.field]) if reading.field else ""
            problems.append(Problem(row.number, label, sentence(reading.refusal)))
    repeated, changed = _known(read)
    problems += [
        Problem(row, _("编号"), _("已经登记过，内容与这次不同；原件不改，请人工核对。")) for row in sorted(changed)
    ]
    rejected_count = len(problems)
    outside, better = _outside(read, datum)
    problems += [Problem(row, _("坐标"), _(OUTSIDE), is_error=False) for row in outside]
    return Rehearsal(
        fresh_count=len(read) - len(repeated) - len(changed),
        repeated_count=len(repeated),
        rejected_count=rejected_count,
        problems=sorted(problems, key=lambda problem: problem.row),
        better_datum=better,
    )


def _known(read: Sequence[tuple[int, Received]]) -> tuple[set[int], set[int]]:
    numbers = [received.external_number for _row, received in read]
    before = appeals.by_external_numbers(Channel.HOTLINE, numbers)
    repeated: set[int] = set()
    changed: set[int] = set()
    for row, received in read:
        appeal = before.get(received.external_number)
        if appeal is not None:
            (repeated if bytes(appeal.fingerprint) == fingerprint(received) else changed).add(row)
    return repeated, changed


def _outside(read: Sequence[tuple[int, Received]], datum: Datum) -> tuple[list[int], Datum | None]:
    """Rows whose points lie outside, and the datum in which many more would lie inside."""
    placed = [
        (row, received.lng, received.lat)
        for row, received in read
        if received.lng is not None and received.lat is not None
    ]
    if not placed:
        return [], None
    rows, lngs, lats = zip(*placed, strict=True)
    inside = {each: place.locate_points(lng=list(lngs), lat=list(lats), datum=each) != "" for each in Datum}
    counts = {each: int(found.sum()) for each, found in inside.items()}
    best = max(counts, key=lambda each: counts[each])
    better = best if counts[best] > counts[datum] + max(2, len(rows) // 50) else None
    return [row for row, is_in in zip(rows, inside[datum], strict=True) if not is_in], better
