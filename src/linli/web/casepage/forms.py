"""What a person fills in to make a move of a case (流转表单)."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.case.deadlines import calendar
from linli.case.queries import Case, similar_to
from linli.case.refusals import REFUSAL_SENTENCES, RefusalRoute
from linli.case.replies import replies
from linli.case.rules import LADDER, bare_number
from linli.confirm.rules import RATING_LABELS
from linli.handling.queries import unfinished
from linli.place import queries as place
from linli.routing import queries as routing
from linli.shared.urgency import URGENCY_LABELS
from linli.staff import queries as staff
from linli.staff.queries import Post
from linli.text import queries as text
from linli.web import times
from linli.web.casepage import words
from linli.web.casepage.duty import DutyKnown
from linli.web.photos import PhotosField
from linli.web.routing.words import route_words
from linli.whistle import queries as calls
from linli.whistle.states import WHISTLE_LABELS, WhistleKind

WORDS_MAX = 2000
REASON_MAX = 1000
CALLABLE = ("DEPARTMENT", "HEALTH", "STREET", "COMMUNITY")  # the kinds of unit whose posts can report in
AREAS_MAX = 500  # above this a picker lists communities instead of grids


def text_field(label: Any, *, most: int = WORDS_MAX, rows: int = 3, **options: Any) -> forms.CharField:
    """Return a box for several lines of words."""
    return forms.CharField(
        label=label,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": rows, "maxlength": most}),
        **options,
    )


def moment_field(label: Any, **options: Any) -> forms.DateTimeField:
    """Return a box for a day and an hour."""
    return forms.DateTimeField(
        label=label,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        **options,
    )


class MoveForm(forms.Form):
    """A form that knows the case it is for and who fills it in."""

    def __init__(self, *, case: Case, post: Post, at: Any, query: Any = None, **given: Any) -> None:
        self.case, self.post, self.at, self.query = case, post, at, query or {}
        super().__init__(**({"auto_id": f"id_{case.pk}_%s"} | given))
        self.arrange()

    def arrange(self) -> None:
        """Fill choices and first values from the case."""


class TakeForm(MoveForm):
    """Nothing to fill in: signing is one click."""


class WordsForm(MoveForm):
    """Words about the work, with photos where they help."""

    words = text_field(gettext_lazy("内容"))
    photos = PhotosField(label=gettext_lazy("照片"))


class NoteForm(MoveForm):
    """Words for colleagues only."""

    words = text_field(gettext_lazy("备注"), help_text=gettext_lazy("只有工作人员看得到。"))


class ContactForm(MoveForm):
    """What was said with the resident."""

    words = text_field(
        gettext_lazy("联系情况"), help_text=gettext_lazy("例如：已电话联系，约好下午三点上门。居民看得到。")
    )


class FinishForm(MoveForm):
    """The result, in words for the resident."""

    words = text_field(
        gettext_lazy("办理结果"),
        rows=5,
        help_text=gettext_lazy("写清楚做了什么、结果怎样。居民会读到这段话，并据此确认或退回。"),
    )
    photos = PhotosField(label=gettext_lazy("照片"), help_text=gettext_lazy("办好之后的照片，最能说明问题。"))
    despite = text_field(gettext_lazy("为什么不等没办完的部分"), most=REASON_MAX, rows=2)

    def arrange(self) -> None:
        """Ask why one does not wait, where something is still open."""
        left = unfinished(self.case)
        if not left:
            del self.fields["despite"]
            return
        names = [words.unit_label(pk) for pk in left.unit_ids]
        names += [task.words[:20] for task in left.tasks] + list(left.numbers)
        self.fields["despite"].help_text = _("还没办完：%s。") % _("、").join(names)


class BlowForm(MoveForm, DutyKnown):
    """Whom to call, who leads, what kind of whistle, what to say."""

    kind = forms.ChoiceField(label=gettext_lazy("哨型"), widget=forms.RadioSelect, initial=WhistleKind.SERVICE.value)
    units = forms.TypedMultipleChoiceField(
        label=gettext_lazy("叫哪些单位"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请至少选择一个单位。")},
    )
    lead = forms.TypedChoiceField(label=gettext_lazy("牵头单位"), coerce=int, empty_value=None, required=False)
    message = text_field(
        gettext_lazy("说明"), most=1000, required=False, help_text=gettext_lazy("现场情况、需要对方做什么。")
    )

    def arrange(self) -> None:
        """List the kinds with the deadline each sets, and the units, the usual ones first."""
        kinds: Any = self.fields["kind"]
        kinds.choices = [(kind.value, self._kind_label(kind)) for kind in WhistleKind]
        self.callable = [unit for unit in staff.units() if unit.pk != self.post.unit_id and unit.kind in CALLABLE]
        choices = [(unit.pk, staff.unit_name(unit)) for unit in self.callable]
        units: Any = self.fields["units"]
        lead: Any = self.fields["lead"]
        units.choices, lead.choices = choices, [("", ""), *choices]

    def clean(self) -> dict[str, Any]:
        """Let the only unit lead; a unit picked as lead is called."""
        cleaned: dict[str, Any] = super().clean() or {}
        units, lead = cleaned.get("units") or [], cleaned.get("lead") or 0
        if not lead and len(units) == 1:
            lead = units[0]
        if units and not lead:
            self.add_error("lead", _("请指定一个牵头单位。"))
        if lead and lead not in units:
            cleaned["units"] = [*units, lead]
            self.errors.pop("units", None)
        self.warn_of_duty(field="units", unit_ids=units, category_code=self.case.category_code)
        return cleaned | {"lead": lead}

    def rows(self) -> list[dict[str, Any]]:
        """Return the units to pick from: picked ones, then the usual ones, then those that match the search."""
        lead = str(self["lead"].value() or "")
        picked = {str(pk) for pk in (self["units"].value() or [])} | ({lead} if lead else set())
        usual = {unit.unit_id: unit for unit in calls.usual_units(self.case, at=self.at)}
        search = str(self.query.get("q", "")).strip()
        rows = [
            {
                "id": unit.pk,
                "name": staff.unit_name(unit),
                "is_picked": str(unit.pk) in picked,
                "is_lead": str(unit.pk) == lead,
                "usual": usual.get(unit.pk),
                "rank": (CALLABLE.index(unit.kind), unit.pk),
            }
            for unit in self.callable
            if self._is_listed(unit, picked=picked, usual=usual, search=search)
        ]
        return sorted(rows, key=lambda row: (not row["is_picked"], row["usual"] is None, row["rank"]))

    @staticmethod
    def _is_listed(unit: Any, *, picked: set[str], usual: dict[int, Any], search: str) -> bool:
        if str(unit.pk) in picked:
            return True
        if search:
            return search.lower() in f"{unit.name} {unit.name_bo} {unit.name_en}".lower()
        return unit.kind in {"DEPARTMENT", "HEALTH", "STREET"} or unit.pk in usual

    def _kind_label(self, kind: WhistleKind) -> str:
        limit = words.limit_label(calls.report_in_limit(self.case, kind=kind, at=self.at))
        due = times.due_words(calls.report_in_due(self.case, kind=kind, at=self.at), at=self.at)
        return _("%(kind)s：%(due)s报到（%(limit)s）") % {"kind": _(WHISTLE_LABELS[kind]), "due": due, "limit": limit}


class CorrectForm(MoveForm):
    """Category, place and urgency as they should be."""

    category = forms.ChoiceField(label=gettext_lazy("分类"))
    urgency = forms.ChoiceField(label=gettext_lazy("紧急程度"))
    area = forms.ChoiceField(label=gettext_lazy("区域"), required=False)
    address = forms.CharField(label=gettext_lazy("地址"), max_length=300, required=False)
    place_words = forms.CharField(
        label=gettext_lazy("按文字找地方"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("例如：洛堆社区路程巷3号院2栋。写了这一项，就按它来定区域。"),
    )
    lng = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-180, max_value=180)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-90, max_value=90)
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=REASON_MAX, required=False)

    def arrange(self) -> None:
        """Begin with what the case has now."""
        case = self.case
        category: Any = self.fields["category"]
        urgency: Any = self.fields["urgency"]
        area: Any = self.fields["area"]
        category.choices = category_choices(present=case.category_code)
        urgency.choices = [(urgent.value, _(label)) for urgent, label in URGENCY_LABELS.items()]
        area.choices = area_choices(self.post.area_code, present=case.area_code)
        self.initial = {
            "category": case.category_code,
            "urgency": case.urgency,
            "area": case.area_code,
            "address": case.address,
            "lng": case.lng,
            "lat": case.lat,
        }

    def clean_place_words(self) -> str:
        """Return the area that the words speak of."""
        said = self.cleaned_data["place_words"].strip()
        if not said:
            return ""
        found = [match for match in place.locate_words(said) if match.score >= 0.5]
        if not found:
            raise forms.ValidationError(_("没有找到这个地方。请写得再具体些，或者在地图上点一下。"))
        return str(found[0].code)

    def changed(self, name: str) -> Any:
        """Return a field's value if it was changed, nothing otherwise."""
        return self.cleaned_data[name] if name in self.changed_data else None


class HandOnForm(MoveForm, DutyKnown):
    """To whom, and why."""

    field_order = ("to", "reason", "is_duty_known")
    to = forms.TypedChoiceField(label=gettext_lazy("转给"), coerce=int)
    reason = text_field(gettext_lazy("原因"), most=REASON_MAX, help_text=gettext_lazy("对方会看到；已用时间不清零。"))

    def arrange(self) -> None:
        """List every unit in use but the present owner."""
        to: Any = self.fields["to"]
        units = [unit for unit in staff.units() if unit.pk != self.case.owner_id]
        to.choices = [("", _("请选择")), *((unit.pk, staff.unit_name(unit)) for unit in units)]
        case = self.case
        route = routing.route(category_code=case.category_code, area_code=case.area_code, at=self.at, days=calendar())
        to.help_text = route_words(route)

    def clean(self) -> dict[str, Any]:
        """Let a community have what is not its duty only knowingly."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("to"):
            self.warn_of_duty(field="to", unit_ids=[said["to"]], category_code=self.case.category_code)
        return said


class RefuseForm(MoveForm):
    """One of the six ways not to accept, and the reply the resident reads."""

    route = forms.ChoiceField(label=gettext_lazy("情形"), widget=forms.RadioSelect)
    reason = text_field(
        gettext_lazy("给居民的答复"),
        most=REASON_MAX,
        rows=4,
        required=False,
        help_text=gettext_lazy("可以修改；留空就用这种情形的通用答复。居民会读到。"),
    )

    def arrange(self) -> None:
        """Offer the reply of the route that was picked, in Chinese to change, in the others as it will be read."""
        self.replies = replies()
        route: Any = self.fields["route"]
        route.choices = [(key.value, _(way.label)) for key, way in REFUSAL_SENTENCES.items()]
        picked = self.query.get("route", "")
        self.picked = self.replies[RefusalRoute(picked)] if picked in set(RefusalRoute) else None
        if self.picked is not None:
            self.initial = {"route": picked, "reason": self.picked.text("zh-hans")}

    @property
    def others(self) -> list[tuple[str, str]]:
        """What residents with another language will read."""
        return [(code, self.picked.text(code)) for code in ("bo", "en")] if self.picked else []

    @property
    def effect(self) -> str:
        """What the way picked means for the three rates."""
        return _(REFUSAL_SENTENCES[self.picked.route].why) if self.picked else ""

    def clean(self) -> dict[str, Any]:
        """Use the route's own reply when none was written."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("route") and not cleaned.get("reason", "").strip():
            cleaned["reason"] = self.replies[RefusalRoute(cleaned["route"])].text("zh-hans")
        return cleaned


class MergeForm(MoveForm):
    """Into which open case, and why."""

    into = forms.CharField(
        label=gettext_lazy("并入哪一件"), max_length=20, help_text=gettext_lazy("填编号，或者从下面相似的事项里选。")
    )
    reason = text_field(gettext_lazy("原因"), most=REASON_MAX, initial=gettext_lazy("反映的是同一件事"))

    def arrange(self) -> None:
        """Offer the similar open cases."""
        self.similar = list(similar_to(self.case)[:5])
        if self.query.get("into"):
            self.initial = {"into": self.query["into"]}

    def clean_into(self) -> Any:
        """Return the open case with this number that the post may see."""
        wanted = bare_number(self.cleaned_data["into"])
        found = calls.visible_to(self.post).filter(number=wanted).first()
        if found is None:
            raise forms.ValidationError(_("没有这个编号的事项，或者它不在您的范围内。"))
        return found


class ConfirmForm(MoveForm):
    """What the resident said, written down for them."""

    rating = forms.TypedChoiceField(label=gettext_lazy("居民的评价"), coerce=int, widget=forms.RadioSelect)
    reason = text_field(
        gettext_lazy("居民的原话"), most=REASON_MAX, help_text=gettext_lazy("怎么联系到的、居民怎么说的。")
    )

    def arrange(self) -> None:
        """List the five steps, best first."""
        rating: Any = self.fields["rating"]
        rating.choices = [(rank, _(label)) for rank, label in RATING_LABELS.items()]


class SendBackForm(MoveForm):
    """Why it is not solved."""

    reason = text_field(gettext_lazy("哪里没有办好"), most=REASON_MAX)


class SuperviseForm(MoveForm):
    """How sharply, and what is expected."""

    level = forms.TypedChoiceField(
        label=gettext_lazy("程度"),
        coerce=int,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("黄牌、红牌发出以后，只有区中心能销督。"),
    )
    words = text_field(gettext_lazy("要求"), most=300)

    def arrange(self) -> None:
        """List the ladder in the language of the page."""
        level: Any = self.fields["level"]
        level.choices = [(rung.level, _(rung.label)) for rung in LADDER]


def category_choices(*, present: str = "") -> list[tuple[str, Any]]:
    """Return the categories by group, for a select; the one in use stays even when it is a group."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in text.leaves():
        groups.setdefault(row.parent_code, []).append((row.code, words.category_label(row.code)))
    named: list[tuple[str, Any]] = [
        (words.category_label(parent) if parent else _("其他"), rows) for parent, rows in groups.items()
    ]
    if present and not any(present == code for rows in groups.values() for code, _label in rows):
        named.insert(0, (present, words.category_label(present)))
    return named


def area_choices(prefix: str, *, present: str = "") -> list[tuple[str, str]]:
    """Return the areas a desk may put a case in: itself and what lies in it, down to the grids where they are few."""
    inside = [area for area in place.areas(prefix=prefix) if len(area.code) <= 15]
    if len(inside) > AREAS_MAX:
        inside = [area for area in inside if len(area.code) <= 12]
    codes = [area.code for area in inside if len(area.code) > 6]
    if present and present not in codes:
        codes.insert(0, present)
    return [(code, place.full_name(code, words.language())) for code in codes]
