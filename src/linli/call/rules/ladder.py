"""Who is told of a call after how many seconds, until somebody answers (通知阶梯).

The floor always holds: a district may tell more people, or tell them sooner, at any time of day; never fewer or later.
Source: domain.md §5.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from linli.shared.refusals import Refused

REPEAT_SECONDS = 60  # after the last rung everybody is told again, until somebody answers
ARRIVE_MINUTES_MAX = 15
ADVISE_120_SECONDS = 180
STEP_SECONDS_MAX = ADVISE_120_SECONDS  # no step of the floor is longer, and a district can only shorten it
AFTER_SECONDS_MAX = 600  # in ``told_seconds``: the whole ladder was told, it only repeats
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
    HOLDER = "HOLDER"  # whoever pressed, when it is over: who has looked; never a rung


AUDIENCE_LABELS: dict[Audience, str] = {
    Audience.GRID: "网格员",
    Audience.HEALTH: "卫生站",
    Audience.DUTY: "区值班台",
    Audience.COMMUNITY: "社区值班",
    Audience.STREET: "街道",
    Audience.FAMILY: "家属",
    Audience.ADVISE_120: "提示拨打 120",
    Audience.HOLDER: "本人（事后告知）",
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
FLOOR_SECONDS: dict[Audience, int] = {rung.audience: rung.after_seconds for rung in FLOOR}


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
        Refused: too many, too late to matter, later than the floor, or half a time of day; it names the rung.
    """
    rungs = tuple(sorted(set(rungs), key=lambda rung: (rung.after_seconds, rung.audience, str(rung.from_time))))
    if len(rungs) > RUNGS_MAX:
        raise Refused("通知阶梯最多 %(most)s 条。", most=RUNGS_MAX)
    for rung in rungs:
        _check_rung(rung)
    return rungs


def _check_rung(rung: Rung) -> None:
    who = AUDIENCE_LABELS[rung.audience]
    if rung.audience not in FLOOR_SECONDS:
        raise Refused("“%(audience)s”不在通知阶梯里。", audience=who)
    if rung.after_seconds < 0:
        raise Refused("“%(audience)s”：秒数不能小于 0。", audience=who)
    if rung.after_seconds > FLOOR_SECONDS[rung.audience]:
        raise Refused(
            "“%(audience)s”最迟 %(seconds)s 秒就要通知，写成 %(said)s 秒太晚：只能改早，不能改晚。",
            audience=who,
            seconds=FLOOR_SECONDS[rung.audience],
            said=rung.after_seconds,
        )
    if (rung.from_time is None) != (rung.until_time is None):
        raise Refused("“%(audience)s”的时段要写明开始和结束；全天就都不写。", audience=who)
    if rung.from_time is not None and rung.from_time == rung.until_time:
        raise Refused("“%(audience)s”的时段开始和结束一样；全天就都不写。", audience=who)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step up the ladder: whom to tell now, the second of the next rung (None: it only repeats)."""

    due: tuple[Rung, ...]
    next_seconds: int | None
    is_repeat: bool = False


def climbed(
    rungs: Iterable[Rung], *, waited_seconds: float, told: Collection[Audience], is_repeating: bool = False
) -> Step:
    """Return the next step: at least one rung that was not told in this round, or everybody once more.

    Who was told counts, not up to which second: a ladder that changes on the way (the time of day, a new edition)
    leaves nobody out. A step that is due tells the next rung whatever its second says: the one before reached nobody.
    """
    rungs = tuple(rungs)
    waiting = () if is_repeating else tuple(rung for rung in rungs if rung.audience not in told)
    if not waiting:
        again = tuple(
            Rung(int(waited_seconds), rung.audience) for rung in rungs if rung.audience is not Audience.ADVISE_120
        )
        return Step(due=again, next_seconds=None, is_repeat=True)
    upto = max(waited_seconds, min(rung.after_seconds for rung in waiting))
    due = tuple(rung for rung in waiting if rung.after_seconds <= upto)
    return Step(due=due, next_seconds=min((r.after_seconds for r in waiting if r.after_seconds > upto), default=None))


def pause_seconds(step: Step, *, waited_seconds: float, is_in_vain: bool) -> float:
    """Return how long to wait after a step: not at all when it reached nobody and there is a next rung."""
    if step.next_seconds is None:
        return REPEAT_SECONDS
    return 0.0 if is_in_vain else max(step.next_seconds - waited_seconds, 0.0)
