"""What every test may rely on; the database comes from linli.runtime.throwaway (addopts in pyproject.toml)."""

import os
import sys
from datetime import datetime
from functools import cache

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from playwright.sync_api import sync_playwright

from linli.runtime.check import NO_CHROMIUM, find_chromium, is_ci

# Playwright keeps an event loop in its thread; the database is asked between its turns, never inside one.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
KEPT_ROWS = "_test_serialized_contents"  # Django's name

# Walks over the table of moves (tests/actions/test_case_machine.py): the same ones in every run, or many more.
WALK = {"derandomize": True, "database": None, "deadline": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("machine", max_examples=24, stateful_step_count=30, phases=[Phase.generate], **WALK)
settings.register_profile("machine-long", max_examples=2000, stateful_step_count=60, **(WALK | {"derandomize": False}))

HEAVY = ("browser", "faults")  # each such module starts a whole linli: its tests stay together on one core


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keep a module that starts a whole machine on one worker; without Chromium leave the browser tests out."""
    for item in items:
        if any(item.get_closest_marker(name) for name in HEAVY) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
        if item.get_closest_marker("browser") and not is_ci() and not _chromium():
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """In CI a browser test without a browser fails: there nobody would see that it was skipped."""
    if item.get_closest_marker("browser") and is_ci() and not _chromium():
        pytest.fail(f"{NO_CHROMIUM}; with CI set the browser tests are not skipped", pytrace=False)


@cache
def _chromium():
    return find_chromium()


@pytest.fixture(scope="session")
def chromium_path():
    """Where the browser of this machine is."""
    return _chromium()


@pytest.fixture(scope="session")
def chromium(chromium_path, django_db_setup):
    """One browser for all tests of the run: Playwright allows one at a time in a thread."""
    from django.db import connection

    # Beside Playwright's loop Django opens another connection, which does not know what migrations had put in.
    rows = getattr(connection, KEPT_ROWS, "")
    with sync_playwright() as playwright:
        setattr(connection, KEPT_ROWS, rows)
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS, timeout=180_000)
        yield browser
        browser.close()
        connection.close()


def pytest_configure():
    """Hash passwords cheaply: the real hash costs a tenth of a second each, on purpose."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if moment := os.environ.get("LINLI_TEST_AT"):
        _begin_at(datetime.fromisoformat(moment))


def _begin_at(moment):
    """Let the tests run as on another day: a test that holds on weekdays only is red every weekend."""
    real = timezone.now
    shift = moment.astimezone() - real()

    def now():
        return real() + shift

    for module in list(sys.modules.values()):
        for name in ("now", "tz_now"):
            if vars(module).get(name) is real:
                setattr(module, name, now)


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """Let no test see units, posts, rules or places that another one remembered."""
    from linli.case import deadlines
    from linli.case.deadlines import memory as limits
    from linli.intake import queries as intake
    from linli.people import queries as people
    from linli.place import queries as place
    from linli.place.queries import atlas
    from linli.routing import queries as routing
    from linli.staff import queries as staff
    from linli.text import queries as text
    from linli.web.district import keeping

    for memory in (staff, people, place, routing, deadlines, text, keeping):
        memory.forget()
    intake.forget_keys()
    # The looks every few seconds would make counts of statements uncertain, and so would what a busy machine keeps.
    atlas.CHECK_SECONDS = staff.SECONDS_BETWEEN_LOOKS = routing.SECONDS_BETWEEN_LOOKS = 3600.0
    limits.SECONDS_BETWEEN_LOOKS = text.FRESH_SECONDS = intake.KEYS_FRESH_SECONDS = 3600.0
    people.SECONDS_TAGS_ARE_REMEMBERED = keeping.SLOW_SECONDS = 3600.0
