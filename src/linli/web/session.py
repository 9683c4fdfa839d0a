"""Who is at the desk: the post of a request, its scope, idle time, and the guard of desk pages.

A page costs one statement for this: the session with its account. Posts, units and role rules come from memory.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user, logout
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from linli.shared.roles import ROLE_LABELS, Role
from linli.shared.scope import NOTHING, Scope, acting
from linli.staff import queries as staff
from linli.staff.queries import Account, Post

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
Guarded = Callable[..., HttpResponseBase]

SEEN = "seen"  # session: when the person last did something, in seconds
SEEN_EVERY_SECONDS = 60  # written at most this often, so that reading a page writes nothing
BACKGROUND = "X-Background"  # a page refreshing itself says so: nobody is sitting there


class AccountMiddleware(AuthenticationMiddleware):
    """Take the account that was read with the session, where the session proves to be its own."""

    def process_request(self, request: HttpRequest) -> None:
        """Give the request its user, read when somebody asks."""
        super().process_request(request)
        vars(request)["user"] = SimpleLazyObject(lambda: _user_of(request))


class PostMiddleware:
    """Find the post behind a request and bind its scope; without one, scoped tables show nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request within the scope of its post."""
        vars(request)["post"] = None
        scope = NOTHING
        account = account_of(request)
        if account is not None:
            if _is_idle(request, account):
                logout(request)
                return to_login(request, why="idle")
            post = staff.post_in_session(request.session, account, at=timezone.now())
            vars(request)["post"] = post
            scope = staff.scope_of(post) if post else NOTHING
        with acting(scope):
            response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = _within(scope, cast(Iterable[bytes], response.streaming_content))
        return response


def account_of(request: HttpRequest) -> Account | None:
    """Return who is logged in; asks the database nothing when the browser holds no session."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    user = request.user
    return user if isinstance(user, Account) else None


def post_of(request: HttpRequest) -> Post:
    """Return the post this request acts as (岗位).

    Raises:
        PermissionDenied: nobody is logged in, or no post has been chosen.
    """
    post = getattr(request, "post", None)
    if not isinstance(post, Post):
        raise PermissionDenied
    return post


def client_address(request: HttpRequest) -> str:
    """Return the address of the client; a forwarded address counts only from our own proxies."""
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if settings.TRUSTED_PROXIES and len(forwarded) >= settings.TRUSTED_PROXIES:
        return forwarded[-settings.TRUSTED_PROXIES]
    address: str = request.META.get("REMOTE_ADDR", "")
    return address


def desk(*roles: Role) -> Callable[[View[P]], Guarded]:
    """Let only posts of these roles in: logged in, post chosen, second factor shown where the role asks for one."""

    def guard(view: View[P]) -> Guarded:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            return _turned_away(request, roles) or view(request, *args, **kwargs)

        return guarded

    return guard


def logged_in(view: View[P]) -> Guarded:
    """Let anyone in who is logged in, whatever their post: for the pages of one's own account."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return to_login(request) if account_of(request) is None else view(request, *args, **kwargs)

    return guarded


def has_second_factor(request: HttpRequest) -> bool:
    """Return whether this session was opened or confirmed with a second factor (双重验证)."""
    account = account_of(request)
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, account))


def lacks_second_factor(request: HttpRequest, post: Post) -> bool:
    """Return whether the role asks for a second factor this session has not shown."""
    return staff.rule(post.role).is_second_factor_required and not has_second_factor(request)


def to_login(request: HttpRequest, *, why: str = "") -> HttpResponse:
    """Send to the login page and back to the same page afterwards; what was typed waits in the browser."""
    address = f"{reverse('account_login')}?{urlencode({'next': _page(request), **({'why': why} if why else {})})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def safe_next(request: HttpRequest) -> str:
    """Return the page to go to next, when it is one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if _is_ours(wanted, request) else ""


def _turned_away(request: HttpRequest, roles: tuple[Role, ...]) -> HttpResponseBase | None:
    account = account_of(request)
    if account is None:
        return to_login(request)
    post = getattr(request, "post", None)
    if post is None:
        return HttpResponseRedirect(f"{reverse('account_posts')}?{urlencode({'next': _page(request)})}")
    if post.role not in roles:
        return _not_this_desk(request, account, post, roles)
    if lacks_second_factor(request, post):
        return HttpResponseRedirect(f"{reverse('account_second_factor')}?{urlencode({'next': _page(request)})}")
    return None


def _not_this_desk(request: HttpRequest, account: Account, post: Post, roles: tuple[Role, ...]) -> HttpResponse:
    held = staff.posts_of(account, at=timezone.now())
    context: dict[str, Any] = {
        "desks": [_(ROLE_LABELS[role]) for role in roles],
        "post_words": staff.post_words(post),
        "own_desk": staff.desk_address(post),
        "fitting": [other for other in held if other.role in roles],
        "next": _page(request),
    }
    return render(request, "account/not_this_desk.html", context, status=403)


def _user_of(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """Return who a session says is there, with the very checks of Django where it was not read along."""
    session = request.session
    account = getattr(session, "account", None) if SESSION_KEY in session else None  # asking for the key reads it
    proof = session.get(HASH_SESSION_KEY) or ""
    if (
        account is not None
        and account.is_active
        and session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(proof, account.get_session_auth_hash())
    ):
        return cast(AbstractBaseUser, account)
    return get_user(request)


def _is_idle(request: HttpRequest, account: Account) -> bool:
    now = int(timezone.now().timestamp())
    seen = request.session.get(SEEN)
    if seen is not None and now - seen > _idle_minutes(request, account) * 60:
        return True
    if (seen is None or now - seen >= SEEN_EVERY_SECONDS) and not request.headers.get(BACKGROUND):
        request.session[SEEN] = now
    return False


def _idle_minutes(request: HttpRequest, account: Account) -> int:
    post = staff.post_in_session(request.session, account, at=timezone.now())
    minutes = staff.rule(post.role).idle_minutes if post else None
    return minutes or int(settings.IDLE_TIMEOUT_MINUTES)


def _page(request: HttpRequest) -> str:
    """The page to come back to: where a form was filled in, not where it was sent."""
    if request.method in {"GET", "HEAD"} and not request.headers.get("HX-Request"):
        return request.get_full_path()
    came_from = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    if not _is_ours(came_from, request):
        return "/"
    parts = urlsplit(came_from)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _is_ours(address: str, request: HttpRequest) -> bool:
    return url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def _within(scope: Scope, parts: Iterable[bytes]) -> Iterator[bytes]:
    """Go on in the request's scope while a streamed answer is being read."""
    remaining = iter(parts)
    while True:
        with acting(scope):
            part = next(remaining, None)
        if part is None:
            return
        yield part
