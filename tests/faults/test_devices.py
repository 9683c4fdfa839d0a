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
from tests.faults.harness import linli
from tests.running import run_alone, wait_for

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


def heard_at(machine, act, *subjects):
    """Do something beside a connection of our own processes, and return what that one heard."""
    heard = []

    async def note(message):
        heard.append((message.subject, message.data))

    async def listening(server):
        for subject in subjects:
            await server.subscribe(subject, cb=note)
        await server.flush()
        await act(server)
        await asyncio.sleep(0.5)

    run_beside(machine, listening)
    return heard


def run_beside(machine, act):
    """Run with a connection of our own processes."""

    async def beside():
        server = await nats.connect(machine.folder.running().broker_url)
        try:
            return await act(server)
        finally:
            await server.close()

    return run_alone(beside())


def comes_in(address, serial, secret):
    async def try_it():
        async with Device(serial, secret, address):
            return True

    try:
        return run_alone(try_it())
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
        run_alone(Device(FIRST, SECRETS[FIRST], replace(address, tls=ssl.create_default_context())).connect())
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

    heard = {subject for subject, data in heard_at(machine, act, ">") if data == b'{"ref": "of-the-first"}'}

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

    heard = sorted(heard_at(machine, act, "v1.>"))

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

    assert run_alone(throw_out())


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

    assert run_alone(change()) < 2
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

    run_alone(asyncio.wait_for(back(), 120))

    wait_for(lambda: comes_in(address, SECOND, SECRETS[SECOND]), 60, "the doorkeeper to answer")


@pytest.mark.parametrize("is_killed", [False, True])
def test_what_a_device_says_of_itself_lies_in_memory_and_what_it_presses_on_the_disk(devices, is_killed):
    machine, address = devices
    if is_killed:
        machine.kill("broker")
        wait_for(lambda: comes_in(address, FIRST, SECRETS[FIRST]), 60, "the message server to be back")

    async def streams(server):
        async with Device(FIRST, SECRETS[FIRST], address) as first:
            assert await first.heartbeat(battery=80)
            for _ in range(100):
                infos = {one.config.name: one for one in await server.jetstream().streams_info()}
                if infos["$MQTT_rmsgs"].state.messages:
                    break
                await asyncio.sleep(0.1)
        return {name: (one.config.storage, one.state.messages) for name, one in infos.items()}

    found = run_beside(machine, streams)

    assert found["$MQTT_rmsgs"][0] == found["$MQTT_msgs"][0] == "memory"
    assert found["$MQTT_rmsgs"][1] > 0
    assert found["$MQTT_msgs"][1] == 0
    assert found["PRESSES"][0] == "file"


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

    run_alone(knock())

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

    heard = [data for _subject, data in heard_at(machine, act, f"linli.{FIRST}.press")]

    assert heard == [b"kept"]


def test_a_device_that_vanishes_leaves_its_last_will(devices):
    machine, address = devices

    async def act(server):
        device = Device(FIRST, SECRETS[FIRST], address)
        await device.connect()
        device.vanish()
        await asyncio.sleep(0.5)

    heard = heard_at(machine, act, f"linli.{FIRST}.state")

    assert [json.loads(data) for _subject, data in heard] == [{"online": False}]


@contextmanager
def without_listener(machine):
    """Let nobody but the test answer presses."""
    listening = machine.processes("linli.jobs.alarms")
    for process in listening:
        process.suspend()
    try:
        yield
    finally:
        for process in listening:
            process.resume()


def simulated(machine, *arguments):
    return linli("device", *arguments, "--data", machine.folder.path)


def test_the_simulator_presses_until_our_answer_to_that_press_comes(devices):
    machine, _address = devices
    said = []

    async def act(server):
        async def answer(message):
            said.append(json.loads(message.data))
            words = [{"ref": "another", "result": 0}, {"ref": "r1", "result": 6}, {"ref": "r1", "result": 0}]
            await server.publish(f"linli.{FIRST}.ack", json.dumps(words[len(said) - 1]).encode())

        await server.subscribe(f"linli.{FIRST}.press", cb=answer)
        arguments = ["press", FIRST, "--ref", "r1", "--kind", "FALL", "--repeat", "0.5", "--secret", SECRETS[FIRST]]
        return await asyncio.to_thread(simulated, machine, *arguments)

    with without_listener(machine):
        done = run_beside(machine, act)

    assert done.returncode == 0, done.stdout + done.stderr
    assert [(words["ref"], words["kind"]) for words in said] == [("r1", "FALL")] * 3
    assert "Press r1: handled after " in done.stdout
    assert "(3 times said)" in done.stdout


def test_a_press_that_nobody_answers_ends_with_code_1(devices, tmp_path):
    machine, _address = devices
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({FIRST: SECRETS[FIRST]}))

    with without_listener(machine):
        silent = simulated(machine, "press", FIRST, "--secrets", secrets, "--within", "2", "--repeat", "0.5")
    refused = simulated(machine, "press", FIRST, "--secret", "wrong", "--within", "2")
    unknown = simulated(machine, "press", "TESTZ999")

    assert (silent.returncode, refused.returncode, unknown.returncode) == (1, 1, 1)
    assert "no answer came within 2 s" in silent.stdout
    assert "it could not connect, or was not let in within 2 s (0 times said)" in refused.stdout
    assert (
        unknown.stderr == "linli: The secret of TESTZ999 is not known: give it with --secret or LINLI_DEVICE_SECRET.\n"
    )


def test_a_fleet_sends_heartbeats_and_its_presses_are_counted(devices, tmp_path):
    machine, _address = devices
    serials = [f"FLEET{number:03d}" for number in range(40)]
    SECRETS.update({serial: new_secret() for serial in serials})
    for serial in serials:
        make_device(machine, serial)
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({serial: SECRETS[serial] for serial in serials}))
    beating = set()

    async def act(server):
        async def answer(message):
            serial, ref = message.subject.split(".")[1], json.loads(message.data)["ref"]
            await server.publish(f"linli.{serial}.ack", json.dumps({"ref": ref, "result": 0}).encode())

        async def note(message):
            beating.add(message.subject.split(".")[1])

        await server.subscribe("linli.*.press", cb=answer)
        await server.subscribe("linli.*.state", cb=note)
        arguments = ["--secrets", secrets, "--seconds", "4", "--heartbeat", "2", "--presses", "5"]
        return await asyncio.to_thread(simulated, machine, "fleet", *arguments)

    with without_listener(machine):
        done = run_beside(machine, act)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "40 devices connected" in done.stdout
    assert "5 of 5 presses handled (5 times said)" in done.stdout
    assert beating == set(serials)


def test_listening_with_qos_1_works_and_is_not_bounded_by_the_usual_thousand(devices):
    machine, address = devices
    heard = []

    async def act(server):
        device = Device(FIRST, SECRETS[FIRST], address, listening_qos=1)
        await device.connect()
        device._client.on_message = lambda _client, _topic, payload, *_more: heard.append(payload) or 0
        await server.publish(f"linli.{FIRST}.ack", b"here")
        await asyncio.sleep(0.5)
        await device.leave()
        return (await server.jetstream().account_info()).limits.max_consumers

    assert run_beside(machine, act) >= 4 * 10_000
    assert heard == [b"here"]
