"""From yearly editions of the area codes to areas with dates and successors (沿革).

A code that is missing from the next edition has closed. Who answers for it is said by its row, or found: a street is
followed by the new street of the same bare name or with the same communities; a community by the one of the same name,
first in its street's successor.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from linli.place.rules.codes import Level, level_of, parent
from linli.place.rules.names import bare_name, short_name

LIKENESS_LEAST = 0.5
WHOLE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an edition (名录行)."""

    row: int
    as_of: date
    code: str
    name: str
    urban_rural_code: str = ""
    successor_code: str = ""

    @property
    def level(self) -> Level:
        """How deep it lies."""
        return level_of(self.code)


@dataclass(slots=True)
class Fate:
    """What the editions say of one code (一码之沿革)."""

    code: str
    name: str
    valid_from: date
    former_names: tuple[str, ...] = ()
    valid_to: date | None = None
    successor_code: str = ""


Book = dict[str, Line]


def editions(lines: Iterable[Line]) -> list[tuple[date, Book]]:
    """Sort lines into editions, oldest first."""
    books: dict[date, Book] = {}
    for line in lines:
        books.setdefault(line.as_of, {})[line.code] = line
    return sorted(books.items())


def replay(books: list[tuple[date, Book]]) -> dict[str, Fate]:
    """Return the fate of every code that any edition lists (推演沿革)."""
    fates: dict[str, Fate] = {}
    before: Book = {}
    for as_of, book in books:
        _meet(fates, as_of, book)
        districts = {code[:6] for code in book}
        gone = {code: line for code, line in before.items() if code not in book and code[:6] in districts}
        found = successors(gone, before, book)
        for code in gone:
            fates[code].valid_to, fates[code].successor_code = as_of, found.get(code, "")
        before = {code: line for code, line in before.items() if code[:6] not in districts} | book
    return fates


def _meet(fates: dict[str, Fate], as_of: date, book: Book) -> None:
    for code, line in book.items():
        name, fate = short_name(line.level, line.name), fates.get(code)
        if fate is None:
            fates[code] = Fate(code, name, as_of)
            continue
        if fate.name != name:
            fate.former_names = (*(each for each in fate.former_names if each != name), fate.name)
        fate.name, fate.valid_to, fate.successor_code = name, None, ""


def successors(gone: Mapping[str, Line], before: Book, after: Book) -> dict[str, str]:
    """Return who follows each closed code, without those nobody follows (找后继)."""
    new = {code: line for code, line in after.items() if code not in before}
    found = {code: line.successor_code for code, line in gone.items() if line.successor_code in after}
    found |= _streets(
        [line for code, line in gone.items() if line.level is Level.STREET and code not in found],
        [line for line in new.values() if line.level is Level.STREET],
        before,
        after,
    )
    for code, line in gone.items():
        if line.level is Level.COMMUNITY and code not in found:
            following = _community(line, found.get(parent(code), parent(code)), new)
            if following:
                found[code] = following
    return found


def _streets(gone: list[Line], new: list[Line], before: Book, after: Book) -> dict[str, str]:
    likeness = [
        (_likeness(old, _inside(before, old.code), one, _inside(after, one.code)), old.code, one.code)
        for old in gone
        for one in new
    ]
    found: dict[str, str] = {}
    for score, old, one in sorted(likeness, reverse=True):
        if score >= LIKENESS_LEAST and old not in found and one not in found.values():
            found[old] = one
    return found


def _likeness(old: Line, old_inside: set[str], one: Line, one_inside: set[str]) -> float:
    same_name = bare_name(Level.STREET, old.name) == bare_name(Level.STREET, one.name)
    common = len(old_inside & one_inside) / len(old_inside) if old_inside else 0.0
    return 0.5 * same_name + 0.5 * common


def _inside(book: Book, street: str) -> set[str]:
    return {_bare(line) for code, line in book.items() if code.startswith(street) and line.level is Level.COMMUNITY}


def _bare(line: Line) -> str:
    return bare_name(line.level, short_name(line.level, line.name))


def _community(line: Line, street: str, new: Mapping[str, Line]) -> str:
    """Return the new community of the same name, in the street's successor or else the only one in the district."""
    named = [code for code, other in new.items() if other.level is Level.COMMUNITY and _bare(other) == _bare(line)]
    near = [code for code in named if code.startswith(street)]
    same_district = [code for code in named if code[:6] == line.code[:6]]
    choice = near or same_district
    return choice[0] if len(choice) == 1 else ""


def partial(books: list[tuple[date, Book]]) -> list[tuple[date, str, int, int]]:
    """Return editions that list less than half of a district's codes of the edition before: surely cut off (残缺)."""
    found, sizes = [], dict[str, int]()
    for as_of, book in books:
        counts: dict[str, int] = {}
        for code in book:
            counts[code[:6]] = counts.get(code[:6], 0) + 1
        for district, count in counts.items():
            if count < WHOLE_SHARE * sizes.get(district, 0):
                found.append((as_of, district, count, sizes[district]))
        sizes |= counts
    return found
