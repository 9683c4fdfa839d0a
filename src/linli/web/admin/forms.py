"""Input shapes of the administrator's desk."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from linli.intake.rules import CHANNEL_LABELS, Channel
from linli.shared.roles import ROLE_LABELS, Role
from linli.shared.urgency import URGENCY_LABELS, Urgency
from linli.staff import queries as staff
from linli.staff.rules import UNIT_KINDS
from linli.web.choices import offer

SEPARATORS = re.compile(r"[\s,，、;；|]+")
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
        label=_("角色"), choices=[(role.value, _(ROLE_LABELS[role])) for role in Role if role in UNIT_KINDS]
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
        units = [(str(unit.pk), f"{unit.name}" + _("（%s）") % _(unit.get_kind_display())) for unit in staff.units()]
        offer(self, "unit", units)


class UnitForm(forms.Form):
    """A body that can own a case or be called to one."""

    kind = forms.ChoiceField(label=_("类型"), choices=KINDS)
    code = forms.CharField(label=_("单位代码"), max_length=40)
    name = forms.CharField(label=_("名称"), max_length=80)
    area_code = forms.RegexField(label=_("区域代码"), regex=r"^[0-9]{6,20}$", help_text=_("部门填区代码。"))
    phone = forms.CharField(label=_("值班电话"), max_length=30, required=False)
    name_bo = forms.CharField(label=_("藏文名称"), max_length=160, required=False)
    name_en = forms.CharField(label=_("英文名称"), max_length=160, required=False)


class UnitNamesForm(forms.Form):
    """What a unit is called, and where it is reached."""

    name = forms.CharField(label=_("名称"), max_length=80)
    name_bo = forms.CharField(label=_("藏文名称"), max_length=160, required=False)
    name_en = forms.CharField(label=_("英文名称"), max_length=160, required=False)
    phone = forms.CharField(label=_("值班电话"), max_length=30, required=False)


class AreasForm(forms.Form):
    """A yearly edition of the area codes."""

    file = forms.FileField(
        label=_("区划代码表"),
        help_text=_("CSV，UTF-8 或 GB18030；列：年度、编码、名称，可加藏文名称、英文名称、后继编码。"),
        widget=forms.ClearableFileInput({"accept": ".csv,text/csv"}),
    )
    year = forms.IntegerField(
        label=_("年度"), min_value=1949, max_value=2100, required=False, help_text=_("表里没有年度一列时填。")
    )


class GridsForm(forms.Form):
    """Grids, buildings and outlines, with the datum they were measured in."""

    file = forms.FileField(
        label=_("网格或楼栋文件"),
        help_text=_("GeoJSON，或 CSV（列：编码、名称、户数、人口、图形；图形是 WKT 或 GeoJSON）。"),
        widget=forms.ClearableFileInput({"accept": ".geojson,.json,.csv"}),
    )
    datum = forms.ChoiceField(
        label=_("坐标基准"),
        choices=[
            ("", _("请选择，不能猜")),
            ("CGCS2000", _("国家大地坐标系 CGCS2000")),
            ("WGS84", _("WGS-84（GPS）")),
            ("GCJ02", _("GCJ-02（高德、腾讯）")),
            ("BD09", _("BD-09（百度）")),
        ],
        help_text=_("基准选错会整体偏移几百米，落到别的网格里。"),
    )


class CategoryForm(forms.Form):
    """What a category is called, its words, its limit."""

    name_zh = forms.CharField(label=_("中文名称"), max_length=60)
    name_bo = forms.CharField(label=_("藏文名称"), max_length=200, required=False)
    name_en = forms.CharField(label=_("英文名称"), max_length=60, required=False)
    urgency = forms.ChoiceField(
        label=_("紧急程度"), choices=[(urgency.value, _(URGENCY_LABELS[urgency])) for urgency in Urgency]
    )
    limit_words = forms.CharField(
        label=_("办理时限"),
        max_length=40,
        required=False,
        help_text=_("例如 5个工作日、24个紧急工作时、7个自然日；不填就按紧急程度。已经登记的事项仍按原来的时限。"),
    )
    keywords = forms.CharField(
        label=_("关键词"),
        max_length=4000,
        required=False,
        help_text=_("一行一个，或用逗号、顿号隔开；居民的话里有这些词就建议这一类。"),
        widget=forms.Textarea({"rows": 6}),
    )
    is_public = forms.BooleanField(label=_("公开事项：邻居可以看到附近有人反映同一件事"), required=False)
    reason = forms.CharField(label=_("为什么改"), max_length=200, required=False)

    def clean_keywords(self) -> list[str]:
        """Take the words apart."""
        return [word for word in SEPARATORS.split(self.cleaned_data["keywords"]) if word]

    def clean_urgency(self) -> Urgency:
        """Name the urgency."""
        return Urgency(self.cleaned_data["urgency"])


class NewCategoryForm(forms.Form):
    """A new category: its code says below which group it stands."""

    code = forms.CharField(label=_("代码"), max_length=8, help_text=_("上级分类的代码加两位，例如 0109。"))
    name_zh = forms.CharField(label=_("中文名称"), max_length=60)
    urgency = forms.ChoiceField(
        label=_("紧急程度"), choices=[(urgency.value, _(URGENCY_LABELS[urgency])) for urgency in Urgency]
    )
    limit_words = forms.CharField(
        label=_("办理时限"), max_length=40, required=False, help_text=_("例如 5个工作日；不填就按紧急程度。")
    )

    def clean_urgency(self) -> Urgency:
        """Name the urgency."""
        return Urgency(self.cleaned_data["urgency"])


class KeyForm(forms.Form):
    """A key for a partner's system."""

    name = forms.CharField(label=_("给谁用"), max_length=120, help_text=_("例如：市12345热线平台。"))
    channel = forms.ChoiceField(
        label=_("用哪个接口"),
        choices=[(each.value, _(CHANNEL_LABELS[each])) for each in (Channel.HOTLINE, Channel.OPEN311)],
    )
    rate_per_minute = forms.IntegerField(label=_("每分钟最多多少次"), min_value=1, max_value=100_000, initial=600)

    def clean_channel(self) -> Channel:
        """Name the door."""
        return Channel(self.cleaned_data["channel"])


class LimitForm(forms.Form):
    """A limit to try out on the calendar."""

    start = forms.DateTimeField(
        label=_("从"), widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    limit = forms.CharField(label=_("时限"), max_length=40, help_text=_("例如 5个工作日、2个工作时、7个自然日。"))


class RuleForm(forms.Form):
    """What the site asks of a role."""

    role = forms.ChoiceField(choices=[(role.value, _(ROLE_LABELS[role])) for role in Role])
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
