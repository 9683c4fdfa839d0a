import json
import threading
from contextlib import suppress

import pytest
import requests

from tests.faults.harness import PATIENCE_SECONDS, Neighbours
from tests.running import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

LOG_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from linli.staff.sessions import SessionStore
from django.utils import timezone
from linli.staff import queries as staff
account = staff.Account.objects.get(username="admin")
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(account.pk), account.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
session["post"] = staff.posts_of(account, at=timezone.now())[0].pk
session.save()
print(session.session_key)
"""


@pytest.fixture(autouse=True)
def _live_process_answers(machine):
    """The pages are there before the process that sends hints; an open page tries again, a test waits."""
    address = f"http://127.0.0.1:{machine.folder.running().live_port}/health"

    def is_there():
        with suppress(requests.RequestException):
            return requests.get(address, timeout=30).status_code == 200
        return False

    wait_for(is_there, PATIENCE_SECONDS, "the live process to answer")


class Page:
    """An open page of the district's desk, and what it has heard."""

    def __init__(self, machine):
        self.cookies = {"sessionid": machine.manage("shell", "--no-imports", "-c", LOG_IN).splitlines()[-1]}
        self.address = f"http://127.0.0.1:{machine.folder.running().live_port}/live"
        self.areas = set()
        self.answer = requests.get(self.address, cookies=self.cookies, stream=True, timeout=PATIENCE_SECONDS)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        with suppress(requests.RequestException):  # the machine is stopped at the end, and the page with it
            for line in self.answer.iter_lines(chunk_size=1, decode_unicode=True):
                if line.startswith("data: "):
                    self.areas.update(json.loads(line.removeprefix("data: ")).get("areas", []))


def test_an_open_page_hears_of_a_new_case_also_after_the_database_was_killed(machine):
    page = Page(machine)
    with Neighbours(machine, people=1) as neighbours:
        wait_for(lambda: "540102001001" in page.areas, PATIENCE_SECONDS, "the first hint")
        machine.kill("database")
        page.areas.clear()
        neighbours.wait_for_more(1)

        wait_for(lambda: "540102001001" in page.areas, PATIENCE_SECONDS, "a hint after the database was killed")


def test_nobody_hears_anything_without_logging_in(machine):
    address = f"http://127.0.0.1:{machine.folder.running().live_port}/live"

    assert requests.get(address, timeout=30).status_code == 403
    assert requests.get(address, cookies={"sessionid": "made-up"}, timeout=30).status_code == 403
    assert requests.get(address, params={"number": "1", "token": "made-up"}, timeout=30).status_code == 403


def test_a_page_of_another_site_may_not_read_the_hints(machine):
    address = f"http://127.0.0.1:{machine.folder.running().live_port}/live"

    foreign = requests.get(address, headers={"Origin": "https://elsewhere.example"}, timeout=30)
    own = requests.get(address, headers={"Origin": machine.url}, timeout=30)

    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert own.headers["Access-Control-Allow-Origin"] == machine.url
