"""What communities are there for, and how strictly it is kept (社区职责清单)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.place import queries as place
from linli.routing import actions as routing_actions
from linli.routing import queries as routing
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.text import queries as text
from linli.web.admin.doors import by, page_for
from linli.web.casepage.words import category_label
from linli.web.refusals import sentence
from linli.web.routing import forms, words
from linli.web.session import post_of

AREA_DIGITS_MAX = 12


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def duties(request: HttpRequest) -> HttpResponseBase:
    """Show and change the duty list of the district, a street or a community (职责清单)."""
    district = post_of(request).area_code
    area = request.GET.get("area", "") or district
    if not area.startswith(district) or len(area) > AREA_DIGITS_MAX or not place.exists(area):
        raise Refused("请选择本区、一个街道或一个社区。")
    form = forms.DutyForm(request.POST or None, initial={"categories": sorted(routing.duties_of(area))})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            routing_actions.set_duties(
                area_code=area, category_codes=said["categories"], reason=said["reason"], **by(request)
            )
        except Refused as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, _("已保存，并记入审计。"))
            return redirect(f"{reverse('routing:duties')}?area={area}")
    return render(request, "routing/duties.html", _shown(form, area, district), status=422 if form.errors else 200)


@require_POST
@page_for(Role.ADMIN)
def duty_mode(request: HttpRequest) -> HttpResponseBase:
    """Say whether the lists are looked at, warn or deny (职责清单的作用)."""
    form = forms.DutyModeForm(request.POST)
    if not form.is_valid():
        raise Refused("请选择清单的作用。")
    routing_actions.set_duty_mode(**form.cleaned_data, **by(request))
    messages.success(request, _("已保存，马上生效。"))
    return redirect("routing:duties")


def _shown(form: forms.DutyForm, area: str, district: str) -> dict[str, Any]:
    ticked = set(form["categories"].value() or [])
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in text.categories():
        line = {"code": row.code, "name": category_label(row.code), "is_ticked": row.code in ticked}
        groups.setdefault(row.parent_code or row.code, []).append(line)
    areas = [each for each in place.areas(prefix=district) if len(each.code) <= AREA_DIGITS_MAX]
    return {
        "form": form,
        "mode_form": forms.DutyModeForm(initial={"mode": routing.duty_mode().value}),
        "area": area,
        "area_words": words.area_words(area if area != district else ""),
        "areas": [(each.code, words.area_words(each.code if each.code != district else "")) for each in areas],
        "listed_areas": [(code, words.area_words(code if code != district else "")) for code in routing.duty_areas()],
        "groups": list(groups.values()),
    }
