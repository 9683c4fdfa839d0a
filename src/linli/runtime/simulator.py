"""``./linli device``: press, send a heartbeat, or be a whole fleet, over real MQTT (模拟器)."""

import argparse
import asyncio
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from linli.runtime.broker import devices_max
from linli.runtime.device import Address, Device, Heard, NotLetIn, be_many
from linli.runtime.folder import Folder
from linli.runtime.trouble import Trouble

SECRETS = "device-secrets.json"
RESULTS = {0: "handled", 1: "not understood", 2: "invalid", 5: "not treated", 6: "busy"}
KINDS = ("PRESS", "FALL", "SMOKE", "GAS", "TEST")
CONNECTING_AT_ONCE = 100
BATTERIES, SIGNALS = range(15, 101), range(-115, -60)


def run(arguments: Sequence[str], usual_folder: Callable[[], Path]) -> int:
    """Run one command of the simulator."""
    chosen = _parser().parse_args(arguments)
    folder = Folder(chosen.data or usual_folder())
    with asyncio.Runner() as runner:
        return runner.run(_COMMANDS[chosen.what](chosen, folder))


async def _press(chosen: argparse.Namespace, folder: Folder) -> int:
    device = _device(chosen, folder)
    print(f"{device.serial} presses ({chosen.kind}) …", flush=True)
    heard = await device.press(kind=chosen.kind, ref=chosen.ref, within=chosen.within, repeat=chosen.repeat)
    await device.leave()
    if heard.result is None:
        reason = "no answer came" if heard.times_said else "it could not connect, or was not let in"
        print(f"Press {heard.ref}: {reason} within {chosen.within:.0f} s ({heard.times_said} times said).")
        return 1
    words = RESULTS.get(heard.result, str(heard.result))
    print(f"Press {heard.ref}: {words} after {heard.seconds * 1000:.0f} ms ({heard.times_said} times said).")
    return 0 if heard.is_handled else 1


async def _heartbeat(chosen: argparse.Namespace, folder: Folder) -> int:
    device = _device(chosen, folder)
    try:
        await device.connect()
    except (OSError, NotLetIn, TimeoutError) as fault:
        raise Trouble(f"{chosen.serial} cannot connect: {fault or 'no answer'}") from fault
    await device.heartbeat(battery=chosen.battery, signal=chosen.signal)
    await asyncio.sleep(0.2)
    await device.leave()
    print(f"{chosen.serial} said how it is.")
    return 0


@dataclass
class Fleet:
    """Many devices in one process: they stay connected, send heartbeats, and some press."""

    devices: list[Device]
    heard: list[Heard] = field(default_factory=list)
    beats: int = 0
    staying: list["asyncio.Task[None]"] = field(default_factory=list)
    # Real devices have a processor each; ours share one, and would all be late if all began at once.
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONNECTING_AT_ONCE))

    async def connect(self, *, seconds: float = 300.0) -> float:
        """Connect all, and have them come back by themselves; return how long it took.

        Raises:
            Trouble: some are still outside when the time is over.
        """
        began = time.perf_counter()
        for device in self.devices:
            device.gate = self.gate
        self.staying = [asyncio.create_task(device.stay()) for device in self.devices]
        try:
            await self.all_connected(seconds)
        except TimeoutError as fault:
            raise Trouble(f"Only {self.connected} of {len(self.devices)} devices came in.") from fault
        return time.perf_counter() - began

    @property
    def connected(self) -> int:
        """Return how many are connected now."""
        return sum(device.is_connected for device in self.devices)

    async def all_connected(self, seconds: float) -> None:
        """Wait until all are connected.

        Raises:
            TimeoutError: some are not.
        """
        async with asyncio.timeout(seconds):
            while self.connected < len(self.devices):  # noqa: ASYNC110 -- ten thousand events would cost more
                await asyncio.sleep(0.1)

    async def live(self, *, seconds: float, heartbeat: float, presses: int, within: float = 60.0) -> None:
        """Send heartbeats for so long, evenly spread, and press so many times at random moments."""
        began = time.monotonic()
        beating = [asyncio.create_task(self._beat(device, heartbeat)) for device in self.devices] if heartbeat else []
        moments = sorted(random.uniform(0, seconds) for _ in range(presses))
        pressing = []
        for moment in moments:
            await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
            pressing.append(asyncio.create_task(random.choice(self.devices).press(within=within)))
        await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
        self.heard += await asyncio.gather(*pressing)
        await _cancelled(beating)

    async def leave(self) -> None:
        """Say goodbye, all of them."""
        await _cancelled(self.staying)
        await asyncio.gather(*(device.leave() for device in self.devices))

    async def _beat(self, device: Device, every: float) -> None:
        await asyncio.sleep(random.uniform(0, every))
        while True:
            if device.is_connected:
                await device.heartbeat(battery=random.choice(BATTERIES), signal=random.choice(SIGNALS))
                self.beats += 1
            await asyncio.sleep(every)


async def _fleet(chosen: argparse.Namespace, folder: Folder) -> int:
    address, secrets = _address(chosen, folder), _secrets(chosen, folder)
    devices_max()
    be_many()
    wanted = chosen.devices or len(secrets)
    if wanted > len(secrets):
        raise Trouble(f"{wanted} devices wanted, but only {len(secrets)} secrets are known.")
    fleet = Fleet([Device(serial, secrets[serial], address) for serial in sorted(secrets)[:wanted]])
    took = await fleet.connect()
    print(f"{wanted} devices connected in {took:.1f} s.", flush=True)
    await fleet.live(seconds=chosen.seconds, heartbeat=chosen.heartbeat, presses=chosen.presses, within=chosen.within)
    again = sum(device.connects - 1 for device in fleet.devices)
    await fleet.leave()
    print(f"{fleet.beats} heartbeats; {again} times a device had to connect again.")
    handled = [heard.seconds * 1000 for heard in fleet.heard if heard.is_handled]
    if fleet.heard:
        middle, late = _quantiles(handled)
        said = sum(heard.times_said for heard in fleet.heard)
        print(f"{len(handled)} of {len(fleet.heard)} presses handled ({said} times said), "
              f"p50 {middle:.0f} ms, p99 {late:.0f} ms.")  # fmt: skip
    return 0 if len(handled) == len(fleet.heard) else 1


_COMMANDS: dict[str, Callable[[argparse.Namespace, Folder], Coroutine[Any, Any, int]]] = {
    "press": _press,
    "heartbeat": _heartbeat,
    "fleet": _fleet,
}


def _device(chosen: argparse.Namespace, folder: Folder) -> Device:
    secret = chosen.secret or os.environ.get("LINLI_DEVICE_SECRET") or _secrets(chosen, folder).get(chosen.serial)
    if not secret:
        raise Trouble(f"The secret of {chosen.serial} is not known: give it with --secret or LINLI_DEVICE_SECRET.")
    return Device(chosen.serial, secret, _address(chosen, folder))


def _secrets(chosen: argparse.Namespace, folder: Folder) -> dict[str, str]:
    note = chosen.secrets or folder.path / SECRETS
    if not note.exists() and not chosen.secrets:
        return {}
    try:
        read = json.loads(note.read_text())
        return {str(serial): str(secret) for serial, secret in read.items()}
    except (OSError, ValueError, AttributeError) as fault:
        raise Trouble(f'{note} is no file of secrets ({{"serial": "secret"}}): {fault}') from fault


def _address(chosen: argparse.Namespace, folder: Folder) -> Address:
    try:
        if chosen.host:
            port = chosen.port or (8883 if chosen.tls else 1883)
            return Address.of(f"{'mqtts' if chosen.tls else 'mqtt'}://{chosen.host}:{port}", chosen.ca or "")
        running = folder.running()
        if running is None or not running.mqtt_url:
            raise Trouble(f"No linli is running on {folder.path}: start it, or say --host and --port.")
        return Address.of(running.mqtt_url, chosen.ca or running.mqtt_authority)
    except OSError as fault:
        raise Trouble(f"The certificate {chosen.ca} cannot be read: {fault}") from fault


def _quantiles(values: list[float]) -> tuple[float, float]:
    if len(values) < 2:
        return (values[0], values[0]) if values else (0.0, 0.0)
    cut = statistics.quantiles(values, n=100, method="inclusive")
    return cut[49], cut[98]


async def _cancelled(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="linli device", description="Simulated devices that speak real MQTT.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="what")
    press = _common(commands.add_parser("press", help="press once, until our answer comes; code 1 when not handled"))
    press.add_argument("serial")
    press.add_argument("--kind", choices=KINDS, default="PRESS")
    press.add_argument("--ref", default="", help="the device's own mark of this press; the same one is the same press")
    press.add_argument("--repeat", type=float, default=5.0, help="seconds after which it is said again")
    heartbeat = _common(commands.add_parser("heartbeat", help="say once how it is"))
    heartbeat.add_argument("serial")
    heartbeat.add_argument("--battery", type=int)
    heartbeat.add_argument("--signal", type=int)
    fleet = _common(commands.add_parser("fleet", help="many devices, from the file of secrets"))
    fleet.add_argument("--devices", type=int, default=0, help="how many (all that are known)")
    fleet.add_argument("--seconds", type=float, default=60.0)
    fleet.add_argument("--heartbeat", type=float, default=60.0, help="seconds between two of one device; 0: none")
    fleet.add_argument("--presses", type=int, default=0, help="how many in that time, by any of them")
    return parser


def _common(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--data", type=Path, help="data folder of the linli that runs")
    parser.add_argument("--host", default="", help="instead of the one that runs here")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", action="store_true", help="with --host: over TLS")
    parser.add_argument("--ca", type=Path, help="certificate of the authority to believe")
    parser.add_argument("--secret", default="", help="the device's secret (others can see it: LINLI_DEVICE_SECRET)")
    parser.add_argument("--secrets", type=Path, help=f"file of secrets (default: {SECRETS} in the data folder)")
    parser.add_argument("--within", type=float, default=60.0, help="seconds to wait for our answer")
    return parser
