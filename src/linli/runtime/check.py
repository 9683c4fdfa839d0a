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
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


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
    _find_chromium()
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
    """Return the path of a Chromium, or nothing."""
    given = os.environ.get("LINLI_CHROMIUM", "")
    return given or next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), "")


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


def _find_chromium() -> None:
    if not find_chromium() and os.geteuid() == 0 and shutil.which("apt-get"):
        tell("Installing Chromium for the browser tests …")
        surroundings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in ("update -q", "install -q -y --no-install-recommends chromium"):
            subprocess.run(["apt-get", *words.split()], env=surroundings, capture_output=True, check=False)
    if not find_chromium():
        tell("Chromium is missing, so the browser tests are skipped: install the package “chromium”.")


def _surroundings() -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "linli.config.settings",
        "PYTHONPATH": os.pathsep.join([str(fingerprints.REPOSITORY / "src"), str(fingerprints.REPOSITORY)]),
        "LINLI_CHROMIUM": find_chromium(),
    }
