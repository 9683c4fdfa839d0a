"""The way to a machine door: past sessions, cookies, languages and pages, straight to its view (机器入口).

A partner's system shows a key, not a cookie. Everything the pages' middleware looks up would be thrown away, so the
doors are answered before it. They act in everything: a key opens a door, not an area; each door minds what it shows.
"""

import logging
from collections.abc import Callable

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.urls import resolve
from django.utils.datastructures import MultiValueDictKeyError

from linli.api.answers import JSON, XML, Fault, fault_answer
from linli.api.open311 import posting
from linli.shared.refusals import Conflict, Refused
from linli.shared.scope import EVERYTHING, acting

DOORS = ("/open311/", "/api/")
URLS = "linli.api.urls"
POSTED = {f"/open311/v2/requests.{form}": form for form in (JSON, XML)}  # described in open311/routes.py
REHEARSED = "/open311/test/v2/"  # answered as if it were the door itself, and taken back
DATABASE_BACK_SECONDS = 5
FAILED = "系统出错，已记录。"
# What a partner may send that no door can read.
UNREADABLE = (SuspiciousOperation, BadRequest, UnicodeError, MultiPartParserError, MultiValueDictKeyError)

log = logging.getLogger(__name__)


class MachineDoors:
    """Answer requests to a machine door here; pass the others on to the pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or pass on."""
        if not request.path_info.startswith(DOORS):
            return self.get_response(request)
        with acting(EVERYTHING):
            try:
                rehearsed = request.path_info.startswith(REHEARSED)
                answer = _rehearsed(request) if rehearsed else _answer(request)
            except Exception as fault:  # noqa: BLE001 -- the edge: every fault is answered in the door's own form
                answer = answer_to(request, fault)
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Content-Length"] = str(len(answer.content))
        return answer


def _rehearsed(request: HttpRequest) -> HttpResponse:
    """Answer as the door itself would, and keep nothing: for who tries its software out (试用接口)."""
    request.path_info = request.path_info.replace(REHEARSED, "/open311/v2/", 1)
    request.META[posting.REHEARSAL] = True
    with transaction.atomic():
        answer = _answer(request)
        transaction.set_rollback(True)
    return answer


def _answer(request: HttpRequest) -> HttpResponse:
    """Find the view; the one address that must take a whole city's appeals is known without looking."""
    form = POSTED.get(request.path_info) if request.method == "POST" else None
    if form is not None:
        return posting.answer(request, form)
    match = resolve(request.path_info, URLS)
    request.resolver_match = match
    answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return answer


def answer_to(request: HttpRequest, fault: Exception) -> HttpResponse:
    """Answer what was foreseen with its sentence, anything else with a 500 that is logged once."""
    known = _foreseen(fault)
    if isinstance(fault, DatabaseError | InterfaceError):
        connection.close()  # the next request asks for a new one
    if known is None:
        log.error("a machine door failed at %s", request.path_info, exc_info=fault)
        known = Fault(500, FAILED)
    elif known.status >= 500:
        log.warning("a machine door could not answer at %s: %s", request.path_info, fault)
    return fault_answer(request, known)


def _foreseen(fault: Exception) -> Fault | None:
    if isinstance(fault, Fault):
        return fault
    if isinstance(fault, Refused):
        return Fault(409 if isinstance(fault, Conflict) else 400, fault.message_id, **fault.places)
    if isinstance(fault, Http404):
        return Fault(404, "没有这个地址。")
    if isinstance(fault, UNREADABLE):
        return Fault(400, "请求不完整、太大或编码有误。")
    if isinstance(fault, OperationalError | InterfaceError):
        return Fault(503, "数据库暂时不能用，请稍后再试。", retry_seconds=DATABASE_BACK_SECONDS)
    return None
