"""The category table, held in memory and read again when it is older than a few seconds."""

import csv
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from linli.shared import looks
from linli.text.models import Category, EmergencyList
from linli.text.rules import EMERGENCY_NUMBERS, HARMLESS, Alarm, Alarms, Lexicon, Suggestion

FRESH_SECONDS = 5.0
OTHER = "99"
SHIPPED = Path(__file__).parent / "data" / "emergency.csv"


@dataclass(frozen=True, slots=True)
class EmergencyWords:
    """The words that call for one number, and their version; 0 are those shipped."""

    number: str
    version: int
    words: tuple[str, ...]


class _Alarms:
    read_at = -FRESH_SECONDS
    alarms = Alarms({})


class _Table:
    read_at = -FRESH_SECONDS
    categories: dict[str, Category] = {}
    lexicon = Lexicon({})


def forget() -> None:
    """Read the table again at the next question."""
    _Table.read_at = _Alarms.read_at = -FRESH_SECONDS


def _fresh() -> type[_Table]:
    if not _Table.categories or looks.is_due(_Table.read_at, FRESH_SECONDS):
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


def is_offered(code: str) -> bool:
    """Tell whether a stranger may name this category: it is public, and no group of others."""
    row = category(code)
    return row is not None and row.is_public and all(other.parent_code != code for other in categories())


def category_name(code: str, language: str = "zh-hans") -> str:
    """Return the name of a category in a language, falling back to Chinese."""
    row = category(code)
    if row is None:
        return code
    return {"bo": row.name_bo, "en": row.name_en}.get(language, row.name_zh) or row.name_zh


def suggest_category(text: str) -> Sequence[Suggestion]:
    """Return the categories that the words of an appeal point to, best first (分类建议)."""
    return _fresh().lexicon.suggest(text)


def emergency_words() -> dict[str, EmergencyWords]:
    """Return the words in force for each number, and those that mean nothing, in one statement (紧急词)."""
    newest = EmergencyList.objects.order_by("number", "-version").distinct("number")
    kept = {row.number: EmergencyWords(row.number, row.version, tuple(row.words)) for row in newest}
    return {
        number: kept.get(number) or EmergencyWords(number, 0, _shipped()[number])
        for number in (*EMERGENCY_NUMBERS, HARMLESS)
    }


def emergency_versions(number: str) -> list[EmergencyList]:
    """Return every list of words a number ever had, the newest first (紧急词版本)."""
    return list(EmergencyList.objects.filter(number=number).order_by("-version")[:50])


def alarms_in(said: str) -> list[Alarm]:
    """Return the numbers to call before anything is written, by what was said (先打电话)."""
    if looks.is_due(_Alarms.read_at, FRESH_SECONDS):
        _Alarms.alarms = Alarms({number: kept.words for number, kept in emergency_words().items()})
        _Alarms.read_at = time.monotonic()
    return _Alarms.alarms.heard_in(said)


@cache
def _shipped() -> dict[str, tuple[str, ...]]:
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        return {row["number"]: tuple(row["words"].split("|")) for row in csv.DictReader(file)}
