"""``./linli manage bring_in_history FILE``: cases of an earlier system, with their own times (历史补录)."""

import csv
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from linli.case.actions.history import bring_in
from linli.case.actions.taking_in import Outcome
from linli.intake.forms import harmless
from linli.intake.past import Past, PastReading, past_rows, read_past
from linli.place.rules import Datum
from linli.shared.refusals import Refused
from linli.shared.scope import EVERYTHING, acting

BATCH = 2000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class Command(BaseCommand):
    """Bring in a table of past cases batch by batch; what cannot be kept is written down by row with its reason."""

    help = (
        "Bring in past cases (CSV or gzip): 编号, 内容, 反映时间, 办结时间, 区域代码, 分类 …; begun again, it goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the file, and where the rows go that are not kept."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--rejected", type=Path, help="rows that were not kept (default: FILE.rejected.csv)")
        parser.add_argument("--datum", choices=[datum.value for datum in Datum], default=Datum.WGS84.value)
        parser.add_argument("--dry-run", action="store_true", help="only say what would be kept and what not")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read, bring in, and count.

        Raises:
            CommandError: the file is no table of past cases.
        """
        file: Path = options["file"]
        rejected: Path = options["rejected"] or file.with_name(f"{file.name}.rejected.csv")
        at = timezone.now()  # noqa: TID251 -- a command is an edge, like a page
        try:
            with acting(EVERYTHING), rejected.open("w", encoding="utf-8-sig", newline="") as out:
                counts = self._brought_in(file, out, datum=Datum(options["datum"]), at=at, is_dry=options["dry_run"])
        except (Refused, OSError) as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(
            f"补录 {counts[Outcome.OPENED]} 件，已经登记过 {counts[Outcome.REPEATED]} 件，"
            f"未导入 {counts[Outcome.REJECTED]} 行（{rejected}）。"
        )

    def _brought_in(self, file: Path, out: IO[str], *, datum: Datum, at: datetime, is_dry: bool) -> Counter[Outcome]:
        counts: Counter[Outcome] = Counter()
        seen: set[str] = set()
        with past_rows(file) as (columns, rows):
            write = _Rejected(out).write
            while batch := list(islice(rows, BATCH)):
                readings = [read_past(row, columns=columns, datum=datum, at=at, seen=seen, since=EARLIEST)
                            for row in batch]  # fmt: skip
                for reading, refusal, outcome in _outcomes(readings, at=at, is_dry=is_dry):
                    counts[outcome] += 1
                    if refusal is not None:
                        write(reading, refusal)
                if self.stderr.isatty():
                    self.stderr.write(f"\r{sum(counts.values())} …", ending="")
        return counts


class _Rejected:
    """The rows that were not kept, each with its number and its reason, as the spreadsheet counts."""

    def __init__(self, out: IO[str]) -> None:
        self._writer = csv.writer(out)
        self._is_new = True

    def write(self, reading: PastReading, refusal: Refused) -> None:
        if self._is_new:
            self._writer.writerow(["行 row", "原因 reason", *reading.row.cells])
            self._is_new = False
        cells = [harmless(cell) for cell in reading.row.cells.values()]
        self._writer.writerow([reading.row.number, refusal.sentence, *cells])


def _outcomes(
    readings: Sequence[PastReading], *, at: datetime, is_dry: bool
) -> Iterator[tuple[PastReading, Refused | None, Outcome]]:
    past: list[Past] = [reading.past for reading in readings if reading.past is not None]
    taken = iter([] if is_dry else bring_in(past=past, at=at))
    for reading in readings:
        if reading.past is None:
            yield reading, reading.refusal, Outcome.REJECTED
        elif is_dry:
            yield reading, None, Outcome.OPENED
        else:
            one = next(taken)
            yield reading, one.refusal, one.outcome
