"""Accounts, posts, units, role rules and need tags for the administrator; the logs for the auditor."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.people import actions as people_actions
from linli.people import queries as people
from linli.shared import queries as shared
from linli.shared.roles import ROLE_LABELS, Role
from linli.shared.scope import EVERYTHING, acting
from linli.staff import actions as staff_actions
from linli.staff import queries as staff
from linli.web.admin import closing, forms, lists, start
from linli.web.admin.doors import by, filled, page_for, reason_of


@require_GET
@page_for(Role.ADMIN)
def accounts(request: HttpRequest) -> HttpResponseBase:
    """List the accounts (账号)."""
    return lists.ACCOUNTS.answer(request, staff.accounts(), "admin/accounts.html")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def new_account(request: HttpRequest) -> HttpResponseBase:
    """Open an account (开户)."""
    form = forms.AccountForm(request.POST or None)

    def create() -> str:
        account = staff_actions.create_account(**form.cleaned_data, **by(request))
        return _of(account.pk)

    return filled(request, form, create, title=_("开户"), back=reverse("admin_accounts"))


@require_GET
@page_for(Role.ADMIN)
def account(request: HttpRequest, account_id: int) -> HttpResponseBase:
    """Show an account with all its posts (账号)."""
    shown = staff.account(account_id)
    context = {"account": shown, "posts": staff.all_posts_of(shown), "now": timezone.now()}
    return render(request, "admin/account.html", context)


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def appoint(request: HttpRequest, account_id: int) -> HttpResponseBase:
    """Give a person a post (任岗)."""
    shown = staff.account(account_id)
    form = forms.PostForm(request.POST or None)

    def give() -> str:
        answers = {**form.cleaned_data, "unit": staff.unit(int(form.cleaned_data["unit"]))}
        staff_actions.appoint(account=shown, **answers, **by(request))
        return _of(account_id)

    title = _("给%(name)s安排岗位") % {"name": shown.name}
    return filled(request, form, give, title=title, back=_of(account_id))


@require_POST
@page_for(Role.ADMIN)
def end_post(request: HttpRequest, account_id: int, post_id: int) -> HttpResponseBase:
    """End a post (离岗)."""
    ended = staff.post(post_id)
    staff_actions.end_post(post=ended, reason=reason_of(request), **by(request))
    left = sum(closing.waiting_for(ended.unit_id).values())
    if left and not staff.posts(at=timezone.now(), unit_id=ended.unit_id).exists():
        unit = staff.unit_name(staff.unit(ended.unit_id))
        messages.warning(
            request, _("“%(unit)s”已经没有人在岗，还有 %(count)s 件在等它。") % {"unit": unit, "count": left}
        )
    return redirect(_of(account_id))


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def set_password(request: HttpRequest, account_id: int) -> HttpResponseBase:
    """Set a new password for someone who forgot theirs (重设密码)."""
    shown = staff.account(account_id)
    form = forms.PasswordForm(request.POST or None)

    def change() -> str:
        staff_actions.set_password(account=shown, password=form.cleaned_data["password"], **by(request))
        return _of(account_id)

    title = _("给%(name)s重设密码") % {"name": shown.name}
    return filled(request, form, change, title=title, back=_of(account_id))


@require_POST
@page_for(Role.ADMIN)
def change_account(request: HttpRequest, account_id: int, verb: str) -> HttpResponseBase:
    """Close or reopen an account, remove a lost second factor, or unlock the door."""
    shown, who = staff.account(account_id), by(request)
    verbs: dict[str, Callable[[], object]] = {
        "close": lambda: staff_actions.close_account(account=shown, reason=reason_of(request), **who),
        "reopen": lambda: staff_actions.reopen_account(account=shown, reason=reason_of(request), **who),
        "second": lambda: staff_actions.reset_second_factor(account=shown, reason=reason_of(request), **who),
        "unlock": lambda: staff_actions.unlock(account=shown, **who),
    }
    verbs[verb]()
    messages.success(request, _("已记下。"))
    return redirect(_of(account_id))


@require_GET
@page_for(Role.ADMIN)
def units(request: HttpRequest) -> HttpResponseBase:
    """List the units (单位)."""
    return lists.UNITS.answer(request, staff.all_units(), "admin/units.html")


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def new_unit(request: HttpRequest) -> HttpResponseBase:
    """Add a unit (设立单位)."""
    form = forms.UnitForm(request.POST or None)

    def create() -> str:
        staff_actions.create_unit(**form.cleaned_data, **by(request))
        return reverse("admin_units")

    return filled(request, form, create, title=_("设立单位"), back=reverse("admin_units"))


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def edit_unit(request: HttpRequest, unit_id: int) -> HttpResponseBase:
    """Change what a unit is called, or where it is reached (更改单位)."""
    unit = staff.unit(unit_id)
    initial = {name: getattr(unit, name) for name in forms.UnitNamesForm.base_fields}
    form = forms.UnitNamesForm(request.POST or None, initial=initial)

    def change() -> str:
        staff_actions.change_unit(unit=unit, **form.cleaned_data, **by(request))
        return reverse("admin_units")

    words = f"{_(unit.get_kind_display())} · {unit.code} · {unit.area_code}"
    extra = "admin/close_unit.html" if unit.is_active else ""
    return filled(request, form, change, title=unit.name, back=reverse("admin_units"), words=words, extra=extra)


@require_POST
@page_for(Role.ADMIN)
def close_unit(request: HttpRequest, unit_id: int) -> HttpResponseBase:
    """Take a unit out of use, when nothing open waits for it (停用单位)."""
    unit = staff.unit(unit_id)
    closing.close_unit(unit=unit, reason=reason_of(request), **by(request))
    messages.success(request, _("已停用，过去的记录保留。"))
    return redirect("admin_units")


@require_POST
@page_for(Role.ADMIN)
def missing_units(request: HttpRequest) -> HttpResponseBase:
    """Add a unit for every street and community that has none (补齐单位)."""
    made = start.add_missing_units(**by(request))
    messages.success(request, _("已设立 %s 个单位。") % made)
    return redirect("admin_units")


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def role_rules(request: HttpRequest) -> HttpResponseBase:
    """Say what the site asks of each role: second factor, idle time (角色规则)."""
    status = 200
    if request.method == "POST":
        form = forms.RuleForm(request.POST)
        if form.is_valid():
            staff_actions.set_role_rule(**form.cleaned_data, **by(request))
            messages.success(request, _("已保存，马上生效。"))
            return redirect("admin_roles")
        messages.error(request, _("闲置时间要在 1 到 720 分钟之间。"))
        status = 422
    rows = [(rule, _(ROLE_LABELS[Role(rule.role)])) for rule in staff.rules()]
    return render(request, "admin/roles.html", {"rows": rows}, status=status)


@require_GET
@page_for(Role.ADMIN)
def tags(request: HttpRequest) -> HttpResponseBase:
    """List the need tags (需求标签)."""
    return render(request, "admin/tags.html", {"tags": people.need_tags(is_retired_shown=True)})


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def new_tag(request: HttpRequest) -> HttpResponseBase:
    """Add a need tag (新增需求标签)."""
    form = forms.NewTagForm(request.POST or None)

    def keep() -> str:
        people_actions.edit_tag(**form.cleaned_data, **by(request))
        return reverse("admin_tags")

    return filled(request, form, keep, title=_("新增需求标签"), back=reverse("admin_tags"))


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def edit_tag(request: HttpRequest, code: str) -> HttpResponseBase:
    """Change a need tag (编辑需求标签)."""
    known = people.need_tag(code, is_retired_shown=True)
    initial = {name: getattr(known, name) for name in forms.TagForm.base_fields}
    form = forms.TagForm(request.POST or None, initial=initial)

    def keep() -> str:
        people_actions.edit_tag(code=code, **form.cleaned_data, **by(request))
        return reverse("admin_tags")

    return filled(request, form, keep, title=_("需求标签 %(code)s") % {"code": code}, back=reverse("admin_tags"))


@require_GET
@page_for(Role.AUDITOR)
def audit(request: HttpRequest) -> HttpResponseBase:
    """Show who changed what outside the cases (审计)."""
    names = staff.every_post().filter(pk=OuterRef("by_post_id")).values("account__name")[:1]
    entries = shared.audit_entries().annotate(by_name=Subquery(names))
    return lists.AUDIT.answer(request, entries, "admin/log.html", {"title": _("审计记录")})


@require_GET
@page_for(Role.AUDITOR)
def looks(request: HttpRequest) -> HttpResponseBase:
    """Show who opened whose record, by number; an auditor sees the looks of the whole district (访问记录)."""
    with acting(EVERYTHING):
        return lists.LOOKS.answer(request, people.every_look(), "admin/log.html", {"title": _("个人资料访问记录")})


def _of(account_id: int) -> str:
    return reverse("admin_account", args=[account_id])
