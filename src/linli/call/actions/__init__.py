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
from linli.call.actions.consents import follow_consents
from linli.call.actions.devices import (
    Registered,
    allot,
    finish_task,
    note_test,
    problems_of,
    register,
    register_all,
    renew_secret,
    retire,
)
from linli.call.actions.duty import Copied, add_shifts, copy_week, take_leave, withdraw_leave, withdraw_shift
from linli.call.actions.fleet import keep_fleet, mark_heard
from linli.call.actions.holding import (
    add_contact,
    agree,
    correct,
    end_contact,
    hand_out,
    locate,
    lose,
    stop_locating,
    swap,
    take_back,
)
from linli.call.actions.ladder import set_ladder
from linli.call.actions.moving import move
from linli.call.actions.opening import Holder, open_holder
from linli.call.actions.phones import push_failed, push_worked, subscribe, unsubscribe
from linli.call.actions.shifting import shift_clock
from linli.call.actions.taking_in import Taken, take_in
from linli.call.actions.telling import drop_old_presence, hear, present, take_up_told, told_failed, told_sent
from linli.call.actions.troubles import in_trouble, out_of_trouble
from linli.call.actions.vendors import VendorMade, add_vendor, revoke_vendor

__all__ = [
    "Copied",
    "Holder",
    "Registered",
    "Taken",
    "VendorMade",
    "add_contact",
    "add_shifts",
    "add_vendor",
    "agree",
    "allot",
    "answer",
    "attend",
    "call_119",
    "call_120",
    "climb_due",
    "close",
    "copy_week",
    "correct",
    "drop_old_presence",
    "end_contact",
    "finish_task",
    "follow_consents",
    "follow_up",
    "give_up",
    "hand_out",
    "hear",
    "in_trouble",
    "join_in",
    "keep_fleet",
    "locate",
    "lose",
    "mark_heard",
    "move",
    "no_entry",
    "not_reached",
    "note",
    "note_test",
    "open_holder",
    "out_of_trouble",
    "present",
    "problems_of",
    "push_failed",
    "push_worked",
    "raise_case",
    "register",
    "register_all",
    "renew_secret",
    "reopen",
    "retire",
    "revoke_vendor",
    "ring_back",
    "set_ladder",
    "shift_clock",
    "stop_locating",
    "subscribe",
    "swap",
    "take_back",
    "take_in",
    "take_leave",
    "take_up_told",
    "told_failed",
    "told_sent",
    "unsubscribe",
    "withdraw_leave",
    "withdraw_shift",
]
