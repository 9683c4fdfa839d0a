"""Who is told of a call: posts on duty, units, family; by which ways (通知对象)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from linli.call.models import Call, HoldingContact, Leave, Presence, PushSubscription, Shift
from linli.call.rules import Audience, Way
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.models import Post, Unit
from linli.staff.rules import covering_codes

PRESENT_SECONDS = 45  # an open alarm page says every 15 s that it hears

FAULTS = {
    "nobody": "没有这样的岗位或人",
    "no_page": "没有开着的呼叫页面",
    "no_push": "没有人开通手机推送",
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
    posts = on_duty(_held(Role.GRID, covering_codes(call.area_code), at=at), at=at)
    if not posts:
        return [Target(audience=Audience.GRID, way=Way.PUSH, fault=FAULTS["nobody"])]
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
    is_open = Presence.objects.filter(unit_id=body.pk, seen_at__gte=at - timedelta(seconds=PRESENT_SECONDS)).exists()
    found = [Target(audience=audience, way=Way.SCREEN, unit_id=body.pk, fault="" if is_open else FAULTS["no_page"])]
    posts = _on_shift(body, at=at)
    phones = _subscribed(posts)
    called = [post for post in posts if post.account_id in phones]
    found += [Target(audience=audience, way=Way.PUSH, unit_id=body.pk, post_id=post.pk) for post in called]
    if not called:
        found.append(Target(audience=audience, way=Way.PUSH, unit_id=body.pk, fault=FAULTS["no_push"]))
    if body.phone:
        found.append(Target(audience=audience, way=Way.VOICE, unit_id=body.pk))
    return found


def _family(call: Call) -> list[Target]:
    known = HoldingContact.objects.filter(holding=call.holding, is_told=True, ended_at__isnull=True)
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
    """Return posts with those who are away replaced by their substitutes (替班)."""
    away = Leave.objects.filter(
        post__in=[post.pk for post in posts], starts_at__lte=at, ends_at__gt=at, withdrawn_at__isnull=True
    ).select_related("substitute__account")
    instead = {leave.post_id: leave.substitute for leave in away}
    found = [instead.get(post.pk, post) for post in posts]
    unique = {post.pk: post for post in found if post is not None}
    return list(unique.values())


def _on_shift(body: Unit, *, at: datetime) -> list[Post]:
    """Return whoever is on the roster of a unit; without a roster, everybody of the unit."""
    rostered = Shift.objects.filter(unit=body, starts_at__lte=at, ends_at__gt=at, withdrawn_at__isnull=True)
    posts = [shift.post for shift in rostered.select_related("post__account").order_by("pk")]
    if not posts:
        held = Post.objects.filter(unit=body, account__is_active=True, valid_from__lte=at).exclude(valid_to__lte=at)
        wanted = held.exclude(role__in=[Role.GRID.value, Role.ADMIN.value, Role.AUDITOR.value])
        posts = list(wanted.select_related("account").order_by("pk"))
    return on_duty(posts, at=at)


def _subscribed(posts: Iterable[Post]) -> set[int]:
    accounts = [post.account_id for post in posts]
    return set(
        PushSubscription.objects.filter(account__in=accounts, ended_at__isnull=True).values_list("account", flat=True)
    )


def _open_pages(*, at: datetime) -> dict[str, int]:
    seen = Presence.objects.filter(seen_at__gte=at - timedelta(seconds=PRESENT_SECONDS))
    return dict(seen.values_list("key", "post_id"))
