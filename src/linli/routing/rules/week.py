"""Hours of the week as people write them: 周一至周五 09:30-18:00; 周六 10:00-14:00 (时段)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from linli.shared.refusals import Refused

DAY = 24 * 60
WEEKDAYS = range(1, 8)
OFFICE, OFF_OFFICE = "工作时间", "非工作时间"
WORDS_MAX = 120
_SIGNS = str.maketrans("；，、：－—–~～至到日天一二三四五六", ";,,:-------77123456")
_TIMES = r"\d{1,2}:\d{2}-\d{1,2}:\d{2}"
_PART = re.compile(rf"(?:(?P<days>[1-7](?:[-,][1-7])*)(?=\s|\Z))?\s*(?P<times>{_TIMES}(?:,{_TIMES})*)?\Z")
_EVERY_DAY = re.compile("每[天日]")
_DAY_THEN_HOUR = re.compile("([一二三四五六日天])(?=[0-9])")
_NAMES = re.compile(r"周|星期|礼拜|\s+(?=[-,;])|(?<=[-,;])\s+")


@dataclass(frozen=True, slots=True)
class Span:
    """Some days of the week, from one minute of the day to another; one past midnight ends the next morning."""

    days: frozenset[int]
    opens: int
    closes: int

    def holds(self, day: int, minute: int) -> bool:
        """Tell whether a minute of a weekday lies in it."""
        if day in self.days and self.opens <= minute < self.closes:
            return True
        before = 7 if day == 1 else day - 1
        return before in self.days and minute + DAY < self.closes


@dataclass(frozen=True, slots=True)
class Week:
    """When in the week something holds: always, at some hours, in office hours, or outside them."""

    words: str = ""
    spans: tuple[Span, ...] = ()

    def holds(self, local: datetime, *, is_office: Callable[[datetime], bool]) -> bool:
        """Tell whether a local moment lies in it."""
        if not self.words:
            return True
        if self.words in {OFFICE, OFF_OFFICE}:
            return is_office(local) == (self.words == OFFICE)
        day, minute = local.isoweekday(), local.hour * 60 + local.minute
        return any(span.holds(day, minute) for span in self.spans)


@lru_cache(maxsize=4096)
def week(words: str) -> Week:
    """Read hours of the week; the words kept are in one fixed shape: 1-5 09:30-18:00; 6 10:00-14:00 (读时段).

    Raises:
        Refused: they cannot be read.
    """
    said = words.strip()
    if not said or said in {OFFICE, OFF_OFFICE}:
        return Week(said)
    spans: list[Span] = []
    kept: list[str] = []
    for part in filter(None, (part.strip() for part in _plain(said).split(";"))):
        days, times = _part(part, said)
        spans += [Span(frozenset(days), opens, closes) for opens, closes in times]
        hours = ",".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in times)
        kept.append(f"{_days_words(days)} {hours}")
    found = Week("; ".join(kept), tuple(spans))
    if not spans or len(found.words) > WORDS_MAX:
        raise _unread(said)
    return found


def _plain(said: str) -> str:
    named = _DAY_THEN_HOUR.sub(r"\1 ", _EVERY_DAY.sub(" ", said))
    return _NAMES.sub("", named.translate(_SIGNS)).strip()


def _part(part: str, said: str) -> tuple[list[int], list[tuple[int, int]]]:
    match = _PART.match(part)
    if match is None or not (match["days"] or match["times"]):
        raise _unread(said)
    days = _days(match["days"], said) if match["days"] else list(WEEKDAYS)
    times = [_span(span, said) for span in (match["times"] or "0:00-24:00").split(",")]
    return days, times


def _days(words: str, said: str) -> list[int]:
    days: set[int] = set()
    for run in words.split(","):
        first, _dash, last = run.partition("-")
        if not (last or first).isdigit() or int(first) > int(last or first):
            raise _unread(said)
        days.update(range(int(first), int(last or first) + 1))
    return sorted(days)


def _span(words: str, said: str) -> tuple[int, int]:
    opens, closes = (_minute(clock, said) for clock in words.split("-"))
    if opens in {closes, DAY}:
        raise _unread(said)
    return opens, closes if closes > opens else closes + DAY


def _minute(clock: str, said: str) -> int:
    hour, minute = (int(part) for part in clock.split(":"))
    if minute > 59 or hour * 60 + minute > DAY:
        raise _unread(said)
    return hour * 60 + minute


def _clock(minute: int) -> str:
    minute = minute if minute <= DAY else minute - DAY
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _days_words(days: list[int]) -> str:
    is_run = len(days) > 1 and days[-1] - days[0] == len(days) - 1
    return f"{days[0]}-{days[-1]}" if is_run else ",".join(map(str, days))


def _unread(said: str) -> Refused:
    return Refused("看不懂时段“%(words)s”，请写成“周一至周五 09:30-18:00”，几段之间用分号隔开。", words=said[:60])
