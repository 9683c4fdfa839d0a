"""The six ways not to accept: their replies in three languages, their meaning for the rates (不予受理答复)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from linli.case import replies
from linli.case.refusals import REFUSAL_SENTENCES, RESPONSE, RefusalRoute
from linli.case.states import BY_NAME
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.web.admin.doors import by, page_for
from linli.web.refusals import sentence

FIELDS = {"zh-hans": "text_zh", "bo": "text_bo", "en": "text_en"}


class ReplyForm(forms.Form):
    """A reply in three languages."""

    text_zh = forms.CharField(
        label=gettext_lazy("中文答复"), max_length=500, strip=True, widget=forms.Textarea({"rows": 3})
    )
    text_bo = forms.CharField(
        label=gettext_lazy("藏文答复"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 4, "lang": "bo"}),
        help_text=gettext_lazy("空着就给藏文的居民看中文。"),
    )
    text_en = forms.CharField(
        label=gettext_lazy("英文答复"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 3, "lang": "en"}),
        help_text=gettext_lazy("空着就给英文的居民看中文。"),
    )
    reason = forms.CharField(label=gettext_lazy("为什么改"), max_length=200, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def texts(self) -> dict[str, str]:
        """Return the reply by language."""
        return {language: self.cleaned_data[name] for language, name in FIELDS.items()}


@require_GET
@page_for(Role.ADMIN)
def refusal_replies(request: HttpRequest) -> HttpResponseBase:
    """List the six ways, each with its reply and which rates it counts in (不予受理答复)."""
    current = replies.replies()
    rows = [
        {
            "route": route.value,
            "label": _(way.label),
            "reply": current[route].text("zh-hans"),
            "version": current[route].version,
            "rates": _("只计响应率") if RESPONSE in way.rates else _("三率都不计"),
            "why": _(way.why),
        }
        for route, way in REFUSAL_SENTENCES.items()
    ]
    return render(request, "admin/replies.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def refusal_reply(request: HttpRequest, route: str) -> HttpResponseBase:
    """Word a reply, look at it as residents will, and keep it (更改答复)."""
    if route not in set(RefusalRoute):
        raise Refused("请选择不予受理的情形。")
    way, present = RefusalRoute(route), replies.replies()[RefusalRoute(route)]
    initial = {FIELDS[language]: text for language, text in present.texts.items()} | {"version": present.version}
    form = ReplyForm(request.POST or None, initial=initial)
    texts, status = present.texts, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            texts = form.texts()
            status = 200
            if "preview" not in request.POST and _kept(request, form, way):
                return redirect("admin_replies")
            status = 422 if form.errors else 200
    return render(request, "admin/reply.html", _shown(form, way, texts), status=status)


def _kept(request: HttpRequest, form: ReplyForm, way: RefusalRoute) -> bool:
    said = form.cleaned_data
    try:
        replies.edit_reply(route=way, texts=form.texts(), version=said["version"], reason=said["reason"], **by(request))
    except Refused as refusal:
        form.add_error(None, sentence(refusal))
        return False
    messages.success(request, _("已保存，马上生效；已经答复的事项不变。"))
    return True


def _shown(form: ReplyForm, way: RefusalRoute, texts: dict[str, str]) -> dict[str, Any]:
    title = _(BY_NAME["refuse"].resident_words) % {"words": ""}
    versions = list(replies.versions(way))
    posts = staff.every_post().filter(pk__in=[row.by_post_id for row in versions if row.by_post_id])
    hands = {post.pk: staff.post_words(post) for post in posts.select_related("unit", "account")}
    return {
        "form": form,
        "label": _(REFUSAL_SENTENCES[way].label),
        "why": _(REFUSAL_SENTENCES[way].why),
        "step_title": title.rstrip("：: "),
        "previews": [(code, texts.get(code) or texts["zh-hans"]) for code in FIELDS],
        "versions": [(row, hands.get(row.by_post_id or 0, "")) for row in versions],
    }
