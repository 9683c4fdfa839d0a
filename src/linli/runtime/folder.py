"""The data folder of one linli: checked before use, locked while in use, with its secret and settings (数据目录)."""

import errno
import fcntl
import hmac
import json
import os
import secrets
import shutil
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from linli.runtime.trouble import Trouble

FREE_BYTES_MIN = 300_000_000


@dataclass(frozen=True)
class Running:
    """What a running linli tells other commands about itself."""

    pid: int
    url: str
    database_url: str
    broker_url: str
    live_port: int
    mqtt_url: str = ""
    mqtt_authority: str = ""


def require_room(folder: Path) -> None:
    """Refuse to begin where the disk is nearly full; a folder not made yet is judged by the one it will lie in.

    Raises:
        Trouble: too little room is left.
    """
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    if free < FREE_BYTES_MIN:
        raise Trouble(
            f"The disk is full: {folder} has {free // 1_000_000} MB left, "
            f"linli needs at least {FREE_BYTES_MIN // 1_000_000} MB."
        )


class Folder:
    """One data folder."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self.logs = self.path / "logs"
        self._lock: int | None = None

    def prepare(self) -> None:
        """Make the folder if needed, and prove that it can be written and has room.

        Raises:
            Trouble: it is not a folder, may not be read or written, or the disk is full.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path) as proof:
                proof.write(b"linli")
        except OSError as fault:
            raise Trouble(self._sentence(fault)) from fault
        require_room(self.path)

    def require_nobody(self) -> None:
        """Refuse where another linli runs; says nothing of a folder that is not there yet or cannot be read.

        Raises:
            Trouble: another linli has the folder; the sentence says where it can be reached.
        """
        with suppress(OSError):
            if self._is_taken():
                raise Trouble(self._taken_sentence())

    def lock(self) -> None:
        """Keep every other linli away from this folder until this process ends, however it ends.

        Raises:
            Trouble: another linli has it, or its lock cannot be opened.
        """
        try:
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as fault:
            raise Trouble(self._sentence(fault)) from fault
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            os.close(handle)
            raise Trouble(self._taken_sentence()) from taken
        self._lock = handle
        (self.path / "running.json").unlink(missing_ok=True)  # the note of one that was killed

    def unlock(self) -> None:
        """Let others have the folder; one that never had it changes nothing."""
        if self._lock is not None:
            (self.path / "running.json").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def secret(self) -> str:
        """Return the folder's secret, made once and readable by nobody else.

        It wraps the key of every encrypted field: a backup without it cannot be read.
        """
        note = self.path / "secret"
        if not note.exists():
            self._write_private(note, secrets.token_urlsafe(48))
        return note.read_text().strip()

    def secret_for(self, use: str) -> str:
        """Derive a secret for one use, from which the folder's own cannot be guessed."""
        return hmac.new(self.secret().encode(), use.encode(), "sha256").hexdigest()

    def settings(self) -> dict[str, str]:
        """Read this folder's own settings, NAME=value a line; the environment overrules them."""
        note = self.path / "settings.env"
        lines = note.read_text().splitlines() if note.exists() else []
        pairs = (line.partition("=") for line in lines if line.startswith("LINLI_"))
        return {name.strip(): value.strip() for name, _, value in pairs}

    def keep_settings(self, settings: dict[str, str]) -> None:
        """Add to this folder's own settings."""
        merged = self.settings() | settings
        self._write_private(
            self.path / "settings.env", "\n".join(f"{name}={value}" for name, value in sorted(merged.items()))
        )

    def tell(self, running: Running) -> None:
        """Note where this linli can be reached."""
        self._write_private(self.path / "running.json", json.dumps(asdict(running), indent=1))

    def running(self) -> Running | None:
        """Return the note of the linli that holds the folder, or None when nobody does."""
        try:
            return Running(**json.loads((self.path / "running.json").read_text())) if self._is_taken() else None
        except (OSError, ValueError, TypeError):
            return None

    def _is_taken(self) -> bool:
        handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False

    def _write_private(self, note: Path, words: str) -> None:
        draft = note.with_name(f"{note.name}.new")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(f"{words}\n")
            file.flush()
            os.fsync(file.fileno())
        draft.rename(note)

    def _sentence(self, fault: OSError) -> str:
        sentences = {
            errno.ENOSPC: f"The disk is full: nothing can be written to {self.path}.",
            errno.EDQUOT: f"The disk quota is used up: nothing can be written to {self.path}.",
            errno.EACCES: f"The data folder {self.path} cannot be read or written: give it to this user.",
            errno.EPERM: f"The data folder {self.path} cannot be read or written: give it to this user.",
            errno.EROFS: f"The data folder {self.path} is on a read-only disk.",
            errno.EEXIST: f"{self.path} is a file, not a folder: choose another --data.",
            errno.ENOTDIR: f"{self.path} is inside a file, not a folder: choose another --data.",
        }
        return sentences.get(fault.errno or 0, f"The data folder {self.path} cannot be used: {fault.strerror}.")

    def _taken_sentence(self) -> str:
        other = self.running()
        where = f" (pid {other.pid}, {other.url})" if other else ""
        return f"Another linli is running on {self.path}{where}: stop it, or choose another --data."
