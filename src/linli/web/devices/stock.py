"""The list of devices, one new device, the page of one, and what the stock keeps (设备台账)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.call import actions as calls
from linli.call.queries import devices as queries
from linli.call.rules import PressKind
from linli.call.rules.outcomes import OUTCOMES_BY_CODE
from linli.call.rules.presses import PRESS_KIND_LABELS
from linli.call.states import CALL_STATE_LABELS, DEVICE_MOVE_BY_NAME, CallState, DeviceState, device_moves_for
from linli.people import queries as people
from linli.people.rules import PURPOSES, Purpose
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.queries import Post
from linli.web.devices import forms
from linli.web.devices.doors import answered, for_door, for_readers, for_stock, page_of
from linli.web.devices.lists import DEVICES, state_words, task_words
from linli.web.people.forms import NameForm
from linli.web.refusals import sentence
from linli.web.resident.links import as_square
from linli.web.session import post_of


@require_GET
@for_readers
def listed(request: HttpRequest) -> HttpResponseBase:
    """List the devices of the post (设备台账)."""
    post = post_of(request)
    moves = _moves(post)
    context = {"may_find": "hand_out" in moves, "may_register": "register" in moves}
    return DEVICES.answer(request, queries.devices(post), "devices/list.html", context)


@require_POST
@for_door
def find(request: HttpRequest) -> HttpResponseBase:
    """Find the devices of somebody by the whole name; a name never stands in an address (按姓名查找)."""
    form, post = NameForm(request.POST), post_of(request)
    ids = (
        [pk for pk, _home, _door in people.residents_named(form.cleaned_data["name"], post=post)]
        if form.is_valid()
        else []
    )
    context = {"found": queries.held_by(ids, post=post)}
    return render(request, "devices/found.html", context)


@require_http_methods(["GET", "POST"])
@for_stock
def register(request: HttpRequest) -> HttpResponseBase:
    """Register one device; its secret is shown once (登记设备)."""
    post = post_of(request)
    form = forms.RegisterForm(request.POST or None, units=units_under(post))
    status, made = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = calls.register(new=form.new, post=post, at=timezone.now())
            except Refused as refusal:
                form.add_error(None, sentence(refusal))
            else:
                status, form = 201, forms.RegisterForm(units=units_under(post))
    context = {"form": form, "made": made, "square": as_square(made.device.serial) if made else ""}
    return render(request, "devices/register.html", context, status=status)


@require_GET
@for_readers
def device(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Show a device: state, door, tasks, calls, history; nobody's name (设备)."""
    post = post_of(request)
    row = queries.device(device_id, post=post)
    holding = queries.holding_of(row, post=post)
    history = queries.history_of(row)
    posts = staff.every_post().filter(pk__in=[event.by_post_id for event in history if event.by_post_id])
    hands = {one.pk: staff.post_words(one) for one in posts.select_related("unit", "account")}
    steps = device_moves_for(DeviceState(row.state), role=Role(post.role))
    may = {
        step.name
        for step in steps
        if step.name in {"finish_task", "allot", "renew_secret", "retire"} or _is_near(row, holding)
    }
    context = {
        "device": row,
        "state": state_words(row),
        "holding": holding,
        "contacts": queries.contacts_of(holding) if holding else [],
        "tasks": [(task, task_words(task.kind)) for task in queries.tasks_of(row)],
        "calls": [_call(call) for call in queries.calls_of(row, post=post)],
        "steps": [_step(event, hands) for event in history],
        "may": may,
        "may_open": holding is not None and Purpose.SERVICE in PURPOSES.get(Role(post.role), ()),
    }
    return render(request, "devices/device.html", context)


@require_POST
@for_door
def opened(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Open with whom a device is; that is a look they can read (查看持有人)."""
    post = post_of(request)
    row = queries.device(device_id, post=post)
    holder = calls.open_holder(device=row, viewer=post, purpose=Purpose.SERVICE, at=timezone.now())
    return render(request, "devices/opened.html", {"device": row, "holder": holder})


@require_POST
@for_stock
def renew_secret(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Give a device another secret, shown once (换密钥)."""
    post = post_of(request)
    row = queries.device(device_id, post=post)
    secret = calls.renew_secret(device=row, post=post, at=timezone.now())
    return render(request, "devices/secret.html", {"device": row, "secret": secret}, status=201)


@require_http_methods(["GET", "POST"])
@for_stock
def retire(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Take a device out of use for good (停用)."""
    post = post_of(request)
    row = queries.device(device_id, post=post)
    form = forms.WordsForm(request.POST or None)

    def act() -> str:
        calls.retire(device=row, post=post, at=timezone.now(), words=form.cleaned_data["words"])
        return page_of(row.pk)

    words = _("停用以后不能再发放。它再按下，只通知区值班台。")
    return answered(request, form, act, title=_("停用设备"), lead=words, device=row, done=_("已停用。"))


@require_http_methods(["GET", "POST"])
@for_stock
def allot(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Move a device to the stock of another unit (调拨)."""
    post = post_of(request)
    row = queries.device(device_id, post=post)
    form = forms.AllotForm(request.POST or None, units=units_under(post))

    def act() -> str:
        calls.allot(device=row, unit_code=form.cleaned_data["unit_code"], post=post, at=timezone.now())
        return reverse("devices:list")

    return answered(request, form, act, title=_("调拨"), device=row, done=_("已调拨。"))


@require_POST
@for_readers
def finish_task(request: HttpRequest, task_id: int) -> HttpResponseBase:
    """Say what was done about a device (任务完成)."""
    post = post_of(request)
    task = queries.device_task(task_id, post=post)
    calls.finish_task(task=task, post=post, at=timezone.now(), words=request.POST.get("words", "")[:200])
    messages.success(request, _("已完成。"))
    return redirect(page_of(task.device_id))


def units_under(post: Post) -> list[tuple[str, str]]:
    """Return the units whose stock a post may fill, by area."""
    kinds = {"DISTRICT", "STREET", "COMMUNITY"}
    return [
        (body.code, staff.unit_name(body))
        for body in staff.units()
        if body.kind in kinds and people.covers(post, body.area_code)
    ]


def _moves(post: Post) -> set[str]:
    return {name for name, step in DEVICE_MOVE_BY_NAME.items() if Role(post.role) in step.roles}


def _is_near(row: Any, holding: Any) -> bool:
    """Return whether the post may act at the door: nobody holds it yet, or somebody of its own area does."""
    return row.state == DeviceState.IN_STOCK or holding is not None


def _call(call: Any) -> dict[str, Any]:
    outcome = OUTCOMES_BY_CODE.get(call.outcome)
    return {
        "call": call,
        "kind": _(PRESS_KIND_LABELS[PressKind(call.kind)]),
        "state": _(outcome.label) if outcome else _(CALL_STATE_LABELS[CallState(call.state)]),
    }


def _step(event: Any, hands: dict[int, str]) -> dict[str, Any]:
    return {
        "title": _(DEVICE_MOVE_BY_NAME[event.name].label),
        "at": event.at,
        "who": hands.get(event.by_post_id or 0, _("系统")),
        "text": event.words,
    }
