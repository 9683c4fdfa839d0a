"""Questions about notices: a post's bell, the log, the texts, the gateways, what was handed to other systems."""

from datetime import datetime

from django.db.models import QuerySet

from linli.notice.models import Choice, Delivery, Gateway, Notice, QuietHours, ReadMark, Subscriber, Template
from linli.notice.models.ways import GatewayKind
from linli.notice.rules import FAULT_WORDS, GROUP_LABELS, KINDS, Audience, Channel, Group
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff.queries import Post

__all__ = [
    "Delivery",
    "Gateway",
    "GatewayKind",
    "Notice",
    "QuietHours",
    "Subscriber",
    "Template",
    "bell",
    "choices_of",
    "dead_count",
    "deliveries",
    "delivery",
    "gateway",
    "gateways",
    "gateways_in_use",
    "in_vain_count",
    "lanes_due",
    "log_of",
    "newest_to",
    "notice",
    "of_case",
    "quiet_hours",
    "read_through",
    "subscriber",
    "subscribers",
    "subscribers_in_use",
    "unread_count",
    "wanted",
]

UNREAD_MAX = 100
BELLS = frozenset(
    {Role.GRID, Role.COMMUNITY, Role.STREET, Role.DEPARTMENT, Role.HEALTH, Role.DISTRICT}
)  # the roles whose unit works on cases
CHOSEN = (Channel.IN_APP, Channel.EMAIL, Channel.SMS)
KIND_NAMES = {group: [kind.name for kind in KINDS.values() if kind.group is group] for group in Group}


def bell(post: Post) -> QuerySet[Notice]:
    """Return what a post and its unit were told in the system, without the groups it has put away, newest first."""
    rung = Notice.objects.filter(
        unit_id=post.unit_id,
        channel=Channel.IN_APP.value,
        recipient__in=[f"unit:{post.unit_id}", f"post:{post.pk}"],
    )
    away = [group for (group, channel), is_wanted in _chosen(post).items() if channel == "IN_APP" and not is_wanted]
    if away:
        rung = rung.exclude(kind__in=[name for group in away for name in KIND_NAMES[Group(group)]])
    return rung.order_by("-pk")


def unread_count(post: Post) -> int:
    """Count what a post has not read yet, no further than a hundred (未读)."""
    if post.role not in BELLS:
        return 0
    return bell(post).filter(pk__gt=read_through(post))[:UNREAD_MAX].count()


def read_through(post: Post) -> int:
    """Return how far a post has read its bell."""
    mark = ReadMark.objects.filter(pk=post.pk).values_list("through_id", flat=True).first()
    return mark or 0


def choices_of(post: Post) -> dict[tuple[Group, Channel], bool]:
    """Return what a post wants by which way, for every group and way there is (通知选择)."""
    chosen = _chosen(post)
    return {
        (group, channel): chosen.get((group.value, channel.value), wanted(channel))
        for group in GROUP_LABELS
        for channel in CHOSEN
    }


def wanted(channel: Channel) -> bool:
    """Tell what holds without a choice: everything in the system, nothing by mail or message."""
    return channel is Channel.IN_APP


def _chosen(post: Post) -> dict[tuple[str, str], bool]:
    rows = Choice.objects.filter(post_id=post.pk).values_list("group", "channel", "is_wanted")
    return {(group, channel): is_wanted for group, channel, is_wanted in rows}


def log_of() -> QuerySet[Notice]:
    """Return every notice of the scope in force, newest first (通知记录)."""
    return Notice.objects.select_related("case").order_by("-created_at", "-pk")


def of_case(case_id: int) -> QuerySet[Notice]:
    """Return what was told about one case, newest first."""
    return Notice.objects.filter(case_id=case_id).order_by("-pk")


def newest_to(recipients: list[str], *, case_id: int) -> dict[str, Notice]:
    """Return the newest notice about a case to each of some recipients, in one statement."""
    if not recipients:
        return {}
    rows = (
        Notice.objects.filter(case_id=case_id, recipient__in=recipients)
        .order_by("recipient", "-pk")
        .distinct("recipient")
    )
    return {row.recipient: row for row in rows}


def in_vain_count(*, since: datetime) -> int:
    """Count what was given up since a moment, for the administrator's list of things to look at.

    That a district has connected nothing to tell its residents by is one thing to look at, not one for each of them.
    """
    given_up = Notice.objects.filter(state="GIVEN_UP", created_at__gte=since)
    return given_up.exclude(recipient__startswith="contact:", fault=FAULT_WORDS["no_way"]).count()


def lanes_due(*, at: datetime) -> list[str]:
    """Return the lanes in which something waits to be sent: channels, and the deliveries to other systems."""
    due = Notice.objects.filter(next_try_at__lte=at).order_by().values_list("channel", flat=True).distinct()
    lanes = list(due)
    return [*lanes, "HOOKS"] if Delivery.objects.filter(next_try_at__lte=at).exists() else lanes


def notice(pk: int) -> Notice:
    """Return one notice.

    Raises:
        Refused: there is none.
    """
    found = Notice.objects.select_related("case").filter(pk=pk).first()
    if found is None:
        raise Refused("没有这条通知。")
    return found


def quiet_hours() -> QuietHours:
    """Return when residents are left alone (免打扰)."""
    return QuietHours.objects.first() or QuietHours()


def gateways() -> QuerySet[Gateway]:
    """Return all gateways, those in use first (发送通道)."""
    return Gateway.objects.order_by("-is_active", "-created_at", "-pk")


def gateways_in_use() -> QuerySet[Gateway]:
    """Return the gateways in use."""
    return Gateway.objects.filter(is_active=True).order_by("pk")


def gateway(pk: int) -> Gateway:
    """Return one gateway.

    Raises:
        Refused: there is none.
    """
    found = Gateway.objects.filter(pk=pk).first()
    if found is None:
        raise Refused("没有这条发送通道。")
    return found


def subscribers() -> QuerySet[Subscriber]:
    """Return all subscribers, those in use first (订阅方)."""
    return Subscriber.objects.order_by("-is_active", "-created_at", "-pk")


def subscribers_in_use() -> list[Subscriber]:
    """Return the subscribers in use."""
    return list(Subscriber.objects.filter(is_active=True).order_by("pk"))


def subscriber(pk: int) -> Subscriber:
    """Return one subscriber.

    Raises:
        Refused: there is none.
    """
    found = Subscriber.objects.filter(pk=pk).first()
    if found is None:
        raise Refused("没有这个订阅方。")
    return found


def deliveries() -> QuerySet[Delivery]:
    """Return what was handed to other systems, newest first (推送记录)."""
    return Delivery.objects.select_related("subscriber").order_by("-created_at", "-pk")


def delivery(pk: int) -> Delivery:
    """Return one delivery.

    Raises:
        Refused: there is none.
    """
    found = Delivery.objects.select_related("subscriber").filter(pk=pk).first()
    if found is None:
        raise Refused("没有这条推送。")
    return found


def dead_count() -> int:
    """Count the deliveries that were given up (死信)."""
    return Delivery.objects.filter(state="GIVEN_UP").count()


def kinds_of(audience: Audience) -> list[str]:
    """Return the names of the kinds for an audience."""
    return [kind.name for kind in KINDS.values() if kind.audience is audience]
