"""What a worker fills in after a try to reach a reporter (回访表单)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.confirm.actions.calling import WHO_MAX, WORDS_MAX, Tried
from linli.confirm.rules import OUTCOME_LABELS, RATING_LABELS, WAY_LABELS, Outcome, Way
from linli.web.choices import offer

SOLVED = {"yes": gettext_lazy("办好了"), "no": gettext_lazy("没办好，退回原单位再办")}


class TryForm(forms.Form):
    """How the reporter was sought, what came of it, what they said."""

    way = forms.ChoiceField(label=gettext_lazy("怎么联系"), widget=forms.RadioSelect, initial=Way.PHONE.value)
    outcome = forms.ChoiceField(label=gettext_lazy("联系上了吗"), widget=forms.RadioSelect)
    spoke_with = forms.CharField(
        label=gettext_lazy("和谁说的"),
        max_length=WHO_MAX,
        required=False,
        help_text=gettext_lazy("例如：本人、女儿、同住的邻居。上门代问时要填。"),
    )
    is_solved = forms.ChoiceField(
        label=gettext_lazy("办好了吗"), widget=forms.RadioSelect, required=False, choices=list(SOLVED.items())
    )
    rating = forms.TypedChoiceField(
        label=gettext_lazy("满意吗"), coerce=int, empty_value=None, widget=forms.RadioSelect, required=False,
        help_text=gettext_lazy("居民不愿评就不选；不满意也能结案。"),
    )  # fmt: skip
    words = forms.CharField(
        label=gettext_lazy("居民的原话，或者没联系上的情况"),
        max_length=WORDS_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": WORDS_MAX}),
    )
    is_last = forms.BooleanField(label=gettext_lazy("居民说以后不用再为这件事联系"), required=False)
    reporter = forms.TypedChoiceField(
        label=gettext_lazy("是哪一位反映人说的"), coerce=int, empty_value=None, required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("只对这一位以后不再联系，别的反映人照常告知和回访。"),
    )  # fmt: skip

    def __init__(self, *args: Any, reporters: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        """Offer the ways, outcomes and ratings in the language of the page; of several reporters, whose wish it is."""
        super().__init__(*args, **kwargs)
        if len(reporters) > 1:
            offer(self, "reporter", list(reporters))
        else:
            del self.fields["reporter"]
        offer(self, "way", [(way.value, _(WAY_LABELS[way])) for way in (Way.PHONE, Way.DOORSTEP)])
        offer(self, "outcome", [(each.value, _(label)) for each, label in OUTCOME_LABELS.items()])
        offer(self, "rating", [(rank, _(label)) for rank, label in RATING_LABELS.items()])

    def clean(self) -> dict[str, Any]:
        """Ask for what this outcome needs, beside the field it is missing in."""
        said: dict[str, Any] = super().clean() or {}
        outcome = said.get("outcome")
        if outcome == Outcome.REACHED and not said.get("is_solved"):
            self.add_error("is_solved", _("请选择办好了还是没办好。"))
        if outcome == Outcome.REACHED and said.get("is_solved") == "no" and not said.get("words", "").strip():
            self.add_error("words", _("请写明居民说哪里没有办好。"))
        if said.get("is_last") and "reporter" in self.fields and said.get("reporter") is None:
            self.add_error("reporter", _("请选择是哪一位反映人说以后不用再联系。"))
        is_met = said.get("way") == Way.DOORSTEP and outcome != Outcome.NOT_REACHED
        if is_met and not said.get("spoke_with", "").strip():
            self.add_error("spoke_with", _("上门回访要写明见到了谁。"))
        return said

    def tried(self) -> Tried:
        """Return the try as the action takes it."""
        said = self.cleaned_data
        is_reached = said["outcome"] == Outcome.REACHED
        return Tried(
            way=Way(said["way"]),
            outcome=Outcome(said["outcome"]),
            spoke_with=said["spoke_with"],
            words=said["words"],
            is_solved=said["is_solved"] == "yes" if is_reached else None,
            rating=said["rating"] if is_reached else None,
            is_last=said["is_last"],
            appeal_id=said.get("reporter"),
        )
