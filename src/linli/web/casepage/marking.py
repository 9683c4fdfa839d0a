"""Words looked for, marked where they stand (标出命中)."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape

from django.utils.safestring import SafeString

SHOWN = 60
BEFORE = 12


def marked(words: str, terms: Sequence[str]) -> str:
    """Return words as escaped markup with every term marked."""
    if not terms:
        return SafeString(escape(words))
    parts, end = [], 0
    for hit in _hits(tuple(terms)).finditer(words):
        parts += [escape(words[end : hit.start()]), f"<mark>{escape(hit.group())}</mark>"]
        end = hit.end()
    return SafeString("".join([*parts, escape(words[end:])]))


def excerpt(texts: Iterable[str | None], terms: Sequence[str]) -> str:
    """Return the stretch of the first text in which a term stands, or the beginning of the first one."""
    shown = ""
    for text in texts:
        line = " ".join((text or "").split())
        hit = _hits(tuple(terms)).search(line) if terms else None
        if hit is not None:
            return marked(_cut(line, max(hit.start() - BEFORE, 0)), terms)
        shown = shown or line
    return marked(_cut(shown, 0), terms)


def _cut(line: str, start: int) -> str:
    end = start + SHOWN
    return f"{'…' if start else ''}{line[start:end]}{'…' if end < len(line) else ''}"


@lru_cache(maxsize=256)
def _hits(terms: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(terms, key=len, reverse=True)
    return re.compile("|".join(re.escape(term) for term in longest_first), re.IGNORECASE)
