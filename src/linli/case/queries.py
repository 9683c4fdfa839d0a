"""Questions about cases, each asked by a post or by a follow link."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, hypot, radians

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext

from linli.case.deadlines.running import Clock, clock_of, periods_for
from linli.case.models import Case, Event, Joined, Supervision
from linli.case.rules import TOKEN_MAC_BYTES, appeal_of, bare_number
from linli.case.ties import appeals_of, reporters_for
from linli.intake.models import Appeal
from linli.shared.crypto import mac
from linli.shared.prefixes import under
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff.models import Post
from linli.text import queries as text

__all__ = [
    "Case",
    "Clock",
    "DeskCounts",
    "Followed",
    "Nearby",
    "PublicStanding",
    "answered_by",
    "appeals_of",
    "awaiting_resident",
    "by_number",
    "case",
    "clock_of",
    "desk_counts",
    "due_soon",
    "followed",
    "hands_of",
    "in_grid",
    "in_hand",
    "nearby_open",
    "open_for",
    "overdue",
    "periods_for",
    "public_standing",
    "reporters_for",
    "similar_to",
    "standing_supervision",
    "story",
    "supervised",
    "supervisions_seen",
    "suspended",
    "to_take",
    "visible_to",
]

MERGES_MAX = 10
SAID_KEYS = frozenset({"words", "photos", "files", "proxy"})  # of an event's detail; gone from archived cases
NEARBY_METRES = 300.0
NEARBY_DAYS = 60
NEARBY_SCANNED = 500
COMMUNITY_DIGITS = 12
METRES_PER_DEGREE = 111_320.0
SAID_LATER = ("add", "send_back", "reopen")
WARNED_AHEAD = timedelta(hours=24)
AREA_ROLES = frozenset({Role.GRID, Role.COMMUNITY, Role.STREET, Role.DISTRICT, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Followed:
    """A case as its reporter follows it: the case and the reporter's own appeal."""

    case: Case
    appeal: Appeal
    came_by: tuple[Case, ...] = ()  # the merged cases through which this reporter came to it, their own first

    @property
    def is_first(self) -> bool:
        """True when this reporter's own appeal opened the case; others joined it or were merged into it."""
        return self.case.first_appeal_id == self.appeal.pk


@dataclass(frozen=True, slots=True)
class PublicStanding:
    """What anyone who knows a number may read: no words, no place, no person."""

    number: str
    state: str
    category_code: str  # empty when the category says something about a person
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Nearby:
    """An open case close by, without anything a neighbour should not read."""

    case: Case
    metres: float | None


@dataclass(frozen=True, slots=True)
class DeskCounts:
    """How much lies on a desk, for the morning view."""

    open: int
    overdue: int
    to_take: int
    in_hand: int
    awaiting: int
    soon: int
    supervised: int


def answered_by(post: Post) -> Q:
    """Return the condition that a case lies in a post's area or with its unit (数据范围)."""
    own = Q(owner_id=post.unit_id) | Q(lead_id=post.unit_id)
    return own | under(post.area_code) if post.role in AREA_ROLES else own


def visible_to(post: Post) -> QuerySet[Case]:
    """Return the cases of a post's area and unit, newest first; units called are added by the whistle stage."""
    return Case.objects.filter(answered_by(post)).order_by("-opened_at", "-pk")


def open_for(post: Post) -> QuerySet[Case]:
    """Return what is open in a post's area or unit, the soonest due first."""
    return visible_to(post).filter(closed_at__isnull=True).order_by("due_at", "pk")


def to_take(post: Post) -> QuerySet[Case]:
    """Return what waits to be signed for by a post's unit (待签收)."""
    waiting = Case.objects.filter(owner_id=post.unit_id, state__in=["REGISTERED", "DISPATCHED"], closed_at__isnull=True)
    return waiting.annotate(said=F("first_appeal__text")).order_by("due_at", "pk")


def in_hand(post: Post) -> QuerySet[Case]:
    """Return what a post's unit owns and works on (在办)."""
    owned = Case.objects.filter(owner_id=post.unit_id, state__in=["HANDLING", "WHISTLED"], closed_at__isnull=True)
    return owned.order_by("due_at", "pk")


def awaiting_resident(post: Post) -> QuerySet[Case]:
    """Return what a post's unit finished and its resident has not yet confirmed (待居民确认)."""
    return Case.objects.filter(owner_id=post.unit_id, state="FINISHED", closed_at__isnull=True).order_by("due_at", "pk")


def in_grid(post: Post) -> QuerySet[Case]:
    """Return what is open in the very area of a post, the soonest due first: a grid worker's own grid (本网格)."""
    return Case.objects.filter(under(post.area_code), closed_at__isnull=True).order_by("due_at", "pk")


def desk_counts(post: Post, *, at: datetime) -> DeskCounts:
    """Count what lies on a desk in one statement (今日概览)."""
    own = Q(owner_id=post.unit_id)
    counts = Case.objects.filter(answered_by(post), closed_at__isnull=True).aggregate(
        open=Count("pk"),
        overdue=Count("pk", filter=~Q(state="FINISHED") & Q(due_at__lt=at)),
        to_take=Count("pk", filter=own & Q(state__in=["REGISTERED", "DISPATCHED"])),
        in_hand=Count("pk", filter=own & Q(state__in=["HANDLING", "WHISTLED"])),
        awaiting=Count("pk", filter=own & Q(state="FINISHED")),
        soon=Count("pk", filter=_soon(at)),
    )
    return DeskCounts(**counts, supervised=supervised(post).order_by().count())


def overdue(post: Post, *, at: datetime) -> QuerySet[Case]:
    """Return what is past its limit and not finished, in a post's area or unit (超时)."""
    return open_for(post).exclude(state="FINISHED").filter(due_at__lt=at)


def due_soon(post: Post, *, at: datetime) -> QuerySet[Case]:
    """Return what will be past its limit within a day, in a post's area or unit, the soonest first (快到期)."""
    return open_for(post).filter(_soon(at))


def suspended(post: Post) -> QuerySet[Case]:
    """Return whose clock stands still, in a post's area or unit (挂账)."""
    return open_for(post).filter(suspended_until__isnull=False)


def supervisions_seen(post: Post) -> QuerySet[Supervision]:
    """Return what is or was supervised in a post's area, of its unit, or raised to it, newest first (督办)."""
    seen = Q(raised_to_id=post.unit_id) | Q(unit_id=post.unit_id)
    if post.role in AREA_ROLES:
        seen |= under(post.area_code, column="case__area_code")
    return Supervision.objects.filter(seen).select_related("case", "unit").order_by("-at", "-pk")


def _soon(at: datetime) -> Q:
    return ~Q(state="FINISHED") & Q(suspended_until__isnull=True, due_at__gte=at, due_at__lt=at + WARNED_AHEAD)


def supervised(post: Post) -> QuerySet[Supervision]:
    """Return what was raised to a post's unit or put on it by a person, and is not cleared, newest first (督办清单)."""
    by_hand = Q(unit_id=post.unit_id, by_post_id__isnull=False)
    raised = Supervision.objects.filter(Q(raised_to_id=post.unit_id) | by_hand, cleared_at__isnull=True)
    return raised.select_related("case", "unit").order_by("-at", "-pk")


def standing_supervision(case: Case) -> list[Supervision]:
    """Return what stands of the supervision of a case, the sharpest first (未销督办)."""
    standing = Supervision.objects.filter(case_id=case.pk, cleared_at__isnull=True)
    return list(standing.select_related("unit").order_by("-level", "-at", "-pk"))


def by_number(words: str, *, post: Post) -> Case | None:
    """Return the case with this number, however typed, if the post may see it; other filters do not count."""
    return visible_to(post).filter(number=bare_number(words)).first()


def case(pk: int) -> Case:
    """Return one case; row-level security decides whether it can be seen.

    Raises:
        Refused: there is no such case, or this desk may not see it.
    """
    found = Case.objects.select_related("owner", "lead", "first_receiver", "first_appeal").filter(pk=pk).first()
    if found is None:
        raise Refused("没有这件事项，或者它不在您的范围内。")
    return found


def followed(number: str, token: str) -> Followed:
    """Return the case behind a private follow link, through a merge if there was one (跟踪).

    Raises:
        Refused: the link is not complete or not true; the same words for both.
    """
    wrong = Refused("这个链接不完整或已失效，请检查是否完整复制。")
    carried = appeal_of(token)
    if carried is None:
        raise wrong
    appeal_id, given = carried
    if not hmac.compare_digest(given, mac("follow link", str(appeal_id).encode())[:TOKEN_MAC_BYTES]):
        raise wrong
    cases = Case.objects.select_related("owner", "lead", "first_appeal")
    found = cases.filter(first_appeal_id=appeal_id).first()
    if found is None:
        joined = Joined.objects.filter(appeal_id=appeal_id).first()
        found = cases.get(pk=joined.case_id) if joined else None
    if found is None or found.number != bare_number(number):
        raise wrong
    appeal = found.first_appeal if found.first_appeal_id == appeal_id else Appeal.objects.get(pk=appeal_id)
    path = _path_of_merges(found)
    return Followed(path[-1], appeal, tuple(path[:-1]))


def public_standing(number: str) -> PublicStanding | None:
    """Return where a case stands for someone who has only its number (凭编号查进度)."""
    shown = ("state", "category_code", "opened_at", "due_at", "closed_at")
    row = Case.objects.filter(number=number).values(*shown).first()
    if row is None:
        return None
    category = text.category(row["category_code"])
    code = row["category_code"] if category is not None and category.is_public else ""
    return PublicStanding(**(row | {"number": number, "category_code": code}))


def story(case: Case, *, is_resident: bool = False) -> list[Event]:
    """Return the steps of a case in order; a resident's page shows those that are told (经过)."""
    steps = Event.objects.filter(case_id=case.pk, at__gte=case.opened_at - timedelta(seconds=1))
    told = list((steps.filter(is_told=True) if is_resident else steps).order_by("sequence"))
    return told if case.archived_at is None else [_without_words(step) for step in told]


def _without_words(step: Event) -> Event:
    """Leave out of a step of an archived case what somebody said in it; what was done stays."""
    step.reason = ""
    step.detail = {key: value for key, value in step.detail.items() if key not in SAID_KEYS}
    return step


def said_about(case: Case, steps: list[Event]) -> str:
    """Return all that reporters have said about a case: their appeals, and what they added or sent it back with."""
    return _together([appeal.text for appeal in appeals_of(case)], steps)


def said_by(followed: Followed) -> str:
    """Return what one reporter has said about a case; who reported it first may have sent it back as well."""
    case = followed.case
    later = Event.objects.filter(case_id=case.pk, at__gte=case.opened_at, name__in=SAID_LATER)
    own = [step for step in later if step.detail.get("appeal", case.first_appeal_id) == followed.appeal.pk]
    return _together([followed.appeal.text], own)


def _together(texts: list[str], steps: list[Event]) -> str:
    later = [str(step.detail.get("words", "")) for step in steps if step.name in SAID_LATER]
    return "\n".join([*texts, *later])


def hands_of(steps: list[Event]) -> dict[int, str]:
    """Return who made the steps of a story, by post: the duty and the name (经手人)."""
    known = {pk for step in steps for pk in (step.by_post_id, step.detail.get("to_post")) if pk}
    posts = Post.objects.filter(pk__in=known).select_related("account")
    return {post.pk: f"{gettext(str(post))} {post.account.name}".strip() for post in posts}


def similar_to(case: Case) -> QuerySet[Case]:
    """Return open cases with wording alike, the likest first; a person decides whether to merge (疑似重复)."""
    alike = Case.objects.filter(pk__in=case.similar.values("other_id"), closed_at__isnull=True)
    return alike.select_related("owner").order_by("-opened_at")


def nearby_open(
    *, area_code: str, lng: float | None, lat: float | None, category_code: str | None, at: datetime, count: int = 5
) -> list[Nearby]:
    """Return open public cases near a place, nearest first, for a resident about to report the same (附近同类)."""
    public = [row.code for row in text.leaves() if row.is_public]
    recent = Case.objects.filter(
        under(area_code[:COMMUNITY_DIGITS]),
        closed_at__isnull=True,
        category_code__in=[category_code] if category_code in public else public,
        opened_at__gte=at - timedelta(days=NEARBY_DAYS),
        first_appeal__is_confidential=False,
    )
    measured = [Nearby(row, _metres(row, lng=lng, lat=lat)) for row in recent.order_by("-opened_at")[:NEARBY_SCANNED]]
    close = [row for row in measured if row.metres is None or row.metres <= NEARBY_METRES]
    return sorted(close, key=lambda row: (row.metres is None, row.metres or 0.0))[:count]


def _path_of_merges(case: Case) -> list[Case]:
    """Return a case, and those it was merged into one after the other; the last is the one that goes on."""
    path = [case]
    while path[-1].merged_into_id is not None and len(path) <= MERGES_MAX:
        path.append(Case.objects.select_related("owner", "lead", "first_appeal").get(pk=path[-1].merged_into_id))
    return path


def _metres(case: Case, *, lng: float | None, lat: float | None) -> float | None:
    if lng is None or lat is None or case.lng is None or case.lat is None:
        return None
    east = (case.lng - lng) * METRES_PER_DEGREE * cos(radians(lat))
    return hypot(east, (case.lat - lat) * METRES_PER_DEGREE)
