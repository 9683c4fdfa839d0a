"""Decisions of a call on plain values, one module for each subject."""

from linli.call.rules.ladder import (
    AUDIENCE_LABELS,
    FLOOR,
    WAY_LABELS,
    Audience,
    Rung,
    Standing,
    Way,
    check_rungs,
    climbed,
    rungs_at,
)
from linli.call.rules.outcomes import OUTCOMES, OUTCOMES_BY_CODE, Outcome
from linli.call.rules.presses import (
    ACK_RESULTS,
    CLOCK_OFF_SECONDS,
    PRESS_KIND_LABELS,
    PressKind,
    Received,
    Result,
    Via,
    check_serial,
    clock_off_seconds,
    is_clock_wrong,
    number_of,
)
from linli.call.rules.secrets import is_secret, new_secret, secret_hash
from linli.call.rules.topics import Topics, topics_of

__all__ = [
    "ACK_RESULTS",
    "AUDIENCE_LABELS",
    "CLOCK_OFF_SECONDS",
    "FLOOR",
    "OUTCOMES",
    "OUTCOMES_BY_CODE",
    "PRESS_KIND_LABELS",
    "WAY_LABELS",
    "Audience",
    "Outcome",
    "PressKind",
    "Received",
    "Result",
    "Rung",
    "Standing",
    "Topics",
    "Via",
    "Way",
    "check_rungs",
    "check_serial",
    "climbed",
    "clock_off_seconds",
    "is_clock_wrong",
    "is_secret",
    "new_secret",
    "number_of",
    "rungs_at",
    "secret_hash",
    "topics_of",
]
