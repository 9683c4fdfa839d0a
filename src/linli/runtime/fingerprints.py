"""Fingerprints of files, kept as stamps, so that a second start repeats nothing (指纹)."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
REPOSITORY = PACKAGE.parent.parent


def of(paths: Iterable[Path]) -> str:
    """Return one fingerprint of the names and contents of files."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(os.path.relpath(path, REPOSITORY).encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def is_current(stamp: Path, fingerprint: str) -> bool:
    """Say whether the step that left this stamp saw the same files."""
    return stamp.exists() and stamp.read_text().strip() == fingerprint


def keep(stamp: Path, fingerprint: str) -> None:
    """Leave the stamp of a finished step."""
    stamp.write_text(f"{fingerprint}\n")


def migrations() -> str:
    """Fingerprint everything a migration may depend on: our migrations and the locked packages."""
    ours = PACKAGE.glob("*/migrations/*")
    return of([path for path in ours if path.is_file()] + list(REPOSITORY.glob("requirements.lock")))


def static_files() -> str:
    """Fingerprint the front end as built, and the static files of the pages."""
    folders = [REPOSITORY / "frontend" / "dist", *PACKAGE.glob("*/static")]
    files = [path for folder in folders if folder.is_dir() for path in folder.rglob("*") if path.is_file()]
    return of(files + list(REPOSITORY.glob("requirements.lock")))
