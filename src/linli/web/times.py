"""Times as people say them (时间的说法). The same words are counted on by frontend/src/behaviours/timers.ts."""

from datetime import date, datetime, timedelta
from typing import Literal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

# Less than this left is "due soon": half a working day, the report-in limit of an ordinary whistle.
SOON = timedelta(hours=4)

# Named, because a month written as a number is read as the day in some languages.
MONTH_LABELS = ("1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月")

Tone = Literal["late", "soon", "ample"]


def span_words(span: timedelta) -> str:
    """Say a length of time: 2 天 3 小时, 2 小时 10 分, 5 分."""
    minutes = int(abs(span).total_seconds() // 60)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    if days >= 10:
        return _("%s 天") % days
    if days:
        return _joined(_("%s 天") % days, _("%s 小时") % hours if hours else "")
    if hours:
        return _joined(_("%s 小时") % hours, _("%s 分") % minutes if minutes else "")
    return _("%s 分") % minutes if minutes else _("不到 1 分钟")


def day_words(moment: datetime, *, at: datetime) -> str:
    """Say a day: 今天, 明天, 昨天, 3月5日, and the year when it is another one."""
    local, today = timezone.localtime(moment), timezone.localtime(at)
    distance = (local.date() - today.date()).days
    near = {-1: _("昨天"), 0: pgettext("day", "今天"), 1: _("明天")}
    return near.get(distance) or date_words(local.date(), with_year=local.year != today.year)


def date_words(day: date, *, with_year: bool = False) -> str:
    """Say a date: 3月5日, 2027年3月5日."""
    parts = {"year": day.year, "month": _(MONTH_LABELS[day.month - 1]), "day": day.day}
    return (_("%(year)s年%(month)s%(day)s日") if with_year else _("%(month)s%(day)s日")) % parts


def moment_words(moment: datetime, *, at: datetime) -> str:
    """Say a moment: 今天 17:00."""
    return f"{day_words(moment, at=at)} {timezone.localtime(moment):%H:%M}"


def exact_words(moment: datetime) -> str:
    """Say a moment to the second, for the hover and for exports."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"


def due_words(due: datetime, *, at: datetime) -> str:
    """Say a deadline: 今天 17:00 前."""
    return _("%s 前") % moment_words(due, at=at)


def due_rest(due: datetime, *, at: datetime) -> str:
    """Say what is left of a deadline, or by how much it has been missed."""
    return (_("还有 %s") if due >= at else _("已超 %s")) % span_words(due - at)


def due_tone(due: datetime, *, at: datetime) -> Tone:
    """Return whether a deadline is missed, near, or comfortably away."""
    if due < at:
        return "late"
    return "soon" if due - at < SOON else "ample"


def ago_words(moment: datetime, *, at: datetime) -> str:
    """Say how long ago something was: 3 小时前."""
    if moment > at:
        return moment_words(moment, at=at)
    return _("刚刚") if at - moment < timedelta(minutes=1) else _("%s前") % span_words(at - moment)


def _joined(first: str, second: str) -> str:
    return f"{first} {second}".rstrip()
