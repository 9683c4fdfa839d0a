"""How tests walk through pages without racing them: everything here waits for what it is about to judge.

A click returns before the page it leads to has come. What asks at once — a count, a row of the database, axe — would
ask the old page, or none. So: ``follow`` for a click that brings another page, ``settled`` before judging one,
``expect`` for what appears by itself. Never a fixed pause.
"""

from threading import Lock
from typing import Any

from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from playwright.sync_api import TimeoutError as TookTooLong

from tests.running import wait_for

PATIENCE_MS = 60_000  # a loaded machine is slow, not wrong

# A page says itself that it is being left: from the moment it is sent off, long before the next one begins.
MARK_LEAVING = """
addEventListener('beforeunload', () => { window.isBeingLeft = true; });
addEventListener('submit', (event) => { if (!event.defaultPrevented) window.isBeingLeft = true; });
addEventListener('pageshow', () => { window.isBeingLeft = false; });
"""
UNREST = """() => {
  const some = (marks, isSo = () => true) => [...document.querySelectorAll(marks)].find(isSo)?.outerHTML.slice(0, 200);
  if (document.readyState !== 'complete' || !document.body) return 'the document is still coming';
  if (window.isBeingLeft) return 'the page is being left';
  const coming = some('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added, .panel-loading');
  if (coming) return `a part is being asked for: ${coming}`;
  if (document.fonts.status !== 'loaded') return 'letters are still coming';
  const drawn = some('[data-map], [data-chart]', (box) => box.offsetParent && box.dataset.drawn !== 'ready');
  return drawn ? `a map or chart is being drawn: ${drawn}` : '';
}"""
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"

expect.set_options(timeout=PATIENCE_MS)


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    """Open a browser of somebody's own, patient, whose pages say when they are being left."""
    context = browser.new_context(locale="zh-CN", **options)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(MARK_LEAVING)
    return context


def settled(page: Page) -> Page:
    """Wait until a page has come whole and nothing in it is on its way; it needs the page's scripts."""
    try:
        page.wait_for_function(f"() => !({UNREST})()")
    except TookTooLong as fault:
        raise AssertionError(f"{page.url} does not come to rest: {page.evaluate(UNREST)}") from fault
    page.evaluate(TWO_FRAMES)  # what follows the size of the window has followed
    return page


def follow(page: Page, way: str | Locator) -> Page:
    """Click what brings another page, and wait until that has come; also where scripts are off."""
    with page.expect_navigation(wait_until="load"):
        (page.locator(way) if isinstance(way, str) else way).click()
    return page


class Answers:
    """Counts what this process is answering at the moment, so that nothing still writes when the tables are emptied."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = Lock()

    def __enter__(self) -> "Answers":
        request_started.connect(self._begun, weak=False)
        request_finished.connect(self._ended, weak=False)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            wait_for(lambda: self._count <= 0, 60, "the last answers to be given")
        finally:
            request_started.disconnect(self._begun)
            request_finished.disconnect(self._ended)

    def _begun(self, **_: object) -> None:
        with self._lock:
            self._count += 1

    def _ended(self, **_: object) -> None:
        with self._lock:
            self._count -= 1
