"""How far a calendar's dates are known, and what is still to be entered (日历数据覆盖)."""

from dataclasses import dataclass
from datetime import date, datetime

from linli.shared.calendar.clock import BEIJING, Calendar

ARRANGEMENT = "法定节假日安排"
LOCAL = "本地节假日"
NOTICE_MONTH = 11  # the State Council publishes the next year's arrangement in October or November
LEAD_MONTHS = 2


@dataclass(frozen=True, slots=True)
class Missing:
    """Dates that a calendar should have by now; deadlines of that year are provisional until then (缺少日期)."""

    year: int
    name: str

    @property
    def sentence(self) -> str:
        """The warning in words (提醒)."""
        return f"{self.year}年的{self.name}尚未录入，落在该年的时限均为暂定。"


def calendar_warnings(*, calendar: Calendar, at: datetime) -> list[Missing]:
    """Return the dates to be entered now (日历提醒).

    The next year's arrangement is asked for from 1 November, a festival that moves every year from two months before.

    Raises:
        ValueError: the moment has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError(f"the moment {at.isoformat()} has no time zone")
    today = at.astimezone(BEIJING).date()
    return [*_missing_years(calendar, today), *_missing_festivals(calendar, today)]


def _missing_years(calendar: Calendar, today: date) -> list[Missing]:
    until = {ARRANGEMENT: calendar.known.statutory_until, LOCAL: calendar.known.local_until}
    last_needed = today.year + (today.month >= NOTICE_MONTH)
    return [
        Missing(year, name)
        for year in (today.year, today.year + 1)
        for name, known_until in until.items()
        if known_until is not None and known_until < year <= last_needed
    ]


def _missing_festivals(calendar: Calendar, today: date) -> list[Missing]:
    return [
        Missing(today.year, name)
        for name, month in calendar.known.expected
        if month - LEAD_MONTHS <= today.month <= month and (today.year, name) not in calendar.known.entered
    ]
