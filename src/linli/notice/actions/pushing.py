"""Push a message to every browser of an account, and remember what became of it (手机推送)."""

import json
from collections.abc import Mapping
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


def push(*, account: Account, message: Mapping[str, str], topic: str, at: datetime) -> Pushed:
    """Push a message to every browser of an account; those that are gone are told nothing any more (推送)."""
    browsers = called.subscriptions_of(account)
    if not browsers:
        return Pushed(0)
    content = json.dumps(dict(message), ensure_ascii=False).encode()

    def carry(row: PushSubscription) -> Undelivered | None:
        browser = webpush.Browser(unseal(bytes(row.endpoint_sealed)), row.key_p256dh, row.key_auth)
        try:
            webpush.carry(browser, content, topic=topic, timestamp=int(at.timestamp()))
        except Undelivered as fault:
            return fault
        return None

    # Side by side: a service that does not answer must not keep the others waiting. They ask no database.
    with ThreadPoolExecutor(max_workers=PER_ACCOUNT_MAX, thread_name_prefix="push") as threads:
        faults = list(threads.map(carry, browsers))
    for row, fault in zip(browsers, faults, strict=True):
        if fault is None:
            calls.push_worked(pk=row.pk, at=at)
        else:
            calls.push_failed(pk=row.pk, fault=fault.words, is_gone=isinstance(fault, webpush.Gone), at=at)
    missed = [fault for fault in faults if fault is not None]
    words = missed[0].words if missed else ""
    return Pushed(faults.count(None), words, all(fault.is_final for fault in missed))
