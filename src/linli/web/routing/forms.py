"""Input shapes of the responsibility list's pages."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.place import queries as place
from linli.routing.actions import OWNERS, Terms
from linli.routing.rules import MODE_LABELS, DutyMode, RuleState
from linli.staff import queries as staff
from linli.text import queries as text
from linli.web.casepage.forms import area_choices
from linli.web.casepage.words import category_label
from linli.web.choices import offer

TEXT_MAX = 4000
DAYS_MAX = 90
DATE_TIME = "%Y-%m-%dT%H:%M"


def day_field(label: Any, **options: Any) -> forms.DateField:
    """Return a field for a day that may stay empty."""
    return forms.DateField(label=label, required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), **options)


def category_options(*, first: Any) -> list[tuple[str, Any]]:
    """Return groups and categories to choose from: a rule may be for a whole group."""
    rows = [(row.code, "　" * bool(row.parent_code) + category_label(row.code)) for row in text.categories()]
    return [("", first), *rows]


def unit_options() -> list[tuple[str, str]]:
    """Return the units that can sign for a case, departments first."""
    rank = {kind: place_in for place_in, kind in enumerate(("DEPARTMENT", "DISTRICT", "STREET", "COMMUNITY"))}
    units = sorted((unit for unit in staff.units() if unit.kind in OWNERS), key=lambda unit: rank[unit.kind])
    return [(str(unit.pk), staff.unit_name(unit)) for unit in units]


class RuleForm(forms.Form):
    """One line of the list: what, where, when, who."""

    category_code = forms.ChoiceField(label=gettext_lazy("什么事"), required=False)
    area_code = forms.ChoiceField(label=gettext_lazy("在哪里"), required=False)
    unit = forms.TypedChoiceField(label=gettext_lazy("派给谁"), coerce=int)
    valid_from = day_field(gettext_lazy("从哪天起"))
    valid_to = day_field(gettext_lazy("到哪天止"), help_text=gettext_lazy("含这一天；不填就一直有效。"))
    hours = forms.CharField(
        label=gettext_lazy("每周什么时候"),
        max_length=120,
        required=False,
        help_text=gettext_lazy(
            "例如：周一至周五 09:30-18:00；周六 10:00-14:00。也可以写“工作时间”或“非工作时间”，按工作日历。"
            "不填就任何时候。"
        ),
    )
    note = forms.CharField(label=gettext_lazy("依据或说明"), max_length=200, required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("现在就用吗"),
        choices=[
            (RuleState.DRAFT.value, gettext_lazy("先存为草稿：可以试派和回放，不影响派单")),
            (RuleState.IN_FORCE.value, gettext_lazy("马上启用")),
        ],
        widget=forms.RadioSelect,
        initial=RuleState.DRAFT.value,
    )
    position = forms.IntegerField(
        label=gettext_lazy("排在第几条"),
        min_value=1,
        required=False,
        help_text=gettext_lazy("从上往下问，先匹配的算数。不填就排在最后。"),
    )
    reason = forms.CharField(label=gettext_lazy("为什么"), max_length=200, required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *given: Any, post: Any, is_new: bool, present: Any = None, **options: Any) -> None:
        super().__init__(*given, **options)
        offer(self, "category_code", category_options(first=_("全部分类")))
        areas = area_choices(post.area_code, present=present.area_code if present else "")
        offer(self, "area_code", [("", _("全区")), *areas])
        offer(self, "unit", _with_present([("", _("请选择")), *unit_options()], present))
        if not is_new:
            del self.fields["position"]

    def terms(self) -> Terms:
        """Return what the rule says."""
        said = self.cleaned_data
        return Terms(
            unit_id=said["unit"],
            category_code=said["category_code"],
            area_code=said["area_code"],
            valid_from=said["valid_from"],
            valid_to=said["valid_to"],
            hours=said["hours"],
            note=said["note"],
            state=RuleState(said["state"]),
        )


class TryForm(forms.Form):
    """An imagined case: its words or its category, its place, its moment."""

    text = forms.CharField(
        label=gettext_lazy("居民的话"),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("写了话又不选分类，就按话里的词来定分类，和登记时一样。"),
    )
    category = forms.ChoiceField(label=gettext_lazy("分类"), required=False)
    area = forms.ChoiceField(label=gettext_lazy("区域"), required=False)
    address = forms.CharField(
        label=gettext_lazy("或者写地址"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("例如：洛堆社区路程巷3号院2栋。"),
    )
    at = forms.DateTimeField(
        label=gettext_lazy("什么时候"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, DATE_TIME),
        input_formats=[DATE_TIME, "%Y-%m-%d %H:%M"],
        help_text=gettext_lazy("不填就是现在。"),
    )
    drafts = forms.BooleanField(label=gettext_lazy("连草稿一起算"), required=False)

    def __init__(self, *given: Any, post: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        offer(self, "category", category_options(first=_("按内容来定")))
        offer(self, "area", [("", _("按地址来定")), *area_choices(post.area_code)])

    def clean(self) -> dict[str, Any]:
        """Ask for words or a category, and for a place that can be found."""
        said: dict[str, Any] = super().clean() or {}
        if not said.get("category") and not said.get("text", "").strip():
            self.add_error("text", _("请写居民的话，或者选一个分类。"))
        if not said.get("area") and said.get("address"):
            found = [match.code for match in place.locate_words(said["address"]) if match.score >= 0.5]
            if found:
                said["area"] = found[0]
            else:
                self.add_error("address", _("没有找到这个地方。请写得再具体些，或者选区域。"))
        return said | {"at": said.get("at") or timezone.now()}


class ReplayForm(forms.Form):
    """How many days back."""

    days = forms.IntegerField(label=gettext_lazy("最近几天"), min_value=1, max_value=DAYS_MAX, initial=7)


class ListForm(forms.Form):
    """A responsibility list as a file."""

    file = forms.FileField(
        label=gettext_lazy("责任清单文件"),
        help_text=gettext_lazy("CSV（UTF-8 或 GB18030）或 Excel .xlsx；先导出现在的清单，改好再导入最稳妥。"),
        widget=forms.ClearableFileInput({"accept": ".csv,.xlsx"}),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("没有写状态的新规则"),
        choices=[
            (RuleState.DRAFT.value, gettext_lazy("存为草稿")),
            (RuleState.IN_FORCE.value, gettext_lazy("马上启用")),
        ],
        widget=forms.RadioSelect,
        initial=RuleState.DRAFT.value,
    )
    is_whole = forms.BooleanField(label=gettext_lazy("这是完整的清单：表里没有的规则一律停用"), required=False)


class DutyForm(forms.Form):
    """What the communities of an area are there for."""

    categories = forms.MultipleChoiceField(
        label=gettext_lazy("社区办理的分类"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(label=gettext_lazy("为什么改"), max_length=200, required=False)

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        offer(self, "categories", [(row.code, category_label(row.code)) for row in text.categories()])


class DutyModeForm(forms.Form):
    """How strict the duty lists are."""

    mode = forms.ChoiceField(
        label=gettext_lazy("清单以外的事派给社区时"),
        choices=[(mode.value, label) for mode, label in MODE_LABELS.items()],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=gettext_lazy("为什么改"), max_length=200, required=False)

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        offer(self, "mode", [(mode.value, _(label)) for mode, label in MODE_LABELS.items()])

    def clean_mode(self) -> DutyMode:
        """Name the mode."""
        return DutyMode(self.cleaned_data["mode"])


def _with_present(choices: list[tuple[str, Any]], present: Any) -> list[tuple[str, Any]]:
    """Keep the unit a rule names on offer although it is closed: the action says why it cannot stay."""
    if present is None or any(str(present.unit_id) == key for key, _label in choices):
        return choices
    closed = _("%s（已停用）") % staff.unit_name(present.unit)
    return [*choices, (str(present.unit_id), closed)]
