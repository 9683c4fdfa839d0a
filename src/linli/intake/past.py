"""Read the records of an earlier system: each an appeal with the moments it was opened and closed (历史记录)."""

import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from linli.intake.forms import FIELD_LABELS, FIRST_ROW, Row, check_columns, closed_at, guessed, read_row
from linli.intake.rules import Received
from linli.place.rules import Datum
from linli.shared.refusals import Refused

GZIP_MAGIC = b"\x1f\x8b"
SAMPLE_BYTES = 1_000_000
NEEDED = ("number", "text", "occurred_at")


@dataclass(frozen=True, slots=True)
class Past:
    """A case of an earlier system: what was asked, since when, and when it was closed there, if it was."""

    received: Received
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PastReading:
    """A row as a past case, or why it cannot be one."""

    row: Row
    past: Past | None
    refusal: Refused | None = None


@contextmanager
def past_rows(path: Path) -> Iterator[tuple[dict[str, str], Iterator[Row]]]:
    """Open a table (CSV, UTF-8 or GB18030, plain or gzip) of any length; give its columns and its rows one by one.

    Raises:
        Refused: it is no table, or has no column for number, text or opening time.
    """
    with _text(path) as file:
        reader = csv.DictReader(file)
        headings = list(reader.fieldnames or [])
        columns = guessed(headings)
        check_columns(columns, headings)
        for field in NEEDED:
            if field not in columns:
                raise Refused("请指定哪一列是“%(field)s”。", field=FIELD_LABELS[field])
        yield columns, (Row(number, _cells(row)) for number, row in enumerate(reader, FIRST_ROW))


def read_past(
    row: Row, *, columns: Mapping[str, str], datum: Datum, at: datetime, seen: set[str], since: datetime
) -> PastReading:
    """Return a row as a past case, or the first thing wrong with it; ``seen`` gathers the numbers of the file."""
    reading = read_row(row, columns=columns, datum=datum, at=at, seen=seen)
    received = reading.received
    if received is None:
        return PastReading(row, None, reading.refusal)
    try:
        return PastReading(row, _past(received, closed_at(row, columns), at=at, since=since))
    except Refused as refusal:
        return PastReading(row, None, refusal)


def _past(received: Received, closed: datetime | None, *, at: datetime, since: datetime) -> Past:
    if received.occurred_at is None:
        raise Refused("没有反映时间。")
    if received.occurred_at < since:
        raise Refused("反映时间太早。")
    if closed is not None and closed > at:
        raise Refused("办结时间不能晚于现在。")
    return Past(received, received.occurred_at, closed)


def _cells(row: Mapping[str | None, str | None]) -> dict[str, str]:
    return {heading: cell or "" for heading, cell in row.items() if heading and isinstance(cell, str | None)}


@contextmanager
def _text(path: Path) -> Iterator[IO[str]]:
    with path.open("rb") as raw:
        packed = raw.peek(2)[:2] == GZIP_MAGIC
        with gzip.open(raw, "rb") if packed else raw as file:
            sample = file.read(SAMPLE_BYTES)
            file.seek(0)
            yield io.TextIOWrapper(file, encoding=_encoding(sample), newline="")


def _encoding(sample: bytes) -> str:
    """Tell UTF-8 from GB18030 by the beginning of a file; a character cut in two at its end decides nothing."""
    try:
        sample[: sample.rfind(b"\n") + 1].decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"
