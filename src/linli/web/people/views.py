"""Households and residents for those who look after them; every opening asks for its purpose first."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.people import access
from linli.people import actions as people_actions
from linli.people import queries as people
from linli.people.rules import PURPOSE_LABELS, Purpose, purposes_for
from linli.place import queries as places
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff.queries import Post
from linli.web.addresses import public_address
from linli.web.lists import Column, List
from linli.web.people import forms
from linli.web.people.lists import HOUSEHOLDS
from linli.web.refusals import sentence
from linli.web.session import desk, post_of

KEEPERS = (Role.GRID, Role.COMMUNITY, Role.STREET)

LOOKS = List(
    name="looks",
    title=gettext_lazy("访问记录"),
    order="-at",
    columns=(
        Column(key="at", label=gettext_lazy("时间"), sort="at", is_main=True),
        Column(key="viewer_words", label=gettext_lazy("谁看的")),
        Column(key="purpose", label=gettext_lazy("目的"), value=lambda look: _(PURPOSE_LABELS[Purpose(look.purpose)])),
        Column(key="subject", label=gettext_lazy("事由")),
    ),
    live="",
    export_max=0,
    empty_title=gettext_lazy("还没有人看过"),
)


def keeper(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Guard a page for those who keep records; show a refusal as a page; let no browser keep a copy."""

    @wraps(view)
    def answered(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, **kwargs)
        except Refused as refusal:
            context = {"reason": sentence(refusal), "back_url": reverse("people_households")}
            return render(request, "refused.html", context, status=409)

    guard: Callable[[Any], Callable[..., HttpResponseBase]] = desk(*KEEPERS)
    return never_cache(guard(answered))


@require_GET
@keeper
def households(request: HttpRequest) -> HttpResponseBase:
    """List the households of the post (民情台账)."""
    post = post_of(request)
    rows = people.households(post, at=timezone.now())
    context = {"name_form": forms.NameForm(), "post_area": post.area_code}
    return HOUSEHOLDS.answer(request, rows, "people/households.html", context)


@require_POST
@keeper
def find(request: HttpRequest) -> HttpResponse:
    """Find residents by their whole name; a name never stands in an address (按姓名查找)."""
    form = forms.NameForm(request.POST)
    found = people.residents_named(form.cleaned_data["name"], post=post_of(request)) if form.is_valid() else []
    return render(request, "people/found.html", {"name_form": form, "found": found, "is_asked": form.is_valid()})


@require_http_methods(["GET", "POST"])
@keeper
def new_household(request: HttpRequest) -> HttpResponse:
    """Register a door (登记一户)."""
    post = post_of(request)
    form = forms.HouseholdForm(_areas(post), request.POST or None)

    def register() -> str:
        answers = form.cleaned_data
        household = people_actions.register_household(**answers, at=timezone.now(), post=post)
        return _opened(household.pk, Purpose.VISIT)

    return _filled(request, form, register, title=_("登记一户"), back=reverse("people_households"))


@require_GET
@keeper
def household(request: HttpRequest, household_id: int) -> HttpResponse:
    """Ask for the purpose, then open a household; each opening is one look (查看一户)."""
    post = post_of(request)
    purpose = request.GET.get("for", "")
    if not purpose:
        shown = people.household(household_id, post=post)
        context = {"household": shown, "purposes": _purposes(post)}
        return render(request, "people/purpose.html", context)
    card = access.open_household(household_id=household_id, viewer=post, purpose=purpose, at=timezone.now())
    context = {
        "card": card,
        "purpose": purpose,
        "purpose_words": _(PURPOSE_LABELS[Purpose(purpose)]),
        "today": timezone.localdate(),
        "reason_form": forms.ReasonForm(),
    }
    return render(request, "people/household.html", context)


@require_GET
@keeper
def looks(request: HttpRequest, household_id: int) -> HttpResponseBase:
    """Show who opened a household and its people (访问记录)."""
    post = post_of(request)
    shown = people.household(household_id, post=post)
    rows = people.look_log(post, household_id=household_id)
    return LOOKS.answer(request, rows, "people/looks.html", {"household": shown})


@require_http_methods(["GET", "POST"])
@keeper
def new_resident(request: HttpRequest, household_id: int) -> HttpResponse:
    """Register a person with their consent (登记居民)."""
    post = post_of(request)
    shown = people.household(household_id, post=post)
    form = forms.ResidentForm(request.POST or None)

    def register() -> str:
        answers = {
            key: form.cleaned_data[key] for key in ("name", "relation", "birth_year", "sex", "language", "phone")
        }
        people_actions.register_resident(
            household=shown, consent=form.consent(), at=timezone.now(), post=post, **answers
        )
        return _opened(household_id, _purpose_of(request))

    lead = _("“%(address)s”多登记一个人。先说明为什么登记、可以随时撤回，征得同意再填。") % {"address": shown.address}
    return _filled(request, form, register, title=_("登记居民"), lead=lead, back=_asked(household_id))


@require_http_methods(["GET", "POST"])
@keeper
def new_need(request: HttpRequest, household_id: int, resident_id: int | None = None) -> HttpResponse:
    """Record a need with the consent it rests on (登记需求)."""
    post = post_of(request)
    shown = people.household(household_id, post=post)
    bearer = "HOUSEHOLD" if resident_id is None else "RESIDENT"
    tags = [(tag.code, f"{people.tag_name(tag)}：{tag.purpose}") for tag in people.need_tags(bearer=bearer)]
    form = forms.NeedForm(tags, request.POST or None)

    def record() -> str:
        people_actions.add_need(
            tag_code=form.cleaned_data["tag_code"],
            consent=form.consent(),
            resident_id=resident_id,
            household_id=household_id if resident_id is None else None,
            until_on=form.cleaned_data["until_on"],
            at=timezone.now(),
            post=post,
        )
        return _opened(household_id, _purpose_of(request))

    lead = _("需求只用来提供服务，不给人打分定级。先说明用途，征得同意再填。")
    title = _("登记需求：%(address)s") % {"address": shown.address}
    return _filled(request, form, record, title=title, lead=lead, back=_asked(household_id))


@require_POST
@keeper
def end_need(request: HttpRequest, household_id: int, need_id: int) -> HttpResponse:
    """End a need that is no longer there (结束需求)."""
    reason = request.POST.get("reason", "")
    people_actions.end_need(need_id=need_id, reason=reason, at=timezone.now(), post=post_of(request))
    return HttpResponseRedirect(_opened(household_id, _purpose_of(request)))


@require_POST
@keeper
def withdraw(request: HttpRequest, household_id: int, consent_id: int) -> HttpResponse:
    """Take a consent back in one click (撤回同意)."""
    people_actions.withdraw_consent(consent_id=consent_id, at=timezone.now(), post=post_of(request))
    return HttpResponseRedirect(_opened(household_id, _purpose_of(request)))


@require_POST
@keeper
def contact(request: HttpRequest, household_id: int, contact_id: int) -> HttpResponse:
    """Open how to reach a resident; the purpose is the one the household was opened for (查看联系方式)."""
    purpose = _purpose_of(request)
    shown = access.open_contact(contact_id=contact_id, viewer=post_of(request), purpose=purpose, at=timezone.now())
    context = {"contact": shown, "back": _opened(household_id, purpose)}
    return render(request, "people/contact.html", context)


@require_http_methods(["GET", "POST"])
@keeper
def new_contact(request: HttpRequest, household_id: int, resident_id: int) -> HttpResponse:
    """Keep another way to reach a resident (登记联系方式)."""
    form = forms.ContactForm(request.POST or None)

    def keep() -> str:
        people_actions.add_contact(
            resident_id=resident_id, at=timezone.now(), post=post_of(request), **form.cleaned_data
        )
        return _opened(household_id, _purpose_of(request))

    return _filled(request, form, keep, title=_("登记联系方式"), back=_asked(household_id))


@require_http_methods(["GET", "POST"])
@keeper
def correct(request: HttpRequest, household_id: int, resident_id: int) -> HttpResponse:
    """Put right what is wrong about a person; the old values are opened for that, which is a look (更正)."""
    post, at = post_of(request), timezone.now()
    if request.method == "GET":
        card = access.open_resident(resident_id=resident_id, viewer=post, purpose=Purpose.CORRECT, at=at)
        known = {"name": card.name, "birth_year": card.birth_year, "sex": card.sex, "language": card.language}
        form = forms.CorrectionForm(initial=known)
    else:
        form = forms.CorrectionForm(request.POST)

    def put_right() -> str:
        people_actions.correct_resident(resident_id=resident_id, at=at, post=post, **form.cleaned_data)
        return _opened(household_id, _purpose_of(request))

    return _filled(request, form, put_right, title=_("更正居民信息"), back=_asked(household_id))


@require_POST
@keeper
def leave(request: HttpRequest, household_id: int, resident_id: int) -> HttpResponse:
    """Say that a resident lives here no more (迁出)."""
    at = timezone.now()
    people_actions.leave(
        resident_id=resident_id,
        on=timezone.localtime(at).date(),
        reason=request.POST.get("reason", ""),
        at=at,
        post=post_of(request),
    )
    return HttpResponseRedirect(_opened(household_id, _purpose_of(request)))


@require_POST
@keeper
def link(request: HttpRequest, household_id: int, resident_id: int) -> HttpResponse:
    """Make a new link to a resident's own record, to be printed and handed over (查看链接)."""
    resident = people_actions.renew_link(resident_id=resident_id, at=timezone.now(), post=post_of(request))
    own = reverse("own_record", args=[resident.pk, people.record_token(resident)])
    context = {"address": public_address(request, own), "back": _opened(household_id, _purpose_of(request))}
    return render(request, "people/link.html", context)


def _filled(
    request: HttpRequest, form: Any, act: Callable[[], str], *, title: str, back: str, lead: str = ""
) -> HttpResponse:
    """Show a form; when it is filled, act and go on; what is refused stands above what was typed."""
    if request.method == "POST" and form.is_valid():
        try:
            return HttpResponseRedirect(act())
        except Refused as refusal:
            form.add_error(None, sentence(refusal))
    context = {"form": form, "title": title, "lead": lead, "back": back, "purpose": _purpose_of(request)}
    return render(request, "people/form.html", context, status=200 if request.method == "GET" else 422)


def _purposes(post: Post) -> list[tuple[str, str]]:
    return [(purpose.value, _(PURPOSE_LABELS[purpose])) for purpose in purposes_for(post.role)]


def _purpose_of(request: HttpRequest) -> str:
    return request.POST.get("for") or request.GET.get("for") or ""


def _asked(household_id: int) -> str:
    return reverse("people_household", args=[household_id])


def _opened(household_id: int, purpose: str) -> str:
    return f"{_asked(household_id)}?{urlencode({'for': purpose})}" if purpose else _asked(household_id)


def _areas(post: Post) -> list[tuple[str, str]]:
    grids = [area.code for area in places.areas(level="GRID", prefix=post.area_code)] or [post.area_code]
    return [(code, places.full_name(code, get_language() or "zh-hans")) for code in grids]
