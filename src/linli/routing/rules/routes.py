"""Which rule sends a case to which unit: the first that holds, and why those before it did not (派单规则)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from linli.routing.rules.week import Week, week

CATEGORY_DIGITS = (0, 2, 4, 6, 8)


class RuleState(StrEnum):
    """Whether a rule sends cases anywhere (规则状态)."""

    DRAFT = "DRAFT"
    IN_FORCE = "IN_FORCE"
    RETIRED = "RETIRED"


STATE_LABELS = {RuleState.DRAFT: "草稿", RuleState.IN_FORCE: "在用", RuleState.RETIRED: "已停用"}


class RoutedBy(StrEnum):
    """What decided who answers for a case first (派单依据)."""

    RULE = "RULE"
    PLACE = "PLACE"


ROUTED_BY_LABELS = {RoutedBy.RULE: "责任清单", RoutedBy.PLACE: "按地点（没有规则管到）"}


class Verdict(StrEnum):
    """What a rule says to a case; the last four would have matched and could not (规则判断)."""

    MATCHED = "MATCHED"
    OTHER_CATEGORY = "OTHER_CATEGORY"
    OTHER_AREA = "OTHER_AREA"
    NOT_YET = "NOT_YET"
    EXPIRED = "EXPIRED"
    OTHER_HOURS = "OTHER_HOURS"
    AREA_CLOSED = "AREA_CLOSED"
    UNIT_CLOSED = "UNIT_CLOSED"
    OUTSIDE_DUTY = "OUTSIDE_DUTY"


VERDICT_LABELS = {
    Verdict.MATCHED: "匹配，派给它",
    Verdict.OTHER_CATEGORY: "分类不同",
    Verdict.OTHER_AREA: "区域不同",
    Verdict.NOT_YET: "还没到启用日期",
    Verdict.EXPIRED: "已过有效期",
    Verdict.OTHER_HOURS: "不在它的时段",
    Verdict.AREA_CLOSED: "失效：区域已停用，跳过",
    Verdict.UNIT_CLOSED: "失效：单位已停用，跳过",
    Verdict.OUTSIDE_DUTY: "跳过：不在该社区的职责清单内",
}
# A rule that fits the case and still cannot send it: never in silence, the case keeps the record.
SKIPPED = frozenset({Verdict.AREA_CLOSED, Verdict.UNIT_CLOSED, Verdict.OUTSIDE_DUTY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the responsibility list: prefixes of category and area, dates, hours, and the unit."""

    id: int
    version: int
    position: int
    unit_id: int
    category: str = ""
    area: str = ""
    valid_from: date | None = None
    valid_to: date | None = None  # the last day
    hours: str = ""
    state: RuleState = RuleState.IN_FORCE

    @property
    def is_always(self) -> bool:
        """True when neither dates nor hours narrow it."""
        return self.valid_from is None and self.valid_to is None and not self.hours


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is asked about: a category, a place and a local moment."""

    category: str
    area: str
    local: datetime


@dataclass(frozen=True, slots=True)
class World:
    """What a rule must know of the present: which units work, office hours, what communities are there for."""

    is_open: Callable[[int], bool]
    is_office: Callable[[datetime], bool]
    has_duty: Callable[[int, str], bool]


@dataclass(frozen=True, slots=True)
class Line:
    """A rule read and ready: its hours, the area in force that answers for the one it names."""

    rule: Rule
    week: Week
    area: str
    is_area_closed: bool = False

    def verdict(self, asked: Asked, world: World) -> Verdict:
        """Say whether the rule sends this case to its unit, and if not, why (判断)."""
        if not asked.category.startswith(self.rule.category):
            return Verdict.OTHER_CATEGORY
        if not asked.area.startswith(self.area):
            return Verdict.OTHER_AREA
        return self._by_time(asked, world) or self._by_standing(asked, world)

    def _by_time(self, asked: Asked, world: World) -> Verdict | None:
        rule, today = self.rule, asked.local.date()
        if rule.valid_from is not None and today < rule.valid_from:
            return Verdict.NOT_YET
        if rule.valid_to is not None and today > rule.valid_to:
            return Verdict.EXPIRED
        if not self.week.holds(asked.local, is_office=world.is_office):
            return Verdict.OTHER_HOURS
        return None

    def _by_standing(self, asked: Asked, world: World) -> Verdict:
        if self.is_area_closed:
            return Verdict.AREA_CLOSED
        if not world.is_open(self.rule.unit_id):
            return Verdict.UNIT_CLOSED
        if not world.has_duty(self.rule.unit_id, asked.category):
            return Verdict.OUTSIDE_DUTY
        return Verdict.MATCHED


@dataclass(frozen=True, slots=True)
class Skip:
    """A rule that fitted and could not send the case."""

    rule_id: int
    version: int
    why: Verdict


@dataclass(frozen=True, slots=True)
class Found:
    """The first rule that matched, if any, and those skipped on the way."""

    rule: Rule | None
    skipped: tuple[Skip, ...] = ()


def line_of(rule: Rule, *, area_now: Callable[[str], str]) -> Line:
    """Read a rule; ``area_now`` says which area in force answers for a code today."""
    area = area_now(rule.area) if rule.area else ""
    return Line(rule, week(rule.hours), area, is_area_closed=area != rule.area)


class Book:
    """The lines in their order, found by category and place without reading them all (责任清单)."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines: tuple[Line, ...] = tuple(sorted(lines, key=lambda line: (line.rule.position, line.rule.id)))
        self._places: dict[tuple[str, str], list[int]] = {}
        for place, line in enumerate(self.lines):
            self._places.setdefault((line.rule.category, line.area), []).append(place)
        self._digits = sorted({len(area) for _category, area in self._places})

    def find(self, asked: Asked, world: World) -> Found:
        """Return the first rule that matches; it reads only lines of this category and place (找规则)."""
        if not self.lines:
            return Found(None)
        return first((self.lines[place].verdict(asked, world), self.lines[place]) for place in self._near(asked))

    def hidden(self, world: World) -> dict[int, int]:
        """Return the rules that can never match, each with the earlier one that takes all its cases (被挡住)."""
        always: dict[tuple[str, str], int] = {}
        found: dict[int, int] = {}
        for line in self.lines:
            rule = line.rule
            above = [always[key] for key in self._keys(rule.category, line.area) if key in always]
            if above:
                found[rule.id] = above[0]
            elif rule.is_always and not line.is_area_closed and world.is_open(rule.unit_id):
                always[rule.category, line.area] = rule.id
        return found

    def _near(self, asked: Asked) -> Sequence[int]:
        places = [place for key in self._keys(asked.category, asked.area) for place in self._places.get(key, ())]
        places.sort()
        return places

    def _keys(self, category: str, area: str) -> Iterator[tuple[str, str]]:
        for category_digits in CATEGORY_DIGITS:
            if category_digits > len(category):
                break
            for digits in self._digits:
                if digits > len(area):
                    break
                yield category[:category_digits], area[:digits]


def first(judged: Iterable[tuple[Verdict, Line]]) -> Found:
    """Return the first line that matched among verdicts in order, with those skipped before it."""
    skipped: list[Skip] = []
    for verdict, line in judged:
        if verdict is Verdict.MATCHED:
            return Found(line.rule, tuple(skipped))
        if verdict in SKIPPED:
            skipped.append(Skip(line.rule.id, line.rule.version, verdict))
    return Found(None, tuple(skipped))


def considered(book: Book, asked: Asked, world: World) -> list[tuple[Line, Verdict]]:
    """Return every line up to the match with what it said, read one by one (逐条判断)."""
    told: list[tuple[Line, Verdict]] = []
    for line in book.lines:
        told.append((line, line.verdict(asked, world)))
        if told[-1][1] is Verdict.MATCHED:
            break
    return told
