"""A whole linli in a temporary folder, to be hurt, and the people who keep reporting to it meanwhile."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import requests

from linli.runtime.children import die_with_parent
from linli.runtime.fingerprints import REPOSITORY
from linli.runtime.folder import Folder
from tests.running import quiet_port, wait_for

WORDS = "楼道灯坏了三天，编号"
PATIENCE_SECONDS = 240  # a loaded machine is slow, not wrong
PASSWORD = "neighbours-first-2026"
ANSWERS = {
    "LINLI_DISTRICT": "540102",
    "LINLI_DISTRICT_NAME": "测试区中心",
    "LINLI_AREAS": str(Path(__file__).with_name("areas.csv")),
    "LINLI_ADMIN_NAME": "管理员",
    "LINLI_ADMIN_USERNAME": "admin",
    "LINLI_ADMIN_PASSWORD": PASSWORD,
    "LINLI_SECOND_FACTOR": "off",
}
# What a test run sets for its own database must not reach the machine under test.
OURS = ("LINLI_DATABASE_URL", "LINLI_DATA", "LINLI_DATABASE_ROLE", "DJANGO_SETTINGS_MODULE")


class Machine:
    """One linli started as a person would start it."""

    command: tuple[str, ...] = ("up", "--no-questions")

    def __init__(self, data: Path, **surroundings: str) -> None:
        self.surroundings = ANSWERS | {"LINLI_MQTT_PORT": str(quiet_port())} | surroundings
        self.folder = Folder(data)
        self.port = quiet_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.words = data.with_name(f"{data.name}.out")
        self.supervisor: subprocess.Popen | None = None

    def start(self, *, seconds=900):
        command = [sys.executable, "-m", "linli.runtime", *self.command]
        command += ["--data", str(self.folder.path), "--port", str(self.port)]
        surroundings = without_ours() | self.surroundings
        with self.words.open("ab") as words:
            self.supervisor = subprocess.Popen(
                command,
                env=surroundings,
                cwd=REPOSITORY,
                stdout=words,
                stderr=words,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 -- it only asks the kernel
            )
        try:
            wait_for(lambda: self.folder.running() or self.supervisor.poll() is not None, seconds, "linli to start")
            assert self.supervisor.poll() is None, self.words.read_text()
        except AssertionError:
            self.stop()
            raise

    def stop(self):
        if self.supervisor and self.supervisor.poll() is None:
            self.supervisor.send_signal(signal.SIGTERM)
            try:
                self.supervisor.wait(300)
            except subprocess.TimeoutExpired:
                self.supervisor.kill()  # the kernel stops what it started
                self.supervisor.wait()
                raise

    def remove(self):
        """Stop for good, and remove the database that root keeps elsewhere."""
        self.stop()
        note = self.folder.path / "database-name"
        home = Path(self.surroundings.get("LINLI_POSTGRES_HOME", "/var/lib/linli"))
        if note.exists():
            shutil.rmtree(home / note.read_text().strip(), ignore_errors=True)

    def manage(self, *arguments):
        done = linli("manage", "--data", self.folder.path, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def query(self, sql, *parameters):
        with psycopg.connect(self.folder.running().database_url, autocommit=True) as connection:
            return connection.execute(sql, parameters).fetchall()

    def processes(self, words):
        """Every process below the supervisor whose command line says so, parents before their workers."""
        below = psutil.Process(self.supervisor.pid).children(recursive=True)
        return [process for process in below if words in _command_line(process)]

    def kill(self, target):
        """Kill one process; what an earlier test killed may still be on its way back, and is waited for."""
        killed = []

        def is_killed():
            for victim in self._there(target)[:1]:
                with suppress(psutil.NoSuchProcess):  # it ended by itself between two looks
                    victim.kill()
                    killed.append(victim)
            return killed

        wait_for(is_killed, PATIENCE_SECONDS, f"{target} to be there")
        return killed[0]

    def _there(self, target):
        if target == "database backend":
            with suppress(psycopg.Error, psutil.NoSuchProcess):
                return [psutil.Process(self._busy_backend())]
            return []
        words = {
            "web": "wsgi:application",
            "web worker": "wsgi:application",
            "live": "asgi:application",
            "worker": "linli.jobs.worker",
            "clock": "linli.jobs.clock",
            "broker": "nats-server",
            "doorkeeper": "linli.jobs.doorkeeper",
            "alarms": "linli.jobs.alarms",
            "database": "unix_socket_directories",
        }[target]
        return self.processes(words)[1 if target == "web worker" else 0 :]

    def _busy_backend(self):
        rows = self.query(
            "SELECT pid FROM pg_stat_activity WHERE datname = 'linli' AND pid <> pg_backend_pid()"
            " ORDER BY state = 'active' DESC, state_change DESC LIMIT 1"
        )
        return rows[0][0]  # the machine's own processes keep theirs open


class Neighbours:
    """People who report without pause; whoever gets no answer asks again with the same key until there is one."""

    def __init__(self, machine, *, people=4):
        self.machine = machine
        self.secret = machine.manage("create_key", "faults", "--rate", "1000000").splitlines()[-1]
        self.service = machine.query("SELECT max(code) FROM text_category WHERE is_public AND retired_on IS NULL")[0][0]
        self.acknowledged: dict[str, str] = {}
        self.faults = 0
        self._going_home = threading.Event()
        self._people = [threading.Thread(target=self._report) for _ in range(people)]

    def __enter__(self):
        for person in self._people:
            person.start()
        return self

    def __exit__(self, *_):
        self._going_home.set()
        for person in self._people:
            person.join()

    def wait_for_more(self, count, seconds=PATIENCE_SECONDS):
        """Wait until so many more have been acknowledged."""
        wanted = len(self.acknowledged) + count
        wait_for(lambda: len(self.acknowledged) >= wanted, seconds, f"{count} more acknowledged appeals")

    def require_all_kept_once(self):
        """Compare what was acknowledged with what is in the database, number by number."""
        rows = self.machine.query(
            "SELECT a.text, c.number FROM intake_appeal a JOIN case_case c ON c.first_appeal_id = a.id"
            " WHERE starts_with(a.text, %s)",
            WORDS,
        )
        kept = {}
        for words, number in rows:
            kept.setdefault(words.removeprefix(WORDS), []).append(number)
        assert {key: kept.get(key) for key in self.acknowledged} == {
            key: [number] for key, number in self.acknowledged.items()
        }

    def _report(self):
        session = requests.Session()
        while not self._going_home.is_set():
            key = uuid.uuid4().hex
            deadline = time.monotonic() + 90
            while key not in self.acknowledged and time.monotonic() < deadline:
                number = self._ask(session, key)
                if number:
                    self.acknowledged[key] = number

    def _ask(self, session, key):
        form = {
            "service_code": self.service,
            "description": WORDS + key,
            "address_id": "540102001001",
            "api_key": self.secret,
        }
        try:
            answer = session.post(
                f"{self.machine.url}/open311/v2/requests.json",
                data=form,
                headers={"X-Idempotency-Key": key},
                timeout=20,
            )
            if answer.status_code in {200, 201}:
                return answer.json()[0]["service_request_id"]
        except (requests.RequestException, ValueError):
            pass
        self.faults += 1
        self._going_home.wait(0.05)
        return None


def linli(*arguments):
    """Run one command of ./linli to its end."""
    command = [sys.executable, "-m", "linli.runtime", *map(str, arguments)]
    return subprocess.run(command, cwd=REPOSITORY, env=without_ours(), capture_output=True, text=True, check=False)


def without_ours():
    return {name: value for name, value in os.environ.items() if name not in OURS}


def _command_line(process):
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it ended between two looks
        return ""
