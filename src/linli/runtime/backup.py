"""Backups: one folder that holds all it takes to go on elsewhere, and the way back from it (备份与恢复)."""

import os
import shutil
import subprocess
from pathlib import Path

from linli.runtime import binaries, postgres
from linli.runtime.folder import Folder
from linli.runtime.system import System, opened, tell
from linli.runtime.trouble import Trouble

DUMP = "database.dump"
# Without the secret the encrypted fields cannot be read; the rest can be made again.
FILES = ("secret", "settings.env", "demo.json", "demo-logins.json")
FOLDERS = ("photos", "attachments", "broker/tls")  # devices believe the authority they were given


def save(folder: Folder, target: Path) -> None:
    """Copy a running linli into a new folder, readable by nobody else.

    Raises:
        Trouble: nothing is running there, the target exists, or the copy fails.
    """
    running = folder.running()
    if running is None:
        raise Trouble(f"No linli is running on {folder.path}: start it, then back it up.")
    _make(target)
    # The database first: a photo or file kept meanwhile is one too many; the other way round it would be missing.
    _run("pg_dump", "--format=custom", "--file", str(target / DUMP), running.database_url)
    _copy(folder.path, target)
    tell(f"Backed up to {target.absolute()}. It holds the secret: keep it as safe as the data.")


def bring_back(source: Path, folder: Folder) -> None:
    """Make a new data folder from a backup; it can be started with ``up`` or ``demo`` afterwards.

    Raises:
        Trouble: there is no backup, or the data folder is not new.
    """
    if not (source / DUMP).is_file():
        raise Trouble(f"{source} holds no backup ({DUMP} is missing).")
    if folder.path.exists():
        raise Trouble(f"{folder.path} exists: restore into a new folder.")
    draft = Folder(folder.path.with_name(f"{folder.path.name}.restoring"))
    _discard(draft)  # one whose restoring was killed
    try:
        draft.prepare()
        _copy(source, draft.path)
        with opened(System(draft)) as system:
            # Opening made the tables, and with them the application's role that the backup's rights refer to.
            system.make_database_anew()
            _run("pg_restore", "--no-owner", "--exit-on-error", "--dbname", system.database_url, str(source / DUMP))
        draft.path.rename(folder.path)
    finally:
        _discard(draft)  # what failed half-way must not look like a district that can be started
    postgres.place_for(folder.path)  # a database that lies elsewhere notes whose it is
    tell(f"Restored into {folder.path}.")


def _discard(draft: Folder) -> None:
    if draft.path.exists():
        draft.require_nobody()
        postgres.discard(draft.path)
        shutil.rmtree(draft.path)


def _copy(source: Path, target: Path) -> None:
    for name in FILES:
        if (source / name).exists():
            shutil.copy2(source / name, target / name)
    for name in FOLDERS:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)


def _make(target: Path) -> None:
    try:
        target.mkdir(mode=0o700, parents=True)
    except FileExistsError as fault:
        raise Trouble(f"{target} exists: a backup goes into a new folder.") from fault
    except OSError as fault:
        raise Trouble(f"{target} cannot be made: {fault.strerror}.") from fault


def _run(program: str, *arguments: str) -> None:
    command = [str(binaries.installed() / program), *arguments]
    done = subprocess.run(command, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"{program} failed: {(done.stderr.strip().splitlines() or ['no words'])[-1]}")
