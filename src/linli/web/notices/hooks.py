"""Systems that subscribed to events: add, choose, try, stop; what was delivered, and the dead letters (订阅推送)."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.notice import actions as notices
from linli.notice import queries
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.web.admin.doors import by, page_for, reason_of
from linli.web.notices import forms, lists
from linli.web.refusals import sentence
from linli.web.session import post_of


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def subscribers(request: HttpRequest) -> HttpResponseBase:
    """List the subscribers, and add one; its secret is shown once (订阅方)."""
    form = forms.SubscriberForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = notices.add_subscriber(**form.cleaned_data, area_code=post_of(request).area_code, **by(request))
            except Refused as refusal:
                form.add_error(None, sentence(refusal))
            else:
                context |= {"made": made, "form": forms.SubscriberForm()}
                status = 201
    context |= {"rows": queries.subscribers()[:200], "dead": queries.dead_count()}
    return render(request, "notices/subscribers.html", context, status=status)


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def subscriber(request: HttpRequest, subscriber_id: int) -> HttpResponseBase:
    """Show a subscriber, and change which events it hears of (更改订阅)."""
    shown = queries.subscriber(subscriber_id)
    form = forms.EventsForm(request.POST or None, initial={"names": shown.event_names})
    if request.method == "POST" and form.is_valid():
        notices.change_subscriber(subscriber=shown, **form.cleaned_data, **by(request))
        messages.success(request, _("已保存，并记入审计。"))
        return redirect("admin_hook", subscriber_id)
    dead = queries.deliveries().filter(subscriber=shown, state="GIVEN_UP").count()
    context = {"subscriber": shown, "form": form, "dead": dead}
    return render(request, "notices/subscriber.html", context, status=422 if form.errors else 200)


@require_POST
@page_for(Role.ADMIN)
def stop(request: HttpRequest, subscriber_id: int) -> HttpResponseBase:
    """Tell a subscriber nothing more (停用订阅)."""
    notices.stop_subscriber(subscriber=queries.subscriber(subscriber_id), reason=reason_of(request), **by(request))
    messages.success(request, _("已停用。"))
    return redirect("admin_hooks")


@require_POST
@page_for(Role.ADMIN)
def attempt(request: HttpRequest, subscriber_id: int) -> HttpResponseBase:
    """Send a trial event (测试推送)."""
    fault = notices.try_subscriber(subscriber=queries.subscriber(subscriber_id), **by(request))
    if fault:
        messages.error(request, _("没有发出去：%s") % _(fault))
    else:
        messages.success(request, _("对方收下了测试消息。"))
    return redirect("admin_hook", subscriber_id)


@require_POST
@page_for(Role.ADMIN)
def redeliver_all(request: HttpRequest, subscriber_id: int) -> HttpResponseBase:
    """Deliver again everything given up for a subscriber (全部重新推送)."""
    count = notices.redeliver_all(subscriber=queries.subscriber(subscriber_id), **by(request))
    messages.success(request, _("已排队 %s 条。") % count)
    return redirect("admin_hook", subscriber_id)


@require_safe
@page_for(Role.ADMIN)
def deliveries(request: HttpRequest) -> HttpResponseBase:
    """List what was delivered; the dead letters are one of its tabs (推送记录)."""
    return lists.DELIVERIES.answer(request, queries.deliveries(), "notices/deliveries.html")


@require_safe
@page_for(Role.ADMIN)
def delivery(request: HttpRequest, delivery_id: int) -> HttpResponseBase:
    """Show one delivery, with exactly what was sent (一条推送)."""
    shown = queries.delivery(delivery_id)
    context = {
        "delivery": shown,
        "event_words": lists.event_words(shown.event_name),
        "standing": lists.standing_cell(shown),
        "fault": _(shown.fault) if shown.fault else "",
        "payload": json.dumps(shown.payload, ensure_ascii=False, indent=2, sort_keys=True),
        "can_resend": shown.next_try_at is None and shown.subscriber.is_active,
    }
    return render(request, "notices/delivery.html", context)


@require_POST
@page_for(Role.ADMIN)
def redeliver(request: HttpRequest, delivery_id: int) -> HttpResponseBase:
    """Deliver one again (重新推送)."""
    notices.redeliver(delivery=queries.delivery(delivery_id), **by(request))
    messages.success(request, _("已排队，马上重发。"))
    return redirect("admin_delivery", delivery_id)
