"""Links to photos, made by the page that may show them: ``{% load photos %}`` (照片链接)."""

from typing import Any
from uuid import UUID

from django import template
from django.template import Context

from linli.web import photos

register = template.Library()


@register.simple_tag(takes_context=True)
def photo_address(context: Context, photo_id: UUID | str, **options: Any) -> str:
    """Return the link to a photo; ``small=1`` for the one in a list."""
    link = photos.address(photo_id, request=context.get("request"))
    return f"{link}&small=1" if options.get("small") else link
