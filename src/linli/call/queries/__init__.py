"""Questions about calls and devices, each asked by a post."""

from linli.call.models import Call, PushSubscription, Responder, Told, Vendor
from linli.call.queries.calls import (
    address_of,
    all_calls,
    call,
    events_of,
    left_waiting,
    open_calls,
    responders_of,
    siblings_of,
    told_of,
    visible,
    visit_of,
    visits_waiting,
)
from linli.call.queries.credentials import Credentials, credentials, device_of_secret
from linli.call.queries.ladder import ladder_version, ladder_versions, rungs_now, rungs_of
from linli.call.queries.phones import subscriptions_of
from linli.call.queries.troubles import open_troubles
from linli.call.queries.vendors import vendor, vendors

__all__ = [
    "Call",
    "Credentials",
    "PushSubscription",
    "Responder",
    "Told",
    "Vendor",
    "address_of",
    "all_calls",
    "call",
    "credentials",
    "device_of_secret",
    "events_of",
    "ladder_version",
    "ladder_versions",
    "left_waiting",
    "open_calls",
    "open_troubles",
    "responders_of",
    "rungs_now",
    "rungs_of",
    "siblings_of",
    "subscriptions_of",
    "told_of",
    "vendor",
    "vendors",
    "visible",
    "visit_of",
    "visits_waiting",
]
