"""Let a browser be woken by calls, and no longer; remember whether it could be reached (手机提醒)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from linli.call.models import PushSubscription
from linli.call.queries.phones import subscriptions_of
from linli.call.rules.phones import PER_ACCOUNT_MAX, browser_words, check_browser
from linli.shared.crypto import blind, seal
from linli.shared.refusals import Refused
from linli.staff.models import Account

FAULT_MAX = 120
# Of a browser that is told nothing any more only the mark stays by which it is known when it comes again.
NOTHING_KEPT: dict[str, Any] = {"endpoint_sealed": b"", "key_p256dh": "", "key_auth": "", "device_words": ""}


@transaction.atomic
def subscribe(
    *, account: Account, endpoint: str, key_p256dh: str, key_auth: str, at: datetime, user_agent: str = ""
) -> PushSubscription:
    """Tell calls to a browser of this account from now on; one that was somebody else's changes hands (开通提醒).

    Raises:
        Refused: what the browser handed over cannot be read.
    """
    check_browser(endpoint=endpoint, key_p256dh=key_p256dh, key_auth=key_auth, is_http_allowed=settings.OUTGOING_HTTP)
    machine, browser = browser_words(user_agent)
    row, _is_new = PushSubscription.objects.update_or_create(
        endpoint_hash=blind(endpoint),
        defaults={
            "account": account,
            "endpoint_sealed": seal(endpoint),
            "key_p256dh": key_p256dh.rstrip("="),
            "key_auth": key_auth.rstrip("="),
            "device_words": " · ".join(part for part in (machine, browser) if part)[:40],
            "created_at": at,
            "worked_at": None,
            "fault": "",
            "ended_at": None,
        },
    )
    for old in subscriptions_of(account)[PER_ACCOUNT_MAX:]:  # the newest first
        _end(old.pk, at=at)
    return row


def unsubscribe(*, account: Account, at: datetime, pk: int | None = None, endpoint: str = "") -> None:
    """Tell a browser of this account nothing any more, named by its row or by itself (关闭提醒).

    Raises:
        Refused: this account has no such browser.
    """
    mine = PushSubscription.objects.filter(account=account, ended_at__isnull=True)
    mine = mine.filter(pk=pk) if pk is not None else mine.filter(endpoint_hash=blind(endpoint))
    if not mine.update(ended_at=at, **NOTHING_KEPT):
        raise Refused("没有这台设备，或者已经关闭。")


def push_worked(*, pk: int, at: datetime) -> None:
    """Remember that a browser's service took a message (推送已交出)."""
    PushSubscription.objects.filter(pk=pk).update(worked_at=at, fault="")


def push_failed(*, pk: int, fault: str, is_gone: bool, at: datetime) -> None:
    """Remember why a browser was not reached; one that is gone is told nothing any more (推送不到)."""
    PushSubscription.objects.filter(pk=pk).update(fault=fault[:FAULT_MAX])
    if is_gone:
        _end(pk, at=at)


def _end(pk: int, *, at: datetime) -> None:
    PushSubscription.objects.filter(pk=pk, ended_at__isnull=True).update(ended_at=at, **NOTHING_KEPT)
