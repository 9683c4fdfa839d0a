"""How cases hang together: what was merged into one, the parts it was split into, the whole it belongs to (关联)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from linli.case.models import Case, Joined, Tie
from linli.case.states import CaseState
from linli.intake.models import Appeal
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.staff.models import Post

__all__ = [
    "Merged",
    "Part",
    "Tie",
    "Whole",
    "appeals_of",
    "cases_about",
    "children_of",
    "merged_into",
    "parent_of",
    "reporters_among",
    "reporters_for",
    "split_beside",
]

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


def reporters_for(case: Case, *, post: Post) -> tuple[list[int], int]:
    """Return the contacts of a case's reporters that a post may open, and how many stay closed to it (保密).

    Who asked for confidence is known only to those who answer for the case and to the district's centre: any other
    body that was called may be the very one complained of, and reaches them through the owner.
    """
    given = [appeal for appeal in appeals_of(case) if appeal.contact_id]
    answers = post.role == Role.DISTRICT or post.unit_id in {case.owner_id, case.first_receiver_id}
    open_to = [appeal.contact_id for appeal in given if answers or not appeal.is_confidential]
    return [one for one in open_to if one is not None], len(given) - len(open_to)


def reporters_among(cases: Sequence[Case]) -> list[tuple[int, int]]:
    """Return case and appeal of every reporter of many cases, merged ones included, in a few statements (反映人)."""
    pairs = [(case.pk, case.first_appeal_id) for case in cases]
    goes_on = {case.pk: case.pk for case in cases if case.joined_count}
    if not goes_on:
        return pairs
    level = list(goes_on)
    with acting(EVERYTHING):
        for _step in range(DEPTH_MAX):
            merged = Case.objects.filter(merged_into_id__in=level)
            level = []
            for pk, into, appeal_id in merged.values_list("pk", "merged_into_id", "first_appeal_id"):
                goes_on[pk] = goes_on[into]
                pairs.append((goes_on[pk], appeal_id))
                level.append(pk)
            if not level:
                break
        joined = Joined.objects.filter(case_id__in=goes_on).values_list("case_id", "appeal_id")
        return pairs + [(goes_on[case_id], appeal_id) for case_id, appeal_id in joined]


def cases_about(appeal_ids: Iterable[int]) -> set[int]:
    """Return the cases that appeals are about, and those they were merged into, as far as it goes (所属工单)."""
    ids = list(appeal_ids)
    with acting(EVERYTHING):
        level = set(Case.objects.filter(first_appeal_id__in=ids).values_list("pk", flat=True))
        level |= set(Joined.objects.filter(appeal_id__in=ids).values_list("case_id", flat=True))
        found = set(level)
        for _step in range(DEPTH_MAX):
            into = Case.objects.filter(pk__in=level, merged_into__isnull=False).values_list("merged_into_id", flat=True)
            level = {pk for pk in into if pk is not None} - found
            if not level:
                break
            found |= level
    return found


def split_beside(appeal_id: int) -> set[int]:
    """Return the appeals written for the same reporter when a case was split: of the whole and of every part (拆分)."""
    with acting(EVERYTHING):
        case = Case.objects.filter(first_appeal_id=appeal_id).first()
        if case is None:
            return set()
        whole = Tie.objects.filter(child=case, is_split=True).values_list("parent_id", flat=True).first() or case.pk
        together = Case.objects.filter(Q(pk=whole) | Q(tie__parent=whole, tie__is_split=True))
        return set(together.values_list("first_appeal_id", flat=True)) - {appeal_id}


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
