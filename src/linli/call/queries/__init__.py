"""Questions about calls and devices, each asked by a post."""

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

__all__ = [
    "Credentials",
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
    "told_of",
    "visible",
]
