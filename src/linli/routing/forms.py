"""Read and write the responsibility list as a table: one rule a row, in the order they are asked (责任清单表)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from linli.place import queries as place
from linli.routing.actions import Brought, Terms, check
from linli.routing.models import RoutingRule
from linli.routing.rules import STATE_LABELS, RuleState
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.staff.models import Unit
from linli.text import queries as text

NUMBER, CATEGORY, AREA, UNIT, FROM, TO, HOURS, STATE, NOTE = (
    "规则号", "分类代码", "区域代码", "单位代码", "开始日期", "结束日期", "时段", "状态", "说明",
)  # fmt: skip
NAMES = ("分类名称", "区域名称", "单位名称")  # written for the reader, not read
HEADINGS = (NUMBER, CATEGORY, NAMES[0], AREA, NAMES[1], UNIT, NAMES[2], FROM, TO, HOURS, STATE, NOTE)
REQUIRED = (CATEGORY, AREA, UNIT)
DATE_SHAPES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S")
EVERY = frozenset({"", "*", "全部", "不限"})


@dataclass(frozen=True, slots=True)
class RowRead:
    """A row as a rule, or the first thing wrong with it."""

    number: int
    brought: Brought | None
    refusal: Refused | None = None


def read_rules(rows: Iterable[tuple[int, Mapping[str, str]]], *, state: RuleState) -> list[RowRead]:
    """Return each row as a rule or why not; ``state`` is for rows that do not say theirs (读责任清单).

    Raises:
        Refused: a heading that is needed is missing.
    """
    units = {unit.code: unit for unit in staff.units()} | {unit.name: unit for unit in staff.units()}
    read: list[RowRead] = []
    for number, cells in rows:
        if not read:
            _check_headings(cells)
        read.append(_read(number, {heading.strip(): cell.strip() for heading, cell in cells.items()}, units, state))
    return read


def table(rules: Iterable[RoutingRule]) -> Iterator[Sequence[str]]:
    """Return the heading and a row for each rule: what is written can be brought back (写责任清单)."""
    yield HEADINGS
    for rule in rules:
        yield (
            str(rule.pk),
            rule.category_code,
            text.category_name(rule.category_code) if rule.category_code else "全部",
            rule.area_code,
            place.full_name(rule.area_code) if rule.area_code else "全区",
            rule.unit.code,
            rule.unit.name,
            rule.valid_from.isoformat() if rule.valid_from else "",
            rule.valid_to.isoformat() if rule.valid_to else "",
            rule.hours,
            STATE_LABELS[RuleState(rule.state)],
            rule.note,
        )


def _check_headings(cells: Mapping[str, str]) -> None:
    missing = [heading for heading in REQUIRED if heading not in {cell.strip() for cell in cells}]
    if missing:
        raise Refused("表里缺少“%(heading)s”这一列。", heading=missing[0])


def _read(number: int, cells: Mapping[str, str], units: Mapping[str, Unit], state: RuleState) -> RowRead:
    try:
        terms = check(
            Terms(
                unit_id=_unit(cells.get(UNIT, ""), units).pk,
                category_code=_category(cells.get(CATEGORY, "")),
                area_code="" if cells.get(AREA, "") in EVERY else cells[AREA],
                valid_from=_day(cells.get(FROM, "")),
                valid_to=_day(cells.get(TO, "")),
                hours=cells.get(HOURS, ""),
                note=cells.get(NOTE, ""),
                state=_state(cells.get(STATE, ""), state),
            )
        )
        return RowRead(number, Brought(number, terms, _rule_id(cells.get(NUMBER, ""))))
    except Refused as refusal:
        return RowRead(number, None, refusal)


def _rule_id(words: str) -> int | None:
    if not words:
        return None
    if not (words.isascii() and words.isdigit() and len(words) < 10):
        raise Refused("规则号“%(words)s”不是整数；新规则留空。", words=words[:40])
    return int(words)


def _unit(words: str, units: Mapping[str, Unit]) -> Unit:
    found = units.get(words)
    if found is None:
        raise Refused("没有代码或名称是“%(words)s”的在用单位。", words=words[:40])
    return found


def _category(words: str) -> str:
    if words in EVERY:
        return ""
    if text.category(words) is not None:
        return words
    named = [row.code for row in text.categories() if words == row.name_zh]
    if not named:
        raise Refused("没有“%(code)s”这个分类。", code=words[:40])
    return named[-1]


def _day(words: str) -> date | None:
    if not words:
        return None
    for shape in DATE_SHAPES:
        try:
            return datetime.strptime(words, shape).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    raise Refused("看不懂日期“%(words)s”，请写成 2026-01-31。", words=words[:40])


def _state(words: str, state: RuleState) -> RuleState:
    if not words:
        return state
    found = {label: each for each, label in STATE_LABELS.items()}.get(words)
    if found is None or found is RuleState.RETIRED:
        raise Refused("状态只能是“草稿”或“在用”。")
    return found
