"""Input shapes of the notice settings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.notice.actions.hooks import event_names
from linli.notice.rules import BODY_MAX, GATEWAY_LABELS, OF_ALL_KINDS, SUBJECT_MAX
from linli.staff import queries as staff
from linli.web.choices import offer
from linli.web.notices.lists import event_words


class TextForm(forms.Form):
    """Subject and text of a notice."""

    subject = forms.CharField(label=_("标题"), max_length=SUBJECT_MAX)
    body = forms.CharField(
        label=_("正文"),
        max_length=BODY_MAX,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("短信只发正文；邮件和群消息带标题。"),
    )


class QuietForm(forms.Form):
    """From when until when."""

    starts = forms.TimeField(label=_("从"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(label=_("到"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))


class GatewayForm(forms.Form):
    """A service that carries messages out."""

    kind = forms.ChoiceField(label=_("类型"))
    name = forms.CharField(label=_("名称"), max_length=60)
    unit_id = forms.TypedChoiceField(
        label=_("哪个单位的群"), coerce=int, empty_value=None, required=False, help_text=_("短信和语音电话网关不用选。")
    )
    address = forms.CharField(
        label=_("网址"),
        max_length=500,
        required=False,
        help_text=_("https:// 开头；保存后不再显示。内部网络的网址要先写进设置。阿里云短信可以不填。"),
        widget=forms.URLInput({"autocomplete": "off"}),
    )
    secret = forms.CharField(
        label=_("密钥"),
        max_length=200,
        required=False,
        help_text=_("用来签名；保存后不再显示。企业微信机器人没有密钥。"),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    key_id = forms.CharField(label="AccessKey ID", max_length=60, required=False, help_text=_("只有阿里云短信要填。"))
    sign_name = forms.CharField(
        label=_("短信签名"), max_length=40, required=False, help_text=_("只有阿里云短信要填：审核通过的签名。")
    )
    templates = forms.CharField(
        label=_("短信模板"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("只有阿里云短信要填，一行一个：通知名、空格、模板代码；只写代码的一行用于其余的通知。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "kind", [(kind, _(label)) for kind, label in GATEWAY_LABELS.items()])
        units = [(unit.pk, staff.unit_name(unit)) for unit in staff.units()]
        offer(self, "unit_id", [("", _("请选择")), *units])

    def clean(self) -> dict[str, Any]:
        """Ask for the unit of a robot."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("kind") not in {None, *OF_ALL_KINDS} and not cleaned.get("unit_id"):
            self.add_error("unit_id", _("请选择这个群属于哪个单位。"))
        return cleaned


class EventsForm(forms.Form):
    """Which events a subscriber hears of."""

    names = forms.MultipleChoiceField(
        label=_("推送哪些事件"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("一个都不选就是全部。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "names", [(name, event_words(name)) for name in event_names()])


class SubscriberForm(EventsForm):
    """Another system that wants to hear of events."""

    name = forms.CharField(label=_("推送给谁"), max_length=120)
    address = forms.CharField(
        label=_("网址"),
        max_length=500,
        help_text=_("https:// 开头；保存后只显示主机名。"),
        widget=forms.URLInput({"autocomplete": "off"}),
    )
    field_order = ("name", "address", "names")
