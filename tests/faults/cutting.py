"""A line to the database that can be cut, with or without a word (断网)."""

import socket
import threading
from contextlib import suppress
from pathlib import Path

PIECE = 65_536


class Line:
    """Listens as a database would, in a folder of its own, and passes everything on until it is cut."""

    def __init__(self, folder: Path, target: str) -> None:
        self._target = target
        self._ends: list[socket.socket] = []
        self._lock = threading.Lock()
        self._flows = threading.Event()
        self._flows.set()
        self.is_cut = False
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(folder / ".s.PGSQL.5432"))
        self._server.listen(200)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self.is_cut = True
        self._flows.set()
        with self._lock:
            ends, self._ends = self._ends, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def fall_silent(self) -> None:
        """Pass nothing on any more, and say nothing of it: a cable that was pulled."""
        self._flows.clear()

    def mend(self) -> None:
        """Pass everything on again."""
        self.is_cut = False
        self._flows.set()

    def close(self) -> None:
        """Take the line away."""
        self.cut()
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _who = self._server.accept()
                if self.is_cut:
                    near.close()
                    continue
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._target)
                with self._lock:
                    self._ends += [near, far]
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                self._flows.wait()
                target.sendall(piece)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
