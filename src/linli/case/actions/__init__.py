"""Verbs of a case: open it, move it, watch it (案)."""

from linli.case.actions.desk import (
    add_words,
    contact,
    correct,
    hand_on,
    merge,
    note,
    refuse,
    supervise_by_hand,
    take,
    withdraw,
)
from linli.case.actions.moving import allow, ensure_unmoved, move
from linli.case.actions.opening import Opened, follow_token, join, open_case, open_many
from linli.case.actions.watching import clear, climb, supervise

__all__ = [
    "Opened",
    "add_words",
    "allow",
    "clear",
    "climb",
    "contact",
    "correct",
    "ensure_unmoved",
    "follow_token",
    "hand_on",
    "join",
    "merge",
    "move",
    "note",
    "open_case",
    "open_many",
    "refuse",
    "supervise",
    "supervise_by_hand",
    "take",
    "withdraw",
]
