"""Many devices at once from a table: rehearsed first, every problem by its row; the secrets leave once (批量登记)."""

import csv
import io
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.call import actions as calls
from linli.call.rules.stock import HEARTBEAT_SECONDS, NewDevice
from linli.intake.forms import FIRST_ROW, harmless, rows_of
from linli.shared.refusals import Refused
from linli.web.admin import uploads
from linli.web.devices.doors import for_stock
from linli.web.devices.forms import FileForm
from linli.web.lists.export import record_table
from linli.web.refusals import sentence
from linli.web.session import post_of

# How a column may be called, ours first: the template has the first of each.
HEADINGS = {
    "serial": ("设备编号", "编号", "序列号", "SN", "serial", "IMEI"),
    "kind": ("类型", "设备类型", "kind"),
    "protocol": ("接入方式", "协议", "protocol"),
    "vendor": ("厂商型号", "型号", "vendor", "model"),
    "unit_code": ("单位代码", "入库单位", "unit"),
    "heartbeat_seconds": ("心跳间隔", "心跳间隔（秒）", "heartbeat"),
}
PROBLEMS_SHOWN = 500
CSV = "text/csv; charset=utf-8"


@require_GET
@for_stock
def template(request: HttpRequest) -> HttpResponseBase:
    """Give an empty table with the right heads and one line as an example (模板)."""
    del request
    heads = [names[0] for names in HEADINGS.values()]
    example = ["B0001", "手环", "MQTT", "", "", str(HEARTBEAT_SECONDS)]
    return _file([heads, example], name="devices-template.csv")


@require_http_methods(["GET", "POST"])
@for_stock
def rehearse(request: HttpRequest) -> HttpResponseBase:
    """Take a table, name every problem by its row, and write nothing yet (预演)."""
    form = FileForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            token = uploads.keep(form.cleaned_data["file"])
            rows = read(uploads.read(token))
            problems = calls.problems_of(rows=rows, post=post_of(request))
        except Refused as refusal:
            form.add_error("file", sentence(refusal))
        else:
            shown = [(each.row + FIRST_ROW - 1, sentence(Refused(each.sentence, **each.places))) for each in problems]
            context |= {
                "token": "" if problems else token,
                "count": len(rows),
                "problem_count": len(problems),
                "problems": shown[:PROBLEMS_SHOWN],
            }
            return render(request, "devices/import.html", context)
    return render(request, "devices/import.html", context, status=200 if request.method == "GET" else 422)


@require_POST
@for_stock
def take_in(request: HttpRequest) -> HttpResponseBase:
    """Register what was rehearsed; the answer is the one file with the secrets (登记并下载密钥)."""
    token = request.POST.get("token", "")
    made = calls.register_all(rows=read(uploads.read(token)), post=post_of(request), at=timezone.now())
    uploads.forget(token)
    record_table(request, title=_("设备密钥"), kind="csv", row_count=len(made))
    lines = [[_("设备编号"), _("密钥")], *([harmless(one.device.serial), one.secret] for one in made)]
    return _file(lines, name=f"device-secrets-{timezone.localtime():%Y%m%d-%H%M}.csv")


def read(content: bytes) -> list[NewDevice]:
    """Return the devices of a table, whatever its columns are called in Chinese or English.

    Raises:
        Refused: it is no table, or has no serials.
    """
    rows = rows_of(content)
    known = {heading.strip().lower(): heading for heading in rows[0].cells}
    columns = {
        field: next((known[name.lower()] for name in names if name.lower() in known), "")
        for field, names in HEADINGS.items()
    }
    if not columns["serial"]:
        raise Refused("表格里没有“设备编号”这一列。")
    return [_device({field: row.cells.get(column, "").strip() for field, column in columns.items()}) for row in rows]


def _device(cells: dict[str, str]) -> NewDevice:
    said: dict[str, Any] = {field: words for field, words in cells.items() if words and field != "heartbeat_seconds"}
    beat = cells["heartbeat_seconds"]
    # What is no number becomes one that is refused with its row, and not a fault of the whole file.
    said["heartbeat_seconds"] = (
        HEARTBEAT_SECONDS if not beat else int(beat) if beat.isdecimal() and len(beat) < 9 else 0
    )
    return NewDevice(**({"serial": ""} | said))


def _file(lines: list[list[str]], *, name: str) -> HttpResponse:
    content = io.StringIO()
    csv.writer(content).writerows(lines)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(("\ufeff" + content.getvalue()).encode(), content_type=CSV, headers=headers)
