"""A real Chromium on real pages: ``open_page`` at any width, language and size of type, with or without scripts.

The pages are served by this process from the test database; the whole running system is driven in journeys/.
Set LINLI_SHOTS to a folder to keep a picture of every page a test looks at.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from playwright.sync_api import Browser, BrowserContext, Page

from linli.staff.sessions import SessionStore
from linli.text import queries as text
from tests.browsing import Answers, new_context, settled

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
HEIGHTS = {320: 640, 390: 844, 1024: 768, 1440: 900}
BARRED = "Content Security Policy"
SERIOUS = {"serious", "critical"}


@pytest.hookimpl(tryfirst=True)  # before tests/conftest.py looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, and give it the migrations' rows back after every flush."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True))


@pytest.fixture(autouse=True)
def _categories_again(transactional_db: None) -> None:
    """A page still open from the test before may have read the table of categories while it was empty."""
    text.forget()


@pytest.fixture
def open_page(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Open a page as somebody: nobody, or a post; faults in scripts and what the policy bars fail the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def opened(
        path: str = "/",
        *,
        width: int = 390,
        language: str = "zh-hans",
        is_large: bool = False,
        has_script: bool = True,
        post: Any = None,
    ) -> Page:
        context = new_context(
            chromium,
            base_url=live_server.url,
            viewport={"width": width, "height": HEIGHTS.get(width, 800)},
            java_script_enabled=has_script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        cookies = {settings.LANGUAGE_COOKIE_NAME: language}
        if is_large:
            cookies["linli_type"] = "large"
        if post is not None:
            cookies[settings.SESSION_COOKIE_NAME] = session_of(post)
        context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(f"{page.url}: {fault}"))
        page.on("console", lambda line: faults.append(f"{page.url}: {line.text}") if BARRED in line.text else None)
        page.goto(path)
        return page

    with Answers():
        yield opened
        for context in contexts:
            context.close()
    assert faults == []


def session_of(post: Any) -> str:
    """Open a session for a post, second factor shown, and return its key."""
    session = SessionStore()
    session[SESSION_KEY] = str(post.account.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = post.account.get_session_auth_hash()
    session["post"] = post.pk
    session["account_authentication_methods"] = [{"method": "password", "at": 0}, {"method": "mfa", "at": 0}]
    session.create()
    return str(session.session_key)


@pytest.fixture
def look() -> Callable[..., None]:
    """Look at a page: axe finds nothing serious, nothing sticks out sideways; a picture is kept when asked for."""

    def looked(page: Page, name: str = "") -> None:
        settled(page)
        folder = os.environ.get("LINLI_SHOTS")
        if folder and name:
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
        assert sideways(page) <= 0, f"{name or page.url} is wider than its window: {too_wide(page)}"
        assert violations(page) == [], name or page.url

    return looked


def too_wide(page: Page) -> list[str]:
    """Name what sticks out of the window."""
    return list(
        page.evaluate(
            "() => [...document.querySelectorAll('main *')]"
            ".filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
            ".map(e => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 40)}`).slice(0, 8)"
        )
    )


def sideways(page: Page) -> int:
    """Return by how many pixels a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def violations(page: Page) -> list[str]:
    """Return what axe finds serious or worse, with the places."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [
        f"{fault['id']}: {node['html'][:160]} {node['failureSummary']}"
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]
