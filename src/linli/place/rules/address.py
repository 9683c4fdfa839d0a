"""Find the area that an address in words speaks of, without ever guessing in silence (地址识别).

Every name an area goes by is a term. A text is read once from left to right, longest term first; each hit is evidence
for the areas called so. A candidate's score is the share of the evidence that agrees with it, divided among equals.
Where several candidates are equal, the area around all of them comes first: that much is certain.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from linli.place.rules.codes import DEPTH, Level, ancestors, level_of, parent
from linli.place.rules.names import alike, bare_name, bare_spelled, full_terms

BARE_WEIGHT = 0.6
# Nothing but a bare name: 吉崩岗 is likely the place, 幸福 may be just a word.
BARE_ALONE, SHORT_BARE_ALONE, SHORT = 0.6, 0.4, 2
ENTRANCE = 2
WIDE = 24
MATCHES_MAX = 8
PIECES = re.compile(r"\d+[^\d]*|[^\d]+")
SPELLED = re.compile(r"[a-z]")


@dataclass(frozen=True, slots=True)
class WordMatch:
    """An area that the words may mean, how surely, and which words said so (地址匹配)."""

    code: str
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Called:
    """An area with everything it is called; ``code`` is the one in force (称呼)."""

    code: str
    level: Level
    name: str
    others: tuple[str, ...] = ()
    spelled: tuple[str, ...] = ()


class Term(NamedTuple):
    """One written form and the areas it may mean."""

    words: str
    codes: tuple[str, ...]
    weight: float


class WordIndex:
    """All terms of a district, ready to read addresses (地名索引)."""

    def __init__(self, areas: Iterable[Called]) -> None:
        full: dict[str, set[str]] = defaultdict(set)
        bare: dict[str, set[str]] = defaultdict(set)
        listed = [area for area in areas if area.level is not Level.DISTRICT]
        roads = {area.code: tuple(alike(other) for other in area.others) for area in listed if area.level is Level.GRID}
        for area in listed:
            if area.level is Level.BUILDING:
                _enter_building(full, area, roads.get(parent(area.code), ()))
            else:
                _enter(full, bare, area)
        self._entrances: dict[str, list[Term]] = defaultdict(list)
        for words, codes in full.items():
            self._add(words, _narrowed(codes), float(len(words)))
        for words, codes in bare.items():
            if words not in full:
                self._add(words, _narrowed(codes), len(words) * BARE_WEIGHT)
        for terms in self._entrances.values():
            terms.sort(key=lambda term: -len(term.words))

    def _add(self, words: str, codes: tuple[str, ...], weight: float) -> None:
        if len(words) >= ENTRANCE:
            self._entrances[words[:ENTRANCE]].append(Term(words, codes, weight))

    def find(self, text: str) -> list[WordMatch]:
        """Return the areas the words may mean, best first (按词找地)."""
        hits = self._read(alike(text))
        return _ranked(hits) if hits else []

    def _read(self, text: str) -> list[Term]:
        hits: list[Term] = []
        at, end, entrances = 0, len(text) - ENTRANCE + 1, self._entrances
        while at < end:
            for term in entrances.get(text[at : at + ENTRANCE], ()):
                if text.startswith(term.words, at) and _stands_alone(text, at, term.words):
                    hits.append(term)
                    at += len(term.words)
                    break
            else:
                at += 1
        return hits


def _enter(full: dict[str, set[str]], bare: dict[str, set[str]], area: Called) -> None:
    for name in (area.name, *area.others):
        for words in full_terms(area.level, name):
            full[words].add(area.code)
        if area.level in (Level.STREET, Level.COMMUNITY):
            bare[alike(bare_name(area.level, name))].add(area.code)
    for name in area.spelled:
        full[alike(name)].add(area.code)
        bare[bare_spelled(name)].add(area.code)


def _enter_building(full: dict[str, set[str]], area: Called, roads: tuple[str, ...]) -> None:
    """Enter 路程巷3号院2栋 whole for the building, and its beginnings for the grid around it."""
    around = parent(area.code)
    for said in (area.name, *area.others, *area.spelled):
        words = alike(said)
        # A building called just "2栋" is known by the lanes of its grid.
        for whole in [road + words for road in roads] if words[:1].isdigit() else [words]:
            pieces = PIECES.findall(whole)
            for count in range(1, len(pieces)):
                _both_ways(full, "".join(pieces[:count]), around)
            _both_ways(full, whole, area.code)


def _both_ways(full: dict[str, set[str]], words: str, code: str) -> None:
    full[words].add(code)
    full[words.replace("号院", "号")].add(code)


def _narrowed(codes: set[str]) -> tuple[str, ...]:
    """Leave out a building where its own grid is meant too: the beginning of a longer address."""
    kept = {code for code in codes if level_of(code) is not Level.BUILDING or parent(code) not in codes}
    return tuple(sorted(kept))


def _stands_alone(text: str, at: int, words: str) -> bool:
    """Keep numbers and spelled words whole: 路程巷3号 is not in 路程巷33号, nor Jiri in Jirik."""
    end = at + len(words)
    for kind in (str.isdigit, SPELLED.match):
        if at and kind(words[0]) and kind(text[at - 1]):
            return False
        if end < len(text) and kind(words[-1]) and kind(text[end]):
            return False
    return True


def _ranked(hits: list[Term]) -> list[WordMatch]:
    whole = sum(hit.weight for hit in hits)
    shares = {code: sum(hit.weight for hit in hits if _agrees(hit, code)) / whole for code in _candidates(hits)}
    best = max(shares.values())
    equals = _deepest_equals([code for code, share in shares.items() if share > best - 1e-9], hits)
    certainty = _certainty(hits)
    # Equals leave room for none of them, so that no one of several is ever as good as even.
    parted = 1 if len(equals) == 1 else len(equals) + 1
    scores = {code: share * certainty / (len(equals) + 1) for code, share in shares.items() if share <= best - 1e-9}
    scores |= dict.fromkeys(equals, best * certainty / parted)
    around = _around(equals) if len(equals) > 1 else ""
    if around:
        scores[around] = best * certainty
    ranked = sorted(scores.items(), key=lambda entry: (-entry[1], entry[0] != around, entry[0]))
    said = {code: tuple(hit.words for hit in hits if _agrees(hit, code)) for code, _score in ranked[:MATCHES_MAX]}
    return [WordMatch(code, round(scores[code], 3), words) for code, words in said.items()]


def _certainty(hits: list[Term]) -> float:
    if any(hit.weight >= len(hit.words) for hit in hits):
        return 1.0
    return BARE_ALONE if max(len(hit.words) for hit in hits) > SHORT else SHORT_BARE_ALONE


def _candidates(hits: list[Term]) -> set[str]:
    """Return what the hits may mean; a term of many areas (3网格) counts only where another hit agrees."""
    narrow = [code for hit in hits if len(hit.codes) <= WIDE for code in hit.codes]
    if not narrow:
        return set(hits[0].codes[:WIDE])
    wide = {
        code
        for hit in hits
        if len(hit.codes) > WIDE
        for code in hit.codes
        if any(code.startswith(other) for other in narrow)
    }
    return wide.union(narrow)


def _agrees(hit: Term, code: str) -> bool:
    return any(code.startswith(meant) or meant.startswith(code) for meant in hit.codes)


def _deepest_equals(codes: list[str], hits: list[Term]) -> list[str]:
    """Drop an area where a smaller one inside it has evidence of its own."""
    evidence = {code: {number for number, hit in enumerate(hits) if code in hit.codes} for code in codes}
    inside = {code: [other for other in codes if other != code and other.startswith(code)] for code in codes}
    kept = [code for code in codes if not any(evidence[other] - evidence[code] for other in inside[code])]
    # Of two that the very same words mean (吉日: street and community), the larger is certain, the smaller possible.
    return sorted(kept, key=lambda code: (DEPTH[level_of(code)], code))


def _around(codes: list[str]) -> str:
    """Return the deepest area around all of them that is not a whole district, or one of them."""
    first = codes[0]
    for above in (first, *ancestors(first)):
        if len(above) > 6 and all(code.startswith(above) for code in codes):
            return above
    return ""
