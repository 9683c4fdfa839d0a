"""What the district's numbers are called (数的说法)."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.case.chains import Broken, Fault
from linli.case.rules import RUNGS
from linli.confirm.rules import RATING_LABELS

CASES: Mapping[str, Promise] = {
    "open": _("未办结"),
    "overdue": _("超时"),
    "soon": _("即将到期"),
    "stuck": _("滞留"),
    "silent": _("有单位未报到"),
    "supervised": _("督办中"),
    "outside": _("区外"),
    "unplaced": _("地点不明"),
    "reopened": _("退回重办"),
    "counted": _("计入响应率"),
    "responded": _("按时响应"),
    "unresponded": _("未按时响应"),
    "excluded": _("不计入"),
    "excluded_merged": _("不计入：归并"),
    "excluded_withdrawn": _("不计入：撤回"),
    "excluded_exempted": _("不计入：免责"),
    "excluded_refused": _("不计入：不予受理"),
    "excluded_brought_in": _("不计入：历史补录"),
}
EXCLUSIONS: Mapping[str, Promise] = {
    "merged": _("归并"),
    "withdrawn": _("撤回"),
    "exempted": _("免责"),
    "refused": _("不予受理（不归这里办）"),
    "brought_in": _("历史补录"),
}
NOTES: Mapping[str, Promise] = {
    "overdue": _("过了办理时限"),
    "soon": _("24 小时以内"),
    "supervised": _("督办以上"),
    "outside": _("位置不在本区"),
    "unplaced": _("只知道在本区"),
}
ANSWERS: Mapping[str, Promise] = {
    "answered": _("答了是否解决"),
    "solved": _("已解决"),
    "unsolved": _("未解决"),
    "rated": _("评了满意度"),
    "satisfied": _("满意"),
    "unsatisfied": _("不满意"),
}
CALL_BACKS: Mapping[str, Promise] = {
    "called": _("应回访"),
    "reached": _("回访到"),
    "declined": _("不愿回答"),
    "not_reached": _("三次没有联系上"),
    "no_contact": _("没有留下联系方式"),
    "asked_not": _("反映人不愿意被联系"),
    "waiting": _("等回访"),
}
RATINGS: Mapping[int, Promise] = {
    5: _("非常满意"), 4: _("满意"), 3: _("基本满意"), 2: _("不满意"), 1: _("非常不满意"),
}  # fmt: skip
LEVELS: Mapping[int, Promise] = {1: _("催办"), 2: _("督办"), 3: _("黄牌"), 4: _("红牌")}
RATES: Mapping[str, Promise] = {"response": _("响应率"), "resolution": _("解决率"), "satisfaction": _("满意率")}
SIDES: Mapping[str, Promise] = {
    "street": _("街道"),
    "community": _("社区"),
    "owner": _("吹哨方（首接单位）"),
    "lead": _("报到方（牵头单位）"),
    "category": _("分类"),
}

if RATINGS.keys() != RATING_LABELS.keys() or LEVELS.keys() != RUNGS.keys():
    raise ValueError("every rating and every rung needs its word")


WRONG_ROWS: Mapping[Fault, Promise] = {
    Fault.CHANGED: _("第 %(sequence)s 条流转被改动过"),
    Fault.MISSING: _("第 %(sequence)s 条流转不见了"),
    Fault.ADDED: _("第 %(sequence)s 条流转是后来插入的"),
    Fault.HEAD: _("第 %(sequence)s 条流转之后的结尾和事项对不上"),
}


def wrong_row(broken: Broken) -> str:
    """Say which row of a history is wrong, and how."""
    return str(WRONG_ROWS[broken.fault]) % {"sequence": broken.sequence}
