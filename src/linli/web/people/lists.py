"""The list of households: where, which needs, when last visited."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from linli.people import queries as people
from linli.people.queries import Household, NeedTag
from linli.place import queries as places
from linli.web.lists import Column, Filter, List
from linli.web.lists.declared import Choices
from linli.web.session import post_of
from linli.web.templatetags.linli import icon

COUNTED_LEVELS = {6: "STREET", 9: "COMMUNITY", 12: "GRID"}


def tag_marks(tags: list[NeedTag]) -> str:
    """Show need tags as an icon in the tag's colour with its name: never colour alone."""
    return format_html_join(
        " ",
        '<span class="state state-chip">{}<span>{}</span></span>',
        ((_mark(tag), people.tag_name(tag)) for tag in tags),
    )


def _mark(tag: NeedTag) -> str:
    return format_html(
        '<svg class="icon" viewBox="0 0 12 12" aria-hidden="true" focusable="false">'
        '<circle cx="6" cy="6" r="5" fill="{}"></circle></svg>{}',
        tag.colour,
        icon(tag.icon),
    )


def _tags(request: HttpRequest) -> Choices:  # noqa: ARG001 -- the list's signature
    return [(tag.code, people.tag_name(tag)) for tag in people.need_tags()]


def _areas(request: HttpRequest) -> Choices:
    post = post_of(request)
    level = COUNTED_LEVELS.get(len(post.area_code))
    if level is None:
        return []
    return [(area.code, area.name) for area in places.areas(level=level, prefix=post.area_code)]


def _with_tag(rows: QuerySet[Any], tag_code: str) -> QuerySet[Any]:
    return people.with_tag(rows, tag_code, at=timezone.now())


def _in_area(rows: QuerySet[Any], prefix: str) -> QuerySet[Any]:
    return people.in_area(rows, prefix)


def _needs(row: Household) -> str:
    return tag_marks(people.tags_of(row))


HOUSEHOLDS = List(
    name="households",
    title=_("住户"),
    order="area",
    url="/people/household/KEY/",
    columns=(
        Column(key="address", label=_("门牌"), is_main=True),
        Column(
            key="area",
            label=_("网格"),
            value=lambda row: places.full_name(row.area_code, get_language() or "zh-hans"),
            sort="area_code",
        ),
        Column(key="needs", label=_("需求"), cell=_needs, value=lambda _row: "", is_bare=True),
        Column(key="visited_at", label=_("最近走访"), is_extra=True),
    ),
    filters=(
        Filter(key="tag", label=_("需求标签"), choices=_tags, apply=_with_tag),
        Filter(key="area", label=_("范围"), choices=_areas, apply=_in_area),
        Filter(key="q", label=_("门牌"), kind="words", fields=("address",)),
    ),
    live="",
    # Who lives where and needs what does not leave in a file; sheets with a purpose are filled by the report stage.
    export_max=0,
    empty_title=_("还没有登记住户"),
)
