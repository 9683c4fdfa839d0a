"""What a device may say and hear at the broker; an MQTT topic a/b is the subject a.b there (主题权限)."""

from dataclasses import dataclass

from linli.call.rules.fleet import DeviceKind, Protocol

# Which device speaks cannot be seen from these two: what it says has to name it.
TELEMETRY = "v1.devices.me.telemetry"
GATEWAY_TELEMETRY = "v1.gateway.telemetry"


@dataclass(frozen=True, slots=True)
class Topics:
    """Subjects one device may publish to, and those it may listen to."""

    says: tuple[str, ...]
    hears: tuple[str, ...]


def topics_of(*, serial: str, kind: str, protocol: str) -> Topics:
    """Return the topics of one device: its own, and those of ThingsBoard when it speaks so."""
    says = [f"linli.{serial}.press", f"linli.{serial}.state"]
    if protocol == Protocol.THINGSBOARD:
        says.append(TELEMETRY)
        if kind == DeviceKind.GATEWAY:
            says.append(GATEWAY_TELEMETRY)
    return Topics(tuple(says), (f"linli.{serial}.ack",))
