"""Who may come in: from memory first, looked up together, and what the duty desk hears of the others."""

import asyncio
import time
from dataclasses import dataclass

import pytest

from linli.call.rules import secret_hash, topics_of
from linli.jobs.doorkeeper import NAMES_SHOWN, Tally, Violations
from linli.jobs.knocks import AWAY, Doorkeeper, Register
from linli.runtime import passes
from tests.running import run_alone

SIGNER = passes.Signer(bytes(range(32)))
RIGHT = "right"
SERVER = passes.Signer(bytes(range(1, 33)))


@dataclass(frozen=True)
class Row:
    serial: str
    secret_hash: bytes
    kind: str = "BRACELET"
    protocol: str = "LINLI"


class Database:
    """Answers as the real one would, and counts the questions."""

    def __init__(self, **secrets):
        self.rows = {serial: Row(serial, secret_hash(secret)) for serial, secret in secrets.items()}
        self.asked = []
        self.is_away = False

    async def look_up(self, serials):
        self.asked.append(None if serials is None else sorted(serials))
        if self.is_away:
            raise ConnectionError("nobody there")
        return [row for serial, row in self.rows.items() if serials is None or serial in serials]


class Door:
    """A doorkeeper with its register, and whom it refused."""

    def __init__(self, **secrets):
        self.database = Database(**secrets)
        self.changed, self.refused = [], []
        self.register = Register(self.database.look_up, changed=self.changed.append)
        self.keeper = Doorkeeper(SIGNER, self.register, refused=lambda *why: self.refused.append(why))

    async def knock(self, serial="B000001", *, secret=RIGHT, client=None, **claims):
        question = {
            "nats": {
                "connect_opts": {"user": serial, "pass": secret},
                "client_info": {"mqtt_id": serial if client is None else client},
                "user_nkey": "UX",
                "server_id": {"id": "NX"},
            }
        }
        words = await self.keeper.answer(SERVER.sign(question | claims).encode())
        return passes.read(words.decode()) if words else None


def run(work):
    return run_alone(work())


def test_who_is_known_gets_a_pass_for_its_own_topics():
    async def work():
        door = Door(B000001="right")
        await door.register.read_all()
        return door, await door.knock()

    door, answer = run(work)

    claims = passes.read(answer["nats"]["jwt"])
    assert (answer["sub"], answer["aud"], answer["iss"]) == ("UX", "NX", SIGNER.name)
    assert (claims["sub"], claims["aud"], claims["name"]) == ("UX", "LINLI", "B000001")
    assert claims["nats"]["pub"] == {"allow": ["linli.B000001.press", "linli.B000001.state"]}
    assert claims["nats"]["sub"] == {"allow": ["linli.B000001.ack"]}
    assert claims["nats"]["allowed_connection_types"] == ["MQTT"]
    assert door.database.asked == [None]


@pytest.mark.parametrize(
    ("knock", "reason"),
    [
        ({"secret": "wrong"}, "密钥不对"),
        ({"serial": "B000009"}, "没有登记的设备"),
        ({"serial": "linli.>"}, "没有登记的设备"),
        ({"serial": ""}, "没有登记的设备"),
        ({"client": "B000002"}, "客户端标识和设备编号不同"),
        ({"client": ""}, "客户端标识和设备编号不同"),
    ],
)
def test_who_may_not_come_in_is_told_nothing_but_counted(knock, reason):
    async def work():
        door = Door(B000001="right", B000002="other")
        return door, await door.knock(**knock)

    door, answer = run(work)

    assert answer["nats"]["error"] == reason
    assert "jwt" not in answer["nats"]
    assert door.refused == [(reason, knock.get("serial", "B000001"))]


def test_many_strangers_are_looked_up_in_one_question():
    async def work():
        door = Door()
        await asyncio.gather(*(door.knock(f"B{number:06d}") for number in range(500)))
        return door

    door = run(work)

    assert [len(asked) for asked in door.database.asked] == [500]
    assert len(door.refused) == 500


def test_one_who_keeps_knocking_is_not_looked_up_each_time():
    async def work():
        door = Door(B000001="right")
        for _ in range(20):
            await door.knock(secret="wrong")
        return door

    door = run(work)

    assert len(door.database.asked) == 1
    assert len(door.refused) == 20


def test_a_secret_that_was_just_changed_counts_and_the_old_one_no_more():
    async def work():
        door = Door(B000001="old")
        await door.register.read_all()
        door.database.rows["B000001"] = Row("B000001", secret_hash("new"))
        return door, [("jwt" in (await door.knock(secret=secret))["nats"]) for secret in ("new", "old")]

    door, came_in = run(work)

    assert came_in == [True, False]
    assert door.changed == ["B000001"]


def test_known_devices_come_in_without_the_database_and_strangers_are_no_trouble():
    async def work():
        door = Door(B000001="right")
        await door.register.read_all()
        door.database.is_away = True
        return door, [await door.knock(), await door.knock("B000002"), await door.knock(secret="wrong")]

    door, (known, stranger, wrong) = run(work)

    assert "jwt" in known["nats"]
    assert (stranger["nats"]["error"], wrong["nats"]["error"]) == (AWAY, "密钥不对")
    assert door.refused == [("密钥不对", "B000001")]


def test_a_device_that_is_gone_from_the_table_is_forgotten():
    async def work():
        door = Door(B000001="right")
        await door.register.read_all()
        door.database.rows.clear()
        await door.register.read_all()
        return door, await door.knock()

    door, answer = run(work)

    assert answer["nats"]["error"] == "没有登记的设备"
    assert door.changed == ["B000001"]


def test_who_has_gone_meanwhile_is_not_answered():
    async def work():
        return await Door(B000001="right").knock(exp=int(time.time()) - 1)

    assert run(work) is None


def test_what_is_no_question_is_said_so():
    async def work():
        await Door().keeper.answer(SERVER.sign({"nats": {}}).encode())

    with pytest.raises(ValueError, match="no question"):
        run(work)


def test_only_a_gateway_of_thingsboard_has_the_gateways_topic():
    says = {
        (kind, protocol): topics_of(serial="G01", kind=kind, protocol=protocol).says[2:]
        for kind in ("BRACELET", "GATEWAY")
        for protocol in ("LINLI", "THINGSBOARD", "VENDOR")
    }

    assert {key: topics for key, topics in says.items() if topics} == {
        ("BRACELET", "THINGSBOARD"): ("v1.devices.me.telemetry",),
        ("GATEWAY", "THINGSBOARD"): ("v1.devices.me.telemetry", "v1.gateway.telemetry"),
    }


def test_the_tally_names_the_latest_few_without_control_letters():
    tally = Tally()
    for number in range(20):
        tally.add("密钥不对", f"B{number}\x1b[31m" + "x" * 100)

    assert tally.counts == {"密钥不对": 20}
    assert len(tally.names["密钥不对"]) == NAMES_SHOWN
    assert tally.names["密钥不对"][-1].startswith("B19[31mxxx")
    assert max(map(len, tally.names["密钥不对"])) <= 40


def test_violations_are_read_once_also_from_a_log_that_was_begun_anew(tmp_path):
    log = tmp_path / "broker.log"
    line = '[1] 2026/11/28 05:32:34 [ERR] 127.0.0.1:4 - mid:10 - "{}" - {} Violation - Subject "x"\n'
    log.write_text(line.format("OLD", "Publish"))
    violations = Violations(log)

    with log.open("a") as more:
        more.write(line.format("B01", "Publish") + line.format("B02", "Subscription") + "[1] other\n")
    first, again = violations.fresh(), violations.fresh()
    log.write_text(line.format("B03", "Publish"))

    assert (first, again, violations.fresh()) == (["B01", "B02"], [], ["B03"])
