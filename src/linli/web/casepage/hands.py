"""Who works on a case inside a unit: the form that names them, the filter that finds theirs (经办人)."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.case import assigning
from linli.staff.queries import Post
from linli.web.casepage.forms import MoveForm
from linli.web.choices import offer
from linli.web.lists import Filter
from linli.web.session import post_of


class AssignForm(MoveForm):
    """Which colleague of one's own unit, or nobody."""

    to_post = forms.TypedChoiceField(label=gettext_lazy("经办人"), coerce=int, empty_value=None, required=False)

    def arrange(self) -> None:
        """List the colleagues in office, oneself first."""
        known = assigning.colleagues(self.post, at=self.at)
        known.sort(key=lambda one: one.pk != self.post.pk)
        offer(self, "to_post", [("", _("不指定")), *((one.pk, self._label(one)) for one in known)])
        self.initial = {"to_post": self.post.pk}

    def _label(self, one: Post) -> str:
        name = f"{one.account.name} {_(str(one))}"
        return _("%s（我）") % name if one.pk == self.post.pk else name


def hands_filter(key: str = "pk") -> Filter:
    """Only what one works on oneself, what a colleague does, or what nobody has been named for."""
    return Filter(
        key="hands",
        label=gettext_lazy("经办人"),
        choices=lambda _request: [("mine", _("我")), ("others", _("别的同事")), ("nobody", _("还没有指定"))],
        ask=lambda request, wanted: _in_hands(post_of(request), wanted, key=key),
    )


def _in_hands(post: Any, wanted: str, *, key: str) -> Q:
    mine, anyone = Q(assigning.is_mine(post, key=key)), Q(assigning.is_assigned(post, key=key))
    return {"mine": mine, "others": anyone & ~mine}.get(wanted, ~anyone)
