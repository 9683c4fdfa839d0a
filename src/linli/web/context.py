"""What every page knows without being told by its view (页面公共变量)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import lazystr
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from linli.call.states import ANSWERERS
from linli.notice.queries import BELLS
from linli.shared.roles import Role
from linli.web.session import lacks_second_factor

# Where a role works: its folder of templates and the name over the door.
DESKS = {
    Role.GRID: ("grid", _("网格工作台")),
    Role.COMMUNITY: ("community", _("社区工作台")),
    Role.STREET: ("community", _("街道工作台")),
    Role.DEPARTMENT: ("department", _("部门工作台")),
    Role.HEALTH: ("department", _("卫生站工作台")),
    Role.DISTRICT: ("district", _("区中心工作台")),
    Role.AUDITOR: ("admin", _("审计工作台")),
    Role.ADMIN: ("admin", _("系统管理")),
}
NO_DESK = ("", lazystr(""))


def page(request: HttpRequest) -> dict[str, Any]:
    """Give every template its frame, its desk, and the switches in the bar."""
    post = getattr(request, "post", None)
    folder, desk_name = DESKS.get(Role(post.role), NO_DESK) if post else NO_DESK
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "frame": frame_of(request),
        "post": post,
        "desk_folder": folder,
        "desk_name": desk_name,
        "has_bell": post is not None and Role(post.role) in BELLS and not lacks_second_factor(request, post),
        "hears_calls": post is not None and Role(post.role) in ANSWERERS and not lacks_second_factor(request, post),
        "nav_templates": [f"{folder}/nav.html", "parts/nav_none.html"],
        "live_url": live_url(request),
        "server_time": timezone.now(),
        "html_lang": {"zh-hans": "zh-Hans"}.get(language, language),
        "languages": [(code, name, code == language) for code, name in settings.LANGUAGES],
        "large_type": is_large(request),
    }


def frame_of(request: HttpRequest) -> str:
    """Name the layout to extend: beside a list, on a desk, or a resident's page."""
    if request.headers.get("X-Linli-Frame") == "panel" or request.headers.get("HX-Target") == "panel-content":
        return "panel.html"
    return "desk.html" if getattr(request, "post", None) else "resident.html"


def is_large(request: HttpRequest) -> bool:
    """Return whether this page is set in large type: this machine's choice first, then the account's."""
    size = request.COOKIES.get("linli_type")
    if size is not None:
        return size == "large"
    return bool(getattr(request, "post", None)) and bool(getattr(request.user, "is_large_type", False))


def live_url(request: HttpRequest) -> str:
    """Return where live hints come from: the proxy's path, or the small process on its own port."""
    if settings.LIVE_URL:
        return str(settings.LIVE_URL)
    host = request.get_host()
    # An IPv6 address keeps its brackets; only what follows them can be a port.
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    return f"{request.scheme}://{name}:{settings.LIVE_PORT}/live"
