"""Decisions about notices on plain values: kinds, channels, places of a text, quiet hours, when to try again."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from string import Formatter

from linli.shared.refusals import Refused

LANGUAGES = ("zh-hans", "bo", "en")
SUBJECT_MAX = 80
BODY_MAX = 400
ATTEMPTS_MAX = 8
LEASE = timedelta(minutes=5)  # a notice taken up by a worker that was killed is taken up again after this
STALE = timedelta(days=2)  # what happened longer ago is history, not news: imports of old cases tell nobody
KEPT = timedelta(days=400)  # (ours) the log holds a full year and its month of accounts


class Channel(StrEnum):
    """By which way somebody is told (通知方式)."""

    IN_APP = "IN_APP"
    EMAIL = "EMAIL"
    SMS = "SMS"
    ROBOT = "ROBOT"


CHANNEL_LABELS = {
    Channel.IN_APP: "站内",
    Channel.EMAIL: "邮件",
    Channel.SMS: "短信",
    Channel.ROBOT: "群机器人",
}


class Standing(StrEnum):
    """Where a sending stands (发送状态)."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"  # tried in vain, and tried again later
    GIVEN_UP = "GIVEN_UP"


STANDING_LABELS = {
    Standing.QUEUED: "待发送",
    Standing.SENT: "已发送",
    Standing.FAILED: "失败，会再试",
    Standing.GIVEN_UP: "已放弃",
}
# Why a sending was given up, where it was for a reason of our own.
FAULT_WORDS = {
    "no_mail": "没有设置邮件服务器",
    "no_gateway": "发送通道已停用",
    "no_way": "没有能发送的通道",
    "no_post": "岗位已撤",
    "no_contact": "联系方式已抹除",
    "no_address": "没有地址",
    "no_link": "没有设置 LINLI_PUBLIC_URL",
    "no_longer": "不再需要",
    "stopped": "订阅已停用",
}
SMS_KINDS = ("SMS", "ALIYUN")  # one of them is in use at a time
VOICE = "VOICE"
OF_ALL_KINDS = (*SMS_KINDS, VOICE)  # of the whole district; a robot is one unit's
GATEWAY_LABELS = {
    "SMS": "短信网关",
    "ALIYUN": "阿里云短信",
    "VOICE": "语音电话网关",
    "WECOM": "企业微信群机器人",
    "DINGTALK": "钉钉群机器人",
    "FEISHU": "飞书群机器人",
}
WAITING = (Standing.QUEUED, Standing.FAILED)


class Audience(StrEnum):
    """Whom a kind of notice is for (对象)."""

    UNIT = "UNIT"
    RESIDENT = "RESIDENT"
    OUTSIDE = "OUTSIDE"


AUDIENCE_LABELS = {Audience.UNIT: "工作人员", Audience.RESIDENT: "反映人", Audience.OUTSIDE: "外部单位"}


class Group(StrEnum):
    """Kinds that a post chooses together (通知类别)."""

    WORK = "WORK"
    WHISTLE = "WHISTLE"
    ANSWER = "ANSWER"
    RESIDENT = "RESIDENT"
    SUPERVISION = "SUPERVISION"


GROUP_LABELS = {
    Group.WORK: "新来的事项",
    Group.WHISTLE: "吹哨",
    Group.ANSWER: "别的单位的答复",
    Group.RESIDENT: "居民的补充和退回",
    Group.SUPERVISION: "催办和督办",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing somebody may be told: for whom, under which name, and what its text may speak of."""

    name: str
    label: str
    audience: Audience
    places: frozenset[str]
    group: Group | None = None
    is_urgent: bool = False
    needed: frozenset[str] = frozenset()


def _kind(name: str, label: str, group: Group, *more: str, is_urgent: bool = False) -> Kind:
    places = frozenset({"number", "category", "area", "link", *more})
    return Kind(name, label, Audience.UNIT, places, group, is_urgent)


def _resident(name: str, label: str, *more: str) -> Kind:
    # Neither category nor address: a telephone lies open on a table.
    return Kind(name, label, Audience.RESIDENT, frozenset({"number", "link", *more}), needed=frozenset({"number"}))


def _outside(name: str, label: str, *more: str) -> Kind:
    places = frozenset({"number", "link", "unit", *more})
    return Kind(name, label, Audience.OUTSIDE, places, needed=frozenset({"link"}))


KIND_LABELS: tuple[Kind, ...] = (
    _kind("new_case", "新诉求", Group.WORK, "due"),
    _kind("handed_on", "转来的事项", Group.WORK, "unit", "due"),
    _kind("whistle", "吹哨", Group.WHISTLE, "unit", "due"),
    _kind("unit_came", "单位已报到", Group.ANSWER, "unit"),
    _kind("unit_declined", "单位不接", Group.ANSWER, "unit"),
    _kind("unit_countered", "单位另提方案", Group.ANSWER, "unit"),
    _kind("work_done", "协办或牵头单位办结", Group.ANSWER, "unit"),
    _kind("caller_answered", "吹哨单位的答复", Group.WHISTLE, "unit"),
    _kind("task_given", "子任务", Group.WORK, "unit", "due"),
    _kind("asked_to_rule", "等裁定的申请", Group.WORK, "unit"),
    _kind("ruled", "申请的裁定", Group.ANSWER, "unit"),
    _kind("assigned", "指定您经办", Group.WORK),
    _kind("unassigned", "不再由您经办", Group.WORK),
    _kind("not_needed", "不用再来", Group.WHISTLE),
    _kind("task_dropped", "子任务取消", Group.WORK, "unit"),
    _kind("withdrawn", "居民撤回", Group.RESIDENT),
    _kind("sent_back", "居民退回重办", Group.RESIDENT, "due"),
    _kind("words_added", "居民补充", Group.RESIDENT),
    _kind("supervised", "催办督办", Group.SUPERVISION, "unit", "level", is_urgent=True),
    _kind("outside_answered", "外部单位答复", Group.ANSWER, "body"),
    _kind("outside_silent", "外部单位逾期没有答复", Group.SUPERVISION, "body", "due"),
    _resident("resident_received", "已收到诉求", "unit", "due"),
    _resident("resident_finished", "请居民确认", "unit", "due"),
    _resident("resident_refused", "不予受理答复"),
    _resident("resident_merged", "合并办理"),
    _resident("resident_closed", "已结案"),
    _resident("resident_extended", "延期告知", "due"),
    _resident("resident_paused", "挂账告知", "due"),
    _resident("resident_split", "分成几件办理"),
    _resident("resident_parted", "改为单独办理"),
    _outside("outside_asked", "请外部单位答复", "due"),
    _outside("outside_reminded", "提醒外部单位", "due"),
    _outside("outside_extended", "外部单位答复期限已改", "due"),
)
KINDS = {kind.name: kind for kind in KIND_LABELS}
PLACE_LABELS = {
    "number": "编号",
    "category": "分类",
    "area": "地点",
    "unit": "单位",
    "body": "外部单位名称",
    "due": "期限",
    "level": "督办程度",
    "link": "链接",
}


def check_text(*, kind: Kind, subject: str, body: str) -> None:
    """Check a text before it is kept: only its own places, written as {number}, and no longer than a message holds.

    Raises:
        Refused: the sentence says which place or which brace is wrong.
    """
    if not subject.strip() or not body.strip():
        raise Refused("标题和正文都要写。")
    if len(subject) > SUBJECT_MAX:
        raise Refused("标题太长：最多 %(most)s 个字。", most=SUBJECT_MAX)
    if len(body) > BODY_MAX:
        raise Refused("正文太长：最多 %(most)s 个字。", most=BODY_MAX)
    used = places_in(subject) | places_in(body)
    for name in sorted(used - kind.places):
        raise Refused("这类通知没有“{%(name)s}”这一项，可用的有：%(known)s。", name=name, known=_listed(kind.places))
    for name in sorted(kind.needed - used):
        raise Refused("正文里要有“{%(name)s}”，否则收到的人不知道说的是哪一件。", name=name)


def check_templates(words: str) -> None:
    """Check which of an operator's templates is for which kind of notice: one line for each (短信模板).

    Raises:
        Refused: no line at all, or one that names no kind or no template.
    """
    lines = _template_lines(words)
    if not lines:
        raise Refused("请写明用哪个短信模板，例如：SMS_123456789。")
    for line, (name, code) in lines:
        kind, _dot, language = name.partition(".")
        is_known = not name or (kind in KINDS and (not language or language in LANGUAGES))
        if not is_known or not re.fullmatch(r"\w{1,40}", code, re.ASCII):
            raise Refused("看不懂这一行短信模板：%(line)s", line=line[:60])


def template_for(words: str, *, kind: str, language: str) -> str:
    """Return the operator's template for a kind in a language, else for the kind, else for all the rest."""
    codes = {name: code for _line, (name, code) in _template_lines(words)}
    return codes.get(f"{kind}.{language}") or codes.get(kind) or codes.get("", "")


def _template_lines(words: str) -> list[tuple[str, tuple[str, str]]]:
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    parts = [(line, line.rpartition(" ")) for line in lines]
    return [(line, (name.strip(), code)) for line, (name, _space, code) in parts]


def places_in(words: str) -> frozenset[str]:
    """Return the places a text speaks of.

    Raises:
        Refused: a brace stands alone, or a place is more than a name.
    """
    try:
        parts = list(Formatter().parse(words))
    except ValueError as fault:
        raise Refused("花括号没有成对：要写成 {number} 这样。") from fault
    names = [(name, spec, conversion) for _words, name, spec, conversion in parts if name is not None]
    for name, spec, conversion in names:
        if not re.fullmatch(r"[a-z]+", name) or spec or conversion:
            raise Refused("花括号里只能写一项的名称，例如 {number}。")
    return frozenset(name for name, _spec, _conversion in names)


def filled(words: str, places: dict[str, str]) -> str:
    """Return a text with its places filled; a place nothing is known of stays empty."""
    return Formatter().vformat(words, (), {name: places.get(name, "") for name in places_in(words)})


def _listed(places: frozenset[str]) -> str:
    return "、".join(f"{{{name}}}" for name in sorted(places))


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many vain attempts: half a minute, two, eight …, at most six hours (退避)."""
    return min(timedelta(seconds=30 * 4 ** (max(attempts, 1) - 1)), timedelta(hours=6))


def after_quiet(at: datetime, *, starts: time, ends: time) -> datetime:
    """Return the moment itself, or the end of the quiet hours it falls into; hours may cross midnight (免打扰)."""
    if starts == ends:
        return at
    now = at.time().replace(tzinfo=None)
    is_quiet = starts <= now < ends if starts < ends else now >= starts or now < ends
    if not is_quiet:
        return at
    end = at.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0)
    return end if end > at else end + timedelta(days=1)
