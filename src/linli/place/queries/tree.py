"""Names, neighbours and history of areas (区域树)."""

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext

from linli.place.models import AreaVersion
from linli.place.queries.atlas import Atlas, Place, atlas
from linli.place.rules import Level, ancestors, fits, parent
from linli.place.rules.codes import LEVEL_LABELS

GRID_LENGTH = 12 + settings.GRID_DIGITS  # a community's twelve digits and the grid's own


def place(code: str) -> Place | None:
    """Return one area, closed ones included, without its shape (区域)."""
    return atlas().places.get(code)


def exists(code: str) -> bool:
    """Tell whether the area is in force (现行)."""
    found = atlas().places.get(code)
    return found is not None and found.is_current


def current_codes() -> frozenset[str]:
    """Return the codes of all areas in force (现行编码)."""
    return frozenset(found.code for found in atlas().under(""))


def areas(*, level: Level | str | None = None, prefix: str = "") -> list[Place]:
    """Return the areas in force, of a level and under a prefix, in the order of their codes (区域)."""
    return [found for found in atlas().under(prefix) if level is None or found.level == level]


def children(code: str) -> tuple[Place, ...]:
    """Return the areas in force directly inside, in the order of their codes (下级区域)."""
    return atlas().children.get(code, ())


def name(code: str, language: str = "zh-hans") -> str:
    """Return the area's name, its code while it is unknown (区域名)."""
    found = atlas().places.get(code)
    return _in_language(found, language) if found else code


def names(codes: Iterable[str], language: str = "zh-hans") -> dict[str, str]:
    """Return the name of each area, its code while it is unknown (区域名)."""
    places = atlas().places
    return {code: _in_language(places[code], language) if code in places else code for code in codes}


def full_name(code: str, language: str = "zh-hans") -> str:
    """Return the name with those around it below the district: 吉日街道·洛堆社区·03网格 (全名)."""
    if not fits(code):
        return code
    chain_of_codes = [above for above in reversed(ancestors(code)) if len(above) > 6]
    return "·".join(name(each, language) for each in [*chain_of_codes, code])


def grid_of(code: str) -> str:
    """Return the grid that an area lies in; what is no deeper than a grid stays itself (所在网格)."""
    return code[:GRID_LENGTH]


def level_label(level: Level | str) -> str:
    """Return what the level is called (层级名)."""
    return gettext(LEVEL_LABELS[Level(level)])


def ancestry(code: str) -> tuple[str, ...]:
    """Return the code and those around it, outermost first (上级链)."""
    return (*reversed(ancestors(code)), code) if fits(code) else ()


def resolve(code: str) -> str:
    """Return the area in force that answers for a code today: itself, its successor, or what is around it (沿革)."""
    return atlas().successor(code)


def roll_up(prefix: str) -> tuple[str, ...]:
    """Return every prefix whose records count for an area today: its own and those it succeeded (归并前缀)."""
    book = atlas()
    found = [prefix]
    for code in _closed_roots(book):
        found.extend(_succeeded(book, code, prefix))
    return tuple(found)


def published(code: str) -> list[AreaVersion]:
    """Return what each yearly edition says of an area and of those directly inside, the newest first (历年名录)."""
    lines = AreaVersion.objects.filter(Q(code=code) | Q(parent_code=code))
    return list(lines.order_by("-as_of", "code"))


def closed_inside(code: str) -> list[Place]:
    """Return the areas directly inside that are no longer in force (已停用)."""
    return [found for found in atlas().places.values() if not found.is_current and parent(found.code) == code]


def _closed_roots(book: Atlas) -> Iterator[str]:
    """Go through closed areas that lie in no other closed area."""
    for code, found in book.places.items():
        if not found.is_current and not any(
            above in book.places and not book.places[above].is_current for above in ancestors(code)
        ):
            yield code


def _succeeded(book: Atlas, code: str, prefix: str) -> list[str]:
    """Return the closed prefixes at or under a code that now count for the prefix, none inside another."""
    if code.startswith(prefix):
        return []
    inside = [each for each in book.places if each.startswith(code)]
    if all(book.successor(each).startswith(prefix) for each in inside):
        return [code]
    below = [each for each in inside if len(each) > len(code)]
    nearest = [each for each in below if not any(each != other and each.startswith(other) for other in below)]
    return [found for each in nearest for found in _succeeded(book, each, prefix)]


def _in_language(found: Place, language: str) -> str:
    if language.startswith("bo"):
        return found.name_bo or found.name
    return (found.name_en or found.name) if language.startswith("en") else found.name
