"""Alerts on one's own phone: how it stands, switch it on and off, try it; and the service worker (呼叫提醒)."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from linli.call import actions as calls
from linli.call import queries as called
from linli.call.queries import PushSubscription
from linli.notice import actions as notices
from linli.notice.carriers import webpush
from linli.shared.crypto import unseal
from linli.shared.refusals import Refused
from linli.staff.queries import Account
from linli.web import assets
from linli.web.refusals import sentence
from linli.web.session import account_of, logged_in

SCRIPT = "src/worker.ts"
MARK_LETTERS = 16


@never_cache
@require_GET
@logged_in
def alerts(request: HttpRequest) -> HttpResponse:
    """Show which of one's phones and computers are woken by calls (呼叫提醒)."""
    rows = [_shown(row) for row in called.subscriptions_of(_me(request))]
    context = {"rows": rows, "key": webpush.public_key(), "worker": reverse("alerts_worker")}
    return render(request, "account/alerts.html", context)


@require_POST
@logged_in
def switch_on(request: HttpRequest) -> HttpResponse:
    """Keep what this browser handed over (开通)."""
    given = {name: request.POST.get(name, "") for name in ("endpoint", "key_p256dh", "key_auth")}
    try:
        user_agent = request.headers.get("User-Agent", "")
        calls.subscribe(account=_me(request), user_agent=user_agent, at=timezone.now(), **given)
    except Refused as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, _("这台设备已开通。现在发一条试试，听听响不响。"))
    return redirect("account_alerts")


@require_POST
@logged_in
def switch_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell one of one's browsers nothing any more (关闭)."""
    try:
        calls.unsubscribe(account=_me(request), pk=pk, at=timezone.now())
    except Refused as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, _("已关闭，这台设备不再收到呼叫提醒。"))
    return redirect("account_alerts")


@require_POST
@logged_in
def try_out(request: HttpRequest) -> HttpResponse:
    """Push a trial to all of one's own browsers (试一试)."""
    words = {
        "kind": "TRIAL",
        "number": "linli-trial",
        "title": _("这是一条测试"),
        "body": _("能看到、听到它，说明真有呼叫时这台设备会提醒您。"),
        "url": reverse("account_alerts"),
    }
    pushed = notices.push(account=_me(request), message=words, topic=words["number"], at=timezone.now())
    if pushed.count:
        told = ngettext(
            "已经交给 %(count)s 台设备的推送服务，几秒内会响。",
            "已经交给 %(count)s 台设备的推送服务，几秒内会响。",
            pushed.count,
        )
        messages.success(request, told % {"count": pushed.count})
    elif pushed.fault:
        messages.error(
            request, _("没有送出去：%(fault)s。请过一会儿再试；一直这样请告诉系统管理员。") % {"fault": pushed.fault}
        )
    else:
        messages.error(request, _("还没有开通的设备。"))
    return redirect("account_alerts")


@require_GET
def worker(_request: HttpRequest) -> HttpResponseBase:
    """Give the service worker, from the root: it may speak for every page of ours (后台脚本)."""
    built = assets.address(SCRIPT).removeprefix(settings.STATIC_URL)
    if not built:
        raise Http404
    script = (Path(settings.REPOSITORY) / "frontend" / "dist" / built).read_bytes()
    answer = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"  # the browser asks again by itself; a new one must not wait for a day
    return answer


@require_GET
def manifest(_request: HttpRequest) -> HttpResponse:
    """Say how this looks on a home screen: an iPhone gives push only to what was put there (主屏幕)."""
    icon = assets.address("mark.svg")
    about = {
        "name": _("邻里"),
        "short_name": _("邻里"),
        "start_url": reverse("account_alerts"),
        "scope": "/",
        "display": "standalone",
        "theme_color": "#0d5a61",
        "background_color": "#ffffff",
        "icons": [{"src": icon, "sizes": "any", "type": "image/svg+xml"}] if icon else [],
    }
    return JsonResponse(about, content_type="application/manifest+json")


def _shown(row: PushSubscription) -> dict[str, Any]:
    endpoint = unseal(bytes(row.endpoint_sealed))
    known = [_(part) for part in row.device_words.split(" · ") if part]
    return {
        "row": row,
        "words": " · ".join(known) or _("不认识的浏览器"),
        # The page compares it with its own: so it knows which row it is, and no address stands in the page.
        "mark": hashlib.sha256(endpoint.encode()).hexdigest()[:MARK_LETTERS],
    }


def _me(request: HttpRequest) -> Account:
    account = account_of(request)
    assert account is not None  # noqa: S101 -- every caller stands behind logged_in
    return account
