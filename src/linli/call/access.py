"""Who calls for help: record, way in, whom to ring; open while the call is, and every look is kept (紧急查看)."""

from dataclasses import dataclass, field
from datetime import datetime

from linli.call.models import Call, FollowUp, HoldingContact
from linli.people import access
from linli.people.access import Contact, ResidentCard
from linli.people.queries import NeedTag
from linli.shared.crypto import unseal
from linli.shared.refusals import Refused
from linli.shared.scope import EVERYTHING, acting
from linli.staff.models import Post

__all__ = ["Caller", "Contact", "Known", "is_open_to", "open_caller", "subject_of"]

# What whoever stands at the door has to know; income or children's needs are no business of an alarm (ours).
TAGS_AT_THE_DOOR = frozenset({"LIVES_ALONE", "AGED_80", "DISABLED", "CHRONIC_CARE", "MATERNITY", "DEPENDENT_CARE"})
LONG_OVER = "这次呼叫已经结束，不再以紧急救助为由查看个人资料。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Somebody who may be rung: the caller, family, a neighbour."""

    relation: str  # empty: the caller
    contact: Contact
    is_told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, as far as an alarm needs it."""

    resident_id: int
    name: str
    birth_year: int | None
    sex: str
    language: str
    notes: str
    tags: tuple[NeedTag, ...] = ()
    known: tuple[Known, ...] = field(default=())
    household_ids: tuple[int, ...] = ()


def subject_of(call: Call) -> str:
    """Return how a call is named in the log of looks."""
    return f"call {call.number}"


def is_open_to(call: Call) -> bool:
    """Return whether the emergency lasts: until the call is over, or the visit that follows it is done."""
    if call.holding_id is None:
        return False
    return call.is_open or FollowUp.objects.filter(call=call, done_at__isnull=True).exists()


def open_caller(*, call: Call, viewer: Post, at: datetime, with_contacts: bool = False) -> Caller | None:
    """Open who calls; one look for each post and call, which the person reads of afterwards (紧急查看).

    That the post may see the call is for the caller to have asked. None where nobody holds the device.

    Raises:
        Refused: the role may not, or the emergency is over.
    """
    holding = call.holding
    if holding is None:
        return None
    if not is_open_to(call):
        raise Refused(LONG_OVER)
    with acting(EVERYTHING):
        rows = list(HoldingContact.objects.filter(holding=holding, ended_at__isnull=True).order_by("pk"))
    card, contacts = access.open_in_emergency(
        resident_id=holding.resident_id,
        viewer=viewer,
        at=at,
        subject=subject_of(call),
        contact_ids=[row.contact_id for row in rows] if with_contacts else None,
    )
    relations = {row.contact_id: row for row in rows}
    known = [Known(relation="", contact=contacts[pk]) for pk in card.contact_ids if pk in contacts.keys() - relations]
    known += [
        Known(relation=row.relation, contact=contacts[pk], is_told=row.is_told)
        for pk, row in relations.items()
        if pk in contacts
    ]
    return _caller(card, notes=unseal(bytes(holding.notes_sealed)), known=tuple(known))


def _caller(card: ResidentCard, *, notes: str, known: tuple[Known, ...]) -> Caller:
    return Caller(
        resident_id=card.id,
        name=card.name,
        birth_year=card.birth_year,
        sex=card.sex,
        language=card.language,
        notes=notes,
        tags=tuple(need.tag for need in card.needs if need.tag_id in TAGS_AT_THE_DOOR),
        known=known,
        household_ids=card.household_ids,
    )
