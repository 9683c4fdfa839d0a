"""Give a case a place and whoever answers for it: for those the system could not place (定位并派单)."""

from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.case import actions as cases
from linli.case.deadlines import calendar
from linli.case.queries import Case
from linli.handling import actions as handling
from linli.place import queries as place
from linli.place.rules import Datum, Level
from linli.routing import queries as routing
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.staff.queries import Post
from linli.web.district import places

AREAS_MAX = 400  # above this the picker stops at communities; the map still finds the grid


class PlacingForm(forms.Form):
    """Where it is, by the map or by name; who gets it, by the place or by choice."""

    area = forms.ChoiceField(label=gettext_lazy("在哪里"), required=False)
    lng = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    unit = forms.ChoiceField(
        label=gettext_lazy("派给谁"),
        required=False,
        help_text=gettext_lazy("不选就按责任清单；没有规则管到就派给那里的社区，没有社区就派给街道。"),
    )
    reason = forms.CharField(label=gettext_lazy("说明"), max_length=300, initial=gettext_lazy("核实地点后派单"))

    def __init__(self, *given: Any, post: Post, **options: Any) -> None:
        super().__init__(*given, **options)
        area: Any = self.fields["area"]
        unit: Any = self.fields["unit"]
        area.choices = [("", _("在地图上点，或从这里选")), *_areas(post.area_code)]
        unit.choices = [("", _("按责任清单和地点"))] + [
            (str(each.pk), staff.unit_name(each)) for each in staff.units() if each.pk != post.unit_id
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for a place, one way or the other."""
        said: dict[str, Any] = super().clean() or {}
        if not said.get("area") and said.get("lng") is None:
            self.add_error("area", _("请在地图上点一下，或者选一个区域。"))
        return said


@transaction.atomic
def place_and_dispatch(*, case: Case, post: Post, said: dict[str, Any], at: datetime) -> str:
    """Correct the place, then dispatch, both or neither; return the name of who got it (定位并派单).

    Raises:
        Refused: the point lies outside the district, or a move is not allowed.
    """
    has_point = said["lng"] is not None and said["lat"] is not None
    point = (said["lng"], said["lat"], Datum.WGS84) if has_point else None
    area = said["area"] or _area_at(point)
    cases.correct(case=case, post=post, at=at, area_code=area, point=point, reason=said["reason"])
    route = (
        None
        if said["unit"]
        else routing.route(category_code=case.category_code, area_code=area, at=at, days=calendar())
    )
    unit = route.unit if route else staff.unit(int(said["unit"]))
    if unit.pk != case.owner_id:
        handling.hand_on(case=case, post=post, to_unit_id=unit.pk, reason=said["reason"], at=at, route=route)
    return staff.unit_name(unit)


def _area_at(point: tuple[float, float, Datum] | None) -> str:
    found = place.locate_point(lng=point[0], lat=point[1], datum=point[2]) if point else None
    if found is None:
        raise Refused("这个点不在本区范围内。确实在区外的，请打开事项，按不予受理答复居民。")
    return found.code


def _areas(prefix: str) -> list[tuple[str, str]]:
    areas = [each for each in place.areas(prefix=prefix) if each.level in {Level.STREET, Level.COMMUNITY, Level.GRID}]
    if len(areas) > AREAS_MAX:
        areas = [each for each in areas if each.level is not Level.GRID]
    return [(each.code, places.name_below(each.code, above=prefix)) for each in areas]
