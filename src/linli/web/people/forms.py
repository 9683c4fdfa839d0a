"""Input shapes of the people pages. There is no field for who someone is beyond what a service needs."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from linli.people.rules import ADDRESS_MAX, EMAIL_MAX, NAME_MAX, ConsentGiven
from linli.web.choices import offer

GIVERS = [("SELF", _("本人")), ("GUARDIAN", _("监护人")), ("HEAD", _("户主"))]
WAYS = [("SIGNED", _("书面签字")), ("SPOKEN", _("当面口头")), ("ONLINE", _("本人网上"))]
SEXES = [("", _("不填")), ("F", _("女")), ("M", _("男"))]
RELATIONS = [
    ("HEAD", _("户主")),
    ("SPOUSE", _("配偶")),
    ("CHILD", _("子女")),
    ("PARENT", _("父母")),
    ("GRANDPARENT", _("祖父母")),
    ("GRANDCHILD", _("孙辈")),
    ("TENANT", _("租客")),
    ("OTHER", _("其他")),
]
DAY = {"type": "date"}
PRIVATE = {"autocomplete": "off"}


class HouseholdForm(forms.Form):
    """A door: which grid, which number."""

    area_code = forms.ChoiceField(label=_("网格"))
    address = forms.CharField(
        label=_("门牌"),
        max_length=ADDRESS_MAX,
        help_text=_("例如：路程巷3号院2栋1单元301"),
        widget=forms.TextInput(PRIVATE),
    )

    def __init__(self, areas: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "area_code", areas)


class ConsentForm(forms.Form):
    """Who consented, how, until when."""

    giver = forms.ChoiceField(label=_("谁同意"), choices=GIVERS, help_text=_("未满 14 周岁的孩子，由监护人同意。"))
    way = forms.ChoiceField(label=_("用什么方式同意"), choices=WAYS)
    consent_until = forms.DateField(
        label=_("同意到哪天"),
        required=False,
        help_text=_("不填就是一直有效，随时可以撤回。"),
        widget=forms.DateInput(DAY),
    )

    def consent(self) -> ConsentGiven:
        """Return the consent as it was given."""
        answers = self.cleaned_data
        return ConsentGiven(giver=answers["giver"], way=answers["way"], until_on=answers["consent_until"])


class ResidentForm(ConsentForm):
    """A person at this door, and their consent."""

    name = forms.CharField(label=_("姓名"), max_length=NAME_MAX, widget=forms.TextInput(PRIVATE))
    relation = forms.ChoiceField(label=_("和户主的关系"), choices=RELATIONS)
    birth_year = forms.IntegerField(label=_("出生年份"), required=False, min_value=1890, max_value=2200)
    sex = forms.ChoiceField(label=_("性别"), choices=SEXES, required=False)
    language = forms.ChoiceField(label=_("沟通语言"), choices=settings.LANGUAGES)
    phone = forms.CharField(
        label=_("电话"), max_length=30, required=False, widget=forms.TextInput({"type": "tel", **PRIVATE})
    )
    field_order = ("name", "relation", "birth_year", "sex", "language", "phone", "giver", "way", "consent_until")


class CorrectionForm(forms.Form):
    """What was wrong, and why it is changed."""

    name = forms.CharField(label=_("姓名"), max_length=NAME_MAX, widget=forms.TextInput(PRIVATE))
    birth_year = forms.IntegerField(label=_("出生年份"), required=False, min_value=1890, max_value=2200)
    sex = forms.ChoiceField(label=_("性别"), choices=SEXES, required=False)
    language = forms.ChoiceField(label=_("沟通语言"), choices=settings.LANGUAGES)
    reason = forms.CharField(label=_("更正的原因"), max_length=200)


class NeedForm(ConsentForm):
    """A need, until when, and the consent it rests on."""

    tag_code = forms.ChoiceField(label=_("需求标签"))
    until_on = forms.DateField(label=_("需求到哪天"), required=False, widget=forms.DateInput(DAY))
    field_order = ("tag_code", "until_on", "giver", "way", "consent_until")

    def __init__(self, tags: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "tag_code", tags)


class ContactForm(forms.Form):
    """Another way to reach a resident."""

    phone = forms.CharField(
        label=_("电话"), max_length=30, required=False, widget=forms.TextInput({"type": "tel", **PRIVATE})
    )
    email = forms.CharField(
        label=_("邮箱"), max_length=EMAIL_MAX, required=False, widget=forms.TextInput({"type": "email", **PRIVATE})
    )


class ReasonForm(forms.Form):
    """Why something ends."""

    reason = forms.CharField(label=_("原因"), max_length=200)


class NameForm(forms.Form):
    """A whole name to look for."""

    name = forms.CharField(label=_("按全名查找"), max_length=NAME_MAX, widget=forms.TextInput(PRIVATE))
