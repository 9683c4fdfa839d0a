"""``./linli test``: every check of the code's form, then the tests (检查与测试)."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from linli.runtime import assets, fingerprints
from linli.runtime.system import tell

DEV_LOCK = fingerprints.REPOSITORY / "requirements-dev.lock"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A package server is sometimes busy or out of step with its list; each try fetches the list anew.
APT = ("apt-get", "-q", "-y", "-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300")
APT_PAUSES = (0, 10, 30)
NO_CHROMIUM = "Chromium is missing: install the package “chromium”, or name a browser in LINLI_CHROMIUM"


@dataclass(frozen=True)
class Check:
    """One program that judges the code."""

    name: str
    command: tuple[str, ...]


CHECKS = (
    Check("types", ("-m", "mypy")),  # first, because it takes longest and two run at a time
    Check("lint", ("-m", "ruff", "check", "--output-format", "concise", ".")),
    Check("format", ("-m", "ruff", "format", "--check", ".")),
    Check("import contracts", ("-c", "import sys; from importlinter.cli import lint_imports_command as run; run()")),
    Check("templates", ("-m", "djlint", "--lint", "--quiet", "src/linli")),
    Check("missing migrations", ("-m", "django", "makemigrations", "--check", "--dry-run")),
)


def run(arguments: Sequence[str]) -> int:
    """Check form and meaning; with arguments only the tests they choose."""
    prepare()
    failed = [] if arguments else _check_form()
    _provide_chromium()
    if not find_chromium():
        if is_ci() and not arguments:
            tell(f"✗ browser tests: {NO_CHROMIUM}. With CI set they are not skipped, so this run has failed.")
            return 1
        tell(f"{NO_CHROMIUM}. The browser tests are skipped.")
    tell("Tests …")
    chosen = list(arguments) or ["-n", "2", "--dist", "loadgroup"]
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", *chosen], cwd=fingerprints.REPOSITORY, env=_surroundings(), check=False
    ).returncode
    if failed:
        tell(f"Failed besides the tests: {', '.join(failed)}.")
    return tested or (1 if failed else 0)


def prepare() -> None:
    """Install what the tests need, once per lock, and build what the pages need."""
    stamp = Path(sys.prefix) / ".linli-dev-stamp"
    wanted = fingerprints.of([DEV_LOCK])
    if not fingerprints.is_current(stamp, wanted):
        tell("Installing the packages for tests (first time only) …")
        assets.install(DEV_LOCK)
        fingerprints.keep(stamp, wanted)
    assets.build(tell)


def find_chromium() -> str:
    """Return the path of a Chromium that starts, or nothing."""
    given = os.environ.get("LINLI_CHROMIUM", "")
    return given or next((path for name in CHROMIUM_NAMES if (path := shutil.which(name)) and _starts(path)), "")


def is_ci() -> bool:
    """Return whether a machine judges this run: then nothing is left out silently."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false", "no"}


def _check_form() -> list[str]:
    tell("Checks of form …")
    with ThreadPoolExecutor(max_workers=2) as both_cores:
        verdicts = list(both_cores.map(_passes, CHECKS))
    return [check.name for check, passes in zip(CHECKS, verdicts, strict=True) if not passes]


def _passes(check: Check) -> bool:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, *check.command],
        cwd=fingerprints.REPOSITORY, env=_surroundings(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = time.monotonic() - began
    if done.returncode:
        tell(f"✗ {check.name} ({seconds:.0f} s)\n{done.stdout}{done.stderr}")
    else:
        tell(f"✓ {check.name} ({seconds:.0f} s)")
    return done.returncode == 0


def _starts(path: str) -> bool:
    # Some systems have a program of that name which only says that the real one comes another way.
    try:
        return subprocess.run([path, "--version"], capture_output=True, check=False, timeout=120).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _provide_chromium() -> None:
    """Install Chromium where that needs nobody's password, again when the network fails."""
    if find_chromium() or not shutil.which("apt-get"):
        return
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if as_root and subprocess.run([*as_root, "true"], capture_output=True, check=False).returncode:
        return
    tell("Installing Chromium for the browser tests …")
    for pause in APT_PAUSES:
        time.sleep(pause)
        fault = _apt([*as_root, "env", "DEBIAN_FRONTEND=noninteractive", *APT])
        if find_chromium():
            return
        tell(f"apt-get could not install Chromium: {fault}")


def _apt(apt: list[str]) -> str:
    fault = "there is no such package"
    for words in (["update"], ["install", "--no-install-recommends", "chromium"]):
        done = subprocess.run([*apt, *words], capture_output=True, text=True, check=False)
        if done.returncode:  # an old list may still do, so the second step is tried all the same
            lines = [line for line in done.stderr.splitlines() if line.startswith("E:")]
            fault = " ".join(lines[:2]) or f"apt-get {words[0]} ended with code {done.returncode}"
    return fault


def _surroundings() -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "linli.config.settings",
        "PYTHONPATH": os.pathsep.join([str(fingerprints.REPOSITORY / "src"), str(fingerprints.REPOSITORY)]),
        "LINLI_CHROMIUM": find_chromium(),
    }
