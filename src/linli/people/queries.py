"""Questions about households, needs and looks, each asked by a post; names and contacts come only from access.py."""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import get_language

from linli.people.models import Consent, ContactPoint, Household, Look, Membership, Need, NeedTag, Resident
from linli.people.rules import PURPOSE_LABELS, Purpose, person_name
from linli.shared.crypto import blind, mac
from linli.shared.prefixes import under
from linli.shared.refusals import Refused
from linli.shared.scope import EVERYTHING, acting
from linli.staff.queries import Post, scope_of

__all__ = [
    "Consent",
    "Household",
    "LookLine",
    "Need",
    "NeedTag",
    "covers",
    "every_look",
    "forget",
    "household",
    "households",
    "in_area",
    "in_sight_of",
    "look_log",
    "looks_at",
    "need_tag",
    "need_tags",
    "own_phone",
    "record_token",
    "resident_by_token",
    "residents_named",
    "tag_name",
    "tags_of",
    "tags_on",
    "was_looked_at",
    "ways_of",
    "with_tag",
]

TOKEN_DIGITS = 24
SECONDS_TAGS_ARE_REMEMBERED = 5.0
LONG_AGO = float("-inf")
NO_SUCH_LINK = "这个链接不对或已经作废，请向社区工作人员重新索取。"
NO_SUCH_HOUSEHOLD = "没有这一户，或者不在您的责任区域内。"


@dataclass(slots=True)
class _Memory:
    tags: list[NeedTag] = field(default_factory=list)
    read_at: float = LONG_AGO


_memory = _Memory()


@dataclass(frozen=True, slots=True)
class LookLine:
    """One look as the resident reads it."""

    at: datetime
    viewer: str
    purpose: str
    what: str
    subject: str


WHAT_LABELS = {"RECORD": "个人资料", "HOUSEHOLD": "户内资料", "CONTACT": "联系方式"}


def covers(post: Post, area_code: str) -> bool:
    """Return whether an area lies in the sight of a post (责任区域)."""
    scope = scope_of(post)
    return scope.everything or bool(scope.area_code and area_code.startswith(scope.area_code))


def in_sight_of(post: Post) -> Q:
    """Return the condition that a row lies in the sight of a post."""
    scope = scope_of(post)
    if scope.everything:
        return Q()
    return under(scope.area_code) if scope.area_code else Q(pk__in=[])


def households(post: Post, *, at: datetime) -> QuerySet[Household]:
    """Return the households a post looks after, by area, each with the codes of its needs (户)."""
    in_force = _in_force(at)
    found = Household.objects.filter(in_sight_of(post), left_on__isnull=True)
    return found.annotate(
        own_tags=ArraySubquery(in_force.filter(household_id=OuterRef("pk")).values("tag_id")),
        resident_tags=ArraySubquery(
            in_force.filter(
                resident__memberships__household_id=OuterRef("pk"), resident__memberships__until_on__isnull=True
            ).values("tag_id")
        ),
    ).order_by("area_code", "pk")


def with_tag(listed: QuerySet[Household], tag_code: str, *, at: datetime) -> QuerySet[Household]:
    """Return those of a list that have a need, of their own or of someone in them."""
    needs = _in_force(at).filter(tag_id=tag_code)
    homes = Membership.objects.filter(
        until_on__isnull=True, resident_id__in=needs.filter(resident__isnull=False).values("resident_id")
    )
    own = needs.filter(household__isnull=False).values("household_id")
    return listed.filter(Q(pk__in=own) | Q(pk__in=homes.values("household_id")))


def in_area(listed: QuerySet[Household], prefix: str) -> QuerySet[Household]:
    """Return those of a list that lie under an area."""
    return listed.filter(under(prefix))


def tags_of(listed: Household) -> list[NeedTag]:
    """Return the tags of a household from the list, its residents' included, each once, in their order."""
    codes = {*getattr(listed, "own_tags", ()), *getattr(listed, "resident_tags", ())}
    return [tag for tag in need_tags(is_retired_shown=True) if tag.code in codes]


def household(pk: int, *, post: Post) -> Household:
    """Return a household that a post looks after.

    Raises:
        Refused: there is none, or it lies elsewhere; which of the two is not told.
    """
    found = Household.objects.filter(in_sight_of(post), pk=pk).first()
    if found is None:
        raise Refused(NO_SUCH_HOUSEHOLD)
    return found


def tags_on(household_ids: Iterable[int], *, at: datetime) -> dict[int, list[NeedTag]]:
    """Return the need tags in force per household, its residents' included, each tag once, in two statements."""
    ids = list(household_ids)
    tags: dict[int, dict[str, NeedTag]] = defaultdict(dict)
    needs = _in_force(at).select_related("tag")
    for need in needs.filter(household_id__in=ids):
        tags[need.household_id or 0][need.tag_id] = need.tag
    of_residents = needs.filter(resident__memberships__household_id__in=ids, resident__memberships__until_on=None)
    for need in of_residents.annotate(lives_in=F("resident__memberships__household_id")):
        tags[need.lives_in][need.tag_id] = need.tag
    return {key: sorted(found.values(), key=lambda tag: (tag.position, tag.code)) for key, found in tags.items()}


def residents_named(name: str, *, post: Post) -> list[tuple[int, int, str]]:
    """Return (resident, household, address) of those with exactly this name in the sight of a post."""
    found = (
        Resident.objects.filter(in_sight_of(post), name_index=blind(person_name(name)), left_on__isnull=True)
        .filter(memberships__until_on__isnull=True)
        .order_by("area_code", "pk")
    )
    return list(found.values_list("pk", "memberships__household_id", "memberships__household__address"))


def need_tags(*, bearer: str = "", is_retired_shown: bool = False) -> list[NeedTag]:
    """Return the need tags a site records, in their order; remembered for a few seconds (需求标签)."""
    clock = time.monotonic()
    if clock - _memory.read_at > SECONDS_TAGS_ARE_REMEMBERED:
        _memory.tags, _memory.read_at = list(NeedTag.objects.all()), clock
    known = [tag for tag in _memory.tags if is_retired_shown or tag.retired_on is None]
    return [tag for tag in known if tag.bearer == bearer] if bearer else known


def forget() -> None:
    """Drop the remembered need tags."""
    _memory.read_at = LONG_AGO


def need_tag(code: str, *, is_retired_shown: bool = False) -> NeedTag:
    """Return a need tag in use.

    Raises:
        Refused: there is no such tag.
    """
    found = NeedTag.objects.filter(pk=code).first()
    if found is None or (found.retired_on is not None and not is_retired_shown):
        raise Refused("没有“%(code)s”这个需求标签。", code=code)
    return found


def tag_name(tag: NeedTag, language: str | None = None) -> str:
    """Return a tag's name in a language, Chinese where it has no other."""
    language = language or get_language() or "zh-hans"
    return {"bo": tag.name_bo, "en": tag.name_en}.get(language, "") or tag.name_zh


def looks_at(resident_id: int) -> list[LookLine]:
    """Return who has seen a resident's record, newest first: for the resident (谁看过我的资料)."""
    with acting(EVERYTHING):
        looks = list(Look.objects.filter(resident_id=resident_id).order_by("-at", "-pk")[:500])
    return [_line(look) for look in looks]


def was_looked_at(resident_id: int, *, subject: str) -> bool:
    """Return whether somebody has opened a resident's record for this reason."""
    return Look.objects.filter(resident_id=resident_id, subject=subject, purpose=Purpose.EMERGENCY.value).exists()


def own_phone(resident_id: int, *, besides: Iterable[int] = ()) -> int | None:
    """Return the contact under which a resident can be sent a text, unopened; ``besides`` are those of others."""
    points = ContactPoint.objects.filter(resident_id=resident_id, erased_at__isnull=True, phone_index__isnull=False)
    return points.exclude(pk__in=set(besides)).order_by("pk").values_list("pk", flat=True).first()


def look_log(post: Post, *, resident_id: int | None = None, household_id: int | None = None) -> QuerySet[Look]:
    """Return the looks at records in the sight of a post, newest first (访问记录)."""
    looks = Look.objects.filter(in_sight_of(post))
    if resident_id is not None:
        looks = looks.filter(resident_id=resident_id)
    if household_id is not None:
        looks = looks.filter(household_id=household_id)
    return looks.order_by("-at", "-pk")


def every_look() -> QuerySet[Look]:
    """Return every look at anyone, newest first: for the auditor alone (访问记录)."""
    return Look.objects.order_by("-at", "-pk")


def record_token(resident: Resident) -> str:
    """Return the secret part of the link under which a resident reads their own record."""
    return mac("resident record", f"{resident.pk}.{resident.link_version}".encode()).hex()[:TOKEN_DIGITS]


def resident_by_token(resident_id: int, token: str) -> Resident:
    """Return the resident whose own link this is.

    Raises:
        Refused: the link is wrong or was replaced by a newer one.
    """
    with acting(EVERYTHING):
        resident = Resident.objects.filter(pk=resident_id).first()
    if resident is None or not constant_time_compare(record_token(resident), token):
        raise Refused(NO_SUCH_LINK)
    return resident


def _in_force(at: datetime) -> QuerySet[Need]:
    return Need.objects.filter(Q(until_on__isnull=True) | Q(until_on__gte=at.date()), ended_at__isnull=True)


def _line(look: Look) -> LookLine:
    return LookLine(
        at=look.at,
        viewer=look.viewer_words,
        purpose=PURPOSE_LABELS[Purpose(look.purpose)],
        what=WHAT_LABELS[look.what],
        subject=look.subject,
    )


def ways_of(contact_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Return by which ways contacts can be reached, “phone” and “email”, without opening them (可用方式)."""
    rows = ContactPoint.objects.filter(pk__in=set(contact_ids), erased_at__isnull=True)
    return {
        pk: frozenset(name for name, index in (("phone", phone), ("email", email)) if index is not None)
        for pk, phone, email in rows.values_list("pk", "phone_index", "email_index")
    }
