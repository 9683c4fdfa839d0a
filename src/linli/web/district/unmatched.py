"""Cases that no rule of the responsibility list matched: give each to somebody, and make a rule of it (未匹配)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.case import actions as cases
from linli.case import routed
from linli.case.queries import Case
from linli.handling import actions as handling
from linli.place import queries as place
from linli.routing import actions as routing_actions
from linli.routing import queries as routing
from linli.routing.actions import Terms
from linli.routing.rules import RoutedBy
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.queries import Post
from linli.web.casepage.duty import DutyKnown
from linli.web.casepage.words import unit_label
from linli.web.choices import offer
from linli.web.district import lists
from linli.web.district.refusing import saying_why
from linli.web.lists import Column, Filter
from linli.web.refusals import sentence
from linli.web.routing.forms import unit_options
from linli.web.routing.words import area_words, category_words
from linli.web.session import desk, post_of
from linli.whistle import queries as calls

centre = desk(Role.DISTRICT)


def _of(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    district = staff.district_unit().pk
    return rows.filter(owner_id=district) if value == "centre" else rows.exclude(owner_id=district)


UNMATCHED = replace(
    lists.TO_PLACE,
    name="unmatched",
    title=gettext_lazy("未匹配"),
    url="/district/unmatched/KEY/",
    columns=(
        *(column for column in lists.TO_PLACE.columns if column.key not in {"address", "outside", "closed"}),
        Column(key="area", label=gettext_lazy("地点"), value=lambda case: area_words(case.area_code), sort="area_code"),
        Column(key="owner", label=gettext_lazy("按地点派给了"), value=lambda case: unit_label(case.owner_id)),
    ),
    filters=(
        Filter(
            key="is",
            label=gettext_lazy("看哪些"),
            choices=(
                ("centre", gettext_lazy("落在区中心的")),
                ("placed", gettext_lazy("按地点派出、还没签收的")),
            ),
            apply=_of,
            is_tabs=True,
        ),
        lists.area(),
        lists.category(),
    ),
    empty_title=gettext_lazy("没有未匹配的事项"),
    empty_words=gettext_lazy("责任清单里没有规则管到、又还没人签收的事项会出现在这里。"),
)


class AssignForm(DutyKnown):
    """Who gets it, why, and whether such cases shall go there from now on."""

    unit = forms.TypedChoiceField(label=gettext_lazy("派给谁"), coerce=int)
    reason = forms.CharField(label=gettext_lazy("说明"), max_length=200, initial=gettext_lazy("按职责派单"))
    makes_rule = forms.BooleanField(label=gettext_lazy("以后这类事也这样派：记成一条规则，马上启用"), required=False)
    category_code = forms.ChoiceField(label=gettext_lazy("规则管哪些事"), required=False)
    area_code = forms.ChoiceField(label=gettext_lazy("规则管哪里"), required=False)
    field_order = ("unit", "reason", "makes_rule", "category_code", "area_code", "is_duty_known")

    def __init__(self, *given: Any, case: Case, **options: Any) -> None:
        super().__init__(*given, **options)
        self.case = case
        offer(self, "unit", [("", _("请选择")), *unit_options()])
        offer(self, "category_code", [(code, category_words(code)) for code in _around_category(case.category_code)])
        offer(self, "area_code", [(code, area_words(code)) for code in _around_area(case.area_code)])

    def clean(self) -> dict[str, Any]:
        """Ask for something to do; a duty list that warns is read before it is passed over."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("unit") == self.case.owner_id and not said.get("makes_rule"):
            self.add_error("unit", _("它已经在这个单位了。请选别的单位，或者勾选记成规则。"))
        elif said.get("unit"):
            self.warn_of_duty(field="unit", unit_ids=[said["unit"]], category_code=self.case.category_code)
        return said


@never_cache
@require_safe
@centre
@saying_why
def unmatched(request: HttpRequest) -> HttpResponseBase:
    """List what no rule matched and nobody has signed for (未匹配)."""
    rows = routed.unmatched(prefix=post_of(request).area_code)
    return UNMATCHED.answer(request, rows, "district/unmatched.html", {"has_rules": routing.has_rules()})


@never_cache
@require_http_methods(["GET", "POST"])
@centre
@saying_why
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an unmatched case to a unit and, if asked, make a rule of it (派单并记成规则)."""
    post = post_of(request)
    case = calls.case_for(pk, post=post)
    initial = {"makes_rule": True, "category_code": case.category_code}
    form = AssignForm(request.POST or None, case=case, initial=initial)
    status = 200 if request.method == "GET" else 422
    if request.method == "POST" and form.is_valid():
        try:
            told = give(case=case, post=post, said=form.cleaned_data, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, sentence(refusal))
            status = 409
        else:
            messages.success(request, told)
            return redirect("district:unmatched")
    return render(request, "district/assign.html", {"case": case, "form": form}, status=status)


@transaction.atomic
def give(*, case: Case, post: Post, said: dict[str, Any], at: datetime) -> str:
    """Make the rule if asked, then dispatch by it, both or neither; return what was done in words (派单).

    Raises:
        Refused: somebody signed for the case first, or the unit may not have it.
    """
    unit = staff.unit(said["unit"])
    route = None
    if said["makes_rule"]:
        terms = Terms(
            unit_id=unit.pk,
            category_code=said["category_code"],
            area_code=said["area_code"],
            note=_("由事项 %s 而来") % case.number,
        )
        rule = routing_actions.add_rule(terms=terms, at=at, reason=said["reason"], by_post_id=post.pk)
        route = routing.Route(unit, RoutedBy.RULE, rule.pk, rule.version)
    if unit.pk != case.owner_id:
        handling.hand_on(case=case, post=post, to_unit_id=unit.pk, reason=said["reason"], at=at, route=route)
    elif route is not None:
        cases.keep_route(case=case, post=post, route=route, at=at)
    told = {"unit": staff.unit_name(unit), "rule": route.rule_id if route else ""}
    return (_("已派给%(unit)s，并记成第 %(rule)s 号规则。") if route else _("已派给%(unit)s。")) % told


def _around_category(code: str) -> Sequence[str]:
    return [code[:digits] for digits in range(len(code), 1, -2)]


def _around_area(code: str) -> Sequence[str]:
    """The whole district first, then from the community down: a rule for one grid is rarely meant."""
    within = [each for each in place.ancestry(code) if 6 < len(each) <= 15]
    return ["", *within]
