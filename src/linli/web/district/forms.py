"""What the district centre fills in: the weights of the composite (权重表单)."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.report.rules.rates import NAMES

REASON_MAX = 300


class WeightsForm(forms.Form):
    """Three weights that make a hundred, from which day, and why."""

    response = forms.IntegerField(label=gettext_lazy("响应率"), min_value=0, max_value=100)
    resolution = forms.IntegerField(label=gettext_lazy("解决率"), min_value=0, max_value=100)
    satisfaction = forms.IntegerField(label=gettext_lazy("满意率"), min_value=0, max_value=100)
    from_on = forms.DateField(
        label=gettext_lazy("从哪天起"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("统计时段的最后一天在这一天或以后，就用新的权重。"),
    )
    reason = forms.CharField(label=gettext_lazy("依据"), max_length=REASON_MAX)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Begin tomorrow unless another day is given."""
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["from_on"].initial = today + timedelta(days=1)

    def clean_from_on(self) -> date:
        """Return a day that has not begun: what was published stays as it was."""
        day: date = self.cleaned_data["from_on"]
        if day < self.today:
            raise forms.ValidationError(_("不能改以前的权重：日期最早是今天。"))
        return day

    def clean(self) -> dict[str, Any]:
        """Let the three make a hundred."""
        said: dict[str, Any] = super().clean() or {}
        if all(name in said for name in NAMES) and sum(said[name] for name in NAMES) != 100:
            self.add_error(None, _("三个权重加起来要等于 100，现在是 %s。") % sum(said[name] for name in NAMES))
        return said
