"""Hints to open pages that something changed; sent after commit, batched, and safe to lose (实时提示).

NOTIFY inside the transaction of an intake would serialise all commits on one lock (PostgreSQL async.c), so hints are
gathered per process and sent by a thread every few milliseconds on a connection of its own.
"""

import json
import logging
import threading
import time
from collections.abc import Iterable

import psycopg
from django.db import connection, transaction

CHANNEL = "linli_hint"
BATCH_SECONDS = 0.05
IDLE_ROUNDS = 40  # the connection is given back after two quiet seconds
PAYLOAD_CODES_MAX = 200  # a notification carries less than 8,000 bytes

log = logging.getLogger(__name__)


class _Sender:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._areas: set[str] = set()
        self._units: set[int] = set()
        self._cases: set[int] = set()
        self._thread: threading.Thread | None = None

    def add(self, areas: Iterable[str], units: Iterable[int], cases: Iterable[int]) -> None:
        with self._lock:
            self._areas.update(areas)
            self._units.update(units)
            self._cases.update(cases)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="hints", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        session: psycopg.Connection | None = None
        idle = 0
        while True:
            time.sleep(BATCH_SECONDS)
            payloads = self._take(is_last=idle >= IDLE_ROUNDS)
            if payloads is None:
                break
            idle = 0 if payloads else idle + 1
            try:
                session = self._send(payloads, session) if payloads else session
            except psycopg.Error:
                log.warning("a hint was lost; pages refresh by themselves", exc_info=True)
                session = None
        if session is not None:
            session.close()

    def _take(self, *, is_last: bool) -> list[str] | None:
        """Take what has gathered; nothing for the last time ends the thread, under the lock that starts the next."""
        with self._lock:
            areas, units, cases = sorted(self._areas), sorted(self._units), sorted(self._cases)
            self._areas, self._units, self._cases = set(), set(), set()
            if is_last and not (areas or units or cases):
                self._thread = None
                return None
        size = PAYLOAD_CODES_MAX
        longest = max(len(areas), len(units), len(cases))
        return [
            json.dumps({"areas": areas[i : i + size], "units": units[i : i + size], "cases": cases[i : i + size]})
            for i in range(0, longest, size)
        ]

    @staticmethod
    def _send(payloads: list[str], session: psycopg.Connection | None) -> psycopg.Connection:
        """Send on the connection that is open, or a new one: a connection for every batch would cost more than it."""
        if session is None or session.closed:
            parameters = connection.get_connection_params()
            for key in ("cursor_factory", "context", "prepare_threshold"):
                parameters.pop(key, None)
            session = psycopg.connect(**parameters, autocommit=True)
        for payload in payloads:
            session.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
        return session


_sender = _Sender()


def hint(*, areas: Iterable[str] = (), units: Iterable[int] = (), cases: Iterable[int] = ()) -> None:
    """Tell open pages of these areas and units, after commit, that something changed."""
    gathered = set(areas), set(units), set(cases)
    transaction.on_commit(lambda: _sender.add(*gathered))


def alarm(*, areas: Iterable[str] = (), units: Iterable[int] = (), calls: Iterable[int] = ()) -> None:
    """Tell open pages of a call in the transaction itself: it arrives with the commit, without waiting for a batch.

    Calls are rare and may not wait; cases are many and may (decision 0007).
    """
    payload = {"areas": sorted(set(areas)), "units": sorted(set(units)), "cases": [], "calls": sorted(set(calls))}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps(payload)])
