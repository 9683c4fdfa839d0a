"""What a resident is asked, one form to a page. Nothing is cut off: too long is said, not shortened."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from linli.case.rules import bare_number, is_number
from linli.confirm.rules import RATING_LABELS
from linli.intake.rules import ADDRESS_MAX, CONTROL, TEXT_MAX
from linli.people import rules as people
from linli.place.rules import Datum
from linli.shared.refusals import Refused
from linli.text import queries as text
from linli.web.choices import offer
from linli.web.photos import PhotosField
from linli.web.refusals import sentence
from linli.web.resident.links import link_in

REASON_MAX = 1000
NO_CATEGORY = "-"
ANOTHER = "+"
NOT_THE_SAME = "new"


class Words(forms.CharField):
    """Free words: line ends made one, too long or unprintable said in words; no silent cutting."""

    def __init__(
        self, *, most: int, rows: int = 0, absent: Any = "", attrs: dict[str, Any] | None = None, **arguments: Any
    ) -> None:
        widget = forms.Textarea(attrs={"rows": rows, **(attrs or {})}) if rows else forms.TextInput(attrs=attrs)
        messages = {"required": absent} if absent else {}
        super().__init__(widget=widget, required=bool(absent), error_messages=messages, **arguments)
        self.most = most

    def to_python(self, value: Any) -> str:
        """Count a line end as one character, as the person does."""
        return str(super().to_python(value)).replace("\r\n", "\n")

    def validate(self, value: str) -> None:
        """Say what is wrong with the words.

        Raises:
            ValidationError: nothing written where something is needed, too long, or unprintable.
        """
        super().validate(value)
        if len(value) > self.most:
            sizes = {"length": len(value), "most": self.most}
            raise ValidationError(_("太长了：写了 %(length)s 个字，最多 %(most)s 个。") % sizes)
        if CONTROL.search(value):
            raise ValidationError(_("文字里有看不见的控制字符，请删去后再继续（可以把那几个字重新打一遍）。"))


class Plain(forms.Form):
    """A form whose faults are said by us, on top and beside the field, not by the browser's bubbles."""

    use_required_attribute = False

    def __init__(self, data: Any = None, files: Any = None, **options: Any) -> None:
        super().__init__(data, files, label_suffix="", **options)


class WhatForm(Plain):
    """What happened."""

    text = Words(
        label=gettext_lazy("发生了什么？"),
        help_text=gettext_lazy("写清是什么、多久了、影响到谁。也可以点键盘上的话筒来说。"),
        most=TEXT_MAX,
        rows=6,
        absent=gettext_lazy("请写下发生了什么。"),
    )
    photos = PhotosField(
        label=gettext_lazy("照片"),
        help_text=gettext_lazy("最多 9 张。拍清楚问题和周围，尽量不拍到别人的脸。照片里的位置信息会自动去掉。"),
    )


class WhereForm(Plain):
    """Where it is: words, a point on the map, or the building whose code was scanned."""

    is_in_area = forms.BooleanField(required=False)
    address = Words(
        label=gettext_lazy("用文字写地点"),
        help_text=gettext_lazy("例如：路程巷3号院2栋1单元，或者“小学东门对面”。"),
        most=ADDRESS_MAX,
        attrs={"autocomplete": "off"},
    )
    lng = forms.CharField(required=False, widget=forms.HiddenInput)
    lat = forms.CharField(required=False, widget=forms.HiddenInput)
    datum = forms.CharField(required=False, widget=forms.HiddenInput)
    is_place_unknown = forms.BooleanField(label=gettext_lazy("没有具体地点，或者说不清"), required=False)

    def clean(self) -> dict[str, Any]:
        """Check the point, and that there is any place at all.

        Raises:
            ValidationError: the point cannot be read; the words stay.
        """
        answers: dict[str, Any] = super().clean() or {}
        if answers.get("datum") and answers["datum"] not in set(Datum):
            raise ValidationError(_("地图上的点用了不认识的坐标系，请重新点一下，或者用文字写明地点。"))
        if not _is_point(answers.get("lng", ""), answers.get("lat", "")):
            raise ValidationError(_("地图上的点没有读出来，请重新点一下，或者用文字写明地点。"))
        said = answers.get("address") or answers.get("lng") or answers.get("is_in_area")
        if not said and not answers.get("is_place_unknown") and "address" not in self.errors:
            self.add_error("address", _("请写下地点，或者在地图上点一下；说不清就勾选下面一格。"))
        return answers


class AboutForm(Plain):
    """What it is about, in plain words: the likely ones first, any other from the list."""

    category = forms.ChoiceField(
        label=gettext_lazy("这是关于什么的？"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选一项；说不清也可以选“说不清”。")},
    )
    another = forms.ChoiceField(label=gettext_lazy("全部类别"), required=False)

    def __init__(self, *args: Any, likely: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "zh-hans"
        name: Callable[[str], str] = lambda code: text.category_name(code, language)  # noqa: E731 -- read twice below
        first = [(code, name(code)) for code in likely]
        last = [(ANOTHER, _("别的，从下面选")), (NO_CATEGORY, _("说不清，请工作人员来分"))]
        groups: dict[str, list[tuple[str, str]]] = {}
        for row in text.leaves():
            groups.setdefault(name(row.parent_code) if row.parent_code else _("其他"), []).append(
                (row.code, name(row.code))
            )
        offer(self, "category", [*first, *last])
        offer(self, "another", [("", _("请选择")), *groups.items()])

    def clean(self) -> dict[str, Any]:
        """Return one category code, or none when the resident cannot say."""
        answers: dict[str, Any] = super().clean() or {}
        # Whoever picks from the list means it, even without the dot before "another".
        if answers.get("another") and answers.get("category") in {None, ANOTHER}:
            self.errors.pop("category", None)
            return answers | {"category": answers["another"]}
        if answers.get("category") == ANOTHER:
            self.add_error("another", _("请从列表里选一项。"))
        if answers.get("category") == NO_CATEGORY:
            answers["category"] = ""
        return answers


class SameForm(Plain):
    """Is it one of the open cases nearby?"""

    same = forms.ChoiceField(
        label=gettext_lazy("是其中一件吗？"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("请选一项：是其中一件，还是另一件。"),
            "invalid_choice": gettext_lazy("您选的那一件刚刚办完了，请再看看。"),
        },
    )

    def __init__(self, *args: Any, numbers: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "same", [(number, number) for number in (*numbers, NOT_THE_SAME)])


class ContactForm(Plain):
    """How to reach the resident; all of it optional."""

    name = forms.CharField(
        label=gettext_lazy("怎么称呼您"), required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = forms.CharField(
        label=gettext_lazy("电话"),
        required=False,
        help_text=gettext_lazy("手机，或者带区号的座机。"),
        widget=forms.TelInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    email = forms.CharField(
        label=gettext_lazy("邮箱"),
        required=False,
        widget=forms.EmailInput(attrs={"inputmode": "email", "autocomplete": "email"}),
    )
    is_confidential = forms.BooleanField(
        label=gettext_lazy("请为我保密：不列在“附近的事”里，也不告诉被反映的一方是谁说的"), required=False
    )
    is_call_unwanted = forms.BooleanField(label=gettext_lazy("办完以后不用打电话回访我"), required=False)
    is_agreed = forms.BooleanField(label=gettext_lazy("我同意"), required=False)

    def clean_name(self) -> str:
        """Return the name as it will be kept."""
        return _checked(people.person_name, self.cleaned_data["name"])

    def clean_phone(self) -> str:
        """Return the number as digits."""
        return _checked(people.phone_number, self.cleaned_data["phone"])

    def clean_email(self) -> str:
        """Return the address in lower case."""
        return _checked(people.email_address, self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        """Ask for the consent only where there is something to keep."""
        answers: dict[str, Any] = super().clean() or {}
        given = any(self.data.get(name, "").strip() for name in ("name", "phone", "email"))
        if given and not answers.get("is_agreed"):
            self.add_error("is_agreed", _("留了联系方式，需要您同意我们保存和使用；不同意就把上面几格清空。"))
        return answers


class ProgressForm(Plain):
    """A number read from paper, or a private link pasted."""

    number = forms.CharField(
        label=gettext_lazy("编号，或者私密链接"),
        help_text=gettext_lazy("编号是 11 位数字，例如 2611 0004 217。"),
        error_messages={"required": gettext_lazy("请输入编号，或者粘贴私密链接。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_number(self) -> str:
        """Return the eleven digits.

        Raises:
            ValidationError: it is no number; most slips are found by its last digit.
        """
        words = str(self.cleaned_data["number"])
        self.link = link_in(words)
        digits = self.link[0] if self.link else bare_number(words)
        if not self.link and not is_number(digits):
            raise ValidationError(_("编号不对：应该是 11 位数字，请对照短信或回执再看一遍。"))
        return digits

    link: tuple[str, str] | None = None


class AddForm(Plain):
    """What the reporter has to say later."""

    text = Words(
        label=gettext_lazy("还有什么要补充？"),
        help_text=gettext_lazy("办理的人会看到。"),
        most=TEXT_MAX,
        rows=5,
        absent=gettext_lazy("请写下要补充的内容；只补照片也写一句照片里是什么。"),
    )
    photos = PhotosField(label=gettext_lazy("照片"), help_text=gettext_lazy("最多 9 张。"))


class ConfirmForm(Plain):
    """It is solved: how well?"""

    rating = forms.TypedChoiceField(
        label=gettext_lazy("您对办理满意吗？"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择一个满意程度。")},
    )
    reason = Words(label=gettext_lazy("想说的话"), help_text=gettext_lazy("办理单位会看到。"), most=REASON_MAX, rows=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        steps = sorted(RATING_LABELS.items(), reverse=True)
        offer(self, "rating", [(step, _(label)) for step, label in steps])


class SendBackForm(Plain):
    """It is not solved: why?"""

    reason = Words(
        label=gettext_lazy("哪里还没办好？"),
        help_text=gettext_lazy("办理的人会按您写的再去办。"),
        most=REASON_MAX,
        rows=4,
        absent=gettext_lazy("请写下哪里还没办好，办理的人才知道要做什么。"),
    )


class WithdrawForm(Plain):
    """No longer needed."""

    reason = Words(label=gettext_lazy("为什么撤回"), most=REASON_MAX, rows=3)


def _checked(rule: Callable[[str], str], words: str) -> str:
    try:
        return rule(words)
    except Refused as refusal:
        raise ValidationError(sentence(refusal)) from refusal


def _is_point(lng: str, lat: str) -> bool:
    """Tell whether this is a point on the globe, or no point at all."""
    if not lng and not lat:
        return True
    try:
        east, north = float(lng), float(lat)
    except ValueError:
        return False
    return math.isfinite(east) and math.isfinite(north) and abs(east) <= 180 and abs(north) <= 90
