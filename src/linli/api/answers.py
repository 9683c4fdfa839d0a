"""Answers of the machine doors: XML or JSON, moments with a zone, faults as arrays of code and description."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext

JSON, XML = "json", "xml"
TYPES = {JSON: "application/json; charset=utf-8", XML: "text/xml; charset=utf-8"}
XML_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
# XML 1.0 has no way to write these; nothing kept by intake holds them, but older rows of other makers may.
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Row = Mapping[str, Any]


class Fault(Exception):  # noqa: N818 -- an answer, not an error
    """A foreseen no of a machine door: status, sentence, and when to come again."""

    def __init__(self, status: int, sentence: str, *, retry_seconds: int = 0, **places: Any) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.retry_seconds, self.places = status, sentence, retry_seconds, places


def format_of(request: HttpRequest) -> str:
    """Return the format an address asks for; JSON unless it says XML."""
    return XML if request.path_info.endswith(".xml") else JSON


def as_json(value: Any) -> bytes:
    """Write a value as JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def as_xml(root: str, item: str, rows: Iterable[Row]) -> bytes:
    """Write rows as XML: one element of the root per row."""
    return one_as_xml(root, [{item: row} for row in rows])


def one_as_xml(root: str, value: Row | list[Row]) -> bytes:
    """Write one value as XML."""
    return "".join([XML_HEAD, *_elements({root: value})]).encode()


def rows_answer(form: str, *, root: str, item: str, rows: list[Any], status: int = 200) -> HttpResponse:
    """Answer rows in the format asked for: a bare array in JSON, root and items in XML."""
    body = as_xml(root, item, rows) if form == XML else as_json(rows)
    return HttpResponse(body, content_type=TYPES[form], status=status)


def fault_answer(request: HttpRequest, fault: Fault) -> HttpResponse:
    """Answer a fault in the client's format and language."""
    with translation.override(_language(request)):
        sentence = gettext(fault.sentence)
        words = sentence % fault.places if fault.places else sentence
    answer = rows_answer(
        format_of(request),
        root="errors",
        item="error",
        rows=[{"code": fault.status, "description": words}],
        status=fault.status,
    )
    if fault.retry_seconds:
        answer["Retry-After"] = str(fault.retry_seconds)
    return answer


def moment(at: datetime | None) -> str | None:
    """Write a moment as W3C asks, with the district's zone."""
    return timezone.localtime(at).replace(microsecond=0).isoformat() if at else None


def _language(request: HttpRequest) -> str:
    if "HTTP_ACCEPT_LANGUAGE" not in request.META:
        return settings.LANGUAGE_CODE
    return translation.get_language_from_request(request)


def _elements(row: Row) -> Iterable[str]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield f"<{name}>{''.join(_elements(value))}</{name}>"
        elif isinstance(value, list):
            yield f"<{name}>{''.join(_list(value))}</{name}>"
        else:
            yield f"<{name}>{_text(value)}</{name}>" if value is not None else f"<{name}/>"


def _list(values: list[Any]) -> Iterable[str]:
    """A list's items stand in elements of their own name: the one key of each (``{"value": {...}}``)."""
    for value in values:
        yield from _elements(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(NOT_XML.sub("\ufffd", str(value)))
