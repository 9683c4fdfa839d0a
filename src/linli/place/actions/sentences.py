"""What the finding of an import says to a person, in their language (核查意见用语)."""

from django.utils.translation import gettext, gettext_noop

from linli.place.rules.findings import Fault, Finding

SENTENCES: dict[Fault, str] = {
    Fault.BAD_CODE: gettext_noop("编码“%(given)s”不是区域编码。"),
    Fault.BAD_WIDTH: gettext_noop("网格编码应为社区编码加 %(digits)s 位数字。"),
    Fault.BAD_LEVEL: gettext_noop("层级“%(given)s”与编码不符，按编码应为%(level)s。"),
    Fault.BAD_PARENT: gettext_noop("上级编码 %(given)s 与编码不符，应为 %(parent)s。"),
    Fault.BAD_NAME: gettext_noop("名称为空或含有不可见字符。"),
    Fault.LONG_NAME: gettext_noop("%(column)s 超过 %(most)s 个字。"),
    Fault.BAD_DATE: gettext_noop("日期“%(given)s”无法识别，应写作 2023-06-30。"),
    Fault.BAD_NUMBER: gettext_noop("%(column)s“%(given)s”不是非负整数。"),
    Fault.BAD_REPLACED: gettext_noop("被替换的编码 %(other)s 不是同级的现行区域。"),
    Fault.CLOSED_CODE: gettext_noop("编码已停用；编码不能重复使用，请用新编号。"),
    Fault.DUPLICATE: gettext_noop("与第 %(other)s 行编码重复。"),
    Fault.UNKNOWN_PARENT: gettext_noop("上级区域 %(parent)s 不存在或已停用。"),
    Fault.UNKNOWN_AREA: gettext_noop("没有这个街道或社区；请先导入区划代码。"),
    Fault.UNKNOWN_SUCCESSOR: gettext_noop("后继编码 %(given)s 不在之后的名录中。"),
    Fault.PUBLISHED_OTHERWISE: gettext_noop("这一年的名录已登记为“%(name)s”，与本行不同；已公布的名录不能改写。"),
    Fault.CUT_OFF: gettext_noop("%(as_of)s 的名录只有 %(count)s 条，前一版有 %(before)s 条，像是不完整。"),
    Fault.UNREADABLE: gettext_noop("图形无法读取；应为 WKT 或 GeoJSON 的多边形。"),
    Fault.UNCLOSED: gettext_noop("多边形没有闭合：首尾两点应相同，且至少四点。"),
    Fault.NOT_A_POLYGON: gettext_noop("图形是 %(kind)s，应为多边形。"),
    Fault.INVALID: gettext_noop("多边形无效：%(reason)s。"),
    Fault.NOT_ON_EARTH: gettext_noop("坐标 %(lng)s, %(lat)s 不是经纬度；是否经纬度颠倒，或为投影坐标？"),
    Fault.TOO_MANY_CORNERS: gettext_noop("多边形超过 %(most)s 个点。"),
    Fault.OVERLAP: gettext_noop("“%(this)s”与“%(other)s”重叠 %(area)s 平方米。"),
    Fault.OUTSIDE_PARENT: gettext_noop("有 %(area)s 平方米在“%(parent)s”之外。"),
    Fault.REDRAWN: gettext_noop("范围与现行图形相差 %(percent)s%%。重划的网格请用新编号，并在 replaces 一栏写旧编号。"),
    Fault.MOVED: gettext_noop("范围与现行图形相差 %(percent)s%%，将更新。"),
    Fault.NO_SHAPE: gettext_noop("没有图形；按坐标无法找到这个网格。"),
    Fault.GAP: gettext_noop("“%(community)s”有 %(area)s 平方米没有划入任何网格。"),
    Fault.HOUSEHOLDS: gettext_noop("%(count)s 户，一般为 %(least)s 至 %(most)s 户。"),
    Fault.PEOPLE: gettext_noop("%(count)s 人，一般不超过 %(most)s 人。"),
    Fault.NO_SUCCESSOR: gettext_noop("“%(name)s”自 %(as_of)s 起停用，没有找到后继；可在 successor_code 一栏写明。"),
    Fault.GRIDS_LEFT_BEHIND: gettext_noop("“%(name)s”已停用，其下还有 %(count)s 个现行网格或楼栋，请重新导入。"),
    Fault.OTHER_DATUM: gettext_noop("坐标基准可能有误：若按 %(datum)s 读取，图形都落在所属社区内。"),
}


def sentence(found: Finding) -> str:
    """Return what to tell the person about this row."""
    words = found.words | ({"level": gettext(str(found.words["level"]))} if "level" in found.words else {})
    return gettext(SENTENCES[found.fault]) % words
