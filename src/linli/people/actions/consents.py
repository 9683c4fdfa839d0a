"""Keep a consent to what another stage does for a person."""

from datetime import datetime

from django.db import transaction

from linli.people.actions.common import keep_consent, must_be_guardians, record, resident_here
from linli.people.models import Consent
from linli.people.rules import ConsentGiven
from linli.shared.refusals import Refused
from linli.staff.queries import Post


@transaction.atomic
def give_consent(
    *, resident_id: int, given: ConsentGiven, purpose: str, scope: str, at: datetime, post: Post | None
) -> Consent:
    """Write down a resident's separate consent to something that is done for them (单独同意).

    Raises:
        Refused: nobody or no way is named, a child's is not the guardian's, they live here no more, or outside the
            post's area.
    """
    resident = resident_here(resident_id, post)
    if resident.left_on is not None:
        raise Refused("这位居民已经登记迁出。")
    must_be_guardians(resident, given, at=at)
    kept = keep_consent(given, purpose=purpose, scope=scope, at=at, post=post, resident=resident, is_separate=True)
    record("give_consent", resident, at=at, post=post, detail={"consent": kept.pk})
    return kept
