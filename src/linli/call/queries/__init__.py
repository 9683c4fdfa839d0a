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
from linli.call.queries.ladder import extra_rungs, ladder_version, rungs_now

__all__ = [
    "Credentials",
    "call",
    "credentials",
    "events_of",
    "extra_rungs",
    "ladder_version",
    "open_calls",
    "responders_of",
    "rungs_now",
    "siblings_of",
    "told_of",
    "visible",
]
