"""Jobs that need the moment they run at: send what is due, look for viruses in files that wait (后台任务)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from linli.notice import actions as notices
from linli.notice import queries
from linli.notice.rules import Channel
from linli.shared import actions as shared
from linli.shared.scope import EVERYTHING, acting

ROUNDS_MAX = 50  # then another job goes on, so that a stop need not wait
HOOKS = "HOOKS"


@app.task(name="notice.send_due", queue="notices")
def send_due(*, lane: str, **_later: Any) -> None:
    """Send what is due in one lane: a channel, or the deliveries to other systems; a slow one holds up no other."""
    with acting(EVERYTHING):
        for _round in range(ROUNDS_MAX):
            if lane == HOOKS:
                tried = notices.send_deliveries(now=timezone.now)
            else:
                tried = notices.send_notices(channel=Channel(lane), now=timezone.now)
            if not tried:
                return


def call_sender(*, at: datetime) -> int:
    """Enqueue a job for every lane in which something is due and none is enqueued yet; return how many (唤醒发送)."""
    called = 0
    for lane in queries.lanes_due(at=at):
        try:
            with transaction.atomic():
                send_due.configure(queueing_lock=f"notice.send_due.{lane}").defer(lane=lane)
        except AlreadyEnqueued:
            continue
        called += 1
    return called


@app.task(name="shared.scan_attachment", queue="scans", retry=RetryStrategy(max_attempts=200, wait=30, linear_wait=30))
def scan_attachment(*, attachment_id: str, **_later: Any) -> None:
    """Look for viruses in a file; when nobody could look, look again later, ever more seldom (查毒)."""
    with acting(EVERYTHING):
        shared.scan_attachment(attachment_id=UUID(attachment_id), at=timezone.now())
