"""How cases hang together: what was merged into one, the parts it was split into, the whole it belongs to (关联)."""

from dataclasses import dataclass
from datetime import datetime

from linli.case.models import Case, Joined, Tie
from linli.case.states import CaseState
from linli.intake.models import Appeal
from linli.shared.scope import EVERYTHING, acting

__all__ = ["Merged", "Part", "Tie", "Whole", "appeals_of", "children_of", "merged_into", "parent_of"]

DEPTH_MAX = 10


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a larger case: enough to say how far it is."""

    id: int
    number: str
    title: str
    state: str
    owner_id: int
    due_at: datetime
    appeal_id: int
    is_split: bool
    is_open: bool

    @property
    def is_unfinished(self) -> bool:
        """True while its unit has not said that it is done."""
        return self.is_open and self.state != CaseState.FINISHED


@dataclass(frozen=True, slots=True)
class Whole:
    """The larger case that a part belongs to."""

    id: int
    number: str
    title: str
    state: str


@dataclass(frozen=True, slots=True)
class Merged:
    """A case that was merged into another one."""

    id: int
    number: str
    title: str
    reporter_count: int


def children_of(case: Case) -> list[Part]:
    """Return the parts of a case; whoever sees the whole may know how far each is (下级事项)."""
    with acting(EVERYTHING):
        ties = Tie.objects.filter(parent=case).select_related("child").order_by("at", "pk")
        return [_part(tie) for tie in ties]


def parent_of(case: Case) -> Whole | None:
    """Return the larger case that a case belongs to (上级事项)."""
    with acting(EVERYTHING):
        tie = Tie.objects.filter(child=case).select_related("parent").first()
    if tie is None:
        return None
    return Whole(tie.parent_id, tie.parent.number, tie.parent.title, tie.parent.state)


def merged_into(case: Case) -> list[Merged]:
    """Return the cases that were merged into this one and have not been taken out again, the oldest first (并入的)."""
    if not case.joined_count:
        return []
    with acting(EVERYTHING):
        rows = Case.objects.filter(merged_into=case).order_by("opened_at", "pk")
        return [Merged(row.pk, row.number, row.title, 1 + row.joined_count) for row in rows]


def appeals_of(case: Case) -> list[Appeal]:
    """Return every appeal about a case: the one that opened it, those that joined, those of the cases merged into it.

    Whoever works on a case has all its reporters before them, wherever their own appeal had first gone.
    """
    if not case.joined_count:
        return [case.first_appeal]
    with acting(EVERYTHING):
        merged = _all_merged_into(case)
        ids = [case.pk, *(row.pk for row in merged)]
        joined = Joined.objects.filter(case_id__in=ids).select_related("appeal").order_by("at", "pk")
        others = [*(row.first_appeal for row in merged), *(row.appeal for row in joined)]
    return [case.first_appeal, *sorted(others, key=lambda appeal: (appeal.received_at, appeal.pk))]


def _all_merged_into(case: Case) -> list[Case]:
    """Return the cases merged into this one, and into those, as far as it goes."""
    found: list[Case] = []
    level = [case.pk]
    for _step in range(DEPTH_MAX):
        rows = list(Case.objects.filter(merged_into_id__in=level).select_related("first_appeal"))
        if not rows:
            break
        found += rows
        level = [row.pk for row in rows]
    return found


def _part(tie: Tie) -> Part:
    child = tie.child
    return Part(
        child.pk,
        child.number,
        child.title,
        child.state,
        child.owner_id,
        child.due_at,
        child.first_appeal_id,
        tie.is_split,
        child.is_open,
    )
