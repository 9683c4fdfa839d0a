"""A whole filtered list as a file, up to a stated limit (导出)."""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from openpyxl import Workbook

from linli.web.lists.cells import plain
from linli.web.lists.declared import Column, Declared
from linli.web.lists.keyset import Order

IN_MEMORY = 4_000_000
CHUNK = 2_000
# A cell that begins like this would be calculated, not shown; full-width signs are calculated too.
FORMULA = re.compile(r"^[\s]*[=+\-@＝＋－＠]|^[\t\r\n]")
NOT_IN_A_CELL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
CELL_MAX = 32_767


def answer(declared: Declared, queryset: QuerySet[Any], order: Order, kind: str) -> FileResponse:
    """Answer with the file; it is whole before the first byte is sent, so a fault is a fault and not half a file."""
    content = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the response closes it
    write, media_type = WRITERS[kind]
    write(content, table(declared, queryset, order))
    content.seek(0)
    name = f"{declared.title}-{timezone.localtime():%Y%m%d-%H%M}.{kind}"
    return FileResponse(content, as_attachment=True, filename=name, content_type=media_type)


def table(declared: Declared, queryset: QuerySet[Any], order: Order) -> Iterator[list[Any]]:
    """Return the heads and then the rows, read from the server piece by piece."""
    columns = [column for column in declared.columns if column.is_exported]
    yield [str(column.label) for column in columns]
    ordered = queryset.order_by(str(order), "-pk" if order.is_descending else "pk")[: declared.export_max + 1]
    for number, row in enumerate(ordered.iterator(chunk_size=CHUNK)):
        if number == declared.export_max:
            yield [_("只导出了前 %s 行，请缩小筛选范围再导出其余的。") % declared.export_max]
            return
        yield [_value(column, row) for column in columns]


def harmless(words: str) -> str:
    """Return words that a spreadsheet will show and not calculate."""
    clean = NOT_IN_A_CELL.sub("", words)[: CELL_MAX - 1]
    return f"'{clean}" if FORMULA.match(clean) else clean


def _value(column: Column, row: Any) -> Any:
    value = column.value_of(row)
    if isinstance(value, bool):
        return plain(value)
    if value is None or isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None)
    if hasattr(value, "pk"):
        value = column.shown(row)
    return harmless(strip_tags(value) if hasattr(value, "__html__") else str(value))


def _write_csv(content: IO[bytes], rows: Iterator[list[Any]]) -> None:
    # The mark at the beginning tells Excel that the file is UTF-8.
    words = io.TextIOWrapper(content, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(words)
    for row in rows:
        writer.writerow([f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value for value in row])
    words.detach()


def _write_xlsx(content: IO[bytes], rows: Iterator[list[Any]]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append(row)
    book.save(content)


WRITERS: dict[str, tuple[Callable[[IO[bytes], Iterator[list[Any]]], None], str]] = {
    "csv": (_write_csv, "text/csv; charset=utf-8"),
    "xlsx": (_write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
