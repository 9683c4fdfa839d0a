"""The words that mean: call 119, 120, 110 or 122 first (紧急词)."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.text import actions as text_actions
from linli.text import queries as text
from linli.text.rules import HARMLESS
from linli.web.admin.doors import by, filled, page_for
from linli.web.admin.forms import SEPARATORS
from linli.web.emergency import NUMBERS

TRIED_MAX = 4000
SEPARATOR = "\n"


class WordsForm(forms.Form):
    """The words of one number, one a line."""

    words = forms.CharField(
        label=gettext_lazy("词，一行一个"),
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": 14}),
        help_text=gettext_lazy("每个 2 到 20 个字；居民的话里有其中一个，就先请他打电话。"),
    )
    reason = forms.CharField(label=gettext_lazy("为什么改"), max_length=200, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean_words(self) -> list[str]:
        """Take the lines apart; a word in a foreign language may hold spaces."""
        lines = self.cleaned_data["words"].splitlines()
        has_lines = len(lines) > 1
        return [word.strip() for word in (lines if has_lines else SEPARATORS.split(lines[0] if lines else ""))]


@require_safe
@page_for(Role.ADMIN)
def emergency_words(request: HttpRequest) -> HttpResponseBase:
    """List the words of each number, and try a sentence (紧急词)."""
    tried = request.GET.get("text", "")[:TRIED_MAX]
    rows = [
        {"number": number, "name": name_of(number), "words": kept.words, "version": kept.version}
        for number, kept in text.emergency_words().items()
    ]
    heard = [(alarm.number, name_of(alarm.number), alarm.words) for alarm in text.alarms_in(tried)]
    return render(request, "admin/emergency.html", {"rows": rows, "tried": tried, "heard": heard})


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def set_words(request: HttpRequest, number: str) -> HttpResponseBase:
    """Change the words of a number (更改紧急词)."""
    kept = text.emergency_words()[number]
    initial = {"words": SEPARATOR.join(kept.words), "version": kept.version}
    form = WordsForm(request.POST or None, initial=initial)

    def change() -> str:
        text_actions.set_emergency_words(number=number, **form.cleaned_data, **by(request))
        return reverse("admin_emergency")

    return filled(
        request,
        form,
        change,
        title=name_of(number),
        back=reverse("admin_emergency"),
        extra="admin/emergency_versions.html",
        shown={"versions": _versions(number)},
    )


def name_of(number: str) -> str:
    """Name a number by what it is for; the words that mean nothing by what they are."""
    return _("不算紧急的词") if number == HARMLESS else f"{number} {NUMBERS[number].words}"


def _versions(number: str) -> list[dict[str, Any]]:
    rows = text.emergency_versions(number)
    posts = staff.every_post().filter(pk__in=[row.by_post_id for row in rows if row.by_post_id])
    hands = {post.pk: staff.post_words(post) for post in posts.select_related("unit", "account")}
    return [{"row": row, "by": hands.get(row.by_post_id or 0, ""), "count": len(row.words)} for row in rows]
