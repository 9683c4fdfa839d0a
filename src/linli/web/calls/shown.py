"""A call as a screen shows it: who, where, since when, who was told, who comes (呼叫的样子)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.call import access
from linli.call import queries as calls
from linli.call.access import Caller
from linli.call.queries import Call
from linli.call.rules import AUDIENCE_LABELS, PRESS_KIND_LABELS, WAY_LABELS, Audience, PressKind, Standing, Way
from linli.call.states import CALL_STATE_LABELS, CallState
from linli.people import queries as people
from linli.place import queries as places
from linli.shared.refusals import Refused
from linli.staff import queries as staff
from linli.staff.queries import Post


@dataclass(frozen=True, slots=True)
class ToldShown:
    """Those of one audience: by which ways, and what became of it."""

    audience: str
    reached: tuple[str, ...]
    missed: tuple[str, ...]
    has_heard: bool


@dataclass(frozen=True, slots=True)
class TagShown:
    """A need that matters at the door, in the language of the page."""

    name: str
    icon: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One call on a screen."""

    call: Call
    kind: str
    state: str
    address: str
    entrance: str
    caller: Caller | None
    age: int | None
    told: list[ToldShown] = field(default_factory=list)
    coming: list[str] = field(default_factory=list)
    is_coming: bool = False

    @property
    def tags(self) -> list[TagShown]:
        """What to know before the door opens."""
        known = self.caller.tags if self.caller else ()
        return [TagShown(people.tag_name(tag), tag.icon) for tag in known]

    @property
    def pins(self) -> list[dict[str, Any]]:
        """The entrance on a small map; where nobody marked it, the middle of the house or of the grid."""
        held, area = self.call.holding, places.place(self.call.area_code)
        if held is None:
            return []
        if held.lng is not None and held.lat is not None:
            return [{"lng": held.lng, "lat": held.lat, "tone": "late", "words": self.address}]
        if area is None or area.lng is None or area.lat is None:
            return []
        return [{"lng": area.lng, "lat": area.lat, "tone": "late", "words": places.name(area.code)}]

    @property
    def pins_id(self) -> str:
        """Name the pins in the page."""
        return f"pins-{self.call.pk}"

    @property
    def is_waiting(self) -> bool:
        """True until somebody answers."""
        return self.call.state == CallState.RAISED


def shown(call: Call, *, post: Post, at: datetime) -> Shown:
    """Return a call for a screen; opening who calls is one look on record for this post and call."""
    try:
        caller = access.open_caller(call=call, viewer=post, at=at)
    except Refused:
        caller = None
    responders = [one for one in calls.responders_of(call) if one.answered_at >= call.climbs_from]
    return Shown(
        call=call,
        kind=_(PRESS_KIND_LABELS[PressKind(call.kind)]),
        state=_(CALL_STATE_LABELS[CallState(call.state)]),
        address=address_of(call),
        entrance=call.holding.entrance if call.holding else "",
        caller=caller,
        age=at.year - caller.birth_year if caller and caller.birth_year else None,
        told=told_words(call),
        coming=_coming(responders),
        is_coming=any(one.post_id == post.pk for one in responders),
    )


def address_of(call: Call) -> str:
    """Return where to go in the words of the page's language."""
    return calls.address_of(call, get_language() or "zh-hans")


def told_words(call: Call) -> list[ToldShown]:
    """Return who was told since the ladder began, each audience once, the first first."""
    by_audience: dict[str, list[calls.Told]] = {}
    for row in calls.told_of(call):
        if row.at >= call.climbs_from:
            by_audience.setdefault(row.audience, []).append(row)
    return [_told(audience, rows) for audience, rows in by_audience.items()]


def _told(audience: str, rows: list[calls.Told]) -> ToldShown:
    failed = {row.way for row in rows if row.standing == Standing.FAILED}
    fine = {row.way for row in rows if row.standing != Standing.FAILED}
    faults = {row.way: row.fault for row in rows if row.fault}
    ways = [way for way in Way if way.value in fine]
    missed = [way for way in Way if way.value in failed - fine]
    return ToldShown(
        audience=_(AUDIENCE_LABELS[Audience(audience)]),
        reached=tuple(_(WAY_LABELS[way]) for way in ways),
        missed=tuple(f"{_(WAY_LABELS[way])}：{_(faults.get(way.value, ''))}" for way in missed),
        has_heard=any(row.standing == Standing.HEARD for row in rows),
    )


def _coming(responders: list[calls.Responder]) -> list[str]:
    posts = staff.posts_by_id(one.post_id for one in responders)
    return [_responder(posts.get(one.post_id), one.unit_id) for one in responders]


def _responder(post: Post | None, unit_id: int) -> str:
    return f"{post.account.name} · {staff.unit_name(staff.unit(unit_id))}" if post else _("已离岗的人员")
