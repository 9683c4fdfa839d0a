"""What stands in a cell. Built in Python, not by templates: fifty rows of eight cells are on the desk's fast path."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from linli.web import times
from linli.web.templatetags.linli import icon


def plain(value: Any) -> str:
    """Return a value as escaped words; moments as people say them."""
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        return moment_cell(value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, date):
        return value.isoformat()
    return conditional_escape(value)


def moment_cell(value: datetime | None) -> str:
    """今天 17:00, with the exact moment on hover."""
    if value is None:
        return ""
    words = times.moment_words(value, at=timezone.now())
    return format_html('<time datetime="{}" title="{}">{}</time>', _iso(value), times.exact_words(value), words)


def due_cell(due: datetime | None) -> str:
    """今天 17:00 前 · 还有 3 小时, counting in the page; same part as ``parts/due.html``."""
    if due is None:
        return ""
    at = timezone.now()
    return format_html(
        '<span class="due is-{}" data-due="{}">'
        '<span class="due-words">{}<time datetime="{}" title="{}">{}</time></span> '
        '<span class="due-rest" data-due-rest>{}</span></span>',
        times.due_tone(due, at=at),
        _iso(due),
        due_icons(),
        _iso(due),
        times.exact_words(due),
        times.due_words(due, at=at),
        times.due_rest(due, at=at),
    )


def due_icons() -> SafeString:
    """Three icons of which the style shows the one that fits; the script only changes a class."""
    shown = (("late", "clock-exclamation"), ("soon", "hourglass"), ("ample", "clock"))
    return mark_safe("".join(f'<span data-icon="{tone}">{icon(name)}</span>' for tone, name in shown))  # noqa: S308 -- our own markup


def state_cell(words: Any, icon_name: str = "circle", tone: str = "") -> str:
    """Words with their icon; same part as ``parts/state.html``."""
    return format_html('<span class="state state-{}">{}<span>{}</span></span>', tone or "plain", icon(icon_name), words)


def _iso(value: datetime) -> str:
    return value.isoformat(timespec="seconds")
