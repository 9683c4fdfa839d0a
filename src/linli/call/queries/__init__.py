"""Questions about calls and devices, each asked by a post."""

from linli.call.models import Call, PushSubscription, Told
from linli.call.queries.calls import (
    call,
    events_of,
    open_calls,
    responders_of,
    siblings_of,
    told_of,
    visible,
)
from linli.call.queries.credentials import Credentials, credentials
from linli.call.queries.ladder import ladder_version, ladder_versions, rungs_now, rungs_of
from linli.call.queries.phones import subscriptions_of

__all__ = [
    "Call",
    "Credentials",
    "PushSubscription",
    "Told",
    "call",
    "credentials",
    "events_of",
    "ladder_version",
    "ladder_versions",
    "open_calls",
    "responders_of",
    "rungs_now",
    "rungs_of",
    "siblings_of",
    "subscriptions_of",
    "told_of",
    "visible",
]
