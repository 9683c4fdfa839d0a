"""Devices come in at the real message server, over TLS, with their own secret, to their own topics alone."""

import asyncio
import json
import ssl
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import gmqtt
import nats
import psutil
import pytest
from gmqtt.mqtt.constants import MQTTv311
from gmqtt.mqtt.handler import MQTTConnectError

from linli.call.rules import new_secret, secret_hash
from linli.runtime.device import Address, Device, NotLetIn
from linli.shared.chains import GENESIS
from tests.running import wait_for

pytestmark = pytest.mark.faults

FIRST, SECOND = "TESTA001", "TESTB001"
SECRETS = {serial: new_secret() for serial in (FIRST, SECOND, "TESTG001")}
MAKE = (
    "INSERT INTO call_device (serial, kind, protocol, state, vendor, secret_hash, head_hash, event_count, unit_id,"
    " area_code, registered_at, heartbeat_seconds, is_offline) SELECT %s, %s, %s, %s, '', %s, %s, 0, min(id), '540102',"
    " now(), 300, false FROM staff_unit ON CONFLICT (serial) DO UPDATE SET secret_hash = excluded.secret_hash,"
    " state = excluded.state RETURNING 1"
)


def make_device(machine, serial, *, kind="BRACELET", protocol="LINLI", state="IN_STOCK", secret=""):
    machine.query(MAKE, serial, kind, protocol, state, secret_hash(secret or SECRETS[serial]), GENESIS)


@pytest.fixture(scope="module")
def devices(machine):
    """The machine with two bracelets, and the address devices come in at."""
    for serial in (FIRST, SECOND):
        make_device(machine, serial)
    running = machine.folder.running()
    return machine, Address.of(running.mqtt_url, running.mqtt_authority)


@contextmanager
def heard_at(machine, *subjects):
    """Run with a connection of our own processes that listens."""

    async def listening(act):
        heard = []
        server = await nats.connect(machine.folder.running().broker_url)
        for subject in subjects:

            async def note(message):
                heard.append((message.subject, message.data))

            await server.subscribe(subject, cb=note)
        await server.flush()
        await act(server)
        await asyncio.sleep(0.5)
        await server.close()
        return heard

    yield lambda act: asyncio.run(listening(act))


def comes_in(address, serial, secret):
    async def try_it():
        async with Device(serial, secret, address):
            return True

    try:
        return asyncio.run(try_it())
    except (NotLetIn, TimeoutError, ConnectionError):
        return False


def test_only_the_right_secret_comes_in_over_tls(devices):
    _machine, address = devices

    assert address.tls is not None
    assert comes_in(address, FIRST, SECRETS[FIRST])
    assert not comes_in(address, FIRST, SECRETS[SECOND])
    assert not comes_in(address, FIRST, "")
    assert not comes_in(address, "TESTNOBODY", SECRETS[FIRST])


def test_a_device_that_does_not_know_our_authority_or_speaks_plainly_stays_outside(devices):
    _machine, address = devices

    with pytest.raises(ssl.SSLCertVerificationError):
        asyncio.run(Device(FIRST, SECRETS[FIRST], replace(address, tls=ssl.create_default_context())).connect())
    assert not comes_in(replace(address, tls=None), FIRST, SECRETS[FIRST])


@pytest.mark.parametrize("state", ["IN_STOCK", "HANDED_OUT", "RETIRED"])
def test_a_registered_device_of_any_state_may_press(devices, state):
    machine, address = devices
    make_device(machine, FIRST, state=state)

    assert comes_in(address, FIRST, SECRETS[FIRST])


def test_a_device_says_and_hears_its_own_topics_alone(devices):
    machine, address = devices

    async def act(server):
        async with Device(FIRST, SECRETS[FIRST], address) as first, Device(SECOND, SECRETS[SECOND], address) as second:
            answers = {}
            first._client.on_subscribe = lambda _client, mid, qos, _more: answers.update({mid: qos[0]})
            forbidden = [f"linli/{SECOND}/ack", "linli/+/ack", "#", "$SYS/#", "$MQTT/sub/+", f"linli/{FIRST}/press"]
            asked = {first._client.subscribe(topic, qos=1): topic for topic in forbidden}
            for topic in (f"linli/{SECOND}/press", f"linli/{FIRST}/ack", f"linli/{FIRST}/press", "$JS/API/INFO"):
                first._client.publish(topic, b'{"ref": "of-the-first"}', qos=1)
            await second.heartbeat(battery=50)
            await asyncio.sleep(1)
            assert {asked[mid]: code for mid, code in answers.items() if mid in asked} == dict.fromkeys(forbidden, 128)

    with heard_at(machine, ">") as hear:
        heard = {subject for subject, data in hear(act) if data == b'{"ref": "of-the-first"}'}

    assert {subject for subject in heard if not subject.startswith("$")} == {f"linli.{FIRST}.press"}


def test_only_a_gateway_of_thingsboard_speaks_for_others(devices):
    machine, address = devices
    make_device(machine, "TESTG001", kind="GATEWAY", protocol="THINGSBOARD")

    async def act(server):
        for serial in (FIRST, "TESTG001"):
            async with Device(serial, SECRETS[serial], address) as device:
                for topic in ("v1/gateway/telemetry", "v1/devices/me/telemetry"):
                    device._client.publish(topic, serial.encode(), qos=1)
                await asyncio.sleep(0.5)

    with heard_at(machine, "v1.>") as hear:
        heard = sorted(hear(act))

    assert heard == [("v1.devices.me.telemetry", b"TESTG001"), ("v1.gateway.telemetry", b"TESTG001")]


def test_a_strange_client_id_is_refused_because_it_could_throw_another_device_out(devices):
    _machine, address = devices

    async def with_client_id(client_id):
        client = gmqtt.Client(client_id)
        client.set_config({"reconnect_retries": -2})
        client.set_auth_credentials(FIRST, SECRETS[FIRST])
        return await asyncio.wait_for(
            client.connect(address.host, address.port, ssl=address.tls, version=MQTTv311), timeout=5
        )

    async def throw_out():
        async with Device(SECOND, SECRETS[SECOND], address) as second:
            with pytest.raises(MQTTConnectError):
                await with_client_id(SECOND)
            return second.is_connected

    assert asyncio.run(throw_out())


def test_the_password_of_our_own_processes_opens_nothing_at_the_devices_door(devices):
    machine, address = devices
    password = machine.folder.running().broker_url.split(":")[2].partition("@")[0]

    assert not comes_in(address, "linli", password)


def test_a_new_secret_counts_at_once_and_ends_the_old_connection(devices):
    machine, address = devices
    fresh = new_secret()

    async def change():
        async with Device(SECOND, SECRETS[SECOND], address) as device:
            make_device(machine, SECOND, secret=fresh)
            began = time.monotonic()
            await asyncio.wait_for(device._lost.wait(), 5)
            return time.monotonic() - began

    assert asyncio.run(change()) < 2
    assert not comes_in(address, SECOND, SECRETS[SECOND])
    assert comes_in(address, SECOND, fresh)
    SECRETS[SECOND] = fresh


def test_a_device_that_was_just_registered_comes_in(devices):
    machine, address = devices
    SECRETS["TESTN001"] = new_secret()
    assert not comes_in(address, "TESTN001", SECRETS["TESTN001"])

    make_device(machine, "TESTN001")

    wait_for(lambda: comes_in(address, "TESTN001", SECRETS["TESTN001"]), 3, "a second or so to pass")


def test_known_devices_come_in_while_the_database_is_away(devices):
    machine, address = devices
    assert comes_in(address, FIRST, SECRETS[FIRST])
    standing = machine.processes("unix_socket_directories")
    standing += [child for process in standing for child in process.children(recursive=True)]

    for process in standing:
        with suppress(psutil.NoSuchProcess):
            process.suspend()
    try:
        answers = comes_in(address, FIRST, SECRETS[FIRST]), comes_in(address, FIRST, "wrong")
    finally:
        for process in standing:
            with suppress(psutil.NoSuchProcess):
                process.resume()

    assert answers == (True, False)
    wait_for(lambda: comes_in(address, SECOND, SECRETS[SECOND]), 60, "the database to be asked again")


@pytest.mark.parametrize("target", ["doorkeeper", "broker"])
def test_devices_come_back_by_themselves_after_a_kill(devices, target):
    machine, address = devices

    async def back():
        device = Device(FIRST, SECRETS[FIRST], address)
        await device.connect()
        staying = asyncio.create_task(device.stay())
        await asyncio.to_thread(machine.kill, target)
        if target == "broker":
            await asyncio.wait_for(device._lost.wait(), 30)
        while not device.is_connected:  # noqa: ASYNC110 -- it comes back by itself
            await asyncio.sleep(0.1)
        staying.cancel()
        await device.leave()

    asyncio.run(asyncio.wait_for(back(), 120))

    wait_for(lambda: comes_in(address, SECOND, SECRETS[SECOND]), 60, "the doorkeeper to answer")


def test_who_was_refused_stands_on_the_duty_desk_once_for_a_whole_flood(devices):
    machine, address = devices
    machine.query("DELETE FROM call_trouble RETURNING 1")

    async def knock():
        for number in range(20):
            with suppress(NotLetIn):
                await Device(f"STRANGER{number}", "x", address).connect()
        for _ in range(3):
            with suppress(NotLetIn):
                await Device(FIRST, "x", address).connect()
        async with Device(FIRST, SECRETS[FIRST], address) as first:
            first._client.publish(f"linli/{SECOND}/press", b"{}", qos=1)
            await asyncio.sleep(0.2)

    asyncio.run(knock())

    def told():
        return dict(machine.query("SELECT topic, count FROM call_trouble WHERE kind = 'DENIED' AND cleared_at IS NULL"))

    wait_for(lambda: len(told()) == 3 and sum(told().values()) == 24, 30, "the duty desk to be told")
    assert told() == {"没有登记的设备": 20, "密钥不对": 3, "用了别人的主题": 1}


def test_a_retained_press_is_kept_by_the_server_but_comes_to_nobody_a_second_time(devices):
    machine, address = devices

    async def act(server):
        async with Device(FIRST, SECRETS[FIRST], address) as first:
            first._client.publish(f"linli/{FIRST}/press", b"kept", qos=1, retain=True)
            await asyncio.sleep(0.5)
        async with Device(FIRST, SECRETS[FIRST], address), Device(SECOND, SECRETS[SECOND], address):
            await asyncio.sleep(0.5)
        late = await server.subscribe(f"linli.{FIRST}.press")
        await asyncio.sleep(0.3)
        assert late.pending_msgs == 0

    with heard_at(machine, f"linli.{FIRST}.press") as hear:
        heard = [data for _subject, data in hear(act)]

    assert heard == [b"kept"]


def test_a_device_that_vanishes_leaves_its_last_will(devices):
    machine, address = devices

    async def act(server):
        device = Device(FIRST, SECRETS[FIRST], address)
        await device.connect()
        device.vanish()
        await asyncio.sleep(0.5)

    with heard_at(machine, f"linli.{FIRST}.state") as hear:
        assert [json.loads(data) for _subject, data in hear(act)] == [{"online": False}]
