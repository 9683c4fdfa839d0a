"""Where the way of a press is cut: between message server and database, and by a full disk of the message server."""

import os
import subprocess
import time
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import pytest

from linli.runtime import throwaway
from linli.runtime.device import Address
from tests.faults.cutting import Line
from tests.faults.harness import Machine
from tests.faults.test_devices import make_device
from tests.faults.test_presses import SECRETS, Burst, calls_of, require_all_there_once
from tests.running import wait_for

pytestmark = pytest.mark.faults

ROOM = 24  # MB, for the message server


def door_of(machine):
    for serial, secret in SECRETS.items():
        make_device(machine, serial, secret=secret)
    running = machine.folder.running()
    return Address.of(running.mqtt_url, running.mqtt_authority)


def fill(disk):
    """Leave no room on a disk; return what takes it."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as full:
        while full.write(bytes(4096)):
            pass
    return ballast


def troubles(machine):
    return {kind for (kind,) in machine.query("SELECT DISTINCT kind FROM call_trouble")}


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory):
    """A machine whose database is at the other end of a line."""
    folder = tmp_path_factory.mktemp("line")
    with throwaway.database() as url:
        socket = parse_qs(urlsplit(url).query)["host"][0]
        line = Line(folder, f"{socket}/.s.PGSQL.5432")
        machine = Machine(folder / "data", LINLI_DATABASE_URL=url.replace(socket, str(folder)))
        machine.start()
        try:
            yield machine, line
        finally:
            machine.remove()
            line.close()


@pytest.mark.parametrize("is_silent", [False, True], ids=["broken", "silent"])
def test_no_press_is_lost_when_the_line_to_the_database_is_cut(cut_off, is_silent):
    machine, line = cut_off
    burst = Burst(door_of(machine))
    burst.start()
    time.sleep(burst.seconds / 3)

    line.fall_silent() if is_silent else line.cut()
    time.sleep(8)
    line.cut()  # whoever still waits hears of it now
    line.mend()
    burst.join()

    require_all_there_once(machine, burst)
    assert any(heard.times_said > 1 for _serial, heard in burst.heard)


@pytest.fixture
def small(tmp_path):
    """A machine whose message server has a disk of its own, and a small one."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    machine = Machine(tmp_path / "data")
    disk = machine.folder.path / "broker"
    disk.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}m,mode=700", "linli-small-disk", str(disk)]
    if subprocess.run(mount, check=False).returncode:
        pytest.skip("this machine does not let root mount")
    try:
        machine.start()
        yield machine, disk
    finally:
        machine.remove()
        subprocess.run(["umount", str(disk)], check=True)


def test_no_press_is_lost_when_the_disk_of_the_message_server_is_full(small):
    machine, disk = small
    burst = Burst(door_of(machine), seconds=10)
    burst.start()
    time.sleep(1)
    ballast = fill(disk)

    wait_for(lambda: troubles(machine) & {"BROKER_DOWN", "STREAM_FULL", "CONSUMER_DEAD"}, 90, "the desk to be told")
    before = sum(calls_of(machine, burst).values())
    ballast.unlink()
    burst.join()

    assert before < burst.count
    require_all_there_once(machine, burst)
