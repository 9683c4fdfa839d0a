"""Verbs of a call and of its devices."""

from linli.call.actions.answering import (
    answer,
    attend,
    call_119,
    call_120,
    close,
    follow_up,
    give_up,
    join_in,
    no_entry,
    not_reached,
    note,
    raise_case,
    reopen,
    ring_back,
)
from linli.call.actions.climbing import climb_due
from linli.call.actions.duty import Copied, add_shifts, copy_week, take_leave, withdraw_leave, withdraw_shift
from linli.call.actions.ladder import set_ladder
from linli.call.actions.moving import move
from linli.call.actions.taking_in import Taken, take_in
from linli.call.actions.telling import drop_old_presence, hear, present, take_up_told, told_failed, told_sent
from linli.call.actions.troubles import in_trouble, out_of_trouble

__all__ = [
    "Copied",
    "Taken",
    "add_shifts",
    "answer",
    "attend",
    "call_119",
    "call_120",
    "climb_due",
    "close",
    "copy_week",
    "drop_old_presence",
    "follow_up",
    "give_up",
    "hear",
    "in_trouble",
    "join_in",
    "move",
    "no_entry",
    "not_reached",
    "note",
    "out_of_trouble",
    "present",
    "raise_case",
    "reopen",
    "ring_back",
    "set_ladder",
    "take_in",
    "take_leave",
    "take_up_told",
    "told_failed",
    "told_sent",
    "withdraw_leave",
    "withdraw_shift",
]
