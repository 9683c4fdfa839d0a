"""The message server for devices: NATS with MQTT and durable streams, on this machine only (消息服务)."""

import json
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from linli.runtime import ports
from linli.runtime.trouble import Trouble

READY_SECONDS_MAX = 60


@dataclass(frozen=True)
class Broker:
    """One configured message server."""

    config: Path
    port: int
    mqtt_port: int
    health_port: int
    password: str

    @property
    def url(self) -> str:
        """Address for clients inside this machine."""
        return f"nats://linli:{self.password}@127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """Return the command that runs it in the foreground."""
        return [str(Path(sys.executable).parent / "nats-server"), "-c", str(self.config)]

    def is_healthy(self) -> bool:
        """Ask the server itself, JetStream included."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.health_port}/healthz", timeout=2) as answer:
                return bool(json.load(answer).get("status") == "ok")
        except (OSError, ValueError):
            return False


def configure(data: Path, password: str) -> Broker:
    """Choose free ports and write the configuration; messages are kept under the data folder."""
    store = data / "broker"
    store.mkdir(mode=0o700, exist_ok=True)
    config = store / "nats.conf"
    port, mqtt_port, health_port = ports.free(), ports.free(), ports.free()
    config.touch(mode=0o600)
    # sync_interval always: a message is acknowledged when it is on the disk, not two minutes later.
    config.write_text(
        f"""server_name: linli
host: 127.0.0.1
port: {port}
http: 127.0.0.1:{health_port}
authorization {{ user: linli, password: "{password}" }}
jetstream {{ store_dir: "{store}", sync_interval: always, max_memory_store: 64MB, max_file_store: 4GB }}
mqtt {{ host: 127.0.0.1, port: {mqtt_port} }}
"""
    )
    return Broker(config, port, mqtt_port, health_port, password)


def wait_ready(broker: Broker, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server says it is well.

    Raises:
        Trouble: it stopped, or is not well within a minute.
    """
    started = time.monotonic()
    while time.monotonic() - started < READY_SECONDS_MAX and process.poll() is None:
        if broker.is_healthy():
            return
        time.sleep(0.02)
    raise Trouble("The message server does not start: see logs/broker.log.")
