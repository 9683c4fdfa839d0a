"""Hand events to the systems that subscribed: who hears of what, and what is said of it (推送)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from linli.case.models import Event
from linli.notice import queries
from linli.notice.models import Delivery, Subscriber
from linli.staff import queries as staff
from linli.text import queries as text

COMMUNITY_DIGITS = 12
UNSAID = frozenset({"note"})  # between colleagues


def deliveries_of(events: Sequence[Event], *, at: datetime) -> int:
    """Write what each subscriber is to hear of these events; return how many deliveries were written (派生推送)."""
    subscribers = queries.subscribers_in_use()
    rows = [
        Delivery(
            subscriber=subscriber,
            event_id=event.pk,
            event_name=event.name,
            payload=payload_of(event),
            created_at=at,
            next_try_at=at,
        )
        for event in events
        for subscriber in subscribers
        if _hears(subscriber, event)
    ]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def payload_of(event: Event) -> dict[str, Any]:
    """Return what is said of an event: no title, no words, no address, no point, no person (去标识).

    The place is the community; a category that says something about a person is left out.
    """
    case = event.case
    category = text.category(case.category_code)
    return {
        "type": f"case.{event.name}",
        "id": event.pk,
        "timestamp": _iso(event.at),
        "case": {
            "number": case.number,
            "sequence": event.sequence,
            "state": event.state_after,
            "kind": case.kind,
            "category": case.category_code if category is not None and category.is_public else None,
            "area": case.area_code[:COMMUNITY_DIGITS],
            "urgency": case.urgency,
            "owner": staff.unit(case.owner_id).code,
            "lead": staff.unit(case.lead_id).code if case.lead_id else None,
            "opened_at": _iso(case.opened_at),
            "due_at": _iso(case.due_at),
            "closed_at": _iso(case.closed_at),
        },
        "by": {"role": event.by_role, "unit": staff.unit(event.by_unit_id).code if event.by_unit_id else None},
    }


def _hears(subscriber: Subscriber, event: Event) -> bool:
    is_wanted = not subscriber.event_names or event.name in subscriber.event_names
    return is_wanted and event.name not in UNSAID and event.case.area_code.startswith(subscriber.area_code)


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
