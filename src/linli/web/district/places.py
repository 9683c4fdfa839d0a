"""The area a page speaks of, within that of the post, and the way down from it (区域)."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.place import queries as place
from linli.place.rules import Level
from linli.shared.refusals import Refused
from linli.staff.queries import Post
from linli.web.casepage.words import language

EXACTLY = "="  # "=540102": only what is known to lie in the district, no deeper
DIGITS = {Level.STREET: 9, Level.COMMUNITY: 12, Level.GRID: 12 + settings.GRID_DIGITS}


@dataclass(frozen=True, slots=True)
class Here:
    """Where a page looks: an area, and the level below it by which it counts."""

    code: str
    level: Level  # the level shown on the map and in the table

    @property
    def digits(self) -> int:
        """How many digits a code of that level has."""
        return DIGITS[self.level]

    @property
    def is_deepest(self) -> bool:
        """Tell whether nothing lies below."""
        return len(self.code) >= DIGITS[Level.GRID]

    @property
    def levels(self) -> list[Level]:
        """The levels one may choose to look at."""
        return [level for level, digits in DIGITS.items() if digits > len(self.code)] or [Level.GRID]


def here(request: HttpRequest, *, post: Post) -> Here:
    """Return the area and level in the address bar (所看区域).

    Raises:
        Refused: the area is not the post's to see, or there is none such.
    """
    code = request.GET.get("area", "") or post.area_code
    if not code.startswith(post.area_code):
        raise Refused("这个区域不在您的范围内。")
    if place.place(code) is None and code != post.area_code:
        raise Refused("没有这个区域。")
    code = code[: DIGITS[Level.GRID]]
    below = Here(code, Level.GRID).levels
    asked = request.GET.get("level", "")
    return Here(code, next((level for level in below if level.value == asked), below[0]))


def trail(code: str, *, post: Post) -> list[tuple[str, str]]:
    """Return the areas from the post's own down to this one, with their names (面包屑)."""
    chain = [each for each in place.ancestry(code) if each.startswith(post.area_code)]
    names = place.names(chain, language())
    return [(each, names[each]) for each in chain]


def name(code: str) -> str:
    """Name an area in the language of the page."""
    return place.name(code, language())


def name_below(code: str, *, above: str) -> str:
    """Name an area as seen from one around it: 八朗学社区·01网格."""
    chain = [each for each in place.ancestry(code) if len(each) > len(above)]
    return "·".join(name(each) for each in chain) or name(code)


def choices(request: HttpRequest, *, post: Post) -> list[tuple[str, str]]:
    """Return the areas a list offers to filter by, and the one it is filtered by already."""
    below = [Level.STREET, Level.COMMUNITY] if len(post.area_code) < DIGITS[Level.STREET] else [Level.COMMUNITY]
    found = {each.code: "　" * (each.level is Level.COMMUNITY) + name(each.code)
             for each in place.areas(prefix=post.area_code) if each.level in below}  # fmt: skip
    asked = request.GET.get("area", "")
    if asked not in found and asked.lstrip(EXACTLY).startswith(post.area_code) and place.place(asked.lstrip(EXACTLY)):
        found[asked] = label(asked)
    return list(found.items())


def label(asked: str) -> str:
    """Name an area as a filter says it; with a mark when only what lies no deeper is meant."""
    code = asked.removeprefix(EXACTLY)
    words = place.full_name(code, language())
    return shallow_label(code) if asked.startswith(EXACTLY) else words


def shallow_label(code: str) -> str:
    """Say that a place is known no better than this: 城关区（没有更细的位置）."""
    return _("%s（没有更细的位置）") % name(code)


def level_label(level: Level) -> str:
    """Name a level of areas in the language of the page."""
    return _(place.level_label(level))
