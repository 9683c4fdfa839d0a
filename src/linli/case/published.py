"""What of a case strangers may read: public categories, nothing said in confidence, nothing of the reporter (公开)."""

import hmac
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from linli.case.models import Case, Event, Joined
from linli.case.rules import TOKEN_MAC_BYTES, appeal_of
from linli.intake.rules import Channel
from linli.shared.crypto import mac
from linli.shared.refusals import Refused
from linli.text import queries as text

__all__ = ["Case", "Event", "by_numbers", "handed_over_by", "number_behind", "of_hotline", "requests", "updates"]

DAYS_MAX = 90
ROWS_MAX = 1000
UNSAID = frozenset({"note", "decline", "counter"})  # between bodies


def requests(
    *,
    since: datetime,
    until: datetime,
    category_codes: Collection[str] = (),
    is_open: bool | None = None,
    skip: int = 0,
    count: int = ROWS_MAX,
) -> list[Case]:
    """Return public cases opened in a period of at most 90 days, the newest first, at most 1,000 (公开事项)."""
    since = max(since, until - timedelta(days=DAYS_MAX))
    found = _public().filter(opened_at__gte=since, opened_at__lte=until)
    if category_codes:
        found = found.filter(category_code__in=category_codes)
    if is_open is not None:
        found = found.filter(closed_at__isnull=is_open)
    return list(found.order_by("-opened_at", "-pk")[skip : skip + min(count, ROWS_MAX)])


def by_numbers(numbers: Collection[str]) -> list[Case]:
    """Return the public cases with these numbers, the newest first."""
    return list(_public().filter(number__in=list(numbers)[:ROWS_MAX]).order_by("-opened_at", "-pk"))


def updates(*, since: datetime, until: datetime, skip: int = 0, count: int = ROWS_MAX) -> list[Event]:
    """Return the steps of public cases that their reporters were told of in a period, in order (公开进展)."""
    since = max(since, until - timedelta(days=DAYS_MAX))
    told = Event.objects.filter(at__gte=since, at__lte=until, is_told=True).exclude(name__in=UNSAID)
    public = told.filter(
        case__category_code__in=_public_codes(), case__first_appeal__is_confidential=False
    ).select_related("case")
    return list(public.order_by("at", "pk")[skip : skip + min(count, ROWS_MAX)])


def number_behind(token: str) -> str | None:
    """Return the number of the case behind a follow token, nothing when the token is not true."""
    carried = appeal_of(token)
    if carried is None:
        return None
    appeal_id, given = carried
    if not hmac.compare_digest(given, mac("follow link", str(appeal_id).encode())[:TOKEN_MAC_BYTES]):
        return None
    case = Case.objects.filter(first_appeal_id=appeal_id).first()
    if case is None:
        joined = Joined.objects.filter(appeal_id=appeal_id).select_related("case").first()
        case = joined.case if joined else None
    return case.number if case else None


def handed_over_by(key_id: int, number: str) -> Case:
    """Return the case with this number, if this key handed over one of its appeals.

    Raises:
        Refused: there is none; the same words when it is another's.
    """
    own = Q(first_appeal__by_key_id=key_id) | Q(joined__appeal__by_key_id=key_id)
    found = Case.objects.filter(own, number=number).distinct().first()
    if found is None:
        raise Refused("这把密钥没有提交过编号为 %(number)s 的事项。", number=number[:20])
    return found


def of_hotline(external_number: str) -> Case | None:
    """Return the case of an appeal by the hotline's own number, for the hotline."""
    return Case.objects.filter(
        first_appeal__channel=Channel.HOTLINE.value, first_appeal__external_number=external_number
    ).first()


def _public() -> QuerySet[Case]:
    return Case.objects.filter(category_code__in=_public_codes(), first_appeal__is_confidential=False).select_related(
        "first_appeal"
    )


def _public_codes() -> list[str]:
    return [row.code for row in text.leaves() if row.is_public]
