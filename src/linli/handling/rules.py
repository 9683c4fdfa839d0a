"""Applications on plain values: what a unit may ask for, who rules, what a ruling is called (申请与裁定)."""

from enum import StrEnum

REASON_MAX = 1000


class ApplicationKind(StrEnum):
    """What a unit at work on a case may ask for (申请种类)."""

    EXTENSION = "EXTENSION"
    SUSPENSION = "SUSPENSION"
    RETURN = "RETURN"
    EXEMPTION = "EXEMPTION"


class ApplicationState(StrEnum):
    """Where an application stands (申请状态)."""

    ASKED = "ASKED"
    GRANTED = "GRANTED"
    DENIED = "DENIED"
    TAKEN_BACK = "TAKEN_BACK"
    LAPSED = "LAPSED"  # the case was finished, ended or handed on before anybody ruled


KIND_LABELS = {
    ApplicationKind.EXTENSION: "延期",
    ApplicationKind.SUSPENSION: "挂账",
    ApplicationKind.RETURN: "退单",
    ApplicationKind.EXEMPTION: "免责",
}
APPLICATION_LABELS = {
    ApplicationState.ASKED: "等审批",
    ApplicationState.GRANTED: "已同意",
    ApplicationState.DENIED: "不同意",
    ApplicationState.TAKEN_BACK: "已撤回",
    ApplicationState.LAPSED: "已失效",
}
ASKED_BY = {
    ApplicationKind.EXTENSION: "ask_extension",
    ApplicationKind.SUSPENSION: "ask_suspension",
    ApplicationKind.RETURN: "ask_return",
    ApplicationKind.EXEMPTION: "ask_exemption",
}
GRANTED_BY = {
    ApplicationKind.EXTENSION: "extend",
    ApplicationKind.SUSPENSION: "suspend",
    ApplicationKind.RETURN: "give_back",
    ApplicationKind.EXEMPTION: "exempt",
}
# domain.md §1.1: a return is reviewed once and the ruling is final; against other rulings there is an objection.
FINAL = frozenset({ApplicationKind.RETURN})
DESK_KINDS = frozenset({"COMMUNITY", "STREET", "DISTRICT"})  # units that can rule


def asks_upwards(kind: ApplicationKind, *, is_owner: bool, is_owner_a_desk: bool) -> bool:
    """Tell whether the unit above the owner rules; the owner itself rules on more time for those who work for it."""
    return kind is not ApplicationKind.EXTENSION or is_owner or not is_owner_a_desk
