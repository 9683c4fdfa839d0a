"""Questions about outside bodies: who can be asked, what a case waits for, what a link opens."""

import hmac
from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import get_language

from linli.case.models import Case
from linli.case.queries import answered_by
from linli.outside.models import Asked, Body
from linli.outside.rules import MAC_BYTES, asked_of, link_ends_at, token_of
from linli.shared.crypto import mac
from linli.shared.refusals import Refused
from linli.staff.models import Post

__all__ = [
    "Asked",
    "Body",
    "asked",
    "asked_among",
    "bodies",
    "body",
    "body_name",
    "has_open",
    "link_token",
    "of_case",
    "open_of",
    "opened_by",
    "waiting_for",
]

WRONG = "这个链接不完整或已作废，请检查是否完整复制，或者联系发给您的单位。"
OVER = "这个链接已经过期，请联系发给您的单位。"


def bodies(*, area_code: str = "") -> QuerySet[Body]:
    """Return the bodies in use that an area may ask: those of the area itself and of the areas around it."""
    found = Body.objects.filter(is_active=True).order_by("name", "pk")
    if not area_code:
        return found
    around = [area_code[:digits] for digits in (6, 9, 12, 15, 20) if digits <= len(area_code)]
    return found.filter(area_code__in=around)


def body(pk: int) -> Body:
    """Return a body.

    Raises:
        Refused: there is none.
    """
    found = Body.objects.filter(pk=pk).first()
    if found is None:
        raise Refused("没有这个外部单位。")
    return found


def every_body() -> QuerySet[Body]:
    """Return all bodies, closed ones too: for the administrator."""
    return Body.objects.order_by("-is_active", "name", "pk")


def body_name(row: Body, language: str | None = None) -> str:
    """Return the name of a body in a language, Chinese where it has no other."""
    language = language or get_language() or "zh-hans"
    return {"bo": row.name_bo, "en": row.name_en}.get(language, "") or row.name


def of_case(case: Case) -> list[Asked]:
    """Return everything asked about a case, the open first, then the newest."""
    rows = list(Asked.objects.filter(case=case).select_related("body", "asked_by_unit").order_by("-asked_at", "-pk"))
    return sorted(rows, key=lambda row: row.ended_at is not None)


def open_of(case: Case) -> dict[int, Asked]:
    """Return what a case still waits for, by id."""
    rows = Asked.objects.filter(case=case, ended_at__isnull=True).select_related("body").order_by("due_at", "pk")
    return {row.pk: row for row in rows}


def has_open(case: Case) -> bool:
    """Tell whether a case waits for an outside body."""
    return Asked.objects.filter(case=case, ended_at__isnull=True).exists()


def asked(pk: int) -> Asked:
    """Return one thing asked.

    Raises:
        Refused: there is none in view.
    """
    found = Asked.objects.select_related("case", "body", "asked_by_unit").filter(pk=pk).first()
    if found is None:
        raise Refused("没有这条外部单位的请求。")
    return found


def asked_among(pks: Iterable[int]) -> dict[int, Asked]:
    """Return things asked, by id, in one statement."""
    return {row.pk: row for row in Asked.objects.filter(pk__in=set(pks)).select_related("body")}


def waiting_for(post: Post) -> QuerySet[Asked]:
    """Return what the cases of a post's area and unit wait for outside, the soonest due first (等外部单位)."""
    visible = Case.objects.filter(answered_by(post)).values("pk")
    waiting = Asked.objects.filter(ended_at__isnull=True, case__in=visible)
    return waiting.select_related("case", "body", "asked_by_unit").order_by("due_at", "pk")


def link_token(row: Asked) -> str:
    """Return the secret of the link that holds now; it can be made again and is kept nowhere (答复链接)."""
    return token_of(row.pk, row.serial, _mac(row.pk, row.serial))


def opened_by(token: str, *, at: datetime) -> Asked:
    """Return what a link opens (打开链接).

    Raises:
        Refused: the link is not complete, not true, revoked or replaced, or over; what is wrong is not told apart
            except that it is over.
    """
    carried = asked_of(token)
    if carried is None:
        raise Refused(WRONG)
    pk, serial, given = carried
    if not hmac.compare_digest(given, _mac(pk, serial)[:MAC_BYTES]):
        raise Refused(WRONG)
    found = Asked.objects.select_related("case", "body", "asked_by_unit").filter(pk=pk).first()
    if found is None or found.serial != serial or found.revoked_at is not None:
        raise Refused(WRONG)
    if at > link_ends_at(found.due_at):
        raise Refused(OVER)
    return found


def _mac(pk: int, serial: int) -> bytes:
    return mac("outside link", f"{pk}.{serial}".encode())
