"""What an outside body is asked, and what an administrator fills in about one."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy

from linli.web.photos import PhotosField
from linli.web.resident.forms import Plain, Words

WORDS_MAX = 1000


class DeclineForm(Plain):
    """Why not."""

    reason = Words(
        label=gettext_lazy("为什么不接？"),
        help_text=gettext_lazy("例如：不在我们的服务范围，应该找谁。"),
        most=WORDS_MAX,
        rows=4,
        absent=gettext_lazy("请写下原因。"),
    )


class DoneForm(Plain):
    """What was done."""

    words = Words(
        label=gettext_lazy("办了什么？"),
        help_text=gettext_lazy("写清楚做了什么、结果怎样。请不要写居民的姓名和电话。"),
        most=WORDS_MAX,
        rows=5,
        absent=gettext_lazy("请写下办了什么。"),
    )
    photos = PhotosField(label=gettext_lazy("照片"), help_text=gettext_lazy("最多 9 张。"))


class BodyForm(forms.Form):
    """A body that can be asked, and how to reach it."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    phone = forms.CharField(
        label=gettext_lazy("接收短信的手机号"),
        max_length=30,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "tel"}),
    )
    email = forms.CharField(
        label=gettext_lazy("邮箱"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("电话和邮箱至少填一项；加密保存，保存后不再显示。"),
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "email"}),
    )
    language = forms.ChoiceField(label=gettext_lazy("语言"), choices=settings.LANGUAGES)
    name_bo = forms.CharField(label=gettext_lazy("藏文名称"), max_length=160, required=False)
    name_en = forms.CharField(label=gettext_lazy("英文名称"), max_length=160, required=False)


class KnownBodyForm(BodyForm):
    """The same, where an empty phone and address leave the contact as it is."""

    field_order = ("name", "phone", "email", "language", "name_bo", "name_en")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = gettext_lazy("都不填就不改联系方式；加密保存，不再显示。")
