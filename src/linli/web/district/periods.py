"""The period a page speaks of, from the address bar; whole days in Beijing time (时段)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.web import times

DEFAULT = "30d"
DAYS = {"today": 1, "7d": 7, "30d": 30}
KEYS = ("today", "7d", "30d", "year", "custom")
DAYS_MAX = 366 * 5


@dataclass(frozen=True, slots=True)
class Period:
    """From a first to a last day, both counted in."""

    key: str
    first: date
    last: date

    @property
    def since(self) -> datetime:
        """The moment it begins."""
        return _midnight(self.first)

    @property
    def until(self) -> datetime:
        """The moment after its end."""
        return _midnight(self.last + timedelta(days=1))

    @property
    def day_count(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def previous(self) -> "Period":
        """The period to compare with: the same days of last year, or as many days just before."""
        if self.key == "year":
            return Period(self.key, _year_before(self.first), _year_before(self.last))
        span = timedelta(days=self.day_count)
        return Period(self.key, self.first - span, self.last - span)

    @property
    def year_before(self) -> "Period":
        """The same days of last year."""
        return Period(self.key, _year_before(self.first), _year_before(self.last))

    @property
    def address(self) -> dict[str, str]:
        """What the address bar says of it."""
        if self.key != "custom":
            return {} if self.key == DEFAULT else {"period": self.key}
        return {"period": "custom", **self.days}

    @property
    def days(self) -> dict[str, str]:
        """Its days, as a list's date filters take them."""
        return {"since": self.first.isoformat(), "until": self.last.isoformat()}

    @property
    def words(self) -> str:
        """Say it: 10月25日—11月23日."""
        if self.first == self.last:
            return times.date_words(self.first)
        names = {"first": f"{self.first:%Y-%m-%d}", "last": f"{self.last:%Y-%m-%d}"}
        return _("%(first)s 至 %(last)s") % names


def period_of(given: Mapping[str, str], *, at: datetime) -> Period:
    """Return the period asked for; thirty days when nothing sensible is (时段)."""
    today = timezone.localdate(at)
    key = given.get("period", DEFAULT)
    if key == "custom":
        first, last = _day(given.get("since", "")), _day(given.get("until", ""))
        if first and last and first <= last and (last - first).days < DAYS_MAX:
            return Period(key, first, last)
    if key == "year":
        return Period(key, today.replace(month=1, day=1), today)
    key = key if key in DAYS else DEFAULT
    return Period(key, today - timedelta(days=DAYS[key] - 1), today)


def labels() -> dict[str, str]:
    """Return what each choice is called."""
    return {"today": _("今天"), "7d": _("近 7 天"), "30d": _("近 30 天"), "year": _("本年"), "custom": _("自定")}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
