"""Who took such cases before: by category, wording and place, counted per unit, with the cases to read (先例)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from linli.case.models import Case
from linli.shared.prefixes import under
from linli.shared.scope import EVERYTHING, acting
from linli.text.rules import alike
from linli.whistle.models import Ruling

__all__ = ["Like", "Precedent", "Precedents", "Ruling", "precedents_of"]

DAYS = 730
COMPARED_MAX = 300
SHOWN_CASES = 3
SHOWN_UNITS = 6
SHOWN_RULINGS = 5
STREET_DIGITS, COMMUNITY_DIGITS = 9, 12
SAME_COMMUNITY = 0.2  # added to the likeness of the words, 0 to 1 (ours)


@dataclass(frozen=True, slots=True)
class Like:
    """A past case of the same category in the same street, and how like this one it is."""

    case_id: int
    number: str
    title: str
    opened_at: datetime
    likeness: float


@dataclass(frozen=True, slots=True)
class Precedent:
    """A unit that took such cases: how many, and the likest of them."""

    unit_id: int
    count: int
    likest: tuple[Like, ...]


@dataclass(frozen=True, slots=True)
class Precedents:
    """The units that took such cases, the most first, and what was ruled on such cases, the newest first."""

    units: tuple[Precedent, ...]
    rulings: tuple[Ruling, ...]

    def __bool__(self) -> bool:
        return bool(self.units or self.rulings)


def precedents_of(case: Case, *, at: datetime) -> Precedents:
    """Return who handled cases like this one to their end, and the rulings on such cases (先例).

    Who may see this case may know the numbers and titles of the precedents, wherever in the street they lie; whether
    they may open them is another question.
    """
    with acting(EVERYTHING):
        return Precedents(units=_by_unit(_alike(case, at=at)), rulings=_rulings(case, at=at))


def _alike(case: Case, *, at: datetime) -> list[tuple[int, Like]]:
    """Return the finished cases of the same category and street, each with the unit that did the work."""
    past = Case.objects.filter(
        under(case.area_code[:STREET_DIGITS]),
        category_code=case.category_code,
        opened_at__gte=at - timedelta(days=DAYS),
        finished_at__isnull=False,
    ).exclude(pk=case.pk)
    said = case.first_appeal.text
    shown = ("pk", "number", "title", "opened_at", "area_code", "lead_id", "owner_id", "first_appeal__text")
    return [
        (lead_id or owner_id, Like(pk, number, title, opened_at, _likeness(case, said, area_code, text)))
        for pk, number, title, opened_at, area_code, lead_id, owner_id, text in past.order_by("-opened_at").values_list(
            *shown
        )[:COMPARED_MAX]
    ]


def _likeness(case: Case, said: str, area_code: str, text: str) -> float:
    is_near = area_code[:COMMUNITY_DIGITS] == case.area_code[:COMMUNITY_DIGITS]
    return alike(said, text) + (SAME_COMMUNITY if is_near else 0.0)


def _by_unit(found: Iterable[tuple[int, Like]]) -> tuple[Precedent, ...]:
    units: dict[int, list[Like]] = {}
    for unit_id, like in found:
        units.setdefault(unit_id, []).append(like)
    counted = [
        Precedent(unit_id, len(likes), tuple(sorted(likes, key=lambda like: -like.likeness)[:SHOWN_CASES]))
        for unit_id, likes in units.items()
    ]
    return tuple(sorted(counted, key=lambda unit: (-unit.count, unit.unit_id))[:SHOWN_UNITS])


def _rulings(case: Case, *, at: datetime) -> tuple[Ruling, ...]:
    past = Ruling.objects.filter(
        under(case.area_code[:STREET_DIGITS]), category_code=case.category_code, at__gte=at - timedelta(days=DAYS)
    ).exclude(case=case)
    return tuple(past.select_related("case").order_by("-at", "-pk")[:SHOWN_RULINGS])
