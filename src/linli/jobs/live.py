"""Live screens: server-sent hints that something in view has changed (实时提示).

A hint carries codes and ids, never contents; the page then asks for itself, with its own rights. One process holds one
database connection that listens, and any number of open pages. A lost hint costs nothing: after every interruption all
pages are told to look again.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

import psycopg
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.utils import timezone
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from linli.case import queries as cases
from linli.shared.hints import CHANNEL
from linli.shared.refusals import Refused
from linli.shared.scope import EVERYTHING, Scope, acting
from linli.staff import queries as staff
from linli.staff.sessions import SessionStore

HEARTBEAT_SECONDS = 15
HEARTBEATS_PER_CHECK = 4  # a person who logged out, or whose post ended, hears nothing more after a minute
PAGES_MAX = 2000
WAITING_HINTS_MAX = 50

Hint = dict[str, list[Any]]
LOOK_AGAIN: Hint = {}  # a hint that names nothing concerns everything

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Viewer:
    """What one open page may hear of: a post's scope, or a resident's own case."""

    scope: Scope
    case_id: int = 0

    def share(self, hint: Hint) -> Hint | None:
        """Return the part of a hint this page may hear, None when there is none."""
        if self.case_id:
            return {"cases": [self.case_id]} if self.case_id in hint.get("cases", []) else None
        areas = [code for code in hint.get("areas", []) if self._covers(str(code))]
        units = [pk for pk in hint.get("units", []) if self.scope.everything or pk == self.scope.unit_id]
        if not areas and not units:
            return None
        # A call rings at once and by itself: its page need not guess from areas.
        return {"areas": areas, "units": units} | ({"calls": hint["calls"]} if hint.get("calls") else {})

    def _covers(self, code: str) -> bool:
        return self.scope.everything or bool(self.scope.area_code and code.startswith(self.scope.area_code))


@dataclass(eq=False)
class Page:
    """One open page and the hints it has not heard yet."""

    viewer: Viewer
    waiting: asyncio.Queue[Hint] = field(default_factory=lambda: asyncio.Queue(WAITING_HINTS_MAX))

    def hear(self, hint: Hint) -> None:
        """Keep a hint for the page; a page too slow to read is told once to look again at everything."""
        if self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            hint = dict(LOOK_AGAIN)
        self.waiting.put_nowait(hint)


pages: set[Page] = set()


async def live(request: Request) -> Response:
    """Answer an open page with hints for as long as it stays open."""
    if len(pages) >= PAGES_MAX:
        return PlainTextResponse("too many open pages", status_code=503, headers=_cross_origin(request))
    viewer = await _viewer(request)
    if viewer is None:
        return PlainTextResponse("log in first", status_code=403, headers=_cross_origin(request))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", **_cross_origin(request)}
    return StreamingResponse(_hints(request, Page(viewer)), media_type="text/event-stream", headers=headers)


async def health(_: Request) -> Response:
    """Say that the process is alive, and how many pages are open."""
    return PlainTextResponse(f"ok {len(pages)}\n")


async def listen() -> None:
    """Listen to the database for ever, over every interruption."""
    pause = 0.1
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**_address(), autocommit=True) as session:
                await session.execute(f"LISTEN {CHANNEL}")
                pause = 0.1
                _tell_all(dict(LOOK_AGAIN))  # whatever was said while nobody listened
                async for notice in session.notifies():
                    _tell_scoped(notice.payload)
        except (psycopg.Error, OSError) as fault:
            log.warning("the database does not speak, trying again in %.1f s: %s", pause, fault)
        await asyncio.sleep(pause)
        pause = min(pause * 2, 5.0)


def _tell_scoped(payload: str) -> None:
    try:
        hint: Hint = json.loads(payload)
    except ValueError:
        log.warning("a hint could not be read: %.100s", payload)
        return
    for page in pages:
        share = page.viewer.share(hint)
        if share is not None:
            page.hear(share)


def _tell_all(hint: Hint) -> None:
    for page in pages:
        page.hear(hint)


async def _hints(request: Request, page: Page) -> AsyncIterator[str]:
    pages.add(page)
    try:
        yield "retry: 3000\n: welcome\n\n"
        beats = 0
        while True:
            try:
                hint = await asyncio.wait_for(page.waiting.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                beats += 1
                if beats % HEARTBEATS_PER_CHECK == 0 and await _viewer(request, default=page.viewer) != page.viewer:
                    return
                yield "event: beat\ndata: {}\n\n"  # not a comment: the page must hear that it still hears
            else:
                yield f"event: hint\ndata: {json.dumps(hint)}\n\n"
    finally:
        pages.discard(page)


async def _viewer(request: Request, *, default: Viewer | None = None) -> Viewer | None:
    number, token = request.query_params.get("number", ""), request.query_params.get("token", "")
    key = request.cookies.get(settings.SESSION_COOKIE_NAME, "")
    try:
        if number:
            return await sync_to_async(_resident)(number, token)
        return await sync_to_async(_worker)(key) if key else None
    except DatabaseError:  # an interruption is no reason to send people away who are already here
        return default


def _resident(number: str, token: str) -> Viewer | None:
    with _database(), acting(EVERYTHING):
        try:
            return Viewer(Scope(), case_id=cases.followed(number, token).case.pk)
        except Refused:
            return None


def _worker(session_key: str) -> Viewer | None:
    with _database(), acting(EVERYTHING):
        session = SessionStore(session_key)
        account = get_user(cast("HttpRequest", SimpleNamespace(session=session)))  # it reads the session alone
        if not isinstance(account, staff.Account):
            return None
        post = staff.post_in_session(session, account, at=timezone.now())
        return Viewer(staff.scope_of(post)) if post else None


class _database:  # noqa: N801 -- reads as a context
    """Leave a broken connection behind, so that the next question opens a new one."""

    def __enter__(self) -> None:
        connection.close_if_unusable_or_obsolete()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, DatabaseError):
            connection.close()


def _cross_origin(request: Request) -> dict[str, str]:
    """Allow the pages of the same host, which come from another port."""
    origin = request.headers.get("origin", "")
    if not origin or urlsplit(origin).hostname != request.url.hostname:
        return {"Vary": "Origin"}
    return {"Vary": "Origin", "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}


def _address() -> dict[str, Any]:
    parameters = connection.get_connection_params()
    return {key: parameters[key] for key in parameters if key not in {"cursor_factory", "context", "prepare_threshold"}}


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    listening = asyncio.create_task(listen())
    yield
    listening.cancel()


application = Starlette(routes=[Route("/live", live), Route("/health", health)], lifespan=_lifespan)
