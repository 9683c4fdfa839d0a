"""Limits: so much time, on one of the four clocks (时限)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

MINUTES_MAX = 5_256_000  # ten years: a longer limit is a slip of the pen
DAYS_MAX = 3_650


class TimerKind(StrEnum):
    """The four clocks a limit can run on (计时方式)."""

    URGENT_HOURS = "URGENT_HOURS"
    WORKING_HOURS = "WORKING_HOURS"
    WORKING_DAYS = "WORKING_DAYS"
    NATURAL_DAYS = "NATURAL_DAYS"

    @property
    def is_in_days(self) -> bool:
        """Days are counted from the day after the start; hours run from the start (民法典 201)."""
        return self is TimerKind.WORKING_DAYS or self is TimerKind.NATURAL_DAYS

    @property
    def is_in_office_time(self) -> bool:
        """Only office time counts; the other two clocks never stop."""
        return self is TimerKind.WORKING_HOURS or self is TimerKind.WORKING_DAYS


TIMER_LABELS: dict[TimerKind, str] = {
    TimerKind.URGENT_HOURS: "紧急工作时",
    TimerKind.WORKING_HOURS: "工作时",
    TimerKind.WORKING_DAYS: "工作日",
    TimerKind.NATURAL_DAYS: "自然日",
}

_CLOCKS = {
    "urgent": TimerKind.URGENT_HOURS,
    "紧急工作": TimerKind.URGENT_HOURS,
    "working": TimerKind.WORKING_HOURS,
    "工作": TimerKind.WORKING_HOURS,
    "natural": TimerKind.NATURAL_DAYS,
    "自然": TimerKind.NATURAL_DAYS,
}
_UNITS = {
    "minute": "minute", "minutes": "minute", "分钟": "minute",
    "hour": "hour", "hours": "hour", "时": "hour", "小时": "hour",
    "day": "day", "days": "day", "日": "day", "天": "day",
}  # fmt: skip
_WORDS = re.compile(
    r"(?P<amount>[0-9]{1,9})\s*(?:个\s*)?(?P<clock>urgent|working|natural|紧急工作|工作|自然)\s*"
    r"(?P<unit>minutes?|hours?|days?|分钟|小时|时|日|天)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many hours or days on one clock; short limits may be given in minutes (时限)."""

    amount: int
    kind: TimerKind
    in_minutes: bool = False

    def __post_init__(self) -> None:
        if self.in_minutes and self.kind.is_in_days:
            raise ValueError("a limit in days cannot be given in minutes")
        most = DAYS_MAX if self.kind.is_in_days else MINUTES_MAX // (1 if self.in_minutes else 60)
        if not 1 <= self.amount <= most:
            raise ValueError(f"a limit of {self.amount} is not between 1 and {most}: {self}")

    @classmethod
    def parse(cls, words: str) -> "Limit":
        """Read words such as “5 working days”, “30 urgent minutes”, “7个自然日” (读时限).

        Raises:
            ValueError: the words are not an amount, a clock and a unit, or name a clock that does not exist.
        """
        return _parse(words)

    @property
    def minutes(self) -> int:
        """Length of a limit in hours, in minutes of its own clock (分钟数)."""
        if self.kind.is_in_days:
            raise ValueError("a limit in days has no fixed number of minutes")
        return self.amount if self.in_minutes else self.amount * 60

    @property
    def label(self) -> str:
        """The limit as people say it (时限名称)."""
        if self.in_minutes:
            return f"{self.amount}分钟" + ("" if self.kind is TimerKind.URGENT_HOURS else "（工作时间）")
        return f"{self.amount}个{TIMER_LABELS[self.kind]}"

    def __str__(self) -> str:
        return _written(self.amount, self.kind, self.in_minutes)


@lru_cache(maxsize=4096)
def _written(amount: int, kind: TimerKind, in_minutes: bool) -> str:  # noqa: FBT001 -- a key of the cache
    clock, unit = kind.value.lower().split("_")
    unit = "minute" if in_minutes else unit.removesuffix("s")
    return f"{amount} {clock} {unit}{'' if amount == 1 else 's'}"


@lru_cache(maxsize=4096)
def _parse(words: str) -> Limit:
    found = _WORDS.fullmatch(words.strip())
    if found is None:
        raise ValueError(
            f"cannot read the limit {words[:60]!r}: write for example “5 working days”, “2 working hours”, "
            "“24 urgent hours”, “30 urgent minutes” or “7 natural days”"
        )
    kind = _CLOCKS[found["clock"].lower()]
    unit = _UNITS[found["unit"].lower()]
    if unit == "day" and kind is TimerKind.WORKING_HOURS:
        kind = TimerKind.WORKING_DAYS
    if (unit == "day") is not kind.is_in_days:
        raise ValueError(f"cannot read the limit {words[:60]!r}: there are no {found['clock']} {found['unit']}")
    return Limit(int(found["amount"]), kind, in_minutes=unit == "minute")
