"""Which call-backs wait, and what came of those made, each asked by a post (回访)."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from linli.case import ties
from linli.case.models import Case
from linli.confirm.models import CallBack, CallBackTry, NoCall
from linli.confirm.rules import CallBackState
from linli.intake.models import Appeal
from linli.shared.prefixes import under
from linli.shared.scope import EVERYTHING, acting
from linli.staff.models import Post

ASKABLE = ("FINISHED", "CLOSED")


def waiting_call_backs(post: Post) -> QuerySet[CallBack]:
    """Return the call-backs that wait in a post's area, the soonest due first (待回访)."""
    waiting = CallBack.objects.filter(
        under(post.area_code), state=CallBackState.WAITING.value, case__state__in=ASKABLE,
        round=F("case__reopened_count"),
    )  # fmt: skip
    return waiting.select_related("case", "case__owner", "case__lead").order_by("due_at", "pk")


def late_at(at: datetime) -> Q:
    """Return the condition that a call-back has run past its time (回访超时)."""
    return Q(due_at__lt=at)


def call_back_of(case: Case) -> CallBack | None:
    """Return the newest call-back of a case, in whatever state (回访)."""
    return CallBack.objects.filter(case=case).order_by("-round").first()


def tries_of(call_back: CallBack) -> list[CallBackTry]:
    """Return the tries of a call-back in their order (回访记录)."""
    return list(CallBackTry.objects.filter(call_back=call_back).order_by("number"))


def callable_appeals(case: Case) -> list[Appeal]:
    """Return the appeals of a case whose reporters left a contact and did not ask to be left alone (可回访)."""
    own = [appeal_id for _case, appeal_id in ties.reporters_among([case])]
    with acting(EVERYTHING):
        return list(Appeal.objects.filter(~_wished(), pk__in=own, contact__isnull=False).order_by("pk"))


def is_unwilling(appeal_id: int) -> bool:
    """Tell whether a reporter asked not to be called (请勿回访)."""
    return appeal_id in unwilling_among([appeal_id])


def unwilling_among(appeal_ids: Iterable[int]) -> frozenset[int]:
    """Return which of these reporters asked to be left alone, here or about what theirs is a part of (请勿联系)."""
    with acting(EVERYTHING):
        return frozenset(Appeal.objects.filter(_wished(), pk__in=list(appeal_ids)).values_list("pk", flat=True))


def _wished() -> Q:
    own = NoCall.objects.filter(appeal_id=OuterRef("pk"))
    by_contact = NoCall.objects.filter(contact_id=OuterRef("contact_id"))
    return Q(Exists(own)) | Q(Exists(by_contact))
