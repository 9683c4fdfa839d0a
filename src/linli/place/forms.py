"""Read the files people bring: tables in UTF-8 or GB18030, GeoJSON (读文件)."""

import csv
import io
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from linli.shared.refusals import Refused

FILE_BYTES_MAX = 100_000_000
ROWS_MAX = 300_000
CELL_MAX = 2_000_000


def read_table(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file with a header, whatever its Chinese encoding (读表).

    Raises:
        Refused: the file is too large, in no known encoding, or no table.
    """
    _refuse_large(content)
    text = _decoded(content)
    previous = csv.field_size_limit(CELL_MAX)
    try:
        rows = list(islice(_rows(csv.reader(io.StringIO(text, newline=""), dialect=_dialect(text))), ROWS_MAX + 1))
    except csv.Error as broken:
        raise Refused("表格无法读取：%(reason)s", reason=broken) from broken
    finally:
        csv.field_size_limit(previous)
    if not rows:
        raise Refused("表格里没有数据行；第一行应为列名。")
    _refuse_many(len(rows))
    return rows


def read_features(content: bytes) -> list[dict[str, Any]]:
    """Return the features of a GeoJSON feature collection (读图层).

    Raises:
        Refused: the file is too large or no feature collection.
    """
    _refuse_large(content)
    try:
        collection = json.loads(_decoded(content))
    except (ValueError, RecursionError) as broken:
        raise Refused("不是有效的 GeoJSON 文件。") from broken
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or not features or not all(isinstance(each, dict) for each in features):
        raise Refused("GeoJSON 应为 FeatureCollection，且至少有一个图形。")
    _refuse_many(len(features))
    return features


def looks_like_features(content: bytes) -> bool:
    """Tell whether a file is GeoJSON rather than a table."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def _rows(lines: Iterator[list[str]]) -> Iterator[dict[str, str]]:
    """Pair the cells of each line that has any with the headings of the first; what has no heading is left out."""
    headings = next(lines, [])
    for line in lines:
        if line:
            row = dict(zip(headings, line, strict=False))
            row.pop("", None)
            yield row


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Refused("文件编码无法识别；请存为 UTF-8 或 GB18030。")


def _dialect(text: str) -> type[csv.Dialect] | str:
    head = text[: text.find("\n") + 1] or text[:1000]
    return "excel-tab" if head.count("\t") > head.count(",") else "excel"


def _refuse_large(content: bytes) -> None:
    if len(content) > FILE_BYTES_MAX:
        raise Refused("文件超过 %(most)s MB，请分开导入。", most=FILE_BYTES_MAX // 1_000_000)


def _refuse_many(count: int) -> None:
    if count > ROWS_MAX:
        raise Refused("超过 %(most)s 行，请分开导入。", most=ROWS_MAX)
