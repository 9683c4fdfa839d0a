"""Where a called unit stands, what it and its caller may answer, and what each kind of whistle asks for."""

from dataclasses import dataclass
from enum import StrEnum


class CalledState(StrEnum):
    """What a called unit has answered (报到状态)."""

    CALLED = "CALLED"
    COUNTERED = "COUNTERED"
    REPORTED_IN = "REPORTED_IN"
    PART_DONE = "PART_DONE"
    DECLINED = "DECLINED"
    FINISHED = "FINISHED"
    RELEASED = "RELEASED"


CALLED_LABELS = {
    CalledState.CALLED: "等报到",
    CalledState.COUNTERED: "另提方案",
    CalledState.REPORTED_IN: "已报到",
    CalledState.PART_DONE: "协办已完成",
    CalledState.DECLINED: "不接",
    CalledState.FINISHED: "已办结",
    CalledState.RELEASED: "已解除",
}
S = CalledState
WAITING = frozenset({S.CALLED, S.COUNTERED})
IN_HAND = frozenset({S.REPORTED_IN})
AT_WORK = WAITING | IN_HAND  # called, and its part not yet done
STANDING = AT_WORK | {S.PART_DONE}


@dataclass(frozen=True, slots=True)
class Answer:
    """One allowed answer to a call: the case's move it makes, where the call may stand, where it stands after."""

    move: str
    sources: frozenset[CalledState]
    target: CalledState
    is_of_unit: bool = True  # the called unit's own; otherwise the caller's or the lead's


ANSWERS: dict[str, Answer] = {
    answer.move: answer
    for answer in (
        Answer("report_in", WAITING, S.REPORTED_IN),
        Answer("decline", WAITING, S.DECLINED),
        Answer("counter", WAITING, S.COUNTERED),
        Answer("part", IN_HAND, S.PART_DONE),
        Answer("hand_back", IN_HAND, S.DECLINED),
        Answer("agree", frozenset({S.COUNTERED}), S.REPORTED_IN, is_of_unit=False),
        Answer("turn_down", frozenset({S.COUNTERED}), S.CALLED, is_of_unit=False),
        Answer("return_part", frozenset({S.PART_DONE}), S.REPORTED_IN, is_of_unit=False),
        Answer("release", STANDING, S.RELEASED, is_of_unit=False),
    )
}


class DisputeState(StrEnum):
    """What has become of a unit's word that a case is not its own (裁定状态)."""

    ASKED = "ASKED"
    RULED = "RULED"
    REVIEW = "REVIEW"
    FINAL = "FINAL"
    MOOT = "MOOT"


DISPUTE_LABELS = {
    DisputeState.ASKED: "等裁定",
    DisputeState.RULED: "已裁定",
    DisputeState.REVIEW: "等复核",
    DisputeState.FINAL: "复核后定论",
    DisputeState.MOOT: "事项已了，不再裁定",
}
TO_RULE = frozenset({DisputeState.ASKED, DisputeState.REVIEW})


class RulingOutcome(StrEnum):
    """Whose the case is, as ruled (裁定结果)."""

    ITS_OWN = "ITS_OWN"
    NOT_ITS_OWN = "NOT_ITS_OWN"


OUTCOME_LABELS = {
    RulingOutcome.ITS_OWN: "归这个单位",
    RulingOutcome.NOT_ITS_OWN: "不归这个单位",
}


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


@dataclass(frozen=True, slots=True)
class KindRule:
    """What a kind of whistle asks of the caller and of the called (ours)."""

    units_min: int = 1
    lead_kinds: frozenset[str] = frozenset()  # empty: any unit may lead
    needs_message: bool = False
    is_urgent: bool = False  # the report-in limit runs day and night, whatever the case's own urgency
    unit_moves_barred: frozenset[str] = frozenset()


KIND_RULES: dict[WhistleKind, KindRule] = {
    WhistleKind.SERVICE: KindRule(),
    # Several bodies act in law together: one with powers to enforce leads, and all must know where and when to meet.
    WhistleKind.JOINT: KindRule(units_min=2, lead_kinds=frozenset({"DEPARTMENT", "STREET"}), needs_message=True),
    # First come, then argue: whose it is can be said only by a unit that is there.
    WhistleKind.EMERGENCY: KindRule(is_urgent=True, unit_moves_barred=frozenset({"decline", "counter"})),
}


REFUSING = frozenset({"decline", "hand_back"})  # what a unit cannot do any more once it was ruled that it is its own


def may_answer(move: str, *, state: str, kind: str, is_lead: bool, is_ruled: bool = False) -> bool:
    """Tell whether this answer may be given to a call that stands so."""
    answer = ANSWERS[move]
    if is_ruled and move in REFUSING:
        return False
    if CalledState(state) not in answer.sources:
        return False
    if move == "part" and is_lead:  # a lead finishes the case
        return False
    return move not in KIND_RULES[WhistleKind(kind)].unit_moves_barred
