"""Who would be told of a call now, in what second, by what way, and what would fail; nothing is written (试算)."""

from dataclasses import dataclass
from datetime import datetime

from linli.call.models import Call, Device, Holding
from linli.call.queries.audience import Target, targets
from linli.call.queries.ladder import rungs_now
from linli.call.rules import Audience, Rung, Way, climbed
from linli.call.rules.ladder import pause_seconds
from linli.call.rules.presses import SERIAL

ROUNDS_MAX = 20


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One rung as it would be climbed: after how many seconds, and every telling with its fault."""

    after_seconds: int
    audience: Audience
    targets: tuple[Target, ...]
    is_sooner: bool  # than its own second: the rung before reached nobody

    @property
    def is_reached(self) -> bool:
        """True when one way at least leads to somebody."""
        return any(not target.fault for target in self.targets)


def rehearsed(*, area_code: str, at: datetime, holding: Holding | None = None) -> list[Rehearsed]:
    """Return the ladder as a call from a place would climb it at a moment, if nobody answered (试算)."""
    call = Call(area_code=area_code, holding=holding, is_known=True, raised_at=at)
    rungs, told, waited = rungs_now(call, at=at), set[Audience](), 0.0
    found: list[Rehearsed] = []
    for _round in range(ROUNDS_MAX):
        step = climbed(rungs, waited_seconds=waited, told=told)
        if step.is_repeat:
            break
        made = [_rehearsed(rung, call, after=int(waited), at=at) for rung in step.due]
        found += made
        told |= {one.audience for one in made}
        reached = any(not one.fault and one.way is not Way.SHOWN for each in made for one in each.targets)
        waited += pause_seconds(step, waited_seconds=waited, is_in_vain=not reached)
    return found


def holding_of(serial: str) -> Holding | None:
    """Return with whom a device is, as far as the asking post may see it."""
    if not SERIAL.fullmatch(serial):
        return None
    device = Device.objects.filter(serial=serial).first()
    return Holding.objects.filter(device=device, ended_at__isnull=True).first() if device else None


def _rehearsed(rung: Rung, call: Call, *, after: int, at: datetime) -> Rehearsed:
    made = tuple(targets(call, rung.audience, at=at))
    return Rehearsed(after, rung.audience, made, after < rung.after_seconds)
