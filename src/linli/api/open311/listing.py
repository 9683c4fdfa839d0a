"""Requests that go out: filters, pages, and one case as the world may read it (公开查询)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext

from linli.api.answers import Fault, moment
from linli.api.keys import count_address
from linli.api.open311.posting import check_jurisdiction, moment_of
from linli.case import published
from linli.case.published import DAYS_MAX, ROWS_MAX, Case
from linli.case.states import STATE_LABELS, CaseState
from linli.staff import queries as staff
from linli.text import queries as text
from linli.text.rules import masked

OPEN, CLOSED = "open", "closed"
PAGE_MAX = 10_000
DIGITS_MAX = 9


@dataclass(frozen=True, slots=True)
class Window:
    """A period and a page of it."""

    since: datetime
    until: datetime
    skip: int
    count: int


def listed(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the public requests that the filters choose.

    Raises:
        Fault: a filter that cannot be read.
    """
    asked = begun(request)
    language = language_of(asked)
    numbers = _words(asked, "service_request_id")
    if numbers:
        return [row_of(case, language) for case in published.by_numbers(numbers)]
    window = window_of(asked)
    found = published.requests(
        since=window.since,
        until=window.until,
        category_codes=_words(asked, "service_code"),
        is_open=_is_open(asked),
        skip=window.skip,
        count=window.count,
    )
    return [row_of(case, language) for case in found]


def one(request: HttpRequest, number: str) -> dict[str, Any]:
    """Return one public request.

    Raises:
        Fault: there is none with this number that strangers may read.
    """
    language = language_of(begun(request))
    found = published.by_numbers([number]) if len(number) <= 20 and "\x00" not in number else []
    if not found:
        raise Fault(404, "没有这个编号的公开事项。")
    return row_of(found[0], language)


def token(request: HttpRequest, words: str) -> dict[str, Any]:
    """Return the number behind a token.

    Raises:
        Fault: the token is not true.
    """
    begun(request)
    number = published.number_behind(words)
    if number is None:
        raise Fault(404, "没有这个 token。")
    return {"service_request_id": number, "token": words}


def begun(request: HttpRequest) -> QueryDict:
    """Count the request and return what it asks.

    Raises:
        Fault: too many requests, or a jurisdiction that is not ours.
    """
    count_address(request)
    check_jurisdiction(request.GET.get("jurisdiction_id", "").strip())
    if any("\x00" in value or "\ufffd" in value for values in request.GET.lists() for value in values[1]):
        raise Fault(400, "参数里有不能读的字符。")
    return request.GET


def window_of(asked: QueryDict) -> Window:
    """Read the period and the page; at most 90 days and 1,000 rows.

    Raises:
        Fault: a date or a number that is none.
    """
    now = timezone.now()
    given_since, given_until = _moment(asked, "start_date"), _moment(asked, "end_date")
    since = given_since or (given_until or now) - timedelta(days=DAYS_MAX)
    until = given_until or (min(given_since + timedelta(days=DAYS_MAX), now) if given_since else now)
    if since > until:
        raise Fault(400, "start_date 不能晚于 end_date。")
    count = _number(asked, "page_size", ROWS_MAX, ROWS_MAX)
    return Window(since, until, (_number(asked, "page", 1, PAGE_MAX) - 1) * count, count)


def row_of(case: Case, language: str) -> dict[str, Any]:
    """Return a case as strangers may read it: nothing of the reporter, numbers in the text hidden."""
    return {
        "service_request_id": case.number,
        "status": OPEN if case.closed_at is None else CLOSED,
        "status_notes": gettext(STATE_LABELS[CaseState(case.state)]),
        "service_name": text.category_name(case.category_code, language),
        "service_code": case.category_code,
        "description": masked(case.first_appeal.text),
        "agency_responsible": staff.unit_name(staff.unit(case.lead_id or case.owner_id), language),
        "service_notice": None,
        "requested_datetime": moment(case.opened_at),
        "updated_datetime": moment(case.moved_at),
        "expected_datetime": moment(case.due_at),
        "address": masked(case.address) or None,
        "address_id": case.area_code,
        "zipcode": None,
        "lat": case.lat,
        "long": case.lng,
        "media_url": None,
    }


def language_of(asked: QueryDict) -> str:
    """Return the language of names: Chinese unless ``locale`` asks for another of ours."""
    given = asked.get("locale", "")
    return given if given in {"bo", "en"} else "zh-hans"


def _words(asked: QueryDict, name: str) -> list[str]:
    return [word.strip() for word in asked.get(name, "").split(",") if word.strip()][:ROWS_MAX]


def _is_open(asked: QueryDict) -> bool | None:
    words = set(_words(asked, "status"))
    if not words <= {OPEN, CLOSED}:
        raise Fault(400, "status 应为 open 或 closed。")
    return words == {OPEN} if len(words) == 1 else None


def _moment(asked: QueryDict, name: str) -> datetime | None:
    words = asked.get(name, "").strip()
    return moment_of(words, name) if words else None


def _number(asked: QueryDict, name: str, default: int, most: int) -> int:
    words = asked.get(name, "").strip()
    if not words:
        return default
    if not (words.isascii() and words.isdigit() and len(words) <= DIGITS_MAX) or not 0 < int(words) <= most:
        raise Fault(400, "%(name)s 应为 1 到 %(most)s 的整数。", name=name, most=most)
    return int(words)
