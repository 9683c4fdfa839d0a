"""What comes in at the broker, read subject by subject into presses and heartbeats (读消息)."""

from linli.call.rules import Received, Via
from linli.call.rules.messages import Heartbeat, heartbeat_from, press_from
from linli.call.rules.thingsboard import Heard, gateway_from, telemetry_from
from linli.call.rules.topics import GATEWAY_TELEMETRY, TELEMETRY

PRESSES = "linli.*.press"
STATES = "linli.*.state"
SUBJECTS = (PRESSES, TELEMETRY, GATEWAY_TELEMETRY)


def heard(subject: str, content: bytes) -> Heard:
    """Read one message of the stream; nothing that was sent is left out."""
    if subject == TELEMETRY:
        return telemetry_from(content)
    if subject == GATEWAY_TELEMETRY:
        return gateway_from(content)
    return Heard((press_from(content, serial=serial_of(subject)),))


def state(subject: str, content: bytes) -> Heartbeat:
    """Read a device's word about itself."""
    return heartbeat_from(content, serial=serial_of(subject))


def serial_of(subject: str) -> str:
    """Return the device a subject of our own names."""
    parts = subject.split(".")
    return parts[1] if len(parts) == 3 else subject


def bare(received: Received, fault: str) -> Received:
    """Return a press of which only who and what was said is kept: the rest could not be stored."""
    said = received.said.encode("ascii", errors="backslashreplace").decode()
    return Received(serial=received.serial, ref=received.ref, via=received.via, said=said, fault=fault)


__all__ = ["PRESSES", "STATES", "SUBJECTS", "Heard", "Received", "Via", "bare", "heard", "serial_of", "state"]
