"""Write down an appeal for a resident: at the counter, on the phone, at the door (代登记)."""

from contextlib import nullcontext
from typing import Any
from uuid import uuid4

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.case import actions as cases
from linli.case import queries as case_queries
from linli.confirm import actions as confirms
from linli.intake.rules import ADDRESS_MAX, CHANNEL_LABELS, KIND_LABELS, TEXT_MAX, Channel, ContactGiven, Kind, Received
from linli.place import queries as place
from linli.place.rules import Datum, Level
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.shared.urgency import URGENCY_LABELS, Urgency
from linli.text import queries as text
from linli.web import emergency, photos
from linli.web.addresses import public_address
from linli.web.casepage import words
from linli.web.casepage.forms import area_choices, category_choices
from linli.web.casepage.views import address, is_visible
from linli.web.refusals import sentence
from linli.web.session import post_of
from linli.whistle import queries as calls

BY_WORKER = (Channel.WALK_IN, Channel.PHONE, Channel.VISIT)
WORDS_SCORE_MIN = 0.5
STREET_DIGITS = 9


class RegisterForm(forms.Form):
    """What the resident says, where it is, how to reach them."""

    channel = forms.ChoiceField(label=gettext_lazy("怎么来的"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=gettext_lazy("发生了什么"),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": TEXT_MAX}),
        help_text=gettext_lazy("尽量用居民的原话。不要写身份证号和电话，联系方式填在下面。"),
    )
    address = forms.CharField(
        label=gettext_lazy("在哪里"),
        max_length=ADDRESS_MAX,
        required=False,
        help_text=gettext_lazy("例如：洛堆社区路程巷3号院2栋。也可以在地图上点。"),
    )
    area = forms.ChoiceField(label=gettext_lazy("区域"), required=False)
    lng = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-180, max_value=180)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-90, max_value=90)
    photos = photos.PhotosField(label=gettext_lazy("照片"))
    name = forms.CharField(
        label=gettext_lazy("居民姓名"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("居民电话"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "inputmode": "tel"}),
        help_text=gettext_lazy("加密保存，只用于办理和回访；可以不留。"),
    )
    is_confidential = forms.BooleanField(label=gettext_lazy("居民要求保密"), required=False)
    is_call_unwanted = forms.BooleanField(label=gettext_lazy("居民说办完不用回访"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("诉求类型"), initial=Kind.HELP.value)
    category = forms.ChoiceField(label=gettext_lazy("分类"), required=False)
    urgency = forms.ChoiceField(label=gettext_lazy("紧急程度"), required=False)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *given: Any, prefix_code: str, channel: Channel, **options: Any) -> None:
        super().__init__(*given, **options)
        choices: dict[str, list[Any]] = {
            "channel": [(each.value, _(CHANNEL_LABELS[each])) for each in BY_WORKER],
            "kind": [(each.value, _(label)) for each, label in KIND_LABELS.items()],
            "area": [("", _("按地址和地图来定")), *area_choices(prefix_code)],
            "category": [("", _("按内容来定")), *category_choices()],
            "urgency": [("", _("按分类来定")), *((each.value, _(label)) for each, label in URGENCY_LABELS.items())],
        }
        for name, offered in choices.items():
            field: Any = self.fields[name]
            field.choices = offered
        self.initial = {"key": uuid4().hex, "channel": channel.value}

    def received(self, *, by_post_id: int, photo_ids: tuple[Any, ...]) -> Received:
        """Return the appeal as intake takes it from every channel."""
        said = self.cleaned_data
        is_reachable = bool(said["phone"])
        return Received(
            channel=Channel(said["channel"]),
            kind=Kind(said["kind"]),
            text=said["text"],
            address=said["address"],
            area_code=said["area"],
            lng=said["lng"] if said["lat"] is not None else None,
            lat=said["lat"] if said["lng"] is not None else None,
            datum=Datum.WGS84,
            category_code=said["category"],
            urgency=Urgency(said["urgency"]) if said["urgency"] else None,
            contact=ContactGiven(name=said["name"], phone=said["phone"]) if is_reachable else None,
            is_anonymous=not is_reachable,
            is_confidential=said["is_confidential"],
            idempotency_key=f"desk-{by_post_id}-{said['key']}",
            photo_ids=photo_ids,
            by_post_id=by_post_id,
        )


@never_cache
def register(request: HttpRequest) -> HttpResponse:
    """Take an appeal down and open a case, or add the resident to one that is open."""
    post = post_of(request)
    channel = Channel.VISIT if post.role == Role.GRID else Channel.WALK_IN
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = RegisterForm(*given, prefix_code=post.area_code, channel=channel)
    if form.is_bound and form.is_valid():
        try:
            return _registered(request, form)
        except Refused as refusal:
            form.add_error(None, sentence(refusal))
    return render(request, "casepage/register.html", _context(request, form), status=422 if form.errors else 200)


@require_safe
def nearby(request: HttpRequest) -> HttpResponse:
    """Show open cases near the place being typed or pointed at: perhaps it is one of them."""
    return render(request, "casepage/nearby.html", {"nearby": _nearby(request), "base": _base(request)})


@require_safe
def area_layer(request: HttpRequest) -> HttpResponse:
    """Give the shapes of a post's area for the map on which a place is picked."""
    code = post_of(request).area_code[:12]
    level = Level.GRID if len(code) > STREET_DIGITS else Level.COMMUNITY
    return JsonResponse(place.layer(level=level, prefix=code))


@require_POST
def listening(request: HttpRequest) -> HttpResponse:
    """Say which number to call first, by what is being typed."""
    heard = emergency.numbers_for(request.POST.get("text", "")[:TEXT_MAX])
    return render(request, "parts/emergency_first.html", {"emergency": heard, "for_worker": True})


def _registered(request: HttpRequest, form: RegisterForm) -> HttpResponse:
    post, at = post_of(request), timezone.now()
    kept = photos.keep(request, at=at)
    if kept.refusals:
        raise Refused("%(why)s", why=" ".join(kept.refusals))
    received = form.received(by_post_id=post.pk, photo_ids=tuple(kept.ids))
    joined = request.POST.get("join", "")
    same = calls.case_for(int(joined), post=post) if joined.isascii() and joined.isdigit() else None
    # What a resident says may lie in another community: intake takes it wherever it belongs.
    with acting(EVERYTHING), transaction.atomic() if form.cleaned_data["is_call_unwanted"] else nullcontext():
        opened = cases.join(case=same, received=received, at=at) if same else cases.open_case(received=received, at=at)
        if form.cleaned_data["is_call_unwanted"]:
            confirms.ask_not_to_be_called(appeal_id=opened.appeal_id, at=at, post=post)
    context = {
        "opened": opened,
        "spoken": f"{opened.number[:4]} {opened.number[4:8]} {opened.number[8:]}",
        "case_url": address(request, "case", opened.case_id) if is_visible(opened.case_id, post=post) else "",
        "follow_url": public_address(request, f"/f/{opened.number}/{opened.token}/"),
        "area_words": place.full_name(opened.area_code, words.language()),
        "category_words": words.category_label(opened.category_code),
        "again_url": request.path,
        "was_joined": same is not None,
        "emergency": emergency.numbers_for(received.text),
        "for_worker": True,
        **_frame(request),
    }
    return render(request, "casepage/registered.html", context)


def _context(request: HttpRequest, form: RegisterForm) -> dict[str, Any]:
    return {
        "form": form,
        "nearby_url": reverse(f"{_base(request)}:nearby"),
        "listening_url": reverse(f"{_base(request)}:listening"),
        "emergency": emergency.numbers_for(str(form["text"].value() or "")),
        "for_worker": True,
        "layer_url": _layer(request),
        **_frame(request),
    }


def _nearby(request: HttpRequest) -> list[case_queries.Nearby]:
    said, post = request.GET, post_of(request)
    lng, lat = _number(said.get("lng")), _number(said.get("lat"))
    found = place.locate_point(lng=lng, lat=lat, datum=Datum.WGS84) if lng is not None and lat is not None else None
    area_code = said.get("area") or (found.code if found else _by_words(said.get("address", "")))
    if not area_code.startswith(post.area_code[:12]):
        return []
    suggested = text.suggest_category(said.get("text", "")[:TEXT_MAX])
    return case_queries.nearby_open(
        area_code=area_code,
        lng=found.lng if found else None,
        lat=found.lat if found else None,
        category_code=suggested[0].code if suggested else None,
        at=timezone.now(),
    )


def _by_words(said: str) -> str:
    found = [match.code for match in place.locate_words(said[:ADDRESS_MAX]) if match.score >= WORDS_SCORE_MIN]
    return found[0] if found else ""


def _number(said: str | None) -> float | None:
    try:
        number = float(said or "")
    except ValueError:
        return None
    return number if -180 <= number <= 180 else None


def _base(request: HttpRequest) -> str:
    return request.resolver_match.namespace if request.resolver_match else ""


def _layer(request: HttpRequest) -> str:
    return reverse(f"{_base(request)}:area_layer")


def _frame(request: HttpRequest) -> dict[str, Any]:
    return {"html_class": "is-field"} if post_of(request).role == Role.GRID else {}
