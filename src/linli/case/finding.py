"""Find cases by their number or by words, from an index of their own: decision 0017 (查找)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import add, or_
from typing import Any

from django.db import connection
from django.db.models import Case as Chosen
from django.db.models import Expression, Prefetch, Q, QuerySet, Value, When
from django.db.models.fields import IntegerField, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, NullIf

from linli.case.models import Case, Event
from linli.case.rules import bare_number, is_number
from linli.text.rules import code_piece, terms_of, wanted_pieces

FOUND_MAX = 1000  # the newest that fit; nobody reads on, and more words find better
# Numbers of units, of weeks and of “open” lie below those of words (linli.text.rules.HASHED).
UNITS, WEEKS, OPEN_PIECE = 0x10000000, 0x18000000, 0x1F000001
AREA_DIGITS = (9, 12, 15, 20)  # the district is everything that a cell holds
WEEK_SECONDS = 7 * 24 * 3600
IN_TITLE, IN_ADDRESS, IS_OPEN = 4, 2, 1


@dataclass(frozen=True, slots=True)
class Found:
    """The newest cases that have all the words asked for, and whether there are older ones besides."""

    terms: tuple[str, ...]
    case_ids: tuple[int, ...]
    has_more: bool = False


def number_in(words: str) -> str:
    """Return the case number that somebody typed, with spaces or dashes, or nothing when it is none (编号)."""
    number = bare_number(words)
    return number if is_number(number) and not any(letter.isalpha() for letter in words) else ""


def found(words: str, *, at: datetime, is_open: bool = False, most: int | None = None) -> Found:
    """Return the newest cases in which all these words stand, within the scope in force (按词查找)."""
    terms = terms_of(words)
    wanted = [*wanted_pieces(terms), *([OPEN_PIECE] if is_open else [])]
    if not terms:
        return Found((), ())
    most = most or FOUND_MAX
    with connection.cursor() as cursor:
        cursor.execute("SELECT linli_find(%s, %s, %s)", [sorted(wanted), week_of(at), most])
        ids = [row[0] for row in cursor.fetchall()]
    return Found(terms, tuple(ids[:most]), len(ids) > most)


def ranked(cases: QuerySet[Any], terms: Sequence[str]) -> QuerySet[Any]:
    """Say how well each case fits: words in the title count most, then the address, then being open (相关程度)."""
    parts: list[Expression] = [_worth(Q(closed_at__isnull=True), IS_OPEN)]
    for term in terms:
        parts += [_worth(Q(title__icontains=term), IN_TITLE), _worth(Q(address__icontains=term), IN_ADDRESS)]
    fitting: QuerySet[Any] = cases.annotate(fitness=reduce(add, parts))
    return fitting


def with_words(cases: QuerySet[Any], terms: Sequence[str]) -> QuerySet[Any]:
    """Bring with each case of a page its appeal, and in ``hit_steps`` the steps in which a term stands (命中的原文)."""
    words = Coalesce(NullIf(KT("detail__words"), Value("", TextField())), "reason")
    hit = reduce(or_, (Q(words__icontains=term) for term in terms), Q())
    steps = Event.objects.annotate(words=words).filter(hit).order_by("-sequence")
    return cases.prefetch_related("first_appeal", Prefetch("events", queryset=steps, to_attr="hit_steps"))


def has_file(case: Case, file_id: str) -> bool:
    """Tell whether a file hangs on a case (附件)."""
    return Event.objects.filter(case_id=case.pk, name="attach", detail__files__contains=[file_id]).exists()


def unit_piece(unit_id: int) -> int:
    """Return the number that stands for a unit."""
    return UNITS + unit_id


def week_piece(moment: datetime) -> int:
    """Return the number that stands for the week of a moment."""
    return WEEKS + week_of(moment)


def week_of(moment: datetime) -> int:
    """Return which week a moment lies in."""
    return int(moment.timestamp()) // WEEK_SECONDS


def area_pieces(code: str) -> Iterator[int]:
    """Return the numbers that stand for an area and for those around it."""
    return (code_piece(code[:digits]) for digits in AREA_DIGITS if digits <= len(code))


def _worth(condition: Q, worth: int) -> Chosen:
    return Chosen(When(condition, then=Value(worth)), default=Value(0), output_field=IntegerField())
