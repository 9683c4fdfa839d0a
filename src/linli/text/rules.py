"""Category by words, wording alike, and the guard against numbers that do not belong in free text."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

PUNCTUATION = re.compile(r"[\s\W_]+")
SHINGLE = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A category that the words point to, with a score above zero and the words that said so."""

    code: str
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A stretch of text that should not stand there: what it is and where."""

    kind: str
    start: int
    end: int
    words: str


class Lexicon:
    """Keywords of all categories compiled into one expression (词表)."""

    def __init__(self, keywords: Mapping[str, Iterable[str]]) -> None:
        self._codes: dict[str, list[str]] = {}
        for code, words in keywords.items():
            for word in words:
                self._codes.setdefault(word, []).append(code)
        longest_first = sorted(self._codes, key=lambda word: (-len(word), word))
        # A look-ahead lets longer and shorter keywords overlap without hiding one another.
        self._expression = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def suggest(self, text: str, *, count: int = 3) -> list[Suggestion]:
        """Return the likeliest categories, best first; longer keywords weigh more than shorter ones."""
        found: dict[str, set[str]] = {}
        for match in self._expression.finditer(text):
            for code in self._codes[match.group()]:
                found.setdefault(code, set()).add(match.group())
        scored = [
            Suggestion(code, float(sum(len(word) ** 2 for word in words)), tuple(sorted(words)))
            for code, words in found.items()
        ]
        return sorted(scored, key=lambda suggestion: (-suggestion.score, suggestion.code))[:count]


ID_NUMBER = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")
PHONE = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)")


def guard(text: str) -> list[Finding]:
    """Point out ID numbers and phone numbers in free text (敏感词提示)."""
    findings = [Finding("id_number", m.start(), m.end(), m.group()) for m in ID_NUMBER.finditer(text)]
    taken = {position for finding in findings for position in range(finding.start, finding.end)}
    findings += [
        Finding("phone", m.start(), m.end(), m.group()) for m in PHONE.finditer(text) if m.start() not in taken
    ]
    return sorted(findings, key=lambda finding: finding.start)


def masked(text: str) -> str:
    """Return the text with ID and phone numbers hidden, for pages that others read (脱敏)."""
    for finding in reversed(guard(text)):
        text = text[: finding.start] + "＊" * 4 + text[finding.end :]
    return text


@lru_cache(maxsize=4096)
def shingles(text: str) -> frozenset[str]:
    """Return the set of three-character runs of a text without punctuation."""
    bare = PUNCTUATION.sub("", text)
    if len(bare) <= SHINGLE:
        return frozenset({bare}) if bare else frozenset()
    return frozenset(bare[i : i + SHINGLE] for i in range(len(bare) - SHINGLE + 1))


def alike(one: str, other: str) -> float:
    """Return how alike two texts are: Jaccard of three-character runs, 0 to 1 (相似度)."""
    a, b = shingles(one), shingles(other)
    if not a or not b:
        return 0.0
    return len(a & b) / len(a | b)
