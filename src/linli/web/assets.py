"""Where the built front end lies: reads Vite's manifest (前端资源).

Our own forty lines rather than a library: pages must also render, unstyled, where nothing was built, as in a unit test.
"""

import json
import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings

MANIFEST = Path(settings.REPOSITORY) / "frontend" / "dist" / ".vite" / "manifest.json"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One script with the stylesheets and chunks it needs, as addresses."""

    script: str
    styles: tuple[str, ...]
    chunks: tuple[str, ...]


NOTHING = Entry("", (), ())


def entry(name: str) -> Entry:
    """Return the addresses for a source file such as ``src/main.ts``."""
    return _entry(name, _version())


def address(name: str) -> str:
    """Return the address of a single built file, or nothing when it was not built."""
    chunk = _manifest(_version()).get(name)
    return f"{settings.STATIC_URL}{chunk['file']}" if chunk else ""


def _version() -> int:
    # A rebuild is noticed without a restart, a second later: a page of fifty rows has two hundred icons.
    return _version_at(int(monotonic()))


@lru_cache(maxsize=1)
def _version_at(_second: int) -> int:
    try:
        return MANIFEST.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=2)
def _manifest(version: int) -> dict[str, Any]:
    if not version:
        logger.warning("The front end is not built: run npm ci and npm run build in frontend/.")
        return {}
    manifest: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return manifest


@lru_cache(maxsize=32)
def _entry(name: str, version: int) -> Entry:
    manifest = _manifest(version)
    if name not in manifest:
        return NOTHING
    seen: dict[str, Any] = {}
    waiting = [name]
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen[key] = manifest[key]
            waiting.extend(manifest[key].get("imports", ()))
    styles = tuple(
        dict.fromkeys(f"{settings.STATIC_URL}{css}" for chunk in seen.values() for css in chunk.get("css", ()))
    )
    chunks = tuple(f"{settings.STATIC_URL}{chunk['file']}" for key, chunk in seen.items() if key != name)
    return Entry(f"{settings.STATIC_URL}{manifest[name]['file']}", styles, chunks)
