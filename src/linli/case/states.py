"""The only table of moves: it draws the buttons, the diagram and the tests (流转表)."""

from dataclasses import dataclass
from enum import StrEnum

from linli.shared.roles import Role


class CaseState(StrEnum):
    """Where a case stands (状态)."""

    REGISTERED = "REGISTERED"
    DISPATCHED = "DISPATCHED"
    WHISTLED = "WHISTLED"
    HANDLING = "HANDLING"
    FINISHED = "FINISHED"
    CLOSED = "CLOSED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    MERGED = "MERGED"


STATE_LABELS: dict[CaseState, str] = {
    CaseState.REGISTERED: "已登记",
    CaseState.DISPATCHED: "待签收",
    CaseState.WHISTLED: "已吹哨",
    CaseState.HANDLING: "办理中",
    CaseState.FINISHED: "待居民确认",
    CaseState.CLOSED: "已结案",
    CaseState.REFUSED: "不予受理",
    CaseState.WITHDRAWN: "已撤回",
    CaseState.MERGED: "已归并",
}


class Relation(StrEnum):
    """What a post is to a case, beside its role."""

    OWNER = "OWNER"  # the unit that answers for it
    LEAD = "LEAD"  # the unit that leads the work
    AREA = "AREA"  # a desk whose area holds the case
    CALLED = "CALLED"  # a unit called by a whistle; checked by whistle, which knows
    REPORTER = "REPORTER"  # the resident, by the follow link
    CLOCK = "CLOCK"  # the system
    DECIDER = "DECIDER"  # the unit that rules on an application; checked by handling, which knows
    OUTSIDE = "OUTSIDE"  # a body without accounts, by its own link; checked by outside, which knows


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed step; ``target`` None stays; ``resident_words`` empty is not told to the resident."""

    name: str
    label: str
    sources: frozenset[CaseState]
    target: CaseState | None
    roles: frozenset[Role]
    relations: frozenset[Relation]
    resident_words: str = ""
    needs_reason: bool = False
    is_main: bool = False


S, R, L = CaseState, Role, Relation
OPEN = frozenset({S.REGISTERED, S.DISPATCHED, S.WHISTLED, S.HANDLING, S.FINISHED})
AT_WORK = frozenset({S.DISPATCHED, S.WHISTLED, S.HANDLING})
DESKS = frozenset({R.COMMUNITY, R.STREET, R.DISTRICT})
BODIES = frozenset({R.DEPARTMENT, R.HEALTH})
WORKERS = DESKS | {R.GRID} | BODIES
CALLABLE = frozenset({R.STREET, R.COMMUNITY}) | BODIES  # the desks of the units that a whistle can call
OURS = frozenset({L.OWNER, L.AREA})
OURS_OR_CALLED = OURS | {L.LEAD, L.CALLED}
RESIDENT, REPORTER = frozenset({R.RESIDENT}), frozenset({L.REPORTER})
CLOCK_ROLES, CLOCK = frozenset({R.SYSTEM}), frozenset({L.CLOCK})
ASKERS = WORKERS - {R.GRID}
WORKING, DECIDER = frozenset({L.OWNER, L.LEAD}), frozenset({L.DECIDER})
NOT_WHILE_SUSPENDED = frozenset({"dispatch", "blow", "ask_extension", "ask_suspension", "ask_return"})
ASKABLE = AT_WORK | {S.REGISTERED}  # where an outside body may be asked, and may answer
OUTSIDE_ASKERS, ASKING = DESKS | {R.DEPARTMENT}, OURS | {L.LEAD}
OUTSIDE, BY_LINK = frozenset({R.OUTSIDE}), frozenset({L.OUTSIDE})


def _states(*states: CaseState) -> frozenset[CaseState]:
    return frozenset(states)


MOVES: tuple[Move, ...] = (
    Move(
        "take",
        "签收",
        _states(S.REGISTERED, S.DISPATCHED),
        S.HANDLING,
        DESKS | BODIES,
        frozenset({L.OWNER}),
        "%(unit)s已收到，开始办理",
        is_main=True,
    ),
    Move(
        "dispatch",
        "派单",
        _states(S.REGISTERED, S.DISPATCHED, S.HANDLING),
        S.DISPATCHED,
        DESKS,
        OURS,
        "已转给%(to)s办理",
        needs_reason=True,
    ),
    Move("blow", "吹哨", AT_WORK | {S.REGISTERED}, S.WHISTLED, DESKS, OURS, "%(unit)s请%(to)s一起来办", is_main=True),
    Move(
        "report_in",
        "报到",
        AT_WORK,
        S.HANDLING,
        CALLABLE,
        frozenset({L.CALLED}),
        "%(unit)s已到，开始办理",
        is_main=True,
    ),
    Move(
        "decline",
        "不接",
        AT_WORK,
        None,
        CALLABLE,
        frozenset({L.CALLED}),
        needs_reason=True,
    ),
    Move(
        "counter",
        "另提方案",
        AT_WORK,
        None,
        CALLABLE,
        frozenset({L.CALLED}),
        needs_reason=True,
    ),
    Move("agree", "同意方案", AT_WORK, S.HANDLING, DESKS, OURS, "%(to)s来办，约定了时间"),
    Move("turn_down", "不同意方案", AT_WORK, None, DESKS, OURS, needs_reason=True),
    Move("part", "完成协办", AT_WORK, None, CALLABLE, frozenset({L.CALLED}), is_main=True),
    Move(
        "return_part",
        "请协办再办",
        AT_WORK,
        None,
        WORKERS - {R.GRID},
        OURS | {L.LEAD},
        needs_reason=True,
    ),
    Move(
        "hand_back",
        "退回吹哨单位",
        AT_WORK,
        None,
        CALLABLE,
        frozenset({L.CALLED}),
        needs_reason=True,
    ),
    Move(
        "task",
        "分派子任务",
        AT_WORK,
        None,
        WORKERS - {R.GRID},
        OURS | {L.LEAD},
    ),
    Move("task_done", "完成子任务", AT_WORK, None, WORKERS, OURS_OR_CALLED),
    Move(
        "task_back",
        "退回子任务",
        AT_WORK,
        None,
        WORKERS - {R.GRID},
        OURS | {L.LEAD},
        needs_reason=True,
    ),
    Move(
        "task_drop",
        "取消子任务",
        AT_WORK,
        None,
        WORKERS - {R.GRID},
        OURS | {L.LEAD},
        needs_reason=True,
    ),
    Move("rule", "裁定", AT_WORK, None, frozenset({R.STREET, R.DISTRICT}), frozenset({L.AREA}), needs_reason=True),
    Move("ask_review", "申请复核", AT_WORK, None, CALLABLE | DESKS, OURS_OR_CALLED, needs_reason=True),
    Move("release", "解除", AT_WORK, None, DESKS, OURS, needs_reason=True),
    Move("ask_outside", "请外部单位", ASKABLE, None, OUTSIDE_ASKERS, ASKING, "%(unit)s请%(to)s来办"),
    Move("resend_outside", "重发链接", ASKABLE, None, OUTSIDE_ASKERS, ASKING),
    Move("extend_outside", "延长答复期限", ASKABLE, None, OUTSIDE_ASKERS, ASKING, needs_reason=True),
    Move("revoke_outside", "作废链接", ASKABLE, None, OUTSIDE_ASKERS, ASKING, needs_reason=True),
    Move("release_outside", "不再等外部单位", ASKABLE, None, OUTSIDE_ASKERS, ASKING, needs_reason=True),
    Move("accept_outside", "外部单位接下", ASKABLE, None, OUTSIDE, BY_LINK, "%(to)s已接下"),
    Move("decline_outside", "外部单位不接", ASKABLE, None, OUTSIDE, BY_LINK, needs_reason=True),
    # Told without its words: nobody of ours has read them yet; the desk's own finish carries the result.
    Move("finish_outside", "外部单位办好", ASKABLE, None, OUTSIDE, BY_LINK, "%(to)s答复已办好，正在核实"),
    Move("remind_outside", "提醒外部单位", ASKABLE, None, CLOCK_ROLES, CLOCK),
    Move("contact", "联系居民", OPEN, None, WORKERS, OURS_OR_CALLED, "%(unit)s联系了您：%(words)s"),
    Move("step", "记录步骤", AT_WORK, None, WORKERS, OURS_OR_CALLED, "%(unit)s：%(words)s"),
    Move("note", "内部备注", OPEN, None, WORKERS, OURS_OR_CALLED),
    Move(
        "assign",
        "指定经办人",
        OPEN,
        None,
        WORKERS - {R.GRID},
        frozenset({L.OWNER, L.LEAD, L.CALLED}),
    ),
    Move("attach", "附件", OPEN, None, WORKERS, OURS_OR_CALLED),
    Move("correct", "更正", OPEN, None, DESKS, OURS),
    Move(
        "finish",
        "办结",
        AT_WORK,
        S.FINISHED,
        WORKERS - {R.GRID},
        OURS | {L.LEAD},
        "%(unit)s已办结：%(words)s",
        is_main=True,
    ),
    Move(
        "refuse",
        "不予受理",
        _states(S.REGISTERED, S.DISPATCHED),
        S.REFUSED,
        DESKS,
        OURS,
        "不予受理：%(words)s",
        needs_reason=True,
    ),
    Move(
        "merge",
        "归并",
        _states(S.REGISTERED, S.DISPATCHED, S.WHISTLED, S.HANDLING),
        S.MERGED,
        DESKS,
        OURS,
        "和同一件事合并办理，编号 %(to)s",
        needs_reason=True,
    ),
    Move(
        "unmerge",
        "撤销归并",
        _states(S.MERGED),
        S.DISPATCHED,
        DESKS,
        OURS,
        "%(unit)s查明不是同一件事，单独办理",
        needs_reason=True,
    ),
    Move("part_with", "分出归并的", OPEN, None, DESKS, OURS_OR_CALLED, "有一件查明不是同一件事，已分出去单独办理"),
    Move(
        "split",
        "拆分",
        AT_WORK | {S.REGISTERED},
        None,
        DESKS,
        OURS,
        "分成几件同时办：%(words)s",
        needs_reason=True,
    ),
    Move("link", "关联下级事项", AT_WORK | {S.REGISTERED}, None, DESKS, OURS, needs_reason=True),
    Move("join", "同样反映", OPEN, None, RESIDENT | WORKERS, REPORTER | OURS_OR_CALLED, "又有居民反映同一件事"),
    Move(
        "confirm",
        "确认",
        _states(S.FINISHED),
        S.CLOSED,
        RESIDENT | DESKS,
        REPORTER | OURS,
        "您确认：%(words)s",
        is_main=True,
    ),
    Move(
        "send_back",
        "退回重办",
        _states(S.FINISHED),
        S.HANDLING,
        RESIDENT | DESKS,
        REPORTER | OURS,
        "您退回重办：%(words)s",
        needs_reason=True,
    ),
    Move("add", "补充", OPEN, None, RESIDENT, REPORTER, "您补充：%(words)s"),
    Move("withdraw", "撤回", OPEN, S.WITHDRAWN, RESIDENT, REPORTER, "您撤回了这件事"),
    Move(
        "lapse", "到期结案", _states(S.FINISHED), S.CLOSED, CLOCK_ROLES, CLOCK, "确认期已过，自动结案；不满意仍可再反映"
    ),
    Move(
        "call_back",
        "回访",
        _states(S.FINISHED, S.CLOSED),
        None,
        DESKS | CLOCK_ROLES,
        OURS | CLOCK,
    ),
    Move(
        "reopen",
        "回访重办",
        _states(S.CLOSED),
        S.HANDLING,
        DESKS,
        OURS,
        "您在回访中说没有办好，退回重办：%(words)s",
        needs_reason=True,
    ),
    Move(
        "bring_in",
        "补录结案",
        _states(S.REGISTERED, S.DISPATCHED),
        S.CLOSED,
        CLOCK_ROLES,
        CLOCK,
        "在原来的系统里已经办结",
    ),
    Move("supervise", "督办", OPEN, None, CLOCK_ROLES | {R.STREET, R.DISTRICT}, CLOCK | {L.AREA}),
    Move("clear", "销督", OPEN, None, frozenset({R.STREET, R.DISTRICT}), frozenset({L.AREA}), needs_reason=True),
    Move("fit", "选时限情形", AT_WORK | {S.REGISTERED}, None, DESKS, OURS, needs_reason=True),
    Move("ask_extension", "申请延期", AT_WORK, None, ASKERS, WORKING, needs_reason=True),
    Move("extend", "同意延期", AT_WORK, None, DESKS, DECIDER, "办理时限延长：%(words)s", is_main=True),
    Move("ask_suspension", "申请挂账", _states(S.HANDLING), None, ASKERS, WORKING, needs_reason=True),
    Move(
        "suspend", "同意挂账", _states(S.HANDLING), None, DESKS, DECIDER, "暂时办不了，先挂账：%(words)s", is_main=True
    ),
    Move(
        "resume",
        "恢复办理",
        _states(S.HANDLING),
        None,
        CLOCK_ROLES | DESKS | {R.DEPARTMENT},
        CLOCK | OURS | {L.LEAD},
        "挂账结束，恢复办理",
        is_main=True,
    ),
    Move(
        "ask_return",
        "申请退单",
        _states(S.DISPATCHED, S.HANDLING),
        None,
        ASKERS,
        frozenset({L.OWNER}),
        needs_reason=True,
    ),
    Move(
        "give_back",
        "同意退单",
        _states(S.DISPATCHED, S.HANDLING),
        S.DISPATCHED,
        DESKS,
        DECIDER,
        "已转给%(to)s办理",
        is_main=True,
    ),
    Move("ask_exemption", "申请免责", frozenset(S), None, ASKERS, WORKING, needs_reason=True),
    Move("exempt", "同意免责", frozenset(S), None, DESKS, DECIDER, is_main=True),
    Move("deny", "不同意申请", frozenset(S), None, DESKS, DECIDER, needs_reason=True),
    Move("object", "提出异议", frozenset(S), None, ASKERS, WORKING, needs_reason=True),
    Move("take_back", "撤回申请", frozenset(S), None, ASKERS, WORKING),
    Move("recount", "重算时限", frozenset(S), None, CLOCK_ROLES, CLOCK),
)
BY_NAME: dict[str, Move] = {move.name: move for move in MOVES}


def moves_for(state: CaseState, *, role: Role) -> tuple[Move, ...]:
    """Return the moves that a role has in a state, the main ones first."""
    allowed = [move for move in MOVES if state in move.sources and role in move.roles]
    return tuple(sorted(allowed, key=lambda move: not move.is_main))
