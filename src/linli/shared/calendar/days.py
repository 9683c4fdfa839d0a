"""Which days are worked in China: published arrangements, and a forecast for later years (法定节假日与调休).

Sources: 《全国年节及纪念日放假办法》(2024 修订); the State Council's yearly arrangements, by `chinesecalendar`.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import chinese_calendar
from chinese_calendar.constants import holidays, workdays
from lunardate import LunarDate

FIRST_YEAR = min(holidays).year
LAST_PUBLISHED_YEAR = max(holidays).year
LAST_YEAR = 2060  # a suspension lasts a year at most; later dates are slips of the pen

FIRST_DAY = date(FIRST_YEAR, 1, 1)
LAST_DAY = date(LAST_YEAR, 12, 31)


def statutory_days(*, arranged_years: Iterable[int] = ()) -> bytearray:
    """Mark every day from the first to the last year: 1 worked, 0 off (法定工作日).

    No holidays are forecast for the years whose arrangement an overlay brings.
    """
    days = bytearray(1 if day.weekday() < 5 else 0 for day in _all_days())
    mark(days, holidays, is_worked=False)
    mark(days, workdays, is_worked=True)
    for year in set(range(LAST_PUBLISHED_YEAR + 1, LAST_YEAR + 1)).difference(arranged_years):
        mark(days, forecast(year), is_worked=False)
    return days


def mark(days: bytearray, dates: Iterable[date], *, is_worked: bool) -> None:
    """Set some dates to worked or off (标记)."""
    for day in dates:
        days[(day - FIRST_DAY).days] = is_worked


def forecast(year: int) -> list[date]:
    """Return the thirteen statutory days of a year whose arrangement is not published yet (预计法定节假日).

    No make-up days and no bridges are guessed, so every deadline of such a year is provisional.
    """
    new_year = LunarDate(year, 1, 1).to_solar_date()
    return [
        date(year, 1, 1),
        *(new_year + timedelta(days=offset) for offset in (-1, 0, 1, 2)),
        _clear_and_bright(year),
        date(year, 5, 1),
        date(year, 5, 2),
        LunarDate(year, 5, 5).to_solar_date(),
        LunarDate(year, 8, 15).to_solar_date(),
        *(date(year, 10, day) for day in (1, 2, 3)),
    ]


def _clear_and_bright(year: int) -> date:
    """Find 清明, the solar term that falls on 4–6 April."""
    terms = chinese_calendar.get_solar_terms(date(year, 4, 3), date(year, 4, 7))
    day: date = terms[0][0]
    return day


def _all_days() -> Iterable[date]:
    return (date.fromordinal(ordinal) for ordinal in range(FIRST_DAY.toordinal(), LAST_DAY.toordinal() + 1))
