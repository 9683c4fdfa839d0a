"""Input shapes of the pages of devices."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.call.rules.fleet import DEVICE_KIND_LABELS, PROTOCOL_LABELS, DeviceKind, Protocol
from linli.call.rules.presses import SERIAL_MAX
from linli.call.rules.stock import HEARTBEAT_SECONDS, RELATION_MAX, VENDOR_MAX, ContactAgreed, NewDevice
from linli.people.rules import ADDRESS_MAX, NAME_MAX, ConsentGiven
from linli.web.choices import offer
from linli.web.people.forms import GIVERS, WAYS

NOTES_MAX = 500
REASON_MAX = 200
PRIVATE = {"autocomplete": "off"}
DAY = {"type": "date"}
# What a camera may fill in: typed letters and digits, no corrections by the phone.
TYPED = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "data-scan": ""}


def serial_field(label: Any) -> forms.CharField:
    """A serial, typed or scanned."""
    return forms.CharField(
        label=label,
        max_length=SERIAL_MAX,
        widget=forms.TextInput(TYPED),
        help_text=_("印在设备背面或包装上；手机可以扫码。"),
    )


class RegisterForm(forms.Form):
    """One new device."""

    serial = serial_field(_("设备编号"))
    kind = forms.ChoiceField(label=_("类型"), choices=[(k.value, DEVICE_KIND_LABELS[k]) for k in DeviceKind])
    protocol = forms.ChoiceField(label=_("接入方式"), choices=[(p.value, PROTOCOL_LABELS[p]) for p in Protocol])
    vendor = forms.CharField(label=_("厂商型号"), max_length=VENDOR_MAX, required=False)
    heartbeat_seconds = forms.IntegerField(
        label=_("心跳间隔（秒）"), initial=HEARTBEAT_SECONDS, help_text=_("设备多久报一次平安；三次没报就算离线。")
    )
    unit_code = forms.ChoiceField(label=_("入哪个单位的库"), required=False)

    def __init__(self, *args: Any, units: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        offer(self, "unit_code", [("", _("本单位")), *units])

    @property
    def new(self) -> NewDevice:
        """The device as it was said."""
        return NewDevice(**self.cleaned_data)


class FileForm(forms.Form):
    """A table of new devices."""

    file = forms.FileField(label=_("设备清单（csv 或 xlsx）"), help_text=_("第一行是列名，“设备编号”必须有。"))


class SerialForm(forms.Form):
    """Which device, and why."""

    serial = serial_field(_("换上哪一台"))
    words = forms.CharField(label=_("为什么换"), max_length=REASON_MAX)


class WordsForm(forms.Form):
    """Why, in a few words."""

    words = forms.CharField(label=_("原因"), max_length=REASON_MAX)


class AllotForm(forms.Form):
    """To which unit."""

    unit_code = forms.ChoiceField(label=_("调给哪个单位"))

    def __init__(self, *args: Any, units: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        offer(self, "unit_code", units)


class AgreedForm(forms.Form):
    """Who agreed, and how."""

    giver = forms.ChoiceField(label=_("谁同意"), choices=GIVERS)
    way = forms.ChoiceField(label=_("用什么方式同意"), choices=WAYS)

    @property
    def consent(self) -> ConsentGiven:
        """The consent as it was given."""
        return ConsentGiven(giver=self.cleaned_data["giver"], way=self.cleaned_data["way"])


class DoorForm(forms.Form):
    """The way to the door."""

    address = forms.CharField(label=_("门牌"), max_length=ADDRESS_MAX, widget=forms.TextInput(PRIVATE))
    entrance = forms.CharField(
        label=_("从哪里进"),
        max_length=ADDRESS_MAX,
        required=False,
        widget=forms.TextInput(PRIVATE),
        help_text=_("例如：北门进，第二个单元，没有门铃。"),
    )
    lng = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)

    @property
    def point(self) -> tuple[float, float] | None:
        """The entrance on the map, where somebody stood before it."""
        lng, lat = self.cleaned_data.get("lng"), self.cleaned_data.get("lat")
        return None if lng is None or lat is None else (lng, lat)


class CorrectForm(DoorForm):
    """The way to the door, and the house notes where they are to be written anew."""

    renews_notes = forms.BooleanField(label=_("重写房屋说明（原来的不再保留）"), required=False)
    notes = forms.CharField(
        label=_("房屋说明"), max_length=NOTES_MAX, required=False, widget=forms.Textarea({"rows": 3, **PRIVATE})
    )


class ContactForm(forms.Form):
    """Somebody to call besides."""

    name = forms.CharField(label=_("联系人姓名"), max_length=NAME_MAX, required=False, widget=forms.TextInput(PRIVATE))
    phone = forms.CharField(
        label=_("联系人电话"), max_length=30, required=False, widget=forms.TextInput({"type": "tel", **PRIVATE})
    )
    relation = forms.CharField(
        label=_("是老人的什么人"),
        max_length=RELATION_MAX,
        required=False,
        help_text=_("例如：儿子、对门邻居。"),
        widget=forms.TextInput(PRIVATE),
    )
    is_agreed = forms.BooleanField(label=_("老人同意登记这位联系人"), required=False)
    is_told = forms.BooleanField(label=_("呼叫没有人接应时，自动通知TA"), required=False, initial=True)

    @property
    def given(self) -> ContactAgreed | None:
        """Whom to call, or nobody where nothing was written."""
        said = self.cleaned_data
        names = ("name", "phone", "relation", "is_agreed", "is_told")
        if not (said.get("name") or said.get("phone") or said.get("relation")):
            return None
        return ContactAgreed(**{name: said[name] for name in names})


class NewContactForm(ContactForm, AgreedForm):
    """Somebody else to call, and who agreed to it."""

    field_order = ("name", "phone", "relation", "is_agreed", "is_told", "giver", "way")


class HandOutForm(DoorForm, AgreedForm):
    """What is asked at the door when a device is handed over."""

    is_agreed = forms.BooleanField(label=_("已说明用途和怎么收回；本人同意使用设备并登记这些资料"))
    is_located = forms.BooleanField(
        label=_("另外同意：按下设备那一刻记下位置"),
        required=False,
        help_text=_("可以不同意，不影响呼叫。平时不记行踪。"),
    )
    agreed_on = forms.DateField(label=_("协议签订日期"), widget=forms.DateInput(DAY, format="%Y-%m-%d"))
    notes = forms.CharField(
        label=_("房屋说明"),
        max_length=NOTES_MAX,
        required=False,
        help_text=_("加密保存，只有接应呼叫的人看得到。例如：钥匙在 302 邻居家，养狗。"),
        widget=forms.Textarea({"rows": 3, **PRIVATE}),
    )
    field_order = (
        "is_agreed", "giver", "way", "is_located", "agreed_on", "address", "entrance", "lng", "lat", "notes",
    )  # fmt: skip

    def __init__(self, *args: Any, today: date, address: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["agreed_on"].initial, self.fields["address"].initial = today, address


Contacts = forms.formset_factory(ContactForm, extra=2, max_num=6, validate_max=True)
