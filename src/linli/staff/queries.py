"""Questions about units, posts and accounts; units, rules and posts are remembered per process.

One row in the database changes with every change of units, posts or role rules. Each process looks at it at most
once a second and reads again when it differs, so an appeal finds its unit without a statement.
"""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from linli.shared import looks
from linli.shared.prefixes import under
from linli.shared.refusals import Refused
from linli.shared.roles import ROLE_LABELS, Role
from linli.shared.scope import Scope
from linli.staff.models import Account, Post, RoleRule, SavedView, Unit, UnitKind, Version
from linli.staff.rules import DESKS, covering_codes, scope_for

__all__ = [
    "Account",
    "Post",
    "RoleRule",
    "SavedView",
    "Unit",
    "UnitKind",
    "account",
    "accounts",
    "all_posts_of",
    "all_units",
    "desk_address",
    "district_unit",
    "every_post",
    "forget",
    "has_administrator",
    "post",
    "post_in_session",
    "post_words",
    "posts",
    "posts_of",
    "rule",
    "rules",
    "saved_view",
    "saved_views",
    "scope_of",
    "unit",
    "unit_for_area",
    "unit_name",
    "units",
]

SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(slots=True)
class _Memory:
    version: int
    units: dict[int, Unit]
    by_area: dict[str, Unit]
    rules: dict[str, RoleRule]
    district: Unit | None
    posts: dict[int, tuple[Post, ...]] = field(default_factory=dict)
    views: dict[int, tuple[SavedView, ...]] = field(default_factory=dict)


_lock = threading.Lock()
_memory: _Memory | None = None
_looked_at = 0.0


def unit(pk: int) -> Unit:
    """Return a unit by its id (单位).

    Raises:
        Refused: there is no such unit.
    """
    found = _remembered().units.get(pk) or _remembered(now=True).units.get(pk)
    if found is None:
        raise Refused("没有这个单位。")
    return found


def units(kind: str | None = None, *, prefix: str = "") -> list[Unit]:
    """Return the units in use, by area and code, optionally of one kind or under one area."""
    found = _remembered().units.values()
    return [u for u in found if u.is_active and (kind is None or u.kind == kind) and u.area_code.startswith(prefix)]


def all_units() -> QuerySet[Unit]:
    """Return every unit, closed ones too: for the administrator's list."""
    return Unit.objects.order_by("area_code", "pk")


def unit_for_area(code: str) -> Unit:
    """Return the deepest community, street or district unit that covers an area (首接单位).

    Raises:
        Refused: not even the district has a unit.
    """
    by_area = _remembered().by_area
    for covering in covering_codes(code):
        if covering in by_area:
            return by_area[covering]
    return district_unit()


def district_unit() -> Unit:
    """Return the unit of the district: it takes what nobody else covers (区中心).

    Raises:
        Refused: the district has not been set up.
    """
    for look_again in (False, True):
        found = _remembered(now=look_again).district
        if found is not None:
            return found
    raise Refused("还没有登记区级单位，请先完成初始设置。")


def unit_name(unit: Unit, language: str | None = None) -> str:
    """Return the unit's name in a language, Chinese where it has no other."""
    language = language or get_language() or "zh-hans"
    return {"bo": unit.name_bo, "en": unit.name_en}.get(language, "") or unit.name


def rule(role: str) -> RoleRule:
    """Return what the site asks of a role; without a row, nothing beyond the defaults (角色规则)."""
    return _remembered().rules.get(role) or RoleRule(role=role)


def rules() -> list[RoleRule]:
    """Return the rules of all roles, in the order of the roles."""
    known = _remembered().rules
    return [known[role] for role in Role if role in known]


def posts_of(account: Account, *, at: datetime) -> list[Post]:
    """Return the posts an account holds at a moment, the oldest first (岗位)."""
    memory = _remembered()
    held = memory.posts.get(account.pk)
    if held is None:
        held = tuple(Post.objects.filter(account=account).select_related("unit", "account").order_by("pk"))
        memory.posts[account.pk] = held
    return [p for p in held if p.valid_from <= at and (p.valid_to is None or at < p.valid_to)]


def saved_views(post: Post, path: str) -> list[SavedView]:
    """Return the views of a list that a post may choose: its own first, then those its unit shares (视图)."""
    memory = _remembered()
    known = memory.views.get(post.pk)
    if known is None:
        shared = Q(unit_id=post.unit_id, is_shared=True)
        rows = SavedView.objects.filter(Q(post=post) | shared).select_related("post__account").order_by("name", "pk")
        known = memory.views[post.pk] = tuple(rows)
    return sorted((view for view in known if view.path == path), key=lambda view: view.post_id != post.pk)


def saved_view(pk: int, *, post: Post) -> SavedView:
    """Return a view that a post may choose.

    Raises:
        Refused: there is none, or it is not shared with this post's unit.
    """
    shared = Q(unit_id=post.unit_id, is_shared=True)
    found = SavedView.objects.filter(Q(post=post) | shared, pk=pk).first()
    if found is None:
        raise Refused("没有这个视图，或者它没有和您的单位共用。")
    return found


def post_in_session(session: Mapping[str, Any], account: Account, *, at: datetime) -> Post | None:
    """Return the post the person chose to act as, or their only one; None while the choice is open."""
    held = posts_of(account, at=at)
    chosen = [p for p in held if p.pk == session.get("post")]
    if chosen:
        return chosen[0]
    return held[0] if len(held) == 1 else None


def post(pk: int) -> Post:
    """Return a post, past or present, with its unit and account.

    Raises:
        Refused: there is no such post.
    """
    found = Post.objects.select_related("unit", "account").filter(pk=pk).first()
    if found is None:
        raise Refused("没有这个岗位。")
    return found


def posts_by_id(pks: Iterable[int]) -> dict[int, Post]:
    """Return posts, past or present, with unit and account, in one statement."""
    return Post.objects.select_related("unit", "account").in_bulk(set(pks))


def scope_of(post: Post) -> Scope:
    """Return what a post may see (数据范围)."""
    return scope_for(role=Role(post.role), area_code=post.area_code, unit_id=post.unit_id)


def desk_address(post: Post) -> str:
    """Return the page a post works at (工作台)."""
    return DESKS.get(Role(post.role), "/desk/")


def post_words(post: Post) -> str:
    """Return who acts, in words that still mean something years later: unit, duty, name."""
    return f"{post.unit.name} {post.title or ROLE_LABELS[Role(post.role)]} {post.account.name}".strip()


def account(pk: int) -> Account:
    """Return an account.

    Raises:
        Refused: there is no such account.
    """
    found = Account.objects.filter(pk=pk).first()
    if found is None:
        raise Refused("没有这个账号。")
    return found


def accounts(*, words: str = "") -> QuerySet[Account]:
    """Return accounts by username, those whose name or username contains the words."""
    found = Account.objects.order_by("username")
    return found.filter(Q(username__icontains=words) | Q(name__icontains=words)) if words else found


def posts(*, at: datetime, role: str = "", prefix: str = "", unit_id: int | None = None) -> QuerySet[Post]:
    """Return the posts held at a moment, filtered, with unit and account."""
    held = Post.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=at), valid_from__lte=at)
    if role:
        held = held.filter(role=role)
    if unit_id:
        held = held.filter(unit_id=unit_id)
    return held.filter(under(prefix)).select_related("unit", "account").order_by("unit__area_code", "pk")


def all_posts_of(account: Account) -> list[Post]:
    """Return every post an account has ever held, the newest first."""
    return list(Post.objects.filter(account=account).select_related("unit", "account").order_by("-valid_from", "-pk"))


def every_post() -> QuerySet[Post]:
    """Return all posts, past and present: for naming who did something once."""
    return Post.objects.order_by("pk")


def has_administrator(*, at: datetime) -> bool:
    """Return whether someone administers the system at this moment."""
    return posts(at=at, role=Role.ADMIN).filter(account__is_active=True).exists()


def forget() -> None:
    """Drop what this process remembers; the next question reads again."""
    global _memory, _looked_at
    with _lock:
        _memory, _looked_at = None, 0.0


def _remembered(*, now: bool = False) -> _Memory:
    global _memory, _looked_at
    memory, clock = _memory, time.monotonic()
    if memory is not None and not now and not looks.is_due(_looked_at, SECONDS_BETWEEN_LOOKS):
        return memory
    version = Version.objects.values_list("number", flat=True).filter(pk=1).first() or 0
    if memory is None or memory.version != version:
        memory = _read(version)
    with _lock:
        _memory, _looked_at = memory, clock
    return memory


def _read(version: int) -> _Memory:
    known = {u.pk: u for u in Unit.objects.order_by("area_code", "code")}
    by_area = {
        u.area_code: u
        for u in known.values()
        if u.is_active and u.kind in {UnitKind.DISTRICT, UnitKind.STREET, UnitKind.COMMUNITY}
    }
    districts = [u for u in by_area.values() if u.kind == UnitKind.DISTRICT]
    district = min(districts, key=lambda u: u.area_code, default=None)
    return _Memory(version, known, by_area, {r.role: r for r in RoleRule.objects.all()}, district)
