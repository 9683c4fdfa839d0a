"""Categories, keys of the machine doors, and the working calendar (分类、密钥、日历)."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.case.deadlines import calendar, limit_table, overlays
from linli.case.rules import Deadline
from linli.intake import actions as intake_actions
from linli.intake import queries as intake
from linli.shared.calendar import Calendar, Limit, calendar_warnings, due
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.shared.urgency import URGENCY_LABELS, Urgency
from linli.text import actions as text_actions
from linli.text import queries as text
from linli.web.admin import forms
from linli.web.admin.doors import by, filled, page_for, reason_of
from linli.web.admin.start import missing_words
from linli.web.casepage import words as case_words

DAYS_AHEAD = 150
WEEKEND = 5


@require_GET
@page_for(Role.ADMIN)
def categories(request: HttpRequest) -> HttpResponseBase:
    """List the categories in force (事项分类)."""
    rows = [
        {"category": row, "limit": _limit_of(row), "urgency": _(URGENCY_LABELS[Urgency(row.urgency)])}
        for row in text.categories()
    ]
    return render(request, "admin/categories.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def edit_category(request: HttpRequest, code: str) -> HttpResponseBase:
    """Change a category (更改分类)."""
    known = text.category(code)
    if known is None:
        raise Refused("没有“%(code)s”这个分类。", code=code)
    initial = {name: getattr(known, name) for name in forms.CategoryForm.base_fields if hasattr(known, name)}
    initial |= {"keywords": "\n".join(known.keywords), "limit_words": _limit_as_typed(known.limit_words)}
    form = forms.CategoryForm(request.POST or None, initial=initial)
    # Once the district has its own table of limits, a limit is changed there, as a version.
    if not limit_table(at=timezone.now()).is_shipped:
        form.fields.pop("limit_words")

    def change() -> str:
        said = {"limit_words": known.limit_words} | form.cleaned_data
        text_actions.edit_category(code=code, **said, **by(request))
        return reverse("admin_categories")

    back = reverse("admin_categories")
    return filled(request, form, change, title=str(known), back=back, extra="admin/retire_category.html")


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def new_category(request: HttpRequest) -> HttpResponseBase:
    """Add a category (新增分类)."""
    form = forms.NewCategoryForm(request.POST or None)

    def add() -> str:
        row = text_actions.add_category(**form.cleaned_data, **by(request))
        return reverse("admin_edit_category", args=[row.code])

    return filled(request, form, add, title=_("新增分类"), back=reverse("admin_categories"))


@require_POST
@page_for(Role.ADMIN)
def retire_category(request: HttpRequest, code: str) -> HttpResponseBase:
    """Offer a category no longer (停用分类)."""
    text_actions.retire_category(code=code, reason=reason_of(request), **by(request))
    messages.success(request, _("已停用；用过它的事项不变。"))
    return redirect("admin_categories")


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def keys(request: HttpRequest) -> HttpResponseBase:
    """List the keys of the machine doors, and give a new one; its secret is shown once (接口密钥)."""
    form = forms.KeyForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            context |= {"made": intake_actions.create_key(**form.cleaned_data, **by(request)), "form": forms.KeyForm()}
            status = 201
    rows = [(key, case_words.channel_label(key.channel)) for key in intake.keys()[:200]]
    return render(request, "admin/keys.html", {**context, "rows": rows}, status=status)


@require_POST
@page_for(Role.ADMIN)
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponseBase:
    """Turn a key away from now on (吊销密钥)."""
    intake_actions.revoke_key(key_id=key_id, reason=reason_of(request), **by(request))
    messages.success(request, _("已吊销，马上生效。"))
    return redirect("admin_keys")


@require_GET
@page_for(Role.ADMIN)
def work_calendar(request: HttpRequest) -> HttpResponseBase:
    """Show the days off ahead and what is still to be entered; try a deadline (工作日历)."""
    at, days = timezone.now(), calendar()
    form = forms.LimitForm(request.GET if "limit" in request.GET else None, initial={"start": at})
    context = {
        "calendar": days.name,
        "version": limit_table(at=at).version,
        "overlays": overlays(),
        "hours": [f"{opens:%H:%M}—{closes:%H:%M}" for opens, closes in days.office_hours],
        "warnings": [missing_words(each) for each in calendar_warnings(calendar=days, at=at)],
        "spans": spans(days, first=timezone.localdate(at)),
        "form": form,
        "due": _tried(form, days) if form.is_bound and form.is_valid() else None,
    }
    return render(request, "admin/calendar.html", context, status=422 if form.errors else 200)


def spans(days: Calendar, *, first: date) -> list[dict[str, Any]]:
    """Return the holidays and make-up days ahead, days in a row taken together (放假与调休)."""
    found: list[dict[str, Any]] = []
    for ahead in range(DAYS_AHEAD):
        day = first + timedelta(days=ahead)
        is_worked, is_weekend = days.is_working_day(day), day.weekday() >= WEEKEND
        last = found[-1] if found else None
        if last and not last["is_worked"] and not is_worked and last["last"] == day - timedelta(days=1):
            last["last"], last["is_special"] = day, last["is_special"] or not is_weekend
        elif not is_worked or is_weekend:
            is_special, is_provisional = is_worked or not is_weekend, days.is_provisional(day.year)
            span = {"first": day, "last": day, "is_worked": is_worked, "is_special": is_special}
            found.append({**span, "is_provisional": is_provisional})
    return [{**span, "day_count": (span["last"] - span["first"]).days + 1} for span in found if span["is_special"]]


def _tried(form: forms.LimitForm, days: Calendar) -> dict[str, Any] | None:
    try:
        limit = Limit.parse(form.cleaned_data["limit"])
        moment = due(calendar=days, start=form.cleaned_data["start"], limit=limit)
    except ValueError:
        form.add_error("limit", _("看不懂这个时限，或者超出了日历的年份。"))
        return None
    return {"at": moment, "limit": case_words.limit_label(limit), "is_provisional": days.is_provisional(moment.year)}


def _limit_as_typed(words: str) -> str:
    """The limit as people here would write it, where it can be read back."""
    limit = Limit.parse(words) if words else None
    return "" if limit is None else words if limit.in_minutes else limit.label


def _limit_of(row: Any) -> str:
    """Say how long a category has, by the table in force; nothing where kind or urgency decides."""
    table = limit_table(at=timezone.now())
    if table.is_shipped:
        return case_words.limit_label(Limit.parse(row.limit_words)) if row.limit_words else ""
    return "；".join(
        (f"{line.condition}：" if line.condition else "") + case_words.limit_label(line.limit)
        for line in table.choices(Deadline.FINISH, row.code)
    )
