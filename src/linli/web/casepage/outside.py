"""Outside bodies on the page of a case: ask one, see since when it is waited for, and wait no longer (外部单位)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms as fields
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from linli.case.deadlines import calendar
from linli.case.queries import Case
from linli.notice import queries as notices
from linli.notice.reach import can_send_link
from linli.notice.rules import CHANNEL_LABELS, Channel, Standing
from linli.outside import actions as outside
from linli.outside import queries
from linli.outside.states import ASKED_LABELS, DESK_MOVES, AskedState
from linli.place import queries as place
from linli.shared.calendar import Limit, due
from linli.web import times
from linli.web.addresses import public_address
from linli.web.casepage import words
from linli.web.casepage.door import Door, Given
from linli.web.casepage.forms import REASON_MAX, MoveForm, moment_field, text_field
from linli.web.choices import offer

USUAL = Limit.parse("2 working days")  # (ours) proposed, and changed by whoever asks
PLACE_MAX, ASKED_MAX = 300, 1000


class AskForm(MoveForm):
    """Whom to ask, what, where, by when; all of it is read outside."""

    body = fields.TypedChoiceField(label=gettext_lazy("请哪个外部单位"), coerce=int)
    words = text_field(
        gettext_lazy("请对方做什么"),
        most=ASKED_MAX,
        help_text=gettext_lazy("对方只看到这里写的、地点和期限。不要写居民的姓名、电话和证件号。"),
    )
    place = fields.CharField(label=gettext_lazy("地点"), max_length=PLACE_MAX)
    due_at = moment_field(gettext_lazy("什么时候前答复"))

    def arrange(self) -> None:
        """List the bodies of the area, and propose the place and two working days."""
        bodies = [(row.pk, queries.body_name(row)) for row in queries.bodies(area_code=self.case.area_code)]
        offer(self, "body", [("", _("请选择")), *bodies])
        proposed = timezone.localtime(due(calendar=calendar(), start=self.at, limit=USUAL))
        where = f"{place.full_name(self.case.area_code, words.language())} {self.case.address}".strip()
        self.initial = {"place": where[:PLACE_MAX], "due_at": proposed.replace(second=0, microsecond=0)}

    def clean_body(self) -> Any:
        """Return the body that was picked."""
        return queries.body(self.cleaned_data["body"])


class AskedForm(MoveForm):
    """Picks one of the bodies the case still waits for."""

    asked = fields.TypedChoiceField(label=gettext_lazy("哪个外部单位"), coerce=int)

    def arrange(self) -> None:
        """List what is waited for; one alone is picked already."""
        self.open = queries.open_of(self.case)
        offer(self, "asked", [(pk, queries.body_name(row.body)) for pk, row in self.open.items()])
        self.initial = {"asked": self.query.get("asked") or next(iter(self.open), "")}


class ResendForm(AskedForm):
    """The same link again, or a new one."""

    is_new_link = fields.BooleanField(
        label=gettext_lazy("换一条新链接，旧的作废"),
        required=False,
        help_text=gettext_lazy("发错了人，或者怕链接传出去时选。"),
    )


class ExtendForm(AskedForm):
    """Until when, and why."""

    due_at = moment_field(gettext_lazy("新的答复期限"))
    reason = text_field(gettext_lazy("原因"), most=REASON_MAX)


class EndForm(AskedForm):
    """Why."""

    reason = text_field(gettext_lazy("原因"), most=REASON_MAX)


def _asked(given: Given) -> Any:
    form: Any = given.form
    row = form.open[given.said["asked"]]
    row.case = given.case
    return row


def _ask(given: Given) -> None:
    outside.ask(**given.who, **given.said)


def _link_words(given: Given) -> str:
    """Say what becomes of the link; never that it was sent, which nobody knows yet."""
    body = given.said["body"] if "body" in given.said else _asked(given).body
    if can_send_link(body.contact_id):
        return _("链接已做好，正在发送；也可以从右边复制给对方。")
    return _("链接已做好，但没有能发送的通道：请从右边复制给对方。")


DOORS: dict[str, Door] = {
    "ask_outside": Door(AskForm, _ask, "building", gettext_noop("链接已做好。"), said=_link_words),
    "resend_outside": Door(
        ResendForm,
        lambda given: outside.resend(asked=_asked(given), **given.by, is_new_link=given.said["is_new_link"]),
        "send",
        gettext_noop("链接已做好。"),
        said=_link_words,
    ),
    "extend_outside": Door(
        ExtendForm,
        lambda given: outside.extend(
            asked=_asked(given), **given.by, due_at=given.said["due_at"], reason=given.said["reason"]
        ),
        "clock",
        gettext_noop("答复期限已改。"),
    ),
    "revoke_outside": Door(
        EndForm,
        lambda given: outside.revoke(asked=_asked(given), **given.by, reason=given.said["reason"]),
        "lock",
        gettext_noop("链接已作废，对方打不开了。"),
    ),
    "release_outside": Door(
        EndForm,
        lambda given: outside.release(asked=_asked(given), **given.by, reason=given.said["reason"]),
        "route-off",
        gettext_noop("不再等它，事项可以继续办。"),
    ),
}


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One thing asked as the page shows it."""

    id: int
    sentence: str
    since: datetime | None
    due_at: datetime | None
    words: str
    answer: str
    reminders: int
    sending: str
    link: str
    tone: str
    icon: str
    moves: tuple[tuple[str, str], ...]


def is_offered(name: str, *, open_count: int) -> bool:
    """Tell whether there is something asked that this move could be made on."""
    return name not in DESK_MOVES or open_count > 0


def asked_lines(request: HttpRequest, case: Case, *, offered: set[str], at: datetime) -> list[AskedLine]:
    """Return what was asked outside about a case, the open first, with the link to hand over (外部单位)."""
    asked = queries.of_case(case)
    sent = notices.newest_to([f"asked:{row.pk}" for row in asked if row.ended_at is None], case_id=case.pk)
    return [_line(request, row, sent.get(f"asked:{row.pk}"), offered=offered, at=at) for row in asked]


def waiting_words(lines: list[AskedLine]) -> str:
    """Say for whom a case waits outside, and since when."""
    waiting = [line for line in lines if line.since]
    return _("；").join(line.sentence for line in waiting)


def _line(request: HttpRequest, row: Any, sent: Any, *, offered: set[str], at: datetime) -> AskedLine:
    state, is_open = AskedState(row.state), row.ended_at is None
    is_late = is_open and row.due_at < at
    names = [name for name in DESK_MOVES if is_open and name in offered]
    has_link = bool(names) and row.revoked_at is None
    token = queries.link_token(row)
    return AskedLine(
        id=row.pk,
        sentence=_sentence(row, state, at=at),
        since=row.asked_at if is_open else None,
        due_at=row.due_at if is_open else None,
        words=row.words,
        answer=row.answer,
        reminders=row.reminded_count,
        sending=_sending(sent) if is_open and row.revoked_at is None else "",
        link=public_address(request, reverse("outside:page", args=[token])) if has_link else "",
        tone="late" if is_late else ("accent" if is_open else "over"),
        icon="clock-exclamation" if is_late else _ICONS[state],
        moves=tuple((name, words.move_label(name)) for name in names),
    )


def _sending(sent: Any) -> str:
    """Say whether the newest message about it has left; nothing before anybody has looked (发送情况)."""
    if sent is None:
        return ""
    standing = Standing(sent.state)
    if standing is Standing.SENT:
        return _("%(way)s已发出") % {"way": _(CHANNEL_LABELS[Channel(sent.channel)])}
    if standing is Standing.GIVEN_UP:
        return _("没有发出：%(why)s。请复制链接给对方。") % {"why": _(sent.fault)}
    return _("正在发送，还没有发出")


def _sentence(row: Any, state: AskedState, *, at: datetime) -> str:
    body = queries.body_name(row.body)
    if row.ended_at is not None:
        return _("%(label)s：%(what)s") % {"label": body, "what": _(ASKED_LABELS[state])}
    told = {
        "body": body,
        "since": times.moment_words(row.asked_at, at=at),
        "rest": times.due_rest(row.due_at, at=at),
    }
    if row.revoked_at is not None:
        return _("给%(body)s的链接已作废，从%(since)s等到现在") % told
    if state is AskedState.ACCEPTED:
        return _("%(body)s已接下，从%(since)s等到现在，%(rest)s") % told
    return _("等%(body)s答复，从%(since)s等到现在，%(rest)s") % told


_ICONS = {
    AskedState.ASKED: "hourglass",
    AskedState.ACCEPTED: "user-check",
    AskedState.DECLINED: "hand-stop",
    AskedState.DONE: "circle-check",
    AskedState.RELEASED: "route-off",
}
