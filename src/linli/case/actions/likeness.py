"""Find open cases whose wording is alike and whose place is the same; offer, never merge (查重)."""

from datetime import timedelta
from math import cos, hypot, radians

from linli.case.models import Case, Similar
from linli.shared.hints import hint
from linli.shared.prefixes import under
from linli.text.rules import alike

ALIKE_MIN = 0.35
DAYS = 90
COMPARED_MAX = 500
KEPT_MAX = 20
COMMUNITY_DIGITS = 12
SAME_PLACE_METRES = 300.0
METRES_PER_DEGREE = 111_320.0


def is_same_place(case: Case, other: Case) -> bool:
    """Tell whether two cases of one community may be in the same place: of two points, those a short walk apart."""
    if case.lng is None or case.lat is None or other.lng is None or other.lat is None:
        return True
    east = (case.lng - other.lng) * METRES_PER_DEGREE * cos(radians(case.lat))
    return hypot(east, (case.lat - other.lat) * METRES_PER_DEGREE) <= SAME_PLACE_METRES


def note_similar(*, case_id: int) -> int:
    """Keep the open cases of the same community with the wording most alike; repeatable; return how many."""
    case = Case.objects.select_related("first_appeal").filter(pk=case_id).first()
    if case is None or not case.is_open:
        return 0
    others = Case.objects.filter(
        under(case.area_code[:COMMUNITY_DIGITS]),
        closed_at__isnull=True,
        opened_at__gte=case.opened_at - timedelta(days=DAYS),
    ).exclude(pk=case.pk)
    scored = [
        (other, alike(case.first_appeal.text, other.first_appeal.text))
        for other in others.select_related("first_appeal").order_by("-opened_at")[:COMPARED_MAX]
    ]
    near = [(other, score) for other, score in scored if score >= ALIKE_MIN and is_same_place(case, other)]
    nearest = sorted(near, key=lambda pair: -pair[1])[:KEPT_MAX]
    found = [Similar(case=case, other=other, score=score) for other, score in nearest]
    Similar.objects.bulk_create(found, ignore_conflicts=True)
    if found:
        hint(units=[case.owner_id], cases=[case.pk])
    return len(found)
