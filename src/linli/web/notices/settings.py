"""How notices are sent: texts with a preview, quiet hours, gateways (通知设置)."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.notice import actions as notices
from linli.notice import queries, texts
from linli.notice.rules import AUDIENCE_LABELS, KINDS, LANGUAGES, OF_ALL_KINDS, PLACE_LABELS, Kind, check_text
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.web.admin.doors import by, filled, page_for, reason_of
from linli.web.notices import forms
from linli.web.refusals import sentence

NAMES = dict(settings.LANGUAGES)


@require_safe
@page_for(Role.ADMIN)
def texts_page(request: HttpRequest) -> HttpResponseBase:
    """List every text, by audience; those an administrator has changed are marked (通知模板)."""
    changed = texts.changed()
    groups = [
        {
            "label": _(label),
            "rows": [
                {
                    "kind": kind,
                    "label": _(kind.label),
                    "words": texts.text_of(kind.name, LANGUAGES[0], changed)[1],
                    "languages": [(code, NAMES[code], (kind.name, code) in changed) for code in LANGUAGES],
                }
                for kind in KINDS.values()
                if kind.audience is audience
            ],
        }
        for audience, label in AUDIENCE_LABELS.items()
    ]
    return render(request, "notices/texts.html", {"groups": groups})


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def edit_text(request: HttpRequest, kind: str, language: str) -> HttpResponseBase:
    """Change a text, seeing beside it how it will read (改模板)."""
    known = _known(kind, language)
    changed = texts.changed()
    subject, body = texts.text_of(kind, language, changed)
    form = forms.TextForm(request.POST or None, initial={"subject": subject, "body": body})
    if request.method == "POST" and form.is_valid():
        try:
            notices.change_text(kind=kind, language=language, **form.cleaned_data, **by(request))
        except Refused as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, _("已保存，并记入审计。"))
            return redirect("admin_texts")
    context = {
        "kind": known,
        "kind_words": _(known.label),
        "language": language,
        "language_words": NAMES[language],
        "form": form,
        "places": [(f"{{{name}}}", _(PLACE_LABELS[name])) for name in PLACE_LABELS if name in known.places],
        "is_changed": (kind, language) in changed,
        **_preview(request, known, language, subject=subject, body=body),
    }
    return render(request, "notices/text.html", context, status=422 if form.errors else 200)


@require_POST
@page_for(Role.ADMIN)
def preview_text(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """Show how a text reads, or what is wrong with it (预览)."""
    return render(request, "notices/preview.html", _preview(request, _known(kind, language), language))


@require_POST
@page_for(Role.ADMIN)
def begin_again(request: HttpRequest, kind: str, language: str) -> HttpResponseBase:
    """Go back to the text a new district begins with (恢复原有)."""
    _known(kind, language)
    notices.begin_again(kind=kind, language=language, **by(request))
    messages.success(request, _("已恢复原有模板。"))
    return redirect("admin_edit_text", kind, language)


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def quiet(request: HttpRequest) -> HttpResponseBase:
    """Say when residents are left alone (免打扰)."""
    now = queries.quiet_hours()
    form = forms.QuietForm(request.POST or None, initial={"starts": now.starts, "ends": now.ends})

    def keep() -> str:
        notices.set_quiet_hours(**form.cleaned_data, **by(request))
        return reverse("admin_quiet")

    words = _("这段时间里不给居民和外部单位发消息，到点再发；紧急的事项照发。两个时间一样就是不设。")
    return filled(request, form, keep, title=_("免打扰时段"), back=reverse("admin_notices"), words=words)


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def gateways(request: HttpRequest) -> HttpResponseBase:
    """List the gateways, and add one (发送通道)."""
    form = forms.GatewayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            notices.add_gateway(**form.cleaned_data, **by(request))
        except Refused as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, _("已接入。请点“测试”看看通不通。"))
            return redirect("admin_gateways")
    rows = [
        {
            "gateway": row,
            "needs_number": row.kind in OF_ALL_KINDS,
            "unit": staff.unit_name(staff.unit(row.unit_id)) if row.unit_id else "",
            "fault": _fault(row),
        }
        for row in queries.gateways()[:200]
    ]
    context = {"form": form, "rows": rows, "mail": settings.EMAIL_HOST if settings.MAIL_URL else ""}
    context["public_url"] = settings.PUBLIC_URL
    return render(request, "notices/gateways.html", context, status=422 if form.errors else 200)


@require_POST
@page_for(Role.ADMIN)
def stop_gateway(request: HttpRequest, gateway_id: int) -> HttpResponseBase:
    """Take a gateway out of use (停用通道)."""
    notices.stop_gateway(gateway=queries.gateway(gateway_id), reason=reason_of(request), **by(request))
    messages.success(request, _("已停用。"))
    return redirect("admin_gateways")


@require_POST
@page_for(Role.ADMIN)
def try_gateway(request: HttpRequest, gateway_id: int) -> HttpResponseBase:
    """Send a trial message through a gateway (测试通道)."""
    fault = notices.try_gateway(gateway=queries.gateway(gateway_id), to=request.POST.get("to", "")[:40], **by(request))
    if fault:
        messages.error(request, _("没有发出去：%s") % _(fault))
    else:
        messages.success(request, _("对方收下了测试消息。"))
    return redirect("admin_gateways")


def _fault(row: Any) -> str:
    return _(row.fault) if row.fault else ""


def _known(kind: str, language: str) -> Kind:
    if kind not in KINDS or language not in LANGUAGES:
        raise Http404
    return KINDS[kind]


def _preview(request: HttpRequest, kind: Kind, language: str, *, subject: str = "", body: str = "") -> dict[str, Any]:
    subject, body = request.POST.get("subject", subject), request.POST.get("body", body)
    try:
        check_text(kind=kind, subject=subject, body=body)
    except Refused as refusal:
        return {"wrong": sentence(refusal), "language": language}
    told = texts.sample(kind, subject=subject, body=body, language=language)
    return {"told": {"subject": told[0], "body": told[1]}, "language": language, "length": len(told[1])}
