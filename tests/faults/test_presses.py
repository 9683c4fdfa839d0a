"""No press is ever lost: real devices press at the real message server while whatever is on the way is killed.

LINLI_TEST_PRESSES says how many presses a burst has (500 is that of the requirement), in a tenth as many seconds.
"""

import asyncio
import os
import random
import threading
import time

import pytest

from linli.call.rules import new_secret
from linli.runtime.device import Address, Device
from tests.faults.test_devices import make_device
from tests.running import run_alone, wait_for

pytestmark = pytest.mark.faults

PRESSES = int(os.environ.get("LINLI_TEST_PRESSES", "40"))
SECONDS = PRESSES * 0.12
SECRETS = {f"PRESSED{number:03d}": new_secret() for number in range(20)}
WITHIN_SECONDS = 150
LATE = "SELECT count(*) FROM call_call WHERE state = 'RAISED' AND next_step_at < now() - interval '5 seconds'"


class Burst(threading.Thread):
    """Devices that press at random moments, each until it hears our answer."""

    def __init__(self, address, *, count=PRESSES, seconds=SECONDS):
        super().__init__()
        self.address, self.count, self.seconds = address, count, seconds
        self.heard = []

    def run(self):
        self.heard = asyncio.run(self._press())

    async def _press(self):
        devices = [Device(serial, secret, self.address) for serial, secret in SECRETS.items()]

        async def one(number):
            await asyncio.sleep(random.uniform(0, self.seconds))
            device = devices[number % len(devices)]
            return device.serial, await device.press(ref=f"{id(self):x}-{number}", within=WITHIN_SECONDS, repeat=2)

        heard = await asyncio.gather(*(one(number) for number in range(self.count)))
        for device in devices:
            await device.leave()
        return heard


@pytest.fixture(scope="module")
def address(machine):
    for serial, secret in SECRETS.items():
        make_device(machine, serial, secret=secret)
    running = machine.folder.running()
    return Address.of(running.mqtt_url, running.mqtt_authority)


def calls_of(machine, burst):
    """How often each press of a burst lies there as a call."""
    found = machine.query(
        "SELECT p.serial, p.ref, count(c.id) FROM call_press p LEFT JOIN call_call c ON c.press_id = p.id"
        " WHERE p.ref LIKE %s GROUP BY 1, 2",
        f"{id(burst):x}-%",
    )
    return {(serial, ref): count for serial, ref, count in found}


def require_all_there_once(machine, burst):
    kept = calls_of(machine, burst)
    handled = [(serial, heard.ref) for serial, heard in burst.heard if heard.is_handled]
    said = sum(heard.times_said for _serial, heard in burst.heard)
    counts = f"{burst.count} presses said {said} times: {len(handled)} told handled, {sum(kept.values())} calls"
    print(counts)  # noqa: T201 -- the counts are what is to be shown (pytest -s)

    assert len(handled) == burst.count, counts
    assert kept == dict.fromkeys(handled, 1)
    closed = machine.query("SELECT count(*) FROM call_call WHERE state = 'CLOSED' AND outcome <> 'TEST'")[0][0]
    assert closed == 0
    wait_for(lambda: machine.query(LATE)[0][0] == 0, 60, "every unanswered call to go on")


def test_a_press_becomes_a_call_and_only_then_the_device_is_told(machine, address):
    async def press():
        async with Device("PRESSED000", SECRETS["PRESSED000"], address) as device:
            first = await device.press(ref="twice", kind="FALL")
            return first, await device.press(ref="twice", kind="FALL")

    first, again = run_alone(press())

    assert first.is_handled
    assert again.is_handled
    rows = machine.query(
        "SELECT c.kind, c.state, p.via FROM call_call c JOIN call_press p ON p.id = c.press_id WHERE p.ref = 'twice'"
    )
    assert rows == [("FALL", "RAISED", "MQTT")]


def test_a_heartbeat_is_written_down(machine, address):
    async def beat():
        async with Device("PRESSED001", SECRETS["PRESSED001"], address) as device:
            await device.heartbeat(battery=17, signal=-99)
            await asyncio.sleep(0.5)

    run_alone(beat())

    def told():
        asked = "SELECT battery, signal, is_offline, last_seen_at IS NULL FROM call_device WHERE serial = 'PRESSED001'"
        return machine.query(asked) == [(17, -99, False, False)]

    wait_for(told, 15, "the heartbeat to be there")


@pytest.mark.parametrize(
    "targets",
    [("broker",), ("alarms",), ("database",), ("web",), ("broker", "database"), ("alarms", "doorkeeper")],
    ids="+".join,
)
def test_no_press_is_lost_whatever_is_killed_meanwhile(machine, address, targets):
    burst = Burst(address)
    burst.start()
    for target in targets:
        time.sleep(random.uniform(0.2, SECONDS / 2))
        machine.kill(target)
    burst.join()

    require_all_there_once(machine, burst)
