"""At the door: hand a device out, swap it, take it back, put right what is known of it (发放与收回)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.call import actions as calls
from linli.call.queries import devices as queries
from linli.people import queries as people
from linli.shared.refusals import Refused
from linli.web.devices import forms
from linli.web.devices.doors import answered, for_door, page_of
from linli.web.people.forms import NameForm
from linli.web.refusals import sentence
from linli.web.session import post_of


@require_http_methods(["GET", "POST"])
@for_door
def choose(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Ask to whom: by the whole name, which never stands in an address (发给谁)."""
    post = post_of(request)
    row = queries.device(device_id, post=post)
    form = NameForm(request.POST or None)
    named = people.residents_named(form.cleaned_data["name"], post=post) if form.is_valid() else []
    found = [one for one in named if one[1] is not None]  # who has no door yet is registered first
    context = {"device": row, "form": form, "found": found, "is_asked": form.is_bound and form.is_valid()}
    return render(request, "devices/choose.html", context)


@require_http_methods(["GET", "POST"])
@for_door
def hand_out(request: HttpRequest, device_id: int, resident_id: int, household_id: int) -> HttpResponseBase:
    """Ask what is to be known when a device is handed over, on one calm page (发放)."""
    post, at = post_of(request), timezone.now()
    row = queries.device(device_id, post=post)
    home = people.household(household_id, post=post)
    form = forms.HandOutForm(request.POST or None, today=timezone.localdate(at), address=home.address)
    contacts = forms.Contacts(request.POST or None, prefix="contacts")
    if request.method == "POST" and form.is_valid() and contacts.is_valid():
        said = form.cleaned_data
        try:
            calls.hand_out(
                device=row,
                resident_id=resident_id,
                consent=form.consent,
                location_consent=form.consent if said["is_located"] else None,
                agreed_on=said["agreed_on"],
                address=said["address"],
                entrance=said["entrance"],
                point=form.point,
                notes=said["notes"],
                contacts=[one.given for one in contacts.forms if one.given is not None],
                post=post,
                at=at,
            )
        except Refused as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, _("已发放。请当场试按一次，看到“本月已试按”再离开。"))
            return redirect(page_of(row.pk))
    context = {"device": row, "home": home, "form": form, "contacts": contacts}
    return render(request, "devices/hand_out.html", context, status=200 if request.method == "GET" else 422)


@require_http_methods(["GET", "POST"])
@for_door
def swap(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Give another device in the place of one (换一台)."""
    post = post_of(request)
    row = queries.device(device_id, post=post)
    form = forms.SerialForm(request.POST or None)

    def act() -> str:
        other = queries.device_with_serial(form.cleaned_data["serial"], post=post)
        calls.swap(device=row, other=other, post=post, at=timezone.now(), words=form.cleaned_data["words"])
        return page_of(other.pk)

    words = _("同意、联系人、房屋说明和进门方式都跟到新的一台；换下的回到库里。")
    done = _("已换。请用新的一台当场试按一次。")
    return answered(request, form, act, title=_("换一台"), lead=words, device=row, done=done)


@require_http_methods(["GET", "POST"])
@for_door
def take_back(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Take a device back into stock (收回)."""
    words = _("收回以后，它再按下只通知区值班台。房屋说明当即抹除，联系人不再通知。")
    return _ended(request, device_id, calls.take_back, title=_("收回"), lead=words, done=_("已收回，放回库里。"))


@require_http_methods(["GET", "POST"])
@for_door
def lose(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Say that a device is lost (丢失)."""
    words = _("丢了或坏得不能修：停用这一台。老人手里就没有设备了，请尽快再发一台。")
    return _ended(request, device_id, calls.lose, title=_("丢失，停用"), lead=words, done=_("已停用。"))


@require_http_methods(["GET", "POST"])
@for_door
def correct(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Put right the way to the door (更正)."""
    post, row, holding = _held(request, device_id)
    form = forms.CorrectForm(request.POST or None, initial={"address": holding.address, "entrance": holding.entrance})

    def act() -> str:
        said = form.cleaned_data
        calls.correct(
            device=row,
            address=said["address"],
            entrance=said["entrance"],
            point=form.point,
            notes=said["notes"] if said["renews_notes"] else None,
            post=post,
            at=timezone.now(),
        )
        return page_of(row.pk)

    return answered(request, form, act, title=_("更正进门方式和说明"), device=row, is_located=True)


@require_http_methods(["GET", "POST"])
@for_door
def add_contact(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Keep somebody else to call (加联系人)."""
    post, row, _holding = _held(request, device_id)
    form = forms.NewContactForm(request.POST or None)

    def act() -> str:
        given = form.given
        if given is None:
            raise Refused("联系人要写姓名、电话和关系。")
        calls.add_contact(device=row, given=given, consent=form.consent, post=post, at=timezone.now())
        return page_of(row.pk)

    return answered(request, form, act, title=_("加联系人"), device=row)


@require_POST
@for_door
def end_contact(request: HttpRequest, device_id: int, contact_id: int) -> HttpResponseBase:
    """Call somebody no more (去掉联系人)."""
    post, row, _holding = _held(request, device_id)
    calls.end_contact(device=row, contact_id=contact_id, post=post, at=timezone.now())
    return _done(request, row, _("已去掉。"))


@require_http_methods(["GET", "POST"])
@for_door
def locate(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Write down the separate consent to the location at a press (同意定位)."""
    return _agreed(request, device_id, calls.locate, title=_("同意定位"), lead=_("只记按下那一刻的位置，不记行踪。"))


@require_POST
@for_door
def stop_locating(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Take the consent to the location back, in one step (停止定位)."""
    post, row, _holding = _held(request, device_id)
    calls.stop_locating(device=row, post=post, at=timezone.now())
    return _done(request, row, _("已停止定位，呼叫照常。"))


@require_http_methods(["GET", "POST"])
@for_door
def agree(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Write down that the holder agrees again (重新同意)."""
    words = _("以前的同意撤回或到期了；本人现在又愿意用。")
    return _agreed(request, device_id, calls.agree, title=_("重新同意"), lead=words)


@require_POST
@for_door
def note_test(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Write down that a device was tried at the door (登记试按)."""
    post, row, _holding = _held(request, device_id)
    calls.note_test(device=row, post=post, at=timezone.now())
    return _done(request, row, _("已登记试按。"))


def _held(request: HttpRequest, device_id: int) -> tuple[Any, Any, Any]:
    post = post_of(request)
    row = queries.device(device_id, post=post)
    holding = queries.holding_of(row, post=post)
    if holding is None:
        raise Refused("这台设备没有发放，或者不在您的责任区域内。")
    return post, row, holding


def _ended(request: HttpRequest, device_id: int, verb: Any, *, title: str, lead: str, done: str) -> HttpResponseBase:
    post, row, _holding = _held(request, device_id)
    form = forms.WordsForm(request.POST or None)

    def act() -> str:
        verb(device=row, post=post, at=timezone.now(), words=form.cleaned_data["words"])
        return reverse("devices:list")

    return answered(request, form, act, title=title, lead=lead, device=row, done=done)


def _agreed(request: HttpRequest, device_id: int, verb: Any, *, title: str, lead: str) -> HttpResponseBase:
    post, row, _holding = _held(request, device_id)
    form = forms.AgreedForm(request.POST or None)

    def act() -> str:
        verb(device=row, consent=form.consent, post=post, at=timezone.now())
        return page_of(row.pk)

    return answered(request, form, act, title=title, lead=lead, device=row)


def _done(request: HttpRequest, row: Any, words: str) -> HttpResponseBase:
    messages.success(request, words)
    return redirect(page_of(row.pk))
