"""Read one row of an import, whatever its columns are called (读行)."""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from linli.place.rules.findings import Fault, Unfit

COLUMNS: dict[str, tuple[str, ...]] = {
    "as_of": ("年度", "版本", "日期"),
    "year": ("年份",),
    "level": ("层级",),
    "code": ("编码", "代码", "区划代码", "统计用区划代码", "网格编码", "楼栋编码"),
    "name": ("名称", "网格名称", "楼栋名称"),
    "name_bo": ("藏文名称", "藏语名称"),
    "name_en": ("英文名称",),
    "aliases": ("别名", "街巷"),
    "parent_code": ("上级编码", "上级代码"),
    "urban_rural_code": ("城乡分类代码",),
    "successor_code": ("后继编码",),
    "replaces": ("替换编码", "旧编号"),
    "households": ("户数",),
    "people": ("人口", "人数"),
    "geometry": ("wkt", "geojson", "图形", "范围"),
}
KNOWN_AS = {other: column for column, others in COLUMNS.items() for other in (column, *others)}
NAME_MOST = {"name": 80, "name_bo": 160, "name_en": 160}
ALIAS_MOST = 80
ALIASES_MOST = 200
SEPARATORS = re.compile(r"[、,，;；|]\s*")


def renamed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row under our column names; empty cells and unknown columns fall away."""
    found: dict[str, Any] = {}
    for heading, value in row.items():
        column = KNOWN_AS.get(str(heading).strip().lower())
        cell = value.strip() if isinstance(value, str) else value
        if column and cell not in ("", None):
            found[column] = cell
    return found


def read_name(row: Mapping[str, Any], column: str, *, is_needed: bool = False) -> str:
    """Return a name in one written form.

    Raises:
        Unfit: it is missing, too long or has characters nobody sees.
    """
    written = unicodedata.normalize("NFC", str(row.get(column, "")))
    if (is_needed and not written) or any(
        unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cn", "Cs"} for sign in written
    ):
        raise Unfit(Fault.BAD_NAME)
    if len(written) > NAME_MOST[column]:
        raise Unfit(Fault.LONG_NAME, column=column, most=NAME_MOST[column])
    return written


def read_list(row: Mapping[str, Any], column: str) -> tuple[str, ...]:
    """Return a list written as JSON or with separators.

    Raises:
        Unfit: an entry is too long.
    """
    cell = row.get(column, ())
    if isinstance(cell, str) and cell.startswith("["):
        try:
            cell = json.loads(cell)
        except ValueError as broken:
            raise Unfit(Fault.BAD_NAME) from broken
    entries = SEPARATORS.split(cell) if isinstance(cell, str) else cell
    if not isinstance(entries, list | tuple):
        raise Unfit(Fault.BAD_NAME)
    found = tuple(dict.fromkeys(str(entry).strip() for entry in entries if str(entry).strip()))
    if len(found) > ALIASES_MOST or any(len(entry) > ALIAS_MOST for entry in found):
        raise Unfit(Fault.LONG_NAME, column=column, most=ALIAS_MOST)
    return found


def read_count(row: Mapping[str, Any], column: str) -> int | None:
    """Return a whole number, nothing when the cell is empty.

    Raises:
        Unfit: it is no such number.
    """
    if column not in row:
        return None
    written = str(row[column]).removesuffix(".0")
    if not re.fullmatch(r"[0-9]{1,9}", written):
        raise Unfit(Fault.BAD_NUMBER, column=column, given=written[:20])
    return int(written)


def read_date(row: Mapping[str, Any], year: int | None) -> date:
    """Return the day an edition stands for; a bare year is its last day.

    Raises:
        Unfit: there is none, or it is no date.
    """
    written = str(row.get("as_of") or row.get("year") or year or "")
    try:
        return date(int(written), 12, 31) if re.fullmatch(r"[0-9]{4}", written) else date.fromisoformat(written[:10])
    except ValueError as unreadable:
        raise Unfit(Fault.BAD_DATE, given=written[:20]) from unreadable
