"""The roster as a file: a table, or a calendar for one's phone (导出值班表)."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.call.queries import duty
from linli.web.duty.doors import for_told, said_unit
from linli.web.duty.forms import week_of
from linli.web.lists.export import record_table
from linli.web.session import post_of

WEEKS = 5  # from the week that is asked for on
LINE_BYTES = 73  # RFC 5545 §3.1: lines of 75 bytes at most, the break and its blank not counted


@require_GET
@for_told
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Give five weeks of a unit's roster as a table or a calendar (导出值班表)."""
    at, unit = timezone.now(), duty.duty_unit(post_of(request), said_unit(request))
    week_on = week_of(request.GET.get("week", ""), today=timezone.localdate(at))
    since = duty.midnight(week_on)
    shifts = duty.shifts_between(unit, since, since + timedelta(weeks=WEEKS))
    record_table(request, title=_("值班表"), kind=kind, row_count=len(shifts))
    content = table(shifts) if kind == "csv" else calendar(shifts, unit=unit, at=at)
    media_type = "text/csv; charset=utf-8" if kind == "csv" else "text/calendar; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="roster-{week_on:%Y%m%d}.{kind}"'}
    return HttpResponse(content, content_type=media_type, headers=headers)


def table(shifts: list[Any]) -> bytes:
    """Return shifts as lines of a table that a spreadsheet opens as it is."""
    content = io.StringIO()
    writer = csv.writer(content)
    writer.writerow([_("开始"), _("结束"), _("值班"), _("岗位"), _("单位")])
    for shift in shifts:
        begins, ends = timezone.localtime(shift.starts_at), timezone.localtime(shift.ends_at)
        name = shift.post.account.name
        row = [f"{begins:%Y-%m-%d %H:%M}", f"{ends:%Y-%m-%d %H:%M}", name, _(str(shift.post)), shift.unit.name]
        writer.writerow(["'" + cell if cell[:1] in "=+-@" else cell for cell in row])
    return ("\ufeff" + content.getvalue()).encode()


def calendar(shifts: list[Any], *, unit: Any, at: datetime) -> bytes:
    """Return shifts as a calendar (RFC 5545); the same shift has always the same mark."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//linli//roster//ZH", "CALSCALE:GREGORIAN"]
    for shift in shifts:
        lines += [
            "BEGIN:VEVENT",
            f"UID:shift-{shift.pk}@linli",
            f"DTSTAMP:{_stamp(at)}",
            f"DTSTART:{_stamp(shift.starts_at)}",
            f"DTEND:{_stamp(shift.ends_at)}",
            f"SUMMARY:{_text(_('值班') + ' ' + shift.post.account.name)}",
            f"LOCATION:{_text(unit.name)}",
            "END:VEVENT",
        ]
    return "".join(_folded(line) for line in [*lines, "END:VCALENDAR"]).encode()


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    for sign in "\\;,":
        words = words.replace(sign, "\\" + sign)
    return words.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Break a line where it grows too long in bytes, never within a letter."""
    parts, size = [""], 0
    for letter in line:
        wide = len(letter.encode())
        if size + wide > LINE_BYTES:
            parts.append("")
            size = 0
        parts[-1] += letter
        size += wide
    return "\r\n ".join(parts) + "\r\n"
