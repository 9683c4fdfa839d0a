"""What can go wrong on the way of a press, and is said on the duty desk (系统报警)."""

from enum import StrEnum


class TroubleKind(StrEnum):
    """Which part of the alarm path is in trouble."""

    STREAM_FULL = "STREAM_FULL"
    DENIED = "DENIED"
    CONSUMER_DEAD = "CONSUMER_DEAD"
    BROKER_DOWN = "BROKER_DOWN"
    DATABASE_DOWN = "DATABASE_DOWN"
    UNREADABLE = "UNREADABLE"
    CLOCK = "CLOCK"


TROUBLE_LABELS: dict[TroubleKind, str] = {
    TroubleKind.STREAM_FULL: "消息存储快满了",
    TroubleKind.DENIED: "设备被拒绝",
    TroubleKind.CONSUMER_DEAD: "按键没有被取走",
    TroubleKind.BROKER_DOWN: "消息服务连不上",
    TroubleKind.DATABASE_DOWN: "数据库连不上",
    TroubleKind.UNREADABLE: "看不懂的消息",
    TroubleKind.CLOCK: "本机时钟跳了",
}

# Why a device was refused (设备被拒绝): one row on the duty desk for each, however many knock.
UNKNOWN_DEVICE = "没有登记的设备"
WRONG_SECRET = "密钥不对"  # noqa: S105 -- words for people
WRONG_CLIENT = "客户端标识和设备编号不同"
WRONG_TOPIC = "用了别人的主题"
WRONG_CLOCK = "厂商平台的时钟差得太多，没有收下"
REFUSALS = (UNKNOWN_DEVICE, WRONG_SECRET, WRONG_CLIENT, WRONG_TOPIC, WRONG_CLOCK)
