"""Read a file of hotline records: its table, what its columns mean, each row as an appeal or why not (热线文件)."""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from linli.intake.rules import KIND_LABELS, Channel, ContactGiven, Kind, Received, check
from linli.people.rules import contact_given
from linli.place.forms import read_table
from linli.place.rules import Datum
from linli.shared.refusals import Refused
from linli.text import queries as text

ROWS_MAX = 50_000
FILE_BYTES_MAX = 30_000_000
UNPACKED_BYTES_MAX = 300_000_000
PARTS_MAX = 2_000
COLUMNS_MAX = 200
FIRST_ROW = 2  # as a spreadsheet counts: the first row is the heading
XLSX_MAGIC = b"PK\x03\x04"
OLD_EXCEL_MAGIC = b"\xd0\xcf\x11\xe0"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

# What each field of an appeal is called in files that were seen; the first heading that fits wins.
HEADINGS: dict[str, tuple[str, ...]] = {
    "number": ("工单编号", "工单号", "诉求编号", "受理编号", "留言编号", "流水号", "编号", "external_number", "number",
               "unique_key", "service_request_id", "mid", "id"),
    "title": ("标题", "留言主题", "诉求标题", "主题", "title", "subject"),
    "text": ("诉求内容", "留言详情", "问题描述", "反映内容", "内容", "详情", "描述", "text", "content", "description",
             "descriptor"),
    "occurred_at": ("来电时间", "留言时间", "受理时间", "登记时间", "反映时间", "创建时间", "时间", "occurred_at",
                    "requested_datetime", "created_date", "opened", "opendate", "time"),
    "closed_at": ("办结时间", "结案时间", "完成时间", "closed_at", "closed_date", "closedate", "closed"),
    "kind": ("诉求类型", "工单类型", "类型", "kind"),
    "category": ("事项分类", "诉求分类", "分类代码", "分类", "类别", "一级标签", "service_code", "category_code",
                 "category"),
    "address": ("事发地址", "问题地址", "诉求地址", "地址", "地点", "位置", "address", "incident_address"),
    "area": ("网格代码", "区域代码", "社区代码", "area_code", "address_id"),
    "lng": ("经度", "lng", "lon", "long", "longitude", "x"),
    "lat": ("纬度", "lat", "latitude", "y"),
    "name": ("来电人", "联系人", "诉求人", "姓名", "contact_name", "name"),
    "phone": ("联系电话", "来电号码", "手机号码", "手机号", "电话", "手机", "phone", "mobile"),
    "email": ("电子邮箱", "邮箱", "email"),
    "confidential": ("是否保密", "保密", "confidential"),
    "people": ("影响人数", "涉及人数", "people_affected"),
}  # fmt: skip
FIELD_LABELS: dict[str, str] = {
    "number": "编号",
    "title": "标题",
    "text": "内容",
    "occurred_at": "反映时间",
    "closed_at": "办结时间",
    "kind": "类型",
    "category": "分类",
    "address": "地址",
    "area": "区域代码",
    "lng": "经度",
    "lat": "纬度",
    "name": "联系人",
    "phone": "电话",
    "email": "邮箱",
    "confidential": "保密",
    "people": "影响人数",
}
REQUIRED = ("number", "text")
YES = frozenset({"是", "y", "yes", "true", "1", "保密"})
TIME_SHAPES = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y-%m-%d", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日",
               "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M")  # fmt: skip
SEPARATORS = re.compile(r"[\s_\-()（）:：]+")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file, with the number a spreadsheet shows."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """A row as an appeal, or why it cannot be one."""

    received: Received | None
    refusal: Refused | None = None
    field: str = ""


def rows_of(content: bytes) -> list[Row]:
    """Return the rows of a CSV (UTF-8 or GB18030) or XLSX file (读表).

    Raises:
        Refused: too large, too many rows, no table, or packed so that it would fill the memory.
    """
    if len(content) > FILE_BYTES_MAX:
        raise Refused("文件超过 %(most)s MB，请分开导入。", most=FILE_BYTES_MAX // 1_000_000)
    if content[:4] == OLD_EXCEL_MAGIC:
        raise Refused("这是旧版 Excel（.xls）文件，请另存为 .xlsx 或 CSV 后再导入。")
    rows = _sheet(content) if content[:4] == XLSX_MAGIC else read_table(content)
    if len(rows) > ROWS_MAX:
        raise Refused("超过 %(most)s 行，请分开导入。", most=ROWS_MAX)
    return [Row(number, cells) for number, cells in enumerate(rows, FIRST_ROW)]


def guessed(headings: Iterable[str]) -> dict[str, str]:
    """Return which heading probably holds which field (猜列)."""
    plain = {_plain(heading): heading for heading in reversed(list(headings))}
    found: dict[str, str] = {}
    for field, names in HEADINGS.items():
        heading = next((plain[_plain(name)] for name in names if _plain(name) in plain), None)
        if heading is not None and heading not in found.values():
            found[field] = heading
    return found


def check_columns(columns: Mapping[str, str], headings: Iterable[str]) -> None:
    """Refuse a choice of columns with which no row could be read.

    Raises:
        Refused: a required field has no column, or a column is not in the file.
    """
    for field in REQUIRED:
        if not columns.get(field):
            raise Refused("请指定哪一列是“%(field)s”。", field=FIELD_LABELS[field])
    known = set(headings)
    for field, heading in columns.items():
        if field not in FIELD_LABELS or heading not in known:
            raise Refused("文件里没有“%(heading)s”这一列。", heading=heading[:60])


def number_in(row: Row, columns: Mapping[str, str]) -> str:
    """Return the number of a row, empty when it has none (编号)."""
    return _cell(row, columns, "number")


def read_row(row: Row, *, columns: Mapping[str, str], datum: Datum, at: datetime, seen: set[str]) -> Reading:
    """Return a row as an appeal, or the first thing wrong with it; ``seen`` gathers the numbers of the file."""
    field = "number"
    try:
        number = _number(row, columns, seen)
        field = "occurred_at"
        occurred_at = _times(row, columns)
        field = "lat"
        lng, lat = _point(row, columns)
        field = "category"
        category_code = _category(_cell(row, columns, "category"))
        field = "phone"
        contact = _contact(row, columns)
        field = "text"
        received = Received(
            channel=Channel.HOTLINE,
            text=_cell(row, columns, "text"),
            title=_cell(row, columns, "title"),
            kind=_kind(_cell(row, columns, "kind")),
            occurred_at=occurred_at,
            address=_cell(row, columns, "address"),
            lng=lng,
            lat=lat,
            datum=datum,
            area_code=_cell(row, columns, "area"),
            category_code=category_code,
            contact=contact,
            is_anonymous=contact is None,
            is_confidential=_cell(row, columns, "confidential").lower() in YES,
            external_number=number,
            people_affected=_people(_cell(row, columns, "people")),
        )
        check(received, at=at)
    except Refused as refusal:
        return Reading(None, refusal, field)
    return Reading(received)


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell


def _sheet(content: bytes) -> list[dict[str, str]]:
    """Read the first sheet of a workbook, after looking at how much it would unpack to."""
    from openpyxl import load_workbook  # noqa: PLC0415 -- slow to import, and web processes rarely need it

    try:
        _refuse_bomb(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        lines = book.worksheets[0].iter_rows(values_only=True, max_row=ROWS_MAX + 2, max_col=COLUMNS_MAX)
        headings = [_words(cell) for cell in next(iter(lines), ())]
        rows = [
            {heading: _words(cell) for heading, cell in zip(headings, line, strict=False) if heading}
            for line in lines
            if any(cell is not None for cell in line)
        ]
    except Refused:
        raise
    except Exception as fault:  # a damaged workbook fails in many ways, none of them ours
        raise Refused("这个 Excel 文件读不了，请另存为 CSV 后再导入。") from fault
    if not rows:
        raise Refused("表格里没有数据行；第一行应为列名。")
    return rows


def _refuse_bomb(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = packed.infolist()
    if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > UNPACKED_BYTES_MAX:
        raise Refused("这个 Excel 文件展开后太大，请另存为 CSV 或分开导入。")


def _words(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _plain(heading: str) -> str:
    return SEPARATORS.sub("", heading).lower()


def _cell(row: Row, columns: Mapping[str, str], field: str) -> str:
    return row.cells.get(columns.get(field, ""), "").strip()


def _number(row: Row, columns: Mapping[str, str], seen: set[str]) -> str:
    number = number_in(row, columns)
    if not number:
        raise Refused("没有编号。")
    if number in seen:
        raise Refused("编号“%(number)s”在文件里出现了不止一次。", number=number[:60])
    seen.add(number)
    return number


def closed_at(row: Row, columns: Mapping[str, str]) -> datetime | None:
    """Return when a row says it was closed (办结时间).

    Raises:
        Refused: nobody can read the time.
    """
    return _time(_cell(row, columns, "closed_at"))


def _times(row: Row, columns: Mapping[str, str]) -> datetime | None:
    occurred_at = _time(_cell(row, columns, "occurred_at"))
    closed = closed_at(row, columns)
    if occurred_at and closed and closed < occurred_at:
        raise Refused("办结时间早于反映时间。")
    return occurred_at


def _time(words: str) -> datetime | None:
    if not words:
        return None
    found = None
    try:
        found = parse_datetime(words)
    except ValueError as wrong:
        raise Refused("看不懂时间“%(words)s”。", words=words[:40]) from wrong
    for shape in TIME_SHAPES if found is None else ():
        try:
            found = datetime.strptime(words, shape)  # noqa: DTZ007 -- made aware below, in the district's zone
        except ValueError:
            continue
        break
    if found is None or not 1900 < found.year < 9000:
        raise Refused("看不懂时间“%(words)s”。", words=words[:40])
    return found if found.tzinfo else timezone.make_aware(found)


def _point(row: Row, columns: Mapping[str, str]) -> tuple[float | None, float | None]:
    given = _cell(row, columns, "lng"), _cell(row, columns, "lat")
    if given == ("", ""):
        return None, None
    try:
        return float(given[0]), float(given[1])
    except ValueError as wrong:
        raise Refused("经度或纬度不是数字。") from wrong


def _category(words: str) -> str:
    if not words:
        return ""
    if text.category(words) is not None:
        return words
    named = [row.code for row in text.categories() if words in {row.name_zh, row.name_en, row.name_bo}]
    if not named:
        raise Refused("没有“%(code)s”这个分类。", code=words[:40])
    return named[-1]


def _contact(row: Row, columns: Mapping[str, str]) -> ContactGiven | None:
    given = ContactGiven(
        name=_cell(row, columns, "name"), phone=_cell(row, columns, "phone"), email=_cell(row, columns, "email")
    )
    if not (given.name or given.phone or given.email):
        return None
    contact_given(name=given.name, phone=given.phone, email=given.email)
    return given


def _kind(words: str) -> Kind:
    if not words:
        return Kind.HELP
    by_label = {label: kind for kind, label in KIND_LABELS.items()}
    found = by_label.get(words.removesuffix("类")) or (Kind(words.upper()) if words.upper() in set(Kind) else None)
    if found is None:
        raise Refused("没有“%(words)s”这个类型。", words=words[:40])
    return found


def _people(words: str) -> int | None:
    if not words:
        return None
    if not (words.isascii() and words.isdigit() and len(words) <= 7):
        raise Refused("影响人数不是整数。")
    return int(words)
