"""Where a called unit stands."""

from enum import StrEnum


class CalledState(StrEnum):
    """What a called unit has answered (报到状态)."""

    CALLED = "CALLED"
    COUNTERED = "COUNTERED"
    REPORTED_IN = "REPORTED_IN"
    DECLINED = "DECLINED"
    FINISHED = "FINISHED"
    RELEASED = "RELEASED"


CALLED_LABELS = {
    CalledState.CALLED: "等报到",
    CalledState.COUNTERED: "另提方案",
    CalledState.REPORTED_IN: "已报到",
    CalledState.DECLINED: "不接",
    CalledState.FINISHED: "已办结",
    CalledState.RELEASED: "已解除",
}
WAITING = frozenset({CalledState.CALLED, CalledState.COUNTERED})
IN_HAND = frozenset({CalledState.REPORTED_IN})


class WhistleKind(StrEnum):
    """What kind of call it is (哨型)."""

    SERVICE = "SERVICE"
    JOINT = "JOINT"
    EMERGENCY = "EMERGENCY"


WHISTLE_LABELS = {
    WhistleKind.SERVICE: "服务哨",
    WhistleKind.JOINT: "联合执法哨",
    WhistleKind.EMERGENCY: "应急哨",
}
