"""What the desk chooses about a file: the file, which column holds what, the datum of its coordinates."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.intake.forms import FIELD_LABELS, REQUIRED
from linli.place.rules import Datum

DATUM_LABELS = {
    Datum.WGS84: _("WGS-84（GPS、Open311）"),
    Datum.CGCS2000: _("CGCS2000（国家标准）"),
    Datum.GCJ02: _("GCJ-02（高德、腾讯地图）"),
    Datum.BD09: _("BD-09（百度地图）"),
}


class FileForm(forms.Form):
    """The file itself."""

    file = forms.FileField(
        label=_("热线文件"), help_text=_("CSV 或 Excel（.xlsx），第一行是列名，UTF-8 或 GB18030 编码都可以。")
    )


class ColumnsForm(forms.Form):
    """Which column of the file holds which field."""

    def __init__(self, *arguments: Any, headings: Sequence[str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        for field, label in FIELD_LABELS.items():
            is_required = field in REQUIRED
            choices = [("", "—"), *((heading, heading) for heading in headings)]
            self.fields[field] = forms.ChoiceField(label=_(label), choices=choices, required=is_required)
        self.fields["datum"] = forms.ChoiceField(
            label=_("坐标系"), choices=[(datum.value, label) for datum, label in DATUM_LABELS.items()]
        )

    def columns(self) -> dict[str, str]:
        """Return the columns that were chosen."""
        return {field: self.cleaned_data[field] for field in FIELD_LABELS if self.cleaned_data[field]}
