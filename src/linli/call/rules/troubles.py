"""What can go wrong on the way of a press, and is said on the duty desk (系统报警)."""

from enum import StrEnum


class TroubleKind(StrEnum):
    """Which part of the alarm path is in trouble."""

    STREAM_FULL = "STREAM_FULL"
    DENIED = "DENIED"
    CONSUMER_DEAD = "CONSUMER_DEAD"
    BROKER_DOWN = "BROKER_DOWN"
    UNREADABLE = "UNREADABLE"
    CLOCK = "CLOCK"


TROUBLE_LABELS: dict[TroubleKind, str] = {
    TroubleKind.STREAM_FULL: "消息存储快满了",
    TroubleKind.DENIED: "设备被拒绝",
    TroubleKind.CONSUMER_DEAD: "按键没有被取走",
    TroubleKind.BROKER_DOWN: "消息服务连不上",
    TroubleKind.UNREADABLE: "看不懂的消息",
    TroubleKind.CLOCK: "本机时钟跳了",
}
