"""A community gets what it is not there for only knowingly: the form warns once and asks (职责清单提醒)."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.routing import queries as routing
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.web.refusals import sentence


class DutyKnown(forms.Form):
    """A box that appears only when a community outside its duty list was picked."""

    is_duty_known = forms.BooleanField(
        label=gettext_lazy("知道这不在该社区的职责清单内，仍然派给它"), required=False, widget=forms.HiddenInput
    )

    def warn_of_duty(self, *, field: str, unit_ids: Iterable[int], category_code: str) -> None:
        """Refuse what lists deny; where they warn, ask once whether it is meant."""
        known = bool(self.cleaned_data.get("is_duty_known"))
        for unit_id in unit_ids:
            unit = staff.unit(unit_id)
            try:
                is_outside = routing.check_duty(unit, category_code)
            except Refused as refusal:
                self.add_error(field, sentence(refusal))
                continue
            if is_outside and not known:
                self._ask(field, staff.unit_name(unit))

    def _ask(self, field: str, unit: str) -> None:
        box: Any = forms.CheckboxInput({"class": "form-check-input"})
        self.fields["is_duty_known"].widget = box
        self.add_error(field, _("这不在%(unit)s的职责清单内。仍要派给它，请在下面确认。") % {"unit": unit})
