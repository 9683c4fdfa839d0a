"""The roster of a unit, week by week (值班表)."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.call import actions as calls
from linli.call.queries import duty
from linli.call.rules.duty import repeated
from linli.shared.refusals import Refused
from linli.web.duty.doors import for_told, said_unit
from linli.web.duty.forms import ShiftForm, first_hours, week_of
from linli.web.refusals import sentence
from linli.web.session import post_of


@require_safe
@for_told
def roster(request: HttpRequest) -> HttpResponseBase:
    """Show a week of a unit, who is on duty now, and the form for whoever writes it (值班表)."""
    week_on = week_of(request.GET.get("week", ""), today=timezone.localdate())
    return _page(request, week_on=week_on)


@require_POST
@for_told
def add(request: HttpRequest) -> HttpResponseBase:
    """Put somebody on the roster, once or on several days (排班)."""
    at, post = timezone.now(), post_of(request)
    unit, week_on = duty.duty_unit(post, said_unit(request)), _week(request)
    posts = duty.roster_posts(unit, at=at)
    form = ShiftForm(request.POST, posts=posts)
    if form.is_valid():
        try:
            spans = [form.span]
            if form.cleaned_data["until"]:
                days = [int(day) for day in form.cleaned_data["weekdays"]]
                spans = repeated(form.span, until=form.cleaned_data["until"], weekdays=days)
            chosen = next(one for one in posts if str(one.pk) == form.cleaned_data["on_duty"])
            made = calls.add_shifts(unit=unit, on_duty=chosen, spans=spans, post=post, at=at)
        except Refused as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, _("已排 %(count)s 个班次。") % {"count": len(made)})
            return redirect(_address(unit, form.span.starts_at.date()))
    return _page(request, week_on=week_on, form=form, status=422)


@require_POST
@for_told
def copy(request: HttpRequest) -> HttpResponseBase:
    """Write into a week what stood in the week before (照上周排)."""
    post = post_of(request)
    unit, week_on = duty.duty_unit(post, said_unit(request)), _week(request)
    copied = calls.copy_week(unit=unit, week_on=week_on, post=post, at=timezone.now())
    words = _("照上周排了 %(count)s 个班次。") % {"count": len(copied.added)}
    if copied.left_out:
        words += _("有 %(count)s 个没有排：那段时间已经有班，或者人已离岗。") % {"count": copied.left_out}
    messages.success(request, words)
    return redirect(_address(unit, week_on))


@require_POST
@for_told
def withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take a shift off the roster (撤班)."""
    post = post_of(request)
    shift = duty.shift(pk, post=post)
    calls.withdraw_shift(shift=shift, post=post, at=timezone.now())
    messages.success(request, _("班次已撤掉。"))
    return redirect(_address(shift.unit, timezone.localdate(shift.starts_at)))


def _page(request: HttpRequest, *, week_on: date, form: ShiftForm | None = None, status: int = 200) -> HttpResponseBase:
    at, post = timezone.now(), post_of(request)
    unit = duty.duty_unit(post, said_unit(request))
    can_edit = duty.may_head(post, unit)
    if form is None and can_edit:
        form = ShiftForm(initial=first_hours(week_on, at=at), posts=duty.roster_posts(unit, at=at))
    now = duty.now_on_duty(unit, at=at)
    context: dict[str, Any] = {
        "unit": unit,
        "units": duty.duty_units(post),
        "days": duty.week(unit, week_on=week_on),
        "today": timezone.localdate(at),
        "week_on": week_on,
        "before": week_on - timedelta(days=7),
        "after": week_on + timedelta(days=7),
        "last_day": week_on + timedelta(days=6),
        "now": now,
        "at": at,
        "form": form,
        "can_edit": can_edit,
    }
    return render(request, "duty/roster.html", context, status=status)


def _week(request: HttpRequest) -> date:
    return week_of(request.POST.get("week", ""), today=timezone.localdate())


def _address(unit: Any, day: date) -> str:
    return f"{reverse('duty:roster')}?unit={unit.code}&week={day - timedelta(days=day.weekday())}"
