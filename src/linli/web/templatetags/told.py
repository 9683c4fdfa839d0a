"""What residents are told about a case in a list: ``{% load told %}`` (居民的说法)."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.place import queries as place
from linli.text import queries as text
from linli.web import times
from linli.web.resident import told

register = template.Library()
GRID = 15  # digits


@register.filter
def category_words(code: str) -> str:
    """Name a category in the page's language."""
    return text.category_name(code, get_language() or "zh-hans")


@register.filter
def standing_words(state: str) -> str:
    """Say where a case stands, naming nobody."""
    return told.state_words(state)


@register.filter
def day_words(moment: datetime) -> str:
    """今天, 3月5日."""
    return times.day_words(moment, at=timezone.now())


@register.filter
def near_place(code: str, own_code: str = "") -> str:
    """Name a neighbour's place no closer than its grid, unless it is the building the reader speaks of."""
    shown = code if code == own_code else code[:GRID]
    return place.full_name(shown, get_language() or "zh-hans")


@register.filter
def metres_words(metres: float) -> str:
    """离您约 120 米, rounded so that it points at no door."""
    return _("约 %s 米") % max(20, round(metres / 20) * 20)
