"""What stands in a cell. Built in Python, not by templates: fifty rows of eight cells are on the desk's fast path."""

from datetime import date, datetime, time
from functools import lru_cache
from html import escape
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.web import assets, times
from linli.web.templatetags.linli import icon


def plain(value: Any) -> str:
    """Return a value as escaped words; moments as people say them."""
    if value is None or value == "":
        return ""
    if hasattr(value, "__html__"):
        return str(value)
    if isinstance(value, datetime):
        return moment_cell(value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return value.isoformat() if isinstance(value, date) else escape(str(value))


def moment_cell(value: datetime | None) -> str:
    """今天 17:00, with the exact moment on hover."""
    return _moment(value, timezone.localdate(), get_language() or "") if value else ""


def due_cell(due: datetime | None) -> str:
    """今天 17:00 前 · 还有 3 小时, counting in the page; same part as ``parts/due.html``."""
    if due is None:
        return ""
    at = timezone.now()
    minute = at.replace(second=0, microsecond=0)
    # The same deadlines are asked for by many desks in the same minute; never across the deadline itself.
    return _due(due, minute if (minute > due) == (at > due) else at, get_language() or "", assets.address("icons.svg"))


@lru_cache(maxsize=8192)
def _due(due: datetime, at: datetime, _language: str, sprite: str) -> str:
    return SafeString(
        f'<span class="due is-{times.due_tone(due, at=at)}" data-due="{_iso(due)}"><span class="due-words">'
        f"{due_icons(sprite)}{_time(due, times.due_words(due, at=at))}</span> "
        f'<span class="due-rest" data-due-rest>{escape(times.due_rest(due, at=at))}</span></span>'
    )


@lru_cache(maxsize=8192)
def _moment(value: datetime, today: date, _language: str) -> str:
    noon = timezone.make_aware(datetime.combine(today, time(12)))
    return _time(value, times.moment_words(value, at=noon))


@lru_cache(maxsize=4)
def due_icons(_sprite: str) -> str:
    """Three icons of which the style shows the one that fits; the script only changes a class."""
    shown = (("late", "clock-exclamation"), ("soon", "hourglass"), ("ample", "clock"))
    return "".join(f'<span data-icon="{tone}">{icon(name)}</span>' for tone, name in shown)


def state_cell(words: Any, icon_name: str = "circle", tone: str = "") -> str:
    """Words with their icon; same part as ``parts/state.html``."""
    return SafeString(
        f'<span class="state state-{escape(tone or "plain")}">{icon(icon_name)}<span>{plain(words)}</span></span>'
    )


def _time(value: datetime, words: str) -> SafeString:
    return SafeString(f'<time datetime="{_iso(value)}" title="{times.exact_words(value)}">{escape(words)}</time>')


def _iso(value: datetime) -> str:
    return value.isoformat(timespec="seconds")
