"""Category by words, wording alike, words looked for, and the guard against numbers that do not belong in free text."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

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


# -- looking for words ------------------------------------------------------------------------------------------------

TERMS_MAX = 5
TERM_MAX = 40
HASHED = 0x20000000  # whole words lie below the Chinese pairs, which begin at 0x34000000
_RUN = re.compile(
    "(?P<han>[\u3400-\u4dbf\u4e00-\u9fff]+)|[\u0f40-\u0fbc]+|(?:(?![\u0f40-\u0fbc\u3400-\u4dbf\u4e00-\u9fff])[^\\W_])+"
)


def pieces(text: str) -> frozenset[int]:
    """Return the numbers a text is found by: each pair of neighbouring Chinese characters, each whole other word.

    Pairs need no dictionary, so a lane or a village that no dictionary knows is found like any other word.
    """
    found: set[int] = set()
    for run in _runs(text):
        han = run.group("han")
        if han is None:
            found.add(_hashed(run.group()))
        elif len(han) == 1:
            found.add(ord(han))
        else:
            found.update(_pair(one, other) for one, other in pairwise(han))
    return frozenset(found)


def single_pieces(text: str) -> frozenset[int]:
    """Return the numbers of a text's single Chinese characters, kept for titles only."""
    return frozenset(ord(character) for run in _runs(text) for character in run.group("han") or "")


def terms_of(words: str) -> tuple[str, ...]:
    """Return the terms a person looks for, as typed, without repeats and without those that say nothing."""
    told = dict.fromkeys(term[:TERM_MAX] for term in words.split())
    return tuple(term for term in told if pieces(term))[:TERMS_MAX]


def wanted_pieces(terms: Iterable[str]) -> frozenset[int]:
    """Return the numbers that whatever has all terms must have; single characters count only where nothing else does.

    The 号 of “3号” stands in a text as part of a pair (号院), so it would find nothing.
    """
    found = frozenset().union(*(pieces(term) for term in terms))
    return frozenset(piece for piece in found if not _is_single(piece)) or found


def code_piece(code: str) -> int:
    """Return the number of a code; PostgreSQL computes the same (linli_code_piece)."""
    return _hashed(code)


def _runs(text: str) -> Iterator[re.Match[str]]:
    return _RUN.finditer(unicodedata.normalize("NFKC", text).lower())


def _pair(one: str, other: str) -> int:
    number = ord(one) << 16 | ord(other)
    return number - 0x1_0000_0000 if number >= 0x8000_0000 else number


def _is_single(piece: int) -> bool:
    return 0x3400 <= piece <= 0x9FFF


def _hashed(word: str) -> int:
    digest = hashlib.md5(word.encode(), usedforsecurity=False).digest()
    return HASHED + (int.from_bytes(digest[:4]) & 0x0FFF_FFFF)


# -- call first, write afterwards -------------------------------------------------------------------------------------

# Numbers to call before anything is written. The words for each are data, which an administrator may change.
EMERGENCY_NUMBERS = ("119", "120", "110", "122")
HARMLESS = "OK"  # longer words in which one of the others means nothing: 煤气费


@dataclass(frozen=True, slots=True)
class Alarm:
    """A number to call, and the words that call for it."""

    number: str
    words: tuple[str, ...]


class Alarms:
    """The words of all numbers compiled (紧急词)."""

    def __init__(self, words: Mapping[str, Iterable[str]]) -> None:
        self._harmless = _any_of(words.get(HARMLESS, ()))
        self._signs = {number: _any_of(words.get(number, ())) for number in EMERGENCY_NUMBERS}

    def heard_in(self, text: str) -> list[Alarm]:
        """Return the numbers that the words call for, in the order of the table."""
        meant = self._harmless.sub(" ", text)
        heard = {number: dict.fromkeys(sign.findall(meant)) for number, sign in self._signs.items()}
        return [Alarm(number, tuple(words)) for number, words in heard.items() if words]


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(set(words), key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)", re.IGNORECASE)
