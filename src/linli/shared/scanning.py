"""Look for viruses before a file can be opened: a port, and clamd behind it; off unless a site names one (查毒)."""

import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

PIECE = 64 * 1024
SECONDS = 60.0
ANSWER_MAX = 4096


class NotScanned(Exception):  # noqa: N818 -- it says what became of the file
    """Nobody answered, or not in a way that can be understood; the file stays shut."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found; nothing when the file is clean."""

    found: str = ""


def is_on() -> bool:
    """Tell whether this site looks for viruses."""
    return bool(settings.CLAMD_URL)


def scan(path: Path) -> Verdict:
    """Hand a file to clamd piece by piece (INSTREAM) and return what it says.

    Raises:
        NotScanned: clamd does not answer, or says that it could not.
    """
    try:
        with closing(_connected(settings.CLAMD_URL)) as line:
            line.sendall(b"zINSTREAM\0")
            for piece in _pieces(path):
                line.sendall(struct.pack("!L", len(piece)) + piece)
            line.sendall(struct.pack("!L", 0))
            answer = _answer(line)
    except OSError as fault:
        raise NotScanned(f"clamd: {fault}") from fault
    if answer == "stream: OK":
        return Verdict()
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return Verdict(answer.removeprefix("stream: ").removesuffix(" FOUND")[:120] or "?")
    raise NotScanned(f"clamd: {answer[:120] or 'no answer'}")


def _connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(SECONDS)
        line.connect(parts.path)
        return line
    return socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 3310), timeout=SECONDS)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _answer(line: socket.socket) -> str:
    told = b""
    while b"\0" not in told and len(told) < ANSWER_MAX:
        piece = line.recv(ANSWER_MAX)
        if not piece:
            break
        told += piece
    return told.split(b"\0")[0].decode("utf-8", "replace").strip()
