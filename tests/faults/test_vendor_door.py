"""A vendor's cloud hands presses over to a whole linli that is being killed; its duty desk's phone is woken.

LINLI_TEST_PRESSES says how many presses a burst has.
"""

import json
import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.faults.harness import Machine
from tests.make_notice import receiver
from tests.make_push import Phone, who_says
from tests.make_vendor import Cloud
from tests.running import wait_for

pytestmark = pytest.mark.faults

PRESSES = int(os.environ.get("LINLI_TEST_PRESSES", "40"))
SECONDS = PRESSES * 0.12
WITHIN_SECONDS = 150
# What an administrator and a person at the duty desk do on their pages, said in one go.
PREPARED = """
import json
from datetime import timedelta
from django.utils import timezone
from linli.call import actions as calls
from linli.notice.carriers import webpush
from linli.staff import queries as staff
from linli.staff.models import Account, Post
at, unit = timezone.now(), staff.district_unit()
account = Account.objects.create(username="duty", name="值班", password="!", created_at=at)
Post.objects.create(account=account, role="DISTRICT", unit=unit, area_code=unit.area_code, valid_from=at - timedelta(1))
calls.subscribe(account=account, at=at, endpoint=%r, key_p256dh=%r, key_auth=%r)
made = calls.add_vendor(name="某某手环云", at=at)
print(json.dumps([made.vendor.pk, made.secret, webpush.public_key()]))
"""


@pytest.fixture(scope="module")
def service():
    """The push service of a browser, on this machine."""
    with receiver((201, b"")) as running:
        yield running


@pytest.fixture(scope="module")
def phone(service):
    return Phone(f"{service.url}/send/duty")


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    outgoing = {"LINLI_OUTGOING_HTTP": "on", "LINLI_OUTGOING_NETWORKS": "127.0.0.0/8"}
    machine = Machine(tmp_path_factory.mktemp("vendor") / "data", **outgoing)
    try:
        machine.start()
        yield machine
    finally:
        machine.remove()


@pytest.fixture(scope="module")
def prepared(machine, phone):
    given = phone.handed_over
    script = PREPARED % (given["endpoint"], given["key_p256dh"], given["key_auth"])
    number, secret, key = json.loads(managed(machine, script))
    return Cloud(number, secret), key


def managed(machine, script):
    """Run a few lines within the machine, allowed to send where it is."""
    machine.folder.keep_settings({"LINLI_OUTGOING_HTTP": "on"})
    return machine.manage("shell", "--no-imports", "-c", script).splitlines()[-1]


def handed_over(machine, cloud, ref):
    """Hand one press over until it is taken, each time signed anew; return its number and how often it was said."""
    content = json.dumps({"presses": [{"serial": f"CLOUD-{ref}", "ref": ref, "kind": "PRESS"}]}).encode()
    deadline, said = time.monotonic() + WITHIN_SECONDS, 0
    while time.monotonic() < deadline:
        said += 1
        try:
            heads = cloud.heads(content, key=ref) | {"Content-Type": "application/json"}
            answer = requests.post(f"{machine.url}/api/call/v1/presses", data=content, headers=heads, timeout=20)
            if answer.status_code == 200:
                return answer.json()["presses"][0]["number"], said
        except (requests.RequestException, ValueError):
            pass
        time.sleep(0.3)
    return "", said


class Burst(threading.Thread):
    """Presses at random moments, four on their way at a time."""

    def __init__(self, machine, cloud):
        super().__init__()
        self.machine, self.cloud = machine, cloud
        self.refs = [f"{id(self):x}-{number}" for number in range(PRESSES)]
        self.heard = {}

    def run(self):
        def one(ref):
            time.sleep(random.uniform(0, 2 * 4 * SECONDS / PRESSES))
            return handed_over(self.machine, self.cloud, ref)

        with ThreadPoolExecutor(4) as threads:
            self.heard = dict(zip(self.refs, threads.map(one, self.refs), strict=True))

    def kept(self):
        rows = self.machine.query(
            "SELECT p.ref, c.number FROM call_press p LEFT JOIN call_call c ON c.press_id = p.id"
            " WHERE p.via = 'HTTPS' AND starts_with(p.ref, %s)",
            f"{id(self):x}-",
        )
        found = {}
        for ref, number in rows:
            found.setdefault(ref, []).append(number)
        return found


def test_a_press_of_a_cloud_wakes_the_phone_of_the_duty_desk(machine, prepared, phone, service):
    cloud, key = prepared

    number, _said = handed_over(machine, cloud, "first")

    def mine():
        opened = [(one, json.loads(phone.opened(one.content))) for one in service.received]
        return [(one, said) for one, said in opened if said["number"] == number]

    wait_for(mine, 30, "the phone to be woken")
    received, said = mine()[0]
    assert who_says(received)[0] == key
    assert said["body"] == "没有发放的设备，请值班台核实"
    asked = (
        "SELECT t.standing FROM call_told t JOIN call_call c ON c.id = t.call_id WHERE c.number = %s AND t.way = 'PUSH'"
    )
    wait_for(lambda: ("SENT",) in machine.query(asked, number), 30, "the telling to be marked")


@pytest.mark.parametrize("targets", [("web",), ("web worker",), ("database",), ("web", "database")], ids="+".join)
def test_no_press_of_a_cloud_is_lost_whatever_is_killed_meanwhile(machine, prepared, targets):
    burst = Burst(machine, prepared[0])
    burst.start()
    for target in targets:
        time.sleep(random.uniform(0.2, SECONDS / 2))
        machine.kill(target)
    burst.join()

    counts = f"{PRESSES} presses said {sum(said for _number, said in burst.heard.values())} times"
    print(counts)  # noqa: T201 -- the counts are what is to be shown (pytest -s)
    assert burst.kept() == {ref: [number] for ref, (number, _said) in burst.heard.items()}, counts
