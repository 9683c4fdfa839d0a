"""The roster of a unit week by week, who is away, and who may write it (值班表)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from linli.call.models import Leave, Shift
from linli.call.queries.audience import everybody, on_shift, rostered
from linli.call.rules.duty import HEADS, ON_ROSTER, Span, gaps
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.models import Post, Unit

DAYS = 7
OF_DUTY = ("DISTRICT", "STREET", "COMMUNITY", "HEALTH")


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a roster: the shifts that touch it, and when nobody is on it."""

    day: date
    shifts: tuple[Shift, ...]
    gaps: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Whom a unit's calls are told to at a moment; without a roster that is everybody."""

    posts: tuple[Post, ...]
    is_everybody: bool


def may_head(post: Post, unit: Unit) -> bool:
    """Return whether a post writes the roster of a unit: its own, or any as the district (排班权限)."""
    return post.role == Role.DISTRICT or (post.role in HEADS and post.unit_id == unit.pk)


def duty_units(post: Post) -> list[Unit]:
    """Return the units whose roster a post may read (值班单位)."""
    if post.role == Role.DISTRICT:
        return [unit for kind in OF_DUTY for unit in staff.units(kind)]
    return [unit for unit in [staff.unit(post.unit_id)] if unit.kind in OF_DUTY]


def duty_unit(post: Post, code: str = "") -> Unit:
    """Return the unit whose roster is asked for, by default the post's own.

    Raises:
        Refused: the post may not read it.
    """
    for unit in duty_units(post):
        if unit.code == code or (not code and unit.pk == post.unit_id):
            return unit
    raise Refused("没有这个单位的值班表，或者不归您的岗位。")


def week(unit: Unit, *, week_on: date) -> list[Day]:
    """Return the seven days of a roster from a day on, with the gaps (一周)."""
    first = midnight(week_on)
    shifts = shifts_between(unit, first, midnight(week_on + timedelta(days=DAYS)))
    spans = [Span(shift.starts_at, shift.ends_at) for shift in shifts]
    days = []
    for number in range(DAYS):
        day = week_on + timedelta(days=number)
        whole = Span(midnight(day), midnight(day + timedelta(days=1)))
        touching = tuple(s for s in shifts if whole.overlaps(Span(s.starts_at, s.ends_at)))
        days.append(Day(day, touching, tuple(gaps(spans, within=whole))))
    return days


def shifts_between(unit: Unit, since: datetime, until: datetime) -> list[Shift]:
    """Return the shifts of a unit that touch a period, in order (班次)."""
    found = Shift.objects.filter(unit=unit, ends_at__gt=since, starts_at__lt=until, withdrawn_at__isnull=True)
    return list(found.select_related("post__account", "unit").order_by("starts_at", "pk"))


def shift(pk: int, *, post: Post) -> Shift:
    """Return a shift of a unit whose roster a post may read.

    Raises:
        Refused: there is none.
    """
    units = [unit.pk for unit in duty_units(post)]
    found = Shift.objects.filter(pk=pk, unit__in=units).select_related("post__account", "unit").first()
    if found is None:
        raise Refused("没有这个班次，或者不归您的岗位。")
    return found


def leaves_between(since: datetime, until: datetime) -> list[Leave]:
    """Return every leave that touches a period, of whatever unit: substitutes may be of another (请假)."""
    return list(Leave.objects.filter(ends_at__gt=since, starts_at__lt=until, withdrawn_at__isnull=True).order_by("pk"))


def leaves(unit: Unit, *, post: Post, at: datetime) -> list[Leave]:
    """Return who is away or will be, as a post may see it: the head everybody of the unit, others their own (请假)."""
    found = Leave.objects.filter(ends_at__gt=at, withdrawn_at__isnull=True)
    own = Q(post=post) | Q(substitute=post)
    found = found.filter(Q(post__unit=unit) | own if may_head(post, unit) else own)
    return list(found.select_related("post__account", "post__unit", "substitute__account").order_by("starts_at", "pk"))


def leave(pk: int, *, post: Post) -> Leave:
    """Return a leave that a post may withdraw.

    Raises:
        Refused: there is none.
    """
    found = Leave.objects.filter(pk=pk).select_related("post__account", "post__unit").first()
    if found is None or (found.post_id != post.pk and not may_head(post, found.post.unit)):
        raise Refused("没有这次请假，或者不归您的岗位。")
    return found


def roster_posts(unit: Unit, *, at: datetime) -> list[Post]:
    """Return the posts of a unit that can be on its roster (可排班的岗位)."""
    found = staff.posts(at=at, unit_id=unit.pk).filter(role__in=[role.value for role in ON_ROSTER])
    return list(found.filter(account__is_active=True))


def substitutes(unit: Unit, *, at: datetime) -> list[Post]:
    """Return who may stand in for posts of a unit: those of it, and those whose area holds it (可替班的岗位)."""
    wider = [body for body in staff.units() if body.kind in {"STREET", "DISTRICT"} or body.pk == unit.pk]
    of = [body for body in wider if unit.area_code.startswith(body.area_code)]
    return [post for body in sorted(of, key=lambda one: -len(one.area_code)) for post in roster_posts(body, at=at)]


def now_on_duty(unit: Unit, *, at: datetime) -> OnDuty:
    """Return whom a unit's calls are told to now, substitutes followed (当前值班)."""
    return OnDuty(tuple(on_shift(unit, at=at)), not rostered(unit, at=at))


def everybody_of(unit: Unit, *, at: datetime) -> list[Post]:
    """Return whoever is told when nobody is on the roster (全体)."""
    return everybody(unit, at=at)


def midnight(day: date) -> datetime:
    """Return the first moment of a day, as the clocks of the neighbourhood show it."""
    return timezone.make_aware(datetime.combine(day, time()))
