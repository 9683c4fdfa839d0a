"""Input shapes of the administrator's desk."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from linli.shared.roles import ROLE_LABELS, Role
from linli.staff import queries as staff
from linli.staff.rules import UNIT_KINDS

BASES = [("CONSENT", _("本人同意")), ("SEPARATE_CONSENT", _("单独同意")), ("LEGAL_DUTY", _("法定职责"))]
BEARERS = [("RESIDENT", _("个人")), ("HOUSEHOLD", _("户"))]
KINDS = [
    ("DEPARTMENT", _("部门")),
    ("HEALTH", _("卫生站")),
    ("COMMUNITY", _("社区")),
    ("STREET", _("街道")),
    ("DISTRICT", _("区")),
]


class AccountForm(forms.Form):
    """A person who may log in."""

    username = forms.CharField(
        label=_("用户名"),
        max_length=40,
        help_text=_("小写字母、数字、点、横线，3 到 40 个字符。"),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none"}),
    )
    name = forms.CharField(label=_("姓名"), max_length=60, widget=forms.TextInput({"autocomplete": "off"}))
    phone = forms.CharField(label=_("工作电话"), max_length=30, required=False)
    language = forms.ChoiceField(label=_("语言"), choices=settings.LANGUAGES)
    password = forms.CharField(
        label=_("第一个密码"),
        max_length=200,
        strip=False,
        help_text=_("至少 10 个字符，当面告诉本人，请本人登录后更改。"),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )


class PasswordForm(forms.Form):
    """A new password set by the administrator."""

    password = forms.CharField(
        label=_("新密码"),
        max_length=200,
        strip=False,
        help_text=_("至少 10 个字符，当面告诉本人，请本人登录后更改。"),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )


class PostForm(forms.Form):
    """A post: role, unit, area, title."""

    role = forms.ChoiceField(
        label=_("角色"), choices=[(role.value, ROLE_LABELS[role]) for role in Role if role in UNIT_KINDS]
    )
    unit = forms.ChoiceField(label=_("单位"))
    area_code = forms.CharField(
        label=_("责任区域代码"),
        max_length=20,
        required=False,
        help_text=_("不填就是单位的整个范围；网格员填网格代码。"),
    )
    title = forms.CharField(label=_("职务"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = [(str(unit.pk), f"{unit.name}（{unit.get_kind_display()}）") for unit in staff.units()]
        self.fields["unit"].choices = units  # type: ignore[attr-defined]


class UnitForm(forms.Form):
    """A body that can own a case or be called to one."""

    kind = forms.ChoiceField(label=_("类型"), choices=KINDS)
    code = forms.CharField(label=_("单位代码"), max_length=40)
    name = forms.CharField(label=_("名称"), max_length=80)
    area_code = forms.RegexField(label=_("区域代码"), regex=r"^[0-9]{6,20}$", help_text=_("部门填区代码。"))
    phone = forms.CharField(label=_("值班电话"), max_length=30, required=False)
    name_bo = forms.CharField(label=_("藏文名称"), max_length=160, required=False)
    name_en = forms.CharField(label=_("英文名称"), max_length=160, required=False)


class RuleForm(forms.Form):
    """What the site asks of a role."""

    role = forms.ChoiceField(choices=[(role.value, ROLE_LABELS[role]) for role in Role])
    is_second_factor_required = forms.BooleanField(required=False)
    idle_minutes = forms.IntegerField(label=_("闲置分钟"), required=False, min_value=1, max_value=720)


class TagForm(forms.Form):
    """A need tag."""

    name_zh = forms.CharField(label=_("名称"), max_length=30)
    name_bo = forms.CharField(label=_("藏文名称"), max_length=90, required=False)
    name_en = forms.CharField(label=_("英文名称"), max_length=60, required=False)
    bearer = forms.ChoiceField(label=_("对象"), choices=BEARERS)
    colour = forms.RegexField(
        label=_("颜色"), regex=r"^#[0-9a-f]{6}$", widget=forms.TextInput({"type": "color"}), initial="#1565c0"
    )
    icon = forms.RegexField(label=_("图标"), regex=r"^[a-z0-9-]{2,30}$", initial="tag")
    visit_interval_days = forms.IntegerField(label=_("走访间隔（天）"), min_value=1, max_value=3650, initial=90)
    purpose = forms.CharField(label=_("使用目的"), max_length=120)
    basis = forms.ChoiceField(label=_("依据"), choices=BASES)
    position = forms.IntegerField(label=_("次序"), min_value=0, max_value=32767, initial=100)
    retired_on = forms.DateField(
        label=_("停用日期"),
        required=False,
        help_text=_("填了就不能再新登记；过去的需求保留。"),
        widget=forms.DateInput({"type": "date"}),
    )


class NewTagForm(TagForm):
    """A need tag with its code."""

    code = forms.RegexField(
        label=_("代码"), regex=r"^[A-Z][A-Z0-9_]{1,29}$", help_text=_("大写英文字母、数字和下划线。")
    )
    field_order = ("code",)
