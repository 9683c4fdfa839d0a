"""The category table, held in memory and read again when it is older than a few seconds."""

import time
from collections.abc import Sequence

from linli.text.models import Category
from linli.text.rules import Lexicon, Suggestion

FRESH_SECONDS = 5.0
OTHER = "99"


class _Table:
    read_at = -FRESH_SECONDS
    categories: dict[str, Category] = {}
    lexicon = Lexicon({})


def forget() -> None:
    """Read the table again at the next question."""
    _Table.read_at = -FRESH_SECONDS


def _fresh() -> type[_Table]:
    if time.monotonic() - _Table.read_at > FRESH_SECONDS:
        _Table.categories = {row.code: row for row in Category.objects.filter(retired_on__isnull=True)}
        _Table.lexicon = Lexicon({row.code: row.keywords for row in _Table.categories.values()})
        _Table.read_at = time.monotonic()
    return _Table


def categories() -> list[Category]:
    """Return the categories in force, in code order (事项分类)."""
    return sorted(_fresh().categories.values(), key=lambda row: row.code)


def category(code: str) -> Category | None:
    """Return one category in force, or nothing when the code is unknown."""
    return _fresh().categories.get(code)


def leaves() -> list[Category]:
    """Return the categories a case may have: those below no other."""
    parents = {row.parent_code for row in categories()}
    return [row for row in categories() if row.code not in parents]


def category_name(code: str, language: str = "zh-hans") -> str:
    """Return the name of a category in a language, falling back to Chinese."""
    row = category(code)
    if row is None:
        return code
    return {"bo": row.name_bo, "en": row.name_en}.get(language, row.name_zh) or row.name_zh


def suggest_category(text: str) -> Sequence[Suggestion]:
    """Return the categories that the words of an appeal point to, best first (分类建议)."""
    return _fresh().lexicon.suggest(text)
