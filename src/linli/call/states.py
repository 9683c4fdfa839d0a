"""The tables of moves of a call and of a device: they draw the buttons, the pages and the tests (流转表)."""

from dataclasses import dataclass
from enum import StrEnum

from linli.shared.roles import Role


class CallState(StrEnum):
    """Where a call stands (呼叫状态)."""

    RAISED = "RAISED"
    ANSWERED = "ANSWERED"
    ON_SCENE = "ON_SCENE"
    CLOSED = "CLOSED"


CALL_STATE_LABELS: dict[CallState, str] = {
    CallState.RAISED: "没有人接应",
    CallState.ANSWERED: "有人接应",
    CallState.ON_SCENE: "已到场",
    CallState.CLOSED: "已结束",
}


@dataclass(frozen=True, slots=True)
class CallMove:
    """One allowed step of a call; ``target`` None stays."""

    name: str
    label: str
    sources: frozenset[CallState]
    target: CallState | None
    roles: frozenset[Role]
    needs_words: bool = False
    is_main: bool = False


S, R = CallState, Role
OPEN = frozenset({S.RAISED, S.ANSWERED, S.ON_SCENE})
# Whoever may be told of a call may answer it; the scope of the post decides which calls it sees at all.
ANSWERERS = frozenset({R.GRID, R.COMMUNITY, R.STREET, R.HEALTH, R.DISTRICT})
SYSTEM = frozenset({R.SYSTEM})

CALL_MOVES: tuple[CallMove, ...] = (
    CallMove("answer", "我来接应", frozenset({S.RAISED}), S.ANSWERED, ANSWERERS, is_main=True),
    CallMove("join_in", "我也去", frozenset({S.ANSWERED, S.ON_SCENE}), None, ANSWERERS),
    CallMove("ring_back", "已通话", OPEN, None, ANSWERERS),
    CallMove("not_reached", "电话没人接", OPEN, None, ANSWERERS),
    CallMove("attend", "已到场", frozenset({S.RAISED, S.ANSWERED}), S.ON_SCENE, ANSWERERS, is_main=True),
    CallMove("no_entry", "敲门没有人应", frozenset({S.ANSWERED, S.ON_SCENE}), None, ANSWERERS),
    CallMove("call_120", "已拨打 120", OPEN, None, ANSWERERS),
    CallMove("call_119", "已拨打 119", OPEN, None, ANSWERERS),
    CallMove("give_up", "我去不了", frozenset({S.ANSWERED, S.ON_SCENE}), S.RAISED, ANSWERERS, needs_words=True),
    CallMove("note", "补充说明", frozenset(S), None, ANSWERERS, needs_words=True),
    CallMove("close", "结束呼叫", frozenset({S.ANSWERED, S.ON_SCENE}), S.CLOSED, ANSWERERS, is_main=True),
    CallMove("reopen", "重新打开", frozenset({S.CLOSED}), S.RAISED, ANSWERERS, needs_words=True),
    CallMove("raise_case", "转成工单", frozenset({S.ANSWERED, S.ON_SCENE, S.CLOSED}), None, ANSWERERS),
    CallMove("follow_up", "回访完成", frozenset({S.CLOSED}), None, ANSWERERS, needs_words=True),
    CallMove("climb", "继续通知", frozenset({S.RAISED, S.ANSWERED}), None, SYSTEM),
    CallMove("unreached", "通知不到", frozenset({S.RAISED, S.ANSWERED}), None, SYSTEM),
    CallMove("advise_120", "提示拨打 120", frozenset({S.RAISED, S.ANSWERED}), None, SYSTEM),
    CallMove("late", "还没有到场", frozenset({S.ANSWERED}), None, SYSTEM),
    CallMove("tested", "试按，自动结束", frozenset({S.RAISED}), S.CLOSED, SYSTEM),
)
CALL_MOVE_BY_NAME: dict[str, CallMove] = {move.name: move for move in CALL_MOVES}


class DeviceState(StrEnum):
    """Where a device is (设备状态)."""

    IN_STOCK = "IN_STOCK"
    HANDED_OUT = "HANDED_OUT"
    RETIRED = "RETIRED"


DEVICE_STATE_LABELS: dict[DeviceState, str] = {
    DeviceState.IN_STOCK: "在库",
    DeviceState.HANDED_OUT: "使用中",
    DeviceState.RETIRED: "已停用",
}


@dataclass(frozen=True, slots=True)
class DeviceMove:
    """One allowed step of a device; ``target`` None stays."""

    name: str
    label: str
    sources: frozenset[DeviceState]
    target: DeviceState | None
    roles: frozenset[Role]
    needs_words: bool = False


D = DeviceState
# Stock is the desks'; who stands at a door hands over and takes back. A health station reads on a call, nothing else.
STOCK_KEEPERS = frozenset({R.COMMUNITY, R.STREET, R.DISTRICT})
HANDERS = frozenset({R.GRID, R.COMMUNITY, R.STREET})
HELD, NOT_RETIRED = frozenset({D.HANDED_OUT}), frozenset({D.IN_STOCK, D.HANDED_OUT})

DEVICE_MOVES: tuple[DeviceMove, ...] = (
    DeviceMove("register", "登记入库", frozenset(), D.IN_STOCK, STOCK_KEEPERS),
    DeviceMove("hand_out", "发放", frozenset({D.IN_STOCK}), D.HANDED_OUT, HANDERS),
    DeviceMove("swap", "换一台", HELD, D.IN_STOCK, HANDERS, needs_words=True),
    DeviceMove("take_back", "收回", HELD, D.IN_STOCK, HANDERS, needs_words=True),
    DeviceMove("correct", "更正", HELD, None, HANDERS),
    DeviceMove("add_contact", "加联系人", HELD, None, HANDERS),
    DeviceMove("end_contact", "去掉联系人", HELD, None, HANDERS | SYSTEM),
    DeviceMove("locate", "同意定位", HELD, None, HANDERS),
    DeviceMove("stop_locating", "停止定位", HELD, None, HANDERS | SYSTEM),
    DeviceMove("ask_back", "同意已撤回，要收回", HELD, None, SYSTEM),
    DeviceMove("note_test", "登记试按", HELD, None, HANDERS),
    DeviceMove("finish_task", "任务完成", NOT_RETIRED, None, HANDERS | STOCK_KEEPERS, needs_words=True),
    DeviceMove("agree", "重新同意", HELD, None, HANDERS),
    DeviceMove("allot", "调拨", frozenset({D.IN_STOCK}), None, STOCK_KEEPERS),
    DeviceMove("renew_secret", "换密钥", NOT_RETIRED, None, STOCK_KEEPERS),
    DeviceMove("retire", "停用", frozenset({D.IN_STOCK}), D.RETIRED, STOCK_KEEPERS, needs_words=True),
    DeviceMove("lose", "丢失，停用", HELD, D.RETIRED, HANDERS, needs_words=True),
)
DEVICE_MOVE_BY_NAME: dict[str, DeviceMove] = {move.name: move for move in DEVICE_MOVES}


def call_moves_for(state: CallState, *, role: Role) -> tuple[CallMove, ...]:
    """Return the moves that a role has in a state of a call, the main ones first."""
    allowed = [move for move in CALL_MOVES if state in move.sources and role in move.roles]
    return tuple(sorted(allowed, key=lambda move: not move.is_main))


def device_moves_for(state: DeviceState, *, role: Role) -> tuple[DeviceMove, ...]:
    """Return the moves that a role has in a state of a device."""
    return tuple(move for move in DEVICE_MOVES if state in move.sources and role in move.roles)
