"""A whole filtered list as a file, up to a stated limit (导出)."""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from openpyxl import Workbook

from linli.people.rules import PURPOSE_LABELS, purposes_for
from linli.shared import audit
from linli.staff import queries as staff
from linli.web.lists.cells import plain
from linli.web.lists.declared import Column, Declared
from linli.web.lists.keyset import Order

IN_MEMORY = 4_000_000
CHUNK = 2_000
# A cell that begins like this would be calculated, not shown; full-width signs are calculated too.
FORMULA = re.compile(r"^[\s]*[=+\-@＝＋－＠]|^[\t\r\n]")
NOT_IN_A_CELL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
CELL_MAX = 32_767


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A file that somebody asks for: of what, who, which filters, what for."""

    title: str
    path: str
    kind: str
    post: Any
    filters: dict[str, str]
    columns: tuple[str, ...]
    is_personal: bool
    purpose: str = ""
    reason: str = ""

    @classmethod
    def of(cls, request: HttpRequest, declared: Declared, *, given: dict[str, str], kind: str) -> "Asked":
        """Read who asks and what for."""
        columns = [column for column in declared.columns if column.is_exported]
        post = getattr(request, "post", None)
        purpose = request.GET.get("purpose", "")
        return cls(
            title=str(declared.title),
            path=request.path,
            kind=kind,
            post=post,
            filters=given,
            columns=tuple(str(column.label) for column in columns),
            is_personal=post is not None and any(column.is_personal for column in columns),
            purpose=purpose if post and purpose in {each.value for each in purposes_for(post.role)} else "",
            reason=request.GET.get("reason", "").strip()[:300],
        )

    @property
    def needs_purpose(self) -> bool:
        """True until it is said what rows about people are taken along for."""
        return self.is_personal and not self.purpose

    def record(self, row_count: int) -> None:
        """Write the file into the ledger, before its first byte is sent (导出台账)."""
        audit.record_export(
            list_title=self.title,
            path=self.path,
            kind=self.kind,
            row_count=row_count,
            at=timezone.now(),
            by_post_id=self.post.pk if self.post else None,
            by_words=staff.post_words(self.post) if self.post else "",
            filters=self.filters,
            columns=self.columns,
            is_personal=self.is_personal,
            purpose=self.purpose,
            reason=self.reason,
        )


def ask_purpose(request: HttpRequest, declared: Declared, asked: Asked) -> HttpResponse:
    """Ask what rows about people are taken along for (使用目的)."""
    kept = [(name, value) for name, values in request.GET.lists() for value in values]
    context = {
        "title": declared.title,
        "asked": asked,
        "purposes": [(each.value, _(PURPOSE_LABELS[each])) for each in purposes_for(asked.post.role)],
        "kept": [(name, value) for name, value in kept if name not in {"purpose", "reason"}],
        "reason": asked.reason,
        "is_missing": "purpose" in request.GET,
    }
    return render(request, "parts/export_purpose.html", context, status=422 if context["is_missing"] else 200)


def answer(declared: Declared, queryset: QuerySet[Any], order: Order, asked: Asked) -> FileResponse:
    """Answer with the file; it is whole before the first byte is sent, so a fault is a fault and not half a file."""
    rows = Counted(table(declared, queryset, order))
    content, media_type = written(rows, asked.kind)
    asked.record(max(min(rows.count - 1, declared.export_max), 0))
    name = f"{declared.title}-{timezone.localtime():%Y%m%d-%H%M}.{asked.kind}"
    return FileResponse(content, as_attachment=True, filename=name, content_type=media_type)


class Counted:
    """Rows that are counted as they are written."""

    def __init__(self, rows: Iterable[list[Any]]) -> None:
        self.count = 0
        self._rows = iter(rows)

    def __iter__(self) -> Iterator[list[Any]]:
        return self

    def __next__(self) -> list[Any]:
        row = next(self._rows)
        self.count += 1
        return row


def written(rows: Iterator[list[Any]], kind: str) -> tuple[IO[bytes], str]:
    """Return a file with these rows, and what it is."""
    content = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the response closes it
    write, media_type = WRITERS[kind]
    write(content, rows)
    content.seek(0)
    return content, media_type


def record_table(request: HttpRequest, *, title: str, kind: str, row_count: int) -> None:
    """Write a table that is no list, and says nothing about people, into the ledger (导出台账)."""
    filters = {name: str(value) for name, value in request.GET.items() if value and name != "export"}
    Asked(
        title=title,
        path=request.path,
        kind=kind,
        post=getattr(request, "post", None),
        filters=filters,
        columns=(),
        is_personal=False,
    ).record(row_count)


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
