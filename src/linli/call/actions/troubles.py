"""Verbs of a trouble on the way of a press: it stands on the duty desk until it is over."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from linli.call.models import Trouble
from linli.call.rules.troubles import TroubleKind
from linli.shared.hints import alarm

WORDS_MAX = 200
TOPIC_MAX = 80


@transaction.atomic
def in_trouble(*, kind: TroubleKind, topic: str, at: datetime, words: str = "", count: int = 1) -> None:
    """Put a trouble on the duty desk; one that stands there already is counted on, so a flood is one row (系统报警)."""
    topic, words = topic[:TOPIC_MAX], words[:WORDS_MAX]
    standing = Trouble.objects.filter(kind=kind, topic=topic, cleared_at__isnull=True)
    if standing.update(count=F("count") + count, seen_at=at, words=words):
        return
    fresh = Trouble(kind=kind, topic=topic, words=words, count=count, opened_at=at, seen_at=at)
    try:
        with transaction.atomic():
            fresh.save(force_insert=True)
    except IntegrityError:  # somebody else was faster
        standing.update(count=F("count") + count, seen_at=at, words=words)
    else:
        alarm(areas=[settings.DISTRICT_CODE])


@transaction.atomic
def out_of_trouble(*, kind: TroubleKind, at: datetime, topic: str = "", quiet_since: datetime | None = None) -> int:
    """Take a trouble from the duty desk that is over by itself; return how many were taken (报警解除).

    Without a topic all of the kind; with ``quiet_since`` only those not seen again since.
    """
    standing = Trouble.objects.filter(kind=kind, cleared_at__isnull=True)
    if topic:
        standing = standing.filter(topic=topic[:TOPIC_MAX])
    if quiet_since:
        standing = standing.filter(seen_at__lt=quiet_since)
    cleared = standing.update(cleared_at=at)
    if cleared:
        alarm(areas=[settings.DISTRICT_CODE])
    return cleared
