"""Who is told of a call after how many seconds, until somebody answers (通知阶梯).

The floor always holds: a district may tell more people, or tell them sooner, at any time of day; never fewer or later.
Source: domain.md §5.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from linli.shared.refusals import Refused

REPEAT_SECONDS = 60  # after the last rung everybody is told again, until somebody answers
ARRIVE_MINUTES_MAX = 15
ADVISE_120_SECONDS = 180
AFTER_SECONDS_MAX = 600
RUNGS_MAX = 40


class Audience(StrEnum):
    """Who is told (对象)."""

    GRID = "GRID"
    HEALTH = "HEALTH"
    DUTY = "DUTY"
    COMMUNITY = "COMMUNITY"
    STREET = "STREET"
    FAMILY = "FAMILY"
    ADVISE_120 = "ADVISE_120"


AUDIENCE_LABELS: dict[Audience, str] = {
    Audience.GRID: "网格员",
    Audience.HEALTH: "卫生站",
    Audience.DUTY: "区值班台",
    Audience.COMMUNITY: "社区值班",
    Audience.STREET: "街道",
    Audience.FAMILY: "家属",
    Audience.ADVISE_120: "提示拨打 120",
}


class Way(StrEnum):
    """By which way somebody is told (通知方式)."""

    SCREEN = "SCREEN"
    PUSH = "PUSH"
    SMS = "SMS"
    VOICE = "VOICE"
    SHOWN = "SHOWN"  # words on every page of the call: 120


WAY_LABELS: dict[Way, str] = {
    Way.SCREEN: "工作台",
    Way.PUSH: "手机推送",
    Way.SMS: "短信",
    Way.VOICE: "语音电话",
    Way.SHOWN: "页面提示",
}


class Standing(StrEnum):
    """Where a telling stands (通知状态)."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    HEARD = "HEARD"  # the other side showed it
    FAILED = "FAILED"


STANDING_LABELS: dict[Standing, str] = {
    Standing.QUEUED: "正在通知",
    Standing.SENT: "已发出",
    Standing.HEARD: "对方已收到",
    Standing.FAILED: "通知不到",
}


@dataclass(frozen=True, slots=True, order=True)
class Rung:
    """Tell an audience after so many seconds; from–until limits it to a time of day, over midnight if need be."""

    after_seconds: int
    audience: Audience
    from_time: time | None = None
    until_time: time | None = None

    def holds_at(self, moment: time) -> bool:
        """Return whether this rung counts at a time of day."""
        if self.from_time is None or self.until_time is None:
            return True
        if self.from_time <= self.until_time:
            return self.from_time <= moment < self.until_time
        return moment >= self.from_time or moment < self.until_time


FLOOR: tuple[Rung, ...] = (
    Rung(0, Audience.GRID),
    Rung(0, Audience.HEALTH),
    Rung(0, Audience.DUTY),
    Rung(30, Audience.COMMUNITY),
    Rung(60, Audience.FAMILY),
    Rung(60, Audience.STREET),
    Rung(ADVISE_120_SECONDS, Audience.ADVISE_120),
)


def rungs_at(more: Iterable[Rung], *, at: datetime) -> tuple[Rung, ...]:
    """Return the ladder at a moment of the cell's time zone: the floor, with each audience as early as anyone asks."""
    soonest: dict[Audience, int] = {}
    for rung in (*FLOOR, *more):
        if rung.holds_at(at.timetz().replace(tzinfo=None)):
            soonest[rung.audience] = min(rung.after_seconds, soonest.get(rung.audience, rung.after_seconds))
    return tuple(sorted(Rung(after, audience) for audience, after in soonest.items()))


def check_rungs(rungs: Iterable[Rung]) -> tuple[Rung, ...]:
    """Return the rungs a district adds, in order.

    Raises:
        Refused: too many, too late to matter, later than the floor, or half a time of day.
    """
    rungs = tuple(sorted(set(rungs), key=lambda rung: (rung.after_seconds, rung.audience, str(rung.from_time))))
    floor = {rung.audience: rung.after_seconds for rung in FLOOR}
    if len(rungs) > RUNGS_MAX:
        raise Refused("通知阶梯最多 %(most)s 条。", most=RUNGS_MAX)
    for rung in rungs:
        if not 0 <= rung.after_seconds <= AFTER_SECONDS_MAX:
            raise Refused("秒数应在 0 到 %(most)s 之间。", most=AFTER_SECONDS_MAX)
        if rung.after_seconds > floor[rung.audience]:
            raise Refused(
                "“%(audience)s”最迟 %(seconds)s 秒就要通知，只能改早，不能改晚。",
                audience=AUDIENCE_LABELS[rung.audience],
                seconds=floor[rung.audience],
            )
        if (rung.from_time is None) != (rung.until_time is None):
            raise Refused("时段要写明开始和结束。")
    return rungs


def climbed(rungs: Iterable[Rung], *, waited_seconds: float, told_seconds: int) -> tuple[tuple[Rung, ...], int | None]:
    """Return the rungs that are due now and were not told yet, and the second of the next one (None: only repeats).

    ``told_seconds`` is the second up to which the ladder was told already, −1 for nothing.
    """
    due = tuple(rung for rung in rungs if told_seconds < rung.after_seconds <= waited_seconds)
    later = [rung.after_seconds for rung in rungs if rung.after_seconds > max(waited_seconds, told_seconds)]
    return due, min(later, default=None)
