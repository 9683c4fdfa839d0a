"""``./linli doctor``: what is missing here, and how to mend it (体检)."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg

from linli.runtime import assets, binaries, broker, certificates, check, door, fingerprints, ports, postgres, system
from linli.runtime.folder import Folder, require_room
from linli.runtime.trouble import Trouble

MEMORY_BYTES_MIN = 1_500_000_000
DEVICES_MIN = 10_000
EXTENSIONS = ("pg_trgm", "btree_gist")


@dataclass(frozen=True)
class Finding:
    """One thing looked at; ``mend`` says what to do, empty when all is well; only a ``is_needed`` one stops linli."""

    name: str
    found: str
    mend: str = ""
    is_needed: bool = True


def report(path: Path, port: int) -> int:
    """Print one line per finding; return 1 when something needed is missing."""
    folder = Folder(path)
    looks: tuple[Callable[[], Finding], ...] = (
        _python, _packages, _database_programs, _node, _front_end, lambda: _data(folder), _database_room,
        lambda: _port(folder, port), _memory, _given_database, lambda: _proxies(folder), lambda: _certificate(folder),
        _devices, _chromium, _left_over,
    )  # fmt: skip
    findings = [look() for look in looks]
    for finding in findings:
        mark = "✓" if not finding.mend else ("✗" if finding.is_needed else "–")
        print(f"{mark} {finding.name}: {finding.found}{f' → {finding.mend}' if finding.mend else ''}")
    return 1 if any(finding.mend and finding.is_needed for finding in findings) else 0


def _python() -> Finding:
    return Finding("Python", ".".join(map(str, sys.version_info[:3])))


def _packages() -> Finding:
    wrong = _not_as_locked((fingerprints.REPOSITORY / "requirements.lock").read_text())
    if not wrong:
        return Finding("packages", "as locked")
    return Finding(
        "packages", f"not as locked: {', '.join(wrong[:5])}", "remove the folder .venv and run ./linli again"
    )


def _not_as_locked(lock: str) -> list[str]:
    here = {}
    for package in importlib.metadata.distributions():
        here[package.metadata["Name"].lower().replace("_", "-")] = package.version
    # A package pinned more than once, or with a marker, differs between machines: one fitting pin is enough.
    pins: dict[str, set[str]] = {}
    for name, version, marker in re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)( *;)?", lock, re.MULTILINE):
        pins.setdefault(name, set()).update({version, ""} if marker else {version})
    return [name for name, versions in pins.items() if here.get(name, "") not in versions]


def _database_programs() -> Finding:
    try:
        if os.geteuid() == 0:
            postgres.unprivileged()
        server = binaries.installed() / "postgres"
        words = subprocess.run([server, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as fault:
        return Finding(
            "database programs", f"do not run ({fault})", "install glibc 2.28 or later, or set LINLI_DATABASE_URL"
        )
    except Trouble as trouble:
        return Finding("database programs", "cannot be used", str(trouble))
    return Finding("database programs", words)


def _node() -> Finding:
    node = shutil.which("node")
    major = assets.node_major(node) if node else 0
    if major >= assets.NODE_MAJOR_MIN:
        return Finding("Node.js", str(major))
    return Finding("Node.js", "none that is recent enough; one from PyPI is installed when needed")


def _front_end() -> Finding:
    if assets.is_built():
        return Finding("front end", "built")
    return Finding("front end", "not built", "the next start builds it (needs the network once)", is_needed=False)


def _data(folder: Folder) -> Finding:
    if not folder.path.exists():
        return Finding("data folder", f"{folder.path} is made at the first start")
    try:
        folder.prepare()
    except Trouble as trouble:
        return Finding("data folder", str(folder.path), str(trouble))
    return Finding("data folder", f"{folder.path}, {shutil.disk_usage(folder.path).free // 10**9} GB free")


def _database_room() -> Finding:
    if os.geteuid() or os.environ.get("LINLI_DATABASE_URL"):
        return Finding("database folder", "in the data folder, or not ours")
    home = postgres.root_home()
    try:
        require_room(home)
    except Trouble as trouble:
        return Finding("database folder", str(home), str(trouble))
    return Finding("database folder", f"{home}, because root starts it")


def _port(folder: Folder, port: int) -> Finding:
    running = folder.running()
    if running:
        return Finding("running", f"yes, {running.url} (pid {running.pid})")
    try:
        ports.require_free("127.0.0.1", port)
    except Trouble as trouble:
        return Finding("port", f"{port} cannot be used", str(trouble))
    return Finding("port", f"{port} is free")


def _memory() -> Finding:
    available = psutil.virtual_memory().available
    mend = "" if available > MEMORY_BYTES_MIN else "linli needs 1 GB: stop other programs"
    return Finding("memory", f"{available // 1_000_000} MB available", mend, is_needed=False)


def _given_database() -> Finding:
    given = os.environ.get("LINLI_DATABASE_URL", "")
    if not given:
        return Finding("database", "embedded (LINLI_DATABASE_URL is not set)")
    try:
        system.require_reachable(given)
        missing = list(_missing_extensions(given))
    except Trouble as trouble:
        return Finding("database", "LINLI_DATABASE_URL", str(trouble))
    mend = f"install PostgreSQL's contrib package (missing: {', '.join(missing)})" if missing else ""
    return Finding("database", "LINLI_DATABASE_URL answers", mend)


def _proxies(folder: Folder) -> Finding:
    settings = folder.settings() | dict(os.environ)
    count = settings.get("LINLI_TRUSTED_PROXIES", "0")
    if settings.get("LINLI_HTTPS") != "on" or count != "0":
        return Finding("proxies", f"{count} in front")
    return Finding(
        "proxies",
        "LINLI_HTTPS is on, but LINLI_TRUSTED_PROXIES is 0: all people share the proxy's address and its limits",
        "set LINLI_TRUSTED_PROXIES to how many proxies stand in front (deploy/nginx.conf: 1)",
        is_needed=False,
    )


def _certificate(folder: Folder) -> Finding:
    try:
        path = door.used_certificate(folder)
        ends = certificates.ends_at(path) if path else None
    except Trouble as trouble:
        return Finding("certificate for devices", "cannot be used", str(trouble))
    if ends is None:
        return Finding("certificate for devices", "made when one is needed")
    left = (ends - datetime.now(UTC)).days
    is_ours = path == folder.path / door.CERTIFICATES / certificates.SERVER
    mend = "start linli again: that makes a new one" if is_ours else f"put a new one at {path} and start linli again"
    found = f"good until {ends:%Y-%m-%d}" if left >= 0 else f"ended on {ends:%Y-%m-%d}: devices stay away"
    return Finding("certificate for devices", found, mend if left < certificates.WARN_DAYS else "", is_needed=left < 0)


def _devices() -> Finding:
    most = broker.devices_max()
    mend = "" if most >= DEVICES_MIN else f"allow {DEVICES_MIN + broker.FILES_BESIDES} open files (ulimit -Hn) for more"
    return Finding("open files", f"enough for {most} devices at once", mend, is_needed=False)


def _missing_extensions(url: str) -> Iterator[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT name FROM pg_available_extensions").fetchall()
    available = {row[0] for row in rows}
    return (name for name in EXTENSIONS if name not in available)


def _chromium() -> Finding:
    found = check.find_chromium()
    mend = "" if found else "install the package “chromium”; only the browser tests need it"
    return Finding("Chromium", found or "none", mend, is_needed=False)


def _left_over() -> Finding:
    home = postgres.root_home()
    notes = home.glob("*/belongs-to") if os.geteuid() == 0 and home.is_dir() else []
    orphans = [note.parent for note in notes if not Path(note.read_text().strip()).exists()]
    if not orphans:
        return Finding("left-over databases", "none")
    names = ", ".join(str(path) for path in orphans)
    return Finding(
        "left-over databases", f"{len(orphans)}", f"their data folders are gone; remove {names}", is_needed=False
    )
