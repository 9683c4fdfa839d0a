"""Tags of the people pages: a need with its colour, icon and name; relations and consents in words."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from linli.web.people.forms import GIVERS, RELATIONS, WAYS
from linli.web.people.lists import tag_marks

register = template.Library()


@register.simple_tag
def need_mark(tag: Any) -> str:
    """Draw one need tag."""
    return tag_marks([tag])


@register.simple_tag
def relation_words(relation: str) -> str:
    """Say as what someone belongs to a household."""
    return str(dict(RELATIONS).get(relation, ""))


@register.simple_tag
def consent_words(consent: Any) -> str:
    """Say who gave a consent, and how: 本人 · 书面签字."""
    separate = f" · {_('单独同意')}" if consent.is_separate else ""
    return f"{dict(GIVERS).get(consent.giver, '')} · {dict(WAYS).get(consent.way, '')}{separate}"
