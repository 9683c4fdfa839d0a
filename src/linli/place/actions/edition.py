"""One change of the tree at a time, seen at once in this process and within a second elsewhere (版本)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from linli.place.models import Edition
from linli.place.queries.atlas import forget


@contextmanager
def changing(*, at: datetime) -> Iterator[None]:
    """Hold the tree for one change and stamp a new edition (换版)."""
    with transaction.atomic():
        Edition.objects.get_or_create(id=1, defaults={"stamp": uuid4(), "changed_at": at})
        Edition.objects.select_for_update().get(id=1)
        yield
        Edition.objects.filter(id=1).update(stamp=uuid4(), changed_at=at)
        # Now for what follows in this transaction, and again once others can see it.
        forget()
        transaction.on_commit(forget)
