"""What has happened to a case, in the words a resident uses (经过).

The sentences are those of the table of moves. A case has one reporter who opened it and may have others who joined:
nobody reads what another resident wrote.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, gettext_noop, ngettext, pgettext
from django.utils.translation import gettext as _

from linli.case import queries as case_queries
from linli.case.queries import Followed
from linli.case.rules import spoken_number
from linli.case.states import BY_NAME
from linli.place import queries as place
from linli.shared.calendar import Limit, TimerKind
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.text import queries as text

WORDS = "%(words)s"
COUNTED = frozenset({"open", "join"})  # not steps of the story: its beginning, and those who are counted
DISTRICT = 6  # digits
# Said to the resident about their own contact or by the resident: another reporter of the same case reads neither.
PRIVATE = frozenset({"contact", "add", "confirm", "send_back", "reopen"})
ICONS = {
    "take": "user-check",
    "dispatch": "arrow-forward-up",
    "blow": "speakerphone",
    "report_in": "users",
    "contact": "phone-call",
    "step": "tool",
    "finish": "circle-check",
    "refuse": "circle-x",
    "merge": "git-merge",
    "join": "users-group",
    "unmerge": "arrows-split",
    "part_with": "arrows-split",
    "split": "arrows-split",
    "confirm": "thumb-up",
    "send_back": "arrow-back-up",
    "reopen": "arrow-back-up",
    "add": "message-plus",
    "withdraw": "x",
    "lapse": "clock",
    "extend": "clock",
    "suspend": "clock-pause",
    "resume": "progress",
    "give_back": "arrow-forward-up",
}
STATES = {
    "REGISTERED": gettext_noop("已经收到，正在看由谁来办"),
    "DISPATCHED": gettext_noop("已经转给办理单位，等他们签收"),
    "WHISTLED": gettext_noop("正在请有关单位一起来办"),
    "HANDLING": gettext_noop("正在办理"),
    "FINISHED": gettext_noop("办理单位说办好了，等反映的居民确认"),
    "CLOSED": gettext_noop("已经办结"),
    "REFUSED": gettext_noop("没有受理，原因已告诉反映的居民"),
    "WITHDRAWN": gettext_noop("反映的居民撤回了"),
    "MERGED": gettext_noop("和同一件事合并办理"),
}
NEUTRAL = {
    "confirm": gettext_noop("反映这件事的居民确认办好了"),
    "send_back": gettext_noop("反映这件事的居民说还没办好，退回重办"),
    "reopen": gettext_noop("反映这件事的居民说还没办好，退回重办"),
}
LIMITS = {
    TimerKind.URGENT_HOURS: gettext_noop("%s 小时（不分昼夜）"),
    TimerKind.WORKING_HOURS: gettext_noop("%s 个工作小时"),
    TimerKind.WORKING_DAYS: gettext_noop("%s 个工作日"),
    TimerKind.NATURAL_DAYS: gettext_noop("%s 天"),
}


@dataclass(slots=True)
class Step:
    """One step of the story, as parts/story.html draws it."""

    title: str
    at: datetime
    icon: str = "check"
    text: str = ""
    photo_ids: list[str] = field(default_factory=list)
    who: str = ""
    tone: str = ""


def state_words(state: str) -> str:
    """Say where a case stands, without naming anyone."""
    return _(STATES[state])


def limit_words(words: str) -> str:
    """Say a limit: 3 个工作日."""
    limit = Limit.parse(words)
    if limit.in_minutes:
        return _("%s 分钟") % limit.amount
    return _(LIMITS[limit.kind]) % limit.amount


def limit_why(followed: Followed) -> str:
    """Say where the deadline comes from."""
    case = followed.case
    facts = {
        "category": text.category_name(case.category_code, get_language() or "zh-hans"),
        "limit": limit_words(case.limit_words),
        "since": f"{timezone.localtime(case.opened_at):%Y-%m-%d %H:%M}",
    }
    words = _("“%(category)s”类的时限是%(limit)s，从 %(since)s 起算。") % facts
    return words + (_("次年的放假安排还没公布，可能会有调整。") if case.is_due_provisional else "")


def unit_name(unit_id: int | None) -> str:
    """Return a unit's name in the language of the page."""
    if unit_id is None:
        return ""
    try:
        return staff.unit_name(staff.unit(unit_id), get_language())
    except Refused:
        return ""


def story_of(followed: Followed) -> list[Step]:
    """Return the steps this reporter may read, in order; others who joined are counted, not listed."""
    appeal = followed.appeal
    photos = [str(photo) for photo in appeal.photo_ids]
    first = Step(_("您反映了这件事"), appeal.received_at, "message", appeal.text, photos, who=_where(appeal))
    events = case_queries.story(followed.case, is_resident=True)
    steps = [_step(event, followed, is_own=followed.is_first) for event in events if event.name not in COUNTED]
    told = [first, *_before_merges(followed), *(step for step in steps if step is not None)]
    others = followed.case.joined_count
    if others:
        words = ngettext("又有 %(count)s 位居民反映同一件事", "又有 %(count)s 位居民反映同一件事", others)
        joined_at = max((event.at for event in events if event.name == "join"), default=followed.case.moved_at)
        told.append(Step(words % {"count": others}, joined_at, ICONS["join"]))
    return sorted(told, key=lambda step: step.at)


def _before_merges(followed: Followed) -> list[Step]:
    """Return what had happened to a reporter's own case before it was merged, the merge included."""
    told: list[Step] = []
    for case in followed.came_by:
        is_own = case.first_appeal_id == followed.appeal.pk
        events = case_queries.story(case, is_resident=True)
        steps = (_step(event, followed, is_own=is_own) for event in events if event.name not in COUNTED)
        told += [step for step in steps if step is not None]
    return told


def photos_after(followed: Followed) -> list[str]:
    """Return the photos of the last finish."""
    finishes = [event for event in case_queries.story(followed.case, is_resident=True) if event.name == "finish"]
    return list(finishes[-1].detail.get("photos", ())) if finishes else []


def _step(event: Any, followed: Followed, *, is_own: bool) -> Step | None:
    if event.name == "add":
        is_own = event.detail.get("appeal") == followed.appeal.pk
    if event.name in PRIVATE and not is_own:
        neutral = NEUTRAL.get(event.name)
        return Step(_(neutral), event.at, ICONS[event.name]) if neutral else None
    detail, sentence = event.detail, _(BY_NAME[event.name].resident_words)
    words = str(detail.get("words", ""))
    if event.name == "confirm":
        words = _(words)
    places = {"unit": unit_name(event.by_unit_id) or _("街道社区"), "to": _to(detail), "words": words}
    is_long = WORDS in BY_NAME[event.name].resident_words and event.name != "confirm"
    title = (sentence % (places | {"words": ""} if is_long else places)).rstrip("：: ")
    said = words if is_long else event.reason if event.name == "confirm" else ""
    said = _reply(detail) if event.name == "refuse" else said
    return Step(title, event.at, ICONS.get(event.name, "check"), said, list(detail.get("photos", ())))


def _reply(detail: dict[str, Any]) -> str:
    """Return the reply of a case not accepted in the reader's language, with the worker's own words if there are."""
    words, language = str(detail.get("words", "")), get_language() or ""
    general = str(detail.get("replies", {}).get(language, ""))
    return "\n".join(filter(None, [general, words if detail.get("is_own") else ""])) or words


def _where(appeal: Any) -> str:
    """Say the place as the resident wrote it, or else as it was understood."""
    known = place.full_name(appeal.area_code, get_language() or "zh-hans") if len(appeal.area_code) > DISTRICT else ""
    return appeal.address or known


def _to(detail: dict[str, Any]) -> str:
    if "to_number" in detail:
        return spoken_number(detail["to_number"])
    if "to_name" in detail:
        return str(detail["to_name"])
    units: Iterable[int] = detail["units"] if "units" in detail else [detail["to"]] if "to" in detail else []
    return _("、").join(filter(None, map(unit_name, units)))


# -- where it stands -----------------------------------------------------------------------------------------------

STANDINGS = {
    "REGISTERED": gettext_noop("%(owner)s已经收到，正在看由谁来办。"),
    "DISPATCHED": gettext_noop("已经转给%(owner)s，等他们签收。"),
    "WHISTLED": gettext_noop("%(owner)s请了%(worker)s来办，等他们到场。"),
    "HANDLING": gettext_noop("%(worker)s正在办理。"),
    "SUSPENDED": gettext_noop("现在还办不了，%(worker)s先挂账；到时候自动恢复办理。"),
    "FINISHED": gettext_noop("%(worker)s说办好了，等您确认。"),
    "REFUSED": gettext_noop("没有受理，原因写在下面。"),
    "WITHDRAWN": gettext_noop("您撤回了这件事，不再办理。"),
    "CONFIRMED": gettext_noop("已经办结，您确认过了。"),
    "LAPSED": gettext_noop("已经办结。没有等到您的确认，过了期限自动结案。"),
}
OTHERS = {
    "FINISHED": gettext_noop("%(worker)s说办好了，等最先反映的居民确认。"),
    "WITHDRAWN": gettext_noop("最先反映的居民撤回了这件事。"),
    "CONFIRMED": gettext_noop("已经办结，最先反映的居民确认过了。"),
    "LAPSED": gettext_noop("已经办结。过了确认期限，自动结案。"),
}


@dataclass(slots=True)
class ToCome:
    """What should happen next, and by when."""

    title: str
    due: datetime
    icon: str = "circle-dashed"


def standing(followed: Followed) -> str:
    """Say who has the case now and what is awaited."""
    case = followed.case
    key = case.close_reason if case.state == "CLOSED" else "SUSPENDED" if case.suspended_until else case.state
    sentence = STANDINGS.get(key, "") if followed.is_first else OTHERS.get(key) or STANDINGS.get(key, "")
    names = {"owner": unit_name(case.owner_id), "worker": unit_name(case.lead_id or case.owner_id)}
    return _(sentence) % names if sentence else state_words(case.state)


def to_come(followed: Followed) -> list[ToCome]:
    """Return what the resident may expect, each with its deadline, the soonest first."""
    case = followed.case
    if not case.is_open:
        return []
    if case.suspended_until is not None:
        return [ToCome(_("恢复办理"), case.suspended_until), ToCome(_("办结，请您确认"), case.due_at)]
    if case.state == "FINISHED":
        return [ToCome(_("您确认"), case.confirm_due_at)] if case.confirm_due_at and followed.is_first else []
    expected = [ToCome(_("办结，请您确认"), case.due_at)]
    if case.dispatched_at is None:
        expected.append(ToCome(pgettext("to come", "签收"), case.dispatch_due_at))
    if case.contact_due_at and case.contacted_at is None and followed.is_first:
        expected.append(ToCome(_("联系您"), case.contact_due_at))
    return sorted(expected, key=lambda step: step.due)
