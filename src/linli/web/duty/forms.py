"""Forms of rosters, leave and the ladder."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.call.rules import AUDIENCE_LABELS, Audience, Rung
from linli.call.rules.duty import Span
from linli.call.rules.ladder import FLOOR_SECONDS
from linli.web.choices import offer

MINUTES = "%Y-%m-%dT%H:%M"
WEEKDAYS = tuple(
    enumerate(gettext_lazy(word) for word in ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"))
)


def _moment(label: Any, **more: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput({"type": "datetime-local"}, format=MINUTES)
    return forms.DateTimeField(label=label, input_formats=[MINUTES], widget=widget, **more)


def named(posts: Iterable[Any]) -> list[tuple[str, str]]:
    """Name posts to choose from: who, and as what."""
    return [(str(post.pk), f"{post.account.name} · {_(str(post))}（{post.unit.name}）") for post in posts]


class ShiftForm(forms.Form):
    """Who is on duty from when until when, and on which days again."""

    on_duty = forms.ChoiceField(label=gettext_lazy("谁值班"))
    starts_at = _moment(gettext_lazy("从"))
    ends_at = _moment(gettext_lazy("到"))
    until = forms.DateField(
        label=gettext_lazy("重复到哪天"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text=gettext_lazy("只排一次就不填。"),
    )
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("重复在星期几"),
        choices=WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("不选就是每天。"),
    )

    def __init__(self, *args: Any, posts: Iterable[Any], **more: Any) -> None:
        super().__init__(*args, **more)
        offer(self, "on_duty", named(posts))

    @property
    def span(self) -> Span:
        """The hours of the first shift, as the clocks of the neighbourhood show them."""
        said = self.cleaned_data
        return Span(timezone.localtime(said["starts_at"]), timezone.localtime(said["ends_at"]))


class LeaveForm(forms.Form):
    """Who is away from when until when, and who is told instead."""

    away = forms.ChoiceField(label=gettext_lazy("谁请假"))
    starts_at = _moment(gettext_lazy("从"))
    ends_at = _moment(gettext_lazy("到"))
    substitute = forms.ChoiceField(
        label=gettext_lazy("谁替班"),
        required=False,
        help_text=gettext_lazy("呼叫会通知替班的人。不选，这段时间就不通知这个岗位，直接通知下一级。"),
    )

    def __init__(self, *args: Any, posts: Iterable[Any], substitutes: Iterable[Any], **more: Any) -> None:
        super().__init__(*args, **more)
        offer(self, "away", named(posts))
        offer(self, "substitute", [("", _("没有人替")), *named(substitutes)])

    @property
    def span(self) -> Span:
        """From when until when."""
        return Span(self.cleaned_data["starts_at"], self.cleaned_data["ends_at"])


def _floor_words(audience: Audience) -> str:
    words = _("%(who)s（最迟 %(seconds)s 秒）")
    return words % {"who": _(AUDIENCE_LABELS[audience]), "seconds": FLOOR_SECONDS[audience]}


class RungForm(forms.Form):
    """One rung that the district adds; without seconds it is none."""

    audience = forms.ChoiceField(label=gettext_lazy("通知谁"))
    after_seconds = forms.IntegerField(label=gettext_lazy("几秒后"), required=False)
    from_time = forms.TimeField(
        label=gettext_lazy("从几点"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    until_time = forms.TimeField(
        label=gettext_lazy("到几点"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        offer(self, "audience", [(audience.value, _floor_words(audience)) for audience in FLOOR_SECONDS])

    @property
    def rung(self) -> Rung | None:
        """What was written, or nothing where the seconds are empty."""
        said = self.cleaned_data
        if said.get("after_seconds") is None:
            return None
        return Rung(said["after_seconds"], Audience(said["audience"]), said["from_time"], said["until_time"])


class LadderForm(forms.Form):
    """From when an edition of the ladder holds, and why."""

    since_at = _moment(gettext_lazy("从何时起用"), required=False, help_text=gettext_lazy("不填就是马上。"))
    reason = forms.CharField(label=gettext_lazy("为什么改"), max_length=200)
    number = forms.IntegerField(widget=forms.HiddenInput)


Rungs = forms.formset_factory(RungForm, extra=3, max_num=40, validate_max=True)


def week_of(said: str, *, today: date) -> date:
    """Return the first day of the week that is asked for; whatever cannot be read is this week."""
    try:
        day = date.fromisoformat(said)
    except ValueError:
        day = today
    day = min(max(day, today - timedelta(days=366)), today + timedelta(days=400))
    return day - timedelta(days=day.weekday())


def first_hours(week_on: date, *, at: datetime) -> dict[str, str]:
    """Propose the hours of a shift: a night from this evening on, or from the first evening of a week to come."""
    day = max(week_on, timezone.localdate(at))
    return {"starts_at": f"{day}T18:00", "ends_at": f"{day + timedelta(days=1)}T09:00"}
