"""Our own small supervisor of an embedded PostgreSQL: a foreground child, a private socket, no TCP (数据库).

PostgreSQL refuses to run as root; then it runs as ``postgres`` or ``nobody`` with its files under /var/lib/linli,
because that user can rarely reach the data folder. Otherwise everything is inside the data folder.
"""

import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil
import psycopg

from linli.runtime import binaries
from linli.runtime.children import die_with_parent
from linli.runtime.trouble import Trouble

DATABASE = "linli"
OWNER = "linli"
SOCKET_BYTES_MAX = 100  # the kernel allows 107 for the whole name, ".s.PGSQL.5432" needs 14 of them
READY_SECONDS_MAX = 900  # recovery after a crash in the middle of a bulk import takes minutes, not hours
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "80",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
# For a database that lives as long as a test run: nothing on disk need survive.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Place:
    """Where one embedded database lives, and as whom it runs."""

    data: Path
    socket: Path
    programs: Path
    account: pwd.struct_passwd | None

    @property
    def url(self) -> str:
        """Address of the database for libpq and Django."""
        return address(DATABASE, self.socket)

    def run_as(self) -> dict[str, Any]:
        """Keyword arguments for Popen: which user, which surroundings."""
        surroundings = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/"}
        arguments: dict[str, Any] = {"env": surroundings, "cwd": "/", "stdin": subprocess.DEVNULL}
        if self.account:
            arguments |= {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        return arguments


def address(database: str, socket: Path) -> str:
    """Write the address of a database behind a socket."""
    return f"postgresql://{OWNER}@/{database}?host={socket}"


def place_for(data_dir: Path) -> Place:
    """Decide where the database of a data folder lives; make the folders."""
    if os.geteuid() == 0:
        return _place_for_root(data_dir)
    home = data_dir / "postgres"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Place(home / "data", _short(home / "socket"), binaries.installed(), None)


def discard(data_dir: Path) -> None:
    """Remove the database of a data folder, wherever it lies; nothing may run on it."""
    note = data_dir / "database-name"
    cluster = root_home() / note.read_text().strip() if note.exists() else data_dir / "postgres"
    if cluster.exists():
        shutil.rmtree(cluster)


def root_home() -> Path:
    """Return the folder that holds the databases started by root."""
    return Path(os.environ.get("LINLI_POSTGRES_HOME", "/var/lib/linli"))


def start(place: Place, *, log: IO[bytes], durable: bool = True) -> subprocess.Popen[bytes]:
    """Make the database if there is none, clear what a crash left, start the server."""
    create(place, durable=durable)
    check_version(place.data)
    clear_stale_pid(place.data)
    _folder(place.socket, place.account)
    settings = SETTINGS | {"unix_socket_directories": str(place.socket)} | ({} if durable else CARELESS)
    command = [str(place.programs / "postgres"), "-D", str(place.data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return subprocess.Popen(
        command,
        stdout=log,
        stderr=log,
        start_new_session=True,  # Ctrl-C reaches the supervisor, which stops its children in order
        preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 -- no threads are running yet
        **place.run_as(),
    )


def wait_ready(place: Place, process: subprocess.Popen[bytes], *, tell: Callable[[str], None] = lambda _: None) -> None:
    """Wait until the server answers; make the database ``linli`` the first time.

    Raises:
        Trouble: the server stopped, or does not answer within a quarter of an hour.
    """
    started = time.monotonic()
    told = False
    while time.monotonic() - started < READY_SECONDS_MAX:
        if process.poll() is not None:
            raise Trouble(f"PostgreSQL stopped while starting (code {process.returncode}): see logs/postgres.log.")
        try:
            _ensure_database(place.socket)
        except psycopg.OperationalError:
            if not told and time.monotonic() - started > 3:
                tell("PostgreSQL is recovering from an unclean stop …")
                told = True
            time.sleep(0.05)
        else:
            return
    raise Trouble("PostgreSQL does not answer: see logs/postgres.log.")


def stop(process: subprocess.Popen[bytes], *, seconds: float = 60) -> None:
    """Stop the server: roll back what is open, write everything, end."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait()


def create(place: Place, *, durable: bool = True) -> None:
    """Make an empty cluster unless there is one; a start killed half-way leaves nothing that looks like a database."""
    if (place.data / "PG_VERSION").exists():
        return
    if place.data.exists() and any(place.data.iterdir()):
        raise Trouble(f"{place.data} is not a PostgreSQL database: move it away and start again.")
    draft = place.data.with_name(f"{place.data.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    flags = ["--username", OWNER, "--auth=trust", "--encoding=UTF8", "--data-checksums"]
    # With LC_CTYPE=C pg_trgm finds no trigrams in Chinese or Tibetan.
    flags += ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-ctype=C.UTF-8"]
    flags += [] if durable else ["--no-sync"]
    command = [str(place.programs / "initdb"), "-D", str(draft), *flags]
    try:
        done = subprocess.run(command, capture_output=True, check=False, **place.run_as())
    except PermissionError as fault:
        who = place.account.pw_name if place.account else "this user"
        raise Trouble(f"{place.programs} cannot be reached by {who}: choose another LINLI_POSTGRES_HOME.") from fault
    if done.returncode:
        shutil.rmtree(draft, ignore_errors=True)
        raise Trouble(_initdb_line(done.stderr.decode(errors="replace"), place))
    if place.data.exists():
        place.data.rmdir()
    draft.rename(place.data)


def check_version(data: Path) -> None:
    """Refuse to start on files of another PostgreSQL major version, which would only damage them."""
    found = (data / "PG_VERSION").read_text().strip()
    if found != binaries.major():
        raise Trouble(
            f"The database in {data} was made by PostgreSQL {found}, this linli carries {binaries.major()}: "
            "start the older linli, export with pg_dump, and import into a new data folder."
        )


def clear_stale_pid(data: Path, *, seconds: float = 60) -> None:
    """Stop a server left over on exactly these files, then remove the pid file it left.

    A pid alone proves nothing: after a crash it may belong to anybody. Only a process that works inside this very
    folder is a server of it, and while one does, the pid file stays.
    """
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + seconds
    told: set[int] = set()
    while servers := _processes_in(data):
        if time.monotonic() > deadline:
            raise Trouble(f"A PostgreSQL process (pid {servers[0].pid}) still works on {data} and does not stop.")
        for server in servers:
            if server.pid not in told:
                told.add(server.pid)
                with suppress(psutil.NoSuchProcess):  # a helper process may end with its postmaster meanwhile
                    server.send_signal(signal.SIGINT if _is_postmaster(server, pid_file) else signal.SIGTERM)
        time.sleep(0.1)
    pid_file.unlink(missing_ok=True)


def _is_postmaster(process: psutil.Process, pid_file: Path) -> bool:
    return pid_file.exists() and pid_file.read_text().partition("\n")[0].strip() == str(process.pid)


def _processes_in(data: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["name"]):
        if not (process.info["name"] or "").startswith("postgres"):
            continue
        try:
            if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == data.resolve():
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def _ensure_database(socket: Path) -> None:
    with psycopg.connect(address("postgres", socket), autocommit=True, connect_timeout=5) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _initdb_line(words: str, place: Place) -> str:
    if "No space left" in words:
        return f"The disk is full: no room for a database in {place.data.parent}."
    last = [line for line in words.splitlines() if "error" in line.lower()] or words.splitlines() or ["no words"]
    return f"The database could not be made in {place.data.parent}: {last[0].removeprefix('initdb: error: ')}"


def _place_for_root(data_dir: Path) -> Place:
    home = root_home()
    account = unprivileged()
    home.mkdir(mode=0o755, parents=True, exist_ok=True)
    cluster = home / _cluster_name(data_dir)
    cluster.mkdir(mode=0o700, exist_ok=True)
    os.chown(cluster, account.pw_uid, account.pw_gid)
    (cluster / "belongs-to").write_text(f"{data_dir.resolve()}\n")
    return Place(cluster / "data", _short(cluster / "socket"), binaries.reachable(home), account)


def unprivileged() -> pwd.struct_passwd:
    """Find the account PostgreSQL runs as when root starts it."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Trouble("PostgreSQL must not run as root and there is no user postgres or nobody: run linli as a plain user.")


def _cluster_name(data_dir: Path) -> str:
    """Read the database's name, made from the data folder's; a data folder made anew gets a new, empty database."""
    note = data_dir / "database-name"
    if not note.exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        label = "".join(sign for sign in data_dir.resolve().name if sign.isascii() and sign.isalnum())[:20]
        note.write_text(f"{label or 'data'}-{secrets.token_hex(4)}\n")
    return note.read_text().strip()


def _short(folder: Path) -> Path:
    """Return the folder for the socket, or a short one when its name would not fit into a socket's address."""
    resolved = folder.absolute()
    if len(os.fsencode(resolved)) <= SOCKET_BYTES_MAX - 14:
        return resolved
    mark = hashlib.sha256(os.fsencode(resolved)).hexdigest()[:12]
    return Path(f"/tmp/linli-{os.geteuid()}-{mark}")  # noqa: S108 -- made 0700 and its owner checked before use


def _folder(folder: Path, account: pwd.struct_passwd | None) -> None:
    owner = account.pw_uid if account else os.geteuid()
    folder.mkdir(mode=0o700, exist_ok=True)
    if account and folder.stat().st_uid == os.geteuid():
        os.chown(folder, account.pw_uid, account.pw_gid)
    state = folder.lstat()
    if folder.is_symlink() or state.st_uid != owner:
        raise Trouble(f"{folder} belongs to somebody else: remove it and start again.")
    folder.chmod(0o700)
