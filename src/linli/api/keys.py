"""Who knocks: the key of a partner's system, and how often it or an address may knock (验钥与限速).

All web processes share one count per key and minute, but no request pays a statement for it: each process adds what it
spent about once a second and hears what all spent together. A limit is therefore kept to within a second's requests.
"""

import threading
import time
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

from linli.api.answers import Fault
from linli.intake import actions as intake
from linli.intake import queries as appeals
from linli.intake.queries import ApiKey
from linli.intake.rules import Channel
from linli.shared.crypto import mac

SYNC_SECONDS = 1.0
SYNC_SHARE = 20  # a small limit is compared more often: after a twentieth of it
SUBJECTS_MAX = 50_000
SWEEP_MINUTES = 5
TOO_OFTEN = "请求太频繁，请 %(seconds)s 秒后再试。"


class Meter:
    """Counts of the present minute in this process, brought together with the others' now and then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._own: dict[str, int] = {}
        self._all: dict[str, int] = {}
        self._synced_at = 0.0
        self._swept = 0

    def spend(self, subject: str, *, limit: int) -> None:
        """Count one request.

        Raises:
            Fault: the limit of this minute is spent; it says when the next begins.
        """
        now = time.time()
        with self._lock:
            self._turn(int(now // 60))
            own = self._own.get(subject, 0)
            if own + self._all.get(subject, 0) >= limit:
                seconds = 60 - int(now % 60)
                raise Fault(429, TOO_OFTEN, retry_seconds=seconds, seconds=seconds)
            self._own[subject] = own + 1
            counts = self._due(now, own + 1, limit)
            minute = self._minute
        if counts:
            self._share(minute, counts)

    def forget(self) -> None:
        """Begin anew (for tests)."""
        with self._lock:
            self._minute = 0

    def _turn(self, minute: int) -> None:
        if minute != self._minute or len(self._own) > SUBJECTS_MAX:
            self._minute, self._own, self._all = minute, {}, {}

    def _due(self, now: float, own: int, limit: int) -> dict[str, int]:
        if now - self._synced_at < SYNC_SECONDS and own * SYNC_SHARE < limit:
            return {}
        self._synced_at = now
        counts, self._own = self._own, {}
        for subject, count in counts.items():  # counted as everybody's until the answer is there
            self._all[subject] = self._all.get(subject, 0) + count
        return counts

    def _share(self, minute: int, counts: dict[str, int]) -> None:
        totals = intake.spend(minute=minute, counts=counts)
        with self._lock:
            if minute == self._minute:
                self._all.update(totals)
        if minute - self._swept >= SWEEP_MINUTES:
            self._swept = minute
            intake.forget_spent(minute=minute)


meter = Meter()


def let_in(request: HttpRequest, *, secret: str, channel: Channel) -> ApiKey:
    """Return the key a request shows, and count the request against it (验钥).

    Raises:
        Fault: no key, a wrong one, one for another door or jurisdiction, or too many requests.
    """
    key = appeals.key_of(secret)
    if key is None or key.channel != channel.value:
        count_address(request)
        raise Fault(403, "缺少 api_key 或 api_key 无效。")
    meter.spend(f"key {key.pk}", limit=key.rate_per_minute)
    return key


def count_address(request: HttpRequest) -> None:
    """Count a request without a key against its address.

    Raises:
        Fault: too many requests from there.
    """
    meter.spend(_subject(client_address(request)), limit=settings.API_ADDRESS_PER_MINUTE)


def client_address(request: HttpRequest) -> str:
    """Return the address of the client; a forwarded address counts only from our own proxies."""
    address: str = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(forwarded) >= settings.TRUSTED_PROXIES:
            return str(forwarded[-settings.TRUSTED_PROXIES])
    return address


@lru_cache(maxsize=10_000)
def _subject(address: str) -> str:
    """An address is kept for minutes, as a digest."""
    return f"from {mac('client address', address.encode()).hex()[:24]}"
