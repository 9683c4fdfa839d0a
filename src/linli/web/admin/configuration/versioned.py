"""The parts whose every version is kept: days off, limits, refusal replies, emergency words, weights (有版本的部分)."""

from collections.abc import Collection
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.call import actions as call_actions
from linli.call import queries as calls
from linli.call.rules import Audience, Rung, check_rungs
from linli.case import actions as cases
from linli.case import forms as files
from linli.case import replies
from linli.case.deadlines import LimitTable, limit_table, overlays, tables_known
from linli.case.refusals import RefusalRoute
from linli.intake.forms import FIRST_ROW, Row
from linli.report import actions as report_actions
from linli.report import queries as reports
from linli.shared.calendar import BEIJING
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.text import actions as text_actions
from linli.text import queries as text
from linli.web.admin.configuration.parts import Entry, Section, Told, Who

NOW = "now"  # what is in force; anything else is the day from which a version will be

# -- days off ------------------------------------------------------------------------------------------------------

DAYS = ("position", "file_name", "content")


def _days() -> Told:
    kept = [row for row in reversed(overlays()) if row.withdrawn_at is None]
    return {
        f"{position}": {"position": position, "file_name": row.file_name, "content": row.content}
        for position, row in enumerate(kept, 1)
    }


def _check_days(_key: str, _before: Entry | None, after: Entry, _units: Collection[str]) -> None:
    if "content" in after and "file_name" in after:
        cases.read_days(file_name=after["file_name"], content=after["content"].encode())


def _write_days(wanted: Told, who: Who) -> None:
    """Lie the files one upon another in the order told: those that lie right stay, the others come anew."""
    kept = [row for row in reversed(overlays()) if row.withdrawn_at is None]
    said = sorted(wanted.values(), key=lambda entry: entry["position"])
    same = 0
    while same < min(len(kept), len(said)) and _is_same(kept[same], said[same]):
        same += 1
    for row in reversed(kept[same:]):
        cases.withdraw_days(overlay_id=row.pk, **who.reasoned)
    for entry in said[same:]:
        cases.bring_days(file_name=entry["file_name"], content=entry["content"].encode(), **who.signed)


def _is_same(row: Any, entry: Entry) -> bool:
    return (row.file_name, row.content) == (entry["file_name"], entry["content"])


# -- limits --------------------------------------------------------------------------------------------------------

LIMITS = ("lines",)


def _limits() -> Told:
    """Tell the district's own table in force and those that will begin; the shipped one is a setting."""
    at = timezone.now()
    told: Told = {}
    in_force = limit_table(at=at)
    if not in_force.is_shipped:
        told[NOW] = {"lines": _lines(in_force)}
    for begins_at, _name in tables_known():
        if begins_at > at:
            day = begins_at.astimezone(BEIJING).date().isoformat()
            told[day] = {"lines": _lines(limit_table(at=begins_at))}
    return dict(sorted(told.items(), reverse=True))


def _lines(table: LimitTable) -> list[list[str]]:
    """Give the cells of each line as the exported sheet has them; the name of a category is told elsewhere."""
    place = files.COLUMNS.index(files.NAME)
    return [["" if column == place else cell for column, cell in enumerate(row)] for row in _body(table)]


def _body(table: LimitTable) -> list[list[str]]:
    return list(files.written(table))[1:]


def _check_limits(key: str, _before: Entry | None, after: Entry, _units: Collection[str]) -> None:
    _begins(key)
    if any(len(row) != len(files.COLUMNS) for row in after["lines"]):
        raise Refused("时限表的“%(key)s”有一行的栏目数不对。", key=key[:20])


def _write_limits(key: str, before: Entry | None, after: Entry, who: Who) -> None:
    _check_limits(key, before, after, ())
    cells = [dict(zip(files.COLUMNS, row, strict=True)) for row in after["lines"]]
    reading = files.read_limits(Row(number, row) for number, row in enumerate(cells, FIRST_ROW))
    if reading.errors:
        raise reading.errors[0].refusal
    if before is not None and key != NOW:
        _drop_limits(key, who)
    cases.bring_limits(lines=reading.lines, active_on=_begins(key, at=who.at), **who.reasoned)


def _drop_limits(key: str, who: Who) -> None:
    if key == NOW:
        raise Refused("用过自己的时限表以后，不能退回系统带的那一份；请导入新的一版。")
    begins_at = datetime.combine(_begins(key), time(), tzinfo=BEIJING)
    for begins, name in tables_known():
        if begins == begins_at:
            cases.recall_limits(name=name, **who.reasoned)


def _begins(key: str, *, at: datetime | None = None) -> date:
    try:
        return (at or timezone.now()).astimezone(BEIJING).date() if key == NOW else date.fromisoformat(key)
    except ValueError as wrong:
        raise Refused("看不懂日期“%(words)s”。", words=key[:20]) from wrong


# -- refusal replies, emergency words ------------------------------------------------------------------------------

REPLY = tuple(replies.LANGUAGES)


def _replies() -> Told:
    return {route.value: {language: reply.texts[language] for language in REPLY}
            for route, reply in replies.replies().items()}  # fmt: skip


def _write_reply(key: str, before: Entry | None, after: Entry, who: Who) -> None:
    if before is None:
        raise Refused("没有“%(words)s”这种不予受理的答复。", words=key[:20])
    route = RefusalRoute(key)
    replies.edit_reply(route=route, texts=dict(after), version=replies.replies()[route].version, **who.reasoned)


def _alarms() -> Told:
    return {number: {"words": list(kept.words)} for number, kept in text.emergency_words().items()}


def _write_alarm(key: str, _before: Entry | None, after: Entry, who: Who) -> None:
    present = text.emergency_words().get(key)
    version = present.version if present else 0
    text_actions.set_emergency_words(number=key, words=after["words"], version=version, **who.reasoned)


# -- weights -------------------------------------------------------------------------------------------------------

WEIGHTS = ("response", "resolution", "satisfaction")


def _weights() -> Told:
    today, book = timezone.now().astimezone(BEIJING).date(), reports.weights_book()
    days = sorted({version.from_on for version in book.versions if version.from_on > today})
    return {key: {name: getattr(book.on(day), name) for name in WEIGHTS}
            for key, day in ((NOW, today), *((day.isoformat(), day) for day in days))}  # fmt: skip


def _write_weights(key: str, _before: Entry | None, after: Entry, who: Who) -> None:
    post = staff.post(who.by_post_id) if who.by_post_id else None
    from_on = _begins(key, at=who.at)
    report_actions.set_weights(post=post, from_on=from_on, reason=who.reason, at=who.at, **after)


def _check_weights(key: str, _before: Entry | None, _after: Entry, _units: Collection[str]) -> None:
    _begins(key)


# -- the ladder of calls -------------------------------------------------------------------------------------------

LADDER = ("lines",)
CELLS = 4  # audience, seconds, from, until


def _ladder() -> Told:
    """Tell what is added to the floor now, even when that is nothing, and the editions to come."""
    at = timezone.now()
    told: Told = {NOW: {"lines": _rung_lines(calls.ladder_version(at=at))}}
    coming = sorted((row for row in calls.ladder_versions() if row.since_at > at), key=lambda row: row.since_at)
    return told | {row.since_at.isoformat(): {"lines": _rung_lines(row)} for row in coming}


def _rung_lines(version: Any) -> list[list[str]]:
    return [
        [
            rung.audience.value,
            str(rung.after_seconds),
            *(f"{at:%H:%M}" if at else "" for at in (rung.from_time, rung.until_time)),
        ]
        for rung in calls.rungs_of(version)
    ]


def _read_rungs(key: str, entry: Entry) -> tuple[Rung, ...]:
    try:
        return check_rungs(_rung(cells) for cells in entry["lines"])
    except ValueError as wrong:
        raise Refused("通知阶梯的“%(key)s”有一行读不了。", key=key[:40]) from wrong


def _rung(cells: list[str]) -> Rung:
    if len(cells) != CELLS:
        raise ValueError(cells)
    audience, seconds, begins, ends = cells
    hours = (time.fromisoformat(cell) if cell else None for cell in (begins, ends))
    return Rung(int(seconds), Audience(audience), *hours)


def _check_ladder(key: str, _before: Entry | None, after: Entry, _units: Collection[str]) -> None:
    _read_rungs(key, after)
    _since(key, at=timezone.now())


def _write_ladder(key: str, _before: Entry | None, after: Entry, who: Who) -> None:
    post = staff.post(who.by_post_id) if who.by_post_id else None
    call_actions.set_ladder(
        rungs=_read_rungs(key, after), since_at=_since(key, at=who.at), reason=who.reason, post=post, at=who.at
    )


def _since(key: str, *, at: datetime) -> datetime:
    if key == NOW:
        return at
    try:
        since_at = datetime.fromisoformat(key)
    except ValueError as wrong:
        raise Refused("看不懂日期“%(words)s”。", words=key[:20]) from wrong
    if since_at.tzinfo is None:
        raise Refused("看不懂日期“%(words)s”。", words=key[:20])
    return since_at


VERSIONED: tuple[Section, ...] = (
    Section("calendars", _("日历附加表"), DAYS, ("case.DayOverlay",), _days, lambda *_given: None,
            all_together=_write_days, check=_check_days),
    Section("limits", _("时限表"), LIMITS, ("case.LimitVersion", "case.LimitRow"), _limits, _write_limits, _drop_limits,
            check=_check_limits),
    Section("replies", _("不予受理答复"), REPLY, ("case.RefusalReply",), _replies, _write_reply),
    Section("emergency", _("紧急词"), ("words",), ("text.EmergencyList",), _alarms, _write_alarm),
    Section("weights", _("综合得分的权重"), WEIGHTS, ("report.WeightsSet",), _weights, _write_weights,
            check=_check_weights),
    Section("ladder", _("通知阶梯"), LADDER, ("call.LadderVersion", "call.LadderRung"), _ladder, _write_ladder,
            check=_check_ladder),
)  # fmt: skip
