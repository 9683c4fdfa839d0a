"""Thousands of devices that cost little: MQTT 3.1.1 over TLS, one process, one selector, one thread.

They do what `linli.runtime.device.Device` does: come back by themselves after a growing pause, say a press again until
*our* answer to it comes, hand in their last will. asyncio is left out: its TLS buffers alone take 256 KiB each.
"""

import heapq
import json
import random
import resource
import selectors
import socket
import ssl
import struct
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

from linli.runtime.broker import devices_max
from linli.runtime.device import (
    ANSWER_SECONDS_MAX,
    HANDLED,
    KEEP_ALIVE_SECONDS,
    PAUSE_SECONDS,
    PAUSE_SECONDS_MAX,
    REPEAT_SECONDS,
)

CONNACK, PUBLISH, SUBACK = 0x20, 0x30, 0x90
DENIED = 0x80
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


@dataclass(frozen=True, slots=True)
class Door:
    """Where the devices come in; ``authority`` empty: without TLS."""

    host: str
    port: int
    authority: str


@dataclass(slots=True)
class Pressed:
    """One press: when it was pressed, first sent, and answered, by the clock all processes share."""

    serial: str
    at: float
    sent_at: float = 0.0
    handled_at: float = 0.0
    times_said: int = 0


class Crowd:
    """The devices as the measuring process has them: it gives orders and asks how they are."""

    def __init__(self, door: Door, secrets: dict[str, str], *, beat_seconds: float) -> None:
        context = get_context("spawn")
        self._near, far = context.Pipe()
        given = (far, door, secrets, beat_seconds)
        self._child = context.Process(target=_live, args=given, daemon=True)
        self._child.start()
        far.close()

    def order(self, what: str, **given: Any) -> dict[str, Any]:
        """Give an order and return how they are."""
        self._near.send((what, given))
        if not self._near.poll(60):
            raise RuntimeError("the devices do not answer")
        answer: dict[str, Any] = self._near.recv()
        return answer

    def end(self) -> None:
        """End them."""
        self.order("end")
        self._child.join()


@dataclass(slots=True, eq=False)
class Device:
    """One device and where its connection stands."""

    serial: str
    secret: str
    number: int
    sock: Any = None
    step: str = "away"
    try_number: int = 0
    pause: float = PAUSE_SECONDS
    received: bytes = b""
    unsent: bytes = b""
    waiting: list[str] = field(default_factory=list)  # marks of presses without an answer


def _live(pipe: Any, door: Door, secrets: dict[str, str], beat_seconds: float) -> None:
    devices_max()
    _Fleet(pipe, door, secrets, beat_seconds).run()


class _Fleet:
    def __init__(self, pipe: Any, door: Door, secrets: dict[str, str], beat_seconds: float) -> None:
        self.pipe, self.door, self.beat_seconds, self.at_once = pipe, door, beat_seconds, len(secrets)
        self.devices = [Device(serial, secret, number) for number, (serial, secret) in enumerate(secrets.items())]
        self.tls = ssl.create_default_context(cafile=door.authority) if door.authority else None
        self.selector = selectors.DefaultSelector()
        self.selector.register(pipe, READ)
        self.timers: list[tuple[float, int, Any, tuple[Any, ...]]] = []
        self.timer_count = 0
        self.wanted = self.up = self.entering = self.beats = self.losses = self.connects = 0
        self.queue: deque[Device] = deque()
        self.up_at = 0.0
        self.presses: dict[str, Pressed] = {}
        self.faults: dict[str, int] = {}
        self.is_over = False

    def run(self) -> None:
        while not self.is_over:
            now = time.perf_counter()
            while self.timers and self.timers[0][0] <= now:
                _at, _count, act, given = heapq.heappop(self.timers)
                act(*given)
            rest = max(0.0, self.timers[0][0] - time.perf_counter()) if self.timers else 1.0
            for key, _event in self.selector.select(rest):
                if key.data is None:
                    self.obey()
                elif key.data.sock is key.fileobj:
                    self.go_on(key.data)

    def obey(self) -> None:
        what, given = self.pipe.recv()
        answer = getattr(self, f"do_{what}")(**given) or {}
        usage = resource.getrusage(resource.RUSAGE_SELF)
        answered = sum(press.handled_at > 0 for press in self.presses.values())
        self.pipe.send(answer | {
            "up": self.up, "up_at": self.up_at, "beats": self.beats, "losses": self.losses, "connects": self.connects,
            "pressed": len(self.presses), "answered": answered, "faults": dict(self.faults),
            "cpu": usage.ru_utime + usage.ru_stime,
        })  # fmt: skip

    def do_status(self) -> None:
        """Only say how they are."""

    def do_connect(self, count: int, at_once: int) -> None:
        """Connect so many, not more at the same time than are said."""
        self.wanted, self.at_once = count, at_once
        for device in self.devices[:count]:
            self.want(device)
            if self.beat_seconds:
                self.after(random.uniform(0, self.beat_seconds), self.beat, device)

    def do_shrink(self, count: int) -> None:
        """Say goodbye for all beyond so many; the others may come back all at the same time."""
        self.wanted = self.at_once = count
        for device in self.devices[count:]:
            if device.step == "up":
                self.say(device, b"\xe0\x00")
            self.drop(device, again=False)

    def do_press(self, count: int, seconds: float, mark: str) -> None:
        for number in range(count):
            device = random.choice(self.devices[: self.wanted])
            self.after(random.uniform(0, seconds), self.press, device, f"{mark}{number}")

    def do_presses(self) -> dict[str, Any]:
        return {"presses": self.presses}

    def do_end(self) -> None:
        self.is_over = True

    def after(self, seconds: float, act: Any, *given: Any) -> None:
        self.timer_count += 1
        heapq.heappush(self.timers, (time.perf_counter() + seconds, self.timer_count, act, given))

    def beat(self, device: Device) -> None:
        if device.number >= self.wanted:
            return
        if device.step == "up":
            well = {"battery": random.randrange(15, 101), "signal": -random.randrange(61, 116)}
            words = {"online": True, "at": _now()} | well
            self.say(device, _publish(f"linli/{device.serial}/state", words, retain=True))
            self.beats += 1
        self.after(self.beat_seconds, self.beat, device)

    def press(self, device: Device, mark: str) -> None:
        self.presses[mark] = Pressed(device.serial, time.perf_counter())
        device.waiting.append(mark)
        self.repeat(device, mark)

    def repeat(self, device: Device, mark: str, times_said: int | None = None) -> None:
        """Say a press, and again after a while, for as long as nobody has answered it."""
        press = self.presses[mark]
        if press.handled_at or times_said not in {None, press.times_said}:  # it was said since, on coming back
            return
        if device.step == "up":
            words = {"ref": mark, "at": _now(), "kind": "PRESS"}
            press.times_said += 1
            press.sent_at = press.sent_at or time.perf_counter()
            self.say(device, _publish(f"linli/{device.serial}/press", words))
            self.after(REPEAT_SECONDS * random.uniform(0.8, 1.2), self.repeat, device, mark, press.times_said)

    def want(self, device: Device) -> None:
        """Let a device in as soon as it is its turn."""
        if device.number < self.wanted and device.step == "away":
            device.step = "queueing"
            self.queue.append(device)
            self.let_in()

    def let_in(self) -> None:
        while self.queue and self.entering < self.at_once:
            device = self.queue.popleft()
            if device.step == "queueing":
                self.enter(device)

    def enter(self, device: Device) -> None:
        self.entering += 1
        device.step, device.received, device.unsent = "calling", b"", b""
        device.try_number += 1
        device.sock = socket.socket()
        device.sock.settimeout(0)
        device.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.after(ANSWER_SECONDS_MAX, self.give_up, device, device.try_number)
        self.selector.register(device.sock, WRITE, device)
        with suppress(BlockingIOError):
            device.sock.connect((self.door.host, self.door.port))

    def give_up(self, device: Device, try_number: int) -> None:
        if device.try_number == try_number and device.step not in {"up", "away", "queueing"}:
            self.fail(device, f"no answer while {device.step}")

    def go_on(self, device: Device) -> None:
        try:
            if device.step == "calling":
                self.called(device)
            elif device.step == "shaking":
                self.shake(device)
            else:
                self.send(device)
                self.hear(device)
        except (OSError, ssl.SSLError) as fault:
            self.fail(device, f"{type(fault).__name__} while {device.step}")

    def called(self, device: Device) -> None:
        code = device.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, "not connected")
        if self.tls is None:
            self.introduce(device)
            return
        plain, name = device.sock, self.door.host
        self.selector.unregister(plain)
        device.sock = self.tls.wrap_socket(plain, do_handshake_on_connect=False, server_hostname=name)
        self.selector.register(device.sock, READ, device)
        device.step = "shaking"
        self.shake(device)

    def shake(self, device: Device) -> None:
        try:
            device.sock.do_handshake()
        except ssl.SSLWantReadError:
            self.selector.modify(device.sock, READ, device)
        except ssl.SSLWantWriteError:
            self.selector.modify(device.sock, WRITE, device)
        else:
            self.introduce(device)

    def introduce(self, device: Device) -> None:
        device.step = "knocking"
        self.selector.modify(device.sock, READ, device)
        self.say(device, _connect(device.serial, device.secret))

    def say(self, device: Device, words: bytes) -> None:
        device.unsent += words
        try:
            self.send(device)
        except (OSError, ssl.SSLError) as fault:
            self.fail(device, f"{type(fault).__name__} while {device.step}")

    def send(self, device: Device) -> None:
        if not device.unsent:
            return
        try:
            sent = device.sock.send(device.unsent)
            device.unsent = device.unsent[sent:]
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass
        events = READ | WRITE if device.unsent else READ
        if self.selector.get_key(device.sock).events != events:
            self.selector.modify(device.sock, events, device)

    def hear(self, device: Device) -> None:
        while True:
            try:
                content = device.sock.recv(4096)
            except (BlockingIOError, ssl.SSLWantReadError):
                break
            if not content:
                raise ConnectionResetError
            device.received += content
        while device.sock is not None and (packet := _packet(device)):
            self.take(device, *packet)

    def take(self, device: Device, kind: int, body: bytes) -> None:
        if kind & 0xF0 == CONNACK:
            if body[1]:
                self.fail(device, f"refused with {body[1]}")
                return
            topic = f"linli/{device.serial}/ack"
            self.say(device, _framed(0x82, b"\x00\x01" + _words(topic) + b"\x00"))
        elif kind & 0xF0 == SUBACK:
            if body[2] >= DENIED:
                self.fail(device, "may not listen")
                return
            self.come_up(device)
        elif kind & 0xF0 == PUBLISH:
            self.be_answered(device, body)

    def come_up(self, device: Device) -> None:
        device.step, device.pause = "up", PAUSE_SECONDS
        self.up, self.connects, self.up_at = self.up + 1, self.connects + 1, time.perf_counter()
        self.entering -= 1
        self.let_in()
        for mark in list(device.waiting):
            self.repeat(device, mark)

    def be_answered(self, device: Device, body: bytes) -> None:
        now = time.perf_counter()
        said = json.loads(body[2 + struct.unpack("!H", body[:2])[0] :])
        press = self.presses.get(said["ref"])
        if press is not None and not press.handled_at and said["result"] == HANDLED:
            press.handled_at = now
            device.waiting.remove(said["ref"])

    def fail(self, device: Device, words: str) -> None:
        self.faults[words] = self.faults.get(words, 0) + 1
        if device.step == "up":
            device.pause = PAUSE_SECONDS
        else:
            device.pause = min(device.pause * 2, PAUSE_SECONDS_MAX)
        self.drop(device, again=True)

    def drop(self, device: Device, *, again: bool) -> None:
        if device.step == "up":
            self.up, self.losses = self.up - 1, self.losses + 1
        elif device.step not in {"away", "queueing"}:
            self.entering -= 1
        if device.sock is not None:
            with suppress(KeyError, ValueError):
                self.selector.unregister(device.sock)
            device.sock.close()
        device.sock, device.step = None, "away"
        if again:
            self.after(device.pause * random.uniform(0.5, 1.5), self.want, device)
        self.let_in()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _words(words: str) -> bytes:
    return struct.pack("!H", len(words)) + words.encode()


def _framed(kind: int, body: bytes) -> bytes:
    length, size = b"", len(body)
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | 0x80 if size else digit])
        if not size:
            return bytes([kind]) + length + body


def _connect(serial: str, secret: str) -> bytes:
    marks = 0x80 | 0x40 | 0x20 | 0x08 | 0x04 | 0x02  # name, password, will retained with QoS 1, clean session
    will = _words(f"linli/{serial}/state") + _words(json.dumps({"online": False}))
    head = _words("MQTT") + bytes([4, marks]) + struct.pack("!H", KEEP_ALIVE_SECONDS)
    return _framed(0x10, head + _words(serial) + will + _words(serial) + _words(secret))


def _publish(topic: str, words: dict[str, Any], *, retain: bool = False) -> bytes:
    packet_id = struct.pack("!H", random.randrange(1, 65536))
    return _framed(0x32 | retain, _words(topic) + packet_id + json.dumps(words).encode())


def _packet(device: Device) -> tuple[int, bytes] | None:
    received, size, place, shift = device.received, 0, 1, 0
    while place < len(received):
        digit = received[place]
        size |= (digit & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if not digit & 0x80:
            if len(received) < place + size:
                return None
            device.received = received[place + size :]
            return received[0], received[place : place + size]
    return None
