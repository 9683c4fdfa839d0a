"""The report: one question to a page, kept between pages, sent once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_http_methods, require_POST, require_safe

from linli.case import actions as cases
from linli.case import queries as case_queries
from linli.case.queries import Nearby
from linli.confirm import actions as confirms
from linli.intake.rules import PHOTOS_MAX, Channel, ContactGiven, Received
from linli.people.rules import CONTACT_KEPT_YEARS
from linli.place import queries as place
from linli.place.rules import Datum, Level
from linli.shared import leftovers
from linli.shared.refusals import Conflict, Refused
from linli.text import queries as text
from linli.text.rules import guard
from linli.web import emergency, photos
from linli.web.refusals import sentence
from linli.web.resident import drafts
from linli.web.resident.doors import letter_box
from linli.web.resident.drafts import Draft
from linli.web.resident.forms import NOT_THE_SAME, AboutForm, ContactForm, Plain, SameForm, WhatForm, WhereForm
from linli.web.resident.limits import at_most
from linli.web.session import account_of

TEXT_KEPT_MAX = 20_000  # what is typed too long stays on the page whole and in the draft up to here
PLACE_DIGITS_MIN = 12  # nearby is asked within a community
WORDS_SCORE_MIN = 0.5  # as in opening a case: below this an address in words is a guess

page = require_http_methods(["GET", "HEAD", "POST"])
often = at_most(120, per_seconds=3600, name="report")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the draft's place lies, as far as it is known."""

    code: str = ""
    lng: float | None = None
    lat: float | None = None
    is_outside: bool = False


# -- the questions -------------------------------------------------------------------------------------------------


@letter_box
@often
@page
def what(request: HttpRequest) -> HttpResponse:
    """Ask what happened (第一问)."""
    draft = Draft.of(request)
    if request.method != "POST":
        form = WhatForm(initial={"text": draft.text})
        return _asked(request, draft, "what", form, area=_known_area(request.GET.get("area", "")))
    form = WhatForm(request.POST, request.FILES)
    removed = set(request.POST.getlist("remove"))
    taken_back = [photo for photo in draft.photos if photo in removed]
    draft.photos = [photo for photo in draft.photos if photo not in removed]
    leftovers.drop_photos(taken_back, at=timezone.now())
    kept = photos.keep(request, at=timezone.now(), room=PHOTOS_MAX - len(draft.photos))
    draft.photos += [str(photo) for photo in kept.ids]
    if kept.refusals:
        form.add_error(photos.FIELD, kept.refusals)
    draft.text = request.POST.get("text", "").replace("\r\n", "\n").strip()[:TEXT_KEPT_MAX]
    draft.is_what_said = form.is_valid()
    draft.area = _known_area(request.POST.get("area", "")) or draft.area
    if not draft.is_category_said:
        _ask_same_again(draft)
    return _answered(request, draft, "what", form)


@letter_box
@often
@page
def where(request: HttpRequest) -> HttpResponse:
    """Ask where it is (第二问)."""
    draft = Draft.of(request)
    names = ("address", "lng", "lat", "datum", "is_place_unknown", "is_in_area")
    if request.method != "POST":
        return _asked(request, draft, "where", WhereForm(initial={name: getattr(draft, name) for name in names}))
    form = WhereForm(request.POST)
    draft.is_place_said = form.is_valid()
    draft.address = request.POST.get("address", "").strip()[:TEXT_KEPT_MAX]
    draft.lng, draft.lat = (request.POST.get(name, "")[:40] for name in ("lng", "lat"))
    draft.datum = request.POST.get("datum", "")[:10] or Datum.WGS84.value
    draft.is_place_unknown, draft.is_in_area = "is_place_unknown" in request.POST, "is_in_area" in request.POST
    _ask_same_again(draft)
    return _answered(request, draft, "where", form)


@letter_box
@often
@page
def about(request: HttpRequest) -> HttpResponse:
    """Ask what it is about, where the words do not say, or where the resident knows better (类别)."""
    draft = Draft.of(request)
    likely = _likely(draft)
    if request.method != "POST":
        chosen = draft.category if draft.is_category_said else next(iter(likely), "")
        shown = {"category": chosen} if chosen in likely else {"category": "+" if chosen else "", "another": chosen}
        return _asked(request, draft, "about", AboutForm(likely=likely, initial=shown))
    form = AboutForm(request.POST, likely=likely)
    if form.is_valid():
        draft.category, draft.is_category_said = form.cleaned_data["category"], True
        _ask_same_again(draft)
    return _answered(request, draft, "about", form)


@letter_box
@often
@page
def same(request: HttpRequest) -> HttpResponse:
    """Show what is open nearby and ask whether it is one of those (是这件吗)."""
    draft = Draft.of(request)
    near = _nearby(draft, at=timezone.now())
    numbers = [row.case.number for row in near]
    if request.method != "POST":
        if not near:
            draft.is_same_asked, draft.join = True, ""
            draft.keep(request)
            return redirect(f"resident:{_next(draft)}")
        chosen = draft.join or (NOT_THE_SAME if draft.is_same_asked else "")
        return _asked(request, draft, "same", SameForm(numbers=numbers, initial={"same": chosen}), near=near)
    form = SameForm(request.POST, numbers=numbers)
    if form.is_valid():
        answer = form.cleaned_data["same"]
        draft.join, draft.is_same_asked = "" if answer == NOT_THE_SAME else answer, True
    return _answered(request, draft, "same", form, near=near)


@letter_box
@often
@page
def contact(request: HttpRequest) -> HttpResponse:
    """Ask how to reach the resident, who may say nothing (联系方式)."""
    draft = Draft.of(request)
    names = ("name", "phone", "email", "is_confidential", "is_call_unwanted", "is_agreed")
    if request.method != "POST":
        return _asked(request, draft, "contact", ContactForm(initial={name: getattr(draft, name) for name in names}))
    form = ContactForm(request.POST)
    draft.is_contact_said = form.is_valid()
    for name in ("name", "phone", "email"):
        setattr(draft, name, request.POST.get(name, "").strip()[:200])
    for name in ("is_confidential", "is_call_unwanted", "is_agreed"):
        setattr(draft, name, name in request.POST)
    return _answered(request, draft, "contact", form)


@letter_box
@at_most(60, per_seconds=3600, name="send")
@page
def check(request: HttpRequest) -> HttpResponse:
    """Show everything once more, and send it; pressed twice it is sent once (核对并提交)."""
    key = request.POST.get("key", "")
    sent = drafts.sent_before(request, key)
    if sent:
        return redirect("resident:new", *sent)
    draft = Draft.of(request)
    if _next(draft) != "check":
        return redirect(f"resident:{_next(draft)}")
    if request.method != "POST" or key != draft.key:
        # From here on nothing more is asked: the case this becomes must not be offered to itself at a second press.
        draft.is_same_asked = True
        draft.keep(request)
        return _reviewed(request, draft)
    try:
        opened = _sent(draft, at=timezone.now())
    except Refused as refusal:
        if isinstance(refusal, Conflict):
            draft.key = Draft().key
        draft.keep(request)
        return _reviewed(request, draft, refusal=sentence(refusal))
    drafts.remember_sent(request, key=draft.key, number=opened.number, token=opened.token)
    return redirect("resident:new", opened.number, opened.token)


@require_POST
def start_over(request: HttpRequest) -> HttpResponse:
    """Forget what was typed here, as on a machine that others use too (清空)."""
    leftovers.drop_photos(Draft.of(request).photos, at=timezone.now())
    if account_of(request):  # a worker's own login is not part of what is cleared
        drafts.forget(request)
    else:
        request.session.flush()
    messages.success(request, _("已清空，这台设备上没有留下您写的内容。"))
    return redirect("resident:home")


def _shapes_version(_request: HttpRequest) -> str:
    return f'"{place.layer_version()}"'


@require_safe
@condition(etag_func=_shapes_version)
def shapes(_request: HttpRequest) -> HttpResponse:
    """Draw the district for the map to pick a point on: communities, or the finest there is above them (底图)."""
    for level in (Level.COMMUNITY, Level.STREET, Level.GRID, Level.DISTRICT):
        layer = place.layer(level=level)
        if layer["features"]:
            break
    answer = JsonResponse(layer)
    answer["Cache-Control"] = "public, max-age=3600"
    return answer


# -- what comes next -----------------------------------------------------------------------------------------------


def _next(draft: Draft) -> str:
    """Return the first question without an answer; when all are answered, the page to check them."""
    unanswered: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("what", lambda: not draft.is_what_said),
        ("where", lambda: not draft.is_place_said),
        ("about", lambda: not draft.is_category_said and not _likely(draft)),
        ("same", lambda: not draft.is_same_asked and bool(_nearby(draft, at=timezone.now()))),
        ("contact", lambda: not draft.is_contact_said),
    )
    return next((name for name, is_open in unanswered if is_open()), "check")


def _asked(request: HttpRequest, draft: Draft, step: str, form: Plain, **more: Any) -> HttpResponse:
    """Show a question, unless one before it is still open."""
    order = ("what", "where", "about", "same", "contact", "check")
    upcoming = _next(draft)
    if order.index(upcoming) < order.index(step):
        return redirect(f"resident:{upcoming}")
    return render(request, f"resident/{step}.html", _context(draft, form) | more)


def _answered(request: HttpRequest, draft: Draft, step: str, form: Plain, **more: Any) -> HttpResponse:
    """Keep what was typed, right or wrong; go on when it is right."""
    draft.keep(request)
    if form.is_valid():
        return redirect(f"resident:{_next(draft)}")
    return render(request, f"resident/{step}.html", _context(draft, form) | more, status=422)


def _context(draft: Draft, form: Plain) -> dict[str, Any]:
    code = _category(draft)
    return {
        "form": form,
        "draft": draft,
        "emergency": emergency.numbers_for(draft.text),
        "category_name": text.category_name(code, get_language() or "zh-hans") if code else "",
        "spot": _spot(draft) if draft.is_place_said else Spot(),
        "kept_years": CONTACT_KEPT_YEARS,
    }


def _reviewed(request: HttpRequest, draft: Draft, *, refusal: str = "") -> HttpResponse:
    context = _context(draft, Plain()) | {
        "refusal": refusal,
        "findings": {finding.kind for finding in guard(draft.text)},
        "joined": next((row for row in _nearby(draft, at=timezone.now()) if row.case.number == draft.join), None),
    }
    return render(request, "resident/check.html", context, status=409 if refusal else 200)


def _ask_same_again(draft: Draft) -> None:
    draft.is_same_asked, draft.join = False, ""


# -- what is known -------------------------------------------------------------------------------------------------


def _known_area(code: str) -> str:
    return code if code.isascii() and code.isdigit() and len(code) <= 20 and place.exists(code) else ""


def _likely(draft: Draft) -> list[str]:
    return [suggestion.code for suggestion in text.suggest_category(draft.text)] if draft.text else []


def _category(draft: Draft) -> str:
    return draft.category if draft.is_category_said else next(iter(_likely(draft)), "")


def _spot(draft: Draft) -> Spot:
    """Find the draft's place the way the case will be placed: code, point, words."""
    point = _point(draft)
    found = place.locate_point(lng=point[0], lat=point[1], datum=Datum(draft.datum)) if point else None
    lng, lat = (found.lng, found.lat) if found else point or (None, None)
    if draft.area and draft.is_in_area:
        return Spot(draft.area, lng, lat)
    if point:
        return Spot(found.code, lng, lat) if found else Spot(is_outside=True, lng=lng, lat=lat)
    for words in (draft.address, draft.text):
        matches = place.locate_words(words) if words else []
        if matches and matches[0].score >= WORDS_SCORE_MIN:
            return Spot(matches[0].code)
    return Spot()


def _point(draft: Draft) -> tuple[float, float] | None:
    return (float(draft.lng), float(draft.lat)) if draft.lng and draft.lat else None


def _nearby(draft: Draft, *, at: datetime) -> list[Nearby]:
    if not draft.is_place_said:
        return []
    spot, category = _spot(draft), text.category(_category(draft))
    if len(spot.code) < PLACE_DIGITS_MIN or (category is not None and not category.is_public):
        return []
    code = category.code if category else None
    return case_queries.nearby_open(area_code=spot.code, lng=spot.lng, lat=spot.lat, category_code=code, at=at)


# -- sending -------------------------------------------------------------------------------------------------------


def _sent(draft: Draft, *, at: datetime) -> cases.Opened:
    """Open a case, or join the one that is the same; with it the wish not to be called, if there is one.

    Raises:
        Refused: it cannot be kept as it is, or the case to join has just been closed.
    """
    if not draft.is_call_unwanted:
        return _taken_in(draft, at=at)
    with transaction.atomic():
        opened = _taken_in(draft, at=at)
        confirms.ask_not_to_be_called(appeal_id=opened.appeal_id, at=at)
    return opened


def _taken_in(draft: Draft, *, at: datetime) -> cases.Opened:
    there = leftovers.still_kept(draft.photos)
    if there != draft.photos:
        draft.photos = there
        raise Refused("有照片放得太久，已经清除。请回到第一问重新上传，或者直接提交。")
    received = _received(draft)
    if not draft.join:
        return cases.open_case(received=received, at=at)
    near = [row.case for row in _nearby(draft, at=at) if row.case.number == draft.join]
    if not near:
        draft.join = ""
        raise Refused("您选的那一件刚刚办完了。请再核对一遍，提交后会作为新的一件登记。")
    return cases.join(case=near[0], received=received, at=at)


def _received(draft: Draft) -> Received:
    point = _point(draft)
    given = ContactGiven(name=draft.name, phone=draft.phone, email=draft.email) if draft.has_contact else None
    return Received(
        channel=Channel.WEB,
        text=draft.text,
        address=draft.address,
        lng=point[0] if point else None,
        lat=point[1] if point else None,
        datum=Datum(draft.datum),
        area_code=draft.area if draft.is_in_area else "",
        category_code=draft.category,
        contact=given,
        is_anonymous=given is None,
        is_confidential=draft.is_confidential,
        idempotency_key=draft.key,
        photo_ids=tuple(UUID(photo) for photo in draft.photos),
        language=get_language() or "zh-hans",
    )
