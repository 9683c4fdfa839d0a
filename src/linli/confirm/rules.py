"""The five steps of a rating, and how a call-back goes on after each try (评价, 回访)."""

from enum import StrEnum

RATING_LABELS = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
SATISFIED_MIN = 4  # domain.md §3: very satisfied and satisfied count
TRIES_MAX = 3  # domain.md §3: within 3 days of closing, 100 %, 3 tries


class CallBackState(StrEnum):
    """Where a call-back stands (回访状态)."""

    WAITING = "WAITING"
    ANSWERED = "ANSWERED"
    DECLINED = "DECLINED"
    NOT_REACHED = "NOT_REACHED"
    EXCLUDED = "EXCLUDED"
    DROPPED = "DROPPED"


CALL_BACK_LABELS = {
    CallBackState.WAITING: "等回访",
    CallBackState.ANSWERED: "已回答",
    CallBackState.DECLINED: "不愿回答",
    CallBackState.NOT_REACHED: "三次没有联系上",
    CallBackState.EXCLUDED: "不用回访",
    CallBackState.DROPPED: "不再需要",
}
COUNTED_STATES = (CallBackState.ANSWERED, CallBackState.DECLINED, CallBackState.NOT_REACHED)


class Excluded(StrEnum):
    """Why nobody calls back; the case then leaves the call-back success rate (不回访的原因)."""

    NO_CONTACT = "NO_CONTACT"
    ASKED_NOT = "ASKED_NOT"


EXCLUDED_LABELS = {Excluded.NO_CONTACT: "没有留下联系方式", Excluded.ASKED_NOT: "反映人不愿意被联系"}


class Way(StrEnum):
    """How the answer was sought (回访方式)."""

    PHONE = "PHONE"
    DOORSTEP = "DOORSTEP"
    LINK = "LINK"
    DESK = "DESK"


WAY_LABELS = {Way.PHONE: "电话", Way.DOORSTEP: "上门", Way.LINK: "本人用链接", Way.DESK: "工作台代填"}


class Outcome(StrEnum):
    """What a try led to (回访结果)."""

    REACHED = "REACHED"
    NOT_REACHED = "NOT_REACHED"
    REFUSED = "REFUSED"


OUTCOME_LABELS = {
    Outcome.REACHED: "联系上了，愿意回答",
    Outcome.NOT_REACHED: "没有联系上",
    Outcome.REFUSED: "联系上了，不愿回答",
}


def state_after(*, outcome: Outcome, tries: int) -> CallBackState:
    """Return where a call-back stands after its so-many-th try."""
    if outcome is Outcome.REACHED:
        return CallBackState.ANSWERED
    if outcome is Outcome.REFUSED:
        return CallBackState.DECLINED
    return CallBackState.NOT_REACHED if tries >= TRIES_MAX else CallBackState.WAITING


def excluded_for(reachable: list[bool]) -> Excluded | None:
    """Return why none of a case's reporters is called, from whether each who left a contact may be called."""
    if not reachable:
        return Excluded.NO_CONTACT
    return None if any(reachable) else Excluded.ASKED_NOT
