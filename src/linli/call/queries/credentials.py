"""What the broker has to know of a device to let it in."""

from collections.abc import Iterable
from dataclasses import dataclass

from linli.call.models import Device
from linli.call.rules import secret_hash


@dataclass(frozen=True, slots=True)
class Credentials:
    """One device's fingerprint of its secret, and what decides on its topics."""

    serial: str
    secret_hash: bytes
    kind: str
    protocol: str


def credentials(serials: Iterable[str] | None = None) -> list[Credentials]:
    """Return the credentials of these devices, or of all; whatever their state: a press from any must arrive (凭据)."""
    rows = Device.objects.order_by("serial")
    if serials is not None:
        rows = rows.filter(serial__in=list(serials))
    columns = rows.values_list("serial", "secret_hash", "kind", "protocol")
    return [Credentials(serial, bytes(kept), kind, protocol) for serial, kept, kind, protocol in columns]


def device_of_secret(secret: str) -> Device | None:
    """Return the device that shows this secret and nothing else, whatever its state (令牌)."""
    return Device.objects.filter(secret_hash=secret_hash(secret)).first()
