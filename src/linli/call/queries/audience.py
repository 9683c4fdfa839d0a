"""Who is told of a call: posts on duty, units, family; by which ways (通知对象)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from linli.call.models import Call, HoldingContact, Leave, Presence, PushSubscription, Shift
from linli.call.rules import Audience, Way
from linli.call.rules.duty import stands_in
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.models import Post, Unit
from linli.staff.rules import covering_codes

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


def targets(call: Call, audience: Audience, *, at: datetime) -> list[Target]:
    """Return the tellings to an audience of a call; never empty: nobody to tell is said as well (通知对象)."""
    if audience is Audience.ADVISE_120:
        return [Target(audience=audience, way=Way.SHOWN)]
    if audience is Audience.FAMILY:
        return _family(call)
    if audience is Audience.GRID:
        return _grid(call, at=at)
    bodies = _units(call, audience)
    if not bodies:
        return [Target(audience=audience, way=Way.SCREEN, fault=FAULTS["nobody"])]
    return [target for body in bodies for target in _unit(body, audience, at=at)]


def _grid(call: Call, *, at: datetime) -> list[Target]:
    held = _held(Role.GRID, covering_codes(call.area_code), at=at)
    posts = on_duty(held, at=at)
    if not posts:
        return [Target(audience=Audience.GRID, way=Way.PUSH, fault=FAULTS["away" if held else "nobody"])]
    pages, phones = _open_pages(at=at), _subscribed(posts)
    found = []
    for post in posts:
        page_fault = "" if post.pk in pages.values() else FAULTS["no_page"]
        push_fault = "" if post.account_id in phones else FAULTS["no_push"]
        faults = {Way.SCREEN: page_fault, Way.PUSH: push_fault, Way.SMS: "", Way.VOICE: ""}
        found += [
            Target(audience=Audience.GRID, way=way, post_id=post.pk, unit_id=post.unit_id, fault=fault)
            for way, fault in faults.items()
        ]
    return found


def _unit(body: Unit, audience: Audience, *, at: datetime) -> list[Target]:
    is_open = _is_open(body, at=at)
    found = [Target(audience=audience, way=Way.SCREEN, unit_id=body.pk, fault="" if is_open else FAULTS["no_page"])]
    posts = on_shift(body, at=at)
    phones = _subscribed(posts)
    called = [post for post in posts if post.account_id in phones]
    found += [Target(audience=audience, way=Way.PUSH, unit_id=body.pk, post_id=post.pk) for post in called]
    if not called:
        found.append(Target(audience=audience, way=Way.PUSH, unit_id=body.pk, fault=FAULTS["no_push"]))
    if body.phone:
        found.append(Target(audience=audience, way=Way.VOICE, unit_id=body.pk))
    return found


def _is_open(body: Unit, *, at: datetime) -> bool:
    """Return whether a desk of the unit shows calls; the page of somebody who walks a grid is no desk."""
    pages = Presence.objects.filter(unit_id=body.pk, seen_at__gte=at - timedelta(seconds=PRESENT_SECONDS))
    return Post.objects.filter(pk__in=pages.values("post_id")).exclude(role=Role.GRID.value).exists()


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
    kind = {Audience.HEALTH: "HEALTH", Audience.COMMUNITY: "COMMUNITY", Audience.STREET: "STREET"}[audience]
    covering = covering_codes(call.area_code)
    found = [body for body in staff.units(kind) if body.area_code in covering]
    longest = max((len(body.area_code) for body in found), default=0)
    return [body for body in found if len(body.area_code) == longest]


def _held(role: Role, codes: Iterable[str], *, at: datetime) -> list[Post]:
    held = Post.objects.filter(role=role.value, area_code__in=list(codes), account__is_active=True, valid_from__lte=at)
    rows = held.exclude(valid_to__lte=at).select_related("account").order_by("pk")
    longest = max((len(post.area_code) for post in rows), default=0)
    return [post for post in rows if len(post.area_code) == longest]


def on_duty(posts: list[Post], *, at: datetime) -> list[Post]:
    """Return posts with those who are away replaced by whoever stands in, and by whoever stands in for those (替班)."""
    wanted = {post.pk: post for post in posts}
    known, away = dict(wanted), {}
    asked: set[int] = set()
    while fresh := set(known) - asked:  # one question for each link of the longest chain
        asked |= fresh
        for leave in _leaves(fresh, at=at):
            away[leave.post_id] = leave.substitute_id
            if leave.substitute is not None and _is_held(leave.substitute, at=at):
                known.setdefault(leave.substitute.pk, leave.substitute)
    found = [known[pk] for start in wanted if (pk := stands_in(start, away)) in known]
    return list({post.pk: post for post in found}.values())


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
    shifts = Shift.objects.filter(unit=body, starts_at__lte=at, ends_at__gt=at, withdrawn_at__isnull=True)
    found = [shift.post for shift in shifts.select_related("post__account").order_by("pk")]
    return [post for post in found if _is_held(post, at=at)]


def everybody(body: Unit, *, at: datetime) -> list[Post]:
    """Return whoever is told where nobody is on the roster: all of the unit but those who walk a grid (全体)."""
    held = Post.objects.filter(unit=body, account__is_active=True, valid_from__lte=at).exclude(valid_to__lte=at)
    wanted = held.exclude(role__in=[Role.GRID.value, Role.ADMIN.value, Role.AUDITOR.value])
    return list(wanted.select_related("account").order_by("pk"))


def _subscribed(posts: Iterable[Post]) -> set[int]:
    accounts = [post.account_id for post in posts]
    return set(
        PushSubscription.objects.filter(account__in=accounts, ended_at__isnull=True).values_list("account", flat=True)
    )


def _open_pages(*, at: datetime) -> dict[str, int]:
    seen = Presence.objects.filter(seen_at__gte=at - timedelta(seconds=PRESENT_SECONDS))
    return dict(seen.values_list("key", "post_id"))
