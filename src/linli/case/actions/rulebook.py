"""Bring a new version of the limits, take one back, bring days off; each leaves one audit entry (时限表与日历)."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import F

from linli.case import deadlines
from linli.case.deadlines import Line
from linli.case.models import DayOverlay, LimitRow, LimitVersion, Rulebook
from linli.shared import audit
from linli.shared.calendar import BEIJING, Overlay, overlay_of
from linli.shared.refusals import Refused

BYTES_MAX = 200_000
LINES_MAX = 5_000
YEARS_AHEAD_MAX = 2


@transaction.atomic
def bring_limits(
    *, lines: Sequence[Line], active_on: date, reason: str, at: datetime, by_post_id: int | None = None
) -> LimitVersion:
    """Keep a new version of the limits, in force from the beginning of a day, or from now if it is today (启用时限表).

    Cases opened before keep the version they were opened under.

    Raises:
        Refused: the day is past or too far, another version begins then, or there are no lines or too many.
    """
    today = at.astimezone(BEIJING).date()
    if not today <= active_on <= today.replace(year=today.year + YEARS_AHEAD_MAX, day=1):
        raise Refused("启用日期要在今天以后、两年以内。")
    if not 0 < len(lines) <= LINES_MAX:
        raise Refused("时限表要有 1 到 %(most)s 行。", most=LINES_MAX)
    active_from = max(datetime.combine(active_on, time(), tzinfo=BEIJING), at)
    if LimitVersion.objects.filter(active_from=active_from, recalled_at__isnull=True).exists():
        raise Refused("已经有一版从这一天起用，请先收回那一版，或者换一天。")
    version = LimitVersion.objects.create(
        name=_name(active_on), active_from=active_from, made_at=at, made_by_post_id=by_post_id, reason=reason[:200]
    )
    LimitRow.objects.bulk_create(
        [
            LimitRow(
                version=version,
                line=line.number,
                deadline=line.deadline.value,
                category_code=line.category_code,
                kind=line.kind,
                urgency=line.urgency,
                condition=line.condition,
                limit_words=str(line.limit),
                closing_test=line.closing_test,
            )
            for line in lines
        ]
    )
    detail = {"active_from": active_from.isoformat(), "lines": len(lines)}
    _record("bring_limits", version.name, at=at, by_post_id=by_post_id, reason=reason, detail=detail)
    return version


@transaction.atomic
def recall_limits(*, name: str, reason: str, at: datetime, by_post_id: int | None = None) -> None:
    """Take back a version that has not begun (收回时限表).

    Raises:
        Refused: no reason, no such version, or it has been in force: cases were opened under it.
    """
    if not reason.strip():
        raise Refused("请写明收回的原因。")
    version = LimitVersion.objects.select_for_update().filter(name=name, recalled_at__isnull=True).first()
    if version is None:
        raise Refused("没有这一版时限表。")
    if version.active_from <= at:
        raise Refused("这一版已经启用，不能收回；要改，请导入新的一版。")
    version.recalled_at = at
    version.save(update_fields=["recalled_at"])
    _record("recall_limits", name, at=at, by_post_id=by_post_id, reason=reason, detail={})


def read_days(*, file_name: str, content: bytes) -> Overlay:
    """Read a file of days off and make-up days (读日历附加表).

    Raises:
        Refused: it is too large, cannot be read, or holds nothing; the sentence names the row.
    """
    if len(content) > BYTES_MAX:
        raise Refused("文件超过 %(most)s MB，请分开导入。", most=BYTES_MAX / 1_000_000)
    try:
        overlay = overlay_of(file_name, content)
    except ValueError as fault:
        raise Refused("日历附加表有错，没有采用：%(why)s", why=str(fault)[:200]) from fault
    if not (overlay.changes or overlay.office_hours or overlay.statutory_years or overlay.local_years):
        raise Refused("文件里没有放假、调休的日期。")
    return overlay


@transaction.atomic
def bring_days(*, file_name: str, content: bytes, at: datetime, by_post_id: int | None = None) -> DayOverlay:
    """Add days off and make-up days to the calendar; open cases are reckoned anew by the clock (启用日历附加表).

    Raises:
        Refused: the file cannot be read or holds nothing.
    """
    overlay = read_days(file_name=file_name, content=content)
    text = content.decode("utf-8-sig") if _is_utf8(content) else content.decode("gb18030")
    row = DayOverlay.objects.create(file_name=file_name[:120], content=text, made_at=at, made_by_post_id=by_post_id)
    detail = {"changes": len(overlay.changes), "text": text[:4000]}
    _record("bring_days", row.file_name, at=at, by_post_id=by_post_id, reason="", detail=detail)
    return row


@transaction.atomic
def withdraw_days(*, overlay_id: int, reason: str, at: datetime, by_post_id: int | None = None) -> None:
    """Take a file of days out of the calendar again; open cases are reckoned anew (停用日历附加表).

    Raises:
        Refused: no reason, or it is not in force.
    """
    if not reason.strip():
        raise Refused("请写明停用原因。")
    row = DayOverlay.objects.select_for_update().filter(pk=overlay_id, withdrawn_at__isnull=True).first()
    if row is None:
        raise Refused("这份日历附加表已经停用了。")
    row.withdrawn_at, row.recounted_at = at, None
    row.save(update_fields=["withdrawn_at", "recounted_at"])
    _record("withdraw_days", row.file_name, at=at, by_post_id=by_post_id, reason=reason, detail={})


def _name(active_on: date) -> str:
    taken = set(LimitVersion.objects.filter(name__startswith=f"limits-{active_on}").values_list("name", flat=True))
    plain = f"limits-{active_on}"
    return plain if plain not in taken else f"{plain}-{len(taken) + 1}"


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return True


def _record(
    verb: str, subject: str, *, at: datetime, by_post_id: int | None, reason: str, detail: dict[str, object]
) -> None:
    Rulebook.objects.get_or_create(pk=1)
    Rulebook.objects.filter(pk=1).update(number=F("number") + 1)
    deadlines.forget()
    transaction.on_commit(deadlines.forget)
    audit.record(stage="case", verb=verb, subject=subject, at=at, by_post_id=by_post_id, reason=reason, detail=detail)
