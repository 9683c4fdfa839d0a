"""One log file per process, and on the console only what went wrong (日志)."""

import re
from pathlib import Path
from typing import IO

LOG_BYTES_MAX = 20_000_000
TROUBLE = re.compile(r"\b(ERROR|CRITICAL|FATAL|PANIC|ERR|FTL)\b|^Traceback|^\w+(\.\w+)*(Error|Exception|Exit): ")
# What a device does wrong (mid: its connection) stands on the duty desk.
EXPECTED = re.compile(
    r"terminating connection due to|the database system is (starting up|shutting down|not yet)| - mid:\d+ - "
)
LINES_AT_ONCE_MAX = 5


def open_log(folder: Path, name: str) -> IO[bytes]:
    """Open a process's log for appending; a large one is put aside first, the one before it forgotten."""
    path = folder / f"{name}.log"
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        path.rename(path.with_suffix(".log.1"))
    return path.open("ab", buffering=0)


class LogWatch:
    """Follows the logs and picks out the lines a person should see."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read_to: dict[Path, int] = {path: path.stat().st_size for path in folder.glob("*.log")}

    def new_lines(self) -> list[str]:
        """Return the alarming lines since the last call, each with its process's name; never a flood of them."""
        found: list[str] = []
        for path in sorted(self._folder.glob("*.log")):
            fresh = self._fresh(path)
            alarming = [line for line in fresh if TROUBLE.search(line) and not EXPECTED.search(line)]
            found += [f"{path.stem} | {line[:300]}" for line in alarming[:LINES_AT_ONCE_MAX]]
            if len(alarming) > LINES_AT_ONCE_MAX:
                found.append(f"{path.stem} | and {len(alarming) - LINES_AT_ONCE_MAX} more lines like these")
        return found

    def _fresh(self, path: Path) -> list[str]:
        start = self._read_to.get(path, 0)
        size = path.stat().st_size
        if size == start:
            return []
        with path.open("rb") as log:
            log.seek(start if size > start else 0)
            fresh = log.read(LOG_BYTES_MAX)
            self._read_to[path] = log.tell()
        return fresh.decode(errors="replace").splitlines()
