"""The lists of notices: a post's bell, the administrator's log, what was delivered to other systems."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from linli.case.states import BY_NAME
from linli.notice import queries, texts
from linli.notice.rules import CHANNEL_LABELS, KINDS, STANDING_LABELS, Channel, Standing
from linli.staff import queries as staff
from linli.web.lists import Column, Filter, List, state_cell

ICONS = {
    Standing.QUEUED: ("hourglass", "accent"),
    Standing.SENT: ("circle-check", ""),
    Standing.FAILED: ("refresh", "soon"),
    Standing.GIVEN_UP: ("circle-x", "late"),
}
OPENED = gettext_lazy("立案")


def standing_cell(row: Any) -> str:
    """Say where a sending stands (发送状态)."""
    standing = Standing(row.state)
    icon, tone = ICONS[standing]
    return str(state_cell(_(STANDING_LABELS[standing]), icon, tone))


def recipient_words(row: Any) -> str:
    """Say who was told, without any address (收件人)."""
    whose = row.recipient.partition(":")[0]
    if whose == "contact":
        return _("反映人")
    unit = staff.unit_name(staff.unit(row.unit_id)) if row.unit_id else ""
    return {"asked": _("外部单位"), "post": _("%s（个人）") % unit, "gateway": _("%s（群）") % unit}.get(whose, unit)


def kind_words(kind: str) -> str:
    """Name a kind of notice (通知名)."""
    return _(KINDS[kind].label) if kind in KINDS else kind


def event_words(name: str) -> str:
    """Name an event as its button does (事件名)."""
    return str(OPENED) if name == "open" else _(BY_NAME[name].label) if name in BY_NAME else name


def bell_of(*, folder: str, read_through: int) -> List:
    """Return the list of a post's bell: the texts as they are now, in the language of the page (站内通知)."""
    changed, language = texts.changed(), get_language() or "zh-hans"

    def said(row: Any) -> str:
        subject, body = texts.rendered(row.kind, row.places, language=language, texts=changed)
        return f"{subject}：{body}" if language == "zh-hans" else f"{subject}: {body}"

    def unread(row: Any) -> str:
        return str(state_cell(_("未读"), "bell-ringing", "accent")) if row.pk > read_through else ""

    return List(
        name="bell",
        title=gettext_lazy("通知"),
        order="-at",
        key=lambda row: row.case_id,
        url=f"/{folder}/cases/KEY/",
        columns=(
            Column(key="said", label=gettext_lazy("内容"), value=said, is_main=True),
            Column(key="kind", label=gettext_lazy("类别"), value=lambda row: kind_words(row.kind)),
            Column(key="unread", label=gettext_lazy("状态"), value=lambda row: row.pk > read_through, cell=unread),
            Column(key="at", label=gettext_lazy("时间"), value=lambda row: row.created_at, sort="id"),
        ),
        filters=(
            Filter(
                key="kind",
                label=gettext_lazy("类别"),
                choices=lambda _request: [(kind.name, _(kind.label)) for kind in KINDS.values() if kind.group],
                fields=("kind",),
            ),
        ),
        tone=lambda row: "soon" if row.is_urgent and row.pk > read_through else "",
        live="unit",
        empty_title=gettext_lazy("还没有通知"),
    )


LOG = List(
    name="notices",
    title=gettext_lazy("通知记录"),
    order="-at",
    url="/admin/notices/KEY/",
    columns=(
        Column(key="at", label=gettext_lazy("时间"), value=lambda row: row.created_at, sort="created_at", is_main=True),
        Column(key="kind", label=gettext_lazy("通知"), value=lambda row: kind_words(row.kind)),
        Column(key="to", label=gettext_lazy("告知谁"), value=recipient_words),
        Column(key="channel", label=gettext_lazy("方式"), value=lambda row: _(CHANNEL_LABELS[Channel(row.channel)])),
        Column(key="number", label=gettext_lazy("编号"), value=lambda row: row.case.number),
        Column(
            key="state",
            label=gettext_lazy("状态"),
            value=lambda row: _(STANDING_LABELS[Standing(row.state)]),
            cell=standing_cell,
        ),
        Column(key="attempts", label=gettext_lazy("次数"), is_number=True, is_extra=True),
        Column(key="fault", label=gettext_lazy("原因"), value=lambda row: _(row.fault) if row.fault else ""),
        Column(key="sent_at", label=gettext_lazy("发出"), is_extra=True),
        Column(key="next_try_at", label=gettext_lazy("下次尝试"), is_extra=True),
    ),
    filters=(
        Filter(
            key="state",
            label=gettext_lazy("状态"),
            choices=lambda _request: [(s.value, _(STANDING_LABELS[s])) for s in Standing],
            fields=("state",),
            is_tabs=True,
        ),
        Filter(
            key="channel",
            label=gettext_lazy("方式"),
            choices=lambda _request: [(c.value, _(CHANNEL_LABELS[c])) for c in Channel],
            fields=("channel",),
        ),
        Filter(
            key="kind",
            label=gettext_lazy("通知"),
            choices=lambda _request: [(kind.name, _(kind.label)) for kind in KINDS.values()],
            fields=("kind",),
        ),
        Filter(key="q", label=gettext_lazy("编号"), kind="words", fields=("case__number",)),
        Filter(key="since", label=gettext_lazy("从"), kind="since", fields=("created_at",)),
        Filter(key="until", label=gettext_lazy("到"), kind="until", fields=("created_at",)),
    ),
    live="",
    empty_title=gettext_lazy("还没有通知"),
)


def _subscribers(_request: HttpRequest) -> list[tuple[str, str]]:
    return [(str(row.pk), row.name) for row in queries.subscribers()]


DELIVERIES = List(
    name="deliveries",
    title=gettext_lazy("推送记录"),
    order="-at",
    url="/admin/hooks/deliveries/KEY/",
    columns=(
        Column(key="at", label=gettext_lazy("时间"), value=lambda row: row.created_at, sort="created_at", is_main=True),
        Column(key="to", label=gettext_lazy("推送给"), value=lambda row: row.subscriber.name),
        Column(key="event", label=gettext_lazy("事件"), value=lambda row: event_words(row.event_name)),
        Column(
            key="state",
            label=gettext_lazy("状态"),
            value=lambda row: _(STANDING_LABELS[Standing(row.state)]),
            cell=standing_cell,
        ),
        Column(key="attempts", label=gettext_lazy("次数"), is_number=True),
        Column(key="status", label=gettext_lazy("对方应答"), is_number=True),
        Column(key="fault", label=gettext_lazy("原因"), value=lambda row: _(row.fault) if row.fault else ""),
        Column(key="next_try_at", label=gettext_lazy("下次尝试"), is_extra=True),
    ),
    filters=(
        Filter(
            key="state",
            label=gettext_lazy("状态"),
            choices=lambda _request: [
                (s.value, _("死信") if s is Standing.GIVEN_UP else _(STANDING_LABELS[s])) for s in Standing
            ],
            fields=("state",),
            is_tabs=True,
        ),
        Filter(key="to", label=gettext_lazy("推送给"), choices=_subscribers, fields=("subscriber_id",)),
        Filter(key="since", label=gettext_lazy("从"), kind="since", fields=("created_at",)),
        Filter(key="until", label=gettext_lazy("到"), kind="until", fields=("created_at",)),
    ),
    live="",
    empty_title=gettext_lazy("还没有推送"),
)
