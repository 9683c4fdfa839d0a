"""The shape of a table of limits as a file: its columns, its rows read and written (时限表文件)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from linli.case.deadlines import LimitTable, Line
from linli.case.rules import DEADLINE_LABELS, Deadline
from linli.intake.forms import Row, harmless
from linli.intake.rules import KIND_LABELS, Kind
from linli.shared.calendar import Limit
from linli.shared.refusals import Refused
from linli.shared.urgency import URGENCY_LABELS, Urgency
from linli.text import queries as text

DEADLINE, CATEGORY, NAME, KIND, URGENCY = "时限种类", "分类代码", "分类名称", "诉求类型", "紧急程度"
CONDITION, LIMIT, CLOSING = "适用情形", "时限", "结案标准"
COLUMNS = (DEADLINE, CATEGORY, NAME, KIND, URGENCY, CONDITION, LIMIT, CLOSING)
NEEDED = (DEADLINE, CATEGORY, KIND, URGENCY, LIMIT)
CONDITION_MAX, CLOSING_MAX = 120, 300
# The four deadlines that a table sets; the others follow from what people agree on.
SET_HERE = (Deadline.DISPATCH, Deadline.CONTACT, Deadline.REPORT_IN, Deadline.FINISH)


@dataclass(frozen=True, slots=True)
class LimitProblem:
    """One thing about one row of a file; an error keeps the whole file out, a warning does not. Row 0 is the table."""

    row: int
    refusal: Refused
    is_error: bool = True


@dataclass(frozen=True, slots=True)
class LimitReading:
    """What a file says: its lines, and everything that is wrong or odd."""

    lines: tuple[Line, ...]
    problems: tuple[LimitProblem, ...]

    @property
    def errors(self) -> tuple[LimitProblem, ...]:
        """What keeps the file out."""
        return tuple(problem for problem in self.problems if problem.is_error)


def read_limits(rows: Iterable[Row]) -> LimitReading:
    """Read every row of a table of limits and list what is wrong, row by row (读时限表).

    Raises:
        Refused: columns are missing, or there is no row at all.
    """
    rows = [row for row in rows if any(cell.strip() for cell in row.cells.values())]
    headings = set(rows[0].cells) if rows else set()
    for column in NEEDED:
        if column not in headings:
            raise Refused("文件里没有“%(heading)s”这一列。", heading=column)
    lines: list[Line] = []
    problems: list[LimitProblem] = []
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        try:
            line = _line(row.cells, number=len(lines) + 1)
        except Refused as refusal:
            problems.append(LimitProblem(row.number, refusal))
            continue
        key = (line.deadline, line.category_code, line.kind, line.urgency, line.condition)
        if key in seen:
            problems.append(LimitProblem(row.number, Refused("与第 %(other)s 行重复。", other=seen[key])))
            continue
        seen[key] = row.number
        lines.append(line)
    return LimitReading(tuple(lines), (*problems, *_whole(lines)))


def written(table: LimitTable) -> Iterator[list[str]]:
    """Return the heads and then the rows of a table, so that the file can be changed and brought back (写时限表)."""
    yield list(COLUMNS)
    for line in table.lines:
        yield [harmless(cell) for cell in _cells(line)]
    if table.is_shipped:
        for row in text.categories():
            if row.limit_words:
                limit = Limit.parse(row.limit_words)
                own = Line(number=0, deadline=Deadline.FINISH, category_code=row.code, limit=limit)
                yield [harmless(cell) for cell in _cells(own)]


def limit_as_typed(limit: Limit) -> str:
    """Return a limit as people here write it, so that it can be read back: 5个工作日."""
    return str(limit) if limit.in_minutes else limit.label


def _cells(line: Line) -> list[str]:
    return [
        DEADLINE_LABELS[line.deadline],
        line.category_code,
        text.category_name(line.category_code) if line.category_code else "",
        KIND_LABELS[Kind(line.kind)] if line.kind else "",
        URGENCY_LABELS[Urgency(line.urgency)] if line.urgency else "",
        line.condition,
        limit_as_typed(line.limit),
        line.closing_test,
    ]


def _line(cells: Mapping[str, str], *, number: int) -> Line:
    said = {column: cells.get(column, "").strip() for column in COLUMNS}
    deadline = _named(said[DEADLINE], {each: DEADLINE_LABELS[each] for each in SET_HERE}, column=DEADLINE)
    kind = _named(said[KIND], KIND_LABELS, column=KIND) if said[KIND] else ""
    urgency = _named(said[URGENCY], URGENCY_LABELS, column=URGENCY) if said[URGENCY] else ""
    category = _category(said[CATEGORY]) if said[CATEGORY] else ""
    if sum(map(bool, (kind, urgency, category))) != 1:
        raise Refused("“分类代码”“诉求类型”“紧急程度”要填一个，而且只填一个。")
    if kind and deadline != Deadline.FINISH:
        raise Refused("按诉求类型只能规定办结的时限。")
    if said[CONDITION] and not category:
        raise Refused("只有按分类的时限才能分情形。")
    if len(said[CONDITION]) > CONDITION_MAX or len(said[CLOSING]) > CLOSING_MAX:
        raise Refused("内容太长：最多 %(most)s 个字。", most=CONDITION_MAX if said[CONDITION] else CLOSING_MAX)
    return Line(
        number=number,
        deadline=Deadline(deadline),
        category_code=category,
        kind=kind,
        urgency=urgency,
        condition=said[CONDITION],
        limit=_limit(said[LIMIT]),
        closing_test=said[CLOSING],
    )


def _named(
    said: str, labels: Mapping[Deadline, str] | Mapping[Kind, str] | Mapping[Urgency, str], *, column: str
) -> str:
    for value, label in labels.items():
        if said in {label, value.value}:
            return value.value
    raise Refused(
        "“%(column)s”里的“%(said)s”看不懂，请填：%(labels)s。",
        column=column,
        said=said[:40],
        labels="、".join(labels.values()),
    )


def _category(code: str) -> str:
    # A spreadsheet that took the code for a number has lost the zero before it.
    code = code.removesuffix(".0")
    for tried in (code, f"0{code}"):
        if text.category(tried) is not None:
            return tried
    raise Refused("没有“%(code)s”这个分类。", code=code[:20])


def _limit(words: str) -> Limit:
    try:
        return Limit.parse(words)
    except ValueError as fault:
        raise Refused(
            "看不懂时限“%(words)s”，请写成 5个工作日、24个紧急工作时、7个自然日。", words=words[:40]
        ) from fault


def _whole(lines: list[Line]) -> Iterator[LimitProblem]:
    known = {(line.deadline, line.urgency) for line in lines if line.urgency}
    for deadline in SET_HERE:
        for urgency in Urgency:
            if (deadline, urgency) not in known:
                what = {"deadline": DEADLINE_LABELS[deadline], "urgency": URGENCY_LABELS[urgency]}
                yield LimitProblem(0, Refused("缺一行：紧急程度“%(urgency)s”的“%(deadline)s”时限。", **what))
    limited = {line.category_code for line in lines if line.category_code and line.deadline == Deadline.FINISH}
    without = [row for row in text.leaves() if not any(row.code.startswith(code) for code in limited)]
    if without and limited:
        names = "、".join(row.name_zh for row in without[:5])
        told = Refused(
            "有 %(count)s 个分类没有自己的办结时限，按诉求类型和紧急程度计算，例如：%(names)s。",
            count=len(without),
            names=names,
        )
        yield LimitProblem(0, told, is_error=False)
