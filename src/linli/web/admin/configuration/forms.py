"""The form that takes a configuration file."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ConfigurationForm(forms.Form):
    """A configuration that was fetched from another linli."""

    file = forms.FileField(
        label=_("配置文件"),
        help_text=_("从另一个系统导出的 .json 文件"),
        widget=forms.FileInput(attrs={"accept": ".json"}),
    )
