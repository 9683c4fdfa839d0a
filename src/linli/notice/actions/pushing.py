"""Push a message to every browser of an account, and remember what became of it (手机推送)."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from linli.call import actions as calls
from linli.call import queries as called
from linli.call.queries import PushSubscription
from linli.call.rules.phones import PER_ACCOUNT_MAX
from linli.notice.carriers import webpush
from linli.notice.carriers.port import Undelivered
from linli.shared.crypto import unseal
from linli.staff.queries import Account


@dataclass(frozen=True, slots=True)
class Pushed:
    """How many browsers took a message; where none did, why not and whether trying again can help."""

    count: int
    fault: str = ""
    is_final: bool = True


@dataclass(frozen=True, slots=True)
class Bundle:
    """One message for every browser of an account, ready to leave."""

    browsers: tuple[PushSubscription, ...]
    content: bytes
    topic: str
    timestamp: int

    def hand_over(self) -> list[Undelivered | None]:
        """Hand it to the service of each browser, and return what each said; no database is asked (交出推送)."""
        if not self.browsers:
            return []
        # Side by side: a service that does not answer must not keep the others waiting.
        with ThreadPoolExecutor(max_workers=PER_ACCOUNT_MAX, thread_name_prefix="push") as threads:
            return list(threads.map(self._carry, self.browsers))

    def _carry(self, row: PushSubscription) -> Undelivered | None:
        browser = webpush.Browser(unseal(bytes(row.endpoint_sealed)), row.key_p256dh, row.key_auth)
        try:
            webpush.carry(browser, self.content, topic=self.topic, timestamp=self.timestamp)
        except Undelivered as fault:
            return fault
        return None


def push(*, account: Account, message: Mapping[str, str], topic: str, at: datetime) -> Pushed:
    """Push a message to every browser of an account; those that are gone are told nothing any more (推送)."""
    bundle = bundled(account=account, message=message, topic=topic, at=at)
    return remember_pushed(bundle=bundle, faults=bundle.hand_over(), at=at)


def bundled(*, account: Account, message: Mapping[str, str], topic: str, at: datetime) -> Bundle:
    """Make a message ready for every browser of an account (备好推送)."""
    content = json.dumps(dict(message), ensure_ascii=False).encode()
    return Bundle(tuple(called.subscriptions_of(account)), content, topic, int(at.timestamp()))


def remember_pushed(*, bundle: Bundle, faults: Sequence[Undelivered | None], at: datetime) -> Pushed:
    """Write down which browsers took a message, and which are gone (记下推送)."""
    for row, fault in zip(bundle.browsers, faults, strict=True):
        if fault is None:
            calls.push_worked(pk=row.pk, at=at)
        else:
            calls.push_failed(pk=row.pk, fault=fault.words, is_gone=isinstance(fault, webpush.Gone), at=at)
    missed = [fault for fault in faults if fault is not None]
    words = missed[0].words if missed else ""
    return Pushed(faults.count(None), words, all(fault.is_final for fault in missed))
