"""Press a bracelet of the made-up district: over the real message server, as the device itself would (演示手环)."""

import asyncio
import json
import threading
import uuid
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.call.queries import devices as queries
from linli.call.rules import Result
from linli.call.rules.outcomes import OUTCOMES_BY_CODE
from linli.call.states import CALL_STATE_LABELS, CallState
from linli.runtime.device import Address, Device, NotLetIn
from linli.runtime.folder import Folder
from linli.web.resident.limits import at_most

DEMO, SECRETS = "demo.json", "device-secrets.json"
WITHIN_SECONDS = 8.0
REPEAT_SECONDS = 2.0
PRESSES_AT_ONCE = 2  # each holds a thread of the web process until the answer is there
OFFERED = 6
LOOKS_AGAIN_SECONDS = 3
KINDS = ("PRESS", "TEST")

_few = threading.BoundedSemaphore(PRESSES_AT_ONCE)


def in_demo(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer in a made-up district only: nowhere else does anybody's bracelet lie on a page."""

    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponse:
        if not (_folder() / DEMO).exists():
            raise Http404
        return view(request)

    return never_cache(answered)


@require_safe
@in_demo
def bracelet(request: HttpRequest) -> HttpResponse:
    """Show a bracelet with its button, and what became of the last press (演示手环)."""
    serials = queries.demo_serials(_secrets(), at_most=OFFERED)
    chosen = request.GET.get("serial", "")
    chosen = chosen if chosen in serials else next(iter(serials), "")
    ref = request.GET.get("ref", "")[:64]
    call = queries.call_of_press(serial=chosen, ref=ref) if ref else None
    context = {
        "serials": [(serial, address, serial == chosen) for serial, address in serials.items()],
        "serial": chosen,
        "ref": ref,
        "answer": _answer(request.GET.get("result", "")) if ref else "",
        "call": call,
        "state": _state(call) if call else "",
        "is_waiting": bool(ref) and (call is None or call.is_open),
    }
    page = render(request, "bracelet/page.html", context)
    if context["is_waiting"]:
        page["Refresh"] = str(LOOKS_AGAIN_SECONDS)  # without a script: it must work on any phone that passes by
    return page


@require_POST
@in_demo
@at_most(60, per_seconds=600, name="bracelet")
def press(request: HttpRequest) -> HttpResponse:
    """Press it: connect as the device, say it until our answer comes (按下)."""
    serial = request.POST.get("serial", "")
    secret = _secrets().get(serial)
    if secret is None:
        raise Http404
    kind = request.POST.get("kind", "")
    ref = uuid.uuid4().hex[:16]
    result = "busy"
    if _few.acquire(timeout=WITHIN_SECONDS):
        try:
            result = asyncio.run(_pressed(serial, secret, ref=ref, kind=kind if kind in KINDS else KINDS[0]))
        finally:
            _few.release()
    query = urlencode({"serial": serial, "ref": ref, "result": result})
    return redirect(f"{reverse('bracelet:page')}?{query}")


async def _pressed(serial: str, secret: str, *, ref: str, kind: str) -> str:
    running = Folder(_folder()).running()
    if running is None or not running.mqtt_url:
        return "away"
    device = Device(serial, secret, Address.of(running.mqtt_url, running.mqtt_authority))
    try:
        await device.connect()
        await device.heartbeat(battery=86, signal=-71)
        heard = await device.press(kind=kind, ref=ref, within=WITHIN_SECONDS, repeat=REPEAT_SECONDS)
    except (OSError, NotLetIn, TimeoutError):
        return "away"
    finally:
        await device.leave()
    return "none" if heard.result is None else str(heard.result)


def _answer(result: str) -> str:
    words = {
        str(int(Result.HANDLED)): _("平台已收到。"),
        "none": _("还没有回音；真的手环会一直重发，直到听到回音。"),
        "away": _("连不上消息服务；真的手环会一直重试。"),
        "busy": _("按的人太多，请再按一次。"),
    }
    return words.get(result, _("平台没有受理。"))


def _state(call: Any) -> str:
    outcome = OUTCOMES_BY_CODE.get(call.outcome)
    label = _(CALL_STATE_LABELS[CallState(call.state)])
    return f"{label} · {_(outcome.label)}" if outcome else label


def _secrets() -> dict[str, str]:
    try:
        read = json.loads((_folder() / SECRETS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(serial): str(secret) for serial, secret in read.items()}


def _folder() -> Path:
    return Path(settings.DATA_DIR)
