"""Take in many appeals of one channel: open the new, know the repeated, say why the others are not kept (批量受理)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from linli.case.actions.opening import open_planned
from linli.case.actions.planning import Plan, planned_many
from linli.intake import queries as appeals
from linli.intake.models import Appeal
from linli.intake.rules import Channel, Received, check, fingerprint
from linli.people.rules import contact_given
from linli.shared.refusals import Conflict, Refused

TRIES = 3
NONE_REFUSED: Mapping[int, Refused] = {}
OTHER_CONTENT = "编号“%(number)s”已经登记过，内容与这次不同；原件不改，请人工核对。"


class Outcome(StrEnum):
    """What became of one appeal of many."""

    OPENED = "OPENED"
    REPEATED = "REPEATED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome of one appeal: the case's number, or the reason."""

    outcome: Outcome
    number: str = ""
    refusal: Refused | None = None


def take_in(*, received: Sequence[Received], channel: Channel, at: datetime) -> list[Taken]:
    """Open cases for many appeals of one channel, in the order given; one bad appeal keeps none of the others out.

    An external number that came before with the same content is repeated; with other content it is rejected.
    """
    numbers = [one.external_number for one in received if one.external_number]
    refused = refusals(received, at=at)
    for _attempt in range(TRIES):
        known = appeals.by_external_numbers(channel, numbers)
        taken, plans = sorted_out(received, known=known, refused=refused, plan=lambda fresh: planned_many(fresh, at=at))
        try:
            _ids, numbers = open_planned(list(plans.values()), at=at)
        except Conflict:  # somebody took in the same numbers at the same moment
            continue
        for position, number in zip(plans, numbers, strict=True):
            taken[position] = Taken(Outcome.OPENED, number)
        return [taken[position] for position in range(len(received))]
    raise Conflict("同样的编号正在由别人导入，请稍后再试。")


def refusals(received: Sequence[Received], *, at: datetime) -> dict[int, Refused]:
    """Return by position why appeals cannot be kept as they are (不予受理)."""
    found: dict[int, Refused] = {}
    for position, one in enumerate(received):
        try:
            check(one, at=at)
            if one.contact is not None:
                contact_given(name=one.contact.name, phone=one.contact.phone, email=one.contact.email)
        except Refused as refusal:
            found[position] = refusal
    return found


def sorted_out(
    received: Sequence[Received],
    *,
    known: Mapping[str, Appeal],
    refused: Mapping[int, Refused] = NONE_REFUSED,
    plan: Callable[[list[Received]], Sequence[Plan | Refused]],
) -> tuple[dict[int, Taken], dict[int, Plan]]:
    """Return by position what is known or refused already, and the plan of each appeal that is new (分拣).

    ``known`` are the appeals that carry these numbers already.
    """
    taken = {position: Taken(Outcome.REJECTED, refusal=refusal) for position, refusal in refused.items()}
    fresh: dict[int, Received] = {}
    met: dict[str, Appeal | Received] = dict(known)
    for position, one in enumerate(received):
        if position in refused:
            continue
        before = met.get(one.external_number)
        if before is None:
            fresh[position] = one
            if one.external_number:
                met[one.external_number] = one
        elif _print_of(before) == fingerprint(one):
            taken[position] = Taken(Outcome.REPEATED)
        else:
            taken[position] = Taken(Outcome.REJECTED, refusal=Refused(OTHER_CONTENT, number=one.external_number))
    plans: dict[int, Plan] = {}
    for position, planned in zip(fresh, plan(list(fresh.values())), strict=True):
        if isinstance(planned, Refused):
            taken[position] = Taken(Outcome.REJECTED, refusal=planned)
        else:
            plans[position] = planned
    return taken, plans


def _print_of(before: Appeal | Received) -> bytes:
    return fingerprint(before) if isinstance(before, Received) else bytes(before.fingerprint)
