"""Who is told of a call: posts on duty, units, family; by which ways (通知对象)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, OuterRef, Q, Subquery

from linli.call.models import Call, HoldingContact, Leave, Presence, PushSubscription, Shift
from linli.call.rules import Audience, Way
from linli.call.rules.duty import stands_in
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.models import Post, Unit
from linli.staff.rules import covering_codes

NOT_TOLD = [Role.GRID.value, Role.ADMIN.value, Role.AUDITOR.value]  # of a unit: they have no desk where calls ring
UNIT_KINDS = {
    Audience.DUTY: "DISTRICT",
    Audience.HEALTH: "HEALTH",
    Audience.COMMUNITY: "COMMUNITY",
    Audience.STREET: "STREET",
}
PRESENT_SECONDS = 45  # an open alarm page says every 15 s that it hears

FAULTS = {
    "nobody": "没有这样的岗位或人",
    "away": "请假了，没有人替班",
    "no_page": "没有开着的呼叫页面",
    "no_push": "没有人开通手机推送",
    "no_own": "没有登记本人的电话",
    "no_family": "没有登记可以通知的家属",
    "no_answer": "页面没有响应",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One telling to be made: to whom, by which way; with a fault it cannot be made at all."""

    audience: Audience
    way: Way
    unit_id: int | None = None
    post_id: int | None = None
    contact_id: int | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class _Around:
    """Who may be told of a call, their open pages and phones: found out once for all audiences."""

    held: list[Post]  # of the units, and of the grids round the call
    rosters: dict[int, list[Post]]
    absent: "_Absent"
    pages: list[tuple[int, int, str]]  # post, unit and role
    phones: set[int]

    @classmethod
    def of(cls, bodies: Collection[Unit], codes: Collection[str], *, at: datetime) -> "_Around":
        """Ask what is known of these units, and of whoever walks a grid of these codes."""
        rosters = _rosters(bodies, at=at)
        held = _held(_of_unit(bodies) | Q(role=Role.GRID.value, area_code__in=codes), at=at)
        posts = [*held, *(post for posts in rosters.values() for post in posts)]
        absent = _Absent.of(posts, at=at)
        return cls(held, rosters, absent, _open_pages(at=at), _subscribed([*posts, *absent.known.values()]))


def targets(call: Call, audience: Audience, *, at: datetime) -> list[Target]:
    """Return the tellings to an audience of a call; never empty: nobody to tell is said as well (通知对象)."""
    return targets_of(call, [audience], at=at)[audience]


def targets_of(call: Call, audiences: Iterable[Audience], *, at: datetime) -> dict[Audience, list[Target]]:
    """Return the tellings to several audiences, with as many questions as for one: a press waits for the answers."""
    wanted = set(audiences)
    bodies = {audience: _units(call, audience) for audience in wanted & UNIT_KINDS.keys()}
    codes = covering_codes(call.area_code) if Audience.GRID in wanted else ()
    around = _Around.of([body for units in bodies.values() for body in units], codes, at=at)
    found = {audience: _units_targets(units, audience, around) for audience, units in bodies.items()}
    if Audience.GRID in wanted:
        found[Audience.GRID] = _grid(call, around)
    if Audience.FAMILY in wanted:
        found[Audience.FAMILY] = _family(call)
    if Audience.ADVISE_120 in wanted:
        found[Audience.ADVISE_120] = [Target(audience=Audience.ADVISE_120, way=Way.SHOWN)]
    return found


def _grid(call: Call, around: _Around) -> list[Target]:
    codes = covering_codes(call.area_code)
    near = [post for post in around.held if post.role == Role.GRID and post.area_code in codes]
    longest = max((len(post.area_code) for post in near), default=0)
    held = [post for post in near if len(post.area_code) == longest]
    posts = around.absent.replaced(held)
    if not posts:
        return [Target(audience=Audience.GRID, way=Way.PUSH, fault=FAULTS["away" if held else "nobody"])]
    with_page = {post_id for post_id, _unit_id, _role in around.pages}
    found = []
    for post in posts:
        page_fault = "" if post.pk in with_page else FAULTS["no_page"]
        push_fault = "" if post.account_id in around.phones else FAULTS["no_push"]
        faults = {Way.SCREEN: page_fault, Way.PUSH: push_fault, Way.SMS: "", Way.VOICE: ""}
        found += [
            Target(audience=Audience.GRID, way=way, post_id=post.pk, unit_id=post.unit_id, fault=fault)
            for way, fault in faults.items()
        ]
    return found


def _units_targets(bodies: list[Unit], audience: Audience, around: _Around) -> list[Target]:
    if not bodies:
        return [Target(audience=audience, way=Way.SCREEN, fault=FAULTS["nobody"])]
    return [target for body in bodies for target in _unit(body, audience, around)]


def _unit(body: Unit, audience: Audience, around: _Around) -> list[Target]:
    # The page of somebody who walks a grid is no desk of the unit.
    is_open = any(unit_id == body.pk and role != Role.GRID for _post_id, unit_id, role in around.pages)
    found = [Target(audience=audience, way=Way.SCREEN, unit_id=body.pk, fault="" if is_open else FAULTS["no_page"])]
    posts = around.absent.replaced(around.rosters.get(body.pk, ()))
    posts = posts or around.absent.replaced(_everybody(body, around.held))
    called = [post for post in posts if post.account_id in around.phones]
    found += [Target(audience=audience, way=Way.PUSH, unit_id=body.pk, post_id=post.pk) for post in called]
    if not called:
        found.append(Target(audience=audience, way=Way.PUSH, unit_id=body.pk, fault=FAULTS["no_push"]))
    if body.phone:
        found.append(Target(audience=audience, way=Way.VOICE, unit_id=body.pk))
    return found


def _family(call: Call) -> list[Target]:
    known = HoldingContact.objects.filter(holding=call.holding, is_told=True, ended_at__isnull=True)
    known = known.filter(consent__withdrawn_at__isnull=True)  # without a row of its own it rests on the holder's
    ids = list(known.order_by("pk").values_list("contact_id", flat=True)) if call.holding else []
    if not ids:
        return [Target(audience=Audience.FAMILY, way=Way.SMS, fault=FAULTS["no_family"])]
    return [Target(audience=Audience.FAMILY, way=way, contact_id=pk) for pk in ids for way in (Way.SMS, Way.VOICE)]


def _units(call: Call, audience: Audience) -> list[Unit]:
    if audience is Audience.DUTY:
        try:
            return [staff.district_unit()]
        except Refused:
            return []
    kind = UNIT_KINDS[audience]
    covering = covering_codes(call.area_code)
    found = [body for body in staff.units(kind) if body.area_code in covering]
    longest = max((len(body.area_code) for body in found), default=0)
    return [body for body in found if len(body.area_code) == longest]


@dataclass(frozen=True, slots=True)
class _Absent:
    """Who is away and who stands in for them."""

    away: dict[int, int | None]
    known: dict[int, Post]

    @classmethod
    def of(cls, posts: Iterable[Post], *, at: datetime) -> "_Absent":
        """Ask who of these posts is away, and who of those that stand in, and so on."""
        known: dict[int, Post] = {post.pk: post for post in posts}
        away: dict[int, int | None] = {}
        asked: set[int] = set()
        while fresh := set(known) - asked:  # one question for each link of the longest chain
            asked |= fresh
            for leave in _leaves(fresh, at=at):
                away[leave.post_id] = leave.substitute_id
                if leave.substitute is not None and _is_held(leave.substitute, at=at):
                    known.setdefault(leave.substitute.pk, leave.substitute)
        return cls(away, known)

    def replaced(self, posts: Iterable[Post]) -> list[Post]:
        """Return posts with those who are away replaced by whoever stands in."""
        found = [self.known[pk] for post in posts if (pk := stands_in(post.pk, self.away)) in self.known]
        return list({post.pk: post for post in found}.values())


def on_duty(posts: list[Post], *, at: datetime) -> list[Post]:
    """Return posts with those who are away replaced by whoever stands in, and by whoever stands in for those (替班)."""
    return _Absent.of(posts, at=at).replaced(posts)


def _leaves(posts: Iterable[int], *, at: datetime) -> list[Leave]:
    """Return who is away; where two leaves overlap, one with a substitute counts."""
    away = Leave.objects.filter(post__in=list(posts), starts_at__lte=at, ends_at__gt=at, withdrawn_at__isnull=True)
    return list(away.select_related("substitute__account").order_by(F("substitute").asc(nulls_first=True), "pk"))


def _is_held(post: Post, *, at: datetime) -> bool:
    return post.account.is_active and post.valid_from <= at and (post.valid_to is None or post.valid_to > at)


def on_shift(body: Unit, *, at: datetime) -> list[Post]:
    """Return whoever is on the roster of a unit; without a roster, or when all of it are away, everybody (值班)."""
    return on_duty(rostered(body, at=at), at=at) or on_duty(everybody(body, at=at), at=at)


def rostered(body: Unit, *, at: datetime) -> list[Post]:
    """Return the posts that the roster of a unit names at a moment (值班表)."""
    return _rosters([body], at=at).get(body.pk, [])


def _rosters(bodies: Collection[Unit], *, at: datetime) -> dict[int, list[Post]]:
    shifts = Shift.objects.filter(unit__in=bodies, starts_at__lte=at, ends_at__gt=at, withdrawn_at__isnull=True)
    found: dict[int, list[Post]] = {}
    for shift in shifts.select_related("post__account").order_by("pk"):
        if _is_held(shift.post, at=at):
            found.setdefault(shift.unit_id, []).append(shift.post)
    return found


def everybody(body: Unit, *, at: datetime) -> list[Post]:
    """Return whoever is told where nobody is on the roster: all of the unit but those who walk a grid (全体)."""
    return _held(_of_unit([body]), at=at)


def _everybody(body: Unit, held: Iterable[Post]) -> list[Post]:
    return [post for post in held if post.unit_id == body.pk and post.role not in NOT_TOLD]


def _of_unit(bodies: Iterable[Unit]) -> Q:
    return Q(unit__in=bodies) & ~Q(role__in=NOT_TOLD)


def _held(wanted: Q, *, at: datetime) -> list[Post]:
    held = Post.objects.filter(wanted, account__is_active=True, valid_from__lte=at).exclude(valid_to__lte=at)
    return list(held.select_related("account").order_by("pk"))


def _subscribed(posts: Iterable[Post]) -> set[int]:
    accounts = {post.account_id for post in posts}
    return set(
        PushSubscription.objects.filter(account__in=accounts, ended_at__isnull=True).values_list("account", flat=True)
    )


def _open_pages(*, at: datetime) -> list[tuple[int, int, str]]:
    """Return of every open page the post, the unit and the role."""
    seen = Presence.objects.filter(seen_at__gte=at - timedelta(seconds=PRESENT_SECONDS))
    role = Post.objects.filter(pk=OuterRef("post_id")).values("role")
    return list(seen.annotate(role=Subquery(role)).values_list("post_id", "unit_id", "role"))
