"""Where devices come in: address, port and certificate, from the settings (设备接入口)."""

import os
import re
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from linli.runtime import certificates, ports
from linli.runtime.folder import Folder
from linli.runtime.trouble import Trouble

PORT, TLS_PORT = 1883, 8883
NAME = re.compile(r"[A-Za-z0-9._:-]{1,253}")
CERTIFICATES = Path("broker") / "tls"


@dataclass(frozen=True)
class Door:
    """One way in for devices; ``authority`` is what they must be given to believe the server, unless it is public."""

    host: str = "127.0.0.1"
    port: int = 0
    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None

    @property
    def url(self) -> str:
        """The address to write into a device; every address of this machine is shown as this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 -- compared
        return f"{'mqtts' if self.certificate else 'mqtt'}://{f'[{host}]' if ':' in host else host}:{self.port}"


def opened(folder: Folder, *, is_demo: bool) -> Door:
    """Return the door as the settings want it, with its certificate made where it needs one.

    Raises:
        Trouble: a setting is wrong, or the port it names is busy.
    """
    given = folder.settings() | dict(os.environ)
    host = given.get("LINLI_MQTT_HOST") or "127.0.0.1"
    has_tls = _switch(given, "LINLI_MQTT_TLS", default=not is_demo)
    port = _port(given.get("LINLI_MQTT_PORT", ""), host, TLS_PORT if has_tls else PORT)
    if not has_tls:
        return Door(host, port)
    now = datetime.now(UTC)
    certificate, key = given.get("LINLI_MQTT_CERTIFICATE", ""), given.get("LINLI_MQTT_KEY", "")
    if bool(certificate) != bool(key):
        raise Trouble("LINLI_MQTT_CERTIFICATE and LINLI_MQTT_KEY belong together: set both, or none.")
    if certificate:
        own = Path(certificate).expanduser().absolute(), Path(key).expanduser().absolute()
        certificates.require_pair(*own, at=now)
        return Door(host, port, *own)
    made = folder.path / CERTIFICATES
    made.parent.mkdir(mode=0o700, exist_ok=True)
    certificates.provide(made, _names(given, host), at=now)
    return Door(host, port, made / certificates.SERVER, made / certificates.SERVER_KEY, made / certificates.AUTHORITY)


def used_certificate(folder: Folder) -> Path | None:
    """Return the certificate devices are shown, None where there is none yet."""
    given = folder.settings() | dict(os.environ)
    own = given.get("LINLI_MQTT_CERTIFICATE", "")
    if own:
        return Path(own).expanduser().absolute()
    made = folder.path / CERTIFICATES / certificates.SERVER
    return made if made.exists() else None


def _names(given: dict[str, str], host: str) -> list[str]:
    """Return the names and addresses devices may know this machine by."""
    said = [name.strip() for name in given.get("LINLI_MQTT_NAMES", "").split(",") if name.strip()]
    for name in said:
        if not NAME.fullmatch(name):
            raise Trouble(f"LINLI_MQTT_NAMES: {name!r} is no name of a machine.")
    public = urlsplit(given.get("LINLI_PUBLIC_URL", "")).hostname or ""
    own = "" if host in {"0.0.0.0", "::"} else host  # noqa: S104 -- compared
    everything = {"localhost", "127.0.0.1", "::1", socket.gethostname(), public, own, *said}
    return sorted(name for name in everything if NAME.fullmatch(name))


def _switch(given: dict[str, str], name: str, *, default: bool) -> bool:
    words = given.get(name) or ("on" if default else "off")
    if words not in {"on", "off"}:
        raise Trouble(f"{name} must be on or off, not {words!r}.")
    return words == "on"


def _port(words: str, host: str, usual: int) -> int:
    if not words:
        return ports.free(host, preferred=usual)
    if not words.isdigit() or not 0 < int(words) < 65536:
        raise Trouble(f"LINLI_MQTT_PORT must be a port (1 to 65535), not {words!r}.")
    ports.require_free(host, int(words), port_setting="LINLI_MQTT_PORT", host_setting="LINLI_MQTT_HOST")
    return int(words)
