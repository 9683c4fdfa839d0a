"""The message server for devices: NATS with MQTT and durable streams, the only way in for devices (消息服务)."""

import json
import resource
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from linli.runtime import ports
from linli.runtime.door import Door
from linli.runtime.folder import Folder
from linli.runtime.passes import Signer
from linli.runtime.trouble import Trouble

READY_SECONDS_MAX = 60
ACCOUNT = "LINLI"  # the one account of our own processes and all devices
MESSAGE_BYTES_MAX = 65_536  # a gateway may speak for many devices at once
CONNECTIONS_MAX = 20_000
FILES_BESIDES = 500  # files a connection is none of: streams, logs
KNOCK_SECONDS_MAX = 12  # who came before the doorkeeper was there is sent away then, and comes again
HANDSHAKE_SECONDS_MAX = 60  # when thousands come at once, sending the slow ones away makes more work for all
LOG_BYTES_MAX = 20_000_000
# Made in memory by linli.jobs.shelves at every start; on the disk they lie where an older version ran.
MADE_ANEW = ("$MQTT_rmsgs", "$MQTT_msgs")


@dataclass(frozen=True)
class Keys:
    """What opens the message server to our own processes, and what the doorkeeper signs with."""

    password: str
    system_password: str
    seed: str

    @classmethod
    def of(cls, folder: Folder) -> "Keys":
        """Derive them from the data folder's secret: the same at every start."""
        return cls(*(folder.secret_for(use) for use in ("broker", "broker-system", "doorkeeper")))

    @property
    def signer(self) -> Signer:
        """The doorkeeper's key."""
        return Signer(bytes.fromhex(self.seed))


@dataclass(frozen=True)
class Broker:
    """One configured message server."""

    config: Path
    port: int
    health_port: int
    keys: Keys
    door: Door

    @property
    def url(self) -> str:
        """Address for clients inside this machine."""
        return f"nats://linli:{self.keys.password}@127.0.0.1:{self.port}"

    @property
    def system_url(self) -> str:
        """Address for who may ask which connections there are, and end one."""
        return f"nats://system:{self.keys.system_password}@127.0.0.1:{self.port}"

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

    def is_broken(self) -> bool:
        """Return whether the server says itself that it cannot store: after a full disk it never does by itself again.

        A server that is too busy to answer is not broken.
        """
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.health_port}/healthz", timeout=1):
                return False
        except urllib.error.HTTPError as fault:
            with fault:
                return fault.code == HTTPStatus.SERVICE_UNAVAILABLE
        except (OSError, ValueError):
            return False


def configure(folder: Folder, door: Door) -> Broker:
    """Choose free ports and write the configuration; messages are kept under the data folder."""
    store = folder.path / "broker"
    store.mkdir(mode=0o700, exist_ok=True)
    for name in MADE_ANEW:
        shutil.rmtree(store / "jetstream" / ACCOUNT / "streams" / name, ignore_errors=True)
    config = store / "nats.conf"
    broker = Broker(config, ports.free(), ports.free(), Keys.of(folder), door)
    config.touch(mode=0o600)
    config.write_text(_words(broker, store))
    return broker


def _words(broker: Broker, store: Path) -> str:
    # The allowed kinds of connection keep our own passwords from being of use at the devices' door.
    # sync_interval always: a message is acknowledged when it is on the disk, not two minutes later.
    # A device that listens with QoS 1 makes a consumer: the usual limit of a thousand would leave the others deaf. What
    # we answer is never kept for them, so theirs need no disk.
    # The long limits are for the minute after a restart, when thousands of devices come at once.
    return f"""server_name: linli
host: 127.0.0.1
port: {broker.port}
http: 127.0.0.1:{broker.health_port}
log_file: "{store.parent / "logs" / "broker.log"}"
logfile_size_limit: {LOG_BYTES_MAX}
logfile_max_num: 2
max_payload: {MESSAGE_BYTES_MAX}
max_connections: {devices_max()}
accounts {{
  {ACCOUNT} {{
    jetstream: {{ max_consumers: {4 * CONNECTIONS_MAX} }}
    users: [{{ user: linli, password: "{broker.keys.password}", allowed_connection_types: [STANDARD] }}]
  }}
  SYSTEM {{
    users: [{{ user: system, password: "{broker.keys.system_password}", allowed_connection_types: [STANDARD] }}]
  }}
}}
system_account: SYSTEM
authorization {{
  timeout: {KNOCK_SECONDS_MAX}
  auth_callout {{ issuer: {broker.keys.signer.name}, account: {ACCOUNT}, auth_users: [linli, system] }}
}}
jetstream {{ store_dir: "{store}", sync_interval: always, max_memory_store: 128MB, max_file_store: 4GB }}
mqtt {{ {_mqtt(broker.door)} }}
"""


def _mqtt(door: Door) -> str:
    words = f'host: "{door.host}", port: {door.port}, consumer_memory_storage: true, consumer_inactive_threshold: 60s'
    if door.certificate:
        words += (
            f', tls {{ cert_file: "{door.certificate}", key_file: "{door.key}", timeout: {HANDSHAKE_SECONDS_MAX} }}'
        )
    return words


def devices_max() -> int:
    """Raise the limit of open files as far as we may, and return how many connections that allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS_MAX + FILES_BESIDES
    for limits in ((max(wanted, soft), max(wanted, hard)), (max(soft, min(hard, wanted)), hard)):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            break
        except (OSError, ValueError):  # only root may go beyond the hard limit
            continue
    return max(100, min(CONNECTIONS_MAX, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - FILES_BESIDES))


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
