"""Logging in and out, choosing a post, one's own password, the second factor."""

from typing import Any

from allauth.account.internal.flows.login import perform_password_login, record_authentication
from allauth.account.models import Login
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.views import AddWebAuthnView
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, logout, update_session_auth_hash
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.shared.refusals import Refused
from linli.staff import actions as staff_actions
from linli.staff import queries as staff
from linli.staff.queries import Account
from linli.web.account.forms import LoginForm, PasswordForm, PreferencesForm
from linli.web.refusals import sentence
from linli.web.session import account_of, client_address, has_second_factor, logged_in, safe_next

WHY = {
    "idle": gettext_noop("您离开了一段时间，为了安全已经退出。填了一半的内容还在这台设备上，登录后会回到原来的页面。")
}


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def log_in(request: HttpRequest) -> HttpResponseBase:
    """Let a worker in; every failure says the same, whoever exists (登录)."""
    if account_of(request) is not None and request.method == "GET":
        return redirect(safe_next(request) or settings.LOGIN_REDIRECT_URL)
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        username = form.cleaned_data["username"].strip().lower()
        account = authenticate(request, username=username, password=form.cleaned_data["password"])
        if isinstance(account, Account):
            return _opened(request, account)
        form.add_error(None, _("用户名或密码不对。连续输错 5 次要等 15 分钟。"))
    context = {"form": form, "next": safe_next(request), "why": _why(request)}
    return render(request, "account/login.html", context, status=200 if request.method == "GET" else 422)


def locked_out(
    request: HttpRequest, _original: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Say until when the door stays closed; called by axes (锁定)."""
    username = (credentials or {}).get("username") or request.POST.get("username", "").strip().lower()
    attempt = (
        AccessAttempt.objects.filter(username=username, ip_address=client_address(request))
        .order_by("-attempt_time")
        .first()
    )
    began = attempt.attempt_time if attempt else timezone.now()
    context = {"until": timezone.localtime(began + settings.AXES_COOLOFF_TIME), "next": safe_next(request)}
    return render(request, "account/locked_out.html", context, status=429)


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session (退出)."""
    logout(request)
    return redirect(safe_next(request) or settings.LOGOUT_REDIRECT_URL)


@never_cache
@require_GET
@logged_in
def to_desk(request: HttpRequest) -> HttpResponse:
    """Go to the desk of the post, or choose one first (工作台)."""
    post = getattr(request, "post", None)
    return redirect(staff.desk_address(post) if post else "account_posts")


@never_cache
@require_http_methods(["GET", "POST"])
@logged_in
def choose_post(request: HttpRequest) -> HttpResponse:
    """Choose which post to act as; only a POST changes it (换岗位)."""
    account = _me(request)
    held = staff.posts_of(account, at=timezone.now())
    if request.method == "GET":
        context = {"posts": held, "current": getattr(request, "post", None), "next": safe_next(request)}
        return render(request, "account/posts.html", context, status=200 if held else 403)
    chosen = [post for post in held if str(post.pk) == request.POST.get("post")]
    if not chosen:
        return render(request, "account/posts.html", {"posts": held, "is_refused": True}, status=409)
    request.session["post"] = chosen[0].pk
    return redirect(safe_next(request) or staff.desk_address(chosen[0]))


@never_cache
@require_GET
@logged_in
def own_account(request: HttpRequest) -> HttpResponse:
    """Show one's own account: posts, second factor, password, language (我的账号)."""
    account = _me(request)
    context = {
        "account": account,
        "posts": staff.posts_of(account, at=timezone.now()),
        "has_second_factor": is_mfa_enabled(account),
        "preferences": PreferencesForm(initial={"language": account.language, "is_large_type": account.is_large_type}),
    }
    return render(request, "account/own.html", context)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@logged_in
def change_password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; other sessions end (改密)."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _changed(request, form):
        messages.success(request, _("密码已更改，其他设备上的登录已经退出。"))
        return redirect("account_own")
    status = 200 if request.method == "GET" else 422
    return render(request, "account/password.html", {"form": form}, status=status)


@require_POST
@logged_in
def change_preferences(request: HttpRequest) -> HttpResponse:
    """Keep language and type size for next time (偏好)."""
    form = PreferencesForm(request.POST)
    response = redirect("account_own")
    if form.is_valid():
        answers = form.cleaned_data
        staff_actions.change_preferences(account=_me(request), at=timezone.now(), **answers)
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, answers["language"], samesite="Lax", secure=settings.SECURE)
        with translation.override(answers["language"]):
            messages.success(request, _("已保存。"))
    return response


@never_cache
@require_GET
@logged_in
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor a role requires: show it, or set one up first (双重验证)."""
    wanted = safe_next(request)
    if has_second_factor(request):
        return redirect(wanted or settings.LOGIN_REDIRECT_URL)
    if is_mfa_enabled(_me(request)):
        address = reverse("mfa_reauthenticate")
        return HttpResponseRedirect(f"{address}?next={wanted or settings.LOGIN_REDIRECT_URL}")
    request.session["after_second_factor"] = wanted
    return render(request, "account/second_factor.html", {"next": wanted})


class ActivateTotp(ActivateTOTPView):
    """Set up an authenticator app; having just shown a code counts as showing the second factor."""

    def form_valid(self, form: Form) -> HttpResponse:
        """Remember that this session has shown a code."""
        response: HttpResponse = super().form_valid(form)
        record_authentication(self.request, _me(self.request), "mfa", type="totp")
        return response


class AddPasskey(AddWebAuthnView):
    """Add a passkey; having just used it counts as showing the second factor."""

    def form_valid(self, form: Form) -> HttpResponse:
        """Remember that this session has used the key."""
        response: HttpResponse = super().form_valid(form)
        record_authentication(self.request, _me(self.request), "mfa", type="webauthn")
        return response


def _opened(request: HttpRequest, account: Account) -> HttpResponseBase:
    wanted = safe_next(request) or settings.LOGIN_REDIRECT_URL
    response: HttpResponseBase = perform_password_login(
        request, {"username": account.username}, Login(user=account, redirect_url=wanted)
    )
    if account.language in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, account.language, samesite="Lax", secure=settings.SECURE)
    return response


def _changed(request: HttpRequest, form: PasswordForm) -> bool:
    account, answers = _me(request), form.cleaned_data
    if not account.check_password(answers["old"]):
        form.add_error("old", _("现在的密码不对。"))
        return False
    try:
        staff_actions.set_password(account=account, password=answers["new"], at=timezone.now())
    except Refused as refusal:
        form.add_error("new", sentence(refusal))
        return False
    update_session_auth_hash(request, account)
    return True


def _me(request: HttpRequest) -> Account:
    account = account_of(request)
    assert account is not None  # noqa: S101 -- every caller stands behind logged_in
    return account


def _why(request: HttpRequest) -> str:
    reason = WHY.get(request.GET.get("why", ""), "")
    return _(reason) if reason else ""
