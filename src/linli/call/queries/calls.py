"""Calls as a post sees them: open ones first, with who comes and who was told."""

from datetime import datetime, timedelta

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from linli.call.models import Call, CallEvent, FollowUp, Responder, Told
from linli.call.states import CallState
from linli.place import queries as places
from linli.shared.prefixes import under
from linli.shared.refusals import Refused
from linli.shared.scope import EVERYTHING, acting
from linli.staff import queries as staff
from linli.staff.models import Post

LEFT_AFTER = timedelta(seconds=20)
NO_SUCH_CALL = "没有这次呼叫，或者不归您的岗位。"


def visible(post: Post) -> Q:
    """Return the condition that a post may see a call: its area holds it, or its unit was told (数据范围)."""
    scope = staff.scope_of(post)
    if scope.everything:
        return Q()
    told = Q(pk__in=Told.objects.filter(unit_id=post.unit_id).values("call_id"))
    return (under(scope.area_code) | told) if scope.area_code else told


def open_calls(post: Post) -> QuerySet[Call]:
    """Return the calls that are not over, those nobody has answered first, the longest waiting first (未结呼叫)."""
    urgency = Case(
        When(state=CallState.RAISED.value, then=Value(0)),
        When(state=CallState.ANSWERED.value, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    found = Call.objects.filter(visible(post), closed_at__isnull=True).select_related("press", "device", "holding")
    return found.order_by(urgency, "raised_at", "pk")


def call(pk: int, *, post: Post) -> Call:
    """Return a call that a post may see.

    Raises:
        Refused: there is none, or it is not the post's.
    """
    found = Call.objects.filter(visible(post), pk=pk).select_related("press", "device", "holding").first()
    if found is None:
        raise Refused(NO_SUCH_CALL)
    return found


def all_calls(post: Post) -> QuerySet[Call]:
    """Return every call a post may see, open or over, the newest first (呼叫记录)."""
    found = Call.objects.filter(visible(post)).select_related("press", "device", "holding")
    return found.order_by("-raised_at", "-pk")


def visits_waiting(post: Post) -> QuerySet[FollowUp]:
    """Return the visits after calls that nobody has made yet, the soonest due first (待回访)."""
    seen = Call.objects.filter(visible(post)).values("pk")
    waiting = FollowUp.objects.filter(done_at__isnull=True, call__in=seen)
    return waiting.select_related("call__holding").order_by("due_at", "pk")


def visit_of(call: Call) -> FollowUp | None:
    """Return the visit that follows a call, made or not; None where none was asked for."""
    return FollowUp.objects.filter(call=call).first()


def address_of(call: Call, language: str) -> str:
    """Return where to go in words: down to the grid by its names, from there as the house is written (去哪里)."""
    if call.holding is None:
        return places.full_name(call.area_code, language)
    return f"{places.full_name(places.grid_of(call.area_code), language)} {call.holding.address}"


def events_of(call: Call) -> list[CallEvent]:
    """Return the steps of a call in order."""
    return list(CallEvent.objects.filter(call=call).order_by("sequence"))


def told_of(call: Call) -> list[Told]:
    """Return who was told, by which way, with what became of it; ask only for a call the post may see."""
    with acting(EVERYTHING):
        return list(Told.objects.filter(call=call).order_by("at", "pk"))


def responders_of(call: Call) -> list[Responder]:
    """Return who is coming or has come, the first first."""
    return list(Responder.objects.filter(call=call, gave_up_at__isnull=True))


def siblings_of(call: Call) -> list[Call]:
    """Return the other open calls of the same device: each press is its own (同一设备的呼叫)."""
    if call.device_id is None:
        return []
    others = Call.objects.filter(device_id=call.device_id, closed_at__isnull=True).exclude(pk=call.pk)
    return list(others.order_by("raised_at"))


def left_waiting(*, at: datetime) -> int:
    """Count the calls that nobody has answered and whose ladder should have gone on a while ago."""
    return Call.objects.filter(state=CallState.RAISED.value, next_step_at__lt=at - LEFT_AFTER).count()
